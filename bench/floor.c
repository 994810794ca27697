/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * floor: attaches bench/floor.bpf.c to the uplink and to the guest's port until it is terminated.
 *
 *	floor UPLINK PORT UPLINK-MAC GUEST-MAC
 *
 * Exit codes: 0 terminated, 1 failure, 2 usage.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <net/if.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "base/mac.h"
#include "bpf/attach.h"
#include "floor.skel.h"

static int attach(int ifindex, const struct bpf_program *program, struct attachment *attachment)
{
	enum attach_method method = attach_has_tcx(ifindex) ? ATTACH_TCX : ATTACH_CLSACT;
	int ret = attach_first(method, ifindex, false, bpf_program__fd(program), attachment);

	if (ret)
		fprintf(stderr, "floor: cannot attach to interface %d: %s\n", ifindex, strerror(-ret));
	return ret;
}

static int run(struct floor_bpf *floor, int uplink, int port)
{
	struct attachment in, out;
	sigset_t signals;
	int number;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (attach(uplink, floor->progs.floor_in, &in))
		return 1;
	if (attach(port, floor->progs.floor_out, &out) == 0) {
		printf("attached\n");
		fflush(stdout);
		sigwait(&signals, &number);
		attach_remove(&out);
		attach_close(&out);
	}
	attach_remove(&in);
	attach_close(&in);
	return 0;
}

int main(int argc, char **argv)
{
	struct floor_bpf *floor = argc == 5 ? floor_bpf__open() : NULL;
	uint8_t uplink_mac[6], guest_mac[6];
	int ret;

	if (argc != 5 || !mac_parse(uplink_mac, argv[3]) || !mac_parse(guest_mac, argv[4])) {
		fprintf(stderr, "usage: floor UPLINK PORT UPLINK-MAC GUEST-MAC\n");
		return 2;
	}
	if (!floor)
		return 1;
	floor->rodata->uplink = if_nametoindex(argv[1]);
	floor->rodata->port = if_nametoindex(argv[2]);
	memcpy((uint8_t *)floor->rodata->uplink_mac, uplink_mac, 6);
	memcpy((uint8_t *)floor->rodata->guest_mac, guest_mac, 6);
	if (!floor->rodata->uplink || !floor->rodata->port || floor_bpf__load(floor)) {
		fprintf(stderr, "floor: cannot load the programs for %s and %s\n", argv[1], argv[2]);
		return 1;
	}
	ret = run(floor, (int)floor->rodata->uplink, (int)floor->rodata->port);
	floor_bpf__destroy(floor);
	return ret;
}
