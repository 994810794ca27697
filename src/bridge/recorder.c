/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/recorder.h"

#include "base/mac.h"
#include "bpf/trace_cpu.h"
#include "bridge/log.h"
#include "bridge/policy/trace_hop.h"
#include "bridge/record_ports.h"
#include "daemon/json_text.h"
#include "daemon/trace_file.h"
#include "wire/ether.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	DRAIN_MS = 50,    /* between two looks into the kernel's ring buffer; a fuller one wakes the process before */
	LEASE_MAX = 3600, /* seconds of one request */
	KNOWN = 256,      /* hops whose names are known to be in the ring */
	RECORDER_CPUS = 1024,
	PORTS_FIRST = 8,  /* ports that get the recorder's program at once, */
	PORTS_NEXT = 2,   /* and at each later look */
	PORTS_TURNS = 20, /* looks between two comparisons of the lists of ports of the same length */
};

struct bridge_recorder {
	struct bridge *bridge;
	struct trace_file file;
	struct ring_buffer *buffer;
	uv_loop_t *loop;
	uv_poll_t poll;
	uv_timer_t timer;
	bool polling;
	enum trace_mode wanted;      /* by a request, */
	uint64_t until;              /* until then (ns) */
	uint64_t begin;              /* the ring's head when this process began to write there */
	int64_t since_1970;          /* ns to add to CLOCK_MONOTONIC */
	struct trace_cpu *cpu_words; /* room for those of each CPU */
	int cpus;
	struct record_ports ports;
	unsigned turn;
	struct trace_hop_key known[KNOWN];
	uint64_t held[RECORDER_CPUS];  /* the id of the event that a CPU held at the last look, */
	uint64_t shown[RECORDER_CPUS]; /* and that of the last one that is in the ring already */
};

/* ---- events of the kernel ---- */

static void update_clock(struct bridge_recorder *recorder)
{
	struct timespec real;

	clock_gettime(CLOCK_REALTIME, &real);
	recorder->since_1970 = (int64_t)real.tv_sec * 1000000000 + (int64_t)real.tv_nsec - (int64_t)bridge_now();
}

/* Names the hop's interface in the ring, at its first event. */
static void name_hop(struct bridge_recorder *recorder, const struct trace_event *event)
{
	struct trace_hop_key key = {.ifindex = event->ifindex, .hop = event->hop},
			     *known = &recorder->known[(event->ifindex * 16 + event->hop) % KNOWN];
	struct netdev_link link;
	char name[TRACE_NAME_SIZE];

	if (!memcmp(known, &key, sizeof(key)))
		return;
	*known = key;
	if (trace_ring_has_name(&recorder->file.ring, event))
		return;
	if (event->hop == TRACE_HOP_PORT && netdev_link_by_index(recorder->bridge->nd, (int)event->ifindex, &link) == 0)
		snprintf(name, sizeof(name), "%s", link.name);
	else
		trace_hop_label(name, sizeof(name), event->hop, event->ifindex, recorder->bridge->uplink.name,
				recorder->bridge->bridge.name);
	trace_ring_name(&recorder->file.ring, event, name);
}

/* Adds an event of the kernel to the ring. */
static void add_event(struct bridge_recorder *recorder, struct trace_event *event, const uint8_t *bytes)
{
	trace_hop_normalise(event, (uint32_t)recorder->bridge->uplink.ifindex,
			    (uint32_t)recorder->bridge->bridge.ifindex);
	name_hop(recorder, event);
	trace_ring_add(&recorder->file.ring, event, bytes);
}

/* The event of the next hop needs the Ethernet header alone: the rest is that of the first one. */
static void add_item(struct bridge_recorder *recorder, const struct trace_item *item, const uint8_t *bytes)
{
	struct trace_event event = item->event;
	uint8_t head[ETHER_HLEN];

	event.time += (uint64_t)recorder->since_1970;
	add_event(recorder, &event, bytes);
	if (!item->next_hop || event.captured < sizeof(head) || item->mac_offset > ETHER_ALEN)
		return;
	event.ifindex = item->next_ifindex;
	event.port = item->event.port;
	event.hop = item->next_hop;
	event.direction = item->next_direction;
	event.to = TRACE_ARRIVED;
	event.rest = event.captured > sizeof(head);
	event.captured = sizeof(head);
	memcpy(head, bytes, sizeof(head));
	memcpy(head + item->mac_offset, item->next_mac, MAC_LEN);
	add_event(recorder, &event, head);
}

static int on_item(void *user, void *data, size_t size)
{
	struct bridge_recorder *recorder = user;
	const struct trace_item *item = data;
	unsigned cpu = (unsigned)(item->event.id >> TRACE_ID_CPU_SHIFT) % RECORDER_CPUS;

	if (size < sizeof(*item) || item->event.captured > size - sizeof(*item))
		return 0;
	if (recorder->shown[cpu] == item->event.id && !item->next_hop && item->event.hop == TRACE_HOP_PORT)
		return 0; /* show_held() was before it */
	add_item(recorder, item, (const uint8_t *)(item + 1));
	return 0;
}

/*
 * An event that waits for the next hop of its frame since the last look: the frame was lost between the two. The kernel writes it
 * at the next frame of this CPU, which may never come.
 */
static void show_held(struct bridge_recorder *recorder, const struct trace_cpu *cpu)
{
	unsigned number = (unsigned)(cpu->held.event.id >> TRACE_ID_CPU_SHIFT) % RECORDER_CPUS;
	uint64_t id = cpu->is_held ? cpu->held.event.id : 0;

	if (!id || recorder->shown[number] == id)
		return;
	if (recorder->held[number] == id && cpu->held.event.captured <= sizeof(cpu->held_bytes)) {
		add_item(recorder, &cpu->held, cpu->held_bytes);
		recorder->shown[number] = id;
	}
	recorder->held[number] = id;
}

/* Looks at what the CPUs say: lost events, and one that is held. */
static void read_cpus(struct bridge_recorder *recorder)
{
	const struct trace_cpu *cpus = recorder->cpu_words;
	uint64_t lost = 0;
	uint32_t zero = 0;

	if (!recorder->cpu_words ||
	    bpf_map_lookup_elem(recorder->bridge->part.map[PART_TRACE_CPU], &zero, recorder->cpu_words) < 0)
		return;
	for (int i = 0; i < recorder->cpus; i++) {
		lost += cpus[i].lost;
		show_held(recorder, &cpus[i]);
	}
	trace_ring_set_lost(&recorder->file.ring, lost);
}

static void drain(struct bridge_recorder *recorder)
{
	uint64_t now = bridge_now();

	if (!recorder->buffer || !recorder->file.memory)
		return;
	update_clock(recorder);
	ring_buffer__consume(recorder->buffer);
	read_cpus(recorder);
	trace_ring_set_complete(&recorder->file.ring, now);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	drain(poll->data);
}

static void on_timer(uv_timer_t *timer)
{
	struct bridge_recorder *recorder = timer->data;

	drain(recorder);
	bridge_recorder_update(recorder);
	if (recorder->bridge->config.recorder &&
	    (recorder->ports.count != recorder->bridge->n_shortcut_ports || ++recorder->turn % PORTS_TURNS == 0))
		record_ports_update(&recorder->ports, recorder->bridge, PORTS_NEXT);
}

/* ---- on and off ---- */

/* The user-space engine writes by itself, so its hops have their names before. */
static void name_user_hops(struct bridge_recorder *recorder)
{
	static const enum trace_hop hops[] = {TRACE_HOP_BRIDGE, TRACE_HOP_UPLINK_IN, TRACE_HOP_UPLINK_OUT,
					      TRACE_HOP_HOST};

	for (size_t i = 0; i < sizeof(hops) / sizeof(hops[0]); i++) {
		struct trace_event event = {.hop = (uint8_t)hops[i]};

		trace_hop_normalise(&event, (uint32_t)recorder->bridge->uplink.ifindex,
				    (uint32_t)recorder->bridge->bridge.ifindex);
		name_hop(recorder, &event);
	}
}

/* Opens the kernel's ring buffer. Returns 0 or a negative errno. */
static int open_buffer(struct bridge_recorder *recorder)
{
	int fd = recorder->bridge->part.map[PART_TRACE_RING];

	if (recorder->bridge->user_engine || recorder->buffer)
		return 0;
	recorder->buffer = ring_buffer__new(fd, on_item, recorder, NULL);
	if (!recorder->buffer)
		return -errno;
	trace_ring_set_complete(&recorder->file.ring, 0); /* drain() says until when */
	recorder->cpus = libbpf_num_possible_cpus();
	if (recorder->cpus > 0)
		recorder->cpu_words = calloc((size_t)recorder->cpus, sizeof(struct trace_cpu));
	if (uv_poll_init(recorder->loop, &recorder->poll, ring_buffer__epoll_fd(recorder->buffer)) < 0)
		return 0; /* the timer suffices */
	recorder->poll.data = recorder;
	recorder->polling = true;
	return 0;
}

static int start(struct bridge_recorder *recorder, struct error *error)
{
	struct bridge *bridge = recorder->bridge;
	size_t size = (size_t)bridge->conf->recorder_size << 20;
	int ret = 0;

	if (recorder->file.fd < 0)
		ret = trace_file_create(&recorder->file, "bridge", bridge->conf->uplink, size, error);
	if (ret == 0 && !recorder->file.memory) {
		ret = trace_file_start(&recorder->file, error);
		recorder->begin = ret == 0 ? recorder->file.ring.head : 0;
	}
	if (ret == 0 && (ret = open_buffer(recorder)) < 0)
		error_set(error, ret, "cannot read the recorder's ring buffer: %s", strerror(-ret));
	if (ret == 0 && bridge->user_engine) {
		name_user_hops(recorder);
		user_engine_record(bridge->user_engine, &recorder->file.ring);
	}
	return ret;
}

/* The configuration, a request, or a reader that has renewed it in the file: the highest one counts. */
static enum trace_mode current_mode(const struct bridge_recorder *recorder)
{
	enum trace_mode mode = (enum trace_mode)recorder->bridge->conf->recorder, other;
	uint64_t now = bridge_now();

	if (now < recorder->until && recorder->wanted > mode)
		mode = recorder->wanted;
	other = recorder->file.memory ? trace_ring_wanted(&recorder->file.ring, now) : TRACE_OFF;
	return other > mode ? other : mode;
}

/* Switches the data path to the mode of now. Returns 0, or a negative errno with an error, and then it is off. */
static int apply(struct bridge_recorder *recorder, struct error *error)
{
	struct bridge *bridge = recorder->bridge;
	enum trace_mode mode = current_mode(recorder);
	int ret = 0;

	if (bridge->config.recorder == mode && (!mode || recorder->file.memory))
		return 0;
	if (mode && (ret = start(recorder, error)) < 0)
		mode = TRACE_OFF;
	bridge->config.recorder = mode;
	bridge->store->ops->config_put(bridge->store, &bridge->config);
	drain(recorder);
	if (!mode) {
		record_ports_detach(&recorder->ports);
		uv_timer_stop(&recorder->timer);
		if (recorder->polling)
			uv_poll_stop(&recorder->poll);
		return ret;
	}
	record_ports_update(&recorder->ports, bridge, PORTS_FIRST);
	uv_timer_start(&recorder->timer, on_timer, DRAIN_MS, DRAIN_MS);
	if (recorder->polling)
		uv_poll_start(&recorder->poll, UV_READABLE, on_readable);
	return 0;
}

void bridge_recorder_update(struct bridge_recorder *recorder)
{
	struct error error;

	if (apply(recorder, &error) < 0) {
		bridge_warn("nothing is recorded: %s", error.text);
		recorder->bridge->conf_storage->recorder = TRACE_OFF; /* until the next reload */
	}
}

struct bridge_recorder *bridge_recorder_new(struct bridge *bridge, uv_loop_t *loop)
{
	struct bridge_recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder)
		return NULL;
	recorder->bridge = bridge;
	recorder->loop = loop;
	recorder->file.fd = -1;
	uv_timer_init(loop, &recorder->timer);
	recorder->timer.data = recorder;
	bridge_recorder_update(recorder);
	return recorder;
}

void bridge_recorder_stop(struct bridge_recorder *recorder)
{
	if (!recorder)
		return;
	if (recorder->bridge->user_engine)
		user_engine_record(recorder->bridge->user_engine, NULL);
	drain(recorder);
	if (recorder->polling)
		uv_poll_stop(&recorder->poll);
	uv_timer_stop(&recorder->timer);
	record_ports_detach(&recorder->ports);
}

void bridge_recorder_free(struct bridge_recorder *recorder)
{
	if (!recorder)
		return;
	if (recorder->buffer)
		ring_buffer__free(recorder->buffer);
	if (recorder->bridge->keep) /* for the process that continues */
		trace_file_close(&recorder->file);
	else
		trace_file_remove(&recorder->file);
	free(recorder->cpu_words);
	free(recorder);
}

json_t *bridge_recorder_answer(struct bridge_recorder *recorder, const json_t *request)
{
	static const char *const modes[] = {"off", "headers", "whole"};
	const char *mode = json_text(request, "mode");
	uint64_t begin;
	json_int_t seconds = json_integer_value(json_object_get(request, "seconds"));
	struct error error;

	drain(recorder);
	begin = recorder->file.memory ? recorder->file.ring.head : UINT64_MAX;
	for (int i = 0; i < 3; i++) {
		if (strcmp(mode, modes[i]))
			continue;
		if (seconds < 0 || seconds > LEASE_MAX)
			break;
		/* Two readers: the one that wants more decides. */
		if ((int)recorder->wanted <= i || bridge_now() >= recorder->until)
			recorder->wanted = (enum trace_mode)i;
		recorder->until = bridge_now() + (uint64_t)seconds * MN_NS_PER_SEC;
		if (apply(recorder, &error) < 0)
			return json_pack("{s:s}", "error", error.text);
		return json_pack("{s:b, s:s, s:I}", "ok", 1, "mode", modes[recorder->bridge->config.recorder], "begin",
				 (json_int_t)(begin == UINT64_MAX ? recorder->begin : begin));
	}
	return json_pack("{s:s}", "error",
			 "`mode` must be off, headers or whole, and `seconds` must be within its range");
}
