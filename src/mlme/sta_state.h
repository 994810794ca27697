/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The internals of a station, shared by its files. Each file calls only files above it in this list:
 *
 *	sta_output.c  adds actions: frames, notes, drops, tuning
 *	sta_power.c   power save: doze between beacons
 *	sta_keys.c    EAPOL handshakes, keys, Michael failures
 *	sta_data.c    Ethernet frames, both ways
 *	sta_link.c    monitors the access point: beacons, keep-alive, SA Query
 *	sta_switch.c  follows a channel switch
 *	sta_action.c  action frames
 *	sta_join.c    authentication and association
 *	sta_scan.c    scans, selects a BSS, backs off
 *	sta_roam.c    scans for a better access point while connected
 *	sta.c         dispatches events, carries out their outcomes
 *
 * An event may begin or end a connection. The file that detects this returns a struct sta_outcome, and sta.c carries it
 * out, so that no file calls upwards. Each event of sta.h sets `now_ns` and `out`, which are valid until the event ends.
 *
 *	state           what the station does                     leads to
 *	STOPPED         nothing                                   sta_start() → SCANNING
 *	SCANNING        visits one channel after the other        a BSS matches → AUTHENTICATING; none → BACKOFF
 *	AUTHENTICATING  sends its request, repeats it             response → ASSOCIATING; timeout, refusal → next
 *	ASSOCIATING     the same; waits for the comeback time     response → HANDSHAKE (CONNECTED without keys);
 *	                                                          timeout, refusal → next
 *	HANDSHAKE       passes EAPOL only                         keys → CONNECTED; timeout, deauthentication → next
 *	CONNECTED       passes data; at times dozes, or visits    deauthentication, AP lost → AUTHENTICATING, SCANNING
 *	                other channels                            a better AP → AUTHENTICATING
 *	BACKOFF         pauses, longer each time                  timer → SCANNING
 *
 * "next" is the best access point that was not tried in this round; without one, BACKOFF ends the round. `peer` is valid
 * (has keys, accepts frames) only in HANDSHAKE and CONNECTED.
 */
#ifndef VIFI_MLME_STA_STATE_H
#define VIFI_MLME_STA_STATE_H

#include "base/frame_list.h"
#include "mlme/bss_table.h"
#include "mlme/sta.h"
#include "mlme/time.h"
#include "rsn/countermeasures.h"
#include "rsn/pmksa.h"
#include "rsn/supplicant.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "wire/frame_writer.h"

#define STA_TX_STATUS_NS (2 * SECOND) /* the radio reports the TX status of a frame within this time */

enum sta_timer {
	STA_TIMER_STATE,    /* timeout of the state */
	STA_TIMER_RSN,      /* supplicant_timeout() */
	STA_TIMER_LINK,     /* keep-alive, beacon loss */
	STA_TIMER_SA_QUERY, /* SA Query retry */
	STA_TIMER_ROAM,     /* next step of a roaming scan */
	STA_TIMER_POWER,    /* doze or wake up */
	STA_TIMER_SWITCH,   /* move to the announced channel, or back */
	STA_TIMER_PENDING,  /* expiry of pending frames */
	STA_TIMERS,
};

/* The purpose of a frame with TX status: the low bits of its cookie. The other bits number the attempts to join. */
enum sta_cookie {
	STA_COOKIE_NONE,
	STA_COOKIE_JOIN, /* authentication or association request */
	STA_COOKIE_DATA,
	STA_COOKIE_POLL,        /* Null: is the access point still there? */
	STA_COOKIE_DOZE,        /* Null with PM: the station is going to doze */
	STA_COOKIE_OFF_CHANNEL, /* Null with PM: the station is going to visit another channel */
	STA_COOKIE_KIND = 7,
};

enum sta_outcome_kind {
	STA_OUTCOME_NONE,
	STA_OUTCOME_CONNECTED,  /* the port is authorised */
	STA_OUTCOME_FAILED,     /* this attempt to join has failed: try the next access point */
	STA_OUTCOME_DISCONNECT, /* the connection has ended */
	STA_OUTCOME_AP_LOST,    /* the connection has ended, and the access point is out of range */
};

/* What an event means for the connection; sta.c carries it out. */
struct sta_outcome {
	enum sta_outcome_kind kind;
	uint16_t reason; /* of STA_OUTCOME_DISCONNECT and STA_OUTCOME_AP_LOST */
};

/* Run-time state of a network block. */
struct sta_network_state {
	unsigned unknown_tried; /* BSSs that were tried in this round and have never worked */
	struct countermeasures countermeasures;
};

struct sta_scan {
	size_t freq_index;    /* in sta->freqs */
	bool second_half;     /* of the dwell time */
	unsigned empty_scans; /* consecutive scans without a match */
	uint64_t began_ns;
};

struct sta_link {
	uint64_t heard_ns, acked_ns; /* last frame from the access point; last acknowledgement */
	uint64_t beacon_ns, tsf;     /* last beacon, and its timestamp */
	uint64_t suspect_ns;         /* last suspicious beacon */
	uint32_t beacon_interval_ns;
	unsigned unacked_polls;    /* consecutive */
	unsigned consecutive_lost; /* data frames without acknowledgement */
	bool polling;              /* a poll awaits its TX status or its retry */
	int signal16;              /* moving average of the beacons, in 1/16 dBm */
	/* our SA Query */
	uint16_t query_id;
	uint64_t query_began_ns; /* 0: none is pending */
};

enum sta_switch_state { SWITCH_NONE, SWITCH_ANNOUNCED, SWITCH_MOVED };

/* A channel switch of the access point (sta_switch.c). */
struct sta_switch {
	enum sta_switch_state state;
	bool tx_blocked;            /* Channel Switch Mode 1: no transmission until the switch */
	bool announced_in_beacon;   /* the announcement came in a beacon, so each later beacon must repeat it */
	uint16_t from_mhz, to_mhz;  /* to_mhz 0: a channel that the station may not use */
	uint64_t distrust_until_ns; /* announcements are ignored until then */
};

enum sta_roam_state { ROAM_IDLE, ROAM_LEAVING, ROAM_OFF_CHANNEL };

struct sta_roam {
	enum sta_roam_state state;
	size_t freq_index;               /* in sta->freqs: the next channel to visit */
	bool probed_twice;               /* ROAM_OFF_CHANNEL: both probe requests are sent */
	uint64_t next_scan_ns, pause_ns; /* time of the next roaming scan, and the pause after it */
	int8_t last_scan_dbm;            /* our signal at the last roaming scan; 0: there was none */
	unsigned tries;
};

/* Attempts to roam to a BSS that has never worked. They survive the connection. */
struct sta_roam_trust {
	bool attempting;
	unsigned failures;
	uint64_t distrust_until_ns; /* no further attempt before */
};

enum sta_power_state {
	POWER_AWAKE,      /* PM bit clear: the access point transmits at once */
	POWER_ANNOUNCING, /* the Null frame with the PM bit awaits its TX status */
	POWER_LISTENING,  /* PM bit set, receiver on: for a beacon or group frames */
	POWER_DOZING,     /* PM bit set, receiver off */
};

struct sta_power {
	enum sta_power_state state;
	uint64_t last_active_ns; /* last data frame, either way */
	unsigned tries, missed_beacons;
	uint8_t dtim_count, dtim_period;
};

struct sta {
	struct crypto *crypto;
	struct sta_setup setup;
	struct random random;
	struct sta_network_state *network_state; /* one for each network */
	uint16_t freqs[STA_CHANNELS_MAX];
	size_t freq_count;

	enum sta_state state;
	uint64_t due_ns[STA_TIMERS];
	uint64_t now_ns;     /* time of the current event */
	struct actions *out; /* its actions */
	unsigned join_round, failed_rounds;
	struct bss_table table;
	struct sta_scan scan;

	/* the access point: copies, because table entries move */
	struct bss ap;
	struct bss_terms terms;
	size_t network;
	uint8_t own_element[ELEMENT_MAX];
	size_t own_element_len;
	uint32_t attempt;
	unsigned tries, comebacks;
	bool reassociation;
	uint8_t previous_bssid[6]; /* the last access point that we were connected to; zero: none */
	size_t previous_network;   /* … and its network */
	uint16_t aid, tuned_mhz;
	uint64_t connected_ns;

	struct peer peer;
	struct group_keys group_keys;
	struct supplicant supplicant;
	struct pmksa_cache pmksa;
	uint64_t rekey_request_ns; /* the next request for new pairwise keys is not sent before */
	bool associated;
	struct sta_link link;
	struct sta_roam roam;
	struct sta_roam_trust roam_trust;
	struct sta_switch channel_switch;
	struct sta_power power;

	uint16_t seq;           /* of management frames without a peer */
	uint16_t last_mgmt_seq; /* sequence control of the last management frame from our access point */
	struct tx_queue tx;
	struct rx_out rx;
	struct frame_list pending; /* Ethernet frames that wait for the connection */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
	uint64_t drops[DROP_COUNT];
};

/* ---- predicates ---- */

/* Is a handshake in progress, so that the next frame may bring a key? */
static inline bool sta_handshake_pending(const struct sta *sta)
{
	return sta->terms.kind == BSS_TERMS_RSN && sta->supplicant.state != SUPPLICANT_DONE;
}

/* The Power Management bit of our frames. */
static inline bool sta_power_pm_bit(const struct sta *sta)
{
	return sta->power.state != POWER_AWAKE;
}

static inline bool sta_switch_blocks_tx(const struct sta *sta)
{
	return sta->channel_switch.state == SWITCH_MOVED ||
	       (sta->channel_switch.state == SWITCH_ANNOUNCED && sta->channel_switch.tx_blocked);
}

/* Our access point's entry in the table; NULL: it has been evicted. */
static inline struct bss *sta_bss_entry(struct sta *sta)
{
	return bss_find(&sta->table, &sta->ap);
}

static inline void sta_begin_round(struct sta *sta)
{
	sta->join_round++;
	for (size_t i = 0; i < sta->setup.network_count; i++)
		sta->network_state[i].unknown_tried = 0;
}

/* ---- sta_output.c ---- */

void sta_drop(struct sta *sta, enum drop drop, const uint8_t *addr);

/* Adds a note about our access point, and returns it for the caller to complete; NULL: no memory. */
struct action *sta_note(struct sta *sta, enum note note, uint16_t code);
void sta_tune(struct sta *sta, uint16_t freq);
uint32_t sta_cookie(const struct sta *sta, enum sta_cookie kind);
uint64_t sta_jitter(struct sta *sta, uint64_t ns); /* a random time between 3/4 and 5/4 of `ns` */

/* Passes an Ethernet frame to the host, and takes it over. */
void sta_deliver(struct sta *sta, struct frame *frame);

/* Encrypts and transmits the frames in sta->tx. */
void sta_flush(struct sta *sta);

/* Begins a management frame to our access point. */
struct frame_writer sta_begin_management(const struct sta *sta, enum mgmt_subtype subtype);

/* Transmits a management frame at once, and takes it over. NULL counts as a drop for lack of memory. */
void sta_send_management(struct sta *sta, struct frame *frame, enum sta_cookie kind);
void sta_send_null(struct sta *sta, enum sta_cookie kind, bool power_management);
void sta_send_deauth(struct sta *sta, uint16_t reason);

/* Writes the elements of our supported rates on this channel. */
void sta_write_rates(struct frame_writer *writer, uint16_t freq);

/* ---- sta_power.c ---- */

void sta_power_begin(struct sta *sta);
void sta_power_timer(struct sta *sta);
void sta_power_tx_status(struct sta *sta, bool was_announcement, bool acked);
void sta_power_beacon(struct sta *sta, const struct mgmt *mgmt);
void sta_power_mark_active(struct sta *sta);
void sta_power_group_frame(struct sta *sta, bool more);
void sta_power_pause(struct sta *sta); /* while the station is off channel */
void sta_power_resume(struct sta *sta);

/* ---- sta_keys.c ---- */

void sta_keys_setup(struct sta *sta);
struct sta_outcome sta_keys_receive(struct sta *sta, const struct rx_msdu *msdu);
struct sta_outcome sta_keys_timer(struct sta *sta);
struct sta_outcome sta_keys_deauth(struct sta *sta, uint16_t reason);
struct sta_outcome sta_keys_michael(struct sta *sta, bool group);
void sta_keys_cache_pmksa(struct sta *sta);

/* Requests new pairwise keys if few packet numbers remain. */
void sta_keys_rekey_if_needed(struct sta *sta);

/* ---- sta_data.c ---- */

/* Receives data frames until one of them has an outcome. Returns the number of frames that it took over. */
size_t sta_data_receive(struct sta *sta, struct frame **frames, size_t count, struct sta_outcome *outcome);
void sta_data_send_pending(struct sta *sta);
void sta_data_purge(struct sta *sta, enum drop drop);
void sta_data_timer(struct sta *sta);

/* ---- sta_link.c ---- */

void sta_link_begin(struct sta *sta);

/* Returns whether the beacon or probe response of our access point is plausible. */
bool sta_link_beacon(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta);
struct sta_outcome sta_link_timer(struct sta *sta);
struct sta_outcome sta_link_tx_status(struct sta *sta, bool was_poll, bool acked);

/* Polls the access point with a Null frame. */
void sta_link_poll(struct sta *sta);

/* Without a beacon for this time the access point is polled. */
uint64_t sta_link_beacon_loss_ns(const struct sta *sta);
void sta_sa_query_begin(struct sta *sta);
struct sta_outcome sta_sa_query_timer(struct sta *sta);
void sta_sa_query_action(struct sta *sta, const struct mgmt *mgmt);

/* ---- sta_switch.c ---- */

void sta_switch_beacon(struct sta *sta, const struct mgmt *mgmt, uint16_t freq);
bool sta_switch_action(struct sta *sta, const struct mgmt *mgmt); /* returns whether the frame announces a switch */
void sta_switch_timer(struct sta *sta);

/* ---- sta_action.c ---- */

/* An action frame of our access point that PMF has accepted. */
void sta_receive_action(struct sta *sta, const struct mgmt *mgmt);

/* ---- sta_join.c ---- */

void sta_join(struct sta *sta, const struct bss *bss, size_t network);
struct sta_outcome sta_join_timer(struct sta *sta);
void sta_join_tx_status(struct sta *sta, bool acked);
struct sta_outcome sta_auth_response(struct sta *sta, const struct mgmt *mgmt);
struct sta_outcome sta_assoc_response(struct sta *sta, const struct mgmt *mgmt);
struct sta_outcome sta_receive_deauth(struct sta *sta, const struct mgmt *mgmt);

/* Wipes the association: keys, timers, state of the link. */
void sta_clear_association(struct sta *sta);

/* ---- sta_scan.c ---- */

void sta_start_scan(struct sta *sta);
void sta_scan_timer(struct sta *sta);
void sta_send_probes(struct sta *sta, uint16_t freq);
void sta_join_best(struct sta *sta); /* joins the best known BSS, or backs off */
void sta_join_best_or_scan(struct sta *sta);

/* Returns whether there is a BSS that was not tried in this round. */
bool sta_has_candidate(struct sta *sta);
bool sta_tkip_allowed(const struct sta *sta, size_t network);

/* ---- sta_roam.c ---- */

void sta_roam_begin(struct sta *sta);
void sta_roam_end(struct sta *sta, bool connected); /* an attempt to join has ended */
void sta_roam_timer(struct sta *sta);
void sta_roam_tx_status(struct sta *sta, bool acked);
void sta_roam_beacon(struct sta *sta); /* a beacon of any access point */

#endif
