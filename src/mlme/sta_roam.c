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

#define WEAK_DBM      (-65)
#define HYSTERESIS_DB 8
#define STAY_NS       (5 * SECOND) /* at least, with a new access point */
#define FRESH_NS      (10 * SECOND)
#define AWAY_NS       (30 * MS)
#define PASSIVE_NS    (120 * MS) /* away without a question: more than the usual beacon interval of 100 TU */
#define BETWEEN_NS    (200 * MS) /* two channels */
#define FATE_NS       (2 * SECOND)
#define TRIES         3
#define PAUSE_NS      (10 * SECOND)
#define PAUSE_MAX_NS  (300 * SECOND)
#define PAUSE_CHANGED 4 /* dB: weaker by so much than at the last look, we look again at once */

void sta_roam_begin(struct sta *s)
{
	s->roam = (struct sta_roam){.step = ROAM_IDLE, .pause_ns = PAUSE_NS, .next_ns = s->now_ns + STAY_NS};
}

static int signal_now(const struct sta *s)
{
	return s->link.signal16 / 16;
}

/* Moves to the best of those that are clearly better.  Returns whether there was one. */
static bool move(struct sta *s, struct actions *out)
{
	const struct sta_network *n = &s->setup.networks[s->network];
	const struct bss *best = NULL;
	struct bss_terms terms;

	if (s->now_ns - s->connected_ns < STAY_NS || signal_now(s) > WEAK_DBM)
		return false;
	for (size_t i = 0; i < s->table.count; i++) {
		const struct bss *b = &s->table.at[i];

		if (mac_equal(b->bssid, s->ap.bssid) || b->heard_ns + FRESH_NS < s->now_ns || b->avoid_ns > s->now_ns ||
		    b->signal_dbm < signal_now(s) + HYSTERESIS_DB ||
		    bss_match(b, n, sta_tkip_allowed(s, s->network), &terms) != BSS_FITS)
			continue;
		if (!best || b->signal_dbm > best->signal_dbm)
			best = b;
	}
	if (!best)
		return false;
	sta_note(s, NOTE_ROAMING, 0, out);
	s->round++;
	sta_join(s, best, s->network, out);
	return true;
}

/* Nobody is better: later again. */
static void rest(struct sta *s)
{
	struct sta_roam *r = &s->roam;

	r->at = 0;
	r->next_ns = s->now_ns + sta_jitter(s, r->pause_ns);
	r->pause_ns = r->pause_ns < PAUSE_MAX_NS / 2 ? 2 * r->pause_ns : PAUSE_MAX_NS;
	r->seen_dbm = (int8_t)signal_now(s);
}

/* Our own channel needs no visit. */
static bool next_channel(struct sta *s)
{
	while (s->roam.at < s->freq_count && s->freqs[s->roam.at] == s->ap.freq_mhz)
		s->roam.at++;
	return s->roam.at < s->freq_count;
}

static void go(struct sta *s, struct actions *out)
{
	s->roam.step = ROAM_AWAY;
	s->roam.again = s->setup.passive;
	sta_tune(s, s->freqs[s->roam.at++], out);
	if (!s->setup.passive)
		sta_probe(s, s->tuned, out);
	s->due[TIMER_ROAM] = s->now_ns + (s->setup.passive ? PASSIVE_NS : AWAY_NS / 2);
}

static void ask_again(struct sta *s, struct actions *out)
{
	s->roam.again = true;
	sta_probe(s, s->tuned, out);
	s->due[TIMER_ROAM] = s->now_ns + AWAY_NS / 2;
}

static void leave(struct sta *s, struct actions *out)
{
	if (sta_power_bit(s)) {
		/* It has been told already. */
		sta_power_pause(s);
		go(s, out);
		return;
	}
	s->roam.step = ROAM_LEAVING;
	s->due[TIMER_ROAM] = s->now_ns + FATE_NS;
	sta_send_null(s, COOKIE_LEAVE, true, out);
}

static void come_home(struct sta *s, struct actions *out)
{
	sta_tune(s, s->ap.freq_mhz, out);
	s->roam.step = ROAM_IDLE;
	sta_power_resume(s);
	if (!sta_power_bit(s))
		sta_send_null(s, COOKIE_POLL, false, out);
	sta_data_waiting(s, out);
	if (s->state == STA_CONNECTED)
		s->due[TIMER_ROAM] = s->now_ns + BETWEEN_NS;
}

void sta_roam_timer(struct sta *s, struct actions *out)
{
	struct sta_roam *r = &s->roam;

	if (s->state != STA_CONNECTED)
		return;
	if (r->step == ROAM_LEAVING)
		sta_roam_status(s, false, out);
	else if (r->step == ROAM_AWAY && !r->again)
		ask_again(s, out);
	else if (r->step == ROAM_AWAY)
		come_home(s, out);
	else if ((s->supplicant.state != SUPPLICANT_DONE && s->terms.kind == BSS_TERMS_RSN) ||
		 s->change.step != SWITCH_NONE)
		s->due[TIMER_ROAM] = s->now_ns + SECOND; /* not in the middle of a handshake, or of a move */
	else if (next_channel(s))
		leave(s, out);
	else if (!move(s, out))
		rest(s);
}

void sta_roam_status(struct sta *s, bool acked, struct actions *out)
{
	struct sta_roam *r = &s->roam;

	if (r->step != ROAM_LEAVING)
		return;
	if (acked) {
		r->tries = 0;
		go(s, out);
		return;
	}
	/* It did not hear us: were we away, frames for us would be lost. */
	r->step = ROAM_IDLE;
	sta_data_waiting(s, out);
	if (++r->tries < TRIES) {
		s->due[TIMER_ROAM] = s->now_ns + BETWEEN_NS;
	} else {
		r->tries = 0;
		rest(s);
	}
}

/* A beacon, of whomever. */
void sta_roam_heard(struct sta *s, struct actions *out)
{
	struct sta_roam *r = &s->roam;
	bool worse = r->seen_dbm && signal_now(s) <= r->seen_dbm - PAUSE_CHANGED;

	if (r->step != ROAM_IDLE || s->due[TIMER_ROAM] != NEVER || signal_now(s) > WEAK_DBM || move(s, out))
		return;
	if (s->now_ns < r->next_ns && !worse)
		return;
	r->pause_ns = worse ? PAUSE_NS : r->pause_ns;
	r->seen_dbm = (int8_t)signal_now(s);
	r->at = 0;
	sta_roam_timer(s, out);
}
