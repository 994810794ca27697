/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/history.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

struct group {
	struct history_peer *at[HISTORY_PEERS];
	size_t count;
};

struct history {
	struct group known, strangers;
};

struct history *history_new(void)
{
	return calloc(1, sizeof(struct history));
}

static void free_group(struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		free(group->at[i]);
}

void history_free(struct history *history)
{
	if (!history)
		return;
	free_group(&history->known);
	free_group(&history->strangers);
	free(history);
}

/* ---- peers ---- */

static struct history_peer **find(struct group *group, unsigned network, const uint8_t *addr)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->at[i]->network == network && mac_equal(group->at[i]->addr, addr))
			return &group->at[i];
	return NULL;
}

/* Gives a peer a place, that of the one which was silent for the longest time if the group is full. */
static void place(struct group *group, struct history_peer *peer)
{
	size_t oldest = 0;

	if (group->count < HISTORY_PEERS) {
		group->at[group->count++] = peer;
		return;
	}
	for (size_t i = 1; i < group->count; i++)
		if (group->at[i]->last_ns < group->at[oldest]->last_ns)
			oldest = i;
	free(group->at[oldest]);
	group->at[oldest] = peer;
}

static struct history_peer *peer_of(struct history *history, unsigned network, const uint8_t *addr)
{
	struct history_peer **place_of = find(&history->known, network, addr), *peer;

	if (!place_of)
		place_of = find(&history->strangers, network, addr);
	if (place_of)
		return *place_of;
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	memcpy(peer->addr, addr, 6);
	peer->network = network;
	peer->known = mac_is_zero(addr); /* the radio itself */
	place(peer->known ? &history->known : &history->strangers, peer);
	return peer;
}

/* From now on strangers do not replace it. */
static void make_known(struct history *history, struct history_peer *peer)
{
	struct group *strangers = &history->strangers;
	struct history_peer **place_of = find(strangers, peer->network, peer->addr);

	peer->known = true;
	if (!place_of)
		return;
	*place_of = strangers->at[--strangers->count];
	place(&history->known, peer);
}

/* ---- events ---- */

static bool same_event(const struct history_event *event, const struct action *note)
{
	return event->note == note->note && event->code == note->code && event->local == note->local &&
	       event->authentication == note->authentication && event->awaited == note->awaited &&
	       !strncmp(event->detail, note->detail, sizeof(note->detail));
}

static struct history_event *add_event(struct history_peer *peer)
{
	if (peer->count == HISTORY_EVENTS)
		memmove(peer->events, peer->events + 1, --peer->count * sizeof(peer->events[0]));
	return &peer->events[peer->count++];
}

/* An event that repeats becomes the newest one. */
static struct history_event *take_out(struct history_peer *peer, const struct action *note, struct history_event *event)
{
	for (size_t i = peer->count; i--;) {
		if (!same_event(&peer->events[i], note))
			continue;
		*event = peer->events[i];
		memmove(peer->events + i, peer->events + i + 1, (--peer->count - i) * sizeof(peer->events[0]));
		return event;
	}
	return NULL;
}

/* Notes of an access point about itself carry its BSSID. */
static bool is_about_radio(enum note note)
{
	switch (note) {
	case NOTE_ENABLED:
	case NOTE_DISABLED:
	case NOTE_GROUP_REKEYED:
	case NOTE_SWITCHING:
	case NOTE_SWITCHED:
	case NOTE_SWITCH_FAILED:
	case NOTE_NARROWED:
	case NOTE_WIDENED:
	case NOTE_INTERFACE_DOWN:
	case NOTE_INTERFACE_UP:
	case NOTE_REGDOM:
	case NOTE_ADDRESS:
	case NOTE_OVERLAP_SEARCH:
	case NOTE_CHOOSING:
	case NOTE_CHOSEN:
	case NOTE_LISTENING:
	case NOTE_LISTENED:
	case NOTE_RADAR:
	case NOTE_RADAR_MOVE:
	case NOTE_RADAR_OVER:
	case NOTE_CHECK_EXPIRED:
	case NOTE_NO_CHANNEL:
		return true;
	default:
		return false;
	}
}

/* Frames and BSSs that anybody can send or pretend are no experience with a peer. */
static bool is_kept(enum note note)
{
	return note != NOTE_BSS_ADDED && note != NOTE_BSS_REMOVED && note != NOTE_FRAME && note != NOTE_MEASUREMENT;
}

void history_note(struct history *history, const struct action *note, uint64_t now_ns)
{
	static const uint8_t radio[6];
	struct history_peer *peer;
	struct history_event event = {.note = note->note,
				      .code = note->code,
				      .local = note->local,
				      .authentication = note->authentication,
				      .awaited = note->awaited,
				      .first_ns = now_ns};

	if (!history || !is_kept(note->note))
		return;
	peer = peer_of(history, note->bss, is_about_radio(note->note) ? radio : note->addr);
	if (!peer)
		return;
	memcpy(event.detail, note->detail, sizeof(note->detail));
	take_out(peer, note, &event);
	event.count++;
	event.last_ns = peer->last_ns = now_ns;
	*add_event(peer) = event;
	if (note->note == NOTE_CONNECTED && !peer->known)
		make_known(history, peer);
}

void history_drop(struct history *history, unsigned network, const uint8_t *addr, enum drop drop, uint64_t now_ns)
{
	struct history_peer *peer;

	if (!history || !addr || mac_is_zero(addr) || mac_is_group(addr) || drop <= NOT_DROPPED || drop >= DROP_COUNT)
		return;
	peer = peer_of(history, network, addr);
	if (!peer)
		return;
	peer->last_ns = now_ns;
	peer->drops[drop] += peer->drops[drop] < UINT32_MAX;
}

const struct history_peer *history_peer(const struct history *history, size_t nth)
{
	if (!history)
		return NULL;
	if (nth < history->known.count)
		return history->known.at[nth];
	nth -= history->known.count;
	return nth < history->strangers.count ? history->strangers.at[nth] : NULL;
}
