/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Monitors the access point: is it in range, and does it still hold our association?
 *
 *	beacon loss          a Null frame polls it. Without acknowledgement of several polls it is lost; while it
 *	                     acknowledges, it may be silent longer
 *	nothing sent         a Null frame keeps the association alive; where the access point wants that (11.21.13), one under
 *	                     the pairwise key
 *	suspicious beacon    (timestamp jump; other RSN or WPA element, SSID or interval: a restart or a forgery) has no
 *	                     other effect than a poll or an SA Query. A
 *	                     restarted access point answers it with a deauthentication; a beacon alone ends no connection
 *	unprotected          under PMF: SA Query (11.14). Control does that
 */
#include "softmac/sta/soft_sta_state.h"

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

uint64_t soft_sta_link_beacon_loss_ns(const struct soft_sta *soft)
{
	unsigned interval = soft->setup.power_save ? soft->setup.listen_interval : 1, dtim = soft->power.dtim_period;
	uint64_t loss_ns;

	if (interval > dtim && dtim)
		interval = dtim;
	loss_ns = (uint64_t)BEACON_LOSS_COUNT * soft->link.beacon_interval_ns * (interval ? interval : 1);
	return loss_ns > BEACON_LOSS_MIN_NS ? loss_ns : BEACON_LOSS_MIN_NS;
}

static uint64_t keep_alive_ns(const struct soft_sta *soft)
{
	return soft->keep_alive_ns && soft->keep_alive_ns < KEEPALIVE_NS ? soft->keep_alive_ns : KEEPALIVE_NS;
}

static void arm_timer(struct soft_sta *soft)
{
	uint64_t loss_ns = soft->link.heard_ns + soft_sta_link_beacon_loss_ns(soft);
	uint64_t first_ns = soft->now_ns + BEACON_LOSS_MIN_NS / 2;

	loss_ns = loss_ns > first_ns ? loss_ns : first_ns;
	soft->due_ns[SOFT_TIMER_LINK] = earlier(loss_ns, soft->link.kept_ns + keep_alive_ns(soft));
}

static void set_beacon_interval(struct soft_sta *soft, uint16_t interval)
{
	soft->link.beacon_interval_ns = (interval ? interval : 100) * TU;
}

void soft_sta_link_begin(struct soft_sta *soft)
{
	soft->link = (struct soft_sta_link){
		.heard_ns = soft->now_ns, .kept_ns = soft->now_ns, .signal16 = soft->ap.signal_dbm * 16};
	set_beacon_interval(soft, soft->ap.interval);
	arm_timer(soft);
}

static void report(struct soft_sta *soft, enum plane_event_kind kind)
{
	soft_sta_report_link(soft, (struct plane_event){.kind = kind});
}

static void report_signal(struct soft_sta *soft)
{
	int8_t signal_dbm = (int8_t)(soft->link.signal16 / 16);

	soft_sta_report_link(soft, (struct plane_event){.kind = PLANE_EVENT_SIGNAL, .signal_dbm = signal_dbm});
}

static void send_protected_poll(struct soft_sta *soft)
{
	struct tx_options options = {.cookie = soft_sta_cookie(soft, SOFT_STA_COOKIE_KEEP_ALIVE),
				     .power_save = soft_sta_pm_bit(soft)};
	struct frame *frame = plane_new_keep_alive(soft->ap.bssid, soft->setup.addr);
	enum drop drop = frame ? tx_data(&soft->tx, &soft->peer, frame, &options) : DROP_NO_MEMORY;

	if (drop)
		soft_sta_drop(soft, drop, soft->ap.bssid);
	soft_sta_flush(soft);
}

static void send_poll(struct soft_sta *soft)
{
	soft->link.polling = true;
	soft->due_ns[SOFT_TIMER_LINK] = soft->now_ns + TX_STATUS_NS;
	if (soft->protected_keep_alive)
		send_protected_poll(soft);
	else
		soft_sta_send_null(soft, SOFT_STA_COOKIE_POLL, soft_sta_pm_bit(soft));
}

static void handle_unacked_poll(struct soft_sta *soft)
{
	soft->link.polling = false;
	soft->due_ns[SOFT_TIMER_LINK] = soft->now_ns + random_jitter(&soft->random, POLL_RETRY_NS);
	if (++soft->link.unacked_polls >= POLL_TRIES)
		report(soft, PLANE_EVENT_LOST);
}

void soft_sta_link_timer(struct soft_sta *soft)
{
	if (!soft->connected)
		return;
	if (soft->link.polling) {
		handle_unacked_poll(soft);
	} else if (soft->scan.state != SCAN_IDLE || soft_sta_switch_blocks_tx(soft)) {
		soft->due_ns[SOFT_TIMER_LINK] = soft->now_ns + POLL_RETRY_NS;
	} else {
		if (soft->now_ns - soft->link.heard_ns >= BEACON_LOSS_ACKED_FACTOR * soft_sta_link_beacon_loss_ns(soft))
			report(soft, PLANE_EVENT_LOST);
		send_poll(soft);
	}
}

void soft_sta_link_tx_status(struct soft_sta *soft, enum soft_sta_cookie kind, bool acked)
{
	bool was_poll = kind == SOFT_STA_COOKIE_POLL || kind == SOFT_STA_COOKIE_KEEP_ALIVE;
	struct soft_sta_link *link = &soft->link;

	if (acked) {
		if (kind == SOFT_STA_COOKIE_KEEP_ALIVE || !soft->protected_keep_alive)
			link->kept_ns = soft->now_ns;
		link->unacked_polls = link->consecutive_lost = 0;
		link->polling = link->polling && !was_poll;
		if (!link->polling)
			arm_timer(soft);
	} else if (was_poll) {
		handle_unacked_poll(soft);
	} else if (++link->consecutive_lost >= LOST_MAX && !link->polling && soft->scan.state == SCAN_IDLE) {
		link->consecutive_lost = 0;
		send_poll(soft);
	}
}

void soft_sta_link_poll(struct soft_sta *soft)
{
	if (!soft->link.polling && soft->scan.state == SCAN_IDLE && !soft_sta_switch_blocks_tx(soft))
		send_poll(soft);
}

static void verify_link(struct soft_sta *soft)
{
	if (soft->link.suspect_ns && soft->now_ns - soft->link.suspect_ns < SUSPECT_NS)
		return;
	soft->link.suspect_ns = soft->now_ns;
	if (soft->peer.mfp)
		report(soft, PLANE_EVENT_SUSPECT);
	else
		soft_sta_link_poll(soft);
}

/* A hidden network has no SSID in its beacons, or zeroes. */
static bool has_other_ssid(const struct soft_sta *soft, const struct mgmt *mgmt)
{
	bool hidden = true;

	for (size_t i = 0; i < mgmt->ssid.len; i++)
		hidden &= !mgmt->ssid.bytes[i];
	return !hidden && !span_equals(mgmt->ssid, soft->ap.ssid, soft->ap.ssid_len);
}

/* Terms that an access point cannot change without a new association. */
static bool has_other_terms(const struct soft_sta *soft, const struct mgmt *mgmt)
{
	return mgmt->interval != soft->ap.interval || has_other_ssid(soft, mgmt) ||
	       !span_equals(mgmt->rsn, soft->ap.rsn, soft->ap.rsn_len) ||
	       !span_equals(mgmt->wpa, soft->ap.wpa, soft->ap.wpa_len);
}

/* By how much the timestamp is off, after a beacon at `since_ns` with the timestamp `tsf`. */
static uint64_t clock_error_us(const struct soft_sta *soft, const struct mgmt *mgmt, uint64_t since_ns, uint64_t tsf)
{
	int64_t elapsed_us = (int64_t)(soft->now_ns - since_ns) / 1000;
	int64_t error_us = (int64_t)(mgmt->tsf - tsf) - elapsed_us;
	int64_t drift_us = elapsed_us / CLOCK_DRIFT_DIVISOR;

	error_us = error_us < 0 ? -error_us : error_us;
	return error_us > drift_us ? (uint64_t)(error_us - drift_us) : 0;
}

/*
 * Does the beacon continue the clock of the access point? A forged one must not move it, because the station wakes up by
 * it. Another clock is adopted after CLOCK_ADOPT_COUNT beacons in a row without one of the present clock.
 */
static bool follow_clock(struct soft_sta *soft, const struct mgmt *mgmt)
{
	struct soft_sta_link *link = &soft->link;

	if (link->beacon_ns && clock_error_us(soft, mgmt, link->beacon_ns, link->tsf) > CLOCK_TOLERANCE_US) {
		bool continues = link->other_count &&
				 clock_error_us(soft, mgmt, link->other_ns, link->other_tsf) <= CLOCK_TOLERANCE_US;

		link->other_count = continues ? link->other_count + 1 : 1;
		link->other_ns = soft->now_ns;
		link->other_tsf = mgmt->tsf;
		if (link->other_count < CLOCK_ADOPT_COUNT)
			return false;
	}
	link->other_count = 0;
	link->beacon_ns = soft->now_ns;
	link->tsf = mgmt->tsf;
	return true;
}

bool soft_sta_link_beacon(struct soft_sta *soft, const struct mgmt *mgmt, const struct frame_meta *meta)
{
	struct soft_sta_link *link = &soft->link;
	bool jumped = link->beacon_ns && clock_error_us(soft, mgmt, link->beacon_ns, link->tsf) > CLOCK_JUMP_US;
	bool on_time;

	if (has_other_terms(soft, mgmt)) {
		verify_link(soft);
		return false;
	}
	on_time = follow_clock(soft, mgmt);
	if (jumped)
		verify_link(soft);
	if (jumped && !on_time)
		return false;
	link->heard_ns = soft->now_ns;
	link->signal16 += (meta->signal_dbm * 16 - link->signal16) / 4;
	report_signal(soft);
	if (!link->polling)
		arm_timer(soft);
	if (mgmt->subtype == MGMT_BEACON && on_time)
		soft_sta_power_beacon(soft, mgmt);
	return true;
}
