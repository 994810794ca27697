/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parity: the rules in user space and the rules in the kernel do the same.
 *
 * One text of rules is compiled twice; what differs is everything around it: the
 * helpers that read and write, the tables, the compilers, the verifier's detours.
 * So the same frames go, one by one, through mn_engine and through the loaded
 * programs (BPF_PROG_TEST_RUN), with state kept between them, and after each one
 * these are compared: the frame that comes out, byte for byte; the verdict with
 * each edit; what the program returns; the news; and every few frames and at the
 * end all bindings and ports with all their fields, drop and other counters.
 *
 * The clock is the kernel's; each run of the engine is given the time that the
 * kernel's run saw.  To let time pass, both tables are aged.
 *
 * What BPF_PROG_TEST_RUN cannot show: the mark in skb->tc_index, a VLAN tag beside
 * the frame, segments, frames of less than 15 bytes, IP without its whole header.
 * The unit tests and tests/net have those.
 *
 *	VIFI_SEED=7 VIFI_FRAMES=100000 build/test_parity
 */
#include <errno.h>
#include <libgen.h>
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

#include "../unit/generate.h"
#include "../unit/trial.h"

enum { LONGEST = 1800, COMPARE_EVERY = 16, SKIPPED = 77 };

static const char *const names[MN_HOOKS] = {"vifi_from_guest", "vifi_from_wire", "vifi_from_host", "vifi_from_port"};

struct pair {
	struct trial t;
	struct bpf_object *object;
	uint64_t short_ways, short_in;
	int prog[MN_HOOKS];
	int bindings, ports, work, drops, counts, config;
	struct ring_buffer *news;
	int cpus, cpu;
	uint64_t frames, differ, refused; /* refused: by BPF_PROG_TEST_RUN itself */
	const char *where;
};

/* ---- the kernel's side ---- */

static void shell(const char *command)
{
	if (system(command)) {
		fprintf(stderr, "parity: failed: %s\n", command);
		exit(1);
	}
}

/* The events of one frame, as the kernel told them. */
struct told {
	struct mn_event event[64];
	size_t count;
};

static int hear(void *context, void *data, size_t size)
{
	struct told *told = context;

	if (size >= sizeof(struct mn_event) && told->count < 64)
		memcpy(&told->event[told->count++], data, sizeof(struct mn_event));
	return 0;
}

static int map_of(struct pair *p, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(p->object, name);

	if (fd < 0) {
		fprintf(stderr, "parity: the program has no map %s\n", name);
		exit(1);
	}
	return fd;
}

static void load(struct pair *p, struct told *told)
{
	char exe[4096], path[4200];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0)
		exit(1);
	exe[n] = 0;
	snprintf(path, sizeof(path), "%s/macnat.bpf.o", dirname(exe));
	p->object = bpf_object__open_file(path, NULL);
	if (!p->object || bpf_object__load(p->object)) {
		fprintf(stderr, "parity: cannot load %s\n", path);
		exit(1);
	}
	for (int i = 0; i < MN_HOOKS; i++)
		p->prog[i] = bpf_program__fd(bpf_object__find_program_by_name(p->object, names[i]));
	p->bindings = map_of(p, "bindings");
	p->ports = map_of(p, "ports");
	p->work = map_of(p, "work");
	p->drops = map_of(p, "drops");
	p->counts = map_of(p, "counts");
	p->config = map_of(p, "config");
	if (bpf_map_update_elem(map_of(p, "shortcut"), &(uint32_t){MN_SHORT_UNTIL}, &(uint64_t){UINT64_MAX}, BPF_ANY))
		exit(1);
	p->news = ring_buffer__new(map_of(p, "events"), hear, told, NULL);
	p->cpus = libbpf_num_possible_cpus();
	if (!p->news || p->cpus < 1)
		exit(1);
}

/* Sets the configuration of both sides. */
static void configure(struct pair *p)
{
	uint32_t zero = 0;

	if (bpf_map_update_elem(p->config, &zero, mn_engine_config(p->t.e), BPF_ANY))
		exit(1);
}

/* Puts what the engine's table holds into the kernel's. */
static void copy_table(struct pair *p)
{
	struct mn_binding b;
	struct mn_key k;
	void *cursor = NULL;

	while (mn_engine_next(p->t.e, &cursor, &k, &b))
		if (bpf_map_update_elem(p->bindings, &k, &b, BPF_ANY))
			exit(1);
}

/* Lets time pass: everything was seen so much longer ago. */
static void age(struct pair *p, uint64_t ns)
{
	struct mn_binding b;
	struct mn_key k;
	void *cursor = NULL;

	while (mn_engine_next(p->t.e, &cursor, &k, &b)) {
		b.seen = b.seen > ns ? b.seen - ns : 1;
		b.expires = b.expires > ns ? b.expires - ns : 0;
		mn_engine_put(p->t.e, &k, &b);
		bpf_map_update_elem(p->bindings, &k, &b, BPF_EXIST);
	}
}

static uint64_t per_cpu_sum(struct pair *p, int map, uint32_t index)
{
	uint64_t values[512] = {0}, sum = 0;

	if (p->cpus > 512 || bpf_map_lookup_elem(map, &index, values))
		exit(1);
	for (int i = 0; i < p->cpus; i++)
		sum += values[i];
	return sum;
}

static struct mn_work kernel_work(struct pair *p, uint32_t hook)
{
	size_t size = (sizeof(struct mn_work) + 7) / 8 * 8;
	uint8_t *all = calloc((size_t)p->cpus, size);
	struct mn_work w;

	if (!all || bpf_map_lookup_elem(p->work, &hook, all))
		exit(1);
	memcpy(&w, all + size * (size_t)p->cpu, sizeof(w));
	free(all);
	return w;
}

/* ---- comparing ---- */

static void report(struct pair *p, const struct frame *kernel, const char *format, ...)
{
	va_list args;

	if (p->differ++ > 20)
		return;
	va_start(args, format);
	fprintf(stderr, "frame %llu, %s: ", (unsigned long long)p->frames, p->where);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	frame_print("  given      ", &p->t.in);
	frame_print("  user space ", &p->t.f);
	if (kernel)
		frame_print("  kernel     ", kernel);
}

static void compare_bindings(struct pair *p)
{
	struct mn_binding ours, theirs;
	struct mn_key k, next;
	void *cursor = NULL, *from = NULL;
	size_t n = 0;

	while (mn_engine_next(p->t.e, &cursor, &k, &ours)) {
		if (bpf_map_lookup_elem(p->bindings, &k, &theirs))
			report(p, NULL, "a binding of family %u is only in user space", k.family);
		else if (memcmp(&ours, &theirs, sizeof(ours)))
			report(p, NULL,
			       "bindings of family %u differ: user space port %u kind %u flags %x slot %u aux %x seen "
			       "%llu "
			       "out %llu, kernel port %u kind %u flags %x slot %u aux %x seen %llu out %llu",
			       k.family, ours.port, ours.kind, ours.flags, ours.slot, ours.aux,
			       (unsigned long long)ours.seen, (unsigned long long)ours.out_packets, theirs.port,
			       theirs.kind, theirs.flags, theirs.slot, theirs.aux, (unsigned long long)theirs.seen,
			       (unsigned long long)theirs.out_packets);
	}
	while (!bpf_map_get_next_key(p->bindings, from, &next)) {
		k = next;
		from = &k;
		n++;
	}
	if (n != mn_engine_size(p->t.e))
		report(p, NULL, "user space has %zu bindings, the kernel %zu", mn_engine_size(p->t.e), n);
}

static void compare_ports(struct pair *p)
{
	static struct mn_port ours, theirs;
	void *cursor = NULL;

	while (mn_engine_next_port(p->t.e, &cursor, &ours)) {
		if (bpf_map_lookup_elem(p->ports, &ours.ifindex, &theirs)) {
			report(p, NULL, "port %u is only in user space", ours.ifindex);
			continue;
		}
		theirs.lock = ours.lock;
		if (memcmp(&ours, &theirs, sizeof(ours)))
			report(p, NULL,
			       "port %u differs: learned %llu/%llu, evicted %llu/%llu, refused %llu/%llu, tat "
			       "%llu/%llu",
			       ours.ifindex, (unsigned long long)ours.learned, (unsigned long long)theirs.learned,
			       (unsigned long long)ours.evicted, (unsigned long long)theirs.evicted,
			       (unsigned long long)ours.refused, (unsigned long long)theirs.refused,
			       (unsigned long long)ours.tat, (unsigned long long)theirs.tat);
	}
}

static void compare_counters(struct pair *p)
{
	for (uint32_t i = 0; i < DROP_COUNT; i++)
		if (per_cpu_sum(p, p->drops, i) != mn_engine_drops(p->t.e, (enum drop)i))
			report(p, NULL, "drops %s: user space %llu, kernel %llu", drop_name((enum drop)i),
			       (unsigned long long)mn_engine_drops(p->t.e, (enum drop)i),
			       (unsigned long long)per_cpu_sum(p, p->drops, i));
	/* What may be handed over without the bridge is the rules' verdict; whether it is, the engine's. */
	if (per_cpu_sum(p, p->counts, MN_N_SHORT_IN) != p->short_in)
		report(p, NULL, "short_in: %llu verdicts, kernel %llu", (unsigned long long)p->short_in,
		       (unsigned long long)per_cpu_sum(p, p->counts, MN_N_SHORT_IN));
	for (uint32_t i = 0; i < MN_N_COUNT; i++)
		if (i != MN_N_SHORT_IN && per_cpu_sum(p, p->counts, i) != mn_engine_counts(p->t.e, (enum mn_count)i))
			report(p, NULL, "count %u: user space %llu, kernel %llu", i,
			       (unsigned long long)mn_engine_counts(p->t.e, (enum mn_count)i),
			       (unsigned long long)per_cpu_sum(p, p->counts, i));
}

/* What the program has to return for a verdict. */
static uint32_t expected(const struct mn_work *w, enum mn_hook hook)
{
	uint8_t own = hook == MN_FROM_WIRE ? MN_TO_HOST : hook == MN_FROM_HOST ? MN_TO_AIR : 0;

	if (hook == MN_FROM_PORT && !w->to)
		return (uint32_t)TC_ACT_UNSPEC;
	if (w->drop || !w->to)
		return TC_ACT_SHOT;
	if (w->to == own || w->to == (MN_TO_GUESTS | MN_TO_HOST))
		return (uint32_t)TC_ACT_UNSPEC;
	return TC_ACT_REDIRECT;
}

static void compare_verdicts(struct pair *p, enum mn_hook hook, uint32_t returned, const struct mn_work *k,
			     const struct frame *out)
{
	const struct mn_work *u = p->t.w;

	if (u->drop != k->drop || u->copy != k->copy || u->to != k->to || u->via != k->via)
		report(p, out, "verdicts differ: user space %s copy %u to %u, kernel %s copy %u to %u",
		       drop_name((enum drop)u->drop), u->copy, u->to, drop_name((enum drop)k->drop), k->copy, k->to);
	else if (u->n_edits != k->n_edits || memcmp(u->edit, k->edit, u->n_edits * sizeof(u->edit[0])))
		report(p, out, "edits differ: user space %u, kernel %u", u->n_edits, k->n_edits);
	else if (out->len != p->t.f.len || memcmp(out->b, p->t.f.b, out->len))
		report(p, out, "the frames that come out differ");
	else if (returned != expected(u, hook))
		report(p, out, "the program returned %d, not %d", (int)returned, (int)expected(u, hook));
}

static void compare_news(struct pair *p, struct told *told)
{
	struct mn_event e;
	size_t n = 0;

	ring_buffer__consume(p->news);
	while (mn_engine_event(p->t.e, &e)) {
		if (n < told->count && memcmp(&e, &told->event[n], sizeof(e)))
			report(p, NULL, "event %zu differs: type %u and %u", n, e.type, told->event[n].type);
		n++;
	}
	if (n != told->count)
		report(p, NULL, "user space tells %zu events, the kernel %zu", n, told->count);
	told->count = 0;
}

/* BPF_PROG_TEST_RUN itself refuses IP frames without a whole IP header. */
static bool is_short_ip(const struct frame *f)
{
	return (f->b[12] == 0x08 && f->b[13] == 0x00 && f->len < 34) ||
	       (f->b[12] == 0x86 && f->b[13] == 0xdd && f->len < 54);
}

static bool from_bridge(enum mn_hook hook)
{
	return hook == MN_FROM_GUEST || hook == MN_FROM_PORT;
}

/* One frame through both. */
static void give(struct pair *p, enum mn_hook hook, uint32_t port, struct told *told)
{
	static struct frame out;
	struct __sk_buff context = {.ifindex = UPLINK, .ingress_ifindex = from_bridge(hook) ? port : 0};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = p->t.f.b, .data_size_in = p->t.f.len, .data_out = out.b,
		    .data_size_out = sizeof(out.b), .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1);
	struct mn_work w;
	int r = bpf_prog_test_run_opts(p->prog[hook], &o);

	p->where = names[hook];
	if (r == -EINVAL && is_short_ip(&p->t.f)) {
		p->refused++;
		return;
	}
	p->frames++;
	if (r) {
		report(p, NULL, "BPF_PROG_TEST_RUN: %s", strerror(-r));
		return;
	}
	out.len = o.data_size_out;
	w = kernel_work(p, hook);
	p->t.now = w.now;
	trial_give(&p->t, hook, port, false); /* holds it to the laws, too */
	p->short_in += w.to == MN_TO_GUESTS && w.via;
	compare_verdicts(p, hook, o.retval, &w, &out);
	compare_news(p, told);
	if (p->frames % COMPARE_EVERY == 0)
		compare_bindings(p);
	if (p->frames % (16 * COMPARE_EVERY) == 0) {
		compare_ports(p);
		compare_counters(p);
	}
}

/* ---- running it ---- */

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* A network of our own, whose interfaces 2 and 3 are the uplink and the port: clones of frames have somewhere to go. */
static void isolate(struct pair *p)
{
	cpu_set_t one;

	if (geteuid() != 0) {
		puts("parity needs root: sudo script/test parity");
		exit(SKIPPED);
	}
	if (unshare(CLONE_NEWNET)) {
		printf("this kernel or container allows no network namespaces: %s\n", strerror(errno));
		exit(SKIPPED);
	}
	shell("ip link add uplink index 2 type veth peer name air index 4 && "
	      "ip link add port index 3 type veth peer name idle index 5 && "
	      "ip link set uplink address 00:60:aa:bb:cc:dd && "
	      "for i in uplink air port idle; do ip link set $i up || exit 1; done");
	CPU_ZERO(&one);
	p->cpu = sched_getcpu();
	CPU_SET(p->cpu, &one);
	if (p->cpu < 0 || sched_setaffinity(0, sizeof(one), &one))
		exit(1);
}

/* Random frames, with the policies changing now and then. */
static void random_frames(struct pair *p, struct told *told, uint64_t frames)
{
	struct dice d = {number("VIFI_SEED", 4)};
	struct mn_config *c = mn_engine_config(p->t.e);

	for (uint64_t i = 0; i < frames; i++) {
		enum mn_hook hook = (enum mn_hook)roll(&d, 3);
		uint32_t port;

		if (i % 500 == 0) {
			c->takeover = (uint16_t)roll(&d, 2);
			c->flags = chance(&d, 30) ? MN_C_CHADDR : 0;
			c->port_cap = 8 + roll(&d, 24);
			c->interval = chance(&d, 50) ? 0 : SECOND / 1000;
			c->credit = c->interval * 50;
			configure(p);
		}
		if (i % 50 == 0)
			age(p, (uint64_t)roll(&d, 40) * SECOND);
		generate(&d, hook, &p->t.f, &port, LONGEST);
		if (p->t.f.len < 15)
			p->t.f.len = 15;
		give(p, hook, port, told);
		if (hook == MN_FROM_WIRE && p->t.w->to == MN_TO_GUESTS) {
			p->t.f = p->t.in;
			give(p, MN_FROM_WIRE, port, told);
		}
		if (hook == MN_FROM_GUEST &&
		    p->t.w->to == MN_TO_AIR) { /* the same again is what the short way is for */
			p->t.f = p->t.in;
			give(p, MN_FROM_PORT, chance(&d, 90) ? port : port + 1, told);
			p->short_ways += p->t.w->to != 0;
		}
	}
}

/* Each of a few frames of each kind, cut at each length. */
static void cut_frames(struct pair *p, struct told *told, unsigned samples)
{
	static struct frame sample;
	struct dice d = {number("VIFI_SEED", 4) + 1};

	for (unsigned i = 0; i < samples; i++) {
		enum mn_hook hook = (enum mn_hook)(i % 3);
		uint32_t port;

		do
			generate(&d, hook, &sample, &port, 400);
		while (sample.len < 60 || sample.len > 200);
		for (uint32_t len = 15; len <= sample.len; len++) {
			memcpy(p->t.f.b, sample.b, len);
			p->t.f.len = len;
			give(p, hook, port, told);
		}
	}
}

int main(void)
{
	static struct pair p;
	static struct told told;

	isolate(&p);
	load(&p, &told);
	trial_init(&p.t);
	copy_table(&p);
	configure(&p);
	random_frames(&p, &told, number("VIFI_FRAMES", 20000));
	cut_frames(&p, &told, 60);
	compare_bindings(&p);
	compare_ports(&p);
	compare_counters(&p);
	printf("parity: %llu frames through both engines, %llu of them by the short way, %llu differences; %zu "
	       "bindings "
	       "at the end; %llu frames that the kernel's test run refuses\n",
	       (unsigned long long)p.frames, (unsigned long long)p.short_ways, (unsigned long long)p.differ,
	       mn_engine_size(p.t.e), (unsigned long long)p.refused);
	ring_buffer__free(p.news);
	bpf_object__close(p.object);
	trial_end(&p.t);
	return p.differ || !p.short_ways || !p.short_in ? 1 : 0;
}
