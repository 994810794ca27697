/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our access point goes to another channel, and says so: for some beacons by an element in them, or by an action frame
 * (IEEE 802.11-2020 11.8.8, 11.9).  We go with it; a link that stood goes on, keys and all.
 *
 *	NONE ── announced ──▶ ANNOUNCED ── its time ──▶ MOVED ── a beacon there ──▶ NONE
 *	 ▲                                                │
 *	 └──────────────── none: back, and ask ───────────┘
 *
 * Beacons can be forged.  So it is a move on trial: where no beacon comes we go back to where we were, and believe no
 * such thing for a while.  Where we may not go, the access point is asked at that time whether it is still there.
 */
#include "mlme/sta_state.h"

#include "wire/ie.h"

#include <stdio.h>

#define EARLY_NS    (2 * MS)      /* before the beacon that would be the first one there */
#define LATE_NS     (20 * MS)     /* behind it: who goes has gone */
#define DISTRUST_NS (60 * SECOND) /* after an announcement that was not true */

enum { SWITCH_ANNOUNCEMENT = 4 /* an action, of three categories */, CLASS_6GHZ = 131 };

/* Is it a channel that we may use?  Where we look is no word about it, unless it is said to be. */
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
	channel_switch->to_mhz = is_allowed(sta, freq) ? freq : 0;
	switch_ns = count && switch_ns > sta->now_ns ? switch_ns : sta->now_ns;
	sta->due_ns[STA_TIMER_SWITCH] = channel_switch->to_mhz ? switch_ns : switch_ns + LATE_NS;
}

/* Mode, new channel, count (9.4.2.18); of the extended kind with the operating class behind the mode (9.4.2.52). */
static void handle_element(struct sta *sta, struct span element, bool extended)
{
	const uint8_t *fields = element.bytes;
	unsigned channel;

	if (element.len != (extended ? 4u : 3u))
		return;
	channel = extended ? (fields[1] >= CLASS_6GHZ ? 0 : fields[2]) : fields[1];
	handle_announcement(sta, fields[0] == 1, channel_to_freq(channel), fields[element.len - 1]);
}

/* It is over, or was never meant. */
static void end_switch(struct sta *sta, struct actions *out)
{
	sta->channel_switch.state = SWITCH_NONE;
	sta->due_ns[STA_TIMER_SWITCH] = NEVER;
	sta_data_send_pending(sta, out);
}

void sta_switch_beacon(struct sta *sta, const struct mgmt *mgmt, uint16_t freq, struct actions *out)
{
	struct sta_switch *channel_switch = &sta->channel_switch;
	struct action *action;

	if (channel_switch->state == SWITCH_MOVED && freq == sta->ap.freq_mhz) {
		action = sta_note(sta, NOTE_CHANNEL, 0, out);
		if (action)
			snprintf(action->detail, sizeof action->detail, "channel %u", freq_to_channel(freq));
		end_switch(sta, out);
	}
	if (mgmt->csa.bytes)
		handle_element(sta, mgmt->csa, false);
	else if (mgmt->ecsa.bytes)
		handle_element(sta, mgmt->ecsa, true);
	else if (mgmt->subtype == MGMT_BEACON && channel_switch->state == SWITCH_ANNOUNCED &&
		 channel_switch->announced_in_beacon)
		end_switch(sta, out);
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
	/* Where management frames are protected, the public one has a dual that is. */
	if (mgmt->category == (sta->peer.mfp ? ACTION_CATEGORY_PROTECTED_DUAL : ACTION_CATEGORY_PUBLIC) &&
	    body.len >= 4) {
		handle_element(sta, (struct span){body.bytes, 4}, true);
		return true;
	}
	return false;
}

bool sta_switch_blocks_tx(const struct sta *sta)
{
	return sta->channel_switch.state == SWITCH_MOVED ||
	       (sta->channel_switch.state == SWITCH_ANNOUNCED && sta->channel_switch.tx_blocked);
}

static void tune_to(struct sta *sta, uint16_t freq, struct actions *out)
{
	struct bss *bss = bss_find(&sta->table, sta->ap.bssid, sta->ap.ssid, sta->ap.ssid_len);

	sta->ap.freq_mhz = freq;
	if (bss)
		bss->freq_mhz = freq;
	sta_tune(sta, freq, out);
}

/* It is not true, or not for us: is the access point still here? */
static void reject_switch(struct sta *sta, struct actions *out)
{
	sta->channel_switch.state = SWITCH_NONE;
	sta->channel_switch.distrust_until_ns = sta->now_ns + DISTRUST_NS;
	sta_data_send_pending(sta, out);
	sta_link_poll(sta, out);
}

void sta_switch_timer(struct sta *sta, struct actions *out)
{
	struct sta_switch *channel_switch = &sta->channel_switch;

	if (sta->state != STA_CONNECTED) {
		channel_switch->state = SWITCH_NONE;
	} else if (channel_switch->state == SWITCH_MOVED) {
		tune_to(sta, channel_switch->from_mhz, out);
		reject_switch(sta, out);
	} else if (channel_switch->state == SWITCH_ANNOUNCED && sta->roam.state != ROAM_IDLE) {
		sta->due_ns[STA_TIMER_SWITCH] = sta->now_ns + 5 * MS; /* we are elsewhere, for a moment */
	} else if (channel_switch->state == SWITCH_ANNOUNCED && !channel_switch->to_mhz) {
		reject_switch(sta, out);
	} else if (channel_switch->state == SWITCH_ANNOUNCED) {
		channel_switch->state = SWITCH_MOVED;
		channel_switch->from_mhz = sta->ap.freq_mhz;
		tune_to(sta, channel_switch->to_mhz, out);
		sta->due_ns[STA_TIMER_SWITCH] = sta->now_ns + sta_link_beacon_loss_ns(sta);
		sta->due_ns[STA_TIMER_LINK] = sta->due_ns[STA_TIMER_SWITCH] + MS;
	}
}
