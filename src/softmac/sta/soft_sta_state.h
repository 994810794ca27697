/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internal state of a station's plane over the software MAC (softmac/sta/soft_sta.h), shared by its files. Each file calls
 * only files above it in this list:
 *
 *	output.c          actions for the radio and the host; frames that several files send; events for control
 *	power.c           power save: doze between beacons
 *	data.c            Ethernet frames of the host
 *	link.c            monitors the access point: beacons, keep-alive
 *	channel_switch.c  follows a channel switch
 *	scan.c            visits channels
 *	apply.c           carries out the actions of control
 *	receive.c         received frames
 *	soft_sta.c        events of the caller, and control
 *
 * Events for control collect in `output`. Control sees them at the next soft_sta_drain(), and its actions are carried out
 * then. They may end the link: `attempt` changes.
 */
#ifndef VIFI_SOFTMAC_STA_SOFT_STA_STATE_H
#define VIFI_SOFTMAC_STA_SOFT_STA_STATE_H

#include "base/frame_list.h"
#include "mlme/time.h"
#include "softmac/output.h"
#include "softmac/rx.h"
#include "softmac/sta/soft_sta.h"
#include "softmac/tx.h"
#include "wire/mgmt.h"

#define SOFT_STA_OWN_IP4_MAX 16

enum soft_sta_timer {
	SOFT_TIMER_SCAN,    /* next step of a scan */
	SOFT_TIMER_LINK,    /* keep-alive, beacon loss */
	SOFT_TIMER_POWER,   /* doze or wake up */
	SOFT_TIMER_SWITCH,  /* move to the announced channel, or back */
	SOFT_TIMER_PENDING, /* expiry of pending frames */
	SOFT_TIMERS,
};

/* The purpose of a frame of ours: the low bits of its cookie, which is above PLANE_COOKIE_MAX. The others count links. */
enum soft_sta_cookie {
	SOFT_STA_COOKIE_DATA,
	SOFT_STA_COOKIE_POLL,        /* Null: is the access point still there? */
	SOFT_STA_COOKIE_DOZE,        /* Null with PM: the station is going to doze */
	SOFT_STA_COOKIE_OFF_CHANNEL, /* Null with PM: the station is going to visit another channel */
	SOFT_STA_COOKIE_KEEP_ALIVE,  /* a poll under the pairwise key, where the access point wants such */
	SOFT_STA_COOKIE_KIND = 7,
};

struct soft_sta_link {
	uint64_t heard_ns;            /* last frame from the access point */
	uint64_t kept_ns;             /* last acknowledgement of a frame that keeps the association alive */
	uint64_t beacon_ns, tsf;      /* last beacon, and its timestamp */
	uint64_t suspect_ns;          /* last suspicious beacon */
	uint64_t other_ns, other_tsf; /* last beacon of another clock */
	unsigned other_count;         /* … in a row */
	uint32_t beacon_interval_ns;
	unsigned unacked_polls;    /* consecutive */
	unsigned consecutive_lost; /* data frames without acknowledgement */
	bool polling;              /* a poll awaits its TX status or its retry */
	int signal16;              /* moving average of the beacons, in 1/16 dBm */
};

enum soft_sta_switch_state { SWITCH_NONE, SWITCH_ANNOUNCED, SWITCH_MOVED };

/* A channel switch of the access point (channel_switch.c). */
struct soft_sta_switch {
	enum soft_sta_switch_state state;
	bool tx_blocked;            /* Channel Switch Mode 1: no transmission until the switch */
	bool announced_in_beacon;   /* the announcement came in a beacon, so each later beacon must repeat it */
	bool trusted;               /* it was protected, or came in the place of a beacon */
	unsigned silent_beacons;    /* beacons without it after an action frame */
	uint64_t beacon_ns;         /* time of the last beacon, whatever its clock */
	bool in_place;              /* that is the only beacon of its interval, and continues the clock */
	uint64_t contradicted_ns;   /* when a beacon has contradicted an announcement; 0: never */
	uint16_t from_mhz, to_mhz;  /* to_mhz 0: a channel that the station may not use */
	uint64_t distrust_until_ns; /* announcements are ignored until then */
};

enum soft_sta_power_state {
	POWER_AWAKE,      /* PM bit clear: the access point transmits at once */
	POWER_ANNOUNCING, /* the Null frame with the PM bit awaits its TX status */
	POWER_LISTENING,  /* PM bit set, receiver on: for a beacon or group frames */
	POWER_DOZING,     /* PM bit set, receiver off */
};

struct soft_sta_power {
	enum soft_sta_power_state state;
	uint64_t last_active_ns; /* last data frame, either way */
	unsigned tries, missed_beacons;
	uint8_t dtim_count, dtim_period;
};

enum soft_sta_scan_state { SCAN_IDLE, SCAN_LEAVING, SCAN_LISTENING, SCAN_BETWEEN };

struct soft_sta_scan {
	enum soft_sta_scan_state state;
	struct plane_scan plan;
	size_t index; /* in plan.freqs */
	bool second_half;
};

#define SOFT_STA_SOURCES_MAX 8

/*
 * Does the access point accept 4-address mode? One that does not sends group frames with three addresses only. The ones that
 * it repeats for us tell nothing.
 */
struct soft_sta_four_address {
	bool answered, noted;
	uint64_t sent; /* data frames */
	unsigned ignored, next;
	uint8_t sources[SOFT_STA_SOURCES_MAX][6]; /* of the frames that we have sent, the last ones */
};

struct soft_sta {
	struct crypto *crypto;
	struct sta *control;
	struct plane_actions actions; /* of control, to be carried out */
	struct sta_setup setup;
	struct random random;
	bool started;
	uint64_t now_ns;
	struct soft_output output;
	uint64_t due_ns[SOFT_TIMERS];

	uint16_t tuned_mhz;
	bool linked;            /* `ap` is valid */
	bool associated;        /* `peer` is valid */
	bool connected;         /* the port is open */
	bool awake;             /* control has an exchange in progress */
	uint64_t keep_alive_ns; /* as in struct plane_station */
	bool protected_keep_alive;
	uint32_t attempt;     /* counts links and their ends */
	struct plane_link ap; /* freq_mhz follows channel switches */
	uint16_t aid;
	struct peer peer;
	struct soft_sta_four_address four_address;
	struct group_keys group_keys;
	struct soft_sta_link link;
	struct soft_sta_scan scan;
	struct soft_sta_switch channel_switch;
	struct soft_sta_power power;

	uint16_t seq;           /* of management frames without a peer */
	uint16_t last_mgmt_seq; /* sequence control of the last management frame from our access point */
	struct tx_queue tx;
	struct rx_out rx;
	uint8_t own_ip4[SOFT_STA_OWN_IP4_MAX][4]; /* recent source addresses of the host */
	size_t own_ip4_next;
	struct frame_list pending; /* Ethernet frames that wait for the connection */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
};

/* ---- predicates ---- */

/* The Power Management bit of our frames. */
static inline bool soft_sta_pm_bit(const struct soft_sta *soft)
{
	return soft->power.state != POWER_AWAKE;
}

static inline bool soft_sta_switch_blocks_tx(const struct soft_sta *soft)
{
	return soft->channel_switch.state == SWITCH_MOVED ||
	       (soft->channel_switch.state == SWITCH_ANNOUNCED && soft->channel_switch.tx_blocked);
}

/* ---- output.c ---- */

void soft_sta_drop(struct soft_sta *soft, enum drop drop, const uint8_t *addr);
void soft_sta_tune(struct soft_sta *soft, uint16_t freq);
uint32_t soft_sta_cookie(const struct soft_sta *soft, enum soft_sta_cookie kind);

/* Passes an Ethernet frame to the host, and takes it over. */
void soft_sta_deliver(struct soft_sta *soft, struct frame *frame);

/* Encrypts and transmits the frames in soft->tx. */
void soft_sta_flush(struct soft_sta *soft);
void soft_sta_send_null(struct soft_sta *soft, enum soft_sta_cookie kind, bool power_management);

/* Queues an event for control. */
void soft_sta_report(struct soft_sta *soft, const struct plane_event *event);
void soft_sta_report_link(struct soft_sta *soft, struct plane_event event); /* about our access point */

/* ---- power.c ---- */

void soft_sta_power_begin(struct soft_sta *soft);
void soft_sta_power_timer(struct soft_sta *soft);
void soft_sta_power_tx_status(struct soft_sta *soft, bool was_announcement, bool acked);
void soft_sta_power_beacon(struct soft_sta *soft, const struct mgmt *mgmt);
void soft_sta_power_mark_active(struct soft_sta *soft);
void soft_sta_power_group_frame(struct soft_sta *soft, bool more);
void soft_sta_power_pause(struct soft_sta *soft); /* while the station is off channel */
void soft_sta_power_resume(struct soft_sta *soft);

/* ---- data.c ---- */

/* Is it a packet to one of the addresses of the host, in a group frame? */
bool soft_sta_is_forged_group_frame(const struct soft_sta *soft, const struct frame *frame);
void soft_sta_data_send(struct soft_sta *soft, struct frame **frames, size_t count);
void soft_sta_data_send_pending(struct soft_sta *soft);
void soft_sta_data_purge(struct soft_sta *soft, enum drop drop);
void soft_sta_data_timer(struct soft_sta *soft);

/* ---- link.c ---- */

void soft_sta_link_begin(struct soft_sta *soft);

/* Returns whether the beacon or probe response of our access point is plausible. */
bool soft_sta_link_beacon(struct soft_sta *soft, const struct mgmt *mgmt, const struct frame_meta *meta);
void soft_sta_link_timer(struct soft_sta *soft);
void soft_sta_link_tx_status(struct soft_sta *soft, enum soft_sta_cookie kind, bool acked);

/* Polls the access point with a Null frame. */
void soft_sta_link_poll(struct soft_sta *soft);

/* Without a beacon for this time the access point is polled. */
uint64_t soft_sta_link_beacon_loss_ns(const struct soft_sta *soft);

/* ---- channel_switch.c ---- */

void soft_sta_switch_beacon(struct soft_sta *soft, const struct mgmt *mgmt, uint16_t freq);
bool soft_sta_switch_action(struct soft_sta *soft, const struct mgmt *mgmt); /* whether it announces a switch */
void soft_sta_switch_timer(struct soft_sta *soft);

/* ---- scan.c ---- */

void soft_sta_scan_begin(struct soft_sta *soft, const struct plane_scan *plan);
void soft_sta_scan_timer(struct soft_sta *soft);
void soft_sta_scan_tx_status(struct soft_sta *soft, bool acked);

/* ---- apply.c ---- */

/* Carries out the actions in soft->actions. */
void soft_sta_apply(struct soft_sta *soft);

/* Has control see the events, and carries out its actions, until there are no more. */
void soft_sta_drain(struct soft_sta *soft);

/* Ends the link: keys, timers. */
void soft_sta_clear_link(struct soft_sta *soft);

/* ---- receive.c ---- */

void soft_sta_receive_frames(struct soft_sta *soft, struct frame **frames, size_t count);

#endif
