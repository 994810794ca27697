/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out the actions of control (plane/plane.h). */
#include "softmac/sta/soft_sta_state.h"

#include "base/mac.h"

#include <errno.h>

/* ---- the link ---- */

void soft_sta_clear_link(struct soft_sta *soft)
{
	for (int i = 0; i < SOFT_TIMERS; i++)
		if (i != SOFT_TIMER_PENDING)
			soft->due_ns[i] = NEVER;
	peer_wipe(&soft->peer);
	soft->peer = (struct peer){0};
	group_keys_wipe(&soft->group_keys);
	soft->linked = soft->associated = soft->connected = soft->awake = false;
	soft->scan.state = SCAN_IDLE;
	soft->channel_switch.state = SWITCH_NONE;
	soft->last_mgmt_seq = PEER_SEQ_CONTROL_NONE;
	soft->power.state = POWER_AWAKE;
	soft->attempt++;
}

static void begin_link(struct soft_sta *soft, const struct plane_link *link)
{
	soft_sta_clear_link(soft);
	soft->ap = *link;
	soft->linked = true;
}

static void connect(struct soft_sta *soft)
{
	soft->connected = soft->peer.authorised = true;
	soft_sta_link_begin(soft);
	soft_sta_power_begin(soft);
	soft_sta_data_send_pending(soft);
}

/* The Null frame tells the access point that the station is a bridge. */
static void begin_four_address(struct soft_sta *soft)
{
	const struct tx_options options = {.four_address = true};
	enum drop drop;

	if (!soft->ap.four_address)
		return;
	soft->peer.four_address = true;
	soft->four_address = (struct soft_sta_four_address){0};
	drop = tx_null(&soft->tx, &soft->peer, &options);
	if (drop)
		soft_sta_drop(soft, drop, soft->ap.bssid);
	soft_sta_flush(soft);
}

static void set_station(struct soft_sta *soft, const struct plane_station *state)
{
	if (!soft->linked || !state->associated)
		return;
	if (!soft->associated) {
		peer_init(&soft->peer, false, soft->setup.addr, soft->ap.bssid, soft->ap.bssid, &soft->group_keys);
		soft->associated = true;
		soft->attempt++;
		soft->peer.qos = state->qos;
		begin_four_address(soft);
	}
	soft->aid = state->aid;
	soft->awake = state->awake;
	soft->keep_alive_ns = state->keep_alive_ns;
	soft->protected_keep_alive = state->protected_keep_alive && state->rsn;
	soft->peer.qos = state->qos;
	soft->peer.mfp = state->mfp;
	soft->peer.rsn = state->rsn;
	soft->peer.fragment_body_max = state->fragment_threshold;
	if (state->authorised && !soft->connected)
		connect(soft);
}

/* ---- keys ---- */

/* -EALREADY is no error: the installed key stays in use with its packet numbers. */
static void install_key(struct soft_sta *soft, const struct plane_key *key)
{
	struct key_params params = {.id = key->id, .rsc = key->rsc};
	int err;

	soft_sta_flush(soft);
	if (key->group)
		err = group_keys_set(&soft->group_keys, soft->crypto, key->cipher, key->bytes, key->len, params,
				     key->transmit);
	else
		err = peer_rekey(&soft->peer, soft->crypto, key->cipher, key->bytes, key->len, params,
				 soft->now_ns + key->previous_ns);
	if (err && err != -EALREADY)
		soft_sta_report_link(soft, (struct plane_event){.kind = PLANE_EVENT_KEY_FAILED, .group = key->group});
}

/* ---- frames ---- */

static void send_management(struct soft_sta *soft, struct plane_action *action, uint32_t cookie)
{
	struct tx_options options = {.cookie = cookie, .power_save = soft->associated && soft_sta_pm_bit(soft)};
	enum drop drop;

	drop = tx_management(&soft->tx, soft->associated ? &soft->peer : NULL, action->frame, &soft->seq, &options);
	action->frame = NULL;
	if (drop)
		soft_sta_drop(soft, drop, soft->ap.bssid);
	soft_sta_flush(soft);
}

static void send_eapol(struct soft_sta *soft, struct plane_action *action)
{
	struct tx_options options = {.cleartext = action->eapol_key == PLANE_EAPOL_CLEAR,
				     .alternate_key = action->eapol_key == PLANE_EAPOL_ALTERNATE};
	enum drop drop;

	soft_sta_power_mark_active(soft);
	drop = tx_data(&soft->tx, &soft->peer, action->frame, &options);
	action->frame = NULL;
	if (drop)
		soft_sta_drop(soft, drop, soft->ap.bssid);
	soft_sta_flush(soft);
}

/* A bufferable frame wakes the station as data does (11.2.2), and its TX status is handled as that of data. */
static void send_connected(struct soft_sta *soft, struct plane_action *action)
{
	if (action->management.bufferable)
		soft_sta_power_mark_active(soft);
	send_management(soft, action,
			action->management.bufferable ? soft_sta_cookie(soft, SOFT_STA_COOKIE_DATA)
						      : action->management.cookie);
}

/* ---- all ---- */

static void apply(struct soft_sta *soft, struct plane_action *action)
{
	switch (action->kind) {
	case PLANE_REPORT:
		soft_output_pass(&soft->output, &action->report);
		action->report.frame = NULL; /* it belongs to the output now */
		break;
	case PLANE_TUNE:
		soft_sta_tune(soft, action->freq_mhz);
		break;
	case PLANE_LINK:
		begin_link(soft, &action->link);
		break;
	case PLANE_SCAN:
		soft_sta_scan_begin(soft, &action->scan);
		break;
	case PLANE_STATION_SET:
		set_station(soft, &action->station);
		break;
	case PLANE_STATION_REMOVE:
		soft_sta_clear_link(soft);
		break;
	case PLANE_KEY_INSTALL:
		if (soft->associated)
			install_key(soft, &action->key);
		break;
	case PLANE_MANAGEMENT:
		send_connected(soft, action);
		break;
	case PLANE_AUTHENTICATE:
	case PLANE_ASSOCIATE:
		send_management(soft, action, action->join.cookie);
		break;
	case PLANE_EAPOL:
		if (soft->associated)
			send_eapol(soft, action);
		break;
	case PLANE_REKEY_DATA:
	case PLANE_SCHEDULE:
	case PLANE_WATCH:   /* control hears the beacons itself */
	case PLANE_ADDRESS: /* not on this plane */
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

/* For lack of memory an action is missing: the link must not outlive that of control. */
static void end_unknown_link(struct soft_sta *soft)
{
	struct sta_info info;

	sta_info(soft->control, &info);
	if (soft->associated && !info.aid)
		soft_sta_clear_link(soft);
}

void soft_sta_apply(struct soft_sta *soft)
{
	bool lost = soft->actions.lost;

	for (size_t i = 0; i < soft->actions.count; i++)
		apply(soft, &soft->actions.list[i]);
	plane_actions_clear(&soft->actions);
	if (lost)
		end_unknown_link(soft);
}

void soft_sta_drain(struct soft_sta *soft)
{
	for (size_t i = 0; i < soft->output.event_count; i++) {
		struct plane_event event = soft->output.events[i]; /* the array may move */

		sta_event(soft->control, &event, soft->now_ns, &soft->actions);
		soft_sta_apply(soft);
	}
	soft->output.event_count = 0;
}
