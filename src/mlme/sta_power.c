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

#define IDLE_NS            (100 * MS)
#define GUARD_NS           (2 * MS)
#define DRIFT_DIVISOR      10000 /* a ten-thousandth: two clocks of 50 ppm */
#define LATE_MIN_NS        (20 * MS)
#define LATE_MAX_NS        (100 * MS)
#define GROUP_NS           (100 * MS) /* for the group's frames */
#define LINGER_NS          (20 * MS)  /* after a frame that was sent while dozing: for what it causes */
#define DRAIN_NS           (10 * MS)  /* for what the access point had in line before it knew that we doze */
#define DOZE_MIN_NS        (5 * MS)   /* a nap that is worth it */
#define TX_STATUS_NS       (2 * SECOND)
#define RETRY_NS           (50 * MS)
#define TRIES              3
#define MISSED_BEACONS_MAX 3

void sta_power_begin(struct sta *sta)
{
	sta->power = (struct sta_power){.state = POWER_AWAKE, .last_active_ns = sta->now_ns};
	if (sta->setup.power_save)
		sta->due_ns[STA_TIMER_POWER] = sta->now_ns + IDLE_NS;
}

bool sta_power_pm_bit(const struct sta *sta)
{
	return sta->power.state != POWER_AWAKE;
}

/* When the last beacon was due. */
static uint64_t last_tbtt(const struct sta *sta)
{
	const struct sta_link *link = &sta->link;
	uint64_t late_ns = link->tsf * 1000 % link->beacon_interval_ns;

	/* Somebody whose clock does not begin with a beacon has it elsewhere: then when it came will do. */
	return late_ns < link->beacon_interval_ns / 8 && late_ns < link->beacon_ns ? link->beacon_ns - late_ns
										   : link->beacon_ns;
}

/* How many beacon intervals from the last beacon until the next that we want. */
static unsigned beacons_ahead(const struct sta *sta)
{
	const struct sta_power *power = &sta->power;
	unsigned listen = sta->setup.listen_interval ? sta->setup.listen_interval : 1;
	unsigned dtim = power->dtim_count ? power->dtim_count : power->dtim_period;

	return dtim && dtim < listen ? dtim : listen;
}

/* Off, until the next beacon that we want; or not, when there is none that we know of. */
static void doze(struct sta *sta, struct actions *out)
{
	struct sta_power *power = &sta->power;
	uint64_t tbtt = last_tbtt(sta), interval = sta->link.beacon_interval_ns, wake_tbtt, guard_ns;
	struct action *action;

	power->state = POWER_LISTENING;
	sta->due_ns[STA_TIMER_POWER] = NEVER;
	if (!sta->link.beacon_ns || power->missed_beacons > MISSED_BEACONS_MAX)
		return; /* until a beacon tells more; sta_link.c watches that one comes */
	wake_tbtt = tbtt + beacons_ahead(sta) * interval;
	while (wake_tbtt + GUARD_NS <= sta->now_ns) /* one was missed: then the next one, whatever it is */
		wake_tbtt += interval;
	guard_ns = GUARD_NS + (wake_tbtt - tbtt) / DRIFT_DIVISOR;
	if (wake_tbtt < sta->now_ns + guard_ns + DOZE_MIN_NS) {
		sta->due_ns[STA_TIMER_POWER] = wake_tbtt + LATE_MIN_NS;
		return;
	}
	action = actions_add(out, ACTION_DOZE);
	if (!action)
		return;
	action->until_ns = wake_tbtt - guard_ns;
	power->state = POWER_DOZING;
	sta->due_ns[STA_TIMER_POWER] = action->until_ns;
}

static void announce_doze(struct sta *sta, struct actions *out)
{
	sta->power.state = POWER_ANNOUNCING;
	sta->due_ns[STA_TIMER_POWER] = sta->now_ns + TX_STATUS_NS;
	sta_send_null(sta, STA_COOKIE_DOZE, true, out);
}

/* Is there something that must not be slept through? */
static bool must_stay_awake(const struct sta *sta)
{
	return sta->roam.state != ROAM_IDLE || sta->channel_switch.state != SWITCH_NONE || sta->link.polling ||
	       sta->link.query_began_ns ||
	       (sta->terms.kind == BSS_TERMS_RSN && sta->supplicant.state != SUPPLICANT_DONE);
}

static void listen_for_beacon(struct sta *sta)
{
	uint64_t late_ns = sta->link.beacon_interval_ns / 4;

	late_ns = late_ns < LATE_MIN_NS ? LATE_MIN_NS : late_ns > LATE_MAX_NS ? LATE_MAX_NS : late_ns;
	sta->power.state = POWER_LISTENING;
	sta->power.missed_beacons++; /* until it comes */
	sta->due_ns[STA_TIMER_POWER] = sta->now_ns + late_ns;
}

void sta_power_timer(struct sta *sta, struct actions *out)
{
	struct sta_power *power = &sta->power;
	uint64_t idle_ns = power->last_active_ns + IDLE_NS;

	if (sta->state != STA_CONNECTED || !sta->setup.power_save || sta->roam.state != ROAM_IDLE)
		return;
	switch (power->state) {
	case POWER_AWAKE:
		if (idle_ns <= sta->now_ns && !must_stay_awake(sta))
			announce_doze(sta, out);
		else
			sta->due_ns[STA_TIMER_POWER] = idle_ns > sta->now_ns ? idle_ns : sta->now_ns + IDLE_NS;
		break;
	case POWER_ANNOUNCING:
		sta_power_tx_status(sta, true, false, out);
		break;
	case POWER_DOZING:
		listen_for_beacon(sta);
		break;
	case POWER_LISTENING:
		doze(sta, out);
		break;
	}
}

void sta_power_tx_status(struct sta *sta, bool was_announced, bool acked, struct actions *out)
{
	struct sta_power *power = &sta->power;

	(void)out;
	if (!was_announced) {
		/* What was sent has woken the radio. */
		if (power->state == POWER_DOZING || power->state == POWER_LISTENING) {
			power->state = POWER_LISTENING;
			sta->due_ns[STA_TIMER_POWER] = sta->now_ns + LINGER_NS;
		}
		return;
	}
	if (power->state != POWER_ANNOUNCING)
		return;
	if (acked) {
		power->tries = 0;
		power->missed_beacons = 0;
		power->state = POWER_LISTENING;
		sta->due_ns[STA_TIMER_POWER] = sta->now_ns + DRAIN_NS;
		return;
	}
	power->state = POWER_AWAKE;
	sta->due_ns[STA_TIMER_POWER] = sta->now_ns + (++power->tries < TRIES ? RETRY_NS : IDLE_NS * 10);
	if (power->tries == TRIES)
		power->tries = 0;
}

/* Awake again, and the access point knows. */
static void announce_awake(struct sta *sta, struct actions *out)
{
	sta_power_mark_active(sta, out);
	sta_send_null(sta, STA_COOKIE_POLL, false, out);
}

void sta_power_beacon(struct sta *sta, const struct mgmt *mgmt, struct actions *out)
{
	struct sta_power *power = &sta->power;

	if (mgmt->tim.len >= 2) {
		power->dtim_count = mgmt->tim.bytes[0];
		power->dtim_period = mgmt->tim.bytes[1];
	}
	power->missed_beacons = 0;
	if (power->state != POWER_LISTENING && power->state != POWER_DOZING)
		return;
	if (tim_has_aid(mgmt->tim, sta->aid)) {
		announce_awake(sta, out);
	} else if (tim_has_group(mgmt->tim) && !power->dtim_count) {
		power->state = POWER_LISTENING;
		sta->due_ns[STA_TIMER_POWER] = sta->now_ns + GROUP_NS;
	} else {
		doze(sta, out);
	}
}

void sta_power_mark_active(struct sta *sta, struct actions *out)
{
	struct sta_power *power = &sta->power;

	(void)out;
	if (sta->state != STA_CONNECTED || !sta->setup.power_save)
		return;
	power->last_active_ns = sta->now_ns;
	if (power->state != POWER_AWAKE && sta->roam.state == ROAM_IDLE) {
		power->state = POWER_AWAKE;
		sta->due_ns[STA_TIMER_POWER] = sta->now_ns + IDLE_NS;
	}
}

/* A frame of the group: are there more? */
void sta_power_group_frame(struct sta *sta, bool more, struct actions *out)
{
	if (sta->state == STA_CONNECTED && sta->power.state == POWER_LISTENING && !more && sta->roam.state == ROAM_IDLE)
		doze(sta, out);
}

void sta_power_pause(struct sta *sta)
{
	sta->due_ns[STA_TIMER_POWER] = NEVER;
}

void sta_power_resume(struct sta *sta)
{
	if (sta->setup.power_save)
		sta->due_ns[STA_TIMER_POWER] = sta->now_ns + (sta->power.state == POWER_AWAKE ? IDLE_NS : LINGER_NS);
	if (sta->power.state == POWER_DOZING)
		sta->power.state = POWER_LISTENING;
}
