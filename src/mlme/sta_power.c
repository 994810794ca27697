/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power save (IEEE 802.11-2016 11.2.3).  A station that has had nothing to do for a moment tells the access point, by
 * the Power Management bit of a Null frame, and switches its receiver off.  The access point keeps what comes for it;
 * its beacons tell (TIM) for whom there is something, and each DTIM beacon is followed by the group's frames.
 *
 *	AWAKE ── idle ──▶ ANNOUNCING ── acknowledged ──▶ DOZING ⇄ LISTENING     beacon by beacon
 *	  ▲                                                │         │
 *	  └──────────── something to send ─────────────────┴─────────┘          the bit is off again
 *	                something for us in the TIM
 *
 * It wakes for each DTIM, and for each beacon that the listen interval asks for, shortly before it is due.  The access
 * point's clock (TSF) tells when that is: beacons may be late, on a busy air, but are due at its multiples (11.1.3.2).
 */
#include "mlme/sta_state.h"

#define IDLE_NS     (100 * MS)
#define GUARD_NS    (2 * MS)
#define DRIFT       10000 /* a ten-thousandth: two clocks of 50 ppm */
#define LATE_MIN_NS (20 * MS)
#define LATE_MAX_NS (100 * MS)
#define GROUP_NS    (100 * MS) /* for the group's frames */
#define LINGER_NS   (20 * MS)  /* after a frame that was sent while dozing: for what it causes */
#define LINE_NS     (10 * MS)  /* for what the access point had in line before it knew that we doze */
#define SHORTEST_NS (5 * MS)   /* a nap that is worth it */
#define FATE_NS     (2 * SECOND)
#define AGAIN_NS    (50 * MS)
#define TRIES       3
#define MISSED_MAX  3

void sta_power_begin(struct sta *s)
{
	s->power = (struct sta_power){.step = POWER_AWAKE, .active_ns = s->now_ns};
	if (s->setup.power_save)
		s->due[TIMER_POWER] = s->now_ns + IDLE_NS;
}

bool sta_power_bit(const struct sta *s)
{
	return s->power.step != POWER_AWAKE;
}

/* When the last beacon was due. */
static uint64_t due_time(const struct sta *s)
{
	const struct sta_link *l = &s->link;
	uint64_t late = l->tsf * 1000 % l->interval_ns;

	/* Somebody whose clock does not begin with a beacon has it elsewhere: then when it came will do. */
	return late < l->interval_ns / 8 && late < l->beacon_ns ? l->beacon_ns - late : l->beacon_ns;
}

/* How many beacon intervals from the last beacon until the next that we want. */
static unsigned beacons_ahead(const struct sta *s)
{
	const struct sta_power *p = &s->power;
	unsigned listen = s->setup.listen_interval ? s->setup.listen_interval : 1;
	unsigned dtim = p->dtim_count ? p->dtim_count : p->dtim_period;

	return dtim && dtim < listen ? dtim : listen;
}

/* Off, until the next beacon that we want; or not, when there is none that we know of. */
static void doze(struct sta *s, struct actions *out)
{
	struct sta_power *p = &s->power;
	uint64_t from = due_time(s), interval = s->link.interval_ns, until, early;
	struct action *a;

	p->step = POWER_LISTENING;
	s->due[TIMER_POWER] = NEVER;
	if (!s->link.beacon_ns || p->missed > MISSED_MAX)
		return; /* until a beacon tells more; sta_link.c watches that one comes */
	until = from + beacons_ahead(s) * interval;
	while (until + GUARD_NS <= s->now_ns) /* one was missed: then the next one, whatever it is */
		until += interval;
	early = GUARD_NS + (until - from) / DRIFT;
	if (until < s->now_ns + early + SHORTEST_NS) {
		s->due[TIMER_POWER] = until + LATE_MIN_NS;
		return;
	}
	a = actions_add(out, ACTION_DOZE);
	if (!a)
		return;
	a->until_ns = until - early;
	p->step = POWER_DOZING;
	s->due[TIMER_POWER] = a->until_ns;
}

static void announce(struct sta *s, struct actions *out)
{
	s->power.step = POWER_ANNOUNCING;
	s->due[TIMER_POWER] = s->now_ns + FATE_NS;
	sta_send_null(s, COOKIE_DOZE, true, out);
}

/* Is there something that must not be slept through? */
static bool is_busy(const struct sta *s)
{
	return s->roam.step != ROAM_IDLE || s->change.step != SWITCH_NONE || s->link.polling ||
	       s->link.query_since_ns || (s->terms.kind == BSS_TERMS_RSN && s->supplicant.state != SUPPLICANT_DONE);
}

static void listen(struct sta *s)
{
	uint64_t late = s->link.interval_ns / 4;

	late = late < LATE_MIN_NS ? LATE_MIN_NS : late > LATE_MAX_NS ? LATE_MAX_NS : late;
	s->power.step = POWER_LISTENING;
	s->power.missed++; /* until it comes */
	s->due[TIMER_POWER] = s->now_ns + late;
}

void sta_power_timer(struct sta *s, struct actions *out)
{
	struct sta_power *p = &s->power;
	uint64_t idle = p->active_ns + IDLE_NS;

	if (s->state != STA_CONNECTED || !s->setup.power_save || s->roam.step != ROAM_IDLE)
		return;
	switch (p->step) {
	case POWER_AWAKE:
		if (idle <= s->now_ns && !is_busy(s))
			announce(s, out);
		else
			s->due[TIMER_POWER] = idle > s->now_ns ? idle : s->now_ns + IDLE_NS;
		break;
	case POWER_ANNOUNCING:
		sta_power_status(s, true, false, out);
		break;
	case POWER_DOZING:
		listen(s);
		break;
	case POWER_LISTENING:
		doze(s, out);
		break;
	}
}

void sta_power_status(struct sta *s, bool was_announced, bool acked, struct actions *out)
{
	struct sta_power *p = &s->power;

	(void)out;
	if (!was_announced) {
		/* What was sent has woken the radio. */
		if (p->step == POWER_DOZING || p->step == POWER_LISTENING) {
			p->step = POWER_LISTENING;
			s->due[TIMER_POWER] = s->now_ns + LINGER_NS;
		}
		return;
	}
	if (p->step != POWER_ANNOUNCING)
		return;
	if (acked) {
		p->tries = 0;
		p->missed = 0;
		p->step = POWER_LISTENING;
		s->due[TIMER_POWER] = s->now_ns + LINE_NS;
		return;
	}
	p->step = POWER_AWAKE;
	s->due[TIMER_POWER] = s->now_ns + (++p->tries < TRIES ? AGAIN_NS : IDLE_NS * 10);
	if (p->tries == TRIES)
		p->tries = 0;
}

/* Awake again, and the access point knows. */
static void wake(struct sta *s, struct actions *out)
{
	sta_power_active(s, out);
	sta_send_null(s, COOKIE_POLL, false, out);
}

void sta_power_beacon(struct sta *s, const struct mgmt *m, struct actions *out)
{
	struct sta_power *p = &s->power;

	if (m->tim.len >= 2) {
		p->dtim_count = m->tim.bytes[0];
		p->dtim_period = m->tim.bytes[1];
	}
	p->missed = 0;
	if (p->step != POWER_LISTENING && p->step != POWER_DOZING)
		return;
	if (tim_has(m->tim, s->aid)) {
		wake(s, out);
	} else if (tim_group(m->tim) && !p->dtim_count) {
		p->step = POWER_LISTENING;
		s->due[TIMER_POWER] = s->now_ns + GROUP_NS;
	} else {
		doze(s, out);
	}
}

void sta_power_active(struct sta *s, struct actions *out)
{
	struct sta_power *p = &s->power;

	(void)out;
	if (s->state != STA_CONNECTED || !s->setup.power_save)
		return;
	p->active_ns = s->now_ns;
	if (p->step != POWER_AWAKE && s->roam.step == ROAM_IDLE) {
		p->step = POWER_AWAKE;
		s->due[TIMER_POWER] = s->now_ns + IDLE_NS;
	}
}

/* A frame of the group: are there more? */
void sta_power_group(struct sta *s, bool more, struct actions *out)
{
	if (s->state == STA_CONNECTED && s->power.step == POWER_LISTENING && !more && s->roam.step == ROAM_IDLE)
		doze(s, out);
}

void sta_power_pause(struct sta *s)
{
	s->due[TIMER_POWER] = NEVER;
}

void sta_power_resume(struct sta *s)
{
	if (s->setup.power_save)
		s->due[TIMER_POWER] = s->now_ns + (s->power.step == POWER_AWAKE ? IDLE_NS : LINGER_NS);
	if (s->power.step == POWER_DOZING)
		s->power.step = POWER_LISTENING;
}
