/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dispatches actions, replies and events. */
#include "nl80211/sta/state.h"

#include "base/mac.h"
#include "nl80211/driver_flags.h"
#include "nl80211/interface.h"
#include "nl80211/frame.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool runs_handshakes(const struct nl80211_wiphy *wiphy)
{
	return !nl80211_wiphy_has_sme(wiphy) &&
	       nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_4WAY_HANDSHAKE_STA_PSK);
}

static uint8_t modes(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz)
{
	const struct nl80211_band_info *band = nl80211_wiphy_band(wiphy, freq_mhz);
	uint8_t set = band && band->ht ? PLANE_HT : 0;

	if (band && band->vht)
		set |= PLANE_VHT;
	for (size_t i = 0; band && i < band->he_count; i++)
		if (band->he[i].iftypes >> NL80211_IFTYPE_STATION & 1)
			set |= PLANE_HE;
	return set;
}

static uint16_t width(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz)
{
	const struct nl80211_band_info *band = nl80211_wiphy_band(wiphy, freq_mhz);

	if (band && band->vht && !freq_is_2ghz(freq_mhz))
		return band->vht_capab & VHT_CAPAB_WIDTH ? 160 : 80;
	return band && band->ht && (band->ht_capab & HT_CAPAB_WIDTH_40) ? 40 : 20;
}

struct plane_capabilities nl80211_sta_capabilities(const struct nl80211_wiphy *wiphy)
{
	return (struct plane_capabilities){
		.protects_beacons = nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_BEACON_PROTECTION) ||
				    nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_BEACON_PROTECTION_CLIENT),
		.replaces_ptk = nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_CAN_REPLACE_PTK0),
		.repeats_requests = true,
		.connects = !nl80211_wiphy_has_sme(wiphy),
		.handshakes = runs_handshakes(wiphy),
		.confirms_port = true,
		.rekeys_groups =
			!runs_handshakes(wiphy) && nl80211_wiphy_has_command(wiphy, NL80211_CMD_SET_REKEY_OFFLOAD),
		.schedules_scans = nl80211_wiphy_has_command(wiphy, NL80211_CMD_START_SCHED_SCAN),
		.changes_address = true,
		.measures = nl80211_claims_rrm(wiphy),
		.inserts_tx_power = wiphy->features & NL80211_FEATURE_TX_POWER_INSERTION,
		.modes_2ghz = modes(wiphy, 2412),
		.modes_5ghz = modes(wiphy, 5180),
		.width_2ghz_mhz = width(wiphy, 2412),
		.width_5ghz_mhz = width(wiphy, 5180),
		.hides_beacons = true};
}

struct nl80211_sta *nl80211_sta_new(const struct nl80211_sta_setup *setup)
{
	struct nl80211_sta *sta = calloc(1, sizeof(*sta));

	if (!sta)
		return NULL;
	sta->setup = *setup;
	sta->connects = !nl80211_wiphy_has_sme(setup->wiphy);
	sta->handshakes = runs_handshakes(setup->wiphy);
	sta->control_port = nl80211_wiphy_has_feature(setup->wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211);
	sta->scan.due_ns = sta->signal_due_ns = sta->keep_alive_due_ns = sta->port_due_ns = NEVER;
	return sta;
}

void nl80211_sta_free(struct nl80211_sta *sta)
{
	if (!sta)
		return;
	nl80211_sta_forget(sta);
	plane_events_free(&sta->events);
	plane_actions_free(&sta->reports);
	free(sta);
}

bool nl80211_sta_has_control_port(const struct nl80211_sta *sta)
{
	return sta->control_port;
}

bool nl80211_sta_take_event(struct nl80211_sta *sta, struct plane_event *event)
{
	return plane_events_take(&sta->events, event);
}

struct plane_actions *nl80211_sta_reports(struct nl80211_sta *sta)
{
	return &sta->reports;
}

/* ---- the beginning ---- */

/* Action frames that control answers. The driver answers others of unknown categories itself (10.28.4). */
void nl80211_sta_register(const struct nl80211_sta *sta, struct nl80211_requests *out)
{
	static const uint8_t matches[][2] = {
		{ACTION_CATEGORY_SA_QUERY, SA_QUERY_REQUEST},
		{ACTION_CATEGORY_SA_QUERY, SA_QUERY_RESPONSE},
		{ACTION_CATEGORY_FT, ACTION_FT_RESPONSE},
		{ACTION_CATEGORY_WNM, ACTION_TRANSITION_REQUEST},
		{ACTION_CATEGORY_MEASUREMENT, ACTION_MEASUREMENT_REQUEST},
		{ACTION_CATEGORY_MEASUREMENT, ACTION_LINK_REQUEST},
		{ACTION_CATEGORY_MEASUREMENT, ACTION_NEIGHBOR_RESPONSE},
		{ACTION_CATEGORY_WNM, ACTION_SLEEP_RESPONSE},
	};

	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++)
		nl80211_frame_register(out, sta->setup.ifindex, MGMT_ACTION, matches[i], sizeof(matches[i]));
}

static void set_power_save(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	struct nl80211_request *request = nl80211_requests_add(out, NL80211_CMD_SET_POWER_SAVE, sta->setup.ifindex);

	nl80211_put_u32(request, NL80211_ATTR_PS_STATE,
			sta->setup.power_save ? NL80211_PS_ENABLED : NL80211_PS_DISABLED);
	if (request)
		request->purpose = STA_REPORT_ERROR;
}

void nl80211_sta_begin(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	struct nl80211_request *request;

	sta->schedule = (struct sta_schedule_job){0}; /* it has ended with the interface */
	/* A program that was killed may have left an association. */
	request = nl80211_requests_add(out, NL80211_CMD_DISCONNECT, sta->setup.ifindex);
	nl80211_put_u16(request, NL80211_ATTR_REASON_CODE, REASON_LEAVING);
	if (request)
		request->purpose = STA_IGNORE_ERROR;
	if (sta->setup.power_save >= 0)
		set_power_save(sta, out);
	sta->operstate_up = true;
	nl80211_sta_carrier(sta, false, out);
}

void nl80211_sta_adopt_address(struct nl80211_sta *sta, const uint8_t addr[6])
{
	mac_copy(sta->setup.addr, addr);
}

/* ---- actions ---- */

static void report_address(struct nl80211_sta *sta, const uint8_t *addr)
{
	struct plane_event *event = nl80211_sta_add_event(sta, PLANE_EVENT_ADDRESS);

	if (event)
		mac_copy(event->addr, addr);
}

/* A driver can change this while the interface is up. Without four addresses it must not be a port of a bridge: EBUSY. */
static void set_four_address(struct nl80211_sta *sta, bool on, struct nl80211_requests *out)
{
	struct nl80211_request *request;

	if (on == sta->four_address)
		return;
	request = nl80211_interface_set_type(out, sta->setup.ifindex, NL80211_IFTYPE_STATION);
	nl80211_put_u8(request, NL80211_ATTR_4ADDR, on);
	if (!request)
		return;
	request->purpose = STA_FOUR_ADDRESS;
	request->cookie = on;
}

bool nl80211_sta_has_four_address(const struct nl80211_sta *sta)
{
	return sta->four_address;
}

static void begin_link(struct nl80211_sta *sta, const struct plane_link *link, struct nl80211_requests *out)
{
	if (sta->connects && sta->phase == PHASE_ASSOCIATED)
		nl80211_sta_replace(sta, out);
	else
		nl80211_sta_leave(sta, 0, out);
	nl80211_sta_scan_cancel(sta, out);
	nl80211_sta_schedule_stop(sta, true, out);
	set_four_address(sta, link->four_address, out);
	sta->link = *link;
	sta->linked = true;
}

/* The interface is set down for it, which ends a scan. */
static void change_address(struct nl80211_sta *sta, const uint8_t *addr, struct nl80211_requests *out)
{
	struct nl80211_request *request;

	nl80211_sta_leave(sta, 0, out);
	nl80211_sta_scan_cancel(sta, out);
	nl80211_sta_schedule_stop(sta, false, out);
	request = nl80211_requests_add_address(out, sta->setup.ifindex, addr);
	if (!request) {
		report_address(sta, sta->setup.addr);
		return;
	}
	request->purpose = STA_ADDRESS;
	mac_copy(sta->previous_addr, sta->setup.addr);
	mac_copy(sta->setup.addr, addr);
}

static void apply(struct nl80211_sta *sta, struct plane_action *action, uint64_t now_ns, struct nl80211_requests *out)
{
	switch (action->kind) {
	case PLANE_LINK:
		begin_link(sta, &action->link, out);
		break;
	case PLANE_AUTHENTICATE:
	case PLANE_ASSOCIATE:
		nl80211_sta_join(sta, action, out);
		break;
	case PLANE_REKEY_DATA:
		nl80211_sta_put_rekey(sta, &action->rekey, out);
		break;
	case PLANE_SCHEDULE:
		nl80211_sta_schedule(sta, &action->schedule, out);
		break;
	case PLANE_SCAN:
		nl80211_sta_schedule_stop(sta, false, out); /* not every driver has both at once */
		nl80211_sta_scan_begin(sta, &action->scan, now_ns, out);
		break;
	case PLANE_STATION_SET:
		nl80211_sta_set_station(sta, &action->station, now_ns, out);
		break;
	case PLANE_STATION_REMOVE:
		nl80211_sta_leave(sta, 0, out);
		break;
	case PLANE_KEY_INSTALL:
		nl80211_sta_install_key(sta, &action->key, out);
		break;
	case PLANE_MANAGEMENT:
		nl80211_sta_send_management(sta, action, out);
		break;
	case PLANE_EAPOL:
		nl80211_sta_send_eapol(sta, action, out);
		break;
	case PLANE_WATCH:
		nl80211_sta_watch(sta, &action->watch, out);
		break;
	case PLANE_ADDRESS:
		change_address(sta, action->addr, out);
		break;
	case PLANE_TUNE: /* each request to join names its channel */
	case PLANE_REPORT:
	case PLANE_BSS_START:
	case PLANE_BSS_UPDATE:
	case PLANE_BSS_SWITCH:
	case PLANE_BSS_STOP:
	case PLANE_VLAN_START:
	case PLANE_VLAN_STOP:
	case PLANE_STATION_ADD:
	case PLANE_STATION_PROBE:
	case PLANE_STATION_QUERY:
	case PLANE_STATION_WATCH:
	case PLANE_KEY_EXPECT:
	case PLANE_KEY_DEFAULT:
	case PLANE_KEY_REMOVE:
		break;
	}
}

void nl80211_sta_apply(struct nl80211_sta *sta, struct plane_actions *actions, uint64_t now_ns,
		       struct nl80211_requests *out)
{
	for (size_t i = 0; i < actions->count; i++)
		apply(sta, &actions->list[i], now_ns, out);
}

void nl80211_sta_end_association(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	if (sta->phase == PHASE_ASSOCIATED)
		nl80211_sta_leave(sta, 0, out);
}

/* ---- replies ---- */

/* Events were lost. Does the kernel still know the access point? */
static void handle_state(struct nl80211_sta *sta, const struct nl80211_reply *reply)
{
	if (!reply->error || sta->phase != PHASE_ASSOCIATED)
		return;
	nl80211_sta_forget(sta);
	nl80211_sta_add_event(sta, PLANE_EVENT_LOST);
}

bool nl80211_sta_reply(struct nl80211_sta *sta, const struct nl80211_request *request,
		       const struct nl80211_reply *reply, uint64_t now_ns, struct nl80211_requests *out)
{
	switch ((enum sta_purpose)request->purpose) {
	case STA_IGNORE_ERROR:
		return true;
	case STA_REPORT_ERROR:
		return !reply->error;
	case STA_SCAN:
	case STA_SCAN_RESULTS:
		return nl80211_sta_scan_reply(sta, request, reply, now_ns);
	case STA_SCHEDULE:
	case STA_SCHEDULE_STOP:
	case STA_SCHEDULE_RESULTS:
		return nl80211_sta_schedule_reply(sta, request, reply, now_ns);
	case STA_FIND_AGAIN:
		/* While another scan is under way its results serve as well. */
		if (reply->error && reply->error != -EBUSY && sta->job.finding)
			nl80211_sta_join_found(sta, out);
		return true;
	case STA_JOIN:
		return nl80211_sta_join_reply(sta, reply, out);
	case STA_LEAVE:
		nl80211_sta_left(sta, reply, now_ns);
		return true;
	case STA_ROAMED:
		nl80211_sta_roamed(sta, reply, now_ns);
		return !reply->error;
	case STA_ADDRESS:
		if (reply->error) {
			mac_copy(sta->setup.addr, sta->previous_addr);
			report_address(sta, sta->setup.addr);
		}
		return !reply->error;
	case STA_KEY:
		if (reply->error)
			nl80211_sta_key_failed(sta, request);
		return !reply->error;
	case STA_AUTHORISE:
		return nl80211_sta_port_reply(sta, reply, now_ns, out);
	case STA_CARRIER:
		if (reply->error)
			nl80211_sta_port_opened(sta);
		return !reply->error;
	case STA_SIGNAL:
		nl80211_sta_read_signal(sta, reply);
		return true;
	case STA_FOUR_ADDRESS:
		if (!reply->error)
			sta->four_address = request->cookie;
		return !reply->error || !request->cookie;
	case STA_WATCH:
		sta->watched = !reply->error;
		return true;
	case STA_STATE:
		handle_state(sta, reply);
		return true;
	}
	return true;
}

/* ---- events ---- */

void nl80211_sta_event(struct nl80211_sta *sta, const struct nl80211_event *event, uint64_t now_ns,
		       struct nl80211_requests *out)
{
	if (event->ifindex != sta->setup.ifindex)
		return;
	switch (event->command) {
	case NL80211_CMD_TRIGGER_SCAN:
		nl80211_sta_scan_started(sta);
		break;
	case NL80211_CMD_NEW_SCAN_RESULTS:
	case NL80211_CMD_SCAN_ABORTED:
		if (sta->job.finding)
			nl80211_sta_join_found(sta, out);
		else
			nl80211_sta_scan_event(sta, now_ns, out);
		break;
	case NL80211_CMD_SCHED_SCAN_RESULTS:
	case NL80211_CMD_SCHED_SCAN_STOPPED:
		nl80211_sta_schedule_event(sta, event->command, out);
		break;
	case NL80211_CMD_AUTHENTICATE:
	case NL80211_CMD_ASSOCIATE:
	case NL80211_CMD_CONNECT:
	case NL80211_CMD_DEAUTHENTICATE:
	case NL80211_CMD_DISASSOCIATE:
	case NL80211_CMD_DISCONNECT:
	case NL80211_CMD_ROAM:
	case NL80211_CMD_PORT_AUTHORIZED:
		nl80211_sta_join_event(sta, event, now_ns, out);
		break;
	default:
		nl80211_sta_link_event(sta, event, out);
		break;
	}
	if (sta->phase != PHASE_ASSOCIATED)
		nl80211_sta_carrier(sta, false, out);
}

void nl80211_sta_packet(struct nl80211_sta *sta, const struct frame *frame)
{
	struct frame *copy;

	if (frame->len < ETHER_HLEN) {
		nl80211_sta_drop(sta, DROP_TRUNCATED, NULL);
		return;
	}
	if (!sta->linked || !mac_equal(frame->data + MAC_LEN, sta->link.bssid)) {
		nl80211_sta_drop(sta, DROP_OTHER_BSS, frame->data + MAC_LEN);
		return;
	}
	copy = frame_from(frame->data, frame->len, 0, 0);
	if (copy)
		nl80211_sta_receive_eapol(sta, copy, true);
	else
		nl80211_sta_drop(sta, DROP_NO_MEMORY, sta->link.bssid);
}

void nl80211_sta_resync(struct nl80211_sta *sta, struct nl80211_requests *out)
{
	struct nl80211_request *request;

	if (sta->phase == PHASE_ASSOCIATED) {
		nl80211_sta_query_signal(sta, out);
		request = out->count ? &out->list[out->count - 1] : NULL;
		if (request && request->purpose == STA_SIGNAL)
			request->purpose = STA_STATE;
	}
	if (sta->job.finding)
		nl80211_sta_join_found(sta, out);
	if (sta->scan.state == STA_SCAN_TRIGGERED || sta->scan.state == STA_SCAN_BUSY)
		nl80211_sta_scan_read(sta, out);
	sta->schedule.own_stops = 0; /* their events may be among the lost ones; too many ends cost a scan only */
	if (sta->schedule.active)
		nl80211_sta_schedule_read(sta, out);
}

/* ---- time ---- */

uint64_t nl80211_sta_deadline(const struct nl80211_sta *sta)
{
	const uint64_t due_ns[] = {sta->scan.due_ns, sta->signal_due_ns, sta->keep_alive_due_ns, sta->port_due_ns};
	uint64_t first = NEVER;

	for (size_t i = 0; i < sizeof(due_ns) / sizeof(due_ns[0]); i++)
		first = due_ns[i] < first ? due_ns[i] : first;
	return first;
}

void nl80211_sta_tick(struct nl80211_sta *sta, uint64_t now_ns, struct nl80211_requests *out)
{
	if (now_ns >= sta->scan.due_ns) {
		sta->scan.due_ns = NEVER;
		nl80211_sta_scan_timer(sta, now_ns, out);
	}
	if (now_ns >= sta->signal_due_ns)
		nl80211_sta_signal_timer(sta, now_ns, out);
	if (now_ns >= sta->keep_alive_due_ns)
		nl80211_sta_keep_alive_timer(sta, now_ns, out);
	if (now_ns >= sta->port_due_ns)
		nl80211_sta_port_opened(sta);
}
