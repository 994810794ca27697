/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Channel switches: CHANNEL_SWITCH has the beacons that announce the switch and those for afterwards. The kernel counts down
 * in the former, and reports the beginning and the end. It may also move the BSS by itself, or for another program.
 */
#include "nl80211/ap/state.h"

#include "nl80211/ap/channel.h"

#include <errno.h>

static void report(struct nl80211_ap *plane, unsigned number, enum plane_switch_status status,
		   struct plane_channel channel)
{
	struct plane_event event = {
		.kind = PLANE_EVENT_BSS_SWITCH, .bss = number, .switch_status = status, .channel = channel};

	nlap_report(plane, &event);
}

/* The kernel counts offsets from the start of the tail. */
static void put_announcement(struct nl80211_request *request, const struct plane_action *action)
{
	const struct plane_bss_switch *bss_switch = &action->bss_switch;
	struct nlattr *nest = nl80211_nest_begin(request, NL80211_ATTR_CSA_IES);
	uint16_t offsets[2];
	size_t count = 0;

	nlap_put_beacon(request, action->frame, bss_switch->tim_offset);
	for (size_t i = 0; i < 2; i++)
		if (bss_switch->count_offsets[i] > bss_switch->tim_offset)
			offsets[count++] = (uint16_t)(bss_switch->count_offsets[i] - bss_switch->tim_offset);
	nl80211_put_bytes(request, NL80211_ATTR_CNTDWN_OFFS_BEACON, offsets, count * sizeof(offsets[0]));
	nl80211_nest_end(request, nest);
}

void nlap_bss_switch(struct nl80211_ap *plane, unsigned number, struct plane_action *action)
{
	struct nlap_bss *bss = &plane->bss[number];
	const struct plane_bss_switch *bss_switch = &action->bss_switch;
	struct nl80211_request *request;

	if (!action->frame || !action->after || !bss->on_air || bss->after) {
		report(plane, number, PLANE_SWITCH_FAILED, bss->setup.channel);
		return;
	}
	request = nlap_request(plane, number, NL80211_CMD_CHANNEL_SWITCH, PURPOSE_SWITCH);
	nl80211_ap_channel_put(request, &bss_switch->channel);
	nl80211_put_u32(request, NL80211_ATTR_CH_SWITCH_COUNT, bss_switch->count);
	if (bss_switch->block_tx)
		nl80211_put_flag(request, NL80211_ATTR_CH_SWITCH_BLOCK_TX);
	put_announcement(request, action);
	nlap_put_beacon(request, action->after, bss_switch->after_tim_offset);
	bss->after = action->after;
	bss->after_tim_offset = bss_switch->after_tim_offset;
	action->after = NULL;
	if (!request) /* no memory */
		nlap_bss_switch_reply(plane, number, &(struct nl80211_reply){.error = -ENOMEM});
}

void nlap_bss_switch_reply(struct nl80211_ap *plane, unsigned number, const struct nl80211_reply *reply)
{
	struct nlap_bss *bss = &plane->bss[number];

	if (!reply->error || !bss->after)
		return;
	frame_free(bss->after);
	bss->after = NULL;
	report(plane, number, PLANE_SWITCH_FAILED, bss->setup.channel);
}

/* ---- what the kernel reports ---- */

static bool same_channel(const struct plane_channel *a, const struct plane_channel *b)
{
	return a->freq_mhz == b->freq_mhz && a->width_mhz == b->width_mhz && a->center_mhz == b->center_mhz;
}

void nlap_bss_switch_event(struct nl80211_ap *plane, unsigned number, const struct nl80211_event *event)
{
	struct nlap_bss *bss = &plane->bss[number];
	struct plane_channel channel = {.freq_mhz = event->freq_mhz,
					.width_mhz = nl80211_width_mhz(event->channel_width),
					.center_mhz = event->center1_mhz};

	if (!bss->on_air || !event->freq_mhz)
		return;
	if (event->command == NL80211_CMD_CH_SWITCH_STARTED_NOTIFY) {
		report(plane, number, PLANE_SWITCH_STARTED, channel);
		return;
	}
	if (!bss->after && same_channel(&channel, &bss->setup.channel))
		return;
	bss->setup.channel = channel;
	if (bss->after)
		nlap_bss_take_template(bss, bss->after, bss->after_tim_offset);
	bss->after = NULL;
	report(plane, number, PLANE_SWITCH_DONE, channel);
}
