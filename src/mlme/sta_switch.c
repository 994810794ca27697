/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our access point goes to another channel, and says so: for some beacons by an element in them, or by an action frame
 * (IEEE 802.11-2020 11.8.8, 11.9).  We go with it; a link that stood goes on, keys and all.
 *
 *	NONE ── announced ──▶ ANNOUNCED ── its time ──▶ MOVED ── a beacon there ──▶ NONE
 *	 ▲                                                │
 *	 └──────────────── none: back, and ask ───────────┘
 *
 * Beacons can be forged.  So it is a move on trial: where no beacon comes we go back to where we were, and believe no
 * such thing for a while.  Where we may not go, the access point is asked at that time whether it is still there.
 */
#include "mlme/sta_state.h"

#include "wire/ie.h"

#include <stdio.h>

#define EARLY_NS    (2 * MS)      /* before the beacon that would be the first one there */
#define LATE_NS     (20 * MS)     /* behind it: who goes has gone */
#define DISTRUST_NS (60 * SECOND) /* after an announcement that was not true */

enum { SWITCH_ANNOUNCEMENT = 4 /* an action, of three categories */, CLASS_6GHZ = 131 };

/* Is it a channel that we may use?  Where we look is no word about it, unless it is said to be. */
static bool is_ours(const struct sta *s, uint16_t freq)
{
	if (!s->setup.freqs_bind && !s->setup.networks[s->network].freqs_bind)
		return freq;
	for (size_t i = 0; freq && i < s->freq_count; i++)
		if (s->freqs[i] == freq)
			return true;
	return false;
}

static void announced(struct sta *s, bool quiet, uint16_t freq, unsigned count)
{
	struct sta_switch *w = &s->change;
	uint64_t at = s->link.beacon_ns + (uint64_t)count * s->link.interval_ns - EARLY_NS;

	if (s->state != STA_CONNECTED || w->step == SWITCH_MOVED || s->now_ns < w->distrust_ns ||
	    freq == s->ap.freq_mhz)
		return;
	w->step = SWITCH_ANNOUNCED;
	w->quiet = quiet;
	w->to = is_ours(s, freq) ? freq : 0;
	at = count && at > s->now_ns ? at : s->now_ns;
	s->due[TIMER_SWITCH] = w->to ? at : at + LATE_NS;
}

/* Mode, new channel, count (9.4.2.18); of the extended kind with the operating class behind the mode (9.4.2.52). */
static void announced_in(struct sta *s, struct span e, bool extended)
{
	const uint8_t *p = e.bytes;
	unsigned channel;

	if (e.len != (extended ? 4u : 3u))
		return;
	channel = extended ? (p[1] >= CLASS_6GHZ ? 0 : p[2]) : p[1];
	announced(s, p[0] == 1, channel_freq(channel), p[e.len - 1]);
}

/* It is over, or was never meant. */
static void end(struct sta *s, struct actions *out)
{
	s->change.step = SWITCH_NONE;
	s->due[TIMER_SWITCH] = NEVER;
	sta_data_waiting(s, out);
}

void sta_switch_beacon(struct sta *s, const struct mgmt *m, uint16_t freq, struct actions *out)
{
	struct sta_switch *w = &s->change;
	struct action *a;

	if (w->step == SWITCH_MOVED && freq == s->ap.freq_mhz) {
		a = sta_note(s, NOTE_CHANNEL, 0, out);
		if (a)
			snprintf(a->about, sizeof a->about, "channel %u", freq_channel(freq));
		end(s, out);
	}
	if (m->csa.bytes)
		announced_in(s, m->csa, false);
	else if (m->ecsa.bytes)
		announced_in(s, m->ecsa, true);
	else if (m->subtype == MGMT_BEACON && w->step == SWITCH_ANNOUNCED && w->in_beacon)
		end(s, out);
	w->in_beacon = m->csa.bytes || m->ecsa.bytes;
}

bool sta_switch_action(struct sta *s, const struct mgmt *m)
{
	struct span body = m->body;
	struct element e;

	if (m->action != SWITCH_ANNOUNCEMENT)
		return false;
	if (m->category == ACTION_CATEGORY_SPECTRUM && element_next(&body, &e) && e.id == EID_CSA) {
		announced_in(s, e.body, false);
		return true;
	}
	/* Where management frames are protected, the public one has a dual that is. */
	if (m->category == (s->peer.mfp ? ACTION_CATEGORY_PROTECTED_DUAL : ACTION_CATEGORY_PUBLIC) && body.len >= 4) {
		announced_in(s, (struct span){body.bytes, 4}, true);
		return true;
	}
	return false;
}

bool sta_switch_quiet(const struct sta *s)
{
	return s->change.step == SWITCH_MOVED || (s->change.step == SWITCH_ANNOUNCED && s->change.quiet);
}

static void go(struct sta *s, uint16_t freq, struct actions *out)
{
	struct bss *b = bss_find(&s->table, s->ap.bssid, s->ap.ssid, s->ap.ssid_len);

	s->ap.freq_mhz = freq;
	if (b)
		b->freq_mhz = freq;
	sta_tune(s, freq, out);
}

/* It is not true, or not for us: is the access point still here? */
static void stay(struct sta *s, struct actions *out)
{
	s->change.step = SWITCH_NONE;
	s->change.distrust_ns = s->now_ns + DISTRUST_NS;
	sta_data_waiting(s, out);
	sta_link_ask(s, out);
}

void sta_switch_timer(struct sta *s, struct actions *out)
{
	struct sta_switch *w = &s->change;

	if (s->state != STA_CONNECTED) {
		w->step = SWITCH_NONE;
	} else if (w->step == SWITCH_MOVED) {
		go(s, w->from, out);
		stay(s, out);
	} else if (w->step == SWITCH_ANNOUNCED && s->roam.step != ROAM_IDLE) {
		s->due[TIMER_SWITCH] = s->now_ns + 5 * MS; /* we are elsewhere, for a moment */
	} else if (w->step == SWITCH_ANNOUNCED && !w->to) {
		stay(s, out);
	} else if (w->step == SWITCH_ANNOUNCED) {
		w->step = SWITCH_MOVED;
		w->from = s->ap.freq_mhz;
		go(s, w->to, out);
		s->due[TIMER_SWITCH] = s->now_ns + sta_link_loss_ns(s);
		s->due[TIMER_LINK] = s->due[TIMER_SWITCH] + MS;
	}
}
