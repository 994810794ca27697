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
static const struct subject {
	const char *name;
	enum mn_hook hook;
	enum frame_kind frame;
	enum rotate rotate;
	enum mn_count count; /* which counter tells that the frame took its way; MN_N_COUNT: none does */
	int returns;
	bool marked;
} subjects[] = {
	{"TCP segment, IPv4", MN_FROM_GUEST, FRAME_TCP4_OUT, ROTATE_IP4_SRC, MN_N_OUT, TC_ACT_REDIRECT, false},
	{"TCP segment, IPv6", MN_FROM_GUEST, FRAME_TCP6_OUT, ROTATE_IP6_SRC, MN_N_OUT, TC_ACT_REDIRECT, false},
	{"UDP, 64-byte frame", MN_FROM_GUEST, FRAME_UDP4_OUT, ROTATE_IP4_SRC, MN_N_OUT, TC_ACT_REDIRECT, false},
	{"ARP request", MN_FROM_GUEST, FRAME_ARP_REQUEST_OUT, ROTATE_NONE, MN_N_ARP, TC_ACT_REDIRECT, false},
	{"neighbour solicitation", MN_FROM_GUEST, FRAME_NS_OUT, ROTATE_NONE, MN_N_ND, TC_ACT_REDIRECT, false},
	{"DHCP discover", MN_FROM_GUEST, FRAME_DHCP_DISCOVER, ROTATE_NONE, MN_N_DHCP, TC_ACT_REDIRECT, false},
	{"TCP segment, IPv4", MN_FROM_PORT, FRAME_TCP4_OUT, ROTATE_NONE, MN_N_SHORT_OUT, TC_ACT_REDIRECT, false},
	{"TCP segment, IPv6", MN_FROM_PORT, FRAME_TCP6_OUT, ROTATE_NONE, MN_N_SHORT_OUT, TC_ACT_REDIRECT, false},
	{"UDP, 64-byte frame", MN_FROM_PORT, FRAME_UDP4_OUT, ROTATE_NONE, MN_N_SHORT_OUT, TC_ACT_REDIRECT, false},
	{"TCP segment, IPv4", MN_FROM_WIRE, FRAME_TCP4_IN, ROTATE_IP4_DST, MN_N_IN, TC_ACT_REDIRECT, false},
	{"TCP segment, IPv6", MN_FROM_WIRE, FRAME_TCP6_IN, ROTATE_IP6_DST, MN_N_IN, TC_ACT_REDIRECT, false},
	{"UDP, 64-byte frame", MN_FROM_WIRE, FRAME_UDP4_IN, ROTATE_IP4_DST, MN_N_IN, TC_ACT_REDIRECT, false},
	{"ARP reply", MN_FROM_WIRE, FRAME_ARP_REPLY_IN, ROTATE_NONE, MN_N_ARP, TC_ACT_REDIRECT, false},
	{"ARP request", MN_FROM_WIRE, FRAME_ARP_REQUEST_IN, ROTATE_NONE, MN_N_FLOOD, TC_ACT_UNSPEC, false},
	{"neighbour advertisement", MN_FROM_WIRE, FRAME_NA_IN, ROTATE_NONE, MN_N_IN, TC_ACT_REDIRECT, false},
	{"neighbour solicitation", MN_FROM_WIRE, FRAME_NS_IN, ROTATE_NONE, MN_N_FLOOD, TC_ACT_UNSPEC, false},
	{"DHCP offer", MN_FROM_WIRE, FRAME_DHCP_OFFER, ROTATE_NONE, MN_N_DHCP, TC_ACT_REDIRECT, false},
	{"a guest's TCP segment", MN_FROM_HOST, FRAME_TCP4_SENT, ROTATE_NONE, MN_N_COUNT, TC_ACT_UNSPEC, true},
	{"this host's TCP segment", MN_FROM_HOST, FRAME_TCP4_HOST, ROTATE_NONE, MN_N_COUNT, TC_ACT_UNSPEC, false},
};
#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

static const char *const hooks[MN_HOOKS] = {"from_guest", "from_wire", "from_host", "from_port"};

/* One loaded translator with its tables, and the frame source in front of it. */
struct instance {
	struct macnat *prog;
	struct restore_bpf *front;
	uint32_t bindings;
	uint32_t guests; /* with three bindings each */
};

struct bench {
	struct instance in[SIZES];
	uint32_t uplink, port, guest_port;
	uint32_t repeat, rounds;
	int cpus;
};

/* Figures of one subject: nanoseconds by table size and round, without what the restoring costs. */
struct figures {
	double same[SIZES][ROUNDS_MAX], turns[SIZES][ROUNDS_MAX], restoring[ROUNDS_MAX];
};

static int fail(const char *what, int error)
{
	fprintf(stderr, "run_prog: %s: %s\n", what, strerror(error));
	return -1;
}

/* ---- the tables ---- */

static void number(uint8_t *low, uint32_t i)
{
	put_be16(low, (uint16_t)i);
}

/* The guest's binding number `which`: 0 its IPv4 address, 1 its IPv6 address, 2 its MAC address. */
static struct mn_key key_of(uint32_t guest, uint32_t which)
{
	struct mn_key k = {0};

	if (which == 0) {
		k.family = MN_IP4;
		memcpy(k.addr, ip4_guest, 4);
		number(k.addr + 2, guest);
	} else if (which == 1) {
		k.family = MN_IP6;
		memcpy(k.addr, ip6_guest, 16);
		number(k.addr + 14, guest);
	} else {
		k.family = MN_MAC;
		memcpy(k.addr, mac_guest, 6);
		number(k.addr + 4, guest);
	}
	return k;
}

static struct mn_binding binding_of(const struct bench *b, uint32_t guest, uint64_t now)
{
	struct mn_binding n = {.kind = MN_GUEST, .port = b->guest_port, .slot = MN_NO_SLOT, .born = now, .seen = now};

	memcpy(n.mac, mac_guest, 6);
	number(n.mac + 4, guest);
	return n;
}

/* What the frames of a subject find in the table, at the least: families in the order of key_of. */
static uint32_t least(const struct subject *s, uint32_t *which)
{
	switch (s->frame) {
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

static int put_binding(int fd, const struct mn_key *k, const struct mn_binding *n)
{
	return bpf_map_update_elem(fd, k, n, BPF_ANY) ? fail("bindings", errno) : 0;
}

static int put_xid(const struct bench *b, int fd, uint64_t now)
{
	struct mn_key k = {.family = MN_XID};
	struct mn_binding n = binding_of(b, 0, now);

	put_be32(k.addr, BENCH_XID);
	return put_binding(fd, &k, &n);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * MN_NS_PER_SEC + (uint64_t)t.tv_nsec;
}

/* 1,000 and 65,536 are both a DHCP transaction and three for each guest. */
static int fill(const struct bench *b, struct instance *in)
{
	int fd = bpf_map__fd(in->prog->maps.bindings);
	uint64_t now = now_ns();

	in->guests = in->bindings / 3 ? in->bindings / 3 : 1;
	if (in->bindings == 1)
		return 0; /* differs from subject to subject */
	for (uint32_t g = 0; g < in->guests; g++) {
		struct mn_binding v = binding_of(b, g, now);

		for (uint32_t i = 0; i < 3; i++) {
			struct mn_key k = key_of(g, i);

			if (put_binding(fd, &k, &v))
				return -1;
		}
	}
	return put_xid(b, fd, now);
}

/* The smallest table: only what the frames of s find there. */
static int fill_least(const struct bench *b, const struct instance *in, const struct subject *s)
{
	int fd = bpf_map__fd(in->prog->maps.bindings);
	uint32_t which[3], n = least(s, which);
	uint64_t now = now_ns();
	struct mn_binding v = binding_of(b, 0, now);
	struct mn_key k;

	while (bpf_map_get_next_key(fd, NULL, &k) == 0)
		if (bpf_map_delete_elem(fd, &k))
			return fail("bindings", errno);
	for (uint32_t i = 0; i < n; i++) {
		k = key_of(0, which[i]);
		if (put_binding(fd, &k, &v))
			return -1;
	}
	return s->frame == FRAME_DHCP_DISCOVER || s->frame == FRAME_DHCP_OFFER ? put_xid(b, fd, now) : 0;
}

/* ---- loading ---- */

static int link_add(struct nl_sock *sock, const char *name, uint32_t *ifindex)
{
	struct rtnl_link *l = rtnl_link_alloc();
	int r;

	if (!l)
		return fail(name, ENOMEM);
	rtnl_link_set_name(l, name);
	r = rtnl_link_set_type(l, "bridge"); /* any would do; this one is there wherever vifi runs */
	if (r == 0)
		r = rtnl_link_add(sock, l, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_link_put(l);
	if (r) {
		fprintf(stderr, "run_prog: interface %s: %s\n", name, nl_geterror(r));
		return -1;
	}
	*ifindex = if_nametoindex(name);
	return *ifindex ? 0 : fail(name, errno);
}

static int make_links(struct bench *b)
{
	struct nl_sock *sock = nl_socket_alloc();
	int r;

	if (!sock)
		return fail("netlink", ENOMEM);
	r = nl_connect(sock, NETLINK_ROUTE);
	if (r)
		fprintf(stderr, "run_prog: netlink: %s\n", nl_geterror(r));
	else
		r = link_add(sock, "uplink", &b->uplink) || link_add(sock, "port", &b->port) ||
		    link_add(sock, "guest", &b->guest_port);
	nl_socket_free(sock);
	return r ? -1 : 0;
}

static int load(const struct bench *b, struct instance *in)
{
	struct mn_config cfg = {.abi = MN_ABI,
				.uplink = b->uplink,
				.port = b->port,
				.mtu = 1500,
				.silent = 60 * MN_NS_PER_SEC,
				.port_cap = MN_RING};
	uint32_t zero = 0, until = MN_SHORT_UNTIL;
	uint64_t always = UINT64_MAX;

	in->prog = macnat__open_and_load();
	if (!in->prog)
		return fail("loading vifi's programs", errno);
	in->front = restore_bpf__open_and_load();
	if (!in->front)
		return fail("loading restore.bpf.c", errno);
	memcpy(cfg.w, mac_w, 6);
	if (bpf_map_update_elem(bpf_map__fd(in->prog->maps.config), &zero, &cfg, BPF_ANY))
		return fail("config", errno);
	if (bpf_map_update_elem(bpf_map__fd(in->prog->maps.shortcut), &until, &always, BPF_ANY))
		return fail("shortcut", errno);
	return fill(b, in);
}

static int program(const struct instance *in, enum mn_hook hook)
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
static int counter(const struct bench *b, int fd, uint32_t key, uint64_t *n)
{
	uint64_t v[CPUS_MAX];

	*n = 0;
	if (b->cpus > CPUS_MAX || bpf_map_lookup_elem(fd, &key, v))
		return fail("counters", errno);
	for (int i = 0; i < b->cpus; i++)
		*n += v[i];
	return 0;
}

static int all_drops(const struct bench *b, const struct instance *in, uint64_t *sum, uint32_t *last)
{
	*sum = 0;
	for (uint32_t i = 1; i < DROP_COUNT; i++) {
		uint64_t n;

		if (counter(b, bpf_map__fd(in->prog->maps.drops), i, &n))
			return -1;
		*sum += n;
		if (n)
			*last = i;
	}
	return 0;
}

/* Runs fd `repeat` times on the frame of s. Returns nanoseconds per run, or a negative number. */
static double run(const struct bench *b, int fd, const struct subject *s, int *returned)
{
	uint8_t frame[FRAME_MAX];
	struct __sk_buff ctx = {.ingress_ifindex = b->guest_port};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = (uint32_t)frame_make(s->frame, frame),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = (int)b->repeat);

	if (bpf_prog_test_run_opts(fd, &o))
		return fail("BPF_PROG_TEST_RUN", errno);
	*returned = (int)o.retval;
	return o.duration;
}

/* Says what the front is to restore and where it goes on. */
static int aim(const struct instance *in, const struct subject *s, bool turns, int target)
{
	uint8_t frame[FRAME_MAX];
	size_t len = frame_make(s->frame, frame);
	struct restore r = {.len = len < RESTORE_MAX ? (uint32_t)len : RESTORE_MAX,
			    .rotate = turns ? s->rotate : ROTATE_NONE,
			    .guests = in->guests,
			    .mark = s->marked ? MN_MARK : 0,
			    .csum = be16(frame + 24)};
	uint32_t zero = 0;

	memcpy(r.head, frame, r.len);
	/* about the golden part, so that neighbours in time are none in memory; odd thirds of 65,536 and 1,000 are odd
	 */
	r.step = (uint32_t)(r.guests * 0.618);
	for (uint32_t x = r.guests, y = r.step; r.guests > 1;) { /* until the two have no common divisor */
		while (y) {
			uint32_t t = x % y;

			x = y;
			y = t;
		}
		if (x == 1)
			break;
		x = r.guests;
		y = ++r.step;
	}
	if (bpf_map_update_elem(bpf_map__fd(in->front->maps.frame), &zero, &r, BPF_ANY) ||
	    bpf_map_update_elem(bpf_map__fd(in->front->maps.target), &zero, &target, BPF_ANY))
		return fail("restore.bpf.c", errno);
	return 0;
}

/* The short way is for who spoke to the same end on the long one less than a second ago: guest 0 did. */
static int spoke(const struct instance *in)
{
	int fd = bpf_map__fd(in->prog->maps.bindings);
	uint32_t index = MN_SHORT_APPEARANCES;
	uint64_t appearances;
	struct mn_binding v;

	if (bpf_map_lookup_elem(bpf_map__fd(in->prog->maps.shortcut), &index, &appearances))
		return fail("shortcut", errno);
	for (uint32_t i = 0; i < 3; i++) {
		struct mn_key k = key_of(0, i);

		if (bpf_map_lookup_elem(fd, &k, &v))
			continue;                       /* the smallest table has one of the three */
		v.seen = now_ns() - MN_NS_PER_SEC / 50; /* the programs' clock is a coarse one, and a little behind */
		v.out_peer = mac_word(mac_router);
		v.appearances = (uint32_t)appearances;
		if (put_binding(fd, &k, &v))
			return -1;
	}
	return 0;
}

/*
 * One pair: the floor behind the restoring, and the program behind it.  *ns is
 * the difference, which may be a little less than 0 where the program does little.
 */
static int pair(const struct bench *b, const struct instance *in, const struct subject *s, bool turns, double *ns,
		double *restoring)
{
	int front = bpf_program__fd(in->front->progs.restore), floor = bpf_program__fd(in->front->progs.floor);
	int counts = bpf_map__fd(in->prog->maps.counts), returned = 0;
	uint64_t before = 0, after = b->repeat, drops, drops_before;
	uint32_t reason = 0;
	double base, full;

	if (aim(in, s, turns, floor) || (base = run(b, front, s, &returned)) < 0)
		return -1;
	if ((s->hook == MN_FROM_PORT && spoke(in)) || all_drops(b, in, &drops_before, &reason) ||
	    (s->count != MN_N_COUNT && counter(b, counts, s->count, &before)) ||
	    aim(in, s, turns, program(in, s->hook)) || (full = run(b, front, s, &returned)) < 0 ||
	    (s->count != MN_N_COUNT && counter(b, counts, s->count, &after)) || all_drops(b, in, &drops, &reason))
		return -1;
	if (returned != s->returns || after - before != b->repeat || drops != drops_before) {
		fprintf(stderr,
			"run_prog: %s, %s, %u bindings: not the way that was to be measured: it returned %d for %d, "
			"%llu of %u frames were counted, %llu dropped (last reason %u)\n",
			hooks[s->hook], s->name, in->bindings, returned, s->returns,
			(unsigned long long)(after - before), b->repeat, (unsigned long long)(drops - drops_before),
			reason);
		return -1;
	}
	*restoring = base;
	*ns = full - base;
	return 0;
}

/* One round of a subject. */
static int measure(const struct bench *b, const struct subject *s, uint32_t r, struct figures *f)
{
	double unused;

	if (fill_least(b, &b->in[0], s))
		return -1;
	for (uint32_t k = 0; k < SIZES; k++) {
		uint32_t i = (k + r) % SIZES; /* nobody is always first */

		if (pair(b, &b->in[i], s, false, &f->same[i][r], &f->restoring[r]) ||
		    (s->rotate && pair(b, &b->in[i], s, true, &f->turns[i][r], &unused)))
			return -1;
	}
	return 0;
}

/*
 * One round of all subjects, with tables of its own: where a key lies, and what else lies there, is decided anew by the
 * seed of each table's hash.
 */
static int round_of_all(struct bench *b, uint32_t r, const char *word, double *floor, struct figures *f)
{
	int returned, e = 0;

	for (int i = 0; i < SIZES && e == 0; i++) {
		b->in[i].bindings = sizes[i];
		e = load(b, &b->in[i]);
	}
	if (e == 0) {
		floor[r] = run(b, bpf_program__fd(b->in[0].front->progs.floor), &subjects[0], &returned);
		e = floor[r] < 0 ? -1 : 0;
	}
	for (size_t i = 0; i < SUBJECTS && e == 0; i++)
		if (!word || strstr(subjects[i].name, word))
			e = measure(b, &subjects[i], r, &f[i]);
	for (int i = 0; i < SIZES; i++) {
		restore_bpf__destroy(b->in[i].front);
		macnat__destroy(b->in[i].prog);
		b->in[i] = (struct instance){0};
	}
	return e;
}

/* ---- reporting ---- */

static void series(const char *name, const double *v, uint32_t n, const char *end)
{
	printf("\"%s\": [", name);
	for (uint32_t i = 0; i < n; i++)
		printf("%s%.0f", i ? ", " : "", v[i]);
	printf("]%s", end);
}

static void print_json(const struct bench *b, const struct subject *s, const struct figures *f, bool first)
{
	printf("%s {\"hook\": \"%s\", \"frame\": \"%s\", ", first ? "" : ",\n", hooks[s->hook], s->name);
	for (int i = 0; i < SIZES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "same_%u", sizes[i]);
		series(name, f->same[i], b->rounds, ", ");
		snprintf(name, sizeof(name), "turns_%u", sizes[i]);
		if (s->rotate)
			series(name, f->turns[i], b->rounds, ", ");
	}
	series("restoring", f->restoring, b->rounds, "}");
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const double *v, uint32_t n)
{
	double s[ROUNDS_MAX];

	memcpy(s, v, n * sizeof(*v));
	qsort(s, n, sizeof(*s), by_size);
	return n & 1 ? s[n / 2] : (s[n / 2 - 1] + s[n / 2]) / 2;
}

static void print_text(const struct bench *b, const struct subject *s, const struct figures *f)
{
	printf("%-10s %-24s", hooks[s->hook], s->name);
	for (int i = 0; i < SIZES; i++)
		printf(" %5.0f", median(f->same[i], b->rounds));
	if (s->rotate)
		for (int i = 0; i < SIZES; i++)
			printf(" %5.0f", median(f->turns[i], b->rounds));
	printf("\n");
}

static int run_all(struct bench *b, bool json, const char *word)
{
	static struct figures f[SUBJECTS];
	double floor[ROUNDS_MAX];
	bool first = true;

	for (uint32_t r = 0; r < b->rounds; r++)
		if (round_of_all(b, r, word, floor, f))
			return -1;
	if (json) {
		printf("{\"repeat\": %u, \"rounds\": %u, ", b->repeat, b->rounds);
		series("floor", floor, b->rounds, ",\n\"subjects\": [\n");
	} else {
		printf("an empty program: %.0f ns\n%-35s %17s %17s\n", median(floor, b->rounds), "ns per run above it",
		       "one guest again", "all in turn");
		printf("%-35s %5u %5u %5u %5u %5u %5u\n", "bindings", sizes[0], sizes[1], sizes[2], sizes[0], sizes[1],
		       sizes[2]);
	}
	for (size_t i = 0; i < SUBJECTS; i++) {
		if (word && !strstr(subjects[i].name, word))
			continue;
		if (json)
			print_json(b, &subjects[i], &f[i], first);
		else
			print_text(b, &subjects[i], &f[i]);
		first = false;
	}
	if (json)
		printf("\n]}\n");
	return 0;
}

static void stay_on_one_cpu(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	struct bench b = {.repeat = 100000, .rounds = ROUNDS_MAX};
	bool json = false;
	int opt, r = -1;

	while ((opt = getopt(argc, argv, "qj")) != -1) {
		if (opt == 'q') {
			b.repeat = 20000;
			b.rounds = 3;
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
	stay_on_one_cpu();
	b.cpus = libbpf_num_possible_cpus();
	if (make_links(&b) == 0)
		r = run_all(&b, json, argv[optind]);
	return r ? 1 : 0;
}
