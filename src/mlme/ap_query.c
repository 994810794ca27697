/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a station still there?  Two ways to ask.
 *
 * SA Query (IEEE 802.11-2016 11.14), where management frames are protected: somebody asks for an association in the
 * station's name.  It is sent requests, every 201 TU, that only the holder of its keys can answer.  An answer ends it,
 * and the association stands.  When 1000 TU have passed without one, the next association request replaces it; or, where
 * the station has joined another network of this name, it is over.
 *
 * Polling: who was silent for max_inactivity_s, or did not acknowledge AP_LOST_MAX frames in a row, is sent Null
 * frames, which its radio acknowledges.  After AP_POLL_TRIES in vain it is deauthenticated, reason 4.  One that dozes is not
 * sent anything: its TIM bit calls it, and it has twice its listen interval more.
 */
#include "mlme/ap_state.h"

#include <string.h>

/* ---- SA Query ---- */

static void send_sa_query(struct ap *ap, struct ap_sta *sta, uint8_t action, uint16_t id)
{
	struct ap_bss *bss = sta->bss;
	struct frame *frame = mgmt_new(MGMT_ACTION, sta->peer.addr, bss->setup.bssid, bss->setup.bssid);
	const uint8_t fields[2] = {ACTION_CATEGORY_SA_QUERY, action};

	if (frame && (mgmt_put(frame, fields, 2) || mgmt_put_le16(frame, id))) {
		frame_free(frame);
		frame = NULL;
	}
	if (frame && sta->dozing)
		ap_power_buffer_management(ap, sta, frame);
	else
		ap_send_management(ap, bss, sta, frame, ap_sta_cookie(sta, AP_COOKIE_DATA));
}

uint32_t ap_sa_query_begin(struct ap *ap, struct ap_sta *sta)
{
	uint64_t elapsed_ns;

	if (!sta->query_active) {
		sta->query_active = true;
		sta->query_id = (uint16_t)random_below(&ap->random, 0x10000);
		sta->query_began_ns = ap->now_ns;
		sta->query_retry_ns = ap->now_ns + SA_QUERY_RETRY_NS;
		ap_note(ap, sta->bss, NOTE_SA_QUERY, sta->peer.addr, 0);
		send_sa_query(ap, sta, SA_QUERY_REQUEST, sta->query_id);
		ap_sta_schedule(ap, sta);
	}
	elapsed_ns = ap->now_ns - sta->query_began_ns;
	return (uint32_t)((SA_QUERY_MAX_NS - (elapsed_ns < SA_QUERY_MAX_NS ? elapsed_ns : SA_QUERY_MAX_NS)) / TU) + 1;
}

void ap_sa_query_timer(struct ap *ap, struct ap_sta *sta)
{
	if (ap->now_ns >= sta->query_began_ns + SA_QUERY_MAX_NS) {
		sta->query_active = false;
		sta->query_failed = true;
		if (sta->on_other_bss)
			ap_sta_remove(ap, sta, REASON_DISASSOC_LEAVING);
		return;
	}
	sta->query_retry_ns += SA_QUERY_RETRY_NS;
	if (sta->query_retry_ns > sta->query_began_ns + SA_QUERY_MAX_NS)
		sta->query_retry_ns = sta->query_began_ns + SA_QUERY_MAX_NS;
	send_sa_query(ap, sta, SA_QUERY_REQUEST, sta->query_id);
}

static bool same_ssid(const struct ap_bss *bss, const struct ap_bss *other)
{
	return bss->setup.ssid_len == other->setup.ssid_len &&
	       memcmp(bss->setup.ssid, other->setup.ssid, bss->setup.ssid_len) == 0;
}

/*
 * Who roams says nothing to the access point that it leaves, and its radio acknowledges polls whoever sends them.  Under
 * PMF the other association may be that of a forger who knows the passphrase.
 */
void ap_check_sta_on_other_bss(struct ap *ap, const struct ap_sta *sta)
{
	for (unsigned i = 0; i < ap->setup.bss_count; i++) {
		struct ap_bss *bss = &ap->bss[i];
		struct ap_sta *old_sta =
			bss != sta->bss && same_ssid(bss, sta->bss) ? ap_sta_find(ap, bss, sta->peer.addr) : NULL;

		if (!old_sta || !old_sta->associated)
			continue;
		if (old_sta->peer.mfp && old_sta->auth.ptk_installed) {
			old_sta->on_other_bss = true;
			ap_sa_query_begin(ap, old_sta);
		} else {
			ap_sta_remove(ap, old_sta, REASON_DISASSOC_LEAVING);
		}
	}
}

void ap_sa_query_action(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt)
{
	uint16_t id = mgmt->body.len >= 2 ? le16(mgmt->body.bytes) : 0;

	if (mgmt->body.len < 2) {
		ap_drop(ap, DROP_TRUNCATED, sta->peer.addr);
		return;
	}
	/* Without keys, or without PMF, there is nothing that an answer could prove. */
	if (!sta->peer.mfp || !sta->auth.ptk_installed)
		return;
	if (mgmt->action == SA_QUERY_REQUEST)
		send_sa_query(ap, sta, SA_QUERY_RESPONSE, id);
	else if (mgmt->action == SA_QUERY_RESPONSE && sta->query_active && id == sta->query_id)
		sta->query_active = false;
	sta->query_failed = sta->on_other_bss = false; /* whatever it was, it came under the keys */
	ap_sta_schedule(ap, sta);
}

/* ---- polling ---- */

static uint64_t poll_wait_ns(const struct ap *ap, const struct ap_sta *sta)
{
	return AP_POLL_RETRY_NS + (sta->dozing ? ap_power_wait_ns(ap, sta) : 0);
}

static void send_poll(struct ap *ap, struct ap_sta *sta)
{
	struct tx_options options = {.cookie = ap_sta_cookie(sta, AP_COOKIE_POLL)};
	enum drop drop = NOT_DROPPED;

	sta->unacked_polls++;
	sta->poll_ns = ap->now_ns + poll_wait_ns(ap, sta);
	if (sta->dozing) {
		sta->poll_pending = true;
		ap_power_update_tim(sta);
	} else {
		drop = tx_null(&ap->tx, &sta->peer, &options);
	}
	if (drop)
		ap_drop(ap, drop, sta->peer.addr);
	ap_sta_schedule(ap, sta);
}

void ap_poll_begin(struct ap *ap, struct ap_sta *sta)
{
	sta->unacked_polls = 0;
	send_poll(ap, sta);
}

static void poll_or_kick(struct ap *ap, struct ap_sta *sta)
{
	if (sta->unacked_polls < AP_POLL_TRIES)
		send_poll(ap, sta);
	else
		ap_sta_kick(ap, sta, MGMT_DEAUTH, REASON_INACTIVE);
}

void ap_poll_timer(struct ap *ap, struct ap_sta *sta)
{
	uint64_t silent_ns = sta->heard_ns + sta->bss->setup.max_inactivity_s * SECOND;

	/* The time is not moved with each frame, only looked at here. */
	if (!sta->unacked_polls && ap->now_ns < silent_ns)
		sta->poll_ns = silent_ns;
	else
		poll_or_kick(ap, sta);
}

/* Where the radio says so, there is no need to wait for long: only for a moment's fading to pass. */
void ap_poll_unacked(struct ap *ap, struct ap_sta *sta)
{
	if (!sta->unacked_polls || sta->dozing)
		return;
	sta->poll_ns = ap->now_ns + AP_POLL_RETRY_NS;
	ap_sta_schedule(ap, sta);
}
