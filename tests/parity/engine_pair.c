/* SPDX-License-Identifier: GPL-2.0-or-later */
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

#include "engine_pair.h"

enum { COMPARE_EVERY = 16, SKIPPED = 77 };

static const char *const program_names[MN_HOOKS] = {"vifi_from_guest", "vifi_from_wire", "vifi_from_host",
						    "vifi_from_port"};

/* ---- the kernel ---- */

static void run_shell(const char *command)
{
	if (system(command)) {
		fprintf(stderr, "parity: failed: %s\n", command);
		exit(1);
	}
}

static int record_event(void *context, void *data, size_t size)
{
	struct event_log *log = context;

	if (size >= sizeof(struct mn_event) && log->count < EVENTS)
		memcpy(&log->event[log->count++], data, sizeof(struct mn_event));
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

static void load_programs(struct engine_pair *pair)
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
	if (place_maps_open(&pair->places, find_map(pair, "places"), find_map(pair, "versions")))
		exit(1);
	pair->events = ring_buffer__new(find_map(pair, "events"), record_event, &pair->kernel_events, NULL);
	pair->cpus = libbpf_num_possible_cpus();
	if (!pair->events || pair->cpus < 1)
		exit(1);
}

void configure(struct engine_pair *pair)
{
	uint32_t zero = 0;

	if (bpf_map_update_elem(pair->config, &zero, mn_engine_config(pair->harness.engine), BPF_ANY))
		exit(1);
}

void add_networks(struct engine_pair *pair)
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

uint64_t place_packets(const struct engine_pair *pair, const struct mn_key *key)
{
	struct mn_binding counts = {0};

	place_maps_count(&pair->places, key, &counts);
	return counts.out_packets + counts.in_packets;
}

void put_binding(struct engine_pair *pair, const struct mn_key *key, const struct mn_binding *binding, uint64_t flags)
{
	if (bpf_map_update_elem(pair->bindings, key, binding, flags))
		exit(1);
	pair->by_place += place_packets(pair, key);
	place_maps_void(&pair->places, key);
}

/* Copies the engine's bindings into the kernel's table. */
static void copy_table(struct engine_pair *pair)
{
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;

	while (mn_engine_next(pair->harness.engine, &cursor, &key, &binding))
		put_binding(pair, &key, &binding, BPF_ANY);
}

void age_tables(struct engine_pair *pair, uint64_t ns)
{
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;

	while (mn_engine_next(pair->harness.engine, &cursor, &key, &binding)) {
		binding.last_seen = binding.last_seen > ns ? binding.last_seen - ns : 1;
		binding.created = binding.created > ns ? binding.created - ns : 1;
		binding.expires = binding.expires > ns ? binding.expires - ns : 0;
		mn_engine_put(pair->harness.engine, &key, &binding);
		put_binding(pair, &key, &binding, BPF_EXIST);
	}
}

void end_contests(struct engine_pair *pair, struct rng *rng)
{
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;

	while (mn_engine_next(pair->harness.engine, &cursor, &key, &binding)) {
		if (!(binding.flags & MN_F_CONTEST) || (binding.flags & MN_F_PIN) || rng_chance(rng, 50))
			continue;
		binding.last_seen = binding.expires = 0;
		mn_engine_put(pair->harness.engine, &key, &binding);
		put_binding(pair, &key, &binding, BPF_EXIST);
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

void compare_bindings(struct engine_pair *pair)
{
	struct mn_binding ours, theirs;
	struct mn_key key, next;
	void *cursor = NULL, *from = NULL;
	size_t count = 0;

	while (mn_engine_next(pair->harness.engine, &cursor, &key, &ours)) {
		if (bpf_map_lookup_elem(pair->bindings, &key, &theirs)) {
			report_difference(pair, NULL, "a binding of family %u is only in user space", key.family);
			continue;
		}
		place_maps_count(&pair->places, &key, &theirs);
		if (memcmp(&ours, &theirs, sizeof(ours)))
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
	uint8_t own = hook == MN_FROM_WIRE ? MN_TO_HOST : hook == MN_FROM_HOST ? MN_TO_UPLINK : MN_TO_BRIDGE;

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

static void compare_events(struct engine_pair *pair)
{
	struct event_log *kernel_events = &pair->kernel_events;
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

void run_both(struct engine_pair *pair, enum mn_hook hook, uint32_t port)
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
	compare_events(pair);
	if (pair->frames % COMPARE_EVERY == 0)
		compare_bindings(pair);
	if (pair->frames % (16 * COMPARE_EVERY) == 0) {
		compare_ports(pair);
		compare_counters(pair);
	}
}

/* ---- starting and ending ---- */

uint64_t env_number(const char *name, uint64_t default_value)
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

void engine_pair_init(struct engine_pair *pair)
{
	enter_namespace(pair);
	load_programs(pair);
	harness_init(&pair->harness);
	copy_table(pair);
	configure(pair);
}

void engine_pair_compare(struct engine_pair *pair)
{
	compare_bindings(pair);
	compare_ports(pair);
	compare_counters(pair);
}

void engine_pair_free(struct engine_pair *pair)
{
	ring_buffer__free(pair->events);
	place_maps_close(&pair->places);
	bpf_object__close(pair->object);
	harness_free(&pair->harness);
}
