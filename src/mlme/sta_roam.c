/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Roaming: looks for a better access point while connected.
 *
 * With a good signal the station does not scan. With a weak one it has the plane visit the other channels, one at a time.
 *
 * After the last channel, and when another access point of our network appears on our own channel, the station moves to
 * one that is clearly better; the margin keeps it from moving back and forth. If there is none, the pause before the
 * next roaming scan grows.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#define WEAK_DBM         (-65)
#define HYSTERESIS_DB    8
#define STAY_MIN_NS      (5 * SECOND) /* with a new access point */
#define FRESH_NS         (10 * SECOND)
#define OFF_CHANNEL_NS   (30 * MS)
#define PASSIVE_NS       (120 * MS) /* off channel without probes: longer than the usual beacon interval of 100 TU */
#define VISIT_MAX_NS     (5 * SECOND)
#define CHANNEL_PAUSE_NS (200 * MS) /* between two channels */
#define TRIES            3
#define DISTRUST_NS      (20 * SECOND) /* after a failure; doubles each time */
#define PAUSE_NS         (10 * SECOND)
#define PAUSE_MAX_NS     (300 * SECOND)
#define WEAKER_DB        4 /* a loss of signal since the last roaming scan that starts the next one at once */

void sta_roam_begin(struct sta *sta)
{
	sta->roam = (struct sta_roam){.pause_ns = PAUSE_NS, .next_scan_ns = sta->now_ns + STAY_MIN_NS};
}

/* Moves to the best of the clearly better access points. Returns whether there was one. */
static bool join_better(struct sta *sta)
{
	const struct sta_network *network = &sta->setup.networks[sta->network];
	const struct bss *best = NULL;
	struct bss_terms terms;

	if (sta->now_ns - sta->connected_ns < STAY_MIN_NS || sta->signal_dbm > WEAK_DBM)
		return false;
	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];

		if (!bss->worked && sta->now_ns < sta->roam_trust.distrust_until_ns)
			continue;
		if (mac_equal(bss->bssid, sta->ap.bssid) || !bss->heard_ns || bss->heard_ns + FRESH_NS < sta->now_ns ||
		    bss->avoid_until_ns > sta->now_ns || bss->signal_dbm < sta->signal_dbm + HYSTERESIS_DB ||
		    bss_match(bss, network, sta_tkip_allowed(sta, sta->network), &terms) != BSS_FITS)
			continue;
		if (!best || bss->signal_dbm > best->signal_dbm)
			best = bss;
	}
	if (!best)
		return false;
	sta_note(sta, NOTE_ROAMING, 0);
	sta_begin_round(sta);
	sta->roam_trust.attempting = !best->worked;
	sta_join(sta, best, sta->network);
	return true;
}

/* Beacons can be forged: after each failure a BSS that has never worked must wait longer. */
void sta_roam_end(struct sta *sta, bool connected)
{
	struct sta_roam_trust *trust = &sta->roam_trust;
	uint64_t distrust_ns = DISTRUST_NS << (trust->failures < 5 ? trust->failures : 5);

	if (!trust->attempting)
		return;
	trust->attempting = false;
	trust->failures = connected ? 0 : trust->failures + 1;
	if (!connected)
		trust->distrust_until_ns = sta->now_ns + (distrust_ns < PAUSE_MAX_NS ? distrust_ns : PAUSE_MAX_NS);
}

static void postpone_scan(struct sta *sta)
{
	struct sta_roam *roam = &sta->roam;

	roam->freq_index = 0;
	roam->next_scan_ns = sta->now_ns + random_jitter(&sta->random, roam->pause_ns);
	roam->pause_ns = roam->pause_ns < PAUSE_MAX_NS / 2 ? 2 * roam->pause_ns : PAUSE_MAX_NS;
	roam->last_scan_dbm = sta->signal_dbm;
}

/* Skips our own channel. */
static bool find_next_channel(struct sta *sta)
{
	while (sta->roam.freq_index < sta->freq_count && sta->freqs[sta->roam.freq_index] == sta->ap.freq_mhz)
		sta->roam.freq_index++;
	return sta->roam.freq_index < sta->freq_count;
}

static void visit_channel(struct sta *sta)
{
	uint64_t dwell_ns = sta->setup.passive ? PASSIVE_NS : OFF_CHANNEL_NS;

	sta->roam.visiting = sta_act_scan(sta, &sta->freqs[sta->roam.freq_index], 1, dwell_ns);
	sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + VISIT_MAX_NS;
}

void sta_roam_timer(struct sta *sta)
{
	if (sta->state != STA_CONNECTED)
		return;
	sta->roam.visiting = false; /* a visit that has not ended is lost */
	if (sta_handshake_pending(sta))
		sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + SECOND;
	else if (find_next_channel(sta))
		visit_channel(sta);
	else if (!join_better(sta))
		postpone_scan(sta);
}

void sta_roam_event(struct sta *sta, enum plane_scan_status status)
{
	struct sta_roam *roam = &sta->roam;

	if (!roam->visiting)
		return;
	roam->visiting = false;
	sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + (status == PLANE_SCAN_BUSY ? SECOND : CHANNEL_PAUSE_NS);
	if (status == PLANE_SCAN_DONE) {
		roam->tries = 0;
		roam->freq_index++;
	} else if (status == PLANE_SCAN_REFUSED && ++roam->tries >= TRIES) {
		/* The access point does not buffer our frames: stay on its channel. */
		roam->tries = 0;
		sta->due_ns[STA_TIMER_ROAM] = NEVER;
		postpone_scan(sta);
	}
}

void sta_roam_beacon(struct sta *sta)
{
	struct sta_roam *roam = &sta->roam;
	bool worse = roam->last_scan_dbm && sta->signal_dbm <= roam->last_scan_dbm - WEAKER_DB;

	if (roam->visiting || sta->due_ns[STA_TIMER_ROAM] != NEVER || sta->signal_dbm > WEAK_DBM || join_better(sta))
		return;
	if (sta->now_ns < roam->next_scan_ns && !worse)
		return;
	roam->pause_ns = worse ? PAUSE_NS : roam->pause_ns;
	roam->last_scan_dbm = sta->signal_dbm;
	roam->freq_index = 0;
	sta_roam_timer(sta);
}
