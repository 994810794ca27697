/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking for networks.  A scan visits each channel once: asks (unless it may only listen), listens for half of the
 * dwell, asks again, since nobody repeats a question to everybody that was lost, and listens for the other half.  Where
 * nothing was found, the next scan dwells longer: somebody may beacon rarely.
 *
 * It ends early where one is found that is very near.  Then the best of what was heard is joined: of the highest
 * priority, then of the strongest signal.  Whom it did not work with lately comes last.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <stdio.h>
#include <string.h>

#define ACTIVE_NS     (40 * MS)
#define PASSIVE_NS    (120 * MS) /* more than the usual beacon interval of 100 TU */
#define LONGER_MAX    4          /* doublings of it */
#define NEAR_DBM      (-50)
#define FRESH_NS      (30 * SECOND)
#define KEEP_NS       (180 * SECOND)
#define PAUSE_NS      (1 * SECOND) /* after the first round in vain; then twice as long each time, … */
#define PAUSE_MAX_NS  (60 * SECOND)
#define ABSENT_MAX_NS (20 * SECOND) /* … but not so long when there is nobody whom we would trouble */

/* Our rates: what 2.4 GHz has had since 1999, and OFDM's.  In units of 500 kbit/s; the top bit says: basic. */
int sta_put_rates(struct frame *f, uint16_t freq)
{
	static const uint8_t b[] = {0x82, 0x84, 0x8b, 0x96, 12, 18, 24, 36}, more[] = {48, 72, 96, 108};
	static const uint8_t a[] = {0x8c, 18, 0x98, 36, 0xb0, 72, 96, 108};
	bool two = freq < 3000;
	int e = mgmt_put_element(f, EID_RATES, two ? b : a, two ? sizeof b : sizeof a);

	return e || !two ? e : mgmt_put_element(f, EID_EXT_RATES, more, sizeof more);
}

static void probe(struct sta *s, uint16_t freq, const uint8_t *ssid, size_t len, struct actions *out)
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct frame *f = mgmt_new(MGMT_PROBE_REQUEST, everybody, s->setup.addr, everybody);
	struct tx_how how = {.cookie = 0};
	uint8_t channel = (uint8_t)freq_channel(freq);
	enum drop d = DROP_NO_MEMORY;

	if (f && (mgmt_put_element(f, EID_SSID, ssid, len) || sta_put_rates(f, freq) ||
		  (freq < 3000 && mgmt_put_element(f, EID_DS, &channel, 1)))) {
		frame_free(f);
		f = NULL;
	}
	if (f)
		d = tx_management(&s->tx, NULL, f, &s->seq, &how);
	if (d)
		sta_drop(s, d, everybody, out);
}

/* Asks everybody, and hidden networks by their name: who does not hear its own does not answer. */
void sta_probe(struct sta *s, uint16_t freq, struct actions *out)
{
	probe(s, freq, NULL, 0, out);
	for (size_t i = 0; i < s->setup.network_count; i++) {
		const struct sta_network *n = &s->setup.networks[i];

		if (n->scan_ssid && !n->disabled)
			probe(s, freq, n->ssid, n->ssid_len, out);
	}
	sta_flush(s, out);
}

static uint64_t dwell(const struct sta *s)
{
	unsigned longer = s->scan.empty < LONGER_MAX ? s->scan.empty : LONGER_MAX;

	return s->setup.passive ? PASSIVE_NS << longer : ACTIVE_NS << longer / 2;
}

static void visit(struct sta *s, struct actions *out)
{
	sta_tune(s, s->freqs[s->scan.at], out);
	if (!s->setup.passive)
		sta_probe(s, s->freqs[s->scan.at], out);
	s->due[TIMER_STATE] = s->now_ns + dwell(s) / 2;
}

void sta_scan(struct sta *s, struct actions *out)
{
	static const uint8_t nobody[6];
	struct action *a = actions_add(out, ACTION_NOTE);

	if (a) {
		a->note = NOTE_SCANNING;
		mac_copy(a->addr, nobody);
	}
	s->state = STA_SCANNING;
	s->scan.at = 0;
	s->scan.again = false;
	s->scan.began_ns = s->now_ns;
	bss_age(&s->table, s->now_ns < KEEP_NS ? 0 : s->now_ns - KEEP_NS);
	visit(s, out);
}

bool sta_tkip_allowed(const struct sta *s, size_t network)
{
	return !countermeasures_active(&s->memory[network].michael, s->now_ns);
}

struct choice {
	const struct bss *best;
	size_t network;
	bool tried;               /* somebody fits, but it did not work in this round */
	uint64_t resting_ns;      /* somebody fits, from then on; NEVER: nobody */
	enum bss_match closest;   /* of what was heard: how far it fits */
	const struct bss *almost; /* whose that is */
};

static bool better(const struct sta *s, const struct bss *a, size_t na, const struct bss *b, size_t nb)
{
	bool avoid_a = a->avoid_ns > s->now_ns, avoid_b = b->avoid_ns > s->now_ns;
	const struct sta_network *n = s->setup.networks;

	if (avoid_a != avoid_b)
		return avoid_b;
	if (n[na].priority != n[nb].priority)
		return n[na].priority > n[nb].priority;
	return a->signal_dbm > b->signal_dbm;
}

static void consider(struct sta *s, size_t network, struct choice *c)
{
	const struct sta_network *n = &s->setup.networks[network];
	uint64_t resting = s->memory[network].resting_ns;

	for (size_t i = 0; i < s->table.count; i++) {
		const struct bss *b = &s->table.at[i];
		struct bss_terms terms;
		enum bss_match m;

		if (b->heard_ns + FRESH_NS < s->now_ns && b->heard_ns < s->scan.began_ns)
			continue;
		m = bss_match(b, n, sta_tkip_allowed(s, network), &terms);
		if (m > c->closest || !c->almost) {
			c->closest = m;
			c->almost = b;
		}
		if (m < BSS_TKIP)
			continue;
		if (m == BSS_TKIP || resting > s->now_ns) {
			uint64_t until = m == BSS_TKIP ? s->memory[network].michael.until_ns : resting;

			c->resting_ns = until < c->resting_ns ? until : c->resting_ns;
		} else if (b->round == s->round) {
			c->tried = true;
		} else if (!c->best || better(s, b, network, c->best, c->network)) {
			c->best = b;
			c->network = network;
		}
	}
}

/* Says what was heard instead. */
static void note_absence(struct sta *s, const struct choice *c, struct actions *out)
{
	struct action *a = actions_add(out, ACTION_NOTE);
	char name[64];

	if (!a)
		return;
	a->note = NOTE_NOT_FOUND;
	if (!c->almost) {
		strcpy(a->about, "nothing was heard");
		return;
	}
	mac_copy(a->addr, c->almost->bssid);
	sta_ssid_text(name, sizeof name, c->almost->ssid, c->almost->ssid_len);
	if (c->closest == BSS_OTHER)
		snprintf(a->about, sizeof a->about, "%zu heard, as %.40s", s->table.count,
			 *name ? name : "a hidden one");
	else
		snprintf(a->about, sizeof a->about, "%.32s: %.28s", name, bss_match_text(c->closest));
}

/* The round is over: the next one begins after a pause, which grows. */
static void wait(struct sta *s, const struct choice *c, struct actions *out)
{
	bool resting = !c->tried && c->resting_ns != NEVER, absent = !c->tried && !resting;
	unsigned doublings = s->failures < 10 ? s->failures : 10;
	uint64_t pause = PAUSE_NS << doublings, limit = absent ? ABSENT_MAX_NS : PAUSE_MAX_NS;

	if (absent) {
		note_absence(s, c, out);
		s->scan.empty++;
	}
	pause = sta_jitter(s, pause < limit ? pause : limit);
	if (resting) {
		pause = c->resting_ns - s->now_ns;
		pause = pause < PAUSE_MAX_NS ? pause : PAUSE_MAX_NS;
	} else {
		s->failures++;
	}
	s->round++;
	s->state = STA_WAITING;
	s->due[TIMER_STATE] = s->now_ns + pause;
}

static struct choice choose(struct sta *s)
{
	struct choice c = {.resting_ns = NEVER};

	for (size_t i = 0; i < s->setup.network_count; i++)
		if (!s->setup.networks[i].disabled)
			consider(s, i, &c);
	if (c.best)
		s->scan.empty = 0;
	return c;
}

void sta_choose(struct sta *s, struct actions *out)
{
	struct choice c = choose(s);

	if (c.best)
		sta_join(s, c.best, c.network, out);
	else
		wait(s, &c, out);
}

void sta_choose_or_scan(struct sta *s, struct actions *out)
{
	struct choice c = choose(s);

	if (c.best)
		sta_join(s, c.best, c.network, out);
	else
		sta_scan(s, out);
}

/*
 * Is there no need to look further?  Of a network that nothing comes before, an access point is so near that another one
 * could hardly be better.
 */
static bool is_found(struct sta *s)
{
	struct choice c = choose(s);

	if (!c.best || c.best->signal_dbm < NEAR_DBM || c.best->heard_ns < s->scan.began_ns ||
	    c.best->avoid_ns > s->now_ns)
		return false;
	for (size_t i = 0; i < s->setup.network_count; i++)
		if (!s->setup.networks[i].disabled &&
		    s->setup.networks[i].priority > s->setup.networks[c.network].priority)
			return false;
	return true;
}

void sta_scan_timer(struct sta *s, struct actions *out)
{
	if (!s->scan.again) {
		s->scan.again = true;
		visit(s, out);
		return;
	}
	s->scan.again = false;
	if (++s->scan.at < s->freq_count && !is_found(s))
		visit(s, out);
	else
		sta_choose(s, out);
}
