/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out the actions of control (plane/plane.h). */
#include "softmac/ap/soft_ap_state.h"

#include "base/mac.h"

#include <errno.h>

/* ---- stations ---- */

static void end_association(struct soft_ap *soft, struct soft_station *sta)
{
	if (!sta->associated)
		return;
	soft_flush(soft); /* queued frames still need the keys */
	sta->bss->authorised_count -= sta->peer.authorised;
	soft_power_clear(soft, sta);
	soft_guests_forget(soft, sta);
	peer_wipe(&sta->peer);
	sta->peer = (struct peer){0};
	sta->associated = sta->probing = sta->watched = false;
	sta->consecutive_lost = 0;
	sta->aid = 0;
}

static void remove_station(struct soft_ap *soft, struct soft_station *sta)
{
	if (!sta)
		return;
	end_association(soft, sta);
	soft_station_remove(soft, sta);
}

static void add_station(struct soft_ap *soft, struct soft_bss *bss, const uint8_t *addr)
{
	remove_station(soft, soft_find(soft, bss, addr));
	if (!soft_station_new(soft, bss, addr))
		soft_drop(soft, DROP_NO_MEMORY, addr);
}

static void set_station(struct soft_ap *soft, struct soft_bss *bss, const uint8_t *addr,
			const struct plane_station *state)
{
	struct soft_station *sta = soft_find(soft, bss, addr);
	bool opens_port;

	/* There was no memory for it before: control has accepted it. */
	if (!sta && state->associated)
		sta = soft_station_new(soft, bss, addr);
	if (!sta)
		return;
	if (!state->associated) {
		end_association(soft, sta);
		return;
	}
	if (!sta->associated) {
		peer_init(&sta->peer, true, bss->setup.bssid, sta->entry.addr, bss->setup.bssid, &bss->group_keys);
		sta->associated = true;
		sta->heard_ns = soft->now_ns;
	}
	opens_port = state->authorised && !sta->peer.authorised;
	sta->aid = state->aid;
	sta->listen_interval = state->listen_interval;
	sta->peer.qos = state->qos;
	sta->peer.mfp = state->mfp;
	sta->peer.rsn = state->rsn;
	sta->peer.four_address = state->four_address;
	sta->peer.fragment_body_max = state->fragment_threshold;
	bss->authorised_count += (unsigned)state->authorised - (unsigned)sta->peer.authorised;
	sta->peer.authorised = state->authorised;
	if (opens_port)
		soft_send_update(soft, sta);
}

/* ---- keys: -EALREADY is no error, the installed key stays in use with its packet numbers ---- */

static void report_key_failure(struct soft_ap *soft, const struct plane_action *action)
{
	struct plane_event event = {.kind = PLANE_EVENT_KEY_FAILED, .bss = action->bss, .group = action->key.group};

	mac_copy(event.addr, action->addr);
	soft_report(soft, &event);
}

static void install_group_key(struct soft_ap *soft, struct soft_bss *bss, const struct plane_action *action)
{
	const struct plane_key *key = &action->key;
	struct key_params params = {.id = key->id, .authenticator = true, .rsc = key->rsc};
	int err;

	soft_flush(soft);
	err = group_keys_set(&bss->group_keys, soft->crypto, key->cipher, key->bytes, key->len, params, key->transmit);
	if (!err)
		*(key->id < 4 ? &bss->newest_gtk : key->id < 6 ? &bss->newest_igtk : &bss->newest_bigtk) = key->id;
	else if (err != -EALREADY)
		report_key_failure(soft, action);
}

static void install_pairwise_key(struct soft_ap *soft, struct soft_station *sta, const struct plane_action *action)
{
	const struct plane_key *key = &action->key;
	struct key_params params = {.id = key->id, .authenticator = true};
	int err;

	soft_flush(soft);
	soft_power_rekeyed(soft, sta);
	err = peer_set_key(&sta->peer, soft->crypto, key->cipher, key->bytes, key->len, params);
	if (err && err != -EALREADY)
		report_key_failure(soft, action);
}

static void install_key(struct soft_ap *soft, struct soft_bss *bss, struct soft_station *sta,
			const struct plane_action *action)
{
	if (action->key.group)
		install_group_key(soft, bss, action);
	else if (sta)
		install_pairwise_key(soft, sta, action);
}

/* A failure only costs the frames that the station sends under the new key if message 4 is lost. */
static void expect_key(struct soft_ap *soft, struct soft_station *sta, const struct plane_key *key)
{
	struct key_params params = {.id = key->id, .authenticator = true};

	if (sta && peer_set_next_key(&sta->peer, soft->crypto, key->cipher, key->bytes, key->len, params))
		soft_drop(soft, DROP_CIPHER_FAILED, sta->entry.addr);
}

static struct key *group_key(struct soft_bss *bss, uint8_t id)
{
	if (id >= 6)
		return &bss->group_keys.bigtk[id & 1];
	return id < 4 ? &bss->group_keys.gtk[id] : &bss->group_keys.igtk[(id - 4) & 1];
}

/* The id of the transmit key of this kind. */
static uint8_t *transmit_id(struct soft_bss *bss, uint8_t id)
{
	if (id >= 6)
		return &bss->group_keys.bigtk_id;
	return id < 4 ? &bss->group_keys.gtk_id : &bss->group_keys.igtk_id;
}

static void use_group_key(struct soft_ap *soft, struct soft_bss *bss, const struct plane_action *action)
{
	uint8_t id = action->key.id;

	soft_flush(soft);
	if (!group_key(bss, id)->set)
		report_key_failure(soft, action);
	else
		*transmit_id(bss, id) = id;
}

/* A key under which group frames are sent stays: its successor could not be installed. */
static void remove_group_key(struct soft_ap *soft, struct soft_bss *bss, uint8_t id)
{
	soft_flush(soft);
	if (id != *transmit_id(bss, id))
		key_wipe(group_key(bss, id));
}

/* ---- frames ---- */

static void report_not_sent(struct soft_ap *soft, const struct plane_action *action)
{
	if (action->management.cookie)
		soft_report(soft, &(struct plane_event){.kind = PLANE_EVENT_TX_STATUS,
							.bss = action->bss,
							.cookie = action->management.cookie});
}

static enum drop send_unicast(struct soft_ap *soft, struct soft_bss *bss, struct soft_station *sta,
			      const struct plane_action *action, struct frame *frame)
{
	const struct plane_management *management = &action->management;
	struct tx_options options = {.cookie = management->cookie};

	if (management->bufferable && sta && sta->dozing) {
		if (management->yield && sta->buffered_mgmt)
			frame_free(frame);
		else
			soft_buffer_management(soft, sta, frame);
		report_not_sent(soft, action);
		return NOT_DROPPED;
	}
	if (management->bufferable && sta && !options.cookie)
		options.cookie = soft_cookie(sta, SOFT_COOKIE_DATA);
	if (management->with_tsf)
		soft_bss_write_tsf(soft, bss, frame);
	soft_bss_write_counts(soft, bss, frame, management->count_offsets);
	return tx_management(&soft->tx, sta ? &sta->peer : NULL, frame, &bss->seq, &options);
}

static void send_management(struct soft_ap *soft, struct soft_bss *bss, struct soft_station *sta,
			    struct plane_action *action)
{
	struct frame *frame = action->frame;
	enum drop drop;

	action->frame = NULL;
	/* Before the first IGTK there is nothing to protect a group frame with. */
	if (mac_is_group(action->addr))
		drop = tx_management_group(&soft->tx, &bss->group_keys, bss->setup.pmf && bss->group_keys.igtk_id,
					   frame);
	else
		drop = send_unicast(soft, bss, sta, action, frame);
	if (drop)
		soft_drop(soft, drop, sta ? sta->entry.addr : NULL);
}

static void send_eapol(struct soft_ap *soft, struct soft_station *sta, struct plane_action *action)
{
	if (!sta)
		return;
	soft_send_data(soft, sta, action->frame, action->eapol_key == PLANE_EAPOL_CLEAR);
	action->frame = NULL;
}

/* ---- presence ---- */

static void probe_station(struct soft_ap *soft, struct soft_station *sta)
{
	sta->probing = true;
	if (sta->dozing) {
		sta->poll_pending = true;
		soft_power_update_tim(sta);
	} else {
		soft_send_null(soft, sta);
	}
}

/* `sta` may be NULL: it has gone. */
static void check_station(struct soft_ap *soft, struct soft_station *sta, enum plane_action_kind kind)
{
	if (!sta)
		return;
	if (kind == PLANE_STATION_PROBE)
		probe_station(soft, sta);
	else if (kind == PLANE_STATION_WATCH)
		sta->watched = true;
	else
		soft_report_station(soft, sta,
				    (struct plane_event){.kind = PLANE_EVENT_STATION, .heard_ns = sta->heard_ns});
}

/* ---- all ---- */

static void stop_bss(struct soft_ap *soft, struct soft_bss *bss)
{
	soft_flush(soft);
	for (size_t i = soft->station_count; i--;)
		if (soft->stations[i]->bss == bss)
			remove_station(soft, soft->stations[i]);
	soft_switch_stop(soft, bss);
	soft_bss_stop(soft, bss);
}

/* An action about the BSS itself. */
static void apply_to_bss(struct soft_ap *soft, struct soft_bss *bss, struct plane_action *action)
{
	struct frame *beacon = action->frame;

	if (action->kind == PLANE_BSS_SWITCH) {
		soft_switch_begin(soft, bss, action);
		return;
	}
	action->frame = NULL;
	if (action->kind == PLANE_BSS_START)
		soft_bss_start(soft, bss, &action->bss_setup, beacon);
	else if (action->kind == PLANE_BSS_STOP)
		stop_bss(soft, bss);
	else if (beacon && bss->on_air)
		soft_bss_set_template(bss, beacon, action->bss_update.tim_offset);
	else
		frame_free(beacon);
}

static void change_group_key(struct soft_ap *soft, struct soft_bss *bss, const struct plane_action *action)
{
	if (action->kind == PLANE_KEY_DEFAULT)
		use_group_key(soft, bss, action);
	else
		remove_group_key(soft, bss, action->key.id);
}

static void apply_to_station(struct soft_ap *soft, struct soft_bss *bss, const struct plane_action *action)
{
	if (action->kind == PLANE_STATION_ADD)
		add_station(soft, bss, action->addr);
	else if (action->kind == PLANE_STATION_SET)
		set_station(soft, bss, action->addr, &action->station);
	else
		remove_station(soft, soft_find(soft, bss, action->addr));
}

static void apply(struct soft_ap *soft, struct soft_bss *bss, struct plane_action *action)
{
	struct soft_station *associated = soft_find_associated(soft, bss, action->addr);

	switch (action->kind) {
	case PLANE_REPORT:
		soft_output_pass(&soft->output, &action->report);
		action->report.frame = NULL; /* it belongs to the output now */
		break;
	case PLANE_TUNE:
		soft_tune(soft, action->freq_mhz);
		break;
	case PLANE_BSS_START:
	case PLANE_BSS_UPDATE:
	case PLANE_BSS_SWITCH:
	case PLANE_BSS_STOP:
		apply_to_bss(soft, bss, action);
		break;
	case PLANE_STATION_ADD:
	case PLANE_STATION_SET:
	case PLANE_STATION_REMOVE:
		apply_to_station(soft, bss, action);
		break;
	case PLANE_STATION_PROBE:
	case PLANE_STATION_QUERY:
	case PLANE_STATION_WATCH:
		check_station(soft, associated, action->kind);
		break;
	case PLANE_KEY_INSTALL:
		install_key(soft, bss, associated, action);
		break;
	case PLANE_KEY_EXPECT:
		expect_key(soft, associated, &action->key);
		break;
	case PLANE_KEY_DEFAULT:
	case PLANE_KEY_REMOVE:
		change_group_key(soft, bss, action);
		break;
	case PLANE_MANAGEMENT:
		send_management(soft, bss, associated, action);
		break;
	case PLANE_EAPOL:
		send_eapol(soft, associated, action);
		break;
	case PLANE_VLAN_START: /* a radio of the medium has no VLANs */
	case PLANE_VLAN_STOP:
	case PLANE_LINK:
	case PLANE_AUTHENTICATE:
	case PLANE_REKEY_DATA:
	case PLANE_SCHEDULE:
	case PLANE_WATCH:
	case PLANE_ADDRESS:
	case PLANE_ASSOCIATE:
	case PLANE_SCAN:
		break;
	}
}

/* For lack of memory an action is missing: no station keeps more than control grants it. */
static void revoke_unknown(struct soft_ap *soft)
{
	for (size_t i = soft->station_count; i--;) {
		struct soft_station *sta = soft->stations[i];
		struct ap_station_info info;

		if (!ap_station_info_of(soft->control, sta->bss->index, sta->entry.addr, &info)) {
			remove_station(soft, sta);
		} else if (sta->peer.authorised && !info.authorised) {
			sta->bss->authorised_count--;
			sta->peer.authorised = false;
		}
	}
}

void soft_apply(struct soft_ap *soft)
{
	bool lost = soft->actions.lost;

	for (size_t i = 0; i < soft->actions.count; i++) {
		struct plane_action *action = &soft->actions.list[i];

		if (action->bss < soft->bss_count)
			apply(soft, &soft->bss[action->bss], action);
	}
	plane_actions_clear(&soft->actions);
	if (lost)
		revoke_unknown(soft);
}

void soft_drain(struct soft_ap *soft)
{
	for (size_t i = 0; i < soft->output.event_count; i++) {
		struct plane_event event = soft->output.events[i]; /* the array may move */

		soft->control_ran = true;
		ap_event(soft->control, &event, soft->now_ns, &soft->actions);
		soft_apply(soft);
	}
	soft->output.event_count = 0;
}
