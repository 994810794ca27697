/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a station, shared by its parts.
 *
 *	sta.c        events in, in order; timers; what there is to see
 *	sta_scan.c   looking for networks, choosing one, waiting between two attempts
 *	sta_join.c   authentication and association, and what ends them
 *	sta_keys.c   the handshakes, keys, Michael failures
 *	sta_action.c action frames: what is refused, what is returned
 *	sta_link.c   is the access point still there?  Beacons, keep-alive, SA Query
 *	sta_switch.c the access point goes to another channel
 *	sta_roam.c   looking for a better one while connected
 *	sta_power.c  dozing between beacons
 *	sta_data.c   Ethernet frames, both ways
 *
 * The states, what may happen in each, and what leads on:
 *
 *	STOPPED         nothing                                       sta_start() → SCANNING
 *	SCANNING        one channel after the other is listened to    a network that fits → AUTHENTICATING, none → WAITING
 *	AUTHENTICATING  request sent, again when nothing comes        response → ASSOCIATING; silence, refusal → the next
 *	ASSOCIATING     the same; the AP may ask for patience         response → HANDSHAKE, or CONNECTED when open
 *	HANDSHAKE       only EAPOL passes                             keys → CONNECTED; silence, hang-up → the next
 *	CONNECTED       everything; for a moment elsewhere to look    deauthentication, silence → AUTHENTICATING or SCANNING,
 *	                for others, or dozing                         a better access point → AUTHENTICATING there
 *	WAITING         nothing, for longer each time                 time → SCANNING
 *
 * "The next" is the next best access point that was not tried in this round; when all were, WAITING ends the round.
 * `peer` is alive (has keys, may be talked to) in HANDSHAKE and CONNECTED, and in no other state.
 */
#ifndef VIFI_MLME_STA_STATE_H
#define VIFI_MLME_STA_STATE_H

#include "base/frame_list.h"
#include "mlme/bss_table.h"
#include "rsn/countermeasures.h"
#include "rsn/pmksa.h"
#include "rsn/supplicant.h"
#include "softmac/rx.h"
#include "softmac/tx.h"

#define MS     UINT64_C(1000000) /* in nanoseconds */
#define SECOND UINT64_C(1000000000)
#define TU     UINT64_C(1024000)

#define NEVER UINT64_MAX

enum sta_timer {
	STA_TIMER_STATE,    /* what the state waits for does not come */
	STA_TIMER_RSN,      /* supplicant_timeout() */
	STA_TIMER_LINK,     /* keep-alive, beacon loss */
	STA_TIMER_SA_QUERY, /* no answer */
	STA_TIMER_ROAM,     /* looking elsewhere: the next step of it */
	STA_TIMER_POWER,    /* to doze, or to wake */
	STA_TIMER_SWITCH,   /* to the other channel, or back from it */
	STA_TIMER_PENDING,  /* frames that have waited too long */
	STA_TIMERS,
};

/* What a frame's fate is wanted for: the low bits of its cookie. The others number the attempts to join. */
enum sta_cookie {
	STA_COOKIE_NONE,
	STA_COOKIE_JOIN, /* authentication or association request */
	STA_COOKIE_DATA,
	STA_COOKIE_POLL,        /* Null: is the access point there? */
	STA_COOKIE_DOZE,        /* Null: we doze from now on */
	STA_COOKIE_OFF_CHANNEL, /* Null: we are away for a moment, on another channel */
	STA_COOKIE_KIND = 7,
};

/* What a station remembers of a network block. */
struct sta_network_state {
	unsigned passphrase_failures; /* wrong passphrases, in a row */
	uint64_t blocked_until_ns;    /* not to be tried before */
	struct countermeasures countermeasures;
};

struct sta_scan {
	size_t freq_index;    /* in freqs */
	bool second_half;     /* the second half of a dwell */
	unsigned empty_scans; /* scans in a row that found nothing */
	uint64_t began_ns;
};

struct sta_link {
	uint64_t heard_ns, acked_ns; /* the access point was heard; it acknowledged something */
	uint64_t beacon_ns, tsf;     /* the last beacon, and what its clock said */
	uint64_t suspect_ns;         /* when a beacon was last found suspicious */
	uint32_t beacon_interval_ns; /* between beacons */
	unsigned unacked_polls;      /* polls in a row without acknowledgement */
	unsigned consecutive_lost;   /* data frames in a row without */
	bool polling;                /* a poll is on its way */
	int signal16;                /* average of the beacons, in 1/16 dBm */
	/* SA Query of ours */
	uint16_t query_id;
	uint64_t query_began_ns; /* 0: none is under way */
};

enum sta_switch_state { SWITCH_NONE, SWITCH_ANNOUNCED, SWITCH_MOVED };

/* A channel switch of the access point (sta_switch.c). */
struct sta_switch {
	enum sta_switch_state state;
	bool tx_blocked;            /* nothing may be sent until then */
	bool announced_in_beacon;   /* it was a beacon that said so: the next one must say so, too */
	uint16_t from_mhz, to_mhz;  /* MHz; to 0: where we may not follow */
	uint64_t distrust_until_ns; /* what is announced before then is not believed */
};

enum sta_roam_state { ROAM_IDLE, ROAM_LEAVING, ROAM_OFF_CHANNEL };

struct sta_roam {
	enum sta_roam_state state;
	size_t freq_index;               /* in freqs: the next one */
	bool probed_twice;               /* AWAY: it has asked twice */
	uint64_t next_scan_ns, pause_ns; /* the next look; and how long after it the one behind */
	int8_t last_scan_dbm;            /* our signal at the last look; 0: there was none */
	unsigned tries;
};

enum sta_power_state {
	POWER_AWAKE,      /* the access point sends at once */
	POWER_ANNOUNCING, /* it is being told that we doze */
	POWER_LISTENING,  /* told; awake for a beacon or for group frames */
	POWER_DOZING,     /* the radio is off */
};

struct sta_power {
	enum sta_power_state state;
	uint64_t last_active_ns; /* when something of ours passed last */
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
	uint64_t now_ns; /* of the event that is being handled */
	unsigned join_round, failed_rounds;
	struct bss_table table;
	struct sta_scan scan;

	/* whom we are with, or try to be: copies, the table moves on */
	struct bss ap;
	struct bss_terms terms;
	size_t network;
	uint8_t own_element[ELEMENT_MAX];
	size_t own_element_len;
	uint32_t attempt;
	unsigned tries, comebacks;
	bool reassociation;
	uint8_t previous_bssid
		[6]; /* the access point that we were connected to last, in that network block; zero: none */
	size_t previous_network;
	uint16_t aid, tuned_mhz;
	uint64_t connected_ns;

	struct peer peer;
	struct group_keys group_keys;
	struct supplicant supplicant;
	struct pmksa_cache pmksa;
	uint64_t rekey_request_ns; /* new pairwise keys, as packet numbers run out: not asked for before */
	bool associated;
	struct sta_link link;
	struct sta_roam roam;
	struct sta_switch channel_switch;
	struct sta_power power;

	uint16_t seq;           /* of management frames to nobody in particular */
	uint16_t last_mgmt_seq; /* sequence control of the last management frame that our access point sent us */
	struct tx_queue tx;
	struct rx_out rx;
	struct frame_list pending; /* Ethernet, until connected */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
	uint64_t drops[DROP_COUNT];
};

/* sta.c */
void sta_drop(struct sta *sta, enum drop drop, const uint8_t *addr, struct actions *out);
struct action *sta_note(struct sta *sta, enum note note, uint16_t code, struct actions *out);
void sta_tune(struct sta *sta, uint16_t freq, struct actions *out);
void sta_flush(struct sta *sta, struct actions *out); /* seals and sends what is in s->tx */
uint32_t sta_cookie(const struct sta *sta, enum sta_cookie kind);
uint64_t sta_jitter(struct sta *sta, uint64_t ns); /* between 3/4 and 5/4 of it */
void sta_ssid_text(char *text, size_t room, const uint8_t *ssid, size_t len);

/* A frame to the access point: `frame` is taken over, NULL is a lack of memory. Sent at once. */
void sta_send_management(struct sta *sta, struct frame *frame, enum sta_cookie kind, struct actions *out);
void sta_send_null(struct sta *sta, enum sta_cookie kind, bool dozing, struct actions *out);

/* sta_scan.c */
void sta_start_scan(struct sta *sta, struct actions *out);
void sta_scan_timer(struct sta *sta, struct actions *out);
void sta_send_probes(struct sta *sta, uint16_t freq, struct actions *out);
void sta_join_best(struct sta *sta, struct actions *out); /* joins the best that there is, or waits */
void sta_join_best_or_scan(struct sta *sta, struct actions *out);
bool sta_tkip_allowed(const struct sta *sta, size_t network);
int sta_put_rates(struct frame *frame, uint16_t freq);

/* sta_join.c */
void sta_join(struct sta *sta, const struct bss *bss, size_t network, struct actions *out);
void sta_join_timer(struct sta *sta, struct actions *out);
void sta_join_tx_status(struct sta *sta, bool acked);
void sta_auth_response(struct sta *sta, const struct mgmt *mgmt, struct actions *out);
void sta_assoc_response(struct sta *sta, const struct mgmt *mgmt, struct actions *out);
void sta_receive_deauth(struct sta *sta, const struct mgmt *mgmt, struct actions *out);
void sta_connected(struct sta *sta, struct actions *out);
void sta_try_next(struct sta *sta, struct actions *out);
void sta_deauthenticate(struct sta *sta, uint16_t reason, struct actions *out);
void sta_clear_association(struct sta *sta); /* wipes all that was agreed to */
/* Disconnected: tries to come back. `gone`: the access point is not to be heard any more. */
void sta_disconnect(struct sta *sta, uint16_t reason, bool ap_gone, struct actions *out);

/* sta_keys.c */
void sta_keys_setup(struct sta *sta);
void sta_keys_receive(struct sta *sta, const struct rx_msdu *msdu, struct actions *out);
void sta_keys_cache_pmksa(struct sta *sta);
void sta_keys_rekey_if_needed(struct sta *sta, struct actions *out); /* if there are few packet numbers left */
void sta_keys_timer(struct sta *sta, struct actions *out);
void sta_keys_deauth(struct sta *sta, uint16_t reason, struct actions *out);
void sta_keys_michael(struct sta *sta, bool group, struct actions *out);

/* sta_action.c */
void sta_receive_action(struct sta *sta, const struct mgmt *mgmt,
			struct actions *out); /* of our access point; PMF has let it pass */

/* sta_link.c */
void sta_link_begin(struct sta *sta);
void sta_link_beacon(struct sta *sta, const struct mgmt *mgmt, const struct frame_meta *meta, struct actions *out);
void sta_link_timer(struct sta *sta, struct actions *out);
void sta_link_tx_status(struct sta *sta, bool was_poll, bool acked, struct actions *out);
void sta_link_suspect(struct sta *sta, struct actions *out);
void sta_link_poll(struct sta *sta, struct actions *out); /* is it still there? */
uint64_t sta_link_beacon_loss_ns(const struct sta *sta);  /* so long it may be silent before we ask */
void sta_sa_query_begin(struct sta *sta, struct actions *out);
void sta_sa_query_timer(struct sta *sta, struct actions *out);
void sta_sa_query_action(struct sta *sta, const struct mgmt *mgmt, struct actions *out);

/* sta_switch.c */
void sta_switch_beacon(struct sta *sta, const struct mgmt *mgmt, uint16_t freq, struct actions *out);
bool sta_switch_action(struct sta *sta, const struct mgmt *mgmt); /* false: it is none */
void sta_switch_timer(struct sta *sta, struct actions *out);
bool sta_switch_blocks_tx(const struct sta *sta); /* nothing may be sent now */

/* sta_roam.c */
void sta_roam_begin(struct sta *sta);
void sta_roam_timer(struct sta *sta, struct actions *out);
void sta_roam_tx_status(struct sta *sta, bool acked, struct actions *out);
void sta_roam_beacon(struct sta *sta, struct actions *out);

/* sta_power.c */
void sta_power_begin(struct sta *sta);
void sta_power_timer(struct sta *sta, struct actions *out);
void sta_power_tx_status(struct sta *sta, bool was_announced, bool acked, struct actions *out);
void sta_power_beacon(struct sta *sta, const struct mgmt *mgmt, struct actions *out);
void sta_power_mark_active(struct sta *sta, struct actions *out);
void sta_power_group_frame(struct sta *sta, bool more, struct actions *out);
void sta_power_pause(struct sta *sta); /* we are away, on another channel */
void sta_power_resume(struct sta *sta);
bool sta_power_pm_bit(const struct sta *sta); /* what the Power Management bit of our frames says */

/* sta_data.c */
void sta_data_receive(struct sta *sta, struct frame **frames, size_t count, struct actions *out);
void sta_data_send_pending(struct sta *sta, struct actions *out);
void sta_data_purge(struct sta *sta, enum drop drop, struct actions *out);
void sta_data_timer(struct sta *sta, struct actions *out);

#endif
