/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of the access point: from its plane, its timers and its operator. */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

void ap_begin(struct ap *ap, uint64_t now_ns, struct plane_actions *out)
{
	ap->now_ns = now_ns;
	ap->out = out;
}

void ap_end(struct ap *ap)
{
	ap_protection_refresh(ap);
	if (ap->started)
		ap_answers_send(ap);
	ap_sta_reap(ap);
	ap->out = NULL;
}

/* ---- life ---- */

static bool is_valid_setup(const struct ap_setup *setup)
{
	if (!setup->bss_count || setup->bss_count > AP_BSS_MAX || !freq_to_channel(setup->freq_mhz) ||
	    !setup->beacon_tu || !setup->dtim_period)
		return false;
	for (unsigned i = 0; i < setup->bss_count; i++)
		for (unsigned k = 0; k < i; k++)
			if (mac_equal(setup->bss[i].bssid, setup->bss[k].bssid))
				return false;
	return true;
}

struct ap *ap_new(struct crypto *crypto, const struct ap_setup *setup, const struct plane_capabilities *plane,
		  const uint8_t seed[RANDOM_SEED_LEN])
{
	struct ap *ap = is_valid_setup(setup) ? calloc(1, sizeof(*ap)) : NULL;
	uint8_t secret[FT_SECRET_LEN];
	int err;

	if (!ap)
		return NULL;
	ap->crypto = crypto;
	ap->setup = *setup;
	crypto_wipe(ap->setup.bss, sizeof(ap->setup.bss));
	ap->setup.bss_count = 0;
	ap->plane = *plane;
	random_init(&ap->random, crypto, seed);
	err = random_bytes(&ap->random, &ap->table.hash_key, sizeof(ap->table.hash_key));
	if (!err)
		err = random_bytes(&ap->random, secret, sizeof(secret));
	ft_store_init(&ap->own_ft_store, secret, AP_PMKSA_MAX);
	crypto_wipe(secret, sizeof(secret));
	if (!err)
		err = pmksa_init(&ap->pmksa, AP_PMKSA_MAX, PMKSA_LIFETIME_NS);
	for (unsigned i = 0; !err && i < setup->bss_count; i++) {
		ap->bss[i].index = i;
		err = ap_bss_init(ap, &ap->bss[i], &setup->bss[i]);
		ap->setup.bss_count += !err;
	}
	if (!err)
		return ap;
	ap_free(ap);
	return NULL;
}

void ap_free(struct ap *ap)
{
	if (!ap)
		return;
	ap_answers_clear(ap);
	ap_sta_free_all(ap);
	for (unsigned i = 0; i < ap->setup.bss_count; i++) {
		ap_ft_leave(ap, &ap->bss[i]);
		ap_bss_wipe(&ap->bss[i]);
	}
	ap_sae_free(ap);
	ft_store_free(&ap->own_ft_store);
	pmksa_free(&ap->pmksa);
	crypto_wipe(ap, sizeof(*ap));
	free(ap);
}

void ap_start(struct ap *ap, uint64_t now_ns, struct plane_actions *out)
{
	struct plane_action *action;

	ap_begin(ap, now_ns, out);
	if (!ap->started) {
		ap->started = true;
		ap_answers_start(ap);
		ap_protection_start(ap);
		action = plane_actions_add(out, PLANE_TUNE);
		if (action)
			action->freq_mhz = ap->setup.freq_mhz;
		for (unsigned i = 0; i < ap->setup.bss_count; i++)
			if (!ap->bss[i].off)
				ap_bss_start(&ap->bss[i]);
	}
	ap_end(ap);
}

void ap_stop(struct ap *ap, uint64_t now_ns, struct plane_actions *out)
{
	unsigned station_counts[AP_BSS_MAX];

	ap_begin(ap, now_ns, out);
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		station_counts[i] = ap->bss[i].station_count;
	while (ap->associated_count)
		ap_sta_kick(ap, ap->associated[ap->associated_count - 1], MGMT_DEAUTH, REASON_LEAVING);
	while (ap->oldest)
		ap_sta_remove(ap, ap->oldest, REASON_LEAVING);
	for (unsigned i = 0; ap->started && i < ap->setup.bss_count; i++) {
		if (ap->bss[i].off)
			continue;
		if (station_counts[i])
			ap_bss_deauth_all(&ap->bss[i], REASON_LEAVING);
		ap_ft_leave(ap, &ap->bss[i]);
		ap_act(ap, PLANE_BSS_STOP, &ap->bss[i], NULL);
		ap->bss[i].group_switch_ns = ap->bss[i].group_rekey_ns = NEVER;
		ap_note(ap, &ap->bss[i], NOTE_DISABLED, ap->bss[i].setup.bssid, 0);
	}
	ap->started = false;
	ap_channel_stop(ap);
	ap_answers_clear(ap);
	ap_end(ap);
}

/* ---- time ---- */

uint64_t ap_deadline(const struct ap *ap)
{
	const struct timer *first = timer_heap_first(&ap->timers);
	uint64_t deadline = earlier(first ? first->at_ns : NEVER, ap->answers.due_ns);

	if (!ap->started)
		return NEVER;
	deadline = earlier(deadline, earlier(ap_protection_deadline(ap), ap_channel_deadline(ap)));
	for (unsigned i = 0; i < ap->setup.bss_count; i++) {
		deadline = earlier(deadline, ap->bss[i].group_rekey_ns);
		deadline = earlier(deadline, ap->bss[i].group_switch_ns);
	}
	return deadline;
}

static void run_bss_timers(struct ap *ap, struct ap_bss *bss)
{
	if (ap->now_ns >= bss->group_switch_ns)
		ap_group_switch(ap, bss);
	if (ap->now_ns >= bss->group_rekey_ns)
		ap_keys_rekey_group(ap, bss);
}

static void run_station_timers(struct ap *ap, struct ap_sta *sta)
{
	if (!sta->associated) {
		ap_sta_remove(ap, sta, REASON_INACTIVE);
		return;
	}
	ap_keys_timer(ap, sta);
	if (!sta->removed && ap->now_ns >= sta->due_ns[AP_TIMER_SA_QUERY])
		ap_sa_query_timer(ap, sta);
	if (!sta->removed && ap->now_ns >= sta->due_ns[AP_TIMER_OCV])
		ap_ocv_timer(ap, sta);
	if (!sta->removed && ap->now_ns >= sta->due_ns[AP_TIMER_POLL])
		ap_poll_timer(ap, sta);
	ap_sta_schedule(ap, sta);
	/* A deadline that no timer has moved must not stop the clock. */
	if (!sta->removed && sta->timer.heap_index && sta->timer.at_ns <= ap->now_ns)
		timer_heap_set(&ap->timers, &sta->timer, ap->now_ns + TU);
}

void ap_tick(struct ap *ap, uint64_t now_ns, struct plane_actions *out)
{
	struct timer *first;

	ap_begin(ap, now_ns, out);
	ap_protection_tick(ap);
	ap_channel_tick(ap);
	for (unsigned i = 0; ap->started && i < ap->setup.bss_count; i++)
		run_bss_timers(ap, &ap->bss[i]);
	while ((first = timer_heap_first(&ap->timers)) && first->at_ns <= now_ns)
		run_station_timers(ap, (struct ap_sta *)((char *)first - offsetof(struct ap_sta, timer)));
	ap_end(ap);
}

/* ---- receiving ---- */

static void receive_deauth(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt)
{
	if (mgmt->subtype == MGMT_DEAUTH)
		ap_sta_remove(ap, sta, mgmt->reason);
	else if (sta->associated)
		ap_sta_disassociate(ap, sta, mgmt->reason);
}

static enum drop receive_action(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	bool first_class = mgmt->category == ACTION_CATEGORY_PUBLIC || mgmt->category == ACTION_CATEGORY_SELF_PROTECTED;

	if (mgmt->category & ACTION_ERROR)
		return DROP_FRAME_TYPE;
	if (!(sta && sta->associated) && !first_class) {
		ap_send_class_error(ap, bss, sta, mgmt->sa, REASON_CLASS_3);
		return DROP_NOT_ASSOCIATED;
	}
	if (mgmt->category == ACTION_CATEGORY_SA_QUERY) {
		ap_sa_query_action(ap, sta, mgmt);
		return NOT_DROPPED;
	}
	if (mgmt->category == ACTION_CATEGORY_PUBLIC && mgmt->action == ACTION_COEXISTENCE && sta && sta->authorised) {
		ap_protection_coexistence(ap, mgmt);
		return NOT_DROPPED;
	}
	if (mgmt->category == ACTION_CATEGORY_FT && sta && sta->authorised && ap_ft_receive_action(ap, bss, mgmt))
		return NOT_DROPPED;
	ap_return_action(ap, bss, mgmt);
	return DROP_FRAME_TYPE;
}

/* A management frame for one of our BSSs, decrypted and parsed. */
static enum drop dispatch_management(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	if (bss->off)
		return DROP_NOT_ASSOCIATED;
	switch (mgmt->subtype) {
	case MGMT_PROBE_REQUEST:
		ap_bss_receive_probe(bss, mgmt);
		return NOT_DROPPED;
	case MGMT_AUTH:
		if (ap->plane.associates)
			return DROP_MGMT_UNEXPECTED;
		ap_auth(ap, bss, sta, mgmt);
		return NOT_DROPPED;
	case MGMT_ASSOC_REQUEST:
	case MGMT_REASSOC_REQUEST:
		if (ap->plane.associates)
			return DROP_MGMT_UNEXPECTED;
		if (!sta && ap_ft_is_expected(ap, bss, mgmt))
			sta = ap_sta_new(ap, bss, mgmt->sa);
		if (sta)
			ap_assoc(ap, bss, sta, mgmt);
		else
			ap_send_class_error(ap, bss, NULL, mgmt->sa, REASON_CLASS_2);
		return sta ? NOT_DROPPED : DROP_NOT_AUTHENTICATED;
	case MGMT_DISASSOC:
	case MGMT_DEAUTH:
		if (!sta)
			return DROP_NOT_AUTHENTICATED;
		receive_deauth(ap, sta, mgmt);
		return NOT_DROPPED;
	case MGMT_ACTION:
		return receive_action(ap, bss, sta, mgmt);
	case MGMT_ASSOC_RESPONSE:
	case MGMT_REASSOC_RESPONSE:
	case MGMT_PROBE_RESPONSE:
	case MGMT_BEACON:
	case MGMT_ATIM:
	case MGMT_ACTION_NO_ACK:
		break;
	}
	return DROP_OTHER_BSS; /* only access points send these */
}

static bool is_for_every_bss(const struct mgmt *mgmt)
{
	return mgmt->subtype == MGMT_PROBE_REQUEST && mac_is_group(mgmt->da) && mac_is_group(mgmt->bssid);
}

static void receive_management(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct frame *frame)
{
	struct mgmt mgmt;
	enum drop drop = mgmt_parse(&mgmt, frame->data, frame->len);
	struct action *note;
	bool for_every_bss = !drop && is_for_every_bss(&mgmt);

	if (!drop && bss->setup.notes_frames && mgmt.subtype != MGMT_PROBE_REQUEST &&
	    (note = ap_note(ap, bss, NOTE_FRAME, mgmt.sa, 0)))
		note->frame = frame_clone(frame);
	for (unsigned i = 0; for_every_bss && i < ap->setup.bss_count; i++)
		ap_bss_receive_probe(&ap->bss[i], &mgmt);
	if (!drop && !for_every_bss)
		drop = dispatch_management(ap, bss, sta, &mgmt);
	if (drop)
		ap_drop(ap, drop, frame->len < DOT11_OFF_ADDR3 ? NULL : frame->data + DOT11_OFF_ADDR2);
}

static void receive_eapol(struct ap *ap, struct ap_sta *sta, const struct frame *frame)
{
	if (!sta->bss->protected)
		ap_drop(ap, DROP_EAPOL_UNEXPECTED, sta->entry.addr);
	else if (ap_keys_receive(ap, sta, frame))
		ap_roam_open_port(ap, sta);
}

/* ---- signs of life ---- */

static void mark_present(struct ap *ap, struct ap_sta *sta)
{
	sta->present = true;
	ap_sta_heard(ap, sta);
}

/* A station that has acknowledged neither its authentication nor its association response does not exist. */
static bool remove_if_absent(struct ap *ap, struct ap_sta *sta)
{
	if (!sta->present)
		ap_sta_remove(ap, sta, REASON_INACTIVE);
	return sta->removed;
}

static void handle_tx_status(struct ap *ap, uint32_t cookie, bool acked)
{
	enum ap_cookie kind;
	struct ap_sta *sta = ap_sta_by_cookie(ap, cookie, &kind);

	if (kind == AP_COOKIE_ANSWER) {
		ap_answers_tx_status(ap, cookie, acked);
	} else if (kind == AP_COOKIE_ASSOC_RESPONSE && sta && acked) {
		if (!sta->present)
			ap_answers_refund(ap, AP_UNPROVEN_FRAMES);
		mark_present(ap, sta);
		if (sta->due_ns[AP_TIMER_HANDSHAKE] != NEVER)
			ap_keys_start_handshake(ap, sta);
	} else if (kind == AP_COOKIE_ASSOC_RESPONSE && sta) {
		remove_if_absent(ap, sta);
	}
}

static void handle_eapol_status(struct ap *ap, struct ap_sta *sta, enum plane_eapol_status status)
{
	switch (status) {
	case PLANE_EAPOL_BUFFERED:
	case PLANE_EAPOL_SENT:
	case PLANE_EAPOL_LOST:
		ap_keys_eapol_status(ap, sta, status);
		break;
	case PLANE_EAPOL_ACKED:
		mark_present(ap, sta);
		break;
	case PLANE_EAPOL_UNACKED:
		remove_if_absent(ap, sta);
		break;
	}
}

static void handle_heard(struct ap *ap, struct ap_sta *sta, bool acked, bool protected)
{
	sta->present |= acked;
	ap_sta_heard(ap, sta);
	if (protected) /* the holder of the keys is present */
		sta->query_failed = sta->reported_moved = false;
}

static void handle_pn_low(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, bool group)
{
	if (group && bss->protected && bss->group_switch_ns == NEVER)
		bss->group_rekey_ns = ap->now_ns;
	if (group || !sta || !sta->authorised || sta->due_ns[AP_TIMER_REKEY] <= ap->now_ns + SECOND)
		return;
	sta->due_ns[AP_TIMER_REKEY] = ap->now_ns;
	ap_sta_schedule(ap, sta);
}

static void handle_group_pn(struct ap_bss *bss, const struct plane_event *event)
{
	struct ap_vlan_group *vlan = ap_vlan_find(bss, event->vlan);

	if (vlan) {
		vlan->gtk_pn = event->gtk_pn;
	} else if (!event->vlan) {
		bss->gtk_pn = event->gtk_pn;
		bss->igtk_pn = event->igtk_pn;
		bss->bigtk_pn = event->bigtk_pn;
	}
}

/* ---- events of the plane ---- */

static void handle_silence(struct ap *ap, struct ap_sta *sta, const struct plane_event *event)
{
	if (remove_if_absent(ap, sta))
		return;
	if (event->kind == PLANE_EVENT_PROBE)
		ap_poll_unacked(ap, sta);
	else if (event->lost >= PLANE_LOST_MAX && !sta->unacked_polls)
		ap_poll_begin(ap, sta);
}

/* An event about an associated station. */
static void handle_station_event(struct ap *ap, struct ap_sta *sta, const struct plane_event *event)
{
	switch (event->kind) {
	case PLANE_EVENT_EAPOL:
		receive_eapol(ap, sta, event->frame);
		break;
	case PLANE_EVENT_MICHAEL:
		ap_keys_michael(ap, sta);
		break;
	case PLANE_EVENT_EAPOL_STATUS:
		handle_eapol_status(ap, sta, event->eapol_status);
		break;
	case PLANE_EVENT_HEARD:
		handle_heard(ap, sta, event->acked, event->protected);
		break;
	case PLANE_EVENT_PROBE:
	case PLANE_EVENT_LOSS:
		handle_silence(ap, sta, event);
		break;
	case PLANE_EVENT_STATION:
		ap_poll_station(ap, sta, event->heard_ns);
		break;
	case PLANE_EVENT_FOUR_ADDRESS:
		ap_sta_use_four_addresses(ap, sta, event->protected);
		break;
	case PLANE_EVENT_POWER:
		sta->dozing = event->dozing;
		break;
	case PLANE_EVENT_ELSEWHERE:
		ap_roam_elsewhere(ap, sta);
		break;
	case PLANE_EVENT_KEY_FAILED:
		ap_keys_install_failed(ap, sta);
		break;
	case PLANE_EVENT_DISCONNECTED:
		ap_sta_left(ap, sta, event->reason);
		break;
	case PLANE_EVENT_MANAGEMENT:
	case PLANE_EVENT_ASSOCIATED:
	case PLANE_EVENT_UNEXPECTED:
	case PLANE_EVENT_TX_STATUS:
	case PLANE_EVENT_PN_LOW:
	case PLANE_EVENT_BSS_SWITCH:
	case PLANE_EVENT_NEIGHBOUR:
	case PLANE_EVENT_GROUP_PN:
	case PLANE_EVENT_ADDRESS:
	case PLANE_EVENT_SCANNED:
	case PLANE_EVENT_SCHEDULE:
	case PLANE_EVENT_REKEYED:
	case PLANE_EVENT_SIGNAL:
	case PLANE_EVENT_SUSPECT:
	case PLANE_EVENT_FORGED_BEACON:
	case PLANE_EVENT_LOST:
	case PLANE_EVENT_SWITCHING:
	case PLANE_EVENT_CHANNEL:
	case PLANE_EVENT_ROAMED:
	case PLANE_EVENT_AUTHORISED:
		break;
	}
}

static void handle_event(struct ap *ap, struct ap_bss *bss, const struct plane_event *event)
{
	struct ap_sta *sta = ap_sta_find(ap, bss, event->addr);

	if (event->kind == PLANE_EVENT_MANAGEMENT) {
		receive_management(ap, bss, sta, event->frame);
	} else if (event->kind == PLANE_EVENT_NEIGHBOUR) {
		ap_protection_neighbour(ap, event->frame);
	} else if (event->kind == PLANE_EVENT_BSS_SWITCH) {
		ap_channel_event(ap, bss, event);
	} else if (event->kind == PLANE_EVENT_ASSOCIATED) {
		ap_assoc_by_plane(ap, bss, sta, event);
	} else if (event->kind == PLANE_EVENT_UNEXPECTED) {
		ap_send_class_error(ap, bss, sta, event->addr, REASON_CLASS_3);
	} else if (event->kind == PLANE_EVENT_TX_STATUS) {
		handle_tx_status(ap, event->cookie, event->acked);
	} else if (event->kind == PLANE_EVENT_GROUP_PN) {
		handle_group_pn(bss, event);
	} else if (event->kind == PLANE_EVENT_PN_LOW) {
		handle_pn_low(ap, bss, sta, event->group);
	} else if (event->kind == PLANE_EVENT_KEY_FAILED && event->group) {
		ap_drop(ap, DROP_CIPHER_FAILED, bss->setup.bssid);
		if (bss->protected)
			ap_group_abort(ap, bss);
	} else if (sta && sta->associated) {
		handle_station_event(ap, sta, event);
	}
}

void ap_event(struct ap *ap, const struct plane_event *event, uint64_t now_ns, struct plane_actions *out)
{
	ap_begin(ap, now_ns, out);
	if (ap->started && event->bss < ap->setup.bss_count)
		handle_event(ap, &ap->bss[event->bss], event);
	ap_protection_refresh(ap);
	ap_sta_reap(ap);
	ap->out = NULL;
}

void ap_send_answers(struct ap *ap, uint64_t now_ns, struct plane_actions *out)
{
	ap_begin(ap, now_ns, out);
	ap_end(ap);
}
