/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power save (IEEE 802.11-2020 11.2.3). An idle station sets the Power Management bit in a Null frame and switches its
 * receiver off. The access point then buffers its frames; beacons list in the TIM who has buffered frames, and group
 * frames follow each DTIM beacon.
 *
 *	AWAKE ── idle ──▶ ANNOUNCING ── acknowledged ──▶ LISTENING ⇄ DOZING
 *	  ▲                                                  │          │
 *	  └── a frame to send, or our AID in the TIM ────────┴──────────┘
 *
 * The station wakes up shortly before each DTIM beacon and each beacon of its listen interval. It computes that time from
 * the access point's timestamps: on a busy channel beacons may be late, but they are due at multiples of the beacon
 * interval (11.1.3.2).
 */
#include "softmac/sta/soft_sta_state.h"

#define IDLE_NS            (100 * MS)
#define GUARD_NS           (2 * MS) /* the receiver is on this long before the beacon */
#define DRIFT_DIVISOR      10000    /* drift of two clocks of 50 ppm: 1/10000 of the time */
#define LATE_MIN_NS        (20 * MS)
#define LATE_MAX_NS        (100 * MS)
#define GROUP_NS           (100 * MS) /* longest wait for group frames */
#define LINGER_NS          (20 * MS)  /* after a transmission: for the reply */
#define DRAIN_NS           (10 * MS)  /* for frames that the access point queued before it saw our PM bit */
#define DOZE_MIN_NS        (5 * MS)   /* a shorter doze is not worth it */
#define RETRY_NS           (50 * MS)
#define TRIES              3
#define MISSED_BEACONS_MAX 3

void soft_sta_power_begin(struct soft_sta *soft)
{
	soft->power = (struct soft_sta_power){.state = POWER_AWAKE, .last_active_ns = soft->now_ns};
	if (soft->setup.power_save)
		soft->due_ns[SOFT_TIMER_POWER] = soft->now_ns + IDLE_NS;
}

/* The target time of the last beacon (TBTT). */
static uint64_t last_tbtt(const struct soft_sta *soft)
{
	const struct soft_sta_link *link = &soft->link;
	uint64_t late_ns = link->tsf * 1000 % link->beacon_interval_ns;

	/* The TSF of some access points is not 0 at a TBTT: use the time of reception for those. */
	return late_ns < link->beacon_interval_ns / 8 && late_ns < link->beacon_ns ? link->beacon_ns - late_ns
										   : link->beacon_ns;
}

/* The number of beacon intervals from the last beacon to the next one to receive. */
static unsigned beacons_ahead(const struct soft_sta *soft)
{
	const struct soft_sta_power *power = &soft->power;
	unsigned listen = soft->setup.listen_interval ? soft->setup.listen_interval : 1;
	unsigned dtim = power->dtim_count ? power->dtim_count : power->dtim_period;

	return dtim && dtim < listen ? dtim : listen;
}

/* Switches the receiver off until the next beacon to receive, unless that is too close or its time is unknown. */
static void doze(struct soft_sta *soft)
{
	struct soft_sta_power *power = &soft->power;
	uint64_t tbtt = last_tbtt(soft), interval = soft->link.beacon_interval_ns, wake_tbtt, guard_ns;
	struct action *action;

	power->state = POWER_LISTENING;
	soft->due_ns[SOFT_TIMER_POWER] = NEVER;
	if (!soft->link.beacon_ns || power->missed_beacons > MISSED_BEACONS_MAX)
		return; /* until a beacon gives the time; link.c handles beacon loss */
	wake_tbtt = tbtt + beacons_ahead(soft) * interval;
	while (wake_tbtt + GUARD_NS <= soft->now_ns) /* that beacon was missed: take the next one of any kind */
		wake_tbtt += interval;
	guard_ns = GUARD_NS + (wake_tbtt - tbtt) / DRIFT_DIVISOR;
	if (wake_tbtt < soft->now_ns + guard_ns + DOZE_MIN_NS) {
		soft->due_ns[SOFT_TIMER_POWER] = wake_tbtt + LATE_MIN_NS;
		return;
	}
	action = actions_add(soft->output.actions, ACTION_DOZE);
	if (!action)
		return;
	action->until_ns = wake_tbtt - guard_ns;
	power->state = POWER_DOZING;
	soft->due_ns[SOFT_TIMER_POWER] = action->until_ns;
}

static void announce_doze(struct soft_sta *soft)
{
	soft->power.state = POWER_ANNOUNCING;
	soft->due_ns[SOFT_TIMER_POWER] = soft->now_ns + TX_STATUS_NS;
	soft_sta_send_null(soft, SOFT_STA_COOKIE_DOZE, true);
}

/* Is an exchange in progress that needs the receiver? */
static bool must_stay_awake(const struct soft_sta *soft)
{
	return soft->scan.state != SCAN_IDLE || soft->channel_switch.state != SWITCH_NONE || soft->link.polling ||
	       soft->awake;
}

static void listen_for_beacon(struct soft_sta *soft)
{
	uint64_t late_ns = soft->link.beacon_interval_ns / 4;

	late_ns = late_ns < LATE_MIN_NS ? LATE_MIN_NS : late_ns > LATE_MAX_NS ? LATE_MAX_NS : late_ns;
	soft->power.state = POWER_LISTENING;
	soft->power.missed_beacons++; /* soft_sta_power_beacon() resets it */
	soft->due_ns[SOFT_TIMER_POWER] = soft->now_ns + late_ns;
}

void soft_sta_power_timer(struct soft_sta *soft)
{
	struct soft_sta_power *power = &soft->power;
	uint64_t idle_ns = power->last_active_ns + IDLE_NS;

	if (!soft->connected || !soft->setup.power_save || soft->scan.state != SCAN_IDLE)
		return;
	switch (power->state) {
	case POWER_AWAKE:
		if (idle_ns <= soft->now_ns && !must_stay_awake(soft))
			announce_doze(soft);
		else
			soft->due_ns[SOFT_TIMER_POWER] = idle_ns > soft->now_ns ? idle_ns : soft->now_ns + IDLE_NS;
		break;
	case POWER_ANNOUNCING:
		soft_sta_power_tx_status(soft, true, false);
		break;
	case POWER_DOZING:
		listen_for_beacon(soft);
		break;
	case POWER_LISTENING:
		doze(soft);
		break;
	}
}

void soft_sta_power_tx_status(struct soft_sta *soft, bool was_announcement, bool acked)
{
	struct soft_sta_power *power = &soft->power;

	if (!was_announcement) {
		/* The transmission has woken the radio up. */
		if (power->state == POWER_DOZING || power->state == POWER_LISTENING) {
			power->state = POWER_LISTENING;
			soft->due_ns[SOFT_TIMER_POWER] = soft->now_ns + LINGER_NS;
		}
		return;
	}
	if (power->state != POWER_ANNOUNCING)
		return;
	if (acked) {
		power->tries = 0;
		power->missed_beacons = 0;
		power->state = POWER_LISTENING;
		soft->due_ns[SOFT_TIMER_POWER] = soft->now_ns + DRAIN_NS;
		return;
	}
	power->state = POWER_AWAKE;
	soft->due_ns[SOFT_TIMER_POWER] = soft->now_ns + (++power->tries < TRIES ? RETRY_NS : IDLE_NS * 10);
	if (power->tries == TRIES)
		power->tries = 0;
}

static void announce_awake(struct soft_sta *soft)
{
	soft_sta_power_mark_active(soft);
	soft_sta_send_null(soft, SOFT_STA_COOKIE_POLL, false);
}

void soft_sta_power_beacon(struct soft_sta *soft, const struct mgmt *mgmt)
{
	struct soft_sta_power *power = &soft->power;

	if (mgmt->tim.len >= 2) {
		power->dtim_count = mgmt->tim.bytes[0];
		power->dtim_period = mgmt->tim.bytes[1];
	}
	power->missed_beacons = 0;
	/* A forger has announced in our name that we doze. */
	if (power->state == POWER_AWAKE && tim_has_aid(mgmt->tim, soft->aid) && soft->scan.state == SCAN_IDLE &&
	    !soft_sta_switch_blocks_tx(soft))
		soft_sta_send_null(soft, SOFT_STA_COOKIE_DATA, false);
	if (power->state != POWER_LISTENING && power->state != POWER_DOZING)
		return;
	if (tim_has_aid(mgmt->tim, soft->aid)) {
		announce_awake(soft);
	} else if (tim_has_group(mgmt->tim) && !power->dtim_count) {
		power->state = POWER_LISTENING;
		soft->due_ns[SOFT_TIMER_POWER] = soft->now_ns + GROUP_NS;
	} else {
		doze(soft);
	}
}

void soft_sta_power_mark_active(struct soft_sta *soft)
{
	struct soft_sta_power *power = &soft->power;

	if (!soft->connected || !soft->setup.power_save)
		return;
	power->last_active_ns = soft->now_ns;
	if (power->state != POWER_AWAKE && soft->scan.state == SCAN_IDLE) {
		power->state = POWER_AWAKE;
		soft->due_ns[SOFT_TIMER_POWER] = soft->now_ns + IDLE_NS;
	}
}

/* `more`: the More Data bit of the group frame. */
void soft_sta_power_group_frame(struct soft_sta *soft, bool more)
{
	if (soft->connected && soft->power.state == POWER_LISTENING && !more && soft->scan.state == SCAN_IDLE)
		doze(soft);
}

void soft_sta_power_pause(struct soft_sta *soft)
{
	soft->due_ns[SOFT_TIMER_POWER] = NEVER;
}

void soft_sta_power_resume(struct soft_sta *soft)
{
	if (soft->setup.power_save)
		soft->due_ns[SOFT_TIMER_POWER] =
			soft->now_ns + (soft->power.state == POWER_AWAKE ? IDLE_NS : LINGER_NS);
	if (soft->power.state == POWER_DOZING)
		soft->power.state = POWER_LISTENING;
}
