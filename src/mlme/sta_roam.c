/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Roaming: looks for a better access point while connected.
 *
 * With a good signal the station does not scan. With a weak one it has the plane visit the other channels, one at a time.
 *
 * A plane with beacons of its own (hides_beacons) shares its time by itself: it visits all channels at once.
 *
 * After the last channel, and when another access point of our network appears on our own channel, the station moves to
 * one that is clearly better; the margin keeps it from moving back and forth. If there is none, the pause before the
 * next roaming scan grows.
 *
 * After a scan of the user it also moves to an access point that is much faster: the results are fresh, and he may want that.
 *
 * With bgscan (wpa_supplicant's "simple") the scans have a fixed period, a short one below a threshold of the signal and a
 * long one above it, and begin at once when the signal falls below it. The access point, if it can, is asked first where to move.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#define WEAK_DBM            (-65)
#define HYSTERESIS_DB       8
#define WATCH_HYSTERESIS_DB 4            /* of what the plane reports */
#define STAY_MIN_NS         (5 * SECOND) /* with a new access point */
#define FRESH_NS            (10 * SECOND)
#define OFF_CHANNEL_NS      (30 * MS)
#define PASSIVE_NS          (120 * MS) /* off channel without probes: longer than the usual beacon interval of 100 TU */
#define VISIT_MAX_NS        (5 * SECOND)
#define SCAN_MAX_NS         (25 * SECOND) /* of all channels at once */
#define BGSCAN_MIN_NS       SECOND        /* after a scan, before one that the signal asks for */
#define CHANNEL_PAUSE_NS    (200 * MS)    /* between two channels */
#define TRIES               3
#define DISTRUST_NS         (20 * SECOND) /* after a failure; doubles each time */
#define PAUSE_NS            (10 * SECOND)
#define PAUSE_MAX_NS        (300 * SECOND)
#define QUERY_LOW_SIGNAL    16   /* the reason: Low RSSI (Table 9-427) */
#define FASTER_KBPS         5000 /* how much faster another access point must be, if the signal is no reason to leave */
#define WEAKER_DB           4    /* a loss of signal since the last roaming scan that starts the next one at once */

/* NULL: the user has not asked for it. */
static const struct sta_bgscan *bgscan_of(const struct sta *sta)
{
	const struct sta_bgscan *bgscan = &sta->setup.networks[sta->network].bgscan;

	return bgscan->short_s ? bgscan : NULL;
}

bool sta_roam_has_bgscan(const struct sta *sta)
{
	return bgscan_of(sta);
}

/* Below this signal another access point is wanted. */
static int8_t threshold_of(const struct sta *sta)
{
	const struct sta_bgscan *bgscan = bgscan_of(sta);

	return bgscan && bgscan->threshold_dbm ? bgscan->threshold_dbm : WEAK_DBM;
}

struct plane_watch sta_roam_watch(const struct sta *sta)
{
	if (sta->watch.weak_dbm && !sta_roam_has_bgscan(sta))
		return sta->watch;
	return (struct plane_watch){threshold_of(sta), WATCH_HYSTERESIS_DB};
}

/* With bgscan: the time between two scans. */
static uint64_t period_ns(const struct sta *sta, const struct sta_bgscan *bgscan)
{
	bool strong = bgscan->threshold_dbm && sta->signal_dbm >= bgscan->threshold_dbm;

	return (strong ? bgscan->long_s : bgscan->short_s) * SECOND;
}

void sta_roam_begin(struct sta *sta)
{
	const struct sta_bgscan *bgscan = bgscan_of(sta);

	sta->roam = (struct sta_roam){.pause_ns = PAUSE_NS, .next_scan_ns = sta->now_ns + STAY_MIN_NS};
	if (!bgscan)
		return;
	sta->roam.was_weak = sta->signal_dbm < threshold_of(sta);
	sta->roam.queries = bgscan->queries;
	sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + period_ns(sta, bgscan);
}

/* May the station leave its access point for this one? */
static bool may_roam_to(const struct sta *sta, const struct bss *bss)
{
	struct bss_terms terms;

	return (bss->worked || sta->now_ns >= sta->roam_trust.distrust_until_ns) &&
	       !mac_equal(bss->bssid, sta->ap.bssid) && bss->heard_ns && bss->heard_ns + FRESH_NS >= sta->now_ns &&
	       bss->avoid_until_ns <= sta->now_ns && sta_match(sta, bss, sta->network, &terms) == BSS_FITS;
}

static void roam_to(struct sta *sta, const struct bss *bss)
{
	sta_note(sta, NOTE_ROAMING, 0);
	sta_begin_round(sta);
	sta->roam_trust.attempting = !bss->worked;
	sta_join(sta, bss, sta->network);
}

/* Moves to the best of the clearly better access points. Returns whether there was one. */
static bool join_better(struct sta *sta)
{
	const struct bss *best = NULL;

	if (sta->now_ns - sta->connected_ns < STAY_MIN_NS || (!bgscan_of(sta) && sta->signal_dbm > WEAK_DBM))
		return false;
	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];

		if (bss->signal_dbm < sta->signal_dbm + HYSTERESIS_DB || !may_roam_to(sta, bss))
			continue;
		if (!best || bss->signal_dbm > best->signal_dbm)
			best = bss;
	}
	if (best)
		roam_to(sta, best);
	return best;
}

void sta_roam_to_faster(struct sta *sta)
{
	const struct bss *own = sta_bss_entry(sta), *best = NULL;
	struct bss_quality least, quality;

	if (!own)
		return;
	least = bss_quality_of(own, &sta->plane);
	least.throughput_kbps += FASTER_KBPS;
	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];

		quality = bss_quality_of(bss, &sta->plane);
		if (quality.throughput_kbps <= least.throughput_kbps || sta_is_ignored(sta, bss->bssid) ||
		    !may_roam_to(sta, bss))
			continue;
		least = quality;
		best = bss;
	}
	if (best)
		roam_to(sta, best);
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
	const struct sta_bgscan *bgscan = bgscan_of(sta);
	struct sta_roam *roam = &sta->roam;

	roam->freq_index = 0;
	roam->last_scan_ns = sta->now_ns;
	roam->next_scan_ns = sta->now_ns + random_jitter(&sta->random, roam->pause_ns);
	roam->pause_ns = roam->pause_ns < PAUSE_MAX_NS / 2 ? 2 * roam->pause_ns : PAUSE_MAX_NS;
	roam->last_scan_dbm = sta->signal_dbm;
	if (bgscan)
		sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + period_ns(sta, bgscan);
}

/* Skips our own channel, whose beacons come anyway. */
static bool find_next_channel(struct sta *sta)
{
	while (!sta->plane.hides_beacons && sta->roam.freq_index < sta->freq_count &&
	       sta->freqs[sta->roam.freq_index] == sta->ap.freq_mhz)
		sta->roam.freq_index++;
	return sta->roam.freq_index < sta->freq_count;
}

static size_t channels_at_once(const struct sta *sta)
{
	return sta->plane.hides_beacons ? sta->freq_count - sta->roam.freq_index : 1;
}

static void visit_channels(struct sta *sta)
{
	uint64_t dwell_ns = sta->setup.passive ? PASSIVE_NS : OFF_CHANNEL_NS;
	size_t count = channels_at_once(sta);

	if (!sta->roam.began_ns) {
		sta->roam.began_ns = sta->now_ns;
		sta_note_about(sta, NOTE_SCANNING, NULL);
	}
	sta->roam.visiting = sta_act_scan(sta, &sta->freqs[sta->roam.freq_index], count, dwell_ns);
	sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + (sta->plane.hides_beacons ? SCAN_MAX_NS : VISIT_MAX_NS);
}

static void end_scan(struct sta *sta)
{
	uint64_t began_ns = sta->roam.began_ns;

	sta->roam.began_ns = 0;
	if (began_ns)
		sta_scan_ended(sta, sta->freqs, sta->freq_count, began_ns, false);
	if (!join_better(sta))
		postpone_scan(sta);
}

/* Returns whether the access point is asked where to move, in the place of a scan. */
static bool ask_access_point(struct sta *sta)
{
	const struct sta_bgscan *bgscan = bgscan_of(sta);

	if (!bgscan || sta->roam.began_ns || !sta->roam.queries || sta->setup.no_steering ||
	    !sta_query_transition(sta, QUERY_LOW_SIGNAL, false, (struct span){0}))
		return false;
	sta->roam.queries--;
	sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + period_ns(sta, bgscan);
	return true;
}

void sta_roam_timer(struct sta *sta)
{
	if (sta->state != STA_CONNECTED || ask_access_point(sta))
		return;
	sta->roam.visiting = false; /* a visit that has not ended is lost */
	if (sta_handshake_pending(sta) || sta->wanted.state == WANTED_SCAN_ACTIVE)
		sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + SECOND;
	else if (find_next_channel(sta))
		visit_channels(sta);
	else
		end_scan(sta);
}

void sta_roam_event(struct sta *sta, enum plane_scan_status status)
{
	struct sta_roam *roam = &sta->roam;

	if (!roam->visiting || (status == PLANE_SCAN_CHANNEL && channels_at_once(sta) > 1))
		return;
	roam->visiting = false;
	sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + (status == PLANE_SCAN_BUSY ? SECOND : CHANNEL_PAUSE_NS);
	if (status == PLANE_SCAN_DONE) {
		roam->tries = 0;
		roam->freq_index += channels_at_once(sta);
	} else if (status == PLANE_SCAN_REFUSED && ++roam->tries >= TRIES) {
		/* The access point does not buffer our frames: stay on its channel. */
		roam->tries = 0;
		roam->began_ns = 0;
		sta->due_ns[STA_TIMER_ROAM] = NEVER;
		postpone_scan(sta);
	}
}

/* With bgscan: a signal that falls below the threshold begins a scan, one that rises above it delays the next. */
static void follow_bgscan(struct sta *sta, const struct sta_bgscan *bgscan)
{
	struct sta_roam *roam = &sta->roam;
	bool weak = sta->signal_dbm < threshold_of(sta), crossed = weak != roam->was_weak;
	uint64_t soon_ns = roam->last_scan_ns + BGSCAN_MIN_NS;

	roam->was_weak = weak;
	if (!bgscan->threshold_dbm || !crossed || roam->began_ns)
		return;
	if (weak)
		sta->due_ns[STA_TIMER_ROAM] = soon_ns > sta->now_ns ? soon_ns : sta->now_ns;
	else
		sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + period_ns(sta, bgscan);
}

void sta_roam_beacon(struct sta *sta)
{
	struct sta_roam *roam = &sta->roam;
	bool worse = roam->last_scan_dbm && sta->signal_dbm <= roam->last_scan_dbm - WEAKER_DB;

	if (bgscan_of(sta)) {
		follow_bgscan(sta, bgscan_of(sta));
		return;
	}
	if (roam->visiting || sta->due_ns[STA_TIMER_ROAM] != NEVER || sta->signal_dbm > WEAK_DBM || join_better(sta))
		return;
	if (sta->now_ns < roam->next_scan_ns && !worse)
		return;
	roam->pause_ns = worse ? PAUSE_NS : roam->pause_ns;
	roam->last_scan_dbm = sta->signal_dbm;
	roam->freq_index = 0;
	sta_roam_timer(sta);
}
