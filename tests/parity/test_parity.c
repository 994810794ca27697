/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parity: the rules in user space and in the kernel give the same results.
 *
 * The same source of the rules is compiled twice. All else differs: the helpers that read and write, the tables, the
 * compilers. So this test passes the same frames, one by one and with persistent state, through mn_engine and through the
 * loaded programs (BPF_PROG_TEST_RUN). After each frame it compares the output frame, the verdict with each edit, the
 * return value of the program and the events; after every few frames and at the end all bindings and ports with all
 * members, and all counters.
 *
 * The clock is the kernel's: the engine gets the time that the kernel's run recorded. To simulate elapsed time, the test
 * ages both tables.
 *
 * BPF_PROG_TEST_RUN supports neither the mark in skb->tc_index, a VLAN tag outside the frame, GSO segments, frames of
 * less than 15 bytes nor IP packets with an incomplete header. The unit tests and tests/net cover those.
 *
 *   VIFI_SEED=7 VIFI_FRAMES=100000 build/test_parity
 */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include "macnat.skel.h"

#include "../adversary/network.h"
#include "../unit/generate.h"
#include "../unit/harness.h"

enum { LONGEST = 1800, COMPARE_EVERY = 16, SKIPPED = 77 };

static const char *const program_names[MN_HOOKS] = {"vifi_from_guest", "vifi_from_wire", "vifi_from_host",
						    "vifi_from_port"};

struct engine_pair {
	struct harness harness;
	struct bpf_object *object;
	uint64_t shortcut_out, shortcut_in, fast_out, guarded;
	int prog[MN_HOOKS];
	int bindings, ports, work, drops, counts, config;
	struct ring_buffer *events;
	int cpus, cpu;
	uint64_t frames, differences, refused; /* refused: by BPF_PROG_TEST_RUN */
	const char *context;
};

/* ---- the kernel ---- */

static void run_shell(const char *command)
{
	if (system(command)) {
		fprintf(stderr, "parity: failed: %s\n", command);
		exit(1);
	}
}

/* The kernel's events of one frame. */
struct event_log {
	struct mn_event event[64];
	size_t count;
};

static int record_event(void *context, void *data, size_t size)
{
	struct event_log *kernel_events = context;

	if (size >= sizeof(struct mn_event) && kernel_events->count < 64)
		memcpy(&kernel_events->event[kernel_events->count++], data, sizeof(struct mn_event));
	return 0;
}

static int find_map(struct engine_pair *pair, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(pair->object, name);

	if (fd < 0) {
		fprintf(stderr, "parity: the program has no map %s\n", name);
		exit(1);
	}
	return fd;
}

static void load_programs(struct engine_pair *pair, struct event_log *kernel_events)
{
	struct macnat *skel = macnat__open();

	if (skel)
		skel->rodata->fast_path_has_context = 1;
	if (!skel || macnat__load(skel)) {
		fprintf(stderr, "parity: cannot load the programs\n");
		exit(1);
	}
	pair->object = skel->obj;
	for (int i = 0; i < MN_HOOKS; i++)
		pair->prog[i] = bpf_program__fd(bpf_object__find_program_by_name(pair->object, program_names[i]));
	pair->bindings = find_map(pair, "bindings");
	pair->ports = find_map(pair, "ports");
	pair->work = find_map(pair, "work");
	pair->drops = find_map(pair, "drops");
	pair->counts = find_map(pair, "counts");
	pair->config = find_map(pair, "config");
	if (bpf_map_update_elem(find_map(pair, "shortcut"), &(uint32_t){MN_SHORTCUT_UNTIL}, &(uint64_t){UINT64_MAX},
				BPF_ANY))
		exit(1);
	pair->events = ring_buffer__new(find_map(pair, "events"), record_event, kernel_events, NULL);
	pair->cpus = libbpf_num_possible_cpus();
	if (!pair->events || pair->cpus < 1)
		exit(1);
}

/* Copies the configuration of the engine to the kernel. */
static void configure(struct engine_pair *pair)
{
	uint32_t zero = 0;

	if (bpf_map_update_elem(pair->config, &zero, mn_engine_config(pair->harness.engine), BPF_ANY))
		exit(1);
}

/* Adds networks, one inside the other, to both tables (rule 32). The generator uses addresses in them. */
static void add_networks(struct engine_pair *pair)
{
	struct mn_routed_key key = {.family = MN_IP4};
	int map = find_map(pair, "routed");

	memcpy(key.addr, ip_a, 4);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t elsewhere = i % 2;

		key.addr[3] = (uint8_t)(i ? 120 : 96);
		key.prefix_length = 32 + 27 + 2 * i;
		if (mn_engine_routed_add(pair->harness.engine, &key, elsewhere) ||
		    bpf_map_update_elem(map, &key, &elsewhere, BPF_ANY))
			exit(1);
	}
}

/* Copies the engine's bindings into the kernel's table. */
static void copy_table(struct engine_pair *pair)
{
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;

	while (mn_engine_next(pair->harness.engine, &cursor, &key, &binding))
		if (bpf_map_update_elem(pair->bindings, &key, &binding, BPF_ANY))
			exit(1);
}

/* Simulates elapsed time: moves all times of both tables into the past. */
static void age_tables(struct engine_pair *pair, uint64_t ns)
{
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;

	while (mn_engine_next(pair->harness.engine, &cursor, &key, &binding)) {
		binding.last_seen = binding.last_seen > ns ? binding.last_seen - ns : 1;
		binding.created = binding.created > ns ? binding.created - ns : 1;
		binding.expires = binding.expires > ns ? binding.expires - ns : 0;
		mn_engine_put(pair->harness.engine, &key, &binding);
		bpf_map_update_elem(pair->bindings, &key, &binding, BPF_EXIST);
	}
}

static uint64_t per_cpu_sum(struct engine_pair *pair, int map, uint32_t index)
{
	uint64_t values[512] = {0}, sum = 0;

	if (pair->cpus > 512 || bpf_map_lookup_elem(map, &index, values))
		exit(1);
	for (int i = 0; i < pair->cpus; i++)
		sum += values[i];
	return sum;
}

static struct mn_context kernel_verdict(struct engine_pair *pair, uint32_t hook)
{
	size_t size = (sizeof(struct mn_context) + 7) / 8 * 8;
	uint8_t *all = calloc((size_t)pair->cpus, size);
	struct mn_context ctx;

	if (!all || bpf_map_lookup_elem(pair->work, &hook, all))
		exit(1);
	memcpy(&ctx, all + size * (size_t)pair->cpu, sizeof(ctx));
	free(all);
	return ctx;
}

/* ---- comparing ---- */

static void report_difference(struct engine_pair *pair, const struct raw_frame *kernel, const char *format, ...)
{
	va_list args;

	if (pair->differences++ > 20)
		return;
	va_start(args, format);
	fprintf(stderr, "frame %llu, %s: ", (unsigned long long)pair->frames, pair->context);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	frame_print("  input      ", &pair->harness.input);
	frame_print("  user space ", &pair->harness.frame);
	if (kernel)
		frame_print("  kernel     ", kernel);
}

static void compare_bindings(struct engine_pair *pair)
{
	struct mn_binding ours, theirs;
	struct mn_key key, next;
	void *cursor = NULL, *from = NULL;
	size_t count = 0;

	while (mn_engine_next(pair->harness.engine, &cursor, &key, &ours)) {
		if (bpf_map_lookup_elem(pair->bindings, &key, &theirs))
			report_difference(pair, NULL, "a binding of family %u is only in user space", key.family);
		else if (memcmp(&ours, &theirs, sizeof(ours)))
			report_difference(
				pair, NULL,
				"bindings of family %u differ: user space port %u kind %u flags %x slot %u aux %x seen "
				"%llu "
				"out %llu, kernel port %u kind %u flags %x slot %u aux %x seen %llu out %llu",
				key.family, ours.port, ours.kind, ours.flags, ours.slot, ours.aux,
				(unsigned long long)ours.last_seen, (unsigned long long)ours.out_packets, theirs.port,
				theirs.kind, theirs.flags, theirs.slot, theirs.aux,
				(unsigned long long)theirs.last_seen, (unsigned long long)theirs.out_packets);
	}
	while (!bpf_map_get_next_key(pair->bindings, from, &next)) {
		key = next;
		from = &key;
		count++;
	}
	if (count != mn_engine_count(pair->harness.engine))
		report_difference(pair, NULL, "user space has %zu bindings, the kernel %zu",
				  mn_engine_count(pair->harness.engine), count);
}

static void compare_ports(struct engine_pair *pair)
{
	static struct mn_port ours, theirs;
	void *cursor = NULL;

	while (mn_engine_next_port(pair->harness.engine, &cursor, &ours)) {
		if (bpf_map_lookup_elem(pair->ports, &ours.ifindex, &theirs)) {
			report_difference(pair, NULL, "port %u is only in user space", ours.ifindex);
			continue;
		}
		if (memcmp(&ours, &theirs, sizeof(ours)))
			report_difference(
				pair, NULL,
				"port %u differs: learned %llu/%llu, evicted %llu/%llu, refused %llu/%llu, tat "
				"%llu/%llu",
				ours.ifindex, (unsigned long long)ours.n_learned, (unsigned long long)theirs.n_learned,
				(unsigned long long)ours.n_evicted, (unsigned long long)theirs.n_evicted,
				(unsigned long long)ours.n_refused, (unsigned long long)theirs.n_refused,
				(unsigned long long)ours.tat, (unsigned long long)theirs.tat);
	}
}

static void compare_counters(struct engine_pair *pair)
{
	for (uint32_t i = 0; i < DROP_COUNT; i++)
		if (per_cpu_sum(pair, pair->drops, i) != mn_engine_drops(pair->harness.engine, (enum drop)i))
			report_difference(pair, NULL, "drops %s: user space %llu, kernel %llu", drop_name((enum drop)i),
					  (unsigned long long)mn_engine_drops(pair->harness.engine, (enum drop)i),
					  (unsigned long long)per_cpu_sum(pair, pair->drops, i));
	/* The rules decide whether a frame may bypass the bridge; the engine counts it when it does. */
	if (per_cpu_sum(pair, pair->counts, MN_COUNT_SHORTCUT_IN) != pair->shortcut_in)
		report_difference(pair, NULL, "inbound shortcut: %llu verdicts, kernel %llu",
				  (unsigned long long)pair->shortcut_in,
				  (unsigned long long)per_cpu_sum(pair, pair->counts, MN_COUNT_SHORTCUT_IN));
	for (uint32_t i = 0; i < MN_COUNTS; i++)
		if (i != MN_COUNT_SHORTCUT_IN &&
		    per_cpu_sum(pair, pair->counts, i) != mn_engine_counts(pair->harness.engine, (enum mn_count)i))
			report_difference(pair, NULL, "count %u: user space %llu, kernel %llu", i,
					  (unsigned long long)mn_engine_counts(pair->harness.engine, (enum mn_count)i),
					  (unsigned long long)per_cpu_sum(pair, pair->counts, i));
}

/* The expected return value of the program for a verdict. */
static uint32_t expected_return(const struct mn_context *ctx, enum mn_hook hook)
{
	uint8_t own = hook == MN_FROM_WIRE ? MN_TO_HOST : hook == MN_FROM_HOST ? MN_TO_UPLINK : 0;

	if (hook == MN_FROM_PORT && !ctx->send_to)
		return (uint32_t)TC_ACT_UNSPEC;
	if (ctx->drop || !ctx->send_to)
		return TC_ACT_SHOT;
	if (ctx->send_to == own || ctx->send_to == (MN_TO_GUESTS | MN_TO_HOST))
		return (uint32_t)TC_ACT_UNSPEC;
	return TC_ACT_REDIRECT;
}

static void compare_verdicts(struct engine_pair *pair, enum mn_hook hook, uint32_t returned,
			     const struct mn_context *kernel_ctx, const struct raw_frame *out)
{
	const struct mn_context *user_ctx = pair->harness.verdict;

	if (user_ctx->drop != kernel_ctx->drop || user_ctx->copy_to != kernel_ctx->copy_to ||
	    user_ctx->send_to != kernel_ctx->send_to || user_ctx->via_port != kernel_ctx->via_port)
		report_difference(pair, out, "verdicts differ: user space %s copy %u to %u, kernel %s copy %u to %u",
				  drop_name((enum drop)user_ctx->drop), user_ctx->copy_to, user_ctx->send_to,
				  drop_name((enum drop)kernel_ctx->drop), kernel_ctx->copy_to, kernel_ctx->send_to);
	else if (user_ctx->n_edits != kernel_ctx->n_edits ||
		 memcmp(user_ctx->edits, kernel_ctx->edits, user_ctx->n_edits * sizeof(user_ctx->edits[0])))
		report_difference(pair, out, "edits differ: user space %u, kernel %u", user_ctx->n_edits,
				  kernel_ctx->n_edits);
	else if (out->len != pair->harness.frame.len || memcmp(out->bytes, pair->harness.frame.bytes, out->len))
		report_difference(pair, out, "the output frames differ");
	else if (returned != expected_return(user_ctx, hook))
		report_difference(pair, out, "the program returned %d instead of %d", (int)returned,
				  (int)expected_return(user_ctx, hook));
}

static void compare_events(struct engine_pair *pair, struct event_log *kernel_events)
{
	struct mn_event event;
	size_t count = 0;

	ring_buffer__consume(pair->events);
	while (mn_engine_event_pop(pair->harness.engine, &event)) {
		if (count < kernel_events->count && memcmp(&event, &kernel_events->event[count], sizeof(event)))
			report_difference(pair, NULL, "event %zu differs: type %u and %u", count, event.type,
					  kernel_events->event[count].type);
		count++;
	}
	if (count != kernel_events->count)
		report_difference(pair, NULL, "%zu events in user space, %zu in the kernel", count,
				  kernel_events->count);
	kernel_events->count = 0;
}

/* BPF_PROG_TEST_RUN rejects IP frames without a complete IP header. */
static bool is_short_ip(const struct raw_frame *frame)
{
	return (frame->bytes[12] == 0x08 && frame->bytes[13] == 0x00 && frame->len < 34) ||
	       (frame->bytes[12] == 0x86 && frame->bytes[13] == 0xdd && frame->len < 54);
}

static bool is_from_bridge(enum mn_hook hook)
{
	return hook == MN_FROM_GUEST || hook == MN_FROM_PORT;
}

/* Runs one frame through both engines. */
static void run_both(struct engine_pair *pair, enum mn_hook hook, uint32_t port, struct event_log *kernel_events)
{
	static struct raw_frame out;
	struct __sk_buff context = {.ifindex = UPLINK, .ingress_ifindex = is_from_bridge(hook) ? port : 0};
	LIBBPF_OPTS(bpf_test_run_opts, bpf_test_run_opts, .data_in = pair->harness.frame.bytes,
		    .data_size_in = pair->harness.frame.len, .data_out = out.bytes, .data_size_out = sizeof(out.bytes),
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1);
	struct mn_context ctx;
	int ret = bpf_prog_test_run_opts(pair->prog[hook], &bpf_test_run_opts);

	pair->context = program_names[hook];
	if (ret == -EINVAL && is_short_ip(&pair->harness.frame)) {
		pair->refused++;
		return;
	}
	pair->frames++;
	if (ret) {
		report_difference(pair, NULL, "BPF_PROG_TEST_RUN: %s", strerror(-ret));
		return;
	}
	out.len = bpf_test_run_opts.data_size_out;
	ctx = kernel_verdict(pair, hook);
	pair->harness.now = ctx.now;
	harness_run(&pair->harness, hook, port, false); /* checks the invariants too */
	pair->shortcut_in += ctx.send_to == MN_TO_GUESTS && ctx.via_port;
	pair->fast_out += hook == MN_FROM_GUEST && ctx.l3_end == 0; /* see note_verdict() in bpf/macnat.bpf.c */
	compare_verdicts(pair, hook, bpf_test_run_opts.retval, &ctx, &out);
	compare_events(pair, kernel_events);
	if (pair->frames % COMPARE_EVERY == 0)
		compare_bindings(pair);
	if (pair->frames % (16 * COMPARE_EVERY) == 0) {
		compare_ports(pair);
		compare_counters(pair);
	}
}

/* ---- running frames ---- */

static uint64_t env_number(const char *name, uint64_t default_value)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : default_value;
}

/*
 * A network namespace whose interfaces 2 and 3 are the uplink and the port, so that clones of frames have a
 * destination.
 */
static void enter_namespace(struct engine_pair *pair)
{
	cpu_set_t one;

	if (geteuid() != 0) {
		puts("skipped: the parity test needs root; run sudo script/test parity");
		exit(SKIPPED);
	}
	if (unshare(CLONE_NEWNET)) {
		printf("skipped: cannot create a network namespace: %s\n", strerror(errno));
		exit(SKIPPED);
	}
	run_shell("ip link add uplink index 2 type veth peer name far index 4 && "
		  "ip link add port index 3 type veth peer name idle index 5 && "
		  "ip link set uplink address 00:60:aa:bb:cc:dd && "
		  "for i in uplink far port idle; do ip link set $i up || exit 1; done");
	CPU_ZERO(&one);
	pair->cpu = sched_getcpu();
	CPU_SET(pair->cpu, &one);
	if (pair->cpu < 0 || sched_setaffinity(0, sizeof(one), &one))
		exit(1);
}

/* A frame again, which takes the fast path, and then changed. */
static void run_again(struct engine_pair *pair, enum mn_hook hook, uint32_t port, const struct raw_frame *sample,
		      struct event_log *kernel_events, struct rng *rng)
{
	pair->harness.frame = *sample;
	run_both(pair, hook, hook == MN_FROM_WIRE || rng_chance(rng, 90) ? port : port + 1, kernel_events);
	pair->shortcut_out += hook == MN_FROM_PORT && pair->harness.verdict->send_to == MN_TO_UPLINK;
	for (int i = 0; i < 12 && sample->len >= 62; i++) {
		pair->harness.frame = *sample;
		generate_variant(rng, &pair->harness.frame);
		run_both(pair, hook, port, kernel_events);
	}
}

/* Random frames, with occasional changes of the policies. */
static void random_frames(struct engine_pair *pair, struct event_log *kernel_events, uint64_t frames)
{
	static struct raw_frame again;
	struct rng rng = {env_number("VIFI_SEED", 4)};
	struct mn_config *config = mn_engine_config(pair->harness.engine);

	for (uint64_t i = 0; i < frames; i++) {
		enum mn_hook hook = (enum mn_hook)rng_below(&rng, 3);
		uint32_t port;

		if (i % 500 == 0) {
			config->takeover = (uint16_t)rng_below(&rng, 2);
			config->flags = (uint16_t)rng_below(&rng, 8); /* MN_CONFIG_CHADDR, _SOURCE_GUARD, _PORT_GUARD */
			config->guest_services = rng_below(&rng, 3);
			config->port_cap = 8 + rng_below(&rng, 24);
			config->learn_interval_ns = rng_chance(&rng, 50) ? 0 : SECOND / 1000;
			config->learn_credit_ns = config->learn_interval_ns * 50;
			configure(pair);
		}
		if (i % 50 == 0)
			age_tables(pair, (uint64_t)rng_below(&rng, 40) * SECOND);
		generate_frame(&rng, hook, &pair->harness.frame, &port, LONGEST);
		if (pair->harness.frame.len < 15)
			pair->harness.frame.len = 15;
		if (hook == MN_FROM_GUEST && rng_chance(&rng, 30)) {
			run_both(pair, MN_FROM_PORT, port, kernel_events);
			pair->guarded += pair->harness.verdict->send_to == MN_TO_RULES;
			pair->harness.frame = pair->harness.input;
		}
		run_both(pair, hook, port, kernel_events);
		again = pair->harness.input;
		if (hook == MN_FROM_WIRE && pair->harness.verdict->send_to == MN_TO_GUESTS)
			run_again(pair, hook, port, &again, kernel_events, &rng);
		if (hook == MN_FROM_GUEST && pair->harness.verdict->send_to == MN_TO_UPLINK) {
			run_again(pair, MN_FROM_PORT, port, &again, kernel_events, &rng);
			run_again(pair, hook, port, &again, kernel_events, &rng);
		}
	}
}

/* A few frames of each kind, truncated to each length. */
static void truncated_frames(struct engine_pair *pair, struct event_log *kernel_events, unsigned samples)
{
	static struct raw_frame sample;
	struct rng rng = {env_number("VIFI_SEED", 4) + 1};

	for (unsigned i = 0; i < samples; i++) {
		enum mn_hook hook = (enum mn_hook)(i % 3);
		uint32_t port;

		do
			generate_frame(&rng, hook, &sample, &port, 400);
		while (sample.len < 60 || sample.len > 200);
		for (uint32_t len = 15; len <= sample.len; len++) {
			memcpy(pair->harness.frame.bytes, sample.bytes, len);
			pair->harness.frame.len = len;
			run_both(pair, hook, port, kernel_events);
		}
	}
}

/* ---- the adversary ---- */

struct adversary_feed {
	struct engine_pair *pair;
	struct event_log *kernel_events;
	uint64_t aged_until; /* virtual time up to which the tables have been aged */
};

/* The caretaker's part, roughly: some contests end in favour of the claimant. */
static void end_contests(struct engine_pair *pair, struct rng *rng)
{
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;

	while (mn_engine_next(pair->harness.engine, &cursor, &key, &binding)) {
		if (!(binding.flags & MN_F_CONTEST) || (binding.flags & MN_F_PIN) || rng_chance(rng, 50))
			continue;
		binding.last_seen = binding.expires = 0;
		mn_engine_put(pair->harness.engine, &key, &binding);
		bpf_map_update_elem(pair->bindings, &key, &binding, BPF_EXIST);
	}
}

/* Gives both engines what the engine of the adversary's network is about to get. */
static void feed_both(void *user, enum mn_hook hook, uint32_t port, const struct stored_frame *frame, bool marked,
		      uint64_t now)
{
	struct adversary_feed *feed = user;
	struct rng rng = {now};

	if (marked)
		return; /* BPF_PROG_TEST_RUN cannot set the mark */
	if (now - feed->aged_until > 2 * SECOND) {
		age_tables(feed->pair, now - feed->aged_until);
		end_contests(feed->pair, &rng);
		feed->aged_until = now;
	}
	memset(feed->pair->harness.frame.bytes, 0, 15);
	memcpy(feed->pair->harness.frame.bytes, frame->bytes, frame->len);
	feed->pair->harness.frame.len = frame->len < 15 ? 15 : frame->len;
	run_both(feed->pair, hook, port, feed->kernel_events);
}

/* What guests, stations and forgers send on the adversary's network; its laws are the business of tests/unit. */
static void adversary_frames(struct engine_pair *pair, struct event_log *kernel_events, uint64_t frames)
{
	struct mn_config *config = mn_engine_config(pair->harness.engine);
	struct adversary_feed feed = {.pair = pair, .kernel_events = kernel_events};
	uint64_t seed = env_number("VIFI_SEED", 4);

	for (uint64_t epoch = 0, done = 0; done < frames; epoch++) {
		struct network *net = network_new(seed * 1000003 + epoch);

		*config = *mn_engine_config(net->engine);
		configure(pair);
		feed.aged_until = net->now;
		net->lawless = true;
		net->tap = feed_both;
		net->tap_user = &feed;
		network_run(net, frames - done < 30000 ? frames - done : 30000);
		done += net->tally.frames;
		network_free(net);
	}
}

int main(void)
{
	static struct engine_pair pair;
	static struct event_log kernel_events;

	enter_namespace(&pair);
	load_programs(&pair, &kernel_events);
	harness_init(&pair.harness);
	copy_table(&pair);
	configure(&pair);
	add_networks(&pair);
	random_frames(&pair, &kernel_events, env_number("VIFI_FRAMES", 20000));
	truncated_frames(&pair, &kernel_events, 60);
	adversary_frames(&pair, &kernel_events, env_number("VIFI_FRAMES", 20000));
	compare_bindings(&pair);
	compare_ports(&pair);
	compare_counters(&pair);
	printf("parity: %llu frames through both engines, %llu of them on the shortcut, %llu on the fast path behind "
	       "the bridge, %llu differences; %zu bindings at the end; %llu frames that BPF_PROG_TEST_RUN rejects\n",
	       (unsigned long long)pair.frames, (unsigned long long)pair.shortcut_out,
	       (unsigned long long)pair.fast_out, (unsigned long long)pair.differences,
	       mn_engine_count(pair.harness.engine), (unsigned long long)pair.refused);
	ring_buffer__free(pair.events);
	bpf_object__close(pair.object);
	harness_free(&pair.harness);
	return pair.differences || !pair.shortcut_out || !pair.shortcut_in || !pair.fast_out || !pair.guarded ? 1 : 0;
}
