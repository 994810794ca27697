/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power save at the access point (11.2.3), and so the way of every frame to a station or to the group.
 *
 * A station announces by the Power Management bit that it dozes. From then on its frames are buffered, and its bit in
 * the TIM is set. A PS-Poll fetches one frame; a cleared Power Management bit fetches all of them. While any station
 * dozes, group frames are buffered until the DTIM.
 *
 * Buffers hold Ethernet frames. A frame is sealed when it is sent, with the keys of that time: a frame buffered for a
 * protected link never goes out in the clear or under the key of another association.
 *
 * A fetched frame is kept, as sealed MPDUs, until it is acknowledged. If the station did not hear it, the next PS-Poll
 * fetches the same MPDUs again as a retry, which a station that did hear them recognises as a duplicate. Only one frame
 * is in flight at a time: a later frame would have a higher packet number, and the retry would then be a replay.
 *
 * Anybody can send a PS-Poll or a Null frame in the name of a station. Therefore a fetched frame is never given up before
 * it expires; it is transmitted only a few times at once, and then once in a beacon interval. A station that reports to be
 * awake gets one frame in the same way; only its acknowledgement proves that the station is awake, and then the others
 * follow. Without an acknowledgement the station still dozes.
 */
#include "mlme/ap_state.h"

#include "wire/be.h"
#include "wire/ether.h"

#include <string.h>

static bool is_eapol(const struct frame *frame)
{
	return frame->len >= ETHER_HLEN && be16(frame->data + 12) == ETHERTYPE_EAPOL;
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

/* After each change to the buffers. */
static void update_ps_state(struct ap *ap, struct ap_sta *sta)
{
	/* A handshake message may also have left the queue because it expired or was evicted. */
	if (!sta->ps.count)
		sta->eapol_buffered = false;
	if (!sta->ps.count && !sta->ps_response.mpdus.count)
		sta->due_ns[AP_TIMER_PS] = NEVER;
	else if (sta->due_ns[AP_TIMER_PS] == NEVER)
		sta->due_ns[AP_TIMER_PS] = ap->now_ns + AP_PS_CHECK_NS;
	ap_power_update_tim(sta);
	ap_sta_schedule(ap, sta);
}

/* ---- frames to a station ---- */

static void transmit(struct ap *ap, struct ap_sta *sta, struct frame *frame, const struct tx_options *options)
{
	enum drop drop;

	sta->tx_frames++;
	sta->tx_bytes += frame->len;
	drop = tx_data(&ap->tx, &sta->peer, frame, options);
	if (drop)
		ap_drop(ap, drop, sta->peer.addr);
	/* Rekey while enough packet numbers are left for the handshake. */
	if (sta->peer.authorised && sta->peer.pairwise.set && key_pn_remaining(&sta->peer.pairwise) < AP_PN_RESERVE &&
	    sta->due_ns[AP_TIMER_REKEY] > ap->now_ns + SECOND) {
		sta->due_ns[AP_TIMER_REKEY] = ap->now_ns;
		ap_sta_schedule(ap, sta);
	}
}

/* If all buffers are full, the station with the most frames loses its oldest one to a queue that has fewer. */
static void make_room(struct ap *ap, unsigned count)
{
	struct ap_sta *most = NULL;

	if (ap->ps.buffered < ap->ps.limit)
		return;
	for (size_t i = 0; i < ap->associated_count; i++)
		if (!most || ap->associated[i]->ps.count > most->ps.count)
			most = ap->associated[i];
	if (!most || most->ps.count <= count + 1)
		return;
	frame_free(power_save_dequeue(&most->ps, &ap->ps));
	ap_drop(ap, DROP_DOZE_FULL, most->peer.addr);
	update_ps_state(ap, most);
}

static void buffer_data(struct ap *ap, struct ap_sta *sta, struct frame *frame)
{
	bool eapol = is_eapol(frame);
	enum drop drop;

	make_room(ap, sta->ps.count);
	drop = power_save_enqueue(&sta->ps, &ap->ps, frame, ap->now_ns);

	if (drop)
		ap_drop(ap, drop, sta->peer.addr);
	sta->eapol_buffered |= eapol && sta->ps.count;
	update_ps_state(ap, sta);
}

void ap_send_or_buffer_management(struct ap *ap, struct ap_sta *sta, struct frame *frame)
{
	if (!frame || !sta->dozing) {
		ap_send_management(ap, sta->bss, sta, frame, ap_cookie(sta, AP_COOKIE_DATA));
		return;
	}
	frame_free(sta->buffered_mgmt);
	sta->buffered_mgmt = frame;
	update_ps_state(ap, sta);
}

static void send_buffered_data(struct ap *ap, struct ap_sta *sta, struct frame *frame, enum ap_cookie kind)
{
	bool eapol = is_eapol(frame);
	struct tx_options options = {.cookie = ap_cookie(sta, kind),
				     .more_data = kind == AP_COOKIE_PS_RESPONSE && sta->ps.count,
				     .cleartext = eapol && !sta->auth.ptk_installed};

	if (eapol) {
		/* The timeout of the message starts now. */
		sta->eapol_buffered = false;
		if (sta->auth.deadline_ns && sta->auth.deadline_ns < ap->now_ns + RSN_RESEND_NS)
			sta->auth.deadline_ns = ap->now_ns + RSN_RESEND_NS;
	}
	transmit(ap, sta, frame, &options);
}

static void send_buffered_management(struct ap *ap, struct ap_sta *sta, enum ap_cookie kind)
{
	struct tx_options options = {.cookie = ap_cookie(sta, kind),
				     .more_data = kind == AP_COOKIE_PS_RESPONSE && sta->ps.count};
	enum drop drop = tx_management(&ap->tx, &sta->peer, sta->buffered_mgmt, &sta->bss->seq, &options);

	sta->buffered_mgmt = NULL;
	if (drop)
		ap_drop(ap, drop, sta->peer.addr);
}

/* ---- PS-Poll ---- */

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

/* Keeps copies of the MPDUs that the actions from `first` on transmit in response to a PS-Poll. */
static void keep_ps_response(struct ap *ap, struct ap_sta *sta, size_t first)
{
	struct ap_ps_response *response = &sta->ps_response;
	uint32_t cookie = ap_cookie(sta, AP_COOKIE_PS_RESPONSE);

	for (size_t i = first; i < ap->out->count; i++) {
		const struct action *action = &ap->out->list[i];
		struct frame *copy;

		if (action->kind != ACTION_TRANSMIT || action->cookie != cookie)
			continue;
		copy = frame_clone(action->frame);
		/* Without memory the MPDU cannot be sent again, like any other frame. */
		if (!copy || frame_list_add(&response->mpdus, copy))
			continue;
		if (!response->first_sent_ns)
			response->first_sent_ns = ap->now_ns;
		response->last_sent_ns = ap->now_ns;
		response->in_flight++;
	}
}

static void resend_ps_response(struct ap *ap, struct ap_sta *sta, enum ap_cookie kind)
{
	struct tx_options options = {.cookie = ap_cookie(sta, kind),
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

/* A few times at once, then once in a beacon interval. */
static bool may_send_response(const struct ap *ap, const struct ap_ps_response *response)
{
	return !response->in_flight && (response->tries < AP_PS_RESPONSE_TRIES ||
					ap->now_ns >= response->last_sent_ns + ap->setup.beacon_tu * TU);
}

/* Sends one buffered frame and keeps it until it is acknowledged. Returns false if nothing is buffered. */
static bool send_buffered(struct ap *ap, struct ap_sta *sta)
{
	size_t first = ap->out->count;

	if (!sta->ps_response.mpdus.count && !sta->buffered_mgmt && !sta->ps.count)
		return false;
	if (!may_send_response(ap, &sta->ps_response))
		return true;
	sta->ps_response.tries++;
	if (sta->ps_response.mpdus.count)
		resend_ps_response(ap, sta, AP_COOKIE_PS_RESPONSE);
	else if (sta->buffered_mgmt)
		send_buffered_management(ap, sta, AP_COOKIE_PS_RESPONSE);
	else
		send_buffered_data(ap, sta, power_save_dequeue(&sta->ps, &ap->ps), AP_COOKIE_PS_RESPONSE);
	ap_flush(ap);
	keep_ps_response(ap, sta, first);
	return true;
}

void ap_send_data(struct ap *ap, struct ap_sta *sta, struct frame *frame, bool cleartext)
{
	struct tx_options options = {.cookie = ap_cookie(sta, AP_COOKIE_DATA), .cleartext = cleartext};

	if (!sta->peer.authorised && !is_eapol(frame)) {
		ap_drop(ap, DROP_PORT_CLOSED, sta->peer.addr);
		frame_free(frame);
	} else if (sta->dozing || sta->awake_unproven) {
		buffer_data(ap, sta, frame);
		if (!sta->dozing)
			send_buffered(ap, sta);
	} else {
		transmit(ap, sta, frame, &options);
	}
}

void ap_send_null(struct ap *ap, struct ap_sta *sta)
{
	struct tx_options options = {.cookie = ap_cookie(sta, AP_COOKIE_POLL)};
	enum drop drop = tx_null(&ap->tx, &sta->peer, &options);

	if (drop)
		ap_drop(ap, drop, sta->peer.addr);
}

void ap_power_ps_poll(struct ap *ap, struct ap_sta *sta)
{
	sta->poll_pending = false;
	if (sta->ps_response.in_flight) {
		sta->ps_response.poll_pending = true;
	} else if (!send_buffered(ap, sta) && ap->now_ns >= sta->null_ns + ap->setup.beacon_tu * TU) {
		/* Nothing is buffered (any more): a Null frame without More Data ends the service. */
		sta->null_ns = ap->now_ns;
		ap_send_null(ap, sta);
	}
	update_ps_state(ap, sta);
}

/* The station does not acknowledge: the frame that reported it awake was forged, or it has gone back to sleep. */
static void return_to_doze(struct ap_sta *sta)
{
	sta->awake_unproven = false;
	sta->dozing = true;
	sta->bss->dozing_count++;
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
	else if (sta->awake_unproven)
		return_to_doze(sta);
	update_ps_state(ap, sta);
	if (poll_pending && sta->dozing)
		ap_power_ps_poll(ap, sta);
}

void ap_power_rekeyed(struct ap *ap, struct ap_sta *sta)
{
	if (sta->ps_response.lost && !sta->ps_response.in_flight)
		drop_ps_response(ap, sta);
	clear_ps_response(sta);
	update_ps_state(ap, sta);
}

/* ---- state ---- */

void ap_power_set(struct ap *ap, struct ap_sta *sta, bool dozing)
{
	if (sta->dozing == dozing)
		return;
	sta->dozing = dozing;
	sta->awake_unproven = !dozing;
	if (dozing) {
		sta->bss->dozing_count++;
		update_ps_state(ap, sta);
		return;
	}
	sta->bss->dozing_count--;
	sta->poll_pending = false;
	if (!sta->ps_response.in_flight)
		send_buffered(ap, sta);
	update_ps_state(ap, sta);
}

void ap_power_acked(struct ap *ap, struct ap_sta *sta)
{
	struct frame *frame;

	if (!sta->awake_unproven)
		return;
	sta->awake_unproven = false;
	if (!sta->ps_response.in_flight)
		resend_ps_response(ap, sta, AP_COOKIE_DATA);
	clear_ps_response(sta);
	if (sta->buffered_mgmt)
		send_buffered_management(ap, sta, AP_COOKIE_DATA);
	while ((frame = power_save_dequeue(&sta->ps, &ap->ps)))
		send_buffered_data(ap, sta, frame, AP_COOKIE_DATA);
	update_ps_state(ap, sta);
}

void ap_power_timer(struct ap *ap, struct ap_sta *sta)
{
	uint64_t lifetime_ns = ap_power_wait_ns(ap, sta);
	struct ap_ps_response *response = &sta->ps_response;

	lifetime_ns = lifetime_ns > AP_PS_LIFETIME_NS ? lifetime_ns : AP_PS_LIFETIME_NS;
	if (response->in_flight && ap->now_ns >= response->last_sent_ns + AP_TX_STATUS_NS) {
		response->in_flight = 1;
		ap_power_tx_status(ap, sta, false);
	}
	if (response->mpdus.count && !response->in_flight && ap->now_ns > response->first_sent_ns + lifetime_ns)
		drop_ps_response(ap, sta);
	for (unsigned expired = power_save_expire(&sta->ps, &ap->ps, ap->now_ns, lifetime_ns); expired--;)
		ap_drop(ap, DROP_DOZE_LATE, sta->peer.addr);
	sta->due_ns[AP_TIMER_PS] = ap->now_ns + AP_PS_CHECK_NS;
	update_ps_state(ap, sta);
}

void ap_power_clear(struct ap *ap, struct ap_sta *sta)
{
	if (sta->dozing)
		sta->bss->dozing_count--;
	sta->dozing = sta->awake_unproven = sta->poll_pending = sta->eapol_buffered = false;
	power_save_clear(&sta->ps, &ap->ps);
	clear_ps_response(sta);
	frame_free(sta->buffered_mgmt);
	sta->buffered_mgmt = NULL;
	sta->due_ns[AP_TIMER_PS] = NEVER;
	tim_set_aid(&sta->bss->tim, sta->aid, false);
}

/* ---- group frames ---- */

static enum drop transmit_group(struct ap *ap, struct ap_bss *bss, struct frame *frame, bool more_data)
{
	struct tx_options options = {.more_data = more_data};

	/* Rekey while packet numbers are left. */
	if (bss->protected && bss->group_switch_ns == NEVER &&
	    key_pn_remaining(&bss->group_keys.gtk[bss->group_keys.gtk_id]) < AP_PN_RESERVE)
		bss->group_rekey_ns = ap->now_ns;
	return tx_group_data(&ap->tx, &bss->group_keys, bss->setup.bssid, bss->protected, frame, &options);
}

/* Group frames keep their order: while one is buffered, all are. */
void ap_send_group(struct ap *ap, struct ap_bss *bss, struct frame *frame)
{
	enum drop drop;

	if (bss->dozing_count || bss->group_buffer.count) {
		make_room(ap, bss->group_buffer.count);
		drop = power_save_enqueue(&bss->group_buffer, &ap->ps, frame, ap->now_ns);
	} else {
		drop = transmit_group(ap, bss, frame, false);
	}
	if (drop)
		ap_drop(ap, drop, NULL);
}

void ap_power_dtim(struct ap *ap, struct ap_bss *bss)
{
	struct frame *frame;

	while ((frame = power_save_dequeue(&bss->group_buffer, &ap->ps))) {
		enum drop drop = transmit_group(ap, bss, frame, bss->group_buffer.count);

		if (drop)
			ap_drop(ap, drop, NULL);
	}
}
