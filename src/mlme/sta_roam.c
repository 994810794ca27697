/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking for a better access point while connected.
 *
 * Where the signal is good nobody looks.  Where it is weak, one channel after the other is visited for a moment; the
 * access point is told that we doze, so that it keeps what comes meanwhile:
 *
 *	IDLE ── Null, "we doze" ──▶ LEAVING ── acknowledged ──▶ AWAY: tune, ask, listen ──▶ IDLE, "we are awake"
 *
 * It asks twice, as a scan does: where much is lost, one question in vain would put the next look off for long.  Who may
 * not ask listens the longer.
 *
 * After the last channel, or when another access point of our network is heard on our own, one that is clearly better
 * takes us (clearly: or we would go back and forth).  Nothing better: the next look is later, each time more so.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#define WEAK_DBM         (-65)
#define HYSTERESIS_DB    8
#define STAY_MIN_NS      (5 * SECOND) /* at least, with a new access point */
#define FRESH_NS         (10 * SECOND)
#define OFF_CHANNEL_NS   (30 * MS)
#define PASSIVE_NS       (120 * MS) /* away without a question: more than the usual beacon interval of 100 TU */
#define CHANNEL_PAUSE_NS (200 * MS) /* two channels */
#define TX_STATUS_NS     (2 * SECOND)
#define TRIES            3
#define PAUSE_NS         (10 * SECOND)
#define PAUSE_MAX_NS     (300 * SECOND)
#define WEAKER_DB        4 /* dB: weaker by so much than at the last look, we look again at once */

void sta_roam_begin(struct sta *sta)
{
	sta->roam =
		(struct sta_roam){.state = ROAM_IDLE, .pause_ns = PAUSE_NS, .next_scan_ns = sta->now_ns + STAY_MIN_NS};
}

static int signal_now(const struct sta *sta)
{
	return sta->link.signal16 / 16;
}

/* Moves to the best of those that are clearly better.  Returns whether there was one. */
static bool join_better(struct sta *sta, struct actions *out)
{
	const struct sta_network *network = &sta->setup.networks[sta->network];
	const struct bss *best = NULL;
	struct bss_terms terms;

	if (sta->now_ns - sta->connected_ns < STAY_MIN_NS || signal_now(sta) > WEAK_DBM)
		return false;
	for (size_t i = 0; i < sta->table.count; i++) {
		const struct bss *bss = &sta->table.at[i];

		if (mac_equal(bss->bssid, sta->ap.bssid) || bss->heard_ns + FRESH_NS < sta->now_ns ||
		    bss->avoid_until_ns > sta->now_ns || bss->signal_dbm < signal_now(sta) + HYSTERESIS_DB ||
		    bss_match(bss, network, sta_tkip_allowed(sta, sta->network), &terms) != BSS_FITS)
			continue;
		if (!best || bss->signal_dbm > best->signal_dbm)
			best = bss;
	}
	if (!best)
		return false;
	sta_note(sta, NOTE_ROAMING, 0, out);
	sta->join_round++;
	sta_join(sta, best, sta->network, out);
	return true;
}

/* Nobody is better: later again. */
static void postpone_scan(struct sta *sta)
{
	struct sta_roam *roam = &sta->roam;

	roam->freq_index = 0;
	roam->next_scan_ns = sta->now_ns + sta_jitter(sta, roam->pause_ns);
	roam->pause_ns = roam->pause_ns < PAUSE_MAX_NS / 2 ? 2 * roam->pause_ns : PAUSE_MAX_NS;
	roam->last_scan_dbm = (int8_t)signal_now(sta);
}

/* Our own channel needs no visit. */
static bool find_next_channel(struct sta *sta)
{
	while (sta->roam.freq_index < sta->freq_count && sta->freqs[sta->roam.freq_index] == sta->ap.freq_mhz)
		sta->roam.freq_index++;
	return sta->roam.freq_index < sta->freq_count;
}

static void visit_channel(struct sta *sta, struct actions *out)
{
	sta->roam.state = ROAM_OFF_CHANNEL;
	sta->roam.probed_twice = sta->setup.passive;
	sta_tune(sta, sta->freqs[sta->roam.freq_index++], out);
	if (!sta->setup.passive)
		sta_send_probes(sta, sta->tuned_mhz, out);
	sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + (sta->setup.passive ? PASSIVE_NS : OFF_CHANNEL_NS / 2);
}

static void probe_again(struct sta *sta, struct actions *out)
{
	sta->roam.probed_twice = true;
	sta_send_probes(sta, sta->tuned_mhz, out);
	sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + OFF_CHANNEL_NS / 2;
}

static void leave_channel(struct sta *sta, struct actions *out)
{
	if (sta_power_pm_bit(sta)) {
		/* It has been told already. */
		sta_power_pause(sta);
		visit_channel(sta, out);
		return;
	}
	sta->roam.state = ROAM_LEAVING;
	sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + TX_STATUS_NS;
	sta_send_null(sta, STA_COOKIE_OFF_CHANNEL, true, out);
}

static void return_to_channel(struct sta *sta, struct actions *out)
{
	sta_tune(sta, sta->ap.freq_mhz, out);
	sta->roam.state = ROAM_IDLE;
	sta_power_resume(sta);
	if (!sta_power_pm_bit(sta))
		sta_send_null(sta, STA_COOKIE_POLL, false, out);
	sta_data_send_pending(sta, out);
	if (sta->state == STA_CONNECTED)
		sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + CHANNEL_PAUSE_NS;
}

void sta_roam_timer(struct sta *sta, struct actions *out)
{
	struct sta_roam *roam = &sta->roam;

	if (sta->state != STA_CONNECTED)
		return;
	if (roam->state == ROAM_LEAVING)
		sta_roam_tx_status(sta, false, out);
	else if (roam->state == ROAM_OFF_CHANNEL && !roam->probed_twice)
		probe_again(sta, out);
	else if (roam->state == ROAM_OFF_CHANNEL)
		return_to_channel(sta, out);
	else if ((sta->supplicant.state != SUPPLICANT_DONE && sta->terms.kind == BSS_TERMS_RSN) ||
		 sta->channel_switch.state != SWITCH_NONE)
		sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + SECOND; /* not in the middle of a handshake, or of a move */
	else if (find_next_channel(sta))
		leave_channel(sta, out);
	else if (!join_better(sta, out))
		postpone_scan(sta);
}

void sta_roam_tx_status(struct sta *sta, bool acked, struct actions *out)
{
	struct sta_roam *roam = &sta->roam;

	if (roam->state != ROAM_LEAVING)
		return;
	if (acked) {
		roam->tries = 0;
		visit_channel(sta, out);
		return;
	}
	/* It did not hear us: were we away, frames for us would be lost. */
	roam->state = ROAM_IDLE;
	sta_data_send_pending(sta, out);
	if (++roam->tries < TRIES) {
		sta->due_ns[STA_TIMER_ROAM] = sta->now_ns + CHANNEL_PAUSE_NS;
	} else {
		roam->tries = 0;
		postpone_scan(sta);
	}
}

/* A beacon, of whomever. */
void sta_roam_beacon(struct sta *sta, struct actions *out)
{
	struct sta_roam *roam = &sta->roam;
	bool worse = roam->last_scan_dbm && signal_now(sta) <= roam->last_scan_dbm - WEAKER_DB;

	if (roam->state != ROAM_IDLE || sta->due_ns[STA_TIMER_ROAM] != NEVER || signal_now(sta) > WEAK_DBM ||
	    join_better(sta, out))
		return;
	if (sta->now_ns < roam->next_scan_ns && !worse)
		return;
	roam->pause_ns = worse ? PAUSE_NS : roam->pause_ns;
	roam->last_scan_dbm = (int8_t)signal_now(sta);
	roam->freq_index = 0;
	sta_roam_timer(sta, out);
}
