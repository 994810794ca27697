/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The world itself: its time, and what its nodes want done. */
#include "world_internal.h"

#include "base/mac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *require(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

uint64_t sim_random(struct world *world)
{
	uint64_t mixed = world->random += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

/* ---- when a node wants to be woken: a heap ---- */

static void heap_put(struct world *world, size_t place, struct node *node)
{
	world->heap[place] = node;
	node->heap_index = place;
}

void node_reschedule(struct world *world, struct node *node)
{
	size_t i = node->heap_index;

	node->wake = node->ap ? ap_deadline(node->ap) : node->sta ? sta_deadline(node->sta) : UINT64_MAX;
	for (; i && node->wake < world->heap[(i - 1) / 2]->wake; i = (i - 1) / 2)
		heap_put(world, i, world->heap[(i - 1) / 2]);
	for (size_t child = 2 * i + 1; child < world->count; child = 2 * i + 1) {
		child += child + 1 < world->count && world->heap[child + 1]->wake < world->heap[child]->wake;
		if (world->heap[child]->wake >= node->wake)
			break;
		heap_put(world, i, world->heap[child]);
		i = child;
	}
	heap_put(world, i, node);
}

/* ---- what a node wants done ---- */

static void trace_note(const struct world *world, const struct node *node, const struct action *action)
{
	char addr[MAC_TEXT_SIZE];

	if (world->trace)
		fprintf(stderr, "%12.6f node %u %s %s %u %s\n", (double)world->now / 1e9, node->number,
			note_name(action->note), mac_format(addr, action->addr), action->code, action->detail);
}

static void apply_action(struct world *world, struct node *node, struct action *action)
{
	struct frame *frame = action->frame;

	switch (action->kind) {
	case ACTION_TRANSMIT:
		action->frame = NULL;
		frame->meta.freq_mhz = action->freq;
		medium_send(world->medium, node->radio, frame, 0, action->cookie, world->now);
		break;
	case ACTION_DELIVER:
		if (node->kind == NODE_AP) {
			action->frame = NULL;
			wire_enqueue(&world->wire, frame, node->number * AP_BSS_MAX + action->bss);
		} else {
			flow_receive(&world->wire, &world->violations, node->sta_setup.addr, frame);
		}
		break;
	case ACTION_TUNE:
		node->freq = action->freq;
		medium_tune(world->medium, node->radio, action->freq);
		break;
	case ACTION_DOZE:
		medium_doze(world->medium, node->radio, action->until_ns);
		break;
	case ACTION_NOTE:
		node->notes[action->note]++;
		trace_note(world, node, action);
		break;
	case ACTION_DROP:
		node->drops[action->drop]++;
		break;
	}
}

void world_apply_actions(struct world *world, unsigned node)
{
	struct node *entry = world->nodes[node];

	for (size_t i = 0; i < world->out.count; i++)
		apply_action(world, entry, &world->out.list[i]);
	actions_clear(&world->out);
	node_reschedule(world, entry);
	/* What was put on the wire goes on when all of this is done; wire_cross() comes back here. */
}

void node_apply_actions(struct world *world, struct node *node)
{
	world_apply_actions(world, node->number);
	wire_forward_all(world);
}

/* ---- time ---- */

static void receive_event(struct world *world, struct medium_event *event)
{
	struct node *node;

	if (event->radio == world->sniffer.radio) {
		sniffer_receive(&world->sniffer, &world->violations, event->frame);
		return;
	}
	node = event->radio < world->radios_room ? world->by_radio[event->radio] : NULL;
	if (!node || !(node->ap || node->sta)) {
		frame_free(event->frame);
		return;
	}
	if (event->kind == MEDIUM_TX_STATUS) {
		if (node->ap)
			ap_tx_status(node->ap, event->cookie, event->acked, world->now, &world->out);
		else
			sta_tx_status(node->sta, event->cookie, event->acked, world->now, &world->out);
	} else if (node->ap) {
		ap_receive(node->ap, &event->frame, 1, world->now, &world->out);
	} else {
		sta_receive(node->sta, &event->frame, 1, world->now, &world->out);
	}
	node_apply_actions(world, node);
}

/* The next moment at which anything happens, and all of it.  False: nothing does until then. */
static bool run_next_event(struct world *world, uint64_t until_ns)
{
	uint64_t at = medium_deadline(world->medium), flows = flows_next_ns(world);
	struct medium_event event;
	struct node *node;

	if (world->count && world->heap[0]->wake < at)
		at = world->heap[0]->wake;
	if (flows < at)
		at = flows;
	if (at > until_ns)
		return false;
	if (at > world->now)
		world->now = at;
	while (medium_next_event(world->medium, world->now, &event))
		receive_event(world, &event);
	while (world->count && world->heap[0]->wake <= world->now) {
		node = world->heap[0];
		if (node->ap)
			ap_tick(node->ap, world->now, &world->out);
		else
			sta_tick(node->sta, world->now, &world->out);
		node_apply_actions(world, node);
		if (node->wake <= world->now) {
			fprintf(stderr, "node %u wants to be woken at %.6f, when it was just then\n", node->number,
				(double)node->wake / 1e9);
			abort();
		}
	}
	flows_send_due(world);
	return true;
}

void world_run(struct world *world, uint64_t until_ns)
{
	while (run_next_event(world, until_ns)) {
	}
	world->now = until_ns;
}

bool world_run_until(struct world *world, uint64_t until_ns, bool (*is_done)(struct world *world))
{
	while (!is_done(world))
		if (!run_next_event(world, until_ns)) {
			world->now = until_ns;
			return is_done(world);
		}
	return true;
}

/* ---- the world ---- */

struct world *world_new(uint64_t seed)
{
	struct world *world = require(calloc(1, sizeof *world));

	world->random = seed;
	world->now = S; /* 0 is easily confused with never */
	world->crypto = require(crypto_new());
	world->medium = require(medium_new(sim_random(world)));
	world->sniffer.crypto = world->crypto;
	world->trace = getenv("VIFI_TRACE") != NULL;
	world_set_sniffing(world, true);
	return world;
}

void world_free(struct world *world)
{
	for (size_t i = 0; i < world->count; i++) {
		node_free(world->nodes[i]);
		free(world->nodes[i]);
	}
	for (size_t i = 0; i < world->psk_count; i++)
		free(world->psks[i]);
	sniffer_free(&world->sniffer);
	wire_free(&world->wire);
	medium_free(world->medium);
	actions_free(&world->out);
	crypto_free(world->crypto);
	free(world->by_radio);
	free(world);
}

uint64_t world_now(const struct world *world)
{
	return world->now;
}

struct medium *world_medium(struct world *world)
{
	return world->medium;
}

struct crypto *world_crypto(struct world *world)
{
	return world->crypto;
}

void world_pmk(struct world *world, const char *ssid, const char *passphrase, uint8_t pmk[PMK_LEN])
{
	struct sniffer *sniffer = &world->sniffer;

	if (kdf_pmk(world->crypto, passphrase, strlen(passphrase), (const uint8_t *)ssid, strlen(ssid), pmk))
		abort();
	for (size_t i = 0; i < sniffer->count; i++)
		if (!memcmp(sniffer->networks[i].pmk, pmk, PMK_LEN))
			return;
	if (sniffer->count == WORLD_PMKS)
		abort();
	memcpy(sniffer->networks[sniffer->count].pmk, pmk, PMK_LEN);
	sniffer->observers[sniffer->count] =
		require(observer_new(world->crypto, &sniffer->networks[sniffer->count], 1));
	sniffer->count++;
}

/* ---- judgement ---- */

struct violations world_violations(const struct world *world)
{
	return world->violations;
}

void world_assert_no_violations(const struct world *world)
{
	unsigned bad = 0;

#define X(name)                                                                           \
	if (world->violations.name)                                                       \
		fprintf(stderr, "%u × %s: see world.h\n", world->violations.name, #name); \
	bad += world->violations.name;
	WRONGS(X)
#undef X
	if (bad)
		abort();
}

void world_set_sniffing(struct world *world, bool on)
{
	if (on == world->sniffer.on)
		return;
	world->sniffer.on = on;
	if (on) {
		world->sniffer.radio = medium_join(world->medium);
		if (medium_set_monitor(world->medium, world->sniffer.radio, true))
			abort();
	} else {
		medium_leave(world->medium, world->sniffer.radio);
		world->sniffer.radio = 0;
	}
}

void world_replay_data(struct world *world, radio_id forger)
{
	struct frame *frame = require(frame_clone(require(world->sniffer.last_downlink)));

	frame->meta.freq_mhz = 0;
	medium_send(world->medium, forger, frame, 0, 0, world->now);
}

void world_replay_group(struct world *world, radio_id forger, size_t change)
{
	struct frame *frame = require(frame_clone(require(world->sniffer.last_group_mgmt)));

	frame->meta.freq_mhz = 0;
	((uint8_t *)require(frame_make_writable(frame)))[change] ^= change != 0;
	medium_send(world->medium, forger, frame, 0, 0, world->now);
}

uint64_t world_transmissions(const struct world *world)
{
	return world->sniffer.frame_count;
}
