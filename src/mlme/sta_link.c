/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the access point still there, and does it still know us?
 *
 *	no beacon for a while       a Null frame asks; without acknowledgement, several times, it is gone.  A radio that
 *	                            acknowledges but has stopped to beacon is given some more time
 *	nothing said for a while    a Null frame says that we are here, before the access point asks or gives us up
 *	a beacon of another kind    (its clock jumped, its protection changed: it was restarted, or somebody forges): it
 *	                            is asked, and who has forgotten us says so.  A beacon alone ends no link
 *	goodbye without protection  where PMF is in force: SA Query (11.14).  Only silence ends the link
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

#define BEACON_LOSS_COUNT        7 /* chances to hear one */
#define BEACON_LOSS_MIN_NS       (1 * SECOND)
#define BEACON_LOSS_ACKED_FACTOR 4 /* times that, while it acknowledges */
#define KEEPALIVE_NS             (60 * SECOND)
#define TX_STATUS_NS             (2 * SECOND) /* until the radio has told the fate of a frame */
#define POLL_RETRY_NS            (200 * MS)
#define POLL_TRIES               5
#define LOST_MAX                 5
#define SUSPECT_NS               (5 * SECOND)
#define CLOCK_JUMP_US            INT64_C(1000000)
#define SA_QUERY_RETRY_NS        (201 * TU) /* dot11AssociationSAQueryRetryTimeout */
#define SA_QUERY_MAX_NS          (1000 * TU)

uint64_t sta_link_beacon_loss_ns(const struct sta *sta)
{
	unsigned interval = sta->setup.power_save ? sta->setup.listen_interval : 1, dtim = sta->power.dtim_period;
	uint64_t loss_ns;

	if (interval > dtim && dtim)
		interval = dtim;
	loss_ns = (uint64_t)BEACON_LOSS_COUNT * sta->link.beacon_interval_ns * (interval ? interval : 1);
	return loss_ns > BEACON_LOSS_MIN_NS ? loss_ns : BEACON_LOSS_MIN_NS;
}

static void arm_timer(struct sta *sta)
{
	uint64_t loss_ns = sta->link.heard_ns + sta_link_beacon_loss_ns(sta),
		 keepalive_ns = sta->link.acked_ns + KEEPALIVE_NS;
	uint64_t earliest_ns = sta->now_ns + BEACON_LOSS_MIN_NS / 2;

	loss_ns = loss_ns > earliest_ns ? loss_ns : earliest_ns;
	sta->due_ns[STA_TIMER_LINK] = loss_ns < keepalive_ns ? loss_ns : keepalive_ns;
}

static void set_beacon_interval(struct sta *sta, uint16_t interval)
{
	sta->link.beacon_interval_ns = (interval ? interval : 100) * TU;
}

void sta_link_begin(struct sta *sta)
{
	sta->link = (struct sta_link){
		.heard_ns = sta->now_ns, .acked_ns = sta->now_ns, .signal16 = sta->ap.signal_dbm * 16};
	set_beacon_interval(sta, sta->ap.interval);
	arm_timer(sta);
}

/* It does not answer any more. */
static void handle_ap_loss(struct sta *sta, struct actions *out)
{
	sta_note(sta, NOTE_SILENT, 0, out);
	sta_disconnect(sta, REASON_INACTIVE, true, out);
}

static void send_poll(struct sta *sta, struct actions *out)
{
	sta->link.polling = true;
	sta->due_ns[STA_TIMER_LINK] = sta->now_ns + TX_STATUS_NS;
	sta_send_null(sta, STA_COOKIE_POLL, sta_power_pm_bit(sta), out);
}

static void poll_unacked(struct sta *sta, struct actions *out)
{
	sta->link.polling = false;
	if (++sta->link.unacked_polls >= POLL_TRIES)
		handle_ap_loss(sta, out);
	else
		sta->due_ns[STA_TIMER_LINK] = sta->now_ns + sta_jitter(sta, POLL_RETRY_NS);
}

void sta_link_timer(struct sta *sta, struct actions *out)
{
	if (sta->state != STA_CONNECTED)
		return;
	if (sta->link.polling)
		poll_unacked(sta, out);
	else if (sta->roam.state != ROAM_IDLE || sta_switch_blocks_tx(sta))
		sta->due_ns[STA_TIMER_LINK] = sta->now_ns + POLL_RETRY_NS;
	else if (sta->now_ns - sta->link.heard_ns >= BEACON_LOSS_ACKED_FACTOR * sta_link_beacon_loss_ns(sta))
		handle_ap_loss(sta, out);
	else
		send_poll(sta, out);
}

void sta_link_tx_status(struct sta *sta, bool was_poll, bool acked, struct actions *out)
{
	struct sta_link *link = &sta->link;

	if (acked) {
		link->acked_ns = sta->now_ns;
		link->unacked_polls = link->consecutive_lost = 0;
		link->polling = link->polling && !was_poll;
		if (!link->polling)
			arm_timer(sta);
	} else if (was_poll) {
		poll_unacked(sta, out);
	} else if (++link->consecutive_lost >= LOST_MAX && !link->polling && sta->roam.state == ROAM_IDLE) {
		link->consecutive_lost = 0;
		send_poll(sta, out);
	}
}

void sta_link_poll(struct sta *sta, struct actions *out)
{
	if (!sta->link.polling && sta->roam.state == ROAM_IDLE && !sta_switch_blocks_tx(sta))
		send_poll(sta, out);
}

void sta_link_suspect(struct sta *sta, struct actions *out)
{
	if (sta->link.suspect_ns && sta->now_ns - sta->link.suspect_ns < SUSPECT_NS)
		return;
	sta->link.suspect_ns = sta->now_ns;
	if (sta->peer.mfp)
		sta_sa_query_begin(sta, out);
	else
		sta_link_poll(sta, out);
}

static bool equals(struct span actual, const uint8_t *expected, size_t len)
{
	return actual.len == len && (!len || memcmp(actual.bytes, expected, len) == 0);
}

/* Is it what our access point would not send? */
static bool is_suspicious(const struct sta *sta, const struct mgmt *mgmt)
{
	const struct sta_link *link = &sta->link;
	int64_t elapsed_us = (int64_t)(sta->now_ns - link->beacon_ns) / 1000,
		jump_us = (int64_t)(mgmt->tsf - link->tsf) - elapsed_us;

	if (link->beacon_ns && (jump_us > CLOCK_JUMP_US || jump_us < -CLOCK_JUMP_US))
		return true;
	return !equals(mgmt->rsn, sta->ap.rsn, sta->ap.rsn_len) || !equals(mgmt->wpa, sta->ap.wpa, sta->ap.wpa_len);
}

void sta_link_beacon(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta, struct actions *out)
{
	struct sta_link *link = &sta->link;
	bool suspicious = is_suspicious(sta, mgmt);

	link->heard_ns = sta->now_ns;
	link->beacon_ns = sta->now_ns;
	link->tsf = mgmt->tsf;
	link->signal16 += (meta->signal_dbm * 16 - link->signal16) / 4;
	set_beacon_interval(sta, mgmt->interval);
	if (!link->polling)
		arm_timer(sta);
	if (mgmt->subtype == MGMT_BEACON)
		sta_power_beacon(sta, mgmt, out);
	if (suspicious)
		sta_link_suspect(sta, out);
	else
		sta_switch_beacon(sta, mgmt, meta->freq_mhz, out);
}

static void send_sa_query(struct sta *sta, uint8_t action, const uint8_t id[2], struct actions *out)
{
	struct frame *frame = mgmt_new(MGMT_ACTION, sta->ap.bssid, sta->setup.addr, sta->ap.bssid);
	uint8_t body[4] = {ACTION_CATEGORY_SA_QUERY, action, id[0], id[1]};

	if (frame && mgmt_put(frame, body, sizeof body)) {
		frame_free(frame);
		frame = NULL;
	}
	sta_power_mark_active(sta, out);
	sta_send_management(sta, frame, STA_COOKIE_DATA, out);
}

static void send_sa_query_request(struct sta *sta, struct actions *out)
{
	uint8_t id[2];

	put_le16(id, sta->link.query_id);
	sta->due_ns[STA_TIMER_SA_QUERY] = sta->now_ns + SA_QUERY_RETRY_NS;
	send_sa_query(sta, SA_QUERY_REQUEST, id, out);
}

void sta_sa_query_begin(struct sta *sta, struct actions *out)
{
	if (sta->state != STA_CONNECTED || !sta->peer.mfp || sta->link.query_began_ns)
		return;
	sta->link.query_began_ns = sta->now_ns;
	random_bytes(&sta->random, &sta->link.query_id, sizeof sta->link.query_id);
	sta_note(sta, NOTE_SA_QUERY, 0, out);
	send_sa_query_request(sta, out);
}

void sta_sa_query_timer(struct sta *sta, struct actions *out)
{
	if (sta->state != STA_CONNECTED || !sta->link.query_began_ns)
		return;
	if (sta->now_ns - sta->link.query_began_ns < SA_QUERY_MAX_NS)
		send_sa_query_request(sta, out);
	else
		sta_disconnect(sta, REASON_CLASS_3, false, out);
}

/* A protected one, from our access point. */
void sta_sa_query_action(struct sta *sta, const struct mgmt *mgmt, struct actions *out)
{
	if (mgmt->body.len < 2) {
		sta_drop(sta, DROP_TRUNCATED, mgmt->sa, out);
	} else if (mgmt->action == SA_QUERY_REQUEST) {
		send_sa_query(sta, SA_QUERY_RESPONSE, mgmt->body.bytes, out);
	} else if (mgmt->action == SA_QUERY_RESPONSE && sta->link.query_began_ns &&
		   le16(mgmt->body.bytes) == sta->link.query_id) {
		sta->link.query_began_ns = 0;
		sta->due_ns[STA_TIMER_SA_QUERY] = NEVER;
	} else {
		sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa, out);
	}
}
