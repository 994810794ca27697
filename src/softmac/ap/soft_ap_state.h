/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internal state of the access point's plane over the software MAC (softmac/ap/soft_ap.h), shared by its files. Clauses are
 * those of IEEE 802.11-2020.
 *
 * The files, in their order: each one calls only files above it.
 *
 *	output.c   actions for the radio and the interfaces; cookies; events for control
 *	power.c    frames to stations and to the group: sent at once, or buffered for dozing stations
 *	station.c  the stations that control has told us of
 *	beacon.c   a BSS: its beacons and its TSF
 *	channel_switch.c  a move of the radio to another channel
 *	guests.c   hosts behind stations in 4-address mode
 *	update.c   Layer-2 Update frames
 *	apply.c    carries out the actions of control
 *	data.c     forwarding between stations and the wire
 *	receive.c  received frames
 *	soft_ap.c  events of the caller, and control
 *
 * Events for control collect in `output`. Control sees them at the next soft_drain(), and its actions are carried out
 * then; these may cause further events. So soft_drain() is called only where no pointer to a station is held. A removed
 * station stays in memory until the event of the caller ends.
 *
 * Frames to the radio collect in `tx` until the event of the caller ends or a key changes: soft_flush().
 */
#ifndef VIFI_SOFTMAC_AP_SOFT_AP_STATE_H
#define VIFI_SOFTMAC_AP_SOFT_AP_STATE_H

#include "base/frame_list.h"
#include "base/mac_table.h"
#include "base/timer_heap.h"
#include "mlme/time.h"
#include "softmac/ap/soft_ap.h"
#include "softmac/output.h"
#include "softmac/power_save.h"
#include "softmac/rx.h"
#include "softmac/tx.h"

#define SOFT_PS_FRAMES_MAX     16384         /* buffered frames of all BSSs together */
#define SOFT_PS_LIFETIME_NS    (10 * SECOND) /* of a buffered frame, or twice the listen interval */
#define SOFT_PS_CHECK_NS       SECOND        /* interval of the search for expired frames */
#define SOFT_PS_RESPONSE_TRIES 4             /* transmissions of one frame at once; then one per beacon interval */

/* A cookie of ours holds, from its highest bits, the purpose of the TX status and the handle of the station. */
enum soft_cookie {
	SOFT_COOKIE_DATA = 8, /* above PLANE_COOKIE_MAX */
	SOFT_COOKIE_PROBE,
	SOFT_COOKIE_PS_RESPONSE,
	SOFT_COOKIE_EAPOL,
};

/* The frame that the last PS-Poll fetched: kept, as sealed, until it is acknowledged. */
struct soft_ps_response {
	struct frame_list mpdus; /* all its fragments; empty: no frame was fetched */
	unsigned in_flight;      /* MPDUs without a TX status yet */
	unsigned tries;
	bool lost;         /* one MPDU was not acknowledged */
	bool poll_pending; /* another PS-Poll waits for the TX status */
	uint64_t first_sent_ns, last_sent_ns;
};

struct soft_station {
	struct mac_entry entry; /* must be the first member */
	struct soft_bss *bss;
	struct soft_station *next_removed;
	size_t index; /* in soft_ap.stations */
	bool associated;
	uint16_t aid, listen_interval; /* listen interval in beacon intervals */
	uint16_t last_mgmt_seq;        /* sequence control of its last management frame */
	struct peer peer;              /* of an association */
	uint64_t heard_ns;             /* last reception or acknowledgement */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
	int8_t signal_dbm; /* of the last frame; 0: unknown */
	bool proven;       /* it has acknowledged a frame of this plane */
	bool probing;      /* control waits for a sign of life */
	bool watched;      /* control waits for a frame under its keys */
	unsigned consecutive_lost;

	/* power save */
	bool dozing;
	bool awake_unproven; /* it reported to be awake, and has acknowledged nothing since */
	bool poll_pending;   /* a Null frame waits for its PS-Poll */
	struct timer timer;  /* for expired frames */
	struct power_save_queue ps;
	struct soft_ps_response ps_response;
	struct frame *buffered_mgmt; /* the newest one only */
	struct soft_guest *guests;   /* hosts behind it, in 4-address mode */
	uint64_t null_ns;            /* of the last Null frame in response to a PS-Poll */
	bool eapol_buffered;         /* `ps` holds a handshake message */
};

/* A host behind a station that is a bridge. */
struct soft_guest {
	struct mac_entry entry; /* must be the first member */
	struct soft_station *sta;
	struct soft_guest *next; /* of the station */
	uint64_t heard_ns;
};

struct soft_bss {
	unsigned index;
	bool on_air;
	struct plane_bss_setup setup;
	struct frame *beacon; /* the template */
	struct frame *after;  /* of a channel switch: the template for the new channel; NULL: the BSS does not move */
	size_t after_tim_offset;
	uint16_t count_offsets[2]; /* in `beacon`, of a channel switch */
	uint16_t seq;              /* sequence number of management frames without an association */
	struct group_keys group_keys;
	uint8_t newest_gtk, newest_igtk, newest_bigtk; /* ids of the keys that were installed last */
	uint64_t tsf_zero_ns, beacon_ns;               /* the time of TSF 0; the next TBTT */
	unsigned dozing_count, authorised_count;
	struct power_save_queue group_buffer; /* until the DTIM */
	struct tim tim;                       /* of the next beacon */
};

/* A move of the radio to another channel. */
struct soft_ap_switch {
	bool active;
	struct plane_channel channel;
	bool block_tx;
	uint64_t hold_ns;  /* from now on data frames are held */
	uint64_t leave_ns; /* stations that would expect the move later are told; NEVER: this is done */
	uint64_t at_ns;    /* the move: a TBTT */
};

struct soft_ap {
	struct crypto *crypto;
	struct ap *control;
	bool started;
	bool control_ran;             /* it has seen an event in this event of the caller */
	struct plane_actions actions; /* of control, to be carried out */
	uint64_t now_ns;
	struct soft_output output;
	uint16_t freq_mhz;
	struct soft_ap_switch channel_switch;
	unsigned bss_count;
	struct soft_bss bss[AP_BSS_MAX];
	struct mac_table table, guests; /* of stations; of hosts behind them */
	struct soft_station **stations;
	size_t station_count, station_room;
	struct soft_station *removed; /* freed at the end of the event */
	struct timer_heap timers;
	struct power_save_budget ps;
	struct tx_queue tx;
	struct rx_out rx;
};

/*
 * Shortly before a move, and during all of the announcement with `block_tx`, data frames are held as for dozing stations:
 * their receivers leave the channel a little earlier than the radio.
 */
static inline bool soft_is_held(const struct soft_ap *soft)
{
	return soft->channel_switch.active && soft->now_ns >= soft->channel_switch.hold_ns;
}

/* ---- output.c ---- */

void soft_tune(struct soft_ap *soft, uint16_t freq_mhz);

void soft_drop(struct soft_ap *soft, enum drop drop, const uint8_t *addr);

/* Delivers an Ethernet frame to the interface of the BSS; takes it over. */
void soft_deliver(struct soft_ap *soft, struct soft_bss *bss, struct frame *frame);

/* Seals and transmits all frames in soft->tx: before a key changes, and at the end of each event. */
void soft_flush(struct soft_ap *soft);
uint32_t soft_cookie(const struct soft_station *sta, enum soft_cookie kind);

/* Queues an event for control. */
void soft_report(struct soft_ap *soft, const struct plane_event *event);
void soft_report_station(struct soft_ap *soft, const struct soft_station *sta, struct plane_event event); /* about it */

/* ---- station.c ---- */

struct soft_station *soft_find(const struct soft_ap *soft, const struct soft_bss *bss, const uint8_t *addr);
struct soft_station *soft_find_associated(const struct soft_ap *soft, const struct soft_bss *bss, const uint8_t *addr);

/* Returns NULL without memory. */
struct soft_station *soft_station_new(struct soft_ap *soft, struct soft_bss *bss, const uint8_t *addr);

/* Takes it out of the table. It has no association any more. */
void soft_station_remove(struct soft_ap *soft, struct soft_station *sta);
void soft_stations_reap(struct soft_ap *soft);

/* It was heard, or `acked`: it has acknowledged a frame. */
void soft_station_heard(struct soft_ap *soft, struct soft_station *sta, bool acked);

/* Tells control the packet numbers of the group keys: before it may send them. */
void soft_report_group_pn(struct soft_ap *soft, const struct soft_bss *bss);

/* ---- power.c ---- */

/* Sends an Ethernet frame to a station, now or when it wakes; takes it over. `cleartext`: EAPOL before the first key. */
void soft_send_data(struct soft_ap *soft, struct soft_station *sta, struct frame *frame, bool cleartext);
void soft_send_group(struct soft_ap *soft, struct soft_bss *bss, struct frame *frame); /* now, or after the DTIM */

/* A management frame to a dozing station; replaces a buffered one. */
void soft_buffer_management(struct soft_ap *soft, struct soft_station *sta, struct frame *frame);

/* A Null frame that probes the station: its TX status is that of SOFT_COOKIE_PROBE. */
void soft_send_null(struct soft_ap *soft, struct soft_station *sta);
void soft_power_set(struct soft_ap *soft, struct soft_station *sta, bool dozing);
void soft_power_ps_poll(struct soft_ap *soft, struct soft_station *sta);
void soft_power_acked(struct soft_ap *soft, struct soft_station *sta);                 /* it is awake if it said so */
void soft_power_tx_status(struct soft_ap *soft, struct soft_station *sta, bool acked); /* of an MPDU for a PS-Poll */
void soft_power_rekeyed(struct soft_ap *soft, struct soft_station *sta); /* discards frames sealed under the old key */
void soft_power_dtim(struct soft_ap *soft, struct soft_bss *bss);        /* sends the buffered group frames */
void soft_power_timer(struct soft_ap *soft, struct soft_station *sta);
void soft_power_release(struct soft_ap *soft); /* sends what was held for stations that are awake */
void soft_power_clear(struct soft_ap *soft, struct soft_station *sta);
void soft_power_update_tim(struct soft_station *sta);

/* ---- beacon.c ---- */

/* Takes the template over. */
void soft_bss_start(struct soft_ap *soft, struct soft_bss *bss, const struct plane_bss_setup *setup,
		    struct frame *beacon);
void soft_bss_stop(struct soft_ap *soft, struct soft_bss *bss);
void soft_bss_set_template(struct soft_bss *bss, struct frame *beacon, size_t tim_offset); /* takes it over */
void soft_bss_send_beacon(struct soft_ap *soft, struct soft_bss *bss);                     /* at its TBTT */
void soft_bss_write_tsf(const struct soft_ap *soft, const struct soft_bss *bss, struct frame *frame);

/* Writes the number of TBTTs before the move at these offsets of a frame; 0: nowhere. */
void soft_bss_write_counts(const struct soft_ap *soft, const struct soft_bss *bss, struct frame *frame,
			   const uint16_t offsets[2]);

/* ---- channel_switch.c ---- */

void soft_switch_begin(struct soft_ap *soft, struct soft_bss *bss, struct plane_action *action);
void soft_switch_stop(struct soft_ap *soft, struct soft_bss *bss); /* the BSS leaves the air */
uint64_t soft_switch_deadline(const struct soft_ap *soft);
void soft_switch_tick(struct soft_ap *soft);

/* ---- guests.c ---- */

/* A frame of this source came from the station. Returns false if the source is somebody else's: the frame is forged. */
bool soft_guest_learn(struct soft_ap *soft, struct soft_station *sta, const uint8_t *source);

/* The station behind which the host is; NULL: unknown. */
struct soft_station *soft_guest_find(const struct soft_ap *soft, const struct soft_bss *bss, const uint8_t *addr);
void soft_guests_forget(struct soft_ap *soft, struct soft_station *sta);

/* A frame of this source came from the wire. */
void soft_guest_moved_to_wire(struct soft_ap *soft, const struct soft_bss *bss, const uint8_t *source);

/* Sends a copy of the frame to each station in 4-address mode but one (NULL: to all). */
void soft_flood_bridges(struct soft_ap *soft, struct soft_bss *bss, const struct soft_station *except,
			const struct frame *frame);

/* ---- update.c ---- */

void soft_send_update(struct soft_ap *soft, struct soft_station *sta);
void soft_receive_update(struct soft_ap *soft, const struct soft_bss *bss, const struct frame *frame);

/* ---- apply.c ---- */

/* Carries out the actions in soft->actions. */
void soft_apply(struct soft_ap *soft);

/* Has control see the events, and carries out its actions, until there are no more. */
void soft_drain(struct soft_ap *soft);

/* ---- data.c ---- */

void soft_data_receive(struct soft_ap *soft, struct rx_in *in, size_t count);
void soft_data_send(struct soft_ap *soft, struct soft_bss *bss, struct frame *frame); /* from the wire */

/* ---- receive.c ---- */

void soft_receive(struct soft_ap *soft, struct frame **frames, size_t count);

#endif
