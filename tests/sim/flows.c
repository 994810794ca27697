/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts and their flows, and the way of a frame over the wire. */
#include "inside.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

/* ---- the wire ---- */

/* A frame leaves the bridge by a port. */
static void leave(struct world *w, unsigned port, const struct frame *f)
{
	struct node *n = port < PORT_HOST ? w->nodes[port / AP_BSS_MAX] : NULL;
	struct frame *copy;

	if (!n) {
		flow_receive(&w->wire, &w->wrong, w->wire.hosts[port - PORT_HOST], f);
		return;
	}
	if (!n->ap || !n->started)
		return;
	copy = must(frame_clone(f));
	ap_send(n->ap, port % AP_BSS_MAX, &copy, 1, w->now, &w->out);
	world_act(w, n->number);
}

void wire_cross(struct world *w)
{
	while (w->wire.at < w->wire.count) {
		struct crossing x = w->wire.queue[w->wire.at++];
		long to = wire_port(&w->wire, x.frame, x.from);

		if (to >= 0 && (unsigned)to != x.from)
			leave(w, (unsigned)to, x.frame);
		for (unsigned i = 0; to < 0 && i < w->count; i++)
			for (unsigned bss = 0; w->nodes[i]->kind == NODE_AP && bss < w->nodes[i]->ap_setup.bss_count;
			     bss++)
				if (i * AP_BSS_MAX + bss != x.from)
					leave(w, i * AP_BSS_MAX + bss, x.frame);
		for (unsigned i = 0; to < 0 && i < w->wire.host_count; i++)
			if (PORT_HOST + i != x.from &&
			    (mac_is_group(x.frame->data) || mac_equal(x.frame->data, w->wire.hosts[i])))
				leave(w, PORT_HOST + i, x.frame);
		frame_free(x.frame);
	}
}

/* ---- hosts and flows ---- */

const uint8_t *world_host(struct world *w)
{
	struct wire *x = &w->wire;

	/* Addresses are given away: the array must not move. */
	if (!x->hosts)
		x->hosts = must(calloc(WORLD_NODES, 6));
	if (x->host_count == WORLD_NODES)
		abort();
	memcpy(x->hosts[x->host_count],
	       (uint8_t[]){2, 0, 0, 0xcc, (uint8_t)(x->host_count >> 8), (uint8_t)x->host_count}, 6);
	return x->hosts[x->host_count++];
}

unsigned world_flow(struct world *w, const uint8_t from[6], const uint8_t to[6])
{
	struct wire *x = &w->wire;

	x->flows = must(reallocarray(x->flows, x->flow_count + 1, sizeof *x->flows));
	x->flows[x->flow_count] = (struct flow){.at_ns = UINT64_MAX};
	memcpy(x->flows[x->flow_count].from, from, 6);
	memcpy(x->flows[x->flow_count].to, to, 6);
	return (unsigned)x->flow_count++;
}

/* From where its host is: a port of the wire, or a station. */
static void inject(struct world *w, const uint8_t from[6], struct frame *f)
{
	for (unsigned i = 0; i < w->wire.host_count; i++)
		if (mac_equal(w->wire.hosts[i], from)) {
			wire_push(&w->wire, f, PORT_HOST + i);
			wire_cross(w);
			return;
		}
	for (unsigned i = 0; i < w->count; i++)
		if (w->nodes[i]->kind == NODE_STA && mac_equal(w->nodes[i]->sta_setup.addr, from)) {
			if (!w->nodes[i]->sta)
				break;
			sta_send(w->nodes[i]->sta, &f, 1, w->now, &w->out);
			node_done(w, w->nodes[i]);
			return;
		}
	frame_free(f);
}

void world_send(struct world *w, unsigned flow, unsigned count, size_t len)
{
	while (count--)
		inject(w, w->wire.flows[flow].from, flow_frame(&w->wire, flow, len));
}

void world_every(struct world *w, unsigned flow, uint64_t every_ns)
{
	struct flow *f = &w->wire.flows[flow];

	f->every_ns = every_ns;
	f->at_ns = every_ns ? w->now + dice(w) % every_ns : UINT64_MAX;
	if (f->at_ns < w->wire.flows_ns)
		w->wire.flows_ns = f->at_ns;
}

uint64_t flows_wake(const struct world *w)
{
	return w->wire.flow_count ? w->wire.flows_ns : UINT64_MAX;
}

void flows_due(struct world *w)
{
	uint64_t next = UINT64_MAX;

	if (flows_wake(w) > w->now)
		return;
	for (unsigned i = 0; i < w->wire.flow_count; i++) {
		while (w->wire.flows[i].at_ns <= w->now) {
			w->wire.flows[i].at_ns += w->wire.flows[i].every_ns;
			world_send(w, i, 1, 60 + dice(w) % 1455);
		}
		next = w->wire.flows[i].at_ns < next ? w->wire.flows[i].at_ns : next;
	}
	w->wire.flows_ns = next;
}

unsigned world_sent(struct world *w, unsigned flow)
{
	return w->wire.flows[flow].sent;
}

unsigned world_received(struct world *w, unsigned flow)
{
	return w->wire.flows[flow].received;
}

bool world_ping(struct world *w, const uint8_t from[6], const uint8_t to[6])
{
	unsigned there = world_flow(w, from, to), back = world_flow(w, to, from);

	for (int i = 0; i < 10 && !world_received(w, back); i++) {
		unsigned came = world_received(w, there);

		world_send(w, there, 1, 98);
		world_run(w, w->now + S / 2);
		if (world_received(w, there) > came)
			world_send(w, back, 1, 98);
		world_run(w, w->now + S / 2);
	}
	return world_received(w, back) > 0;
}
