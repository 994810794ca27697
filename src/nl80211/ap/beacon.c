/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a BSS announces. The kernel makes the TIM, so the template of control is cut where the TIM belongs: the head ends
 * there, MAC header included, and the tail follows it. HT, VHT and HE are what the kernel reads out of the tail; the
 * parameters of SET_BSS it cannot read there, so they are read here.
 */
#include "nl80211/ap/state.h"

#include "nl80211/ap/channel.h"

#define RATES_MAX 32

/* ---- attributes ---- */

/* Head, tail, and the elements that firmware adds to frames that it makes itself. */
void nlap_put_beacon(struct nl80211_request *request, const struct frame *beacon, size_t tim_offset)
{
	static const int attributes[] = {NL80211_ATTR_IE, NL80211_ATTR_IE_PROBE_RESP, NL80211_ATTR_IE_ASSOC_RESP};
	size_t head = tim_offset < beacon->len ? tim_offset : beacon->len;
	struct element element;
	struct mgmt mgmt;

	nl80211_put_bytes(request, NL80211_ATTR_BEACON_HEAD, beacon->data, head);
	nl80211_put_bytes(request, NL80211_ATTR_BEACON_TAIL, beacon->data + head, beacon->len - head);
	if (mgmt_parse(&mgmt, beacon->data, beacon->len))
		return;
	while (element_next(&mgmt.body, &element))
		for (size_t i = 0; element.id == EID_EXT_CAPABILITIES && i < 3; i++)
			nl80211_put_bytes(request, attributes[i], element.whole.bytes, element.whole.len);
}

/* ---- SET_BSS ---- */

static size_t add_basic_rates(struct span rates, uint8_t *basic, size_t count)
{
	for (size_t i = 0; i < rates.len; i++)
		if (rates.bytes[i] & 0x80 && count < RATES_MAX)
			basic[count++] = rates.bytes[i] & 0x7f;
	return count;
}

/* mac80211 forwards frames between the stations of a BSS unless it is told not to. */
void nlap_request_parameters(struct nl80211_ap *plane, unsigned number)
{
	const struct nlap_bss *bss = &plane->bss[number];
	struct nl80211_request *request;
	uint8_t basic[RATES_MAX], erp = 0;
	struct element element;
	struct mgmt mgmt;
	size_t count;

	if (mgmt_parse(&mgmt, bss->beacon->data, bss->beacon->len))
		return;
	request = nlap_request(plane, number, NL80211_CMD_SET_BSS, PURPOSE_ANY);
	count = add_basic_rates(mgmt.ext_rates, basic, add_basic_rates(mgmt.rates, basic, 0));
	while (element_next(&mgmt.body, &element)) {
		if (element.id == EID_ERP && element.body.len)
			erp = element.body.bytes[0];
		if (element.id == EID_HT_OPERATION && element.body.len >= 4)
			nl80211_put_u16(request, NL80211_ATTR_BSS_HT_OPMODE, le16(element.body.bytes + 2));
	}
	nl80211_put_u8(request, NL80211_ATTR_BSS_CTS_PROT, (erp & ERP_USE_PROTECTION) != 0);
	nl80211_put_u8(request, NL80211_ATTR_BSS_SHORT_PREAMBLE, (mgmt.capability & CAPABILITY_SHORT_PREAMBLE) != 0);
	/* OFDM has no other slot time at 5 and 6 GHz (17.4.4), and no bit for it. */
	nl80211_put_u8(request, NL80211_ATTR_BSS_SHORT_SLOT_TIME,
		       !freq_is_2ghz(bss->setup.channel.freq_mhz) || (mgmt.capability & CAPABILITY_SHORT_SLOT));
	nl80211_put_bytes(request, NL80211_ATTR_BSS_BASIC_RATES, basic, count);
	nl80211_put_u8(request, NL80211_ATTR_AP_ISOLATE, bss->setup.isolate);
}

/* ---- SET_BEACON ---- */

void nlap_bss_take_template(struct nlap_bss *bss, struct frame *beacon, size_t tim_offset)
{
	frame_free(bss->beacon);
	bss->beacon = beacon;
	bss->setup.tim_offset = tim_offset;
}

/* The beacon says a width before the radio becomes narrower, and after it has become wider. */
static void set_width(struct nl80211_ap *plane, unsigned number, const struct plane_channel *channel)
{
	if (!plane->features.changes_width || channel->freq_mhz != plane->bss[number].setup.channel.freq_mhz)
		return;
	nl80211_ap_channel_put(nlap_request(plane, number, NL80211_CMD_SET_WIPHY, PURPOSE_ANY), channel);
	plane->bss[number].setup.channel = *channel;
}

void nlap_bss_update(struct nl80211_ap *plane, unsigned number, struct plane_action *action)
{
	struct nlap_bss *bss = &plane->bss[number];
	const struct plane_channel *channel = &action->bss_update.channel;

	if (!action->frame || !bss->on_air || bss->after)
		return;
	if (channel->width_mhz > bss->setup.channel.width_mhz)
		set_width(plane, number, channel);
	nlap_bss_take_template(bss, action->frame, action->bss_update.tim_offset);
	action->frame = NULL;
	nlap_put_beacon(nlap_request(plane, number, NL80211_CMD_SET_BEACON, PURPOSE_ANY), bss->beacon,
			bss->setup.tim_offset);
	nlap_request_parameters(plane, number);
	if (channel->width_mhz < bss->setup.channel.width_mhz)
		set_width(plane, number, channel);
}
