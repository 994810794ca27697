/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A BSS in the kernel: its registrations, its start and its end.
 *
 * The frames of strangers come to the socket that registered for them first: the registration fails if another program runs
 * an access point on the interface.
 */
#include "nl80211/ap/state.h"

#include "nl80211/ap/channel.h"

#include "base/mac.h"
#include "nl80211/frame.h"
#include "nl80211/key.h"
#include "wire/ether.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- registrations ---- */

/* mac80211 returns an action that nobody has registered for to its sender by itself (9.4.1.11). */
void nl80211_ap_register(struct nl80211_ap *plane, unsigned number, struct nl80211_requests *out)
{
	static const enum mgmt_subtype subtypes[] = {MGMT_AUTH,     MGMT_ASSOC_REQUEST, MGMT_REASSOC_REQUEST,
						     MGMT_DISASSOC, MGMT_DEAUTH,        MGMT_PROBE_REQUEST};
	static const uint8_t categories[] = {ACTION_CATEGORY_SA_QUERY, ACTION_CATEGORY_FT, ACTION_CATEGORY_MEASUREMENT,
					     ACTION_CATEGORY_WNM},
			     coexistence[] = {ACTION_CATEGORY_PUBLIC, ACTION_COEXISTENCE};
	int ifindex = plane->bss[number].ifindex;
	struct nl80211_request *request;

	if (plane->features.associates) /* it keeps them to itself */
		return;
	for (size_t i = 0; i < sizeof(subtypes) / sizeof(subtypes[0]); i++)
		nl80211_frame_register(out, ifindex, (uint16_t)subtypes[i], NULL, 0);
	for (size_t i = 0; i < sizeof(categories); i++)
		nl80211_frame_register(out, ifindex, MGMT_ACTION, &categories[i], 1);
	nl80211_frame_register(out, ifindex, MGMT_ACTION, coexistence, sizeof(coexistence));
	request = nl80211_requests_add(out, NL80211_CMD_UNEXPECTED_FRAME, ifindex);
	if (request)
		request->owner_socket = true;
	request = number ? NULL : nl80211_requests_add(out, NL80211_CMD_REGISTER_BEACONS, ifindex);
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
			add_number(suites->akms, &suites->akm_count, nl80211_akm(akm, false));
}

/* Drivers whose firmware makes the handshakes need these; mac80211 reads them and does nothing with most of them. */
/* The kernel refuses more AKMs than the driver can have: NL80211_MAX_NR_AKM_SUITES where that does not say. */
static void put_security(struct nl80211_request *request, const struct mgmt *beacon, unsigned akms_max)
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
	/* Without them the driver reads the beacon; mac80211 does not ask. */
	if (suites.akm_count <= (akms_max ? akms_max : NL80211_MAX_NR_AKM_SUITES))
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

/* The driver sends with the colour that the beacons announce. */
static void put_color(const struct nl80211_ap *plane, struct nl80211_request *request)
{
	struct nlattr *nest;

	if (!plane->setup.bss_color)
		return;
	nest = nl80211_nest_begin(request, NL80211_ATTR_HE_BSS_COLOR);
	nl80211_put_u8(request, NL80211_HE_BSS_COLOR_ATTR_COLOR, plane->setup.bss_color);
	if (plane->setup.partial_color)
		nl80211_put_flag(request, NL80211_HE_BSS_COLOR_ATTR_PARTIAL);
	nl80211_nest_end(request, nest);
}

/* The field SR Control (IEEE 802.11ax-2021, 9.4.2.252). */
#define REUSE_OTHER_OFFSET 0x04
#define REUSE_GROUP        0x08

static void put_bitmap(struct nl80211_request *request, int attribute, uint64_t bitmap)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(bitmap >> 8 * i);
	nl80211_put_bytes(request, attribute, bytes, sizeof(bytes));
}

/* The driver itself sends over other networks within the limits that the beacons announce. */
static void put_spatial_reuse(const struct nl80211_ap *plane, struct nl80211_request *request)
{
	const struct nl80211_ap_spatial_reuse *reuse = &plane->setup.reuse;
	struct nlattr *nest;

	if (!reuse->control)
		return;
	nest = nl80211_nest_begin(request, NL80211_ATTR_HE_OBSS_PD);
	nl80211_put_u8(request, NL80211_HE_OBSS_PD_ATTR_SR_CTRL, (uint8_t)reuse->control);
	if (reuse->control & REUSE_OTHER_OFFSET)
		nl80211_put_u8(request, NL80211_HE_OBSS_PD_ATTR_NON_SRG_MAX_OFFSET, (uint8_t)reuse->other_max_offset);
	if (reuse->control & REUSE_GROUP) {
		nl80211_put_u8(request, NL80211_HE_OBSS_PD_ATTR_MIN_OFFSET, (uint8_t)reuse->group_min_offset);
		nl80211_put_u8(request, NL80211_HE_OBSS_PD_ATTR_MAX_OFFSET, (uint8_t)reuse->group_max_offset);
		put_bitmap(request, NL80211_HE_OBSS_PD_ATTR_BSS_COLOR_BITMAP, reuse->group_colors);
		put_bitmap(request, NL80211_HE_OBSS_PD_ATTR_PARTIAL_BSSID_BITMAP, reuse->group_bssids);
	}
	nl80211_nest_end(request, nest);
}

/* One rate of the band, and no others. */
static void put_beacon_rate(const struct nl80211_ap *plane, struct nl80211_request *request, uint16_t freq_mhz)
{
	const struct nl80211_ap_beacon_rate *rate = &plane->setup.beacon_rate;
	uint8_t legacy = (uint8_t)(rate->value / 5), ht = (uint8_t)rate->value;
	uint16_t streams[NL80211_VHT_NSS_MAX] = {(uint16_t)(1u << rate->value % 16)};
	struct nlattr *rates, *band;

	if (rate->kind == BEACON_RATE_DEFAULT)
		return;
	rates = nl80211_nest_begin(request, NL80211_ATTR_TX_RATES);
	band = nl80211_nest_begin(request, freq_is_2ghz(freq_mhz)   ? NL80211_BAND_2GHZ
					   : freq_is_6ghz(freq_mhz) ? NL80211_BAND_6GHZ
								    : NL80211_BAND_5GHZ);
	/* An empty list of the others: the kernel wants exactly one rate. */
	nl80211_put_bytes(request, NL80211_TXRATE_LEGACY, &legacy, rate->kind == BEACON_RATE_LEGACY);
	if (rate->kind == BEACON_RATE_HT)
		nl80211_put_bytes(request, NL80211_TXRATE_HT, &ht, 1);
	if (rate->kind == BEACON_RATE_VHT)
		nl80211_put_bytes(request, NL80211_TXRATE_VHT, streams, sizeof(streams));
	if (rate->kind == BEACON_RATE_HE)
		nl80211_put_bytes(request, NL80211_TXRATE_HE, streams, sizeof(streams));
	nl80211_nest_end(request, band);
	nl80211_nest_end(request, rates);
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
	nlap_put_beacon(request, bss->beacon, setup->tim_offset);
	nl80211_put_u32(request, NL80211_ATTR_BEACON_INTERVAL, setup->beacon_tu);
	nl80211_put_u32(request, NL80211_ATTR_DTIM_PERIOD, setup->dtim_period);
	nl80211_put_bytes(request, NL80211_ATTR_SSID, setup->ssid, setup->ssid_len);
	nl80211_put_u32(request, NL80211_ATTR_HIDDEN_SSID, setup->hidden);
	put_security(request, &mgmt, plane->features.akms_max);
	put_control_port(plane, request);
	put_color(plane, request);
	put_spatial_reuse(plane, request);
	put_beacon_rate(plane, request, setup->channel.freq_mhz);
	nl80211_ap_channel_put(request, &setup->channel);
}

/* ---- parameters ---- */

static void request_thresholds(struct nl80211_ap *plane, unsigned number)
{
	uint32_t fragment = plane->bss[number].setup.fragment_threshold, rts = plane->setup.rts_threshold;
	struct nl80211_request *request;

	if (number || (!fragment && !rts))
		return;
	request = nlap_request(plane, number, NL80211_CMD_SET_WIPHY, PURPOSE_ANY);
	nl80211_put_u32(request, NL80211_ATTR_WIPHY_FRAG_THRESHOLD, fragment ? fragment : UINT32_MAX);
	nl80211_put_u32(request, NL80211_ATTR_WIPHY_RTS_THRESHOLD, rts ? rts : UINT32_MAX);
}

static void put_queue(struct nl80211_request *request, int ac, const struct nl80211_ap_queue *queue)
{
	struct nlattr *nest = nl80211_nest_begin(request, ac + 1);

	nl80211_put_u8(request, NL80211_TXQ_ATTR_AC, (uint8_t)ac);
	nl80211_put_u16(request, NL80211_TXQ_ATTR_TXOP, queue->txop);
	nl80211_put_u16(request, NL80211_TXQ_ATTR_CWMIN, queue->cw_min);
	nl80211_put_u16(request, NL80211_TXQ_ATTR_CWMAX, queue->cw_max);
	nl80211_put_u8(request, NL80211_TXQ_ATTR_AIFS, queue->aifs);
	nl80211_nest_end(request, nest);
}

/* The queues belong to the interface; setting it up has given them the driver's parameters. */
static void request_queues(struct nl80211_ap *plane, unsigned number)
{
	const struct nl80211_ap_queue *queues = plane->setup.queues;
	struct nl80211_request *request = NULL;
	struct nlattr *nest = NULL;

	for (int ac = 0; ac < NL80211_AP_QUEUES; ac++) {
		if (!queues[ac].cw_max)
			continue;
		if (!request) {
			request = nlap_request(plane, number, NL80211_CMD_SET_WIPHY, PURPOSE_DEFAULTS);
			nest = nl80211_nest_begin(request, NL80211_ATTR_WIPHY_TXQ_PARAMS);
		}
		if (request && queues[ac].given)
			request->purpose = PURPOSE_ANY;
		put_queue(request, ac, &queues[ac]);
	}
	nl80211_nest_end(request, nest);
}

/*
 * A driver that cannot do it sends group frames as ever. The setting is the interface's, and outlasts the network: it is
 * switched off again.
 */
static void request_multicast_to_unicast(struct nl80211_ap *plane, unsigned number, bool on)
{
	struct nl80211_request *request;

	if (!plane->bss[number].setup.multicast_to_unicast)
		return;
	request = nlap_request(plane, number, NL80211_CMD_SET_MULTICAST_TO_UNICAST, PURPOSE_ANY);
	if (on)
		nl80211_put_flag(request, NL80211_ATTR_MULTICAST_TO_UNICAST_ENABLED);
}

/* ---- life ---- */

void nlap_bss_start(struct nl80211_ap *plane, unsigned number, struct plane_action *action)
{
	struct nlap_bss *bss = &plane->bss[number];

	if (!action->frame)
		return;
	nlap_bss_take_template(bss, action->frame, 0);
	action->frame = NULL;
	frame_free(bss->after);
	bss->after = NULL;
	bss->setup = action->bss_setup;
	bss->gtk_id = bss->igtk_id = 0;
	bss->gtk_pn = bss->igtk_pn = 0;
	bss->on_air = true;
	/* Stations of an earlier instance. */
	nlap_request(plane, number, NL80211_CMD_DEL_STATION, PURPOSE_ANY);
	request_start(plane, number, PURPOSE_START);
	nlap_request_parameters(plane, number);
	request_thresholds(plane, number);
	request_queues(plane, number);
	request_multicast_to_unicast(plane, number, true);
}

void nlap_bss_started(struct nl80211_ap *plane, unsigned number, const struct nl80211_reply *reply, bool again)
{
	struct nlap_bss *bss = &plane->bss[number];

	if (!reply->error) {
		nlap_report(plane, &(struct plane_event){.kind = PLANE_EVENT_BSS_STARTED, .bss = number});
		return;
	}
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
	struct nl80211_request *request;

	nlap_station_forget_all(plane, number);
	nlap_vlan_stop_all(plane, number);
	plane_events_free(&bss->held);
	frame_free(bss->after);
	bss->after = NULL;
	request = bss->on_air ? nlap_request(plane, number, NL80211_CMD_STOP_AP, PURPOSE_ANY) : NULL;
	if (request) { /* it drops what is in the queues of the radio, and the keys of the stations */
		request->after_goodbye = true;
		request_multicast_to_unicast(plane, number, false);
	}
	bss->on_air = false;
}

/* ---- adding and removing BSSs ---- */

void nl80211_ap_set_ports(struct nl80211_ap *plane, unsigned number, const struct nl80211_ap_ports *ports)
{
	plane->setup.bss[number].ports = *ports;
}

void nl80211_ap_add_bss(struct nl80211_ap *plane, unsigned number, int ifindex, const uint8_t bssid[6],
			const struct nl80211_ap_ports *ports)
{
	struct nlap_bss *bss = &plane->bss[number];

	*bss = (struct nlap_bss){.ifindex = ifindex};
	mac_copy(bss->bssid, bssid);
	nl80211_ap_set_ports(plane, number, ports);
	if (plane->setup.bss_count <= number)
		plane->setup.bss_count = number + 1;
}

void nl80211_ap_remove_bss(struct nl80211_ap *plane, unsigned number)
{
	struct nlap_bss *bss = &plane->bss[number];
	size_t kept = 0;

	nlap_station_forget_all(plane, number);
	plane_events_free(&bss->held);
	frame_free(bss->beacon);
	frame_free(bss->after);
	*bss = (struct nlap_bss){0};
	for (size_t i = 0; i < plane->tx_count; i++)
		if (plane->tx[i].bss != number)
			plane->tx[kept++] = plane->tx[i];
	plane->tx_count = kept;
}
