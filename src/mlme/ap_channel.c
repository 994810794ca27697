/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves to another channel (11.8.8, 11.9). All BSSs move together: each has an announcing template and one for the new
 * channel, and for control the move is done when the plane reports it.
 *
 *	ap_switch_channel() ── PLANE_BSS_SWITCH of each BSS ──▶ announced ── PLANE_SWITCH_DONE of each BSS ──▶ moved
 *	                                                           └─ PLANE_SWITCH_FAILED, or no report: stays
 *
 * A driver may also move by itself: then the beacons must follow.
 */
#include "mlme/ap_ocv.h"
#include "mlme/ap_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

bool ap_is_switching(const struct ap *ap)
{
	return ap->channel_switch.active;
}

bool ap_switch_failed(const struct ap *ap)
{
	return ap->switch_failed;
}

static void note(struct ap *ap, struct ap_bss *bss, enum note note, uint16_t freq_mhz, uint16_t width_mhz)
{
	struct action *report = ap_note(ap, bss, note, bss->setup.bssid, 0);

	if (!report)
		return;
	report->freq = freq_mhz;
	snprintf(report->detail, sizeof(report->detail), "channel %u, %u MHz, %u MHz wide", freq_to_channel(freq_mhz),
		 freq_mhz, width_mhz ? width_mhz : 20);
}

static void set_channel(struct ap *ap, uint16_t freq_mhz, const struct ap_phy *phy)
{
	ap->setup.freq_mhz = freq_mhz;
	ap->setup.phy = *phy;
}

/* ---- the announcement ---- */

/* The template for the new channel, and what the plane must know of that channel. */
static struct ap_beacon new_beacon_after(struct ap_bss *bss, struct plane_channel *channel)
{
	struct ap *ap = bss->ap;
	const struct ap_channel_move *target = &ap->channel_switch.target;
	uint16_t freq_mhz = ap->setup.freq_mhz;
	struct ap_phy phy = ap->setup.phy;
	struct ap_beacon beacon;

	ap->channel_switch.active = false;
	set_channel(ap, target->freq_mhz, &target->phy);
	beacon = ap_beacon_new(bss, MGMT_BEACON, broadcast);
	*channel = ap_bss_channel(bss);
	set_channel(ap, freq_mhz, &phy);
	ap->channel_switch.active = true;
	return beacon;
}

static void act_switch(struct ap_bss *bss)
{
	struct ap *ap = bss->ap;
	const struct ap_channel_move *target = &ap->channel_switch.target;
	struct plane_channel channel;
	struct ap_beacon after = new_beacon_after(bss, &channel), beacon = ap_beacon_new(bss, MGMT_BEACON, broadcast);
	struct plane_action *action = ap_act_frame(ap, PLANE_BSS_SWITCH, bss, NULL, beacon.frame);

	if (!action) {
		frame_free(after.frame);
		return;
	}
	action->after = after.frame;
	action->bss_switch = (struct plane_bss_switch){.channel = channel,
						       .count = target->count,
						       .block_tx = target->block_tx,
						       .tim_offset = beacon.tim_offset,
						       .after_tim_offset = after.tim_offset};
	memcpy(action->bss_switch.count_offsets, beacon.count_offsets, sizeof(beacon.count_offsets));
}

/* 1 << index of each */
static uint32_t bss_on_air(const struct ap *ap)
{
	uint32_t set = 0;

	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		set |= ap->bss[i].off ? 0 : 1u << i;
	return set;
}

static const char *band_name(uint16_t freq_mhz)
{
	return freq_is_2ghz(freq_mhz) ? "2.4" : freq_is_6ghz(freq_mhz) ? "6" : "5";
}

static int check_move(const struct ap *ap, const struct ap_channel_move *move, struct error *error)
{
	const struct ap_setup *setup = &ap->setup;

	if (!ap->started || !bss_on_air(ap))
		return error_set(error, -ENETDOWN,
				 "cannot switch the channel: the network is not on the air; start it first");
	if (ap->channel_switch.active)
		return error_set(error, -EBUSY, "a switch to %u MHz is in progress: try again when it is complete",
				 ap->channel_switch.target.freq_mhz);
	if (!freq_to_channel(move->freq_mhz) || strcmp(band_name(move->freq_mhz), band_name(setup->freq_mhz)) != 0)
		return error_set(error, -EINVAL,
				 "%u MHz is not a channel of the %s GHz band: choose a channel of that band",
				 move->freq_mhz, band_name(setup->freq_mhz));
	if (!move->count)
		return error_set(error, -EINVAL,
				 "a channel switch needs at least one beacon to announce it: set a count");
	return 0;
}

/*
 * The primary channel stays. Stations follow the width of the operation elements (11.15.3, 11.38.4), so there is nothing to announce; and
 * mac80211 ends a network that announces a switch to the channel where it is.
 */
static bool changes_only_width(const struct ap *ap, const struct ap_channel_move *move)
{
	return ap->plane.changes_width && move->freq_mhz == ap->setup.freq_mhz && move->phy.width_mhz &&
	       ap->setup.phy.width_mhz;
}

static void change_width(struct ap *ap, const struct ap_channel_move *move)
{
	set_channel(ap, move->freq_mhz, &move->phy);
	ap->protection_stale = true;
	ap_answers_drop_probes(ap);
	for (unsigned i = 0; i < ap->setup.bss_count; i++) {
		if (ap->bss[i].off)
			continue;
		note(ap, &ap->bss[i], NOTE_SWITCHING, move->freq_mhz, move->phy.width_mhz);
		ap_bss_update(&ap->bss[i]);
		note(ap, &ap->bss[i], NOTE_SWITCHED, move->freq_mhz, move->phy.width_mhz);
	}
}

int ap_switch_channel(struct ap *ap, const struct ap_channel_move *move, uint64_t now_ns, struct plane_actions *out,
		      struct error *error)
{
	struct ap_channel_switch *channel_switch = &ap->channel_switch;
	int ret = check_move(ap, move, error);

	if (ret)
		return ret;
	ap_begin(ap, now_ns, out);
	ap->switch_failed = false;
	if (changes_only_width(ap, move)) {
		change_width(ap, move);
		ap_end(ap);
		return 0;
	}
	*channel_switch = (struct ap_channel_switch){
		.active = true,
		.target = *move,
		.deadline_ns = now_ns + (move->count + 1) * ap->setup.beacon_tu * TU + AP_SWITCH_TIMEOUT_NS,
		.waiting = bss_on_air(ap)};
	ap_answers_drop_probes(ap);
	for (unsigned i = 0; i < ap->setup.bss_count; i++) {
		if (ap->bss[i].off)
			continue;
		note(ap, &ap->bss[i], NOTE_SWITCHING, move->freq_mhz, move->phy.width_mhz);
		act_switch(&ap->bss[i]);
	}
	ap_end(ap);
	return 0;
}

/* ---- the end ---- */

static void finish(struct ap *ap)
{
	ap->channel_switch = (struct ap_channel_switch){0};
	ap->protection_stale = true;
	ap_answers_drop_probes(ap);
}

/* The neighbours of the old channel are out of range. */
static void enter_channel(struct ap *ap, uint16_t freq_mhz, const struct ap_phy *phy)
{
	if (freq_mhz != ap->setup.freq_mhz)
		ap->overlap.non_erp_until_ns = ap->overlap.non_ht_until_ns = 0;
	set_channel(ap, freq_mhz, phy);
}

static void handle_failure(struct ap *ap, struct ap_bss *bss)
{
	note(ap, bss, NOTE_SWITCH_FAILED, ap->setup.freq_mhz, ap->setup.phy.width_mhz);
	ap->switch_failed = true;
	ap->channel_switch.waiting &= ~(1u << bss->index);
	if (!ap->channel_switch.waiting)
		finish(ap);
}

static void handle_done(struct ap *ap, struct ap_bss *bss)
{
	const struct ap_channel_move *target = &ap->channel_switch.target;

	enter_channel(ap, target->freq_mhz, &target->phy);
	note(ap, bss, NOTE_SWITCHED, ap->setup.freq_mhz, ap->setup.phy.width_mhz);
	ap_ocv_switched(ap, bss);
	ap->channel_switch.waiting &= ~(1u << bss->index);
	if (!ap->channel_switch.waiting)
		finish(ap);
}

void ap_channel_leave(struct ap *ap, const struct ap_bss *bss)
{
	if (!ap->channel_switch.active || !(ap->channel_switch.waiting & 1u << bss->index))
		return;
	ap->channel_switch.waiting &= ~(1u << bss->index);
	if (!ap->channel_switch.waiting)
		finish(ap);
}

/* HT and VHT operation of the other channel. */
static void move_phy(struct ap_phy *phy, const struct plane_channel *channel)
{
	struct span rest = {phy->elements, phy->elements_len};
	struct element element;
	uint16_t center_80 = channel_center(channel->freq_mhz, 80);
	bool above = (channel->width_mhz == 40 ? channel->center_mhz : channel_center(channel->freq_mhz, 40)) >
		     channel->freq_mhz;

	phy->width_mhz = channel->width_mhz;
	phy->center_mhz = channel->center_mhz;
	while (element_next(&rest, &element)) {
		uint8_t *body = phy->elements + (element.body.bytes - phy->elements);

		if (element.id == EID_HT_OPERATION && element.body.len >= 2) {
			body[0] = (uint8_t)freq_to_channel(channel->freq_mhz);
			body[1] &= (uint8_t) ~(HT_SECONDARY_OFFSET | HT_ANY_WIDTH);
			if (channel->width_mhz >= 40)
				body[1] |= HT_ANY_WIDTH | (above ? HT_SECONDARY_ABOVE : HT_SECONDARY_BELOW);
		} else if (element.id == EID_VHT_OPERATION && element.body.len >= 3) {
			body[0] = channel->width_mhz >= 80;
			body[1] = body[0] ? (uint8_t)freq_to_center_channel(center_80) : 0;
			body[2] = channel->width_mhz == 160 ? (uint8_t)freq_to_center_channel(channel->center_mhz) : 0;
		}
	}
}

/* The driver has moved the BSS: its elements of 802.11n and later describe the new channel from now on. */
static void follow(struct ap *ap, struct ap_bss *bss, const struct plane_channel *channel)
{
	struct ap_phy phy = ap->setup.phy;

	if (channel->width_mhz)
		move_phy(&phy, channel);
	enter_channel(ap, channel->freq_mhz, &phy);
	note(ap, bss, NOTE_SWITCHED, channel->freq_mhz, channel->width_mhz);
	ap_bss_update(bss);
	ap_ocv_switched(ap, bss);
}

void ap_channel_event(struct ap *ap, struct ap_bss *bss, const struct plane_event *event)
{
	const struct ap_channel_switch *channel_switch = &ap->channel_switch;
	bool ours = channel_switch->waiting & 1u << bss->index;

	switch (event->switch_status) {
	case PLANE_SWITCH_STARTED:
		break;
	case PLANE_SWITCH_DONE:
		if (ours && event->channel.freq_mhz == channel_switch->target.freq_mhz)
			handle_done(ap, bss);
		else
			follow(ap, bss, &event->channel);
		break;
	case PLANE_SWITCH_FAILED:
		if (ours)
			handle_failure(ap, bss);
		break;
	}
}

uint64_t ap_channel_deadline(const struct ap *ap)
{
	return ap->channel_switch.active ? ap->channel_switch.deadline_ns : NEVER;
}

/* The plane does not say what has become of some BSSs: they have not moved. */
void ap_channel_tick(struct ap *ap)
{
	if (!ap->channel_switch.active || ap->now_ns < ap->channel_switch.deadline_ns)
		return;
	for (unsigned i = 0; ap->channel_switch.active && i < ap->setup.bss_count; i++)
		if (ap->channel_switch.waiting & 1u << i)
			handle_failure(ap, &ap->bss[i]);
}

void ap_channel_stop(struct ap *ap)
{
	ap->channel_switch = (struct ap_channel_switch){0};
}
