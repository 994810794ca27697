/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_prog: nanoseconds per run of vifi's eBPF programs.
 *
 *	run_prog [-q] [-j] [WORD]
 *
 * In a network namespace of its own it loads the program object three times,
 * fills the tables with 1, 1,000 and 65,536 bindings, and runs each program on
 * each kind of frame by BPF_PROG_TEST_RUN.  The three take turns, round by
 * round, so that what the machine does meanwhile meets them alike.
 *
 * What is measured is what is claimed:
 *
 *   - The headers are written anew before each run, by restore.bpf.c, which ends
 *     in a tail call to the program.  What that costs, with a program that does
 *     nothing as target, is measured beside it in the same round and subtracted.
 *   - After each measurement the program's own counters must have moved by as
 *     many frames as there were runs, and its drop counters not at all.  A frame
 *     that took another way than the one in the table's first column is a
 *     failure, not a figure.
 *   - TEST_RUN does not carry out a redirect, so the figure ends where the
 *     program returns.  The copy of a group frame is made; it goes to an
 *     interface that is down, since what the host or the bridge does with it is
 *     not the program's cost.
 *
 * Each frame is run in two ways: always the same guest, whose bindings are in the
 * nearest cache; and, for data, all guests in turn, which with 65,536 bindings
 * finds none of them in it.  -j prints JSON for bench/report.py, -q takes a tenth
 * of the time, WORD takes only frames whose names hold it.  Exit codes: 0, 1 failed, 2 usage, 3 no privilege.
 */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "base/mac.h"
#include "macnat/model.h"
#include "macnat/context.h"
#include "wire/be.h"

#include "frames.h"
#include "macnat.skel.h"
#include "restore.h"
#include "restore.skel.h"

#define SIZES      3
#define ROUNDS_MAX 11
#define CPUS_MAX   1024

static const uint32_t sizes[SIZES] = {1, 1000, MN_BINDINGS_MAX};

/* What is run, and what must come of it. */
static const struct bench_case {
	const char *name;
	enum mn_hook hook;
	enum frame_kind frame;
	enum rotate rotate;
	enum mn_count count; /* which counter tells that the frame took its way; MN_COUNTS: none does */
	int action;
	bool marked;
} cases[] = {
	{"TCP segment, IPv4", MN_FROM_GUEST, FRAME_TCP4_OUT, ROTATE_IP4_SRC, MN_COUNT_OUT, TC_ACT_REDIRECT, false},
	{"TCP segment, IPv6", MN_FROM_GUEST, FRAME_TCP6_OUT, ROTATE_IP6_SRC, MN_COUNT_OUT, TC_ACT_REDIRECT, false},
	{"UDP, 64-byte frame", MN_FROM_GUEST, FRAME_UDP4_OUT, ROTATE_IP4_SRC, MN_COUNT_OUT, TC_ACT_REDIRECT, false},
	{"ARP request", MN_FROM_GUEST, FRAME_ARP_REQUEST_OUT, ROTATE_NONE, MN_COUNT_ARP, TC_ACT_REDIRECT, false},
	{"neighbour solicitation", MN_FROM_GUEST, FRAME_NS_OUT, ROTATE_NONE, MN_COUNT_ND, TC_ACT_REDIRECT, false},
	{"DHCP discover", MN_FROM_GUEST, FRAME_DHCP_DISCOVER, ROTATE_NONE, MN_COUNT_DHCP, TC_ACT_REDIRECT, false},
	{"TCP segment, IPv4", MN_FROM_PORT, FRAME_TCP4_OUT, ROTATE_NONE, MN_COUNT_SHORTCUT_OUT, TC_ACT_REDIRECT, false},
	{"TCP segment, IPv6", MN_FROM_PORT, FRAME_TCP6_OUT, ROTATE_NONE, MN_COUNT_SHORTCUT_OUT, TC_ACT_REDIRECT, false},
	{"UDP, 64-byte frame", MN_FROM_PORT, FRAME_UDP4_OUT, ROTATE_NONE, MN_COUNT_SHORTCUT_OUT, TC_ACT_REDIRECT,
	 false},
	{"TCP segment, IPv4", MN_FROM_WIRE, FRAME_TCP4_IN, ROTATE_IP4_DST, MN_COUNT_IN, TC_ACT_REDIRECT, false},
	{"TCP segment, IPv6", MN_FROM_WIRE, FRAME_TCP6_IN, ROTATE_IP6_DST, MN_COUNT_IN, TC_ACT_REDIRECT, false},
	{"UDP, 64-byte frame", MN_FROM_WIRE, FRAME_UDP4_IN, ROTATE_IP4_DST, MN_COUNT_IN, TC_ACT_REDIRECT, false},
	{"ARP reply", MN_FROM_WIRE, FRAME_ARP_REPLY_IN, ROTATE_NONE, MN_COUNT_ARP, TC_ACT_REDIRECT, false},
	{"ARP request", MN_FROM_WIRE, FRAME_ARP_REQUEST_IN, ROTATE_NONE, MN_COUNT_FLOOD, TC_ACT_UNSPEC, false},
	{"neighbour advertisement", MN_FROM_WIRE, FRAME_NA_IN, ROTATE_NONE, MN_COUNT_IN, TC_ACT_REDIRECT, false},
	{"neighbour solicitation", MN_FROM_WIRE, FRAME_NS_IN, ROTATE_NONE, MN_COUNT_FLOOD, TC_ACT_UNSPEC, false},
	{"DHCP offer", MN_FROM_WIRE, FRAME_DHCP_OFFER, ROTATE_NONE, MN_COUNT_DHCP, TC_ACT_REDIRECT, false},
	{"a guest's TCP segment", MN_FROM_HOST, FRAME_TCP4_SENT, ROTATE_NONE, MN_COUNTS, TC_ACT_UNSPEC, true},
	{"this host's TCP segment", MN_FROM_HOST, FRAME_TCP4_HOST, ROTATE_NONE, MN_COUNTS, TC_ACT_UNSPEC, false},
};
#define SUBJECTS (sizeof(cases) / sizeof(cases[0]))

static const char *const hooks[MN_HOOKS] = {"from_guest", "from_wire", "from_host", "from_port"};

/* One loaded translator with its tables, and the frame source in front of it. */
struct bench_instance {
	struct macnat *prog;
	struct restore_bpf *front;
	uint32_t bindings;
	uint32_t guests; /* with three bindings each */
};

struct prog_bench {
	struct bench_instance instances[SIZES];
	uint32_t uplink, port, guest_port;
	uint32_t repeat, rounds;
	int cpus;
};

/* Figures of one subject: nanoseconds by table size and round, without what the restoring costs. */
struct figures {
	double single[SIZES][ROUNDS_MAX], rotating[SIZES][ROUNDS_MAX], restore_cost[ROUNDS_MAX];
};

static int fail(const char *what, int error)
{
	fprintf(stderr, "run_prog: %s: %s\n", what, strerror(error));
	return -1;
}

/* ---- the tables ---- */

static void put_number(uint8_t *low, uint32_t i)
{
	put_be16(low, (uint16_t)i);
}

/* The guest's binding number `which`: 0 its IPv4 address, 1 its IPv6 address, 2 its MAC address. */
static struct mn_key binding_key(uint32_t guest, uint32_t which)
{
	struct mn_key key = {0};

	if (which == 0) {
		key.family = MN_IP4;
		memcpy(key.addr, ip4_guest, 4);
		put_number(key.addr + 2, guest);
	} else if (which == 1) {
		key.family = MN_IP6;
		memcpy(key.addr, ip6_guest, 16);
		put_number(key.addr + 14, guest);
	} else {
		key.family = MN_MAC;
		memcpy(key.addr, mac_guest, 6);
		put_number(key.addr + 4, guest);
	}
	return key;
}

static struct mn_binding guest_binding(const struct prog_bench *bench, uint32_t guest, uint64_t now)
{
	struct mn_binding binding = {
		.kind = MN_GUEST, .port = bench->guest_port, .slot = MN_NO_SLOT, .created = now, .last_seen = now};

	memcpy(binding.mac, mac_guest, 6);
	put_number(binding.mac + 4, guest);
	return binding;
}

/* What the frames of a subject find in the table, at the least: families in the order of binding_key. */
static uint32_t least_bindings(const struct bench_case *bench_case, uint32_t *which)
{
	switch (bench_case->frame) {
	case FRAME_TCP6_OUT:
	case FRAME_TCP6_IN:
	case FRAME_NA_IN:
	case FRAME_NS_IN:
		which[0] = 1;
		return 1;
	case FRAME_NS_OUT:
		which[0] = 1;
		which[1] = 2;
		return 2;
	case FRAME_ARP_REQUEST_OUT:
		which[0] = 0;
		which[1] = 2;
		return 2;
	case FRAME_DHCP_DISCOVER:
	case FRAME_DHCP_OFFER:
		which[0] = 2;
		return 1;
	default:
		which[0] = 0;
		return 1;
	}
}

static int put_binding(int fd, const struct mn_key *key, const struct mn_binding *binding)
{
	return bpf_map_update_elem(fd, key, binding, BPF_ANY) ? fail("bindings", errno) : 0;
}

static int put_xid(const struct prog_bench *bench, int fd, uint64_t now)
{
	struct mn_key key = {.family = MN_DHCP_XID};
	struct mn_binding binding = guest_binding(bench, 0, now);

	put_be32(key.addr, BENCH_XID);
	return put_binding(fd, &key, &binding);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * MN_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* 1,000 and 65,536 are both a DHCP transaction and three for each guest. */
static int fill_table(const struct prog_bench *bench, struct bench_instance *in)
{
	int fd = bpf_map__fd(in->prog->maps.bindings);
	uint64_t now = now_ns();

	in->guests = in->bindings / 3 ? in->bindings / 3 : 1;
	if (in->bindings == 1)
		return 0; /* differs from subject to subject */
	for (uint32_t guest = 0; guest < in->guests; guest++) {
		struct mn_binding binding = guest_binding(bench, guest, now);

		for (uint32_t i = 0; i < 3; i++) {
			struct mn_key key = binding_key(guest, i);

			if (put_binding(fd, &key, &binding))
				return -1;
		}
	}
	return put_xid(bench, fd, now);
}

/* The smallest table: only what the frames of s find there. */
static int fill_smallest_table(const struct prog_bench *bench, const struct bench_instance *in,
			       const struct bench_case *bench_case)
{
	int fd = bpf_map__fd(in->prog->maps.bindings);
	uint32_t which[3], count = least_bindings(bench_case, which);
	uint64_t now = now_ns();
	struct mn_binding binding = guest_binding(bench, 0, now);
	struct mn_key key;

	while (bpf_map_get_next_key(fd, NULL, &key) == 0)
		if (bpf_map_delete_elem(fd, &key))
			return fail("bindings", errno);
	for (uint32_t i = 0; i < count; i++) {
		key = binding_key(0, which[i]);
		if (put_binding(fd, &key, &binding))
			return -1;
	}
	return bench_case->frame == FRAME_DHCP_DISCOVER || bench_case->frame == FRAME_DHCP_OFFER
		       ? put_xid(bench, fd, now)
		       : 0;
}

/* ---- loading ---- */

static int link_add(struct nl_sock *sock, const char *name, uint32_t *ifindex)
{
	struct rtnl_link *rtnl_link = rtnl_link_alloc();
	int ret;

	if (!rtnl_link)
		return fail(name, ENOMEM);
	rtnl_link_set_name(rtnl_link, name);
	ret = rtnl_link_set_type(rtnl_link, "bridge"); /* any would do; this one is there wherever vifi runs */
	if (ret == 0)
		ret = rtnl_link_add(sock, rtnl_link, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_link_put(rtnl_link);
	if (ret) {
		fprintf(stderr, "run_prog: interface %s: %s\n", name, nl_geterror(ret));
		return -1;
	}
	*ifindex = if_nametoindex(name);
	return *ifindex ? 0 : fail(name, errno);
}

static int make_links(struct prog_bench *bench)
{
	struct nl_sock *sock = nl_socket_alloc();
	int ret;

	if (!sock)
		return fail("netlink", ENOMEM);
	ret = nl_connect(sock, NETLINK_ROUTE);
	if (ret)
		fprintf(stderr, "run_prog: netlink: %s\n", nl_geterror(ret));
	else
		ret = link_add(sock, "uplink", &bench->uplink) || link_add(sock, "port", &bench->port) ||
		      link_add(sock, "guest", &bench->guest_port);
	nl_socket_free(sock);
	return ret ? -1 : 0;
}

static int load_programs(const struct prog_bench *bench, struct bench_instance *in)
{
	struct mn_config cfg = {.abi = MN_ABI,
				.uplink = bench->uplink,
				.veth_port = bench->port,
				.mtu = 1500,
				.silence_ns = 60 * MN_NS_PER_SEC,
				.port_cap = MN_RING_SIZE};
	uint32_t zero = 0, until = MN_SHORTCUT_UNTIL;
	uint64_t always = UINT64_MAX;

	in->prog = macnat__open_and_load();
	if (!in->prog)
		return fail("loading vifi's programs", errno);
	in->front = restore_bpf__open_and_load();
	if (!in->front)
		return fail("loading restore.bpf.c", errno);
	memcpy(cfg.uplink_mac, mac_uplink, 6);
	if (bpf_map_update_elem(bpf_map__fd(in->prog->maps.config), &zero, &cfg, BPF_ANY))
		return fail("config", errno);
	if (bpf_map_update_elem(bpf_map__fd(in->prog->maps.shortcut), &until, &always, BPF_ANY))
		return fail("shortcut", errno);
	return fill_table(bench, in);
}

static int program_fd(const struct bench_instance *in, enum mn_hook hook)
{
	switch (hook) {
	case MN_FROM_GUEST:
		return bpf_program__fd(in->prog->progs.vifi_from_guest);
	case MN_FROM_WIRE:
		return bpf_program__fd(in->prog->progs.vifi_from_wire);
	case MN_FROM_PORT:
		return bpf_program__fd(in->prog->progs.vifi_from_port);
	case MN_FROM_HOST:
	case MN_HOOKS:
		break;
	}
	return bpf_program__fd(in->prog->progs.vifi_from_host);
}

/* ---- measuring ---- */

/* The sum over all CPUs of a per-CPU counter. */
static int read_counter(const struct prog_bench *bench, int fd, uint32_t key, uint64_t *total)
{
	uint64_t values[CPUS_MAX];

	*total = 0;
	if (bench->cpus > CPUS_MAX || bpf_map_lookup_elem(fd, &key, values))
		return fail("counters", errno);
	for (int i = 0; i < bench->cpus; i++)
		*total += values[i];
	return 0;
}

static int sum_drops(const struct prog_bench *bench, const struct bench_instance *in, uint64_t *sum, uint32_t *last)
{
	*sum = 0;
	for (uint32_t i = 1; i < DROP_COUNT; i++) {
		uint64_t value;

		if (read_counter(bench, bpf_map__fd(in->prog->maps.drops), i, &value))
			return -1;
		*sum += value;
		if (value)
			*last = i;
	}
	return 0;
}

/* Runs fd `repeat` times on the frame of s. Returns nanoseconds per run, or a negative number. */
static double run_program(const struct prog_bench *bench, int fd, const struct bench_case *bench_case, int *returned)
{
	uint8_t frame[FRAME_MAX];
	struct __sk_buff ctx = {.ingress_ifindex = bench->guest_port};
	LIBBPF_OPTS(bpf_test_run_opts, bpf_test_run_opts, .data_in = frame,
		    .data_size_in = (uint32_t)frame_make(bench_case->frame, frame), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = (int)bench->repeat);

	if (bpf_prog_test_run_opts(fd, &bpf_test_run_opts))
		return fail("BPF_PROG_TEST_RUN", errno);
	*returned = (int)bpf_test_run_opts.retval;
	return bpf_test_run_opts.duration;
}

/* Says what the front is to restore and where it goes on. */
static int configure_front(const struct bench_instance *in, const struct bench_case *bench_case, bool turns, int target)
{
	uint8_t frame[FRAME_MAX];
	size_t len = frame_make(bench_case->frame, frame);
	struct restore restore = {.len = len < RESTORE_MAX ? (uint32_t)len : RESTORE_MAX,
				  .rotate = turns ? bench_case->rotate : ROTATE_NONE,
				  .guests = in->guests,
				  .mark = bench_case->marked ? MN_MARK : 0,
				  .csum = be16(frame + 24)};
	uint32_t zero = 0;

	memcpy(restore.head, frame, restore.len);
	/* about the golden part, so that neighbours in time are none in memory; odd thirds of 65,536 and 1,000 are odd
	 */
	restore.step = (uint32_t)(restore.guests * 0.618);
	for (uint32_t src_offset = restore.guests, dst_offset = restore.step;
	     restore.guests > 1;) { /* until the two have no common divisor */
		while (dst_offset) {
			uint32_t target_key = src_offset % dst_offset;

			src_offset = dst_offset;
			dst_offset = target_key;
		}
		if (src_offset == 1)
			break;
		src_offset = restore.guests;
		dst_offset = ++restore.step;
	}
	if (bpf_map_update_elem(bpf_map__fd(in->front->maps.frame), &zero, &restore, BPF_ANY) ||
	    bpf_map_update_elem(bpf_map__fd(in->front->maps.target), &zero, &target, BPF_ANY))
		return fail("restore.bpf.c", errno);
	return 0;
}

/* The short way is for who spoke to the same end on the long one less than a second ago: guest 0 did. */
static int refresh_shortcut(const struct bench_instance *in)
{
	int fd = bpf_map__fd(in->prog->maps.bindings);
	uint32_t index = MN_SHORTCUT_GENERATION;
	uint64_t appearances;
	struct mn_binding binding;

	if (bpf_map_lookup_elem(bpf_map__fd(in->prog->maps.shortcut), &index, &appearances))
		return fail("shortcut", errno);
	for (uint32_t i = 0; i < 3; i++) {
		struct mn_key key = binding_key(0, i);

		if (bpf_map_lookup_elem(fd, &key, &binding))
			continue; /* the smallest table has one of the three */
		binding.last_seen =
			now_ns() - MN_NS_PER_SEC / 50; /* the programs' clock is a coarse one, and a little behind */
		binding.out_peer = mac_to_u64(mac_router);
		binding.peer_generation = (uint32_t)appearances;
		if (put_binding(fd, &key, &binding))
			return -1;
	}
	return 0;
}

/*
 * One pair: the floor behind the restoring, and the program behind it.  *ns is
 * the difference, which may be a little less than 0 where the program does little.
 */
static int measure_difference(const struct prog_bench *bench, const struct bench_instance *in,
			      const struct bench_case *bench_case, bool turns, double *ns, double *restoring)
{
	int front = bpf_program__fd(in->front->progs.restore), floor = bpf_program__fd(in->front->progs.floor);
	int counts = bpf_map__fd(in->prog->maps.counts), returned = 0;
	uint64_t before = 0, after = bench->repeat, drops, drops_before;
	uint32_t reason = 0;
	double base, full;

	if (configure_front(in, bench_case, turns, floor) ||
	    (base = run_program(bench, front, bench_case, &returned)) < 0)
		return -1;
	if ((bench_case->hook == MN_FROM_PORT && refresh_shortcut(in)) ||
	    sum_drops(bench, in, &drops_before, &reason) ||
	    (bench_case->count != MN_COUNTS && read_counter(bench, counts, bench_case->count, &before)) ||
	    configure_front(in, bench_case, turns, program_fd(in, bench_case->hook)) ||
	    (full = run_program(bench, front, bench_case, &returned)) < 0 ||
	    (bench_case->count != MN_COUNTS && read_counter(bench, counts, bench_case->count, &after)) ||
	    sum_drops(bench, in, &drops, &reason))
		return -1;
	if (returned != bench_case->action || after - before != bench->repeat || drops != drops_before) {
		fprintf(stderr,
			"run_prog: %s, %s, %u bindings: not the way that was to be measured: it returned %d for %d, "
			"%llu of %u frames were counted, %llu dropped (last reason %u)\n",
			hooks[bench_case->hook], bench_case->name, in->bindings, returned, bench_case->action,
			(unsigned long long)(after - before), bench->repeat, (unsigned long long)(drops - drops_before),
			reason);
		return -1;
	}
	*restoring = base;
	*ns = full - base;
	return 0;
}

/* One round of a subject. */
static int measure_case(const struct prog_bench *bench, const struct bench_case *bench_case, uint32_t round,
			struct figures *figures)
{
	double unused;

	if (fill_smallest_table(bench, &bench->instances[0], bench_case))
		return -1;
	for (uint32_t k = 0; k < SIZES; k++) {
		uint32_t i = (k + round) % SIZES; /* nobody is always first */

		if (measure_difference(bench, &bench->instances[i], bench_case, false, &figures->single[i][round],
				       &figures->restore_cost[round]) ||
		    (bench_case->rotate && measure_difference(bench, &bench->instances[i], bench_case, true,
							      &figures->rotating[i][round], &unused)))
			return -1;
	}
	return 0;
}

/*
 * One round of all subjects, with tables of its own: where a key lies, and what else lies there, is decided anew by the
 * seed of each table's hash.
 */
static int run_round(struct prog_bench *bench, uint32_t round, const char *word, double *floor, struct figures *figures)
{
	int returned, err = 0;

	for (int i = 0; i < SIZES && err == 0; i++) {
		bench->instances[i].bindings = sizes[i];
		err = load_programs(bench, &bench->instances[i]);
	}
	if (err == 0) {
		floor[round] = run_program(bench, bpf_program__fd(bench->instances[0].front->progs.floor), &cases[0],
					   &returned);
		err = floor[round] < 0 ? -1 : 0;
	}
	for (size_t i = 0; i < SUBJECTS && err == 0; i++)
		if (!word || strstr(cases[i].name, word))
			err = measure_case(bench, &cases[i], round, &figures[i]);
	for (int i = 0; i < SIZES; i++) {
		restore_bpf__destroy(bench->instances[i].front);
		macnat__destroy(bench->instances[i].prog);
		bench->instances[i] = (struct bench_instance){0};
	}
	return err;
}

/* ---- reporting ---- */

static void print_series(const char *name, const double *values, uint32_t count, const char *end)
{
	printf("\"%s\": [", name);
	for (uint32_t i = 0; i < count; i++)
		printf("%s%.0f", i ? ", " : "", values[i]);
	printf("]%s", end);
}

static void print_json(const struct prog_bench *bench, const struct bench_case *bench_case,
		       const struct figures *figures, bool first)
{
	printf("%s {\"hook\": \"%s\", \"frame\": \"%s\", ", first ? "" : ",\n", hooks[bench_case->hook],
	       bench_case->name);
	for (int i = 0; i < SIZES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "same_%u", sizes[i]);
		print_series(name, figures->single[i], bench->rounds, ", ");
		snprintf(name, sizeof(name), "turns_%u", sizes[i]);
		if (bench_case->rotate)
			print_series(name, figures->rotating[i], bench->rounds, ", ");
	}
	print_series("restoring", figures->restore_cost, bench->rounds, "}");
}

static int compare_doubles(const void *left, const void *right)
{
	double left_value = *(const double *)left, right_value = *(const double *)right;

	return left_value < right_value ? -1 : left_value > right_value;
}

static double median(const double *values, uint32_t count)
{
	double sorted[ROUNDS_MAX];

	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), compare_doubles);
	return count & 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void print_text(const struct prog_bench *bench, const struct bench_case *bench_case,
		       const struct figures *figures)
{
	printf("%-10s %-24s", hooks[bench_case->hook], bench_case->name);
	for (int i = 0; i < SIZES; i++)
		printf(" %5.0f", median(figures->single[i], bench->rounds));
	if (bench_case->rotate)
		for (int i = 0; i < SIZES; i++)
			printf(" %5.0f", median(figures->rotating[i], bench->rounds));
	printf("\n");
}

static int run_all(struct prog_bench *bench, bool json, const char *word)
{
	static struct figures figures_list[SUBJECTS];
	double floor[ROUNDS_MAX];
	bool first = true;

	for (uint32_t round = 0; round < bench->rounds; round++)
		if (run_round(bench, round, word, floor, figures_list))
			return -1;
	if (json) {
		printf("{\"repeat\": %u, \"rounds\": %u, ", bench->repeat, bench->rounds);
		print_series("floor", floor, bench->rounds, ",\n\"subjects\": [\n");
	} else {
		printf("an empty program: %.0f ns\n%-35s %17s %17s\n", median(floor, bench->rounds),
		       "ns per run above it", "one guest again", "all in turn");
		printf("%-35s %5u %5u %5u %5u %5u %5u\n", "bindings", sizes[0], sizes[1], sizes[2], sizes[0], sizes[1],
		       sizes[2]);
	}
	for (size_t i = 0; i < SUBJECTS; i++) {
		if (word && !strstr(cases[i].name, word))
			continue;
		if (json)
			print_json(bench, &cases[i], &figures_list[i], first);
		else
			print_text(bench, &cases[i], &figures_list[i]);
		first = false;
	}
	if (json)
		printf("\n]}\n");
	return 0;
}

static void pin_to_one_cpu(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	struct prog_bench bench = {.repeat = 100000, .rounds = ROUNDS_MAX};
	bool json = false;
	int opt, ret = -1;

	while ((opt = getopt(argc, argv, "qj")) != -1) {
		if (opt == 'q') {
			bench.repeat = 20000;
			bench.rounds = 3;
		} else if (opt == 'j') {
			json = true;
		} else {
			fprintf(stderr, "usage: run_prog [-q] [-j] [WORD]\n");
			return 2;
		}
	}
	if (geteuid() != 0) {
		fprintf(stderr, "run_prog: loading eBPF programs needs root\n");
		return 3;
	}
	if (unshare(CLONE_NEWNET)) {
		fail("a network namespace", errno);
		return 3;
	}
	pin_to_one_cpu();
	bench.cpus = libbpf_num_possible_cpus();
	if (make_links(&bench) == 0)
		ret = run_all(&bench, json, argv[optind]);
	return ret ? 1 : 0;
}
