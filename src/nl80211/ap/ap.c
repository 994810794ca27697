/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the kernel, and its replies to requests. */
#include "nl80211/ap/state.h"

#include "base/mac.h"
#include "nl80211/frame.h"
#include "wire/ether.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void nlap_begin(struct nl80211_ap *plane, uint64_t now_ns, struct nl80211_requests *out)
{
	plane->now_ns = now_ns;
	plane->out = out;
}

/* ---- life ---- */

struct plane_capabilities nl80211_ap_capabilities(const struct nl80211_wiphy *wiphy)
{
	return (struct plane_capabilities){
		.confirms_start = true,
		.associates = wiphy->ap_sme,
		.early_stations = !wiphy->ap_sme && (wiphy->features & NL80211_FEATURE_FULL_AP_CLIENT_STATE),
		.protects_beacons = nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_BEACON_PROTECTION),
		.replaces_ptk = nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_CAN_REPLACE_PTK0),
		.changes_width = wiphy->features & NL80211_FEATURE_AP_MODE_CHAN_WIDTH_CHANGE};
}

static struct nlap_features features_of(const struct nl80211_wiphy *wiphy)
{
	return (struct nlap_features){
		.associates = wiphy->ap_sme,
		.early_stations = nl80211_ap_capabilities(wiphy).early_stations,
		.control_port =
			nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211) &&
			nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211_TX_STATUS),
		.control_port_no_preauth =
			nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_NO_PREAUTH),
		.akms_max = wiphy->akms_max,
		.changes_width = nl80211_ap_capabilities(wiphy).changes_width,
		.probe_client = nl80211_wiphy_has_command(wiphy, NL80211_CMD_PROBE_CLIENT),
	};
}

struct nl80211_ap *nl80211_ap_new(const struct nl80211_ap_setup *setup, uint64_t hash_key)
{
	struct nl80211_ap *plane = calloc(1, sizeof(*plane));

	if (!plane)
		return NULL;
	plane->setup = *setup;
	plane->setup.wiphy = NULL;
	plane->wiphy = setup->wiphy->index;
	plane->features = features_of(setup->wiphy);
	plane->table.hash_key = hash_key;
	for (unsigned i = 0; i < setup->bss_count; i++) {
		plane->bss[i].ifindex = setup->bss[i].ifindex;
		mac_copy(plane->bss[i].bssid, setup->bss[i].bssid);
	}
	return plane;
}

void nl80211_ap_free(struct nl80211_ap *plane)
{
	if (!plane)
		return;
	for (unsigned i = 0; i < plane->setup.bss_count; i++) {
		nlap_station_forget_all(plane, i);
		plane_events_free(&plane->bss[i].held);
		frame_free(plane->bss[i].beacon);
		frame_free(plane->bss[i].after);
	}
	plane_events_free(&plane->events);
	plane_event_release(&plane->taken);
	plane_actions_free(&plane->reports);
	mac_table_free(&plane->table);
	nlap_vlan_free_all(plane);
	free(plane->stations);
	free(plane->tx);
	free(plane);
}

/* ---- events of the kernel ---- */

/* The BSS of an interface, which may be that of a VLAN. */
static bool find_bss(const struct nl80211_ap *plane, int ifindex, unsigned *number)
{
	const struct nlap_vlan *vlan;

	for (*number = 0; *number < plane->setup.bss_count; ++*number)
		if (ifindex && plane->bss[*number].ifindex == ifindex)
			return true;
	vlan = nlap_vlan_by_ifindex(plane, ifindex);
	*number = vlan ? vlan->bss : 0;
	return vlan;
}

/* A reassociation that may get the group keys with its response (13.7.1). */
static bool is_transition(const struct frame *frame)
{
	struct mgmt mgmt;

	return (le16(frame->data) & FC_SUBTYPE) == MGMT_REASSOC_REQUEST &&
	       !mgmt_parse(&mgmt, frame->data, frame->len) && mgmt.ft.bytes;
}

/*
 * Is it the address of a station, neither a group's nor ours? mac80211 passes frames with any transmitter address, and an answer
 * to a group is for everybody: a deauthentication, which the kernel protects with the IGTK.
 */
static bool accept_sender(struct nl80211_ap *plane, unsigned number, const uint8_t *mac)
{
	bool accepted = !mac_is_group(mac) && !mac_is_zero(mac);

	for (unsigned i = 0; i < plane->setup.bss_count; i++)
		accepted = accepted && !mac_equal(mac, plane->bss[i].bssid);
	if (!accepted)
		nlap_drop(plane, number, DROP_FOREIGN_TRANSMITTER, mac);
	return accepted;
}

/* The kernel has dropped a frame in the clear that should have been protected. */
static void receive_management(struct nl80211_ap *plane, unsigned number, const struct nl80211_event *event)
{
	struct plane_event out = {.kind = PLANE_EVENT_MANAGEMENT, .bss = number};

	if (event->frame.len < DOT11_HDR_MIN) {
		nlap_drop(plane, number, DROP_TRUNCATED, NULL);
		return;
	}
	mac_copy(out.addr, event->frame.bytes + DOT11_OFF_ADDR2);
	if (!accept_sender(plane, number, out.addr))
		return;
	out.protected = le16(event->frame.bytes) & FC_PROTECTED;
	out.frame = nl80211_frame_read(event);
	if (!out.frame)
		nlap_drop(plane, number, DROP_NO_MEMORY, out.addr);
	else if (is_transition(out.frame) && nlap_key_query_pn(plane, number))
		nlap_queue(plane, &plane->bss[number].held, &out);
	else
		nlap_report(plane, &out);
}

/* A beacon of another BSS (REGISTER_BEACONS) belongs to no interface. */
static void receive_neighbour(struct nl80211_ap *plane, const struct nl80211_event *event)
{
	struct plane_event out = {.kind = PLANE_EVENT_NEIGHBOUR, .frame = nl80211_frame_read(event)};

	if (out.frame)
		nlap_report(plane, &out);
}

/* Control may answer with the group keys: it learns their packet numbers first. Takes the frame over; NULL: no memory. */
static void receive_eapol(struct nl80211_ap *plane, unsigned number, const uint8_t *sender, struct frame *frame,
			  bool protected)
{
	struct plane_event out = {.kind = PLANE_EVENT_EAPOL, .bss = number, .frame = frame, .protected = protected};

	if (!frame) {
		nlap_drop(plane, number, DROP_NO_MEMORY, sender);
		return;
	}
	mac_copy(out.addr, sender);
	if (nlap_key_query_pn(plane, number))
		nlap_queue(plane, &plane->bss[number].held, &out);
	else
		nlap_report(plane, &out);
}

/* The kernel passes frames of pre-authentication by the same event. */
static void receive_control_port(struct nl80211_ap *plane, unsigned number, const struct nl80211_event *event)
{
	if (event->ethertype != ETHERTYPE_EAPOL || !event->mac || !event->frame.bytes)
		nlap_drop(plane, number, DROP_EAPOL_UNEXPECTED, event->mac);
	else if (accept_sender(plane, number, event->mac))
		receive_eapol(plane, number, event->mac, nl80211_frame_read_eapol(event, plane->bss[number].bssid),
			      !event->unencrypted);
}

static void report_about(struct nl80211_ap *plane, unsigned number, const uint8_t *mac, struct plane_event event)
{
	if (!mac || !accept_sender(plane, number, mac))
		return;
	event.bss = number;
	mac_copy(event.addr, mac);
	nlap_report(plane, &event);
}

/* The interface went down, or another program has stopped the BSS. */
static void handle_stopped(struct nl80211_ap *plane, unsigned number, int ifindex)
{
	struct nlap_vlan *vlan = nlap_vlan_by_ifindex(plane, ifindex);

	if (vlan)
		nlap_vlan_removed(plane, vlan);
	if (vlan || !plane->bss[number].on_air)
		return;
	plane->bss[number].on_air = false;
	plane->failed = true;
	plane->failure = (struct nl80211_ap_failure){.bss = number};
}

static void handle_event(struct nl80211_ap *plane, unsigned number, const struct nl80211_event *event)
{
	switch (event->command) {
	case NL80211_CMD_FRAME:
		receive_management(plane, number, event);
		break;
	case NL80211_CMD_CONTROL_PORT_FRAME:
		receive_control_port(plane, number, event);
		break;
	case NL80211_CMD_FRAME_TX_STATUS:
	case NL80211_CMD_CONTROL_PORT_FRAME_TX_STATUS:
	case NL80211_CMD_PROBE_CLIENT:
		if (event->has_cookie)
			nlap_frame_status(plane, event->cookie, event->acked);
		break;
	case NL80211_CMD_UNEXPECTED_4ADDR_FRAME:
		report_about(plane, number, event->mac, (struct plane_event){.kind = PLANE_EVENT_FOUR_ADDRESS});
		break;
	case NL80211_CMD_UNEXPECTED_FRAME:
		report_about(plane, number, event->mac, (struct plane_event){.kind = PLANE_EVENT_UNEXPECTED});
		break;
	case NL80211_CMD_MICHAEL_MIC_FAILURE:
		report_about(plane, number, event->mac,
			     (struct plane_event){.kind = PLANE_EVENT_MICHAEL,
						  .group = event->key.type == NL80211_KEYTYPE_GROUP});
		break;
	case NL80211_CMD_NOTIFY_CQM:
		if (event->cqm.packets_lost >= PLANE_LOST_MAX)
			report_about(plane, number, event->mac,
				     (struct plane_event){.kind = PLANE_EVENT_LOSS, .lost = event->cqm.packets_lost});
		break;
	case NL80211_CMD_NEW_STATION:
		if (plane->features.associates && event->mac && event->ie.len)
			nlap_station_associated(plane, number, event->mac, event->ie);
		break;
	case NL80211_CMD_DEL_STATION:
		if (plane->features.associates && event->mac)
			nlap_station_gone(plane, number, event->mac, event->reason);
		break;
	case NL80211_CMD_CH_SWITCH_STARTED_NOTIFY:
	case NL80211_CMD_CH_SWITCH_NOTIFY:
		nlap_bss_switch_event(plane, number, event);
		break;
	case NL80211_CMD_STOP_AP:
	case NL80211_CMD_DEL_INTERFACE:
		handle_stopped(plane, number, event->ifindex);
		break;
	}
}

void nl80211_ap_event(struct nl80211_ap *plane, const struct nl80211_event *event, uint64_t now_ns,
		      struct nl80211_requests *out)
{
	unsigned number;

	nlap_begin(plane, now_ns, out);
	if (event->has_ifindex && find_bss(plane, event->ifindex, &number))
		handle_event(plane, number, event);
	else if (!event->has_ifindex && event->command == NL80211_CMD_FRAME && event->has_wiphy &&
		 event->wiphy == plane->wiphy)
		receive_neighbour(plane, event);
}

/*
 * A packet socket does not say whether the frame was protected, but control of an access point does not ask: the MIC of the
 * EAPOL-Key frame counts. mac80211 passes EAPOL in the clear in spite of a key.
 */
void nl80211_ap_packet(struct nl80211_ap *plane, int ifindex, const struct frame *frame, uint64_t now_ns,
		       struct nl80211_requests *out)
{
	unsigned number;

	nlap_begin(plane, now_ns, out);
	if (!find_bss(plane, ifindex, &number))
		return;
	if (frame->len > ETHER_HLEN)
		receive_eapol(plane, number, frame->data + offsetof(struct ether_hdr, src),
			      frame_from(frame->data, frame->len, 0, 0), true);
	else
		nlap_drop(plane, number, DROP_TRUNCATED, NULL);
}

bool nl80211_ap_has_control_port(const struct nl80211_ap *plane)
{
	return plane->features.control_port;
}

bool nl80211_ap_take_event(struct nl80211_ap *plane, struct plane_event *event)
{
	plane_event_release(&plane->taken);
	if (!plane_events_take(&plane->events, &plane->taken))
		return false;
	*event = plane->taken;
	return true;
}

struct plane_actions *nl80211_ap_reports(struct nl80211_ap *plane)
{
	return &plane->reports;
}

/* ---- replies ---- */

static void update_counters(struct nl80211_ap *plane, struct nlap_station *sta, const struct nl80211_station_info *info)
{
	struct nl80211_ap_counters *counters = &sta->counters;

	if (info->has_inactive)
		counters->heard_ns = plane->now_ns - info->inactive_ms * MS;
	counters->rx_frames = info->rx_frames;
	counters->rx_bytes = info->rx_bytes;
	counters->tx_frames = info->tx_frames;
	counters->tx_bytes = info->tx_bytes;
	counters->tx_lost = info->tx_failed;
	counters->signal_dbm = info->has_signal ? info->signal_dbm : 0;
}

/* The answer to GET_STATION. Without PROBE_CLIENT, a station that was heard since the last probe is present. */
static void handle_station_info(struct nl80211_ap *plane, unsigned number, const struct nl80211_request *request,
				const struct nl80211_reply *reply)
{
	struct nlap_station *sta = nlap_station_find(plane, number, request->addr);
	struct plane_event event = {.kind = PLANE_EVENT_STATION, .bss = number};
	struct nl80211_event answer;

	if (!sta || reply->error || !reply->count || !nl80211_reply_event(reply, 0, &answer) || !answer.station.present)
		return;
	update_counters(plane, sta, &answer.station);
	mac_copy(event.addr, request->addr);
	event.heard_ns = sta->counters.heard_ns;
	if (request->purpose == PURPOSE_PROBE)
		event.kind = answer.station.inactive_ms < 1000 ? PLANE_EVENT_HEARD : PLANE_EVENT_PROBE;
	if (request->purpose != PURPOSE_COUNTERS)
		nlap_report(plane, &event);
}

/* The kernel has no entry for the station: it cannot serve it. */
static void handle_station_reply(struct nl80211_ap *plane, unsigned number, const struct nl80211_request *request,
				 const struct nl80211_reply *reply)
{
	struct nlap_station *sta = nlap_station_find(plane, number, request->addr);

	if (reply->error)
		report_about(plane, number, request->addr, (struct plane_event){.kind = PLANE_EVENT_KEY_FAILED});
	else if (sta && sta->generation == request->cookie && request->purpose == PURPOSE_BIND)
		nlap_vlan_bound(plane, sta);
	else if (sta && sta->generation == request->cookie)
		nlap_vlan_settle(plane, sta);
}

static void handle_reply(struct nl80211_ap *plane, unsigned number, const struct nl80211_request *request,
			 const struct nl80211_reply *reply)
{
	switch ((enum nlap_purpose)request->purpose) {
	case PURPOSE_ANY:
	case PURPOSE_DEFAULTS:
		break;
	case PURPOSE_START:
	case PURPOSE_RESTART:
		nlap_bss_started(plane, number, reply, request->purpose == PURPOSE_RESTART);
		break;
	case PURPOSE_SWITCH:
		nlap_bss_switch_reply(plane, number, reply);
		break;
	case PURPOSE_STATION:
	case PURPOSE_BIND:
		handle_station_reply(plane, number, request, reply);
		break;
	case PURPOSE_GROUP_KEY:
	case PURPOSE_PAIRWISE_KEY:
		nlap_key_reply(plane, number, request, reply);
		break;
	case PURPOSE_FRAME:
	case PURPOSE_FAREWELL:
	case PURPOSE_EAPOL:
		nlap_frame_reply(plane, number, request, reply);
		break;
	case PURPOSE_VLAN:
		nlap_vlan_created(plane, number, request, reply);
		break;
	case PURPOSE_PORT:
		break;
	case PURPOSE_GROUP_PN:
		nlap_key_pn_reply(plane, number, request, reply);
		break;
	case PURPOSE_INACTIVITY:
	case PURPOSE_COUNTERS:
		handle_station_info(plane, number, request, reply);
		break;
	case PURPOSE_PROBE:
		if (request->command == NL80211_CMD_PROBE_CLIENT)
			nlap_frame_reply(plane, number, request, reply);
		else
			handle_station_info(plane, number, request, reply);
		break;
	}
}

/* The failure of a start is reported by nl80211_ap_failed(); frames, and what is removed, may be gone already. */
static bool is_worth_a_line(const struct nl80211_request *request)
{
	switch ((enum nlap_purpose)request->purpose) {
	case PURPOSE_SWITCH:
	case PURPOSE_STATION:
	case PURPOSE_BIND:
	case PURPOSE_GROUP_KEY:
	case PURPOSE_PAIRWISE_KEY:
	case PURPOSE_VLAN:
	case PURPOSE_PORT:
		return true;
	case PURPOSE_ANY:
		return request->command == NL80211_CMD_SET_BSS || request->command == NL80211_CMD_SET_WIPHY ||
		       request->command == NL80211_CMD_SET_BEACON;
	case PURPOSE_DEFAULTS:
	case PURPOSE_START:
	case PURPOSE_RESTART:
	case PURPOSE_FRAME:
	case PURPOSE_FAREWELL:
	case PURPOSE_EAPOL:
	case PURPOSE_GROUP_PN:
	case PURPOSE_INACTIVITY:
	case PURPOSE_COUNTERS:
	case PURPOSE_PROBE:
		break;
	}
	return false;
}

bool nl80211_ap_reply(struct nl80211_ap *plane, const struct nl80211_request *request,
		      const struct nl80211_reply *reply, uint64_t now_ns, struct nl80211_requests *out)
{
	unsigned number;
	bool found;

	nlap_begin(plane, now_ns, out);
	found = find_bss(plane, request->ifindex, &number);
	if (found)
		handle_reply(plane, number, request, reply);
	if (found && request->purpose == PURPOSE_ANY && !plane->bss[number].on_air)
		return true; /* it follows from the failure of the start */
	return !reply->error || !is_worth_a_line(request);
}

bool nl80211_ap_failed(struct nl80211_ap *plane, struct nl80211_ap_failure *failure)
{
	bool failed = plane->failed;

	*failure = plane->failure;
	plane->failed = false;
	return failed;
}

/* ---- time ---- */

void nl80211_ap_refresh(struct nl80211_ap *plane, uint64_t now_ns, struct nl80211_requests *out)
{
	nlap_begin(plane, now_ns, out);
	for (unsigned i = 0; plane->station_count && i < plane->setup.bss_count; i++)
		nlap_key_query_pn(plane, i);
}

bool nl80211_ap_is_refreshing(const struct nl80211_ap *plane)
{
	return plane->pn_queries;
}

uint64_t nl80211_ap_deadline(const struct nl80211_ap *plane)
{
	uint64_t deadline = NEVER;

	for (size_t i = 0; i < plane->station_count; i++)
		if (plane->stations[i]->farewell_ns < deadline)
			deadline = plane->stations[i]->farewell_ns;
	return deadline;
}

void nl80211_ap_tick(struct nl80211_ap *plane, uint64_t now_ns, struct nl80211_requests *out)
{
	nlap_begin(plane, now_ns, out);
	for (size_t i = plane->station_count; i--;)
		if (plane->stations[i]->farewell_ns <= now_ns)
			nlap_station_end_farewell(plane, plane->stations[i]);
}

/* ---- the operator ---- */

bool nl80211_ap_station(const struct nl80211_ap *plane, size_t nth, unsigned *bss, uint8_t addr[6])
{
	if (nth >= plane->station_count)
		return false;
	*bss = plane->stations[nth]->bss;
	mac_copy(addr, plane->stations[nth]->entry.addr);
	return true;
}

void nl80211_ap_revoke(struct nl80211_ap *plane, unsigned bss, const uint8_t addr[6], bool keep, uint64_t now_ns,
		       struct nl80211_requests *out)
{
	struct nlap_station *sta = nlap_station_find(plane, bss, addr);

	nlap_begin(plane, now_ns, out);
	if (sta && !keep)
		nlap_station_remove(plane, sta);
	else if (sta && sta->authorised)
		nlap_station_close_port(plane, sta);
}

bool nl80211_ap_counters(const struct nl80211_ap *plane, unsigned bss, const uint8_t addr[6],
			 struct nl80211_ap_counters *counters)
{
	const struct nlap_station *sta = nlap_station_find(plane, bss, addr);

	if (sta)
		*counters = sta->counters;
	return sta;
}

void nl80211_ap_query_counters(struct nl80211_ap *plane, uint64_t now_ns, struct nl80211_requests *out)
{
	nlap_begin(plane, now_ns, out);
	for (size_t i = 0; i < plane->station_count; i++)
		if (plane->stations[i]->in_kernel)
			nlap_request_to(plane, plane->stations[i]->bss, plane->stations[i]->entry.addr,
					NL80211_CMD_GET_STATION, PURPOSE_COUNTERS);
}
