/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual time, the actions of the nodes, and the life of the world. */
#include "world_internal.h"

#include "base/mac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *require_memory(void *memory)
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

/* ---- a heap of the nodes, by deadline ---- */

static void heap_put(struct world *world, size_t place, struct node *node)
{
	world->heap[place] = node;
	node->heap_index = place;
}

void node_reschedule(struct world *world, struct node *node)
{
	size_t i = node->heap_index;

	node->deadline = node->ap ? soft_ap_deadline(node->ap) : node->sta ? soft_sta_deadline(node->sta) : UINT64_MAX;
	for (; i && node->deadline < world->heap[(i - 1) / 2]->deadline; i = (i - 1) / 2)
		heap_put(world, i, world->heap[(i - 1) / 2]);
	for (size_t child = 2 * i + 1; child < world->count; child = 2 * i + 1) {
		child += child + 1 < world->count && world->heap[child + 1]->deadline < world->heap[child]->deadline;
		if (world->heap[child]->deadline >= node->deadline)
			break;
		heap_put(world, i, world->heap[child]);
		i = child;
	}
	heap_put(world, i, node);
}

/* ---- actions ---- */

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
	/* Frames on the wire stay queued: wire_forward_all() calls this function and must not be entered again. */
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
			soft_ap_tx_status(node->ap, event->cookie, event->acked, world->now, &world->out);
		else
			soft_sta_tx_status(node->sta, event->cookie, event->acked, world->now, &world->out);
	} else if (node->ap) {
		soft_ap_receive(node->ap, &event->frame, 1, world->now, &world->out);
	} else {
		soft_sta_receive(node->sta, &event->frame, 1, world->now, &world->out);
	}
	node_apply_actions(world, node);
}

/* Advances to the next event and handles all events of that time. Returns false if there is none until `until_ns`. */
static bool run_next_event(struct world *world, uint64_t until_ns)
{
	uint64_t at = medium_deadline(world->medium), flows = flows_next_ns(world);
	struct medium_event event;
	struct node *node;

	if (world->count && world->heap[0]->deadline < at)
		at = world->heap[0]->deadline;
	if (flows < at)
		at = flows;
	if (at > until_ns)
		return false;
	if (at > world->now)
		world->now = at;
	while (medium_next_event(world->medium, world->now, &event))
		receive_event(world, &event);
	while (world->count && world->heap[0]->deadline <= world->now) {
		node = world->heap[0];
		if (node->ap)
			soft_ap_tick(node->ap, world->now, &world->out);
		else
			soft_sta_tick(node->sta, world->now, &world->out);
		node_apply_actions(world, node);
		if (node->deadline <= world->now) {
			fprintf(stderr, "node %u still has the deadline %.6f s after its tick\n", node->number,
				(double)node->deadline / 1e9);
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
	struct world *world = require_memory(calloc(1, sizeof(*world)));

	world->random = seed;
	world->now = S; /* not 0, which may also mean "never" */
	world->crypto = require_memory(crypto_new());
	world->medium = require_memory(medium_new(sim_random(world)));
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
	sniffer->networks[sniffer->count].ssid_len = strlen(ssid);
	memcpy(sniffer->networks[sniffer->count].ssid, ssid, strlen(ssid));
	sniffer->observers[sniffer->count] =
		require_memory(observer_new(world->crypto, &sniffer->networks[sniffer->count], 1));
	sniffer->count++;
}

/* ---- verification ---- */

struct violations world_violations(const struct world *world)
{
	return world->violations;
}

void world_assert_no_violations(const struct world *world)
{
	unsigned count = 0;

#define X(name, description)                                                                \
	if (world->violations.name)                                                         \
		fprintf(stderr, "%u %s: %s\n", world->violations.name, #name, description); \
	count += world->violations.name;
	VIOLATION_LIST(X)
#undef X
	if (count)
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
	struct frame *frame = require_memory(frame_clone(require_memory(world->sniffer.last_downlink)));

	frame->meta.freq_mhz = 0;
	medium_send(world->medium, forger, frame, 0, 0, world->now);
}

void world_replay_reassociation(struct world *world, radio_id forger, size_t change_offset)
{
	struct frame *frame = require_memory(frame_clone(require_memory(world->sniffer.last_reassociation)));

	frame->meta.freq_mhz = 0;
	((uint8_t *)require_memory(frame_make_writable(frame)))[change_offset] ^= change_offset != 0;
	medium_send(world->medium, forger, frame, 0, 0, world->now);
}

void world_replay_group(struct world *world, radio_id forger, size_t change_offset)
{
	struct frame *frame = require_memory(frame_clone(require_memory(world->sniffer.last_group_mgmt)));

	frame->meta.freq_mhz = 0;
	((uint8_t *)require_memory(frame_make_writable(frame)))[change_offset] ^= change_offset != 0;
	medium_send(world->medium, forger, frame, 0, 0, world->now);
}

uint64_t world_transmission_count(const struct world *world)
{
	return world->sniffer.frame_count;
}
