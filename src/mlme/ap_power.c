/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power save at the access point (IEEE 802.11-2016 11.2.3).  A station says by the Power Management bit that it dozes.
 * From then on what is for it waits, and its bit in the TIM is set; a PS-Poll fetches one frame, and the bit taken back
 * all of them.  While one dozes, group frames wait for the DTIM.
 *
 * What waits is Ethernet: it is sealed when it is sent, with the keys of that time, so nothing that was kept for a
 * protected link can go out in the clear or under somebody else's key.
 *
 * What was fetched is kept until it is acknowledged, by the MPDUs that were sent: should the station not have heard them,
 * the next PS-Poll fetches them again, as a retry, by which a station that did hear them knows them.  So there is one at
 * a time: its fate comes before the next one goes, or that would have the higher packet number.
 */
#include "mlme/ap_state.h"

#include "wire/ether.h"

#include <string.h>

static bool is_eapol(const struct frame *frame)
{
	return frame->len >= ETHER_HLEN && frame->data[12] == ETHERTYPE_EAPOL >> 8 &&
	       frame->data[13] == (ETHERTYPE_EAPOL & 0xff);
}

void ap_power_update_tim(struct ap_sta *sta)
{
	bool resend = sta->ps_response.mpdus.count && !sta->ps_response.in_flight;

	tim_set_aid(&sta->bss->tim, sta->aid,
		    sta->dozing && (sta->ps.count || sta->buffered_mgmt || sta->poll_pending || resend));
}

uint64_t ap_power_wait_ns(const struct ap *ap, const struct ap_sta *sta)
{
	return 2 * (uint64_t)sta->listen_interval * ap->setup.beacon_tu * TU;
}

/* When nothing waits any more there is nothing to look at. */
static void update_ps_state(struct ap *ap, struct ap_sta *sta)
{
	/* A message may have gone otherwise than to the station: too old, or pushed out by what came behind it. */
	if (!sta->ps.count)
		sta->eapol_buffered = false;
	if (!sta->ps.count && !sta->ps_response.mpdus.count)
		sta->ps_check_ns = 0;
	else if (!sta->ps_check_ns)
		sta->ps_check_ns = ap->now_ns + AP_PS_CHECK_NS;
	ap_power_update_tim(sta);
	ap_sta_schedule(ap, sta);
}

void ap_power_buffer(struct ap *ap, struct ap_sta *sta, struct frame *frame)
{
	bool eapol = is_eapol(frame);
	enum drop drop = power_save_enqueue(&sta->ps, &ap->ps, frame, ap->now_ns);

	if (drop)
		ap_drop(ap, drop, sta->peer.addr);
	sta->eapol_buffered |= eapol && sta->ps.count;
	update_ps_state(ap, sta);
}

void ap_power_buffer_management(struct ap *ap, struct ap_sta *sta, struct frame *frame)
{
	frame_free(sta->buffered_mgmt);
	sta->buffered_mgmt = frame;
	update_ps_state(ap, sta);
}

/* A frame that waited is on its way. */
static void send_buffered(struct ap *ap, struct ap_sta *sta, struct frame *frame, enum ap_cookie kind)
{
	bool eapol = is_eapol(frame);
	struct tx_options options = {.cookie = ap_sta_cookie(sta, kind),
				     .more_data = kind == AP_COOKIE_PS_RESPONSE && sta->ps.count,
				     .cleartext = eapol && !sta->auth.ptk_installed};

	if (eapol) {
		/* The wait for an answer begins now. */
		sta->eapol_buffered = false;
		if (sta->auth.deadline_ns && sta->auth.deadline_ns < ap->now_ns + RSN_RESEND_NS)
			sta->auth.deadline_ns = ap->now_ns + RSN_RESEND_NS;
	}
	ap_data_transmit(ap, sta, frame, &options);
}

static void send_buffered_management(struct ap *ap, struct ap_sta *sta, enum ap_cookie kind)
{
	struct tx_options options = {.cookie = ap_sta_cookie(sta, kind),
				     .more_data = kind == AP_COOKIE_PS_RESPONSE && sta->ps.count};
	enum drop drop = tx_management(&ap->tx, &sta->peer, sta->buffered_mgmt, &sta->bss->seq, &options);

	sta->buffered_mgmt = NULL;
	if (drop)
		ap_drop(ap, drop, sta->peer.addr);
}

/* ---- what was fetched ---- */

static void clear_ps_response(struct ap_sta *sta)
{
	frame_list_free(&sta->ps_response.mpdus);
	sta->ps_response = (struct ap_ps_response){0};
}

static void drop_ps_response(struct ap *ap, struct ap_sta *sta)
{
	ap_drop(ap, DROP_DOZE_LATE, sta->peer.addr);
	clear_ps_response(sta);
}

void ap_power_ps_response_sent(struct ap *ap, struct ap_sta *sta, struct frame *frame)
{
	struct ap_ps_response *response = &sta->ps_response;
	struct frame *copy = frame_clone(frame);

	/* What cannot be kept whole is lost as other frames are. */
	if (!copy || frame_list_add(&response->mpdus, copy))
		return;
	if (!response->first_sent_ns)
		response->first_sent_ns = ap->now_ns;
	response->last_sent_ns = ap->now_ns;
	response->in_flight++;
	update_ps_state(ap, sta);
}

/* As they were; they come back by ap_power_ps_response_sent() if they go out for a PS-Poll. */
static void resend_ps_response(struct ap *ap, struct ap_sta *sta, enum ap_cookie kind)
{
	struct tx_options options = {.cookie = ap_sta_cookie(sta, kind),
				     .more_data =
					     kind == AP_COOKIE_PS_RESPONSE && (sta->ps.count || sta->buffered_mgmt)};
	struct frame_list *mpdus = &sta->ps_response.mpdus;

	for (size_t i = 0; i < mpdus->count; i++) {
		enum drop drop = tx_retry(&ap->tx, mpdus->at[i], &options);

		if (drop)
			ap_drop(ap, drop, sta->peer.addr);
	}
	mpdus->count = 0;
	sta->ps_response.lost = false;
}

void ap_power_tx_status(struct ap *ap, struct ap_sta *sta, bool acked)
{
	struct ap_ps_response *response = &sta->ps_response;
	bool poll_pending;

	if (!response->in_flight)
		return;
	response->lost |= !acked;
	if (--response->in_flight)
		return;
	poll_pending = response->poll_pending;
	response->poll_pending = false;
	if (!response->lost)
		clear_ps_response(sta);
	else if (response->tries >= AP_PS_RESPONSE_TRIES)
		drop_ps_response(ap, sta);
	update_ps_state(ap, sta);
	if (poll_pending)
		ap_power_ps_poll(ap, sta);
}

void ap_power_rekeyed(struct ap *ap, struct ap_sta *sta)
{
	if (sta->ps_response.lost && !sta->ps_response.in_flight)
		drop_ps_response(ap, sta);
	clear_ps_response(sta);
	update_ps_state(ap, sta);
}

/* ---- events ---- */

void ap_power_ps_poll(struct ap *ap, struct ap_sta *sta)
{
	struct tx_options options = {.cookie = ap_sta_cookie(sta, AP_COOKIE_POLL)};
	struct frame *frame;
	enum drop drop;

	sta->poll_pending = false;
	if (sta->ps_response.in_flight) {
		sta->ps_response.poll_pending = true;
		return;
	}
	sta->ps_response.tries++;
	if (sta->ps_response.mpdus.count) {
		resend_ps_response(ap, sta, AP_COOKIE_PS_RESPONSE);
	} else if (sta->buffered_mgmt) {
		send_buffered_management(ap, sta, AP_COOKIE_PS_RESPONSE);
	} else if ((frame = power_save_dequeue(&sta->ps, &ap->ps))) {
		send_buffered(ap, sta, frame, AP_COOKIE_PS_RESPONSE);
	} else { /* it thought that there was something: it must hear that there is not */
		sta->ps_response.tries = 0;
		drop = tx_null(&ap->tx, &sta->peer, &options);
		if (drop)
			ap_drop(ap, drop, sta->peer.addr);
	}
	update_ps_state(ap, sta);
}

void ap_power_set(struct ap *ap, struct ap_sta *sta, bool dozing)
{
	struct frame *frame;

	if (sta->dozing == dozing)
		return;
	sta->dozing = dozing;
	if (dozing) {
		sta->bss->dozing_count++;
		return;
	}
	sta->bss->dozing_count--;
	sta->poll_pending = false;
	if (!sta->ps_response.in_flight)
		resend_ps_response(ap, sta, AP_COOKIE_DATA);
	clear_ps_response(sta);
	if (sta->buffered_mgmt)
		send_buffered_management(ap, sta, AP_COOKIE_DATA);
	while ((frame = power_save_dequeue(&sta->ps, &ap->ps)))
		send_buffered(ap, sta, frame, AP_COOKIE_DATA);
	update_ps_state(ap, sta);
}

static enum drop send_group(struct ap *ap, struct ap_bss *bss, struct frame *frame, bool more)
{
	struct tx_options options = {.more_data = more};

	/* Time for another key, while this one has numbers left. */
	if (bss->protected && !bss->group_switching &&
	    key_pn_remaining(&bss->group_keys.gtk[bss->group_keys.gtk_id]) < AP_PN_RESERVE)
		bss->group_rekey_ns = ap->now_ns;
	return tx_group_data(&ap->tx, &bss->group_keys, bss->setup.bssid, bss->protected, frame, &options);
}

/* Group frames never overtake one another: as long as one waits, all wait. */
void ap_power_group(struct ap *ap, struct ap_bss *bss, struct frame *frame)
{
	enum drop drop;

	if (bss->dozing_count || bss->group_buffer.count)
		drop = power_save_enqueue(&bss->group_buffer, &ap->ps, frame, ap->now_ns);
	else
		drop = send_group(ap, bss, frame, false);
	if (drop)
		ap_drop(ap, drop, NULL);
}

void ap_power_dtim(struct ap *ap, struct ap_bss *bss)
{
	struct frame *frame;

	while ((frame = power_save_dequeue(&bss->group_buffer, &ap->ps))) {
		enum drop drop = send_group(ap, bss, frame, bss->group_buffer.count);

		if (drop)
			ap_drop(ap, drop, NULL);
	}
}

void ap_power_timer(struct ap *ap, struct ap_sta *sta)
{
	uint64_t age = ap_power_wait_ns(ap, sta);
	struct ap_ps_response *response = &sta->ps_response;

	age = age > AP_PS_LIFETIME_NS ? age : AP_PS_LIFETIME_NS;
	if (response->in_flight && ap->now_ns >= response->last_sent_ns + AP_TX_STATUS_NS) {
		response->in_flight = 1;
		ap_power_tx_status(ap, sta, false);
	}
	if (response->mpdus.count && !response->in_flight && ap->now_ns > response->first_sent_ns + age)
		drop_ps_response(ap, sta);
	for (unsigned expired = power_save_expire(&sta->ps, &ap->ps, ap->now_ns, age); expired--;)
		ap_drop(ap, DROP_DOZE_LATE, sta->peer.addr);
	sta->ps_check_ns = ap->now_ns + AP_PS_CHECK_NS;
	update_ps_state(ap, sta);
}

void ap_power_clear(struct ap *ap, struct ap_sta *sta)
{
	power_save_clear(&sta->ps, &ap->ps);
	clear_ps_response(sta);
	frame_free(sta->buffered_mgmt);
	sta->buffered_mgmt = NULL;
	sta->ps_check_ns = 0;
	sta->poll_pending = false;
	tim_set_aid(&sta->bss->tim, sta->aid, false);
}
