/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access point announces a channel switch, in an element of several beacons or in an action frame (IEEE 802.11-2020
 * 11.8.8, 11.9). The station follows; the connection keeps its keys.
 *
 *	NONE ── announced ──▶ ANNOUNCED ── switch time ──▶ MOVED ── a beacon on the new channel ──▶ NONE
 *	 ▲                                                   │
 *	 └──────── no beacon there: move back and poll ──────┘
 *
 * An attacker can forge beacons. So the move is provisional: without a beacon on the new channel the station moves back
 * and ignores announcements for a while. If the station may not use the new channel, it polls the access point at the
 * switch time.
 */
#include "mlme/sta_state.h"

#include "wire/ie.h"

#include <stdio.h>

#define EARLY_NS           (2 * MS)  /* before the first beacon on the new channel */
#define LATE_NS            (20 * MS) /* after it: the access point has moved */
#define SILENT_BEACONS_MAX 3
#define DISTRUST_NS        (60 * SECOND) /* after a false announcement */

enum {
	SWITCH_ANNOUNCEMENT = 4, /* the action, in three categories */
	CLASS_6GHZ = 131,        /* the first operating class of the 6 GHz band */
};

/* A list of channels to scan restricts a channel switch only with `freqs_only`. */
static bool is_allowed(const struct sta *sta, uint16_t freq)
{
	if (!sta->setup.freqs_only && !sta->setup.networks[sta->network].freqs_only)
		return freq;
	for (size_t i = 0; freq && i < sta->freq_count; i++)
		if (sta->freqs[i] == freq)
			return true;
	return false;
}

static void handle_announcement(struct sta *sta, bool tx_blocked, uint16_t freq, unsigned count)
{
	struct sta_switch *channel_switch = &sta->channel_switch;
	uint64_t switch_ns = sta->link.beacon_ns + (uint64_t)count * sta->link.beacon_interval_ns - EARLY_NS;

	if (sta->state != STA_CONNECTED || channel_switch->state == SWITCH_MOVED ||
	    sta->now_ns < channel_switch->distrust_until_ns || freq == sta->ap.freq_mhz)
		return;
	channel_switch->state = SWITCH_ANNOUNCED;
	channel_switch->tx_blocked = tx_blocked;
	channel_switch->silent_beacons = 0;
	channel_switch->to_mhz = is_allowed(sta, freq) ? freq : 0;
	switch_ns = count && switch_ns > sta->now_ns ? switch_ns : sta->now_ns;
	sta->due_ns[STA_TIMER_SWITCH] = channel_switch->to_mhz ? switch_ns : switch_ns + LATE_NS;
}

/* Mode, new channel, count (9.4.2.18); the extended element has the operating class after the mode (9.4.2.52). */
static void handle_element(struct sta *sta, struct span element, bool extended)
{
	const uint8_t *fields = element.bytes;
	unsigned channel;

	if (element.len != (extended ? 4u : 3u))
		return;
	channel = extended ? (fields[1] >= CLASS_6GHZ ? 0 : fields[2]) : fields[1];
	handle_announcement(sta, fields[0] == 1, channel_to_freq(channel), fields[element.len - 1]);
}

static void end_switch(struct sta *sta)
{
	sta->channel_switch.state = SWITCH_NONE;
	sta->due_ns[STA_TIMER_SWITCH] = NEVER;
	sta_data_send_pending(sta);
}

/*
 * The access point announces a switch in each beacon (11.8.8). After an action frame the first beacons may have been
 * prepared before it, but the station need not be silent any more.
 */
static void handle_silent_beacon(struct sta *sta)
{
	struct sta_switch *channel_switch = &sta->channel_switch;

	if (channel_switch->announced_in_beacon || ++channel_switch->silent_beacons >= SILENT_BEACONS_MAX) {
		end_switch(sta);
	} else if (channel_switch->tx_blocked) {
		channel_switch->tx_blocked = false;
		sta_data_send_pending(sta);
	}
}

void sta_switch_beacon(struct sta *sta, const struct mgmt *mgmt, uint16_t freq)
{
	struct sta_switch *channel_switch = &sta->channel_switch;
	struct action *action;

	if (channel_switch->state == SWITCH_MOVED && freq == sta->ap.freq_mhz) {
		action = sta_note(sta, NOTE_CHANNEL, 0);
		if (action)
			snprintf(action->detail, sizeof(action->detail), "channel %u", freq_to_channel(freq));
		end_switch(sta);
	}
	if (mgmt->csa.bytes)
		handle_element(sta, mgmt->csa, false);
	else if (mgmt->ecsa.bytes)
		handle_element(sta, mgmt->ecsa, true);
	else if (mgmt->subtype == MGMT_BEACON && channel_switch->state == SWITCH_ANNOUNCED)
		handle_silent_beacon(sta);
	channel_switch->announced_in_beacon = mgmt->csa.bytes || mgmt->ecsa.bytes;
}

bool sta_switch_action(struct sta *sta, const struct mgmt *mgmt)
{
	struct span body = mgmt->body;
	struct element element;

	if (mgmt->action != SWITCH_ANNOUNCEMENT)
		return false;
	if (mgmt->category == ACTION_CATEGORY_SPECTRUM && element_next(&body, &element) && element.id == EID_CSA) {
		handle_element(sta, element.body, false);
		return true;
	}
	/* With PMF only the protected dual of the public action counts. */
	if (mgmt->category == (sta->peer.mfp ? ACTION_CATEGORY_PROTECTED_DUAL : ACTION_CATEGORY_PUBLIC) &&
	    body.len >= 4) {
		handle_element(sta, (struct span){body.bytes, 4}, true);
		return true;
	}
	return false;
}

static void tune_to(struct sta *sta, uint16_t freq)
{
	struct bss *bss = sta_bss_entry(sta);

	sta->ap.freq_mhz = freq;
	if (bss)
		bss->freq_mhz = freq;
	sta_tune(sta, freq);
}

/* The announcement was false, or the channel is not allowed: is the access point still here? */
static void reject_switch(struct sta *sta)
{
	sta->channel_switch.state = SWITCH_NONE;
	sta->channel_switch.distrust_until_ns = sta->now_ns + DISTRUST_NS;
	sta_data_send_pending(sta);
	sta_link_poll(sta);
}

void sta_switch_timer(struct sta *sta)
{
	struct sta_switch *channel_switch = &sta->channel_switch;

	if (sta->state != STA_CONNECTED) {
		channel_switch->state = SWITCH_NONE;
	} else if (channel_switch->state == SWITCH_MOVED) {
		tune_to(sta, channel_switch->from_mhz);
		reject_switch(sta);
	} else if (channel_switch->state == SWITCH_ANNOUNCED && sta->roam.state != ROAM_IDLE) {
		sta->due_ns[STA_TIMER_SWITCH] = sta->now_ns + 5 * MS; /* off channel at the moment */
	} else if (channel_switch->state == SWITCH_ANNOUNCED && !channel_switch->to_mhz) {
		reject_switch(sta);
	} else if (channel_switch->state == SWITCH_ANNOUNCED) {
		channel_switch->state = SWITCH_MOVED;
		channel_switch->from_mhz = sta->ap.freq_mhz;
		tune_to(sta, channel_switch->to_mhz);
		sta->due_ns[STA_TIMER_SWITCH] = sta->now_ns + sta_link_beacon_loss_ns(sta);
		sta->due_ns[STA_TIMER_LINK] = sta->due_ns[STA_TIMER_SWITCH] + MS;
	}
}
