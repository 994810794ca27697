/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts, flows and their frames. */
#include "world_internal.h"

#include "base/array.h"
#include "base/mac.h"
#include "wire/be.h"
#include "wire/le.h"

#include <stdlib.h>
#include <string.h>

/* ---- frames ---- */

enum {
	ETHER_TEST = 0x88b5, /* local experimental ethertype 1 (IEEE 802) */
	HEADER = 14,
	FLOW_HEADER = 24 /* Ethernet header, flow, number, length */
};

/* The content depends on the flow and the number, so that a receiver detects foreign bytes. */
static uint8_t pattern_byte(unsigned flow, uint32_t number, size_t offset)
{
	return (uint8_t)(flow * 31 + number * 7 + offset);
}

static struct frame *flow_frame(struct wire *wire, unsigned flow, size_t len)
{
	struct flow *entry = &wire->flows[flow];
	struct frame *frame = frame_new(64, len < FLOW_HEADER ? FLOW_HEADER : len, 32);
	uint8_t *bytes = frame ? frame_make_writable(frame) : NULL;

	if (!bytes)
		abort();
	memcpy(bytes, entry->to, 6);
	memcpy(bytes + 6, entry->from, 6);
	bytes[12] = ETHER_TEST >> 8;
	bytes[13] = ETHER_TEST & 0xff;
	put_le32(bytes + HEADER, flow);
	put_le32(bytes + HEADER + 4, ++entry->sent);
	put_le16(bytes + HEADER + 8, (uint16_t)frame->len);
	for (size_t i = FLOW_HEADER; i < frame->len; i++)
		bytes[i] = pattern_byte(flow, entry->sent, i);
	return frame;
}

static bool is_intact(const struct wire *wire, const struct frame *frame, const uint8_t host[6])
{
	const uint8_t *bytes = frame->data;
	uint32_t flow = le32(bytes + HEADER), number = le32(bytes + HEADER + 4);
	const struct flow *entry = flow < wire->flow_count ? &wire->flows[flow] : NULL;

	if (!entry || !mac_equal(bytes, entry->to) || !mac_equal(bytes + 6, entry->from) || number > entry->sent ||
	    le16(bytes + HEADER + 8) != frame->len || (!mac_is_group(bytes) && !mac_equal(bytes, host)))
		return false;
	for (size_t i = FLOW_HEADER; i < frame->len; i++)
		if (bytes[i] != pattern_byte(flow, number, i))
			return false;
	return true;
}

/* The key of `last_numbers`, never 0. */
static uint64_t flow_host_key(uint32_t flow, const uint8_t host[6])
{
	return mac_to_u64(host) * UINT64_C(0x100000001b3) ^ (flow + 1);
}

void flow_receive(struct wire *wire, struct violations *violations, const uint8_t host[6], const struct frame *frame)
{
	uint32_t number, flow;
	uintptr_t last;

	if (frame->len < FLOW_HEADER || be16(frame->data + 12) != ETHER_TEST)
		return; /* not of a flow: a frame by which an access point announces a station to the bridge */
	if (mac_equal(frame->data + 6, host)) {
		violations->reflected++;
		return;
	}
	if (!is_intact(wire, frame, host)) {
		violations->misdelivered++;
		return;
	}
	flow = le32(frame->data + HEADER);
	number = le32(frame->data + HEADER + 4);
	last = (uintptr_t)u64_map_get(&wire->last_numbers, flow_host_key(flow, host));
	if (number <= last) {
		violations->duplicate += number == last;
		violations->reordered += number < last;
		return;
	}
	wire->flows[flow].received++;
	if (u64_map_put(&wire->last_numbers, flow_host_key(flow, host), (void *)(uintptr_t)number))
		abort();
}

/* ---- hosts and flows ---- */

const uint8_t *world_host(struct world *world)
{
	struct wire *wire = &world->wire;

	/* Callers keep pointers into the array, so it must not move. */
	if (!wire->hosts)
		wire->hosts = require_memory(calloc(WORLD_NODES, 6));
	if (wire->host_count == WORLD_NODES)
		abort();
	memcpy(wire->hosts[wire->host_count],
	       (uint8_t[]){2, 0, 0, 0xcc, (uint8_t)(wire->host_count >> 8), (uint8_t)wire->host_count}, 6);
	return wire->hosts[wire->host_count++];
}

unsigned world_flow(struct world *world, const uint8_t from[6], const uint8_t to[6])
{
	struct wire *wire = &world->wire;

	if (array_reserve(&wire->flows, &wire->flow_room, wire->flow_count + 1, sizeof(*wire->flows)))
		abort();
	wire->flows[wire->flow_count] = (struct flow){.next_ns = UINT64_MAX};
	memcpy(wire->flows[wire->flow_count].from, from, 6);
	memcpy(wire->flows[wire->flow_count].to, to, 6);
	return (unsigned)wire->flow_count++;
}

/* Sends a frame from the host with this address: through a port of the wire, or through its station. */
static void send_from_host(struct world *world, const uint8_t from[6], struct frame *frame)
{
	for (unsigned i = 0; i < world->wire.host_count; i++)
		if (mac_equal(world->wire.hosts[i], from)) {
			wire_enqueue(&world->wire, frame, PORT_HOST + i);
			wire_forward_all(world);
			return;
		}
	for (unsigned i = 0; i < world->count; i++)
		if (world->nodes[i]->kind == NODE_STA && mac_equal(world->nodes[i]->sta_setup.addr, from)) {
			if (!world->nodes[i]->sta)
				break;
			soft_sta_send(world->nodes[i]->sta, &frame, 1, world->now, &world->out);
			node_apply_actions(world, world->nodes[i]);
			return;
		}
	frame_free(frame);
}

void world_send(struct world *world, unsigned flow, unsigned count, size_t len)
{
	while (count--)
		send_from_host(world, world->wire.flows[flow].from, flow_frame(&world->wire, flow, len));
}

void world_send_every(struct world *world, unsigned flow, uint64_t every_ns)
{
	struct flow *entry = &world->wire.flows[flow];

	entry->interval_ns = every_ns;
	entry->next_ns = every_ns ? world->now + sim_random(world) % every_ns : UINT64_MAX;
	if (entry->next_ns < world->wire.flows_ns)
		world->wire.flows_ns = entry->next_ns;
}

uint64_t flows_next_ns(const struct world *world)
{
	return world->wire.flow_count ? world->wire.flows_ns : UINT64_MAX;
}

void flows_send_due(struct world *world)
{
	uint64_t next = UINT64_MAX;

	if (flows_next_ns(world) > world->now)
		return;
	for (unsigned i = 0; i < world->wire.flow_count; i++) {
		while (world->wire.flows[i].next_ns <= world->now) {
			world->wire.flows[i].next_ns += world->wire.flows[i].interval_ns;
			world_send(world, i, 1, 60 + sim_random(world) % 1455);
		}
		next = world->wire.flows[i].next_ns < next ? world->wire.flows[i].next_ns : next;
	}
	world->wire.flows_ns = next;
}

unsigned world_sent(struct world *world, unsigned flow)
{
	return world->wire.flows[flow].sent;
}

unsigned world_received(struct world *world, unsigned flow)
{
	return world->wire.flows[flow].received;
}

bool world_ping(struct world *world, const uint8_t from[6], const uint8_t to[6])
{
	unsigned there = world_flow(world, from, to), back = world_flow(world, to, from);

	for (int i = 0; i < 10 && !world_received(world, back); i++) {
		unsigned received = world_received(world, there);

		world_send(world, there, 1, 98);
		world_run(world, world->now + S / 2);
		if (world_received(world, there) > received)
			world_send(world, back, 1, 98);
		world_run(world, world->now + S / 2);
	}
	return world_received(world, back) > 0;
}
