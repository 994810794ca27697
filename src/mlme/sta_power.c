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
#include "mlme/sta_state.h"

#define IDLE_NS            (100 * MS)
#define GUARD_NS           (2 * MS) /* the receiver is on so long before the beacon */
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

void sta_power_begin(struct sta *sta)
{
	sta->power = (struct sta_power){.state = POWER_AWAKE, .last_active_ns = sta->now_ns};
	if (sta->setup.power_save)
		sta->due_ns[STA_TIMER_POWER] = sta->now_ns + IDLE_NS;
}

/* The target time of the last beacon (TBTT). */
static uint64_t last_tbtt(const struct sta *sta)
{
	const struct sta_link *link = &sta->link;
	uint64_t late_ns = link->tsf * 1000 % link->beacon_interval_ns;

	/* The TSF of some access points is not 0 at a TBTT: use the time of reception for those. */
	return late_ns < link->beacon_interval_ns / 8 && late_ns < link->beacon_ns ? link->beacon_ns - late_ns
										   : link->beacon_ns;
}

/* The number of beacon intervals from the last beacon to the next one to receive. */
static unsigned beacons_ahead(const struct sta *sta)
{
	const struct sta_power *power = &sta->power;
	unsigned listen = sta->setup.listen_interval ? sta->setup.listen_interval : 1;
	unsigned dtim = power->dtim_count ? power->dtim_count : power->dtim_period;

	return dtim && dtim < listen ? dtim : listen;
}

/* Switches the receiver off until the next beacon to receive, unless that is too close or its time is unknown. */
static void doze(struct sta *sta)
{
	struct sta_power *power = &sta->power;
	uint64_t tbtt = last_tbtt(sta), interval = sta->link.beacon_interval_ns, wake_tbtt, guard_ns;
	struct action *action;

	power->state = POWER_LISTENING;
	sta->due_ns[STA_TIMER_POWER] = NEVER;
	if (!sta->link.beacon_ns || power->missed_beacons > MISSED_BEACONS_MAX)
		return; /* until a beacon gives the time; sta_link.c handles beacon loss */
	wake_tbtt = tbtt + beacons_ahead(sta) * interval;
	while (wake_tbtt + GUARD_NS <= sta->now_ns) /* that beacon was missed: take the next one of any kind */
		wake_tbtt += interval;
	guard_ns = GUARD_NS + (wake_tbtt - tbtt) / DRIFT_DIVISOR;
	if (wake_tbtt < sta->now_ns + guard_ns + DOZE_MIN_NS) {
		sta->due_ns[STA_TIMER_POWER] = wake_tbtt + LATE_MIN_NS;
		return;
	}
	action = actions_add(sta->out, ACTION_DOZE);
	if (!action)
		return;
	action->until_ns = wake_tbtt - guard_ns;
	power->state = POWER_DOZING;
	sta->due_ns[STA_TIMER_POWER] = action->until_ns;
}

static void announce_doze(struct sta *sta)
{
	sta->power.state = POWER_ANNOUNCING;
	sta->due_ns[STA_TIMER_POWER] = sta->now_ns + STA_TX_STATUS_NS;
	sta_send_null(sta, STA_COOKIE_DOZE, true);
}

/* Is an exchange in progress that needs the receiver? */
static bool must_stay_awake(const struct sta *sta)
{
	return sta->roam.state != ROAM_IDLE || sta->channel_switch.state != SWITCH_NONE || sta->link.polling ||
	       sta->link.query_began_ns || sta_handshake_pending(sta);
}

static void listen_for_beacon(struct sta *sta)
{
	uint64_t late_ns = sta->link.beacon_interval_ns / 4;

	late_ns = late_ns < LATE_MIN_NS ? LATE_MIN_NS : late_ns > LATE_MAX_NS ? LATE_MAX_NS : late_ns;
	sta->power.state = POWER_LISTENING;
	sta->power.missed_beacons++; /* sta_power_beacon() resets it */
	sta->due_ns[STA_TIMER_POWER] = sta->now_ns + late_ns;
}

void sta_power_timer(struct sta *sta)
{
	struct sta_power *power = &sta->power;
	uint64_t idle_ns = power->last_active_ns + IDLE_NS;

	if (sta->state != STA_CONNECTED || !sta->setup.power_save || sta->roam.state != ROAM_IDLE)
		return;
	switch (power->state) {
	case POWER_AWAKE:
		if (idle_ns <= sta->now_ns && !must_stay_awake(sta))
			announce_doze(sta);
		else
			sta->due_ns[STA_TIMER_POWER] = idle_ns > sta->now_ns ? idle_ns : sta->now_ns + IDLE_NS;
		break;
	case POWER_ANNOUNCING:
		sta_power_tx_status(sta, true, false);
		break;
	case POWER_DOZING:
		listen_for_beacon(sta);
		break;
	case POWER_LISTENING:
		doze(sta);
		break;
	}
}

void sta_power_tx_status(struct sta *sta, bool was_announcement, bool acked)
{
	struct sta_power *power = &sta->power;

	if (!was_announcement) {
		/* The transmission has woken the radio up. */
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

static void announce_awake(struct sta *sta)
{
	sta_power_mark_active(sta);
	sta_send_null(sta, STA_COOKIE_POLL, false);
}

void sta_power_beacon(struct sta *sta, const struct mgmt *mgmt)
{
	struct sta_power *power = &sta->power;

	if (mgmt->tim.len >= 2) {
		power->dtim_count = mgmt->tim.bytes[0];
		power->dtim_period = mgmt->tim.bytes[1];
	}
	power->missed_beacons = 0;
	/* A forger has announced in our name that we doze. */
	if (power->state == POWER_AWAKE && tim_has_aid(mgmt->tim, sta->aid) && sta->roam.state == ROAM_IDLE &&
	    !sta_switch_blocks_tx(sta))
		sta_send_null(sta, STA_COOKIE_DATA, false);
	if (power->state != POWER_LISTENING && power->state != POWER_DOZING)
		return;
	if (tim_has_aid(mgmt->tim, sta->aid)) {
		announce_awake(sta);
	} else if (tim_has_group(mgmt->tim) && !power->dtim_count) {
		power->state = POWER_LISTENING;
		sta->due_ns[STA_TIMER_POWER] = sta->now_ns + GROUP_NS;
	} else {
		doze(sta);
	}
}

void sta_power_mark_active(struct sta *sta)
{
	struct sta_power *power = &sta->power;

	if (sta->state != STA_CONNECTED || !sta->setup.power_save)
		return;
	power->last_active_ns = sta->now_ns;
	if (power->state != POWER_AWAKE && sta->roam.state == ROAM_IDLE) {
		power->state = POWER_AWAKE;
		sta->due_ns[STA_TIMER_POWER] = sta->now_ns + IDLE_NS;
	}
}

/* `more`: the More Data bit of the group frame. */
void sta_power_group_frame(struct sta *sta, bool more)
{
	if (sta->state == STA_CONNECTED && sta->power.state == POWER_LISTENING && !more && sta->roam.state == ROAM_IDLE)
		doze(sta);
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
