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
#include "softmac/sta/soft_sta_state.h"

#include "wire/ie.h"

#define EARLY_NS           (2 * MS)  /* before the first beacon on the new channel */
#define LATE_NS            (20 * MS) /* after it: the access point has moved */
#define SILENT_BEACONS_MAX 3
#define DISTRUST_NS        (60 * SECOND) /* after a false announcement */

#define CLASS_6GHZ 131 /* the first operating class of the 6 GHz band */

static bool is_allowed(const struct soft_sta *soft, uint16_t freq)
{
	if (!soft->ap.freqs)
		return freq;
	for (size_t i = 0; freq && i < soft->ap.freq_count; i++)
		if (soft->ap.freqs[i] == freq)
			return true;
	return false;
}

static void report_channel(struct soft_sta *soft, bool confirmed)
{
	soft_sta_report_link(
		soft,
		(struct plane_event){.kind = PLANE_EVENT_CHANNEL, .freq_mhz = soft->ap.freq_mhz, .acked = confirmed});
}

static void handle_announcement(struct soft_sta *soft, bool tx_blocked, uint16_t freq, unsigned count)
{
	struct soft_sta_switch *channel_switch = &soft->channel_switch;
	uint64_t switch_ns = soft->link.beacon_ns + (uint64_t)count * soft->link.beacon_interval_ns - EARLY_NS;

	if (!soft->connected || channel_switch->state == SWITCH_MOVED ||
	    soft->now_ns < channel_switch->distrust_until_ns || freq == soft->ap.freq_mhz)
		return;
	if (channel_switch->state == SWITCH_NONE && is_allowed(soft, freq))
		soft_sta_report_link(soft, (struct plane_event){.kind = PLANE_EVENT_SWITCHING, .freq_mhz = freq});
	channel_switch->state = SWITCH_ANNOUNCED;
	channel_switch->tx_blocked = tx_blocked;
	channel_switch->silent_beacons = 0;
	channel_switch->to_mhz = is_allowed(soft, freq) ? freq : 0;
	switch_ns = count && switch_ns > soft->now_ns ? switch_ns : soft->now_ns;
	soft->due_ns[SOFT_TIMER_SWITCH] = channel_switch->to_mhz ? switch_ns : switch_ns + LATE_NS;
}

/* Mode, new channel, count (9.4.2.18); the extended element has the operating class after the mode (9.4.2.52). */
static void handle_element(struct soft_sta *soft, struct span element, bool extended)
{
	const uint8_t *fields = element.bytes;
	unsigned channel;

	if (element.len != (extended ? 4u : 3u))
		return;
	channel = extended ? (fields[1] >= CLASS_6GHZ ? 0 : fields[2]) : fields[1];
	handle_announcement(soft, fields[0] == 1, channel_to_freq(channel), fields[element.len - 1]);
}

static void end_switch(struct soft_sta *soft)
{
	soft->channel_switch.state = SWITCH_NONE;
	soft->due_ns[SOFT_TIMER_SWITCH] = NEVER;
	soft_sta_data_send_pending(soft);
}

/*
 * The access point announces a switch in each beacon (11.8.8). After an action frame the first beacons may have been
 * prepared before it, but the station need not be silent any more.
 */
static void handle_silent_beacon(struct soft_sta *soft)
{
	struct soft_sta_switch *channel_switch = &soft->channel_switch;

	if (channel_switch->announced_in_beacon || ++channel_switch->silent_beacons >= SILENT_BEACONS_MAX) {
		end_switch(soft);
	} else if (channel_switch->tx_blocked) {
		channel_switch->tx_blocked = false;
		soft_sta_data_send_pending(soft);
	}
}

void soft_sta_switch_beacon(struct soft_sta *soft, const struct mgmt *mgmt, uint16_t freq)
{
	struct soft_sta_switch *channel_switch = &soft->channel_switch;

	if (channel_switch->state == SWITCH_MOVED && freq == soft->ap.freq_mhz) {
		report_channel(soft, true);
		end_switch(soft);
	}
	if (mgmt->csa.bytes)
		handle_element(soft, mgmt->csa, false);
	else if (mgmt->ecsa.bytes)
		handle_element(soft, mgmt->ecsa, true);
	else if (mgmt->subtype == MGMT_BEACON && channel_switch->state == SWITCH_ANNOUNCED)
		handle_silent_beacon(soft);
	channel_switch->announced_in_beacon = mgmt->csa.bytes || mgmt->ecsa.bytes;
}

bool soft_sta_switch_action(struct soft_sta *soft, const struct mgmt *mgmt)
{
	struct span body = mgmt->body;
	struct element element;

	if (mgmt->action != ACTION_CHANNEL_SWITCH)
		return false;
	if (mgmt->category == ACTION_CATEGORY_SPECTRUM && element_next(&body, &element) && element.id == EID_CSA) {
		handle_element(soft, element.body, false);
		return true;
	}
	/* With PMF only the protected dual of the public action counts. */
	if (mgmt->category == (soft->peer.mfp ? ACTION_CATEGORY_PROTECTED_DUAL : ACTION_CATEGORY_PUBLIC) &&
	    body.len >= 4) {
		handle_element(soft, (struct span){body.bytes, 4}, true);
		return true;
	}
	return false;
}

static void tune_to(struct soft_sta *soft, uint16_t freq)
{
	soft->ap.freq_mhz = freq;
	report_channel(soft, false);
	soft_sta_tune(soft, freq);
}

/* The announcement was false, or the channel is not allowed: is the access point still here? */
static void reject_switch(struct soft_sta *soft)
{
	soft->channel_switch.state = SWITCH_NONE;
	soft->channel_switch.distrust_until_ns = soft->now_ns + DISTRUST_NS;
	soft_sta_data_send_pending(soft);
	soft_sta_link_poll(soft);
}

void soft_sta_switch_timer(struct soft_sta *soft)
{
	struct soft_sta_switch *channel_switch = &soft->channel_switch;

	if (!soft->connected) {
		channel_switch->state = SWITCH_NONE;
	} else if (channel_switch->state == SWITCH_MOVED) {
		tune_to(soft, channel_switch->from_mhz);
		reject_switch(soft);
	} else if (channel_switch->state == SWITCH_ANNOUNCED && soft->scan.state != SCAN_IDLE) {
		soft->due_ns[SOFT_TIMER_SWITCH] = soft->now_ns + 5 * MS; /* off channel at the moment */
	} else if (channel_switch->state == SWITCH_ANNOUNCED && !channel_switch->to_mhz) {
		reject_switch(soft);
	} else if (channel_switch->state == SWITCH_ANNOUNCED) {
		channel_switch->state = SWITCH_MOVED;
		channel_switch->from_mhz = soft->ap.freq_mhz;
		tune_to(soft, channel_switch->to_mhz);
		soft->due_ns[SOFT_TIMER_SWITCH] = soft->now_ns + soft_sta_link_beacon_loss_ns(soft);
		soft->due_ns[SOFT_TIMER_LINK] = soft->due_ns[SOFT_TIMER_SWITCH] + MS;
	}
}
