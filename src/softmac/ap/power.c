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
#include "softmac/ap/soft_ap_state.h"

#include "wire/be.h"
#include "wire/ether.h"

#include <string.h>

static bool is_eapol(const struct frame *frame)
{
	return frame->len >= ETHER_HLEN && be16(frame->data + 12) == ETHERTYPE_EAPOL;
}

void soft_power_update_tim(struct soft_station *sta)
{
	bool resend = sta->ps_response.mpdus.count && !sta->ps_response.in_flight;

	tim_set_aid(&sta->bss->tim, sta->aid,
		    sta->dozing && (sta->ps.count || sta->buffered_mgmt || sta->poll_pending || resend));
}

/* A dozing station wakes up within this time: twice its listen interval. */
static uint64_t wait_ns(const struct soft_station *sta)
{
	return 2 * (uint64_t)sta->listen_interval * sta->bss->setup.beacon_tu * TU;
}

static void report_eapol(struct soft_ap *soft, const struct soft_station *sta, enum plane_eapol_status status)
{
	soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_EAPOL_STATUS, .eapol_status = status});
}

/* The buffered handshake message has left the queue. */
static void forget_eapol(struct soft_ap *soft, struct soft_station *sta, enum plane_eapol_status status)
{
	if (!sta->eapol_buffered)
		return;
	sta->eapol_buffered = false;
	report_eapol(soft, sta, status);
}

/* After each change to the buffers. */
static void update_ps_state(struct soft_ap *soft, struct soft_station *sta)
{
	/* A handshake message may also have left the queue because it expired or was evicted. */
	if (!sta->ps.count)
		forget_eapol(soft, sta, PLANE_EAPOL_LOST);
	if (!sta->ps.count && !sta->ps_response.mpdus.count)
		timer_heap_stop(&soft->timers, &sta->timer);
	else if (!sta->timer.heap_index)
		timer_heap_set(&soft->timers, &sta->timer, soft->now_ns + SOFT_PS_CHECK_NS);
	soft_power_update_tim(sta);
}

/* ---- frames to a station ---- */

static void transmit(struct soft_ap *soft, struct soft_station *sta, struct frame *frame,
		     const struct tx_options *options)
{
	enum drop drop;

	sta->tx_frames++;
	sta->tx_bytes += frame->len;
	drop = tx_data(&soft->tx, &sta->peer, frame, options);
	if (drop)
		soft_drop(soft, drop, sta->entry.addr);
	/* Rekey while enough packet numbers are left for the handshake. */
	if (sta->peer.authorised && sta->peer.pairwise.set && key_pn_is_low(&sta->peer.pairwise))
		soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_PN_LOW});
}

/* If all buffers are full, the station with the most frames loses its oldest one to a queue that has fewer. */
static void make_room(struct soft_ap *soft, unsigned count)
{
	struct soft_station *most = NULL;

	if (soft->ps.buffered < soft->ps.limit)
		return;
	for (size_t i = 0; i < soft->station_count; i++)
		if (!most || soft->stations[i]->ps.count > most->ps.count)
			most = soft->stations[i];
	if (!most || most->ps.count <= count + 1)
		return;
	frame_free(power_save_dequeue(&most->ps, &soft->ps));
	soft_drop(soft, DROP_DOZE_FULL, most->entry.addr);
	update_ps_state(soft, most);
}

static void buffer_data(struct soft_ap *soft, struct soft_station *sta, struct frame *frame)
{
	bool eapol = is_eapol(frame);
	enum drop drop;

	make_room(soft, sta->ps.count);
	drop = power_save_enqueue(&sta->ps, &soft->ps, frame, soft->now_ns);

	if (drop)
		soft_drop(soft, drop, sta->entry.addr);
	if (eapol && sta->ps.count && !sta->eapol_buffered) {
		sta->eapol_buffered = true;
		report_eapol(soft, sta, PLANE_EAPOL_BUFFERED);
	}
	update_ps_state(soft, sta);
}

void soft_buffer_management(struct soft_ap *soft, struct soft_station *sta, struct frame *frame)
{
	frame_free(sta->buffered_mgmt);
	sta->buffered_mgmt = frame;
	update_ps_state(soft, sta);
}

static void send_buffered_data(struct soft_ap *soft, struct soft_station *sta, struct frame *frame,
			       enum soft_cookie kind)
{
	bool eapol = is_eapol(frame);
	struct tx_options options = {.cookie = soft_cookie(sta, kind),
				     .more_data = kind == SOFT_COOKIE_PS_RESPONSE && sta->ps.count,
				     .cleartext = eapol && !sta->peer.pairwise.set};

	if (eapol)
		forget_eapol(soft, sta, PLANE_EAPOL_SENT);
	transmit(soft, sta, frame, &options);
}

static void send_buffered_management(struct soft_ap *soft, struct soft_station *sta, enum soft_cookie kind)
{
	struct tx_options options = {.cookie = soft_cookie(sta, kind),
				     .more_data = kind == SOFT_COOKIE_PS_RESPONSE && sta->ps.count};
	enum drop drop = tx_management(&soft->tx, &sta->peer, sta->buffered_mgmt, &sta->bss->seq, &options);

	sta->buffered_mgmt = NULL;
	if (drop)
		soft_drop(soft, drop, sta->entry.addr);
}

/* ---- PS-Poll ---- */

static void clear_ps_response(struct soft_station *sta)
{
	frame_list_free(&sta->ps_response.mpdus);
	sta->ps_response = (struct soft_ps_response){0};
}

static void drop_ps_response(struct soft_ap *soft, struct soft_station *sta)
{
	soft_drop(soft, DROP_DOZE_LATE, sta->entry.addr);
	clear_ps_response(sta);
}

/* Keeps copies of the MPDUs that the actions from `first` on transmit in response to a PS-Poll. */
static void keep_ps_response(struct soft_ap *soft, struct soft_station *sta, size_t first)
{
	struct soft_ps_response *response = &sta->ps_response;
	uint32_t cookie = soft_cookie(sta, SOFT_COOKIE_PS_RESPONSE);

	for (size_t i = first; i < soft->output.actions->count; i++) {
		const struct action *action = &soft->output.actions->list[i];
		struct frame *copy;

		if (action->kind != ACTION_TRANSMIT || action->cookie != cookie)
			continue;
		copy = frame_clone(action->frame);
		/* Without memory the MPDU cannot be sent again, like any other frame. */
		if (!copy || frame_list_add(&response->mpdus, copy))
			continue;
		if (!response->first_sent_ns)
			response->first_sent_ns = soft->now_ns;
		response->last_sent_ns = soft->now_ns;
		response->in_flight++;
	}
}

static void resend_ps_response(struct soft_ap *soft, struct soft_station *sta, enum soft_cookie kind)
{
	struct tx_options options = {.cookie = soft_cookie(sta, kind),
				     .more_data =
					     kind == SOFT_COOKIE_PS_RESPONSE && (sta->ps.count || sta->buffered_mgmt)};
	struct frame_list *mpdus = &sta->ps_response.mpdus;

	for (size_t i = 0; i < mpdus->count; i++) {
		enum drop drop = tx_retry(&soft->tx, mpdus->at[i], &options);

		if (drop)
			soft_drop(soft, drop, sta->entry.addr);
	}
	mpdus->count = 0;
	sta->ps_response.lost = false;
}

/* A few times at once, then once in a beacon interval. */
static bool may_send_response(const struct soft_ap *soft, const struct soft_station *sta)
{
	const struct soft_ps_response *response = &sta->ps_response;

	return !response->in_flight && (response->tries < SOFT_PS_RESPONSE_TRIES ||
					soft->now_ns >= response->last_sent_ns + sta->bss->setup.beacon_tu * TU);
}

/* Sends one buffered frame and keeps it until it is acknowledged. Returns false if nothing is buffered. */
static bool send_buffered(struct soft_ap *soft, struct soft_station *sta)
{
	size_t first = soft->output.actions->count;

	if (!sta->ps_response.mpdus.count && !sta->buffered_mgmt && !sta->ps.count)
		return false;
	if (!may_send_response(soft, sta))
		return true;
	sta->ps_response.tries++;
	if (sta->ps_response.mpdus.count)
		resend_ps_response(soft, sta, SOFT_COOKIE_PS_RESPONSE);
	else if (sta->buffered_mgmt)
		send_buffered_management(soft, sta, SOFT_COOKIE_PS_RESPONSE);
	else
		send_buffered_data(soft, sta, power_save_dequeue(&sta->ps, &soft->ps), SOFT_COOKIE_PS_RESPONSE);
	soft_flush(soft);
	keep_ps_response(soft, sta, first);
	return true;
}

void soft_send_data(struct soft_ap *soft, struct soft_station *sta, struct frame *frame, bool cleartext)
{
	enum soft_cookie kind = is_eapol(frame) ? SOFT_COOKIE_EAPOL : SOFT_COOKIE_DATA;
	struct tx_options options = {.cookie = soft_cookie(sta, kind), .cleartext = cleartext};

	if (!sta->peer.authorised && !is_eapol(frame)) {
		soft_drop(soft, DROP_PORT_CLOSED, sta->entry.addr);
		frame_free(frame);
	} else if (sta->dozing || sta->awake_unproven || soft_is_held(soft)) {
		buffer_data(soft, sta, frame);
		if (!sta->dozing && !soft_is_held(soft))
			send_buffered(soft, sta);
	} else {
		transmit(soft, sta, frame, &options);
	}
}

void soft_send_null(struct soft_ap *soft, struct soft_station *sta)
{
	struct tx_options options = {.cookie = soft_cookie(sta, SOFT_COOKIE_PROBE)};
	enum drop drop = tx_null(&soft->tx, &sta->peer, &options);

	if (drop)
		soft_drop(soft, drop, sta->entry.addr);
}

void soft_power_ps_poll(struct soft_ap *soft, struct soft_station *sta)
{
	sta->poll_pending = false;
	if (sta->ps_response.in_flight) {
		sta->ps_response.poll_pending = true;
	} else if (!send_buffered(soft, sta) && soft->now_ns >= sta->null_ns + sta->bss->setup.beacon_tu * TU) {
		/* Nothing is buffered (any more): a Null frame without More Data ends the service. */
		sta->null_ns = soft->now_ns;
		soft_send_null(soft, sta);
	}
	update_ps_state(soft, sta);
}

static void report_power(struct soft_ap *soft, const struct soft_station *sta)
{
	soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_POWER, .dozing = sta->dozing});
}

/* The station does not acknowledge: the frame that reported it awake was forged, or it has gone back to sleep. */
static void return_to_doze(struct soft_ap *soft, struct soft_station *sta)
{
	sta->awake_unproven = false;
	sta->dozing = true;
	sta->bss->dozing_count++;
	report_power(soft, sta);
}

void soft_power_tx_status(struct soft_ap *soft, struct soft_station *sta, bool acked)
{
	struct soft_ps_response *response = &sta->ps_response;
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
		return_to_doze(soft, sta);
	update_ps_state(soft, sta);
	if (poll_pending && sta->dozing)
		soft_power_ps_poll(soft, sta);
}

void soft_power_rekeyed(struct soft_ap *soft, struct soft_station *sta)
{
	if (sta->ps_response.lost && !sta->ps_response.in_flight)
		drop_ps_response(soft, sta);
	clear_ps_response(sta);
	update_ps_state(soft, sta);
}

/* ---- state ---- */

void soft_power_set(struct soft_ap *soft, struct soft_station *sta, bool dozing)
{
	if (sta->dozing == dozing)
		return;
	sta->dozing = dozing;
	sta->awake_unproven = !dozing;
	report_power(soft, sta);
	if (dozing) {
		sta->bss->dozing_count++;
		update_ps_state(soft, sta);
		return;
	}
	sta->bss->dozing_count--;
	sta->poll_pending = false;
	if (!sta->ps_response.in_flight)
		send_buffered(soft, sta);
	update_ps_state(soft, sta);
}

static void send_queue(struct soft_ap *soft, struct soft_station *sta)
{
	struct frame *frame;

	if (sta->buffered_mgmt)
		send_buffered_management(soft, sta, SOFT_COOKIE_DATA);
	while ((frame = power_save_dequeue(&sta->ps, &soft->ps)))
		send_buffered_data(soft, sta, frame, SOFT_COOKIE_DATA);
	update_ps_state(soft, sta);
}

void soft_power_acked(struct soft_ap *soft, struct soft_station *sta)
{
	if (!sta->awake_unproven)
		return;
	sta->awake_unproven = false;
	if (!sta->ps_response.in_flight)
		resend_ps_response(soft, sta, SOFT_COOKIE_DATA);
	clear_ps_response(sta);
	if (!soft_is_held(soft))
		send_queue(soft, sta);
}

void soft_power_timer(struct soft_ap *soft, struct soft_station *sta)
{
	uint64_t lifetime_ns = wait_ns(sta);
	struct soft_ps_response *response = &sta->ps_response;

	lifetime_ns = lifetime_ns > SOFT_PS_LIFETIME_NS ? lifetime_ns : SOFT_PS_LIFETIME_NS;
	if (response->in_flight && soft->now_ns >= response->last_sent_ns + TX_STATUS_NS) {
		response->in_flight = 1;
		soft_power_tx_status(soft, sta, false);
	}
	if (response->mpdus.count && !response->in_flight && soft->now_ns > response->first_sent_ns + lifetime_ns)
		drop_ps_response(soft, sta);
	for (unsigned expired = power_save_expire(&sta->ps, &soft->ps, soft->now_ns, lifetime_ns); expired--;)
		soft_drop(soft, DROP_DOZE_LATE, sta->entry.addr);
	timer_heap_set(&soft->timers, &sta->timer, soft->now_ns + SOFT_PS_CHECK_NS);
	update_ps_state(soft, sta);
}

void soft_power_clear(struct soft_ap *soft, struct soft_station *sta)
{
	if (sta->dozing)
		sta->bss->dozing_count--;
	sta->dozing = sta->awake_unproven = sta->poll_pending = sta->eapol_buffered = false;
	power_save_clear(&sta->ps, &soft->ps);
	clear_ps_response(sta);
	frame_free(sta->buffered_mgmt);
	sta->buffered_mgmt = NULL;
	timer_heap_stop(&soft->timers, &sta->timer);
	tim_set_aid(&sta->bss->tim, sta->aid, false);
}

/* ---- group frames ---- */

static enum drop transmit_group(struct soft_ap *soft, struct soft_bss *bss, struct frame *frame, bool more_data)
{
	struct tx_options options = {.more_data = more_data};

	/* Rekey while packet numbers are left. */
	if (bss->setup.rsn && key_pn_is_low(&bss->group_keys.gtk[bss->group_keys.gtk_id]))
		soft_report(soft, &(struct plane_event){.kind = PLANE_EVENT_PN_LOW, .bss = bss->index, .group = true});
	return tx_group_data(&soft->tx, &bss->group_keys, bss->setup.bssid, bss->setup.rsn, frame, &options);
}

/* Group frames keep their order: while one is buffered, all are. */
void soft_send_group(struct soft_ap *soft, struct soft_bss *bss, struct frame *frame)
{
	enum drop drop;

	if (bss->dozing_count || bss->group_buffer.count || soft_is_held(soft)) {
		make_room(soft, bss->group_buffer.count);
		drop = power_save_enqueue(&bss->group_buffer, &soft->ps, frame, soft->now_ns);
	} else {
		drop = transmit_group(soft, bss, frame, false);
	}
	if (drop)
		soft_drop(soft, drop, NULL);
}

void soft_power_dtim(struct soft_ap *soft, struct soft_bss *bss)
{
	struct frame *frame;

	while ((frame = power_save_dequeue(&bss->group_buffer, &soft->ps))) {
		enum drop drop = transmit_group(soft, bss, frame, bss->group_buffer.count);

		if (drop)
			soft_drop(soft, drop, NULL);
	}
}

/* ---- the end of a channel switch ---- */

void soft_power_release(struct soft_ap *soft)
{
	for (size_t i = 0; i < soft->station_count; i++)
		if (!soft->stations[i]->dozing && !soft->stations[i]->awake_unproven)
			send_queue(soft, soft->stations[i]);
	for (unsigned i = 0; i < soft->bss_count; i++)
		if (!soft->bss[i].dozing_count)
			soft_power_dtim(soft, &soft->bss[i]);
}
