/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wire: a learning bridge between hosts and access points. */
#include "world_internal.h"

#include "base/array.h"
#include "base/mac.h"

#include <stdlib.h>

void wire_enqueue(struct wire *wire, struct frame *frame, unsigned in_port)
{
	if (wire->next == wire->count)
		wire->next = wire->count = 0;
	if (array_reserve(&wire->queue, &wire->room, wire->count + 1, sizeof(*wire->queue)))
		abort();
	wire->queue[wire->count++] = (struct wire_entry){frame, in_port};
}

/* Learns the source address. Returns the port of the destination, or -1 for all ports but the ingress port. */
static long learn_and_look_up(struct wire *wire, const struct frame *frame, unsigned in_port)
{
	uintptr_t port;

	if (!mac_is_group(frame->data + 6) &&
	    u64_map_put(&wire->ports, mac_to_u64(frame->data + 6), (void *)((uintptr_t)in_port + 1)))
		abort();
	if (mac_is_group(frame->data))
		return -1;
	port = (uintptr_t)u64_map_get(&wire->ports, mac_to_u64(frame->data));
	return port ? (long)port - 1 : -1;
}

static void send_to_port(struct world *world, unsigned port, const struct frame *frame)
{
	struct node *node = port < PORT_HOST ? world->nodes[port / AP_BSS_MAX] : NULL;
	struct frame *copy;

	if (!node) {
		flow_receive(&world->wire, &world->violations, world->wire.hosts[port - PORT_HOST], frame);
		return;
	}
	if (!node->ap || !node->started)
		return;
	copy = require_memory(frame_clone(frame));
	soft_ap_send(node->ap, port % AP_BSS_MAX, &copy, 1, world->now, &world->out);
	world_apply_actions(world, node->number);
}

static void flood_frame(struct world *world, const struct wire_entry *entry)
{
	const uint8_t *destination = entry->frame->data;

	for (unsigned i = 0; i < world->count; i++)
		for (unsigned bss = 0; world->nodes[i]->kind == NODE_AP && bss < world->nodes[i]->ap_setup.bss_count;
		     bss++)
			if (i * AP_BSS_MAX + bss != entry->in_port)
				send_to_port(world, i * AP_BSS_MAX + bss, entry->frame);
	for (unsigned i = 0; i < world->wire.host_count; i++)
		if (PORT_HOST + i != entry->in_port &&
		    (mac_is_group(destination) || mac_equal(destination, world->wire.hosts[i])))
			send_to_port(world, PORT_HOST + i, entry->frame);
}

void wire_forward_all(struct world *world)
{
	while (world->wire.next < world->wire.count) {
		struct wire_entry entry = world->wire.queue[world->wire.next++];
		long port = learn_and_look_up(&world->wire, entry.frame, entry.in_port);

		if (port < 0)
			flood_frame(world, &entry);
		else if ((unsigned)port != entry.in_port)
			send_to_port(world, (unsigned)port, entry.frame);
		frame_free(entry.frame);
	}
}

void wire_free(struct wire *wire)
{
	for (size_t i = wire->next; i < wire->count; i++)
		frame_free(wire->queue[i].frame);
	free(wire->queue);
	free(wire->hosts);
	free(wire->flows);
	u64_map_free(&wire->ports, NULL);
	u64_map_free(&wire->last_numbers, NULL);
}
