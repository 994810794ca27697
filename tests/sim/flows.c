/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts and their flows, and the way of a frame over the wire. */
#include "world_internal.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

/* ---- the wire ---- */

/* A frame leaves the bridge by a port. */
static void wire_output(struct world *world, unsigned port, const struct frame *frame)
{
	struct node *node = port < PORT_HOST ? world->nodes[port / AP_BSS_MAX] : NULL;
	struct frame *copy;

	if (!node) {
		flow_receive(&world->wire, &world->violations, world->wire.hosts[port - PORT_HOST], frame);
		return;
	}
	if (!node->ap || !node->started)
		return;
	copy = require(frame_clone(frame));
	ap_send(node->ap, port % AP_BSS_MAX, &copy, 1, world->now, &world->out);
	world_apply_actions(world, node->number);
}

void wire_forward_all(struct world *world)
{
	while (world->wire.at < world->wire.count) {
		struct wire_entry crossing = world->wire.queue[world->wire.at++];
		long to = wire_port(&world->wire, crossing.frame, crossing.in_port);

		if (to >= 0 && (unsigned)to != crossing.in_port)
			wire_output(world, (unsigned)to, crossing.frame);
		for (unsigned i = 0; to < 0 && i < world->count; i++)
			for (unsigned bss = 0;
			     world->nodes[i]->kind == NODE_AP && bss < world->nodes[i]->ap_setup.bss_count; bss++)
				if (i * AP_BSS_MAX + bss != crossing.in_port)
					wire_output(world, i * AP_BSS_MAX + bss, crossing.frame);
		for (unsigned i = 0; to < 0 && i < world->wire.host_count; i++)
			if (PORT_HOST + i != crossing.in_port &&
			    (mac_is_group(crossing.frame->data) ||
			     mac_equal(crossing.frame->data, world->wire.hosts[i])))
				wire_output(world, PORT_HOST + i, crossing.frame);
		frame_free(crossing.frame);
	}
}

/* ---- hosts and flows ---- */

const uint8_t *world_host(struct world *world)
{
	struct wire *wire = &world->wire;

	/* Addresses are given away: the array must not move. */
	if (!wire->hosts)
		wire->hosts = require(calloc(WORLD_NODES, 6));
	if (wire->host_count == WORLD_NODES)
		abort();
	memcpy(wire->hosts[wire->host_count],
	       (uint8_t[]){2, 0, 0, 0xcc, (uint8_t)(wire->host_count >> 8), (uint8_t)wire->host_count}, 6);
	return wire->hosts[wire->host_count++];
}

unsigned world_flow(struct world *world, const uint8_t from[6], const uint8_t to[6])
{
	struct wire *wire = &world->wire;

	wire->flows = require(reallocarray(wire->flows, wire->flow_count + 1, sizeof *wire->flows));
	wire->flows[wire->flow_count] = (struct flow){.next_ns = UINT64_MAX};
	memcpy(wire->flows[wire->flow_count].from, from, 6);
	memcpy(wire->flows[wire->flow_count].to, to, 6);
	return (unsigned)wire->flow_count++;
}

/* From where its host is: a port of the wire, or a station. */
static void host_output(struct world *world, const uint8_t from[6], struct frame *frame)
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
			sta_send(world->nodes[i]->sta, &frame, 1, world->now, &world->out);
			node_apply_actions(world, world->nodes[i]);
			return;
		}
	frame_free(frame);
}

void world_send(struct world *world, unsigned flow, unsigned count, size_t len)
{
	while (count--)
		host_output(world, world->wire.flows[flow].from, flow_frame(&world->wire, flow, len));
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
		unsigned came = world_received(world, there);

		world_send(world, there, 1, 98);
		world_run(world, world->now + S / 2);
		if (world_received(world, there) > came)
			world_send(world, back, 1, 98);
		world_run(world, world->now + S / 2);
	}
	return world_received(world, back) > 0;
}
