/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A BSS in the kernel. The kernel makes the TIM, so the template of control is cut where the TIM belongs: the head ends
 * there, MAC header included, and the tail follows it. HT, VHT and HE are what the kernel reads out of the tail.
 *
 * The frames of strangers come to the socket that registered for them first: the registration fails if another program runs
 * an access point on the interface.
 */
#include "nl80211/ap/state.h"

#include "base/mac.h"
#include "nl80211/frame.h"
#include "nl80211/key.h"
#include "wire/ether.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EID_EXT_CAPABILITIES 127
#define RATES_MAX            32

/* ---- registrations ---- */

/* mac80211 returns an action that nobody has registered for to its sender by itself (9.4.1.11). */
void nl80211_ap_register(struct nl80211_ap *plane, unsigned number, struct nl80211_requests *out)
{
	static const enum mgmt_subtype subtypes[] = {MGMT_AUTH,     MGMT_ASSOC_REQUEST, MGMT_REASSOC_REQUEST,
						     MGMT_DISASSOC, MGMT_DEAUTH,        MGMT_PROBE_REQUEST};
	static const uint8_t sa_query = ACTION_CATEGORY_SA_QUERY;
	int ifindex = plane->bss[number].ifindex;
	struct nl80211_request *request;

	if (plane->features.associates) /* it keeps them to itself */
		return;
	for (size_t i = 0; i < sizeof(subtypes) / sizeof(subtypes[0]); i++)
		nl80211_frame_register(out, ifindex, (uint16_t)subtypes[i], NULL, 0);
	nl80211_frame_register(out, ifindex, MGMT_ACTION, &sa_query, 1);
	request = nl80211_requests_add(out, NL80211_CMD_UNEXPECTED_FRAME, ifindex);
	if (request)
		request->owner_socket = true;
}

static void fail(struct nl80211_ap *plane, unsigned number, uint8_t command, const struct nl80211_reply *reply)
{
	if (plane->failed)
		return;
	plane->failed = true;
	plane->failure = (struct nl80211_ap_failure){.bss = number, .command = command, .error = reply->error};
	snprintf(plane->failure.explanation, sizeof(plane->failure.explanation), "%s",
		 reply->explanation ? reply->explanation : "");
}

/* ---- START_AP ---- */

static void put_list(struct nl80211_request *request, int attribute, const uint32_t *list, size_t count)
{
	if (count)
		nl80211_put_bytes(request, attribute, list, count * sizeof(*list));
}

struct nlap_suites {
	uint32_t versions, pairwise[16], akms[16], group;
	size_t pairwise_count, akm_count;
};

static void add_number(uint32_t *list, size_t *count, uint32_t number)
{
	for (size_t i = 0; i < *count; i++)
		if (list[i] == number)
			return;
	if (*count < 16)
		list[(*count)++] = number;
}

static void add_suites(struct nlap_suites *suites, struct span element)
{
	struct rsn_element rsne;

	if (!element.bytes || rsn_element_parse(&rsne, element))
		return;
	suites->versions |= rsne.wpa ? NL80211_WPA_VERSION_1 : NL80211_WPA_VERSION_2;
	suites->group = nl80211_cipher(rsne.group);
	for (unsigned cipher = 0; cipher < CIPHER_COUNT; cipher++)
		if (rsne.pairwise & 1u << cipher)
			add_number(suites->pairwise, &suites->pairwise_count, nl80211_cipher(cipher));
	for (unsigned akm = 0; akm < AKM_COUNT; akm++)
		if (rsne.akms & 1u << akm)
			add_number(suites->akms, &suites->akm_count, nl80211_akm(akm, rsne.wpa));
}

/* Drivers whose firmware makes the handshakes need these; mac80211 reads them and does nothing with most of them. */
static void put_security(struct nl80211_request *request, const struct mgmt *beacon)
{
	struct nlap_suites suites = {0};

	nl80211_put_u32(request, NL80211_ATTR_AUTH_TYPE, NL80211_AUTHTYPE_OPEN_SYSTEM);
	if (beacon->capability & CAPABILITY_PRIVACY)
		nl80211_put_flag(request, NL80211_ATTR_PRIVACY);
	add_suites(&suites, beacon->wpa);
	add_suites(&suites, beacon->rsn);
	if (!suites.versions)
		return;
	nl80211_put_u32(request, NL80211_ATTR_WPA_VERSIONS, suites.versions);
	put_list(request, NL80211_ATTR_AKM_SUITES, suites.akms, suites.akm_count);
	put_list(request, NL80211_ATTR_CIPHER_SUITES_PAIRWISE, suites.pairwise, suites.pairwise_count);
	nl80211_put_u32(request, NL80211_ATTR_CIPHER_SUITE_GROUP, suites.group);
}

static void put_control_port(const struct nl80211_ap *plane, struct nl80211_request *request)
{
	nl80211_put_flag(request, NL80211_ATTR_SOCKET_OWNER);
	if (!plane->features.control_port)
		return;
	nl80211_put_u16(request, NL80211_ATTR_CONTROL_PORT_ETHERTYPE, ETHERTYPE_EAPOL);
	nl80211_put_flag(request, NL80211_ATTR_CONTROL_PORT_OVER_NL80211);
	if (plane->features.control_port_no_preauth)
		nl80211_put_flag(request, NL80211_ATTR_CONTROL_PORT_NO_PREAUTH);
}

/* Head, tail, and the elements that firmware adds to frames that it makes itself. */
static void put_beacon(struct nl80211_request *request, const struct frame *beacon, size_t tim_offset,
		       const struct mgmt *mgmt)
{
	static const int attributes[] = {NL80211_ATTR_IE, NL80211_ATTR_IE_PROBE_RESP, NL80211_ATTR_IE_ASSOC_RESP};
	size_t head = tim_offset < beacon->len ? tim_offset : beacon->len;
	struct span rest = mgmt->body;
	struct element element;

	nl80211_put_bytes(request, NL80211_ATTR_BEACON_HEAD, beacon->data, head);
	nl80211_put_bytes(request, NL80211_ATTR_BEACON_TAIL, beacon->data + head, beacon->len - head);
	while (element_next(&rest, &element))
		for (size_t i = 0; element.id == EID_EXT_CAPABILITIES && i < 3; i++)
			nl80211_put_bytes(request, attributes[i], element.whole.bytes, element.whole.len);
}

static void put_channel(struct nl80211_request *request, const struct plane_bss_setup *setup)
{
	enum nl80211_chan_width width = NL80211_CHAN_WIDTH_20_NOHT;

	switch (setup->width_mhz) {
	case 20:
		width = NL80211_CHAN_WIDTH_20;
		break;
	case 40:
		width = NL80211_CHAN_WIDTH_40;
		break;
	case 80:
		width = NL80211_CHAN_WIDTH_80;
		break;
	case 160:
		width = NL80211_CHAN_WIDTH_160;
		break;
	}
	nl80211_put_u32(request, NL80211_ATTR_WIPHY_FREQ, setup->freq_mhz);
	nl80211_put_u32(request, NL80211_ATTR_CHANNEL_WIDTH, width);
	nl80211_put_u32(request, NL80211_ATTR_CENTER_FREQ1, setup->center_mhz ? setup->center_mhz : setup->freq_mhz);
}

static void request_start(struct nl80211_ap *plane, unsigned number, enum nlap_purpose purpose)
{
	const struct nlap_bss *bss = &plane->bss[number];
	const struct plane_bss_setup *setup = &bss->setup;
	struct nl80211_request *request;
	struct mgmt mgmt;

	if (mgmt_parse(&mgmt, bss->beacon->data, bss->beacon->len))
		return;
	request = nlap_request(plane, number, NL80211_CMD_START_AP, purpose);
	if (request)
		request->owner_socket = true;
	put_beacon(request, bss->beacon, setup->tim_offset, &mgmt);
	nl80211_put_u32(request, NL80211_ATTR_BEACON_INTERVAL, setup->beacon_tu);
	nl80211_put_u32(request, NL80211_ATTR_DTIM_PERIOD, setup->dtim_period);
	nl80211_put_bytes(request, NL80211_ATTR_SSID, setup->ssid, setup->ssid_len);
	nl80211_put_u32(request, NL80211_ATTR_HIDDEN_SSID, setup->hidden);
	put_security(request, &mgmt);
	put_control_port(plane, request);
	put_channel(request, setup);
}

/* ---- parameters ---- */

static size_t add_basic_rates(struct span rates, uint8_t *basic, size_t count)
{
	for (size_t i = 0; i < rates.len; i++)
		if (rates.bytes[i] & 0x80 && count < RATES_MAX)
			basic[count++] = rates.bytes[i] & 0x7f;
	return count;
}

/* mac80211 forwards frames between the stations of a BSS unless it is told not to. */
static void request_parameters(struct nl80211_ap *plane, unsigned number)
{
	const struct nlap_bss *bss = &plane->bss[number];
	struct nl80211_request *request;
	uint8_t basic[RATES_MAX];
	size_t count;
	struct mgmt mgmt;

	if (mgmt_parse(&mgmt, bss->beacon->data, bss->beacon->len))
		return;
	request = nlap_request(plane, number, NL80211_CMD_SET_BSS, PURPOSE_ANY);
	count = add_basic_rates(mgmt.ext_rates, basic, add_basic_rates(mgmt.rates, basic, 0));
	nl80211_put_u8(request, NL80211_ATTR_BSS_CTS_PROT, 0);
	nl80211_put_u8(request, NL80211_ATTR_BSS_SHORT_PREAMBLE, 0);
	nl80211_put_u8(request, NL80211_ATTR_BSS_SHORT_SLOT_TIME, (mgmt.capability & CAPABILITY_SHORT_SLOT) != 0);
	nl80211_put_bytes(request, NL80211_ATTR_BSS_BASIC_RATES, basic, count);
	nl80211_put_u8(request, NL80211_ATTR_AP_ISOLATE, bss->setup.isolate);
	if (!number && (bss->setup.fragment_threshold || plane->setup.rts_threshold)) {
		request = nlap_request(plane, number, NL80211_CMD_SET_WIPHY, PURPOSE_ANY);
		nl80211_put_u32(request, NL80211_ATTR_WIPHY_FRAG_THRESHOLD,
				bss->setup.fragment_threshold ? bss->setup.fragment_threshold : UINT32_MAX);
		nl80211_put_u32(request, NL80211_ATTR_WIPHY_RTS_THRESHOLD,
				plane->setup.rts_threshold ? plane->setup.rts_threshold : UINT32_MAX);
	}
}

/* ---- life ---- */

static void take_template(struct nlap_bss *bss, struct plane_action *action)
{
	frame_free(bss->beacon);
	bss->beacon = action->frame;
	action->frame = NULL;
}

void nlap_bss_start(struct nl80211_ap *plane, unsigned number, struct plane_action *action)
{
	struct nlap_bss *bss = &plane->bss[number];

	if (!action->frame)
		return;
	take_template(bss, action);
	bss->setup = action->bss_setup;
	bss->gtk_id = bss->igtk_id = 0;
	bss->gtk_pn = bss->igtk_pn = 0;
	bss->on_air = true;
	/* Stations of an earlier instance. */
	nlap_request(plane, number, NL80211_CMD_DEL_STATION, PURPOSE_ANY);
	request_start(plane, number, PURPOSE_START);
	request_parameters(plane, number);
}

void nlap_bss_started(struct nl80211_ap *plane, unsigned number, const struct nl80211_reply *reply, bool again)
{
	struct nlap_bss *bss = &plane->bss[number];

	if (!reply->error)
		return;
	if (reply->error == -EALREADY && !again) {
		/* Nobody else has registered for the frames: a killed process has left this BSS. */
		nlap_request(plane, number, NL80211_CMD_STOP_AP, PURPOSE_ANY);
		request_start(plane, number, PURPOSE_RESTART);
		return;
	}
	bss->on_air = false;
	fail(plane, number, NL80211_CMD_START_AP, reply);
}

void nlap_bss_stop(struct nl80211_ap *plane, unsigned number)
{
	struct nlap_bss *bss = &plane->bss[number];

	nlap_station_forget_all(plane, number);
	plane_events_free(&bss->held);
	if (bss->on_air)
		nlap_request(plane, number, NL80211_CMD_STOP_AP, PURPOSE_ANY);
	bss->on_air = false;
}
