/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A move of the radio to another channel (11.8.8, 11.9). All BSSs move at a TBTT of the first one that control names; their
 * beacons count the TBTTs that remain.
 *
 *	announcement ───────────────────────── hold ── leave ── move: tune, new templates, held frames
 *
 * The other BSSs have TBTTs of their own, later than the move. Their stations would expect the move there, so they are told
 * to leave at once, by an action frame, while the radio is still there to acknowledge their last frames.
 */
#include "softmac/ap/soft_ap_state.h"

#include "base/mac.h"

#define HOLD_NS  (10 * MS) /* frames that are sent earlier than this before the move arrive before it */
#define LEAVE_NS (2 * MS)

static const uint8_t broadcast[MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static void report(struct soft_ap *soft, const struct soft_bss *bss, enum plane_switch_status status)
{
	soft_report(soft, &(struct plane_event){.kind = PLANE_EVENT_BSS_SWITCH,
						.bss = bss->index,
						.switch_status = status,
						.channel = bss->setup.channel});
}

/* ---- begin and end ---- */

static void plan(struct soft_ap *soft, const struct soft_bss *bss, const struct plane_bss_switch *bss_switch)
{
	struct soft_ap_switch *plan = &soft->channel_switch;
	uint64_t interval_ns = bss->setup.beacon_tu * TU;

	*plan = (struct soft_ap_switch){.active = true,
					.channel = bss_switch->channel,
					.block_tx = bss_switch->block_tx,
					.at_ns = bss->beacon_ns + bss_switch->count * interval_ns};
	plan->hold_ns = plan->block_tx ? soft->now_ns : plan->at_ns - HOLD_NS;
	plan->leave_ns = plan->at_ns - LEAVE_NS;
}

void soft_switch_begin(struct soft_ap *soft, struct soft_bss *bss, struct plane_action *action)
{
	const struct plane_bss_switch *bss_switch = &action->bss_switch;
	bool joins = soft->channel_switch.active;

	if (!action->frame || !action->after || !bss->on_air || bss->after || !bss_switch->count ||
	    (joins && soft->channel_switch.channel.freq_mhz != bss_switch->channel.freq_mhz)) {
		report(soft, bss, PLANE_SWITCH_FAILED);
		return;
	}
	soft_flush(soft);
	if (!joins)
		plan(soft, bss, bss_switch);
	soft_bss_set_template(bss, action->frame, bss_switch->tim_offset);
	bss->count_offsets[0] = bss_switch->count_offsets[0];
	bss->count_offsets[1] = bss_switch->count_offsets[1];
	bss->after = action->after;
	bss->after_tim_offset = bss_switch->after_tim_offset;
	action->frame = action->after = NULL;
	report(soft, bss, PLANE_SWITCH_STARTED);
}

void soft_switch_stop(struct soft_ap *soft, struct soft_bss *bss)
{
	frame_free(bss->after);
	bss->after = NULL;
	for (unsigned i = 0; i < soft->bss_count; i++)
		if (soft->bss[i].after)
			return;
	soft->channel_switch.active = false;
}

/* ---- time ---- */

uint64_t soft_switch_deadline(const struct soft_ap *soft)
{
	const struct soft_ap_switch *plan = &soft->channel_switch;

	return plan->active ? earlier(plan->leave_ns, plan->at_ns) : NEVER;
}

/* Channel Switch Announcement (9.6.2.6) with count 0: any time from now on. */
static void tell_to_leave(struct soft_ap *soft, struct soft_bss *bss)
{
	const struct soft_ap_switch *plan = &soft->channel_switch;
	uint8_t csa[3] = {plan->block_tx, (uint8_t)freq_to_channel(plan->channel.freq_mhz), 0};
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, broadcast, bss->setup.bssid, bss->setup.bssid);
	struct frame *frame;
	enum drop drop = DROP_NO_MEMORY;

	write_u8(&writer, ACTION_CATEGORY_SPECTRUM);
	write_u8(&writer, ACTION_CHANNEL_SWITCH);
	write_element(&writer, EID_CSA, csa, sizeof(csa));
	frame = frame_writer_end(&writer);
	if (frame)
		drop = tx_management_group(&soft->tx, &bss->group_keys, bss->setup.pmf && bss->group_keys.igtk_id,
					   frame);
	if (drop)
		soft_drop(soft, drop, NULL);
}

static void tell_others_to_leave(struct soft_ap *soft)
{
	soft->channel_switch.leave_ns = NEVER;
	for (unsigned i = 0; i < soft->bss_count; i++)
		if (soft->bss[i].after && soft->bss[i].beacon_ns != soft->channel_switch.at_ns)
			tell_to_leave(soft, &soft->bss[i]);
}

static void move(struct soft_ap *soft)
{
	soft_flush(soft);
	soft_tune(soft, soft->channel_switch.channel.freq_mhz);
	for (unsigned i = 0; i < soft->bss_count; i++) {
		struct soft_bss *bss = &soft->bss[i];

		if (!bss->after)
			continue;
		soft_bss_set_template(bss, bss->after, bss->after_tim_offset);
		bss->after = NULL;
		bss->setup.channel = soft->channel_switch.channel;
		report(soft, bss, PLANE_SWITCH_DONE);
	}
	soft->channel_switch.active = false;
	soft_power_release(soft);
}

void soft_switch_tick(struct soft_ap *soft)
{
	if (!soft->channel_switch.active)
		return;
	if (soft->now_ns >= soft->channel_switch.leave_ns)
		tell_others_to_leave(soft);
	if (soft->now_ns >= soft->channel_switch.at_ns)
		move(soft);
}
