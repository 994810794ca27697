/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Monitors the access point: is it in range, and does it still hold our association?
 *
 *	beacon loss          a Null frame polls it. Without acknowledgement of several polls it is lost; while it
 *	                     acknowledges, it may be silent longer
 *	nothing sent         a Null frame keeps the association alive
 *	suspicious beacon    (timestamp jump; other RSN or WPA element, SSID or interval: a restart or a forgery) has no
 *	                     other effect than a poll or an SA Query. A
 *	                     restarted access point answers it with a deauthentication; a beacon alone ends no connection
 *	unprotected          under PMF: SA Query (11.14). Only its timeout ends the connection
 *	deauthentication
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

#define BEACON_LOSS_COUNT        7 /* consecutive beacons */
#define BEACON_LOSS_MIN_NS       (1 * SECOND)
#define BEACON_LOSS_ACKED_FACTOR 4 /* times longer, while the access point acknowledges */
#define KEEPALIVE_NS             (60 * SECOND)
#define POLL_RETRY_NS            (200 * MS)
#define POLL_TRIES               5
#define LOST_MAX                 5
#define SUSPECT_NS               (5 * SECOND)
#define CLOCK_JUMP_US            1000000 /* a restart, or a forgery */
#define CLOCK_TOLERANCE_US       10000
#define CLOCK_DRIFT_DIVISOR      1000 /* of the time since the last beacon */
#define CLOCK_ADOPT_COUNT        3
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
	uint64_t loss_ns = sta->link.heard_ns + sta_link_beacon_loss_ns(sta);
	uint64_t first_ns = sta->now_ns + BEACON_LOSS_MIN_NS / 2;

	loss_ns = loss_ns > first_ns ? loss_ns : first_ns;
	sta->due_ns[STA_TIMER_LINK] = earlier(loss_ns, sta->link.acked_ns + KEEPALIVE_NS);
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

static struct sta_outcome handle_ap_loss(struct sta *sta)
{
	sta_note(sta, NOTE_SILENT, 0);
	return (struct sta_outcome){STA_OUTCOME_AP_LOST, REASON_INACTIVE};
}

static void send_poll(struct sta *sta)
{
	sta->link.polling = true;
	sta->due_ns[STA_TIMER_LINK] = sta->now_ns + STA_TX_STATUS_NS;
	sta_send_null(sta, STA_COOKIE_POLL, sta_power_pm_bit(sta));
}

static struct sta_outcome handle_unacked_poll(struct sta *sta)
{
	sta->link.polling = false;
	if (++sta->link.unacked_polls >= POLL_TRIES)
		return handle_ap_loss(sta);
	sta->due_ns[STA_TIMER_LINK] = sta->now_ns + sta_jitter(sta, POLL_RETRY_NS);
	return (struct sta_outcome){0};
}

struct sta_outcome sta_link_timer(struct sta *sta)
{
	struct sta_outcome none = {0};

	if (sta->state != STA_CONNECTED)
		return none;
	if (sta->link.polling)
		return handle_unacked_poll(sta);
	if (sta->roam.state != ROAM_IDLE || sta_switch_blocks_tx(sta)) {
		sta->due_ns[STA_TIMER_LINK] = sta->now_ns + POLL_RETRY_NS;
		return none;
	}
	if (sta->now_ns - sta->link.heard_ns >= BEACON_LOSS_ACKED_FACTOR * sta_link_beacon_loss_ns(sta))
		return handle_ap_loss(sta);
	send_poll(sta);
	return none;
}

struct sta_outcome sta_link_tx_status(struct sta *sta, bool was_poll, bool acked)
{
	struct sta_link *link = &sta->link;

	if (acked) {
		link->acked_ns = sta->now_ns;
		link->unacked_polls = link->consecutive_lost = 0;
		link->polling = link->polling && !was_poll;
		if (!link->polling)
			arm_timer(sta);
	} else if (was_poll) {
		return handle_unacked_poll(sta);
	} else if (++link->consecutive_lost >= LOST_MAX && !link->polling && sta->roam.state == ROAM_IDLE) {
		link->consecutive_lost = 0;
		send_poll(sta);
	}
	return (struct sta_outcome){0};
}

void sta_link_poll(struct sta *sta)
{
	if (!sta->link.polling && sta->roam.state == ROAM_IDLE && !sta_switch_blocks_tx(sta))
		send_poll(sta);
}

static void verify_link(struct sta *sta)
{
	if (sta->link.suspect_ns && sta->now_ns - sta->link.suspect_ns < SUSPECT_NS)
		return;
	sta->link.suspect_ns = sta->now_ns;
	if (sta->peer.mfp)
		sta_sa_query_begin(sta);
	else
		sta_link_poll(sta);
}

/* A hidden network has no SSID in its beacons, or zeroes. */
static bool has_other_ssid(const struct sta *sta, const struct mgmt *mgmt)
{
	bool hidden = true;

	for (size_t i = 0; i < mgmt->ssid.len; i++)
		hidden &= !mgmt->ssid.bytes[i];
	return !hidden && !span_equals(mgmt->ssid, sta->ap.ssid, sta->ap.ssid_len);
}

/* Terms that an access point cannot change without a new association. */
static bool has_other_terms(const struct sta *sta, const struct mgmt *mgmt)
{
	return mgmt->interval != sta->ap.interval || has_other_ssid(sta, mgmt) ||
	       !span_equals(mgmt->rsn, sta->ap.rsn, sta->ap.rsn_len) ||
	       !span_equals(mgmt->wpa, sta->ap.wpa, sta->ap.wpa_len);
}

/* By how much the timestamp is off, after a beacon at `since_ns` with the timestamp `tsf`. */
static uint64_t clock_error_us(const struct sta *sta, const struct mgmt *mgmt, uint64_t since_ns, uint64_t tsf)
{
	int64_t elapsed_us = (int64_t)(sta->now_ns - since_ns) / 1000;
	int64_t error_us = (int64_t)(mgmt->tsf - tsf) - elapsed_us;
	int64_t drift_us = elapsed_us / CLOCK_DRIFT_DIVISOR;

	error_us = error_us < 0 ? -error_us : error_us;
	return error_us > drift_us ? (uint64_t)(error_us - drift_us) : 0;
}

/*
 * Does the beacon continue the clock of the access point? A forged one must not move it, because the station wakes up by
 * it. Another clock is adopted after CLOCK_ADOPT_COUNT beacons in a row without one of the present clock.
 */
static bool follow_clock(struct sta *sta, const struct mgmt *mgmt)
{
	struct sta_link *link = &sta->link;

	if (link->beacon_ns && clock_error_us(sta, mgmt, link->beacon_ns, link->tsf) > CLOCK_TOLERANCE_US) {
		bool continues = link->other_count &&
				 clock_error_us(sta, mgmt, link->other_ns, link->other_tsf) <= CLOCK_TOLERANCE_US;

		link->other_count = continues ? link->other_count + 1 : 1;
		link->other_ns = sta->now_ns;
		link->other_tsf = mgmt->tsf;
		if (link->other_count < CLOCK_ADOPT_COUNT)
			return false;
	}
	link->other_count = 0;
	link->beacon_ns = sta->now_ns;
	link->tsf = mgmt->tsf;
	return true;
}

bool sta_link_beacon(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta)
{
	struct sta_link *link = &sta->link;
	bool jumped = link->beacon_ns && clock_error_us(sta, mgmt, link->beacon_ns, link->tsf) > CLOCK_JUMP_US;
	bool on_time;

	if (has_other_terms(sta, mgmt)) {
		verify_link(sta);
		return false;
	}
	on_time = follow_clock(sta, mgmt);
	if (jumped)
		verify_link(sta);
	if (jumped && !on_time)
		return false;
	link->heard_ns = sta->now_ns;
	link->signal16 += (meta->signal_dbm * 16 - link->signal16) / 4;
	if (!link->polling)
		arm_timer(sta);
	if (mgmt->subtype == MGMT_BEACON && on_time)
		sta_power_beacon(sta, mgmt);
	return true;
}

static void send_sa_query(struct sta *sta, uint8_t action, const uint8_t id[2])
{
	struct frame_writer writer = sta_begin_management(sta, MGMT_ACTION);

	write_u8(&writer, ACTION_CATEGORY_SA_QUERY);
	write_u8(&writer, action);
	write_bytes(&writer, id, 2);
	sta_power_mark_active(sta);
	sta_send_management(sta, frame_writer_end(&writer), STA_COOKIE_DATA);
}

static void send_sa_query_request(struct sta *sta)
{
	uint8_t id[2];

	put_le16(id, sta->link.query_id);
	sta->due_ns[STA_TIMER_SA_QUERY] = sta->now_ns + SA_QUERY_RETRY_NS;
	send_sa_query(sta, SA_QUERY_REQUEST, id);
}

void sta_sa_query_begin(struct sta *sta)
{
	if (sta->state != STA_CONNECTED || !sta->peer.mfp || sta->link.query_began_ns)
		return;
	sta->link.query_began_ns = sta->now_ns;
	random_bytes(&sta->random, &sta->link.query_id, sizeof(sta->link.query_id));
	sta_note(sta, NOTE_SA_QUERY, 0);
	send_sa_query_request(sta);
}

struct sta_outcome sta_sa_query_timer(struct sta *sta)
{
	if (sta->state != STA_CONNECTED || !sta->link.query_began_ns)
		return (struct sta_outcome){0};
	if (sta->now_ns - sta->link.query_began_ns >= SA_QUERY_MAX_NS)
		return (struct sta_outcome){STA_OUTCOME_DISCONNECT, REASON_CLASS_3};
	send_sa_query_request(sta);
	return (struct sta_outcome){0};
}

/* PMF has accepted the frame as our access point's. */
void sta_sa_query_action(struct sta *sta, const struct mgmt *mgmt)
{
	if (mgmt->body.len < 2) {
		sta_drop(sta, DROP_TRUNCATED, mgmt->sa);
	} else if (mgmt->action == SA_QUERY_REQUEST) {
		send_sa_query(sta, SA_QUERY_RESPONSE, mgmt->body.bytes);
	} else if (mgmt->action == SA_QUERY_RESPONSE && sta->link.query_began_ns &&
		   le16(mgmt->body.bytes) == sta->link.query_id) {
		sta->link.query_began_ns = 0;
		sta->due_ns[STA_TIMER_SA_QUERY] = NEVER;
	} else {
		sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa);
	}
}
