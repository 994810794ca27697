/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access point announces a channel switch, in an element of several beacons or in an action frame (IEEE 802.11-2020
 * 11.8.8, 11.9). The station follows; the connection keeps its keys.
 *
 *	NONE ── announced ──▶ ANNOUNCED ── switch time ──▶ MOVED ── a beacon on the new channel ──▶ NONE
 *	 ▲                                                   │
 *	 └──────── no beacon there: move back and poll ──────┘
 *
 * An attacker can forge beacons and action frames, but the beacons of the access point contradict them. So the station
 * trusts an announcement that was protected, or that came when a beacon was due and no other had come, and moves just before
 * the switch. It moves for another one only when the next beacon fails to come. The move is provisional: without a beacon on the new
 * channel the station moves back and ignores announcements for a while. If the station may not use the new channel, it
 * polls the access point at the switch time.
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

enum source { IN_BEACON, IN_ACTION, PROTECTED };

/* Has a beacon contradicted an announcement lately? */
static bool was_contradicted(const struct soft_sta *soft)
{
	const struct soft_sta_switch *channel_switch = &soft->channel_switch;

	return channel_switch->contradicted_ns && soft->now_ns - channel_switch->contradicted_ns < DISTRUST_NS;
}

static void note_beacon(struct soft_sta *soft)
{
	struct soft_sta_switch *channel_switch = &soft->channel_switch;

	channel_switch->in_place = soft->link.beacon_ns == soft->now_ns &&
				   soft->now_ns - channel_switch->beacon_ns >= soft->link.beacon_interval_ns * 3 / 4;
	channel_switch->beacon_ns = soft->now_ns;
}

/*
 * When the station moves: before the first beacon on the new channel, or when that beacon has not come on the present one.
 * `switch_ns`: the announced time.
 */
static uint64_t move_ns(const struct soft_sta *soft, uint64_t switch_ns)
{
	uint64_t next_beacon_ns = soft->channel_switch.beacon_ns + soft->link.beacon_interval_ns;

	if (soft->channel_switch.trusted && soft->channel_switch.to_mhz)
		return switch_ns;
	return (switch_ns > next_beacon_ns ? switch_ns : next_beacon_ns) + LATE_NS;
}

static void handle_announcement(struct soft_sta *soft, bool tx_blocked, uint16_t freq, unsigned count,
				enum source source)
{
	struct soft_sta_switch *channel_switch = &soft->channel_switch;
	uint64_t interval_ns = soft->link.beacon_interval_ns;
	uint64_t switch_ns = soft->link.beacon_ns + (uint64_t)count * interval_ns - EARLY_NS;

	if (!soft->connected || channel_switch->state == SWITCH_MOVED ||
	    soft->now_ns < channel_switch->distrust_until_ns || freq == soft->ap.freq_mhz ||
	    (source == IN_ACTION && was_contradicted(soft)))
		return;
	if (channel_switch->state == SWITCH_NONE) {
		channel_switch->trusted = false;
		channel_switch->silent_beacons = 0;
		if (is_allowed(soft, freq))
			soft_sta_report_link(soft,
					     (struct plane_event){.kind = PLANE_EVENT_SWITCHING, .freq_mhz = freq});
	}
	channel_switch->state = SWITCH_ANNOUNCED;
	/* A forger must not silence the station between the beacons that contradict it. */
	channel_switch->tx_blocked =
		tx_blocked && !channel_switch->silent_beacons && (source == PROTECTED || !was_contradicted(soft));
	channel_switch->to_mhz = is_allowed(soft, freq) ? freq : 0;
	switch_ns = count && switch_ns > soft->now_ns ? switch_ns : soft->now_ns;
	channel_switch->trusted |= source == PROTECTED || (source == IN_BEACON && count && channel_switch->in_place);
	soft->due_ns[SOFT_TIMER_SWITCH] = move_ns(soft, switch_ns);
}

/* Mode, new channel, count (9.4.2.18); the extended element has the operating class after the mode (9.4.2.52). */
static void handle_element(struct soft_sta *soft, struct span element, bool extended, enum source source)
{
	const uint8_t *fields = element.bytes;
	unsigned channel;

	if (element.len != (extended ? 4u : 3u))
		return;
	channel = extended ? (fields[1] >= CLASS_6GHZ ? 0 : fields[2]) : fields[1];
	handle_announcement(soft, fields[0] == 1, channel_to_freq(channel), fields[element.len - 1], source);
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
		channel_switch->contradicted_ns = soft->now_ns;
		end_switch(soft);
		return;
	}
	if (!channel_switch->trusted)
		soft->due_ns[SOFT_TIMER_SWITCH] = move_ns(soft, soft->due_ns[SOFT_TIMER_SWITCH] - LATE_NS);
	if (channel_switch->tx_blocked) {
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
	if (mgmt->subtype == MGMT_BEACON)
		note_beacon(soft);
	else
		channel_switch->in_place = false;
	if (mgmt->csa.bytes)
		handle_element(soft, mgmt->csa, false, IN_BEACON);
	else if (mgmt->ecsa.bytes)
		handle_element(soft, mgmt->ecsa, true, IN_BEACON);
	else if (mgmt->subtype == MGMT_BEACON && channel_switch->state == SWITCH_ANNOUNCED)
		handle_silent_beacon(soft);
	channel_switch->announced_in_beacon = mgmt->csa.bytes || mgmt->ecsa.bytes;
}

bool soft_sta_switch_action(struct soft_sta *soft, const struct mgmt *mgmt)
{
	enum source source = soft->peer.mfp ? PROTECTED : IN_ACTION;
	struct span body = mgmt->body;
	struct element element;

	if (mgmt->action != ACTION_CHANNEL_SWITCH)
		return false;
	if (mgmt->category == ACTION_CATEGORY_SPECTRUM && element_next(&body, &element) && element.id == EID_CSA) {
		handle_element(soft, element.body, false, source);
		return true;
	}
	/* With PMF only the protected dual of the public action counts. */
	if (mgmt->category == (soft->peer.mfp ? ACTION_CATEGORY_PROTECTED_DUAL : ACTION_CATEGORY_PUBLIC) &&
	    body.len >= 4) {
		handle_element(soft, (struct span){body.bytes, 4}, true, source);
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
		/* Off channel at the moment: it hears no beacon. */
		soft->due_ns[SOFT_TIMER_SWITCH] =
			soft->now_ns + (channel_switch->trusted ? 5 * MS : soft->link.beacon_interval_ns + LATE_NS);
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
