/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of the plane: frames that were received, and what has become of those that were sent. */
#include "mlme/ap_ft.h"
#include "mlme/ap_measure.h"
#include "mlme/ap_ocv.h"
#include "mlme/ap_reconfigure.h"

#include "base/mac.h"

/* ---- receiving ---- */

static void receive_deauth(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt)
{
	if (mgmt->subtype == MGMT_DEAUTH)
		ap_sta_remove(ap, sta, mgmt->reason);
	else if (sta->associated)
		ap_sta_disassociate(ap, sta, mgmt->reason);
}

/* The categories that only connected stations use. Returns false if the action is unknown. */
static bool receive_connected_action(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt,
				     const struct frame *frame)
{
	switch (mgmt->category) {
	case ACTION_CATEGORY_FT:
		return ap_ft_receive_action(ap, bss, mgmt);
	case ACTION_CATEGORY_MEASUREMENT:
		return ap_measure_receive(ap, sta, mgmt, frame);
	case ACTION_CATEGORY_WNM:
		return ap_transition_receive(ap, sta, mgmt, frame);
	case ACTION_CATEGORY_PUBLIC:
		if (mgmt->action != ACTION_COEXISTENCE)
			return false;
		ap_protection_coexistence(ap, mgmt);
		return true;
	default:
		return false;
	}
}

static enum drop receive_action(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt,
				const struct frame *frame)
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
	if (sta && sta->authorised && receive_connected_action(ap, bss, sta, mgmt, frame))
		return NOT_DROPPED;
	ap_return_action(ap, bss, mgmt);
	return DROP_FRAME_TYPE;
}

/* A management frame for one of our BSSs, decrypted and parsed. */
static enum drop dispatch_management(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt,
				     const struct frame *frame)
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
		return receive_action(ap, bss, sta, mgmt, frame);
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
	if (!drop)
		ap_track_hear(ap, mgmt.sa, frame->meta.signal_dbm);
	for (unsigned i = 0; for_every_bss && i < ap->setup.bss_count; i++)
		ap_bss_receive_probe(&ap->bss[i], &mgmt);
	if (!drop && !for_every_bss)
		drop = dispatch_management(ap, bss, sta, &mgmt, frame);
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
	} else if (kind == AP_COOKIE_MEASUREMENT && sta) {
		ap_measure_tx_status(ap, sta, acked);
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

/* What tells whether the station is still there. */
static void handle_presence(struct ap *ap, struct ap_sta *sta, const struct plane_event *event)
{
	if (event->kind == PLANE_EVENT_HEARD)
		handle_heard(ap, sta, event->acked, event->protected);
	else if (event->kind == PLANE_EVENT_STATION)
		ap_poll_station(ap, sta, event->heard_ns);
	else if (remove_if_absent(ap, sta))
		return;
	else if (event->kind == PLANE_EVENT_PROBE)
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
	case PLANE_EVENT_STATION:
	case PLANE_EVENT_PROBE:
	case PLANE_EVENT_LOSS:
		handle_presence(ap, sta, event);
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
	case PLANE_EVENT_BSS_STARTED:
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
	case PLANE_EVENT_PORT_OPEN:
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
	} else if (event->kind == PLANE_EVENT_BSS_STARTED) {
		ap_bss_started(bss);
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
	if (ap->started && event->bss < ap->setup.bss_count && !ap_bss_is_vacant(&ap->bss[event->bss]))
		handle_event(ap, &ap->bss[event->bss], event);
	ap_protection_refresh(ap);
	ap_sta_reap(ap);
	ap->out = NULL;
}
