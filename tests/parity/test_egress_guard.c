/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The egress guard in the kernel (rule 27): the MAC address of the device decides, not the one that user space saw last.
 * Each way to read it is tested: by casts (Linux 6.2), by a helper, and, where the kernel's structs are unknown, not at all.
 * With CI=true in the environment, a kernel with BTF must offer the first two.
 *
 *   config.uplink_mac   02:…:01, stale
 *   the device          02:…:01, then 02:…:02
 *
 * Exit code 77: no privilege, or a kernel without eBPF.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <net/if.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/pkt_cls.h>

#include "bpf/device_layout.h"
#include "macnat.skel.h"
#include "macnat/model.h"

enum { SKIPPED = 77, FRAME = 60 };

static const uint8_t old_mac[6] = {2, 0, 0, 0, 0, 1}, new_mac[6] = {2, 0, 0, 0, 0, 2},
		     foreign_mac[6] = {2, 0, 0, 0, 0, 3};
static const uint8_t near_mac[6] = {2, 0, 0, 0, 1, 1}; /* differs from old_mac in a middle word */

static void run_shell(const char *command)
{
	if (system(command)) {
		fprintf(stderr, "egress guard: `%s` failed\n", command);
		exit(1);
	}
}

static struct macnat *load(const struct device_layout *layout, uint32_t uplink)
{
	struct mn_config config = {.abi = MN_ABI, .uplink = uplink, .mtu = 1500};
	struct macnat *skel = macnat__open();
	uint32_t zero = 0;

	if (!skel)
		return NULL;
	memcpy(config.uplink_mac, old_mac, 6);
	skel->rodata->skb_dev_offset = layout->skb_dev;
	skel->rodata->dev_addr_offset = layout->dev_addr;
	skel->rodata->kernel_bytes_type = layout->bytes_type;
	if (device_layout_patch(skel->obj, layout) || macnat__load(skel) ||
	    bpf_map_update_elem(bpf_map__fd(skel->maps.config), &zero, &config, BPF_ANY)) {
		macnat__destroy(skel);
		return NULL;
	}
	return skel;
}

/* Does a frame with this source leave by the uplink? */
static bool leaves(const struct macnat *skel, uint32_t uplink, const uint8_t *source)
{
	uint8_t frame[FRAME] = {2, 0, 0, 0, 0, 9, [12] = 0x88, 0xb5};
	struct __sk_buff ctx = {.ifindex = uplink};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = FRAME, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	memcpy(frame + 6, source, 6);
	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.vifi_from_host), &opts)) {
		perror("egress guard: BPF_PROG_TEST_RUN");
		exit(1);
	}
	if (opts.retval != TC_ACT_SHOT && (int)opts.retval != TC_ACT_UNSPEC) {
		fprintf(stderr, "egress guard: the program returned %d\n", (int)opts.retval);
		exit(1);
	}
	return opts.retval != TC_ACT_SHOT;
}

static int check(const char *way, const char *when, const uint8_t *source, bool expected, bool actual)
{
	if (expected == actual)
		return 0;
	fprintf(stderr, "egress guard, %s: %s: a frame with source …:%02x:%02x %s\n", way, when, source[4], source[5],
		actual ? "leaves" : "is dropped");
	return 1;
}

static int test_way(const char *way, const struct device_layout *layout, uint32_t uplink)
{
	const uint8_t *const sources[] = {old_mac, new_mac, foreign_mac, near_mac};
	struct macnat *skel = load(layout, uplink);
	bool reads_device = layout->skb_dev != 0;
	int failed = 0;

	if (!skel) {
		fprintf(stderr, "egress guard, %s: cannot load the programs: %s\n", way, strerror(errno));
		return 1;
	}
	run_shell("ip link set uplink address 02:00:00:00:00:01");
	for (int i = 0; i < 4; i++)
		failed += check(way, "before the change", sources[i], i == 0, leaves(skel, uplink, sources[i]));
	run_shell("ip link set uplink address 02:00:00:00:00:02");
	for (int i = 0; i < 4; i++)
		failed += check(way, "after the change", sources[i], i == (reads_device ? 1 : 0),
				leaves(skel, uplink, sources[i]));
	macnat__destroy(skel);
	printf("egress guard, %s: %s\n", way, failed ? "FAILED" : "ok");
	return failed;
}

/* The number of ways that this kernel offers if it has BTF: the address of the configuration, the helper, and the casts. */
static int expected_ways(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname kernel;

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return 1;
	if (uname(&kernel) || sscanf(kernel.release, "%u.%u", &major, &minor) != 2)
		return 2;
	return major > 6 || (major == 6 && minor >= 2) ? 3 : 2;
}

/* Fewer ways than this kernel offers are an error in CI. */
static int check_ways(int ways)
{
	const char *ci = getenv("CI");

	if (ways == expected_ways())
		return 0;
	fprintf(stderr, "egress guard: %d ways ran of %d that this kernel offers\n", ways, expected_ways());
	return ci && !strcmp(ci, "true");
}

int main(void)
{
	struct device_layout layout;
	int failed = 0, ways = 0;
	uint32_t uplink;

	if (geteuid() != 0 || unshare(CLONE_NEWNET)) {
		fprintf(stderr, "egress guard: loading eBPF programs needs root\n");
		return SKIPPED;
	}
	run_shell("ip link add uplink type veth peer name other");
	uplink = if_nametoindex("uplink");
	device_layout_read(&layout);
	do {
		static const char *const names[] = {"the configuration's address", "the device's, by a helper",
						    "the device's, by casts"};

		failed += test_way(names[(layout.skb_dev != 0) + (layout.cast_skb != 0)], &layout, uplink);
		ways++;
	} while (device_layout_reduce(&layout));
	failed += check_ways(ways);
	printf("egress guard: %d ways, %d failures\n", ways, failed);
	return failed ? 1 : 0;
}
