/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_prog: nanoseconds per run of vifi's eBPF programs.
 *
 *	run_prog [-q] [-j] [WORD]
 *
 *	-j	print JSON for bench/report.py
 *	-q	take a tenth of the time
 *	WORD	run only the frames whose names contain WORD
 *
 * In its own network namespace it loads the program object three times, fills the tables with 1, 1,000 and 65,536
 * bindings, and runs each program on each kind of frame by BPF_PROG_TEST_RUN. The three instances take turns, round by
 * round, so that other load on the machine affects all of them alike.
 *
 *   - Before each run restore.bpf.c restores the headers and then makes a tail call to the program. Its cost is measured
 *     in the same round, with an empty program as target, and subtracted.
 *   - After each measurement the program's counters must have increased by the number of runs, and its drop counters
 *     must be unchanged. A frame that took another path than the one in the table's first column is a failure.
 *   - BPF_PROG_TEST_RUN does not execute a redirect, so a figure ends where the program returns. The program does copy a
 *     group frame, but to an interface that is down: further processing by the host or the bridge is not its cost.
 *
 * Each frame is measured with the same guest in every run, whose bindings are in the L1 cache. Data frames are also
 * measured with all guests in turn, after two frames of each; with 65,536 bindings hardly any of them is in a cache.
 *
 * Exit codes: 0 success, 1 failure, 2 usage, 3 missing privilege.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>

#include "bpf/place_maps.h"
#include "instance.h"
#include "macnat.skel.h"
#include "restore.skel.h"
#include "wire/be.h"

#define ROUNDS_MAX 11
#define CPUS_MAX   1024

static const uint32_t sizes[SIZES] = {1, 1000, 65536};
static const struct bench_case cases[] = {
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
	{"ARP request", MN_FROM_WIRE, FRAME_ARP_REQUEST_IN, ROTATE_NONE, MN_COUNT_IN, TC_ACT_REDIRECT, false},
	{"neighbour advertisement", MN_FROM_WIRE, FRAME_NA_IN, ROTATE_NONE, MN_COUNT_IN, TC_ACT_REDIRECT, false},
	{"neighbour solicitation", MN_FROM_WIRE, FRAME_NS_IN, ROTATE_NONE, MN_COUNT_IN, TC_ACT_REDIRECT, false},
	{"DHCP offer", MN_FROM_WIRE, FRAME_DHCP_OFFER, ROTATE_NONE, MN_COUNT_DHCP, TC_ACT_REDIRECT, false},
	{"a guest's TCP segment", MN_FROM_HOST, FRAME_TCP4_SENT, ROTATE_NONE, MN_COUNTS, TC_ACT_UNSPEC, true},
	{"this host's TCP segment", MN_FROM_HOST, FRAME_TCP4_HOST, ROTATE_NONE, MN_COUNTS, TC_ACT_UNSPEC, false},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static const char *const hooks[MN_HOOKS] = {"from_guest", "from_wire", "from_host", "from_port"};

/* Figures of one case in nanoseconds, by table size and round. The cost of restoring the frame is subtracted. */
struct figures {
	double single[SIZES][ROUNDS_MAX];   /* the same guest in every run */
	double rotating[SIZES][ROUNDS_MAX]; /* all guests in turn */
	double restore_cost[ROUNDS_MAX];
};

/* ---- measuring ---- */

/* Sums a per-CPU counter over all CPUs. */
static int read_counter(const struct prog_bench *bench, int fd, uint32_t key, uint64_t *total)
{
	uint64_t values[CPUS_MAX];

	*total = 0;
	if (bench->cpus > CPUS_MAX || bpf_map_lookup_elem(fd, &key, values))
		return bench_fail("counters", errno);
	for (int i = 0; i < bench->cpus; i++)
		*total += values[i];
	return 0;
}

/* Sums the drops of all reasons; *last becomes the last reason with drops. */
static int sum_drops(const struct prog_bench *bench, const struct bench_instance *instance, uint64_t *sum,
		     uint32_t *last)
{
	*sum = 0;
	for (uint32_t i = 1; i < DROP_COUNT; i++) {
		uint64_t value;

		if (read_counter(bench, bpf_map__fd(instance->programs->maps.drops), i, &value))
			return -1;
		*sum += value;
		if (value)
			*last = i;
	}
	return 0;
}

/* Runs a program `repeat` times on the frame of the case. Returns nanoseconds per run, or -1. */
static double run_program(const struct prog_bench *bench, int fd, const struct bench_case *bench_case, uint32_t repeat,
			  int *returned)
{
	uint8_t frame[FRAME_MAX];
	struct __sk_buff ctx = {.ingress_ifindex = bench->guest_port,
				.ifindex = bench_case->hook == MN_FROM_HOST ? bench->uplink : 0};
	LIBBPF_OPTS(bpf_test_run_opts, bpf_test_run_opts, .data_in = frame,
		    .data_size_in = (uint32_t)frame_make(bench_case->frame, frame), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = (int)repeat);

	if (bpf_prog_test_run_opts(fd, &bpf_test_run_opts))
		return bench_fail("BPF_PROG_TEST_RUN", errno);
	*returned = (int)bpf_test_run_opts.retval;
	return bpf_test_run_opts.duration;
}

static uint32_t greatest_common_divisor(uint32_t greater, uint32_t smaller)
{
	while (smaller) {
		uint32_t remainder = greater % smaller;

		greater = smaller;
		smaller = remainder;
	}
	return greater;
}

/*
 * The distance from one guest to the next: about the golden ratio, so that consecutive guests are far apart in memory,
 * and coprime with the number of guests, so that each guest gets its turn.
 */
static uint32_t rotation_step(uint32_t guests)
{
	uint32_t step = (uint32_t)(guests * 0.618);

	while (guests > 1 && greatest_common_divisor(guests, step) != 1)
		step++;
	return step;
}

/* Sets the frame that the restorer writes and the program that it calls. */
static int configure_restorer(const struct bench_instance *instance, const struct bench_case *bench_case, bool rotating,
			      int target)
{
	uint8_t frame[FRAME_MAX];
	size_t len = frame_make(bench_case->frame, frame);
	struct restore restore = {.len = len < RESTORE_MAX ? (uint32_t)len : RESTORE_MAX,
				  .rotate = rotating ? bench_case->rotate : ROTATE_NONE,
				  .guests = instance->guests,
				  .mark = bench_case->marked ? MN_MARK : 0,
				  .csum = be16(frame + 24)};
	uint32_t zero = 0;

	memcpy(restore.head, frame, restore.len);
	restore.step = rotation_step(restore.guests);
	if (bpf_map_update_elem(bpf_map__fd(instance->restorer->maps.frame), &zero, &restore, BPF_ANY) ||
	    bpf_map_update_elem(bpf_map__fd(instance->restorer->maps.target), &zero, &target, BPF_ANY))
		return bench_fail("restore.bpf.c", errno);
	return 0;
}

/* The flows of the former case are over: their places are free at once, not after a second. */
static int free_places(const struct bench_instance *instance)
{
	struct place_maps places;
	int ret = place_maps_open(&places, bpf_map__fd(instance->programs->maps.places),
				  bpf_map__fd(instance->programs->maps.versions));

	if (ret == 0)
		memset(places.sets, 0, sizeof(struct mn_place_set) * MN_PLACE_SETS * MN_PLACE_DIRECTIONS);
	place_maps_close(&places);
	return ret ? bench_fail("places", -ret) : 0;
}

/*
 * Two frames of each guest: the first one is noted (macnat/shortcut_rules.h), the second one gets a place (macnat/place.h).
 * What follows is a flow of frames, in which the rules see one of each guest per second.
 */
static int meet_all_guests(const struct prog_bench *bench, const struct bench_instance *instance,
			   const struct bench_case *bench_case)
{
	int returned;

	return configure_restorer(instance, bench_case, true, instance_program_fd(instance, bench_case->hook)) ||
			       run_program(bench, bpf_program__fd(instance->restorer->progs.restore), bench_case,
					   2 * instance->guests, &returned) < 0
		       ? -1
		       : 0;
}

/*
 * Measures the restorer with the empty program as target, then with the program under test. *ns is the difference; it
 * may be slightly negative for a short program.
 */
static int measure_difference(const struct prog_bench *bench, const struct bench_instance *instance,
			      const struct bench_case *bench_case, bool rotating, double *ns, double *restore_cost)
{
	int restorer = bpf_program__fd(instance->restorer->progs.restore),
	    floor = bpf_program__fd(instance->restorer->progs.floor);
	int counts = bpf_map__fd(instance->programs->maps.counts), returned = 0;
	uint64_t before = 0, after = bench->repeat, drops, drops_before;
	uint32_t reason = 0;
	double base, full;

	if (configure_restorer(instance, bench_case, rotating, floor) ||
	    (base = run_program(bench, restorer, bench_case, bench->repeat, &returned)) < 0)
		return -1;
	if ((bench_case->hook == MN_FROM_PORT && instance_refresh_shortcut(instance)) || free_places(instance) ||
	    (rotating && meet_all_guests(bench, instance, bench_case)) ||
	    sum_drops(bench, instance, &drops_before, &reason) ||
	    (bench_case->count != MN_COUNTS && read_counter(bench, counts, bench_case->count, &before)) ||
	    configure_restorer(instance, bench_case, rotating, instance_program_fd(instance, bench_case->hook)) ||
	    (full = run_program(bench, restorer, bench_case, bench->repeat, &returned)) < 0 ||
	    (bench_case->count != MN_COUNTS && read_counter(bench, counts, bench_case->count, &after)) ||
	    sum_drops(bench, instance, &drops, &reason))
		return -1;
	if (returned != bench_case->action || after - before != bench->repeat || drops != drops_before) {
		fprintf(stderr,
			"run_prog: %s, %s, %u bindings: the frame took another path: the program returned %d instead "
			"of %d, counted %llu of %u frames and dropped %llu (last reason %u)\n",
			hooks[bench_case->hook], bench_case->name, instance->bindings, returned, bench_case->action,
			(unsigned long long)(after - before), bench->repeat, (unsigned long long)(drops - drops_before),
			reason);
		return -1;
	}
	*restore_cost = base;
	*ns = full - base;
	return 0;
}

static int measure_case(const struct prog_bench *bench, const struct bench_case *bench_case, uint32_t round,
			struct figures *figures)
{
	double unused;

	if (instance_fill_smallest(bench, &bench->instances[0], bench_case))
		return -1;
	for (uint32_t k = 0; k < SIZES; k++) {
		uint32_t i = (k + round) % SIZES; /* each round starts with another instance */

		if (measure_difference(bench, &bench->instances[i], bench_case, false, &figures->single[i][round],
				       &figures->restore_cost[round]) ||
		    (bench_case->rotate && measure_difference(bench, &bench->instances[i], bench_case, true,
							      &figures->rotating[i][round], &unused)))
			return -1;
	}
	return 0;
}

/*
 * Measures each case once, with new tables: the hash seed of a table decides which keys share a bucket, so one table
 * would bias all rounds.
 */
static int run_round(struct prog_bench *bench, uint32_t round, const char *word, double *floor, struct figures *figures)
{
	int returned, err = 0;

	for (int i = 0; i < SIZES && err == 0; i++) {
		bench->instances[i].bindings = sizes[i];
		err = instance_load(bench, &bench->instances[i]);
	}
	if (err == 0) {
		floor[round] = run_program(bench, bpf_program__fd(bench->instances[0].restorer->progs.floor), &cases[0],
					   bench->repeat, &returned);
		err = floor[round] < 0 ? -1 : 0;
	}
	for (size_t i = 0; i < CASES && err == 0; i++)
		if (!word || strstr(cases[i].name, word))
			err = measure_case(bench, &cases[i], round, &figures[i]);
	for (int i = 0; i < SIZES; i++)
		instance_unload(&bench->instances[i]);
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
	static struct figures figures_list[CASES];
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
		       "ns per run above it", "the same guest", "all in turn");
		printf("%-35s %5u %5u %5u %5u %5u %5u\n", "bindings", sizes[0], sizes[1], sizes[2], sizes[0], sizes[1],
		       sizes[2]);
	}
	for (size_t i = 0; i < CASES; i++) {
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
		bench_fail("cannot create a network namespace", errno);
		return 3;
	}
	pin_to_one_cpu();
	bench.cpus = libbpf_num_possible_cpus();
	if (bench_make_links(&bench) == 0)
		ret = run_all(&bench, json, argv[optind]);
	return ret ? 1 : 0;
}
