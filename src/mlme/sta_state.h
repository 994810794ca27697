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
	TIMER_STATE,    /* what the state waits for does not come */
	TIMER_RSN,      /* supplicant_timeout() */
	TIMER_LINK,     /* keep-alive, beacon loss */
	TIMER_SA_QUERY, /* no answer */
	TIMER_ROAM,     /* looking elsewhere: the next step of it */
	TIMER_POWER,    /* to doze, or to wake */
	TIMER_SWITCH,   /* to the other channel, or back from it */
	TIMER_QUEUE,    /* frames that have waited too long */
	STA_TIMERS,
};

/* What a frame's fate is wanted for: the low bits of its cookie. The others number the attempts to join. */
enum sta_cookie {
	COOKIE_NONE,
	COOKIE_JOIN, /* authentication or association request */
	COOKIE_DATA,
	COOKIE_POLL,  /* Null: is the access point there? */
	COOKIE_DOZE,  /* Null: we doze from now on */
	COOKIE_LEAVE, /* Null: we are away for a moment, on another channel */
	COOKIE_KIND = 7,
};

/* What a station remembers of a network block. */
struct sta_memory {
	unsigned refusals;   /* wrong passphrases, in a row */
	uint64_t resting_ns; /* not to be tried before */
	struct countermeasures michael;
};

struct sta_scan {
	size_t at;      /* in freqs */
	bool again;     /* the second half of a dwell */
	unsigned empty; /* scans in a row that found nothing */
	uint64_t began_ns;
};

struct sta_link {
	uint64_t heard_ns, spoken_ns; /* the access point was heard; it acknowledged something */
	uint64_t beacon_ns, tsf;      /* the last beacon, and what its clock said */
	uint64_t suspect_ns;          /* when a beacon was last found suspicious */
	uint32_t interval_ns;         /* between beacons */
	unsigned unheard;             /* polls in a row without acknowledgement */
	unsigned lost;                /* data frames in a row without */
	bool polling;                 /* a poll is on its way */
	int signal16;                 /* average of the beacons, in 1/16 dBm */
	/* SA Query of ours */
	uint16_t query;
	uint64_t query_since_ns; /* 0: none is under way */
};

enum switch_step { SWITCH_NONE, SWITCH_ANNOUNCED, SWITCH_MOVED };

/* A channel switch of the access point (sta_switch.c). */
struct sta_switch {
	enum switch_step step;
	bool quiet;           /* nothing may be sent until then */
	bool in_beacon;       /* it was a beacon that said so: the next one must say so, too */
	uint16_t from, to;    /* MHz; to 0: where we may not follow */
	uint64_t distrust_ns; /* what is announced before then is not believed */
};

enum roam_step { ROAM_IDLE, ROAM_LEAVING, ROAM_AWAY };

struct sta_roam {
	enum roam_step step;
	size_t at;                  /* in freqs: the next one */
	bool again;                 /* AWAY: it has asked twice */
	uint64_t next_ns, pause_ns; /* the next look; and how long after it the one behind */
	int8_t seen_dbm;            /* our signal at the last look; 0: there was none */
	unsigned tries;
};

enum power_step {
	POWER_AWAKE,      /* the access point sends at once */
	POWER_ANNOUNCING, /* it is being told that we doze */
	POWER_LISTENING,  /* told; awake for a beacon or for group frames */
	POWER_DOZING,     /* the radio is off */
};

struct sta_power {
	enum power_step step;
	uint64_t active_ns; /* when something of ours passed last */
	unsigned tries, missed;
	uint8_t dtim_count, dtim_period;
};

struct sta {
	struct crypto *crypto;
	struct sta_setup setup;
	struct random random;
	struct sta_memory *memory; /* one for each network */
	uint16_t freqs[STA_CHANNELS_MAX];
	size_t freq_count;

	enum sta_state state;
	uint64_t due[STA_TIMERS];
	uint64_t now_ns; /* of the event that is being handled */
	unsigned round, failures;
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
	uint8_t previous[6]; /* the access point that we were connected to last, in that network block; zero: none */
	size_t previous_network;
	uint16_t aid, tuned;
	uint64_t connected_ns;

	struct peer peer;
	struct group_keys group;
	struct supplicant supplicant;
	struct pmksa_cache pmksa;
	uint64_t renew_ns; /* new pairwise keys, as packet numbers run out: not asked for before */
	bool peer_alive;
	struct sta_link link;
	struct sta_roam roam;
	struct sta_switch change;
	struct sta_power power;

	uint16_t seq;       /* of management frames to nobody in particular */
	uint16_t mgmt_seen; /* sequence control of the last management frame that our access point sent us */
	struct tx_queue tx;
	struct rx_out rx;
	struct frames waiting; /* Ethernet, until connected */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
	uint64_t drops[DROP_COUNT];
};

/* sta.c */
void sta_drop(struct sta *s, enum drop d, const uint8_t *addr, struct actions *out);
struct action *sta_note(struct sta *s, enum note n, uint16_t code, struct actions *out);
void sta_tune(struct sta *s, uint16_t freq, struct actions *out);
void sta_flush(struct sta *s, struct actions *out); /* seals and sends what is in s->tx */
uint32_t sta_cookie(const struct sta *s, enum sta_cookie kind);
uint64_t sta_jitter(struct sta *s, uint64_t ns); /* between 3/4 and 5/4 of it */
void sta_ssid_text(char *to, size_t room, const uint8_t *ssid, size_t len);

/* A frame to the access point: `f` is taken over, NULL is a lack of memory. Sent at once. */
void sta_send_management(struct sta *s, struct frame *f, enum sta_cookie kind, struct actions *out);
void sta_send_null(struct sta *s, enum sta_cookie kind, bool dozing, struct actions *out);

/* sta_scan.c */
void sta_scan(struct sta *s, struct actions *out);
void sta_scan_timer(struct sta *s, struct actions *out);
void sta_probe(struct sta *s, uint16_t freq, struct actions *out);
void sta_choose(struct sta *s, struct actions *out); /* joins the best that there is, or waits */
void sta_choose_or_scan(struct sta *s, struct actions *out);
bool sta_tkip_allowed(const struct sta *s, size_t network);
int sta_put_rates(struct frame *f, uint16_t freq);

/* sta_join.c */
void sta_join(struct sta *s, const struct bss *b, size_t network, struct actions *out);
void sta_join_timer(struct sta *s, struct actions *out);
void sta_join_status(struct sta *s, bool acked);
void sta_auth_response(struct sta *s, const struct mgmt *m, struct actions *out);
void sta_assoc_response(struct sta *s, const struct mgmt *m, struct actions *out);
void sta_hung_up(struct sta *s, const struct mgmt *m, struct actions *out);
void sta_connected(struct sta *s, struct actions *out);
void sta_try_next(struct sta *s, struct actions *out);
void sta_deauthenticate(struct sta *s, uint16_t reason, struct actions *out);
void sta_unlink(struct sta *s); /* wipes all that was agreed to */
/* Disconnected: tries to come back. `gone`: the access point is not to be heard any more. */
void sta_lost(struct sta *s, uint16_t reason, bool gone, struct actions *out);

/* sta_keys.c */
void sta_keys_begin(struct sta *s);
void sta_keys_eapol(struct sta *s, const struct rx_msdu *m, struct actions *out);
void sta_keys_agreed(struct sta *s);
void sta_keys_renew(struct sta *s, struct actions *out); /* if there are few packet numbers left */
void sta_keys_timer(struct sta *s, struct actions *out);
void sta_keys_hung_up(struct sta *s, uint16_t reason, struct actions *out);
void sta_keys_michael(struct sta *s, bool group, struct actions *out);

/* sta_action.c */
void sta_action(struct sta *s, const struct mgmt *m,
		struct actions *out); /* of our access point; PMF has let it pass */

/* sta_link.c */
void sta_link_begin(struct sta *s);
void sta_link_beacon(struct sta *s, const struct mgmt *m, const struct frame_meta *meta, struct actions *out);
void sta_link_timer(struct sta *s, struct actions *out);
void sta_link_status(struct sta *s, bool poll, bool acked, struct actions *out);
void sta_link_suspect(struct sta *s, struct actions *out);
void sta_link_ask(struct sta *s, struct actions *out); /* is it still there? */
uint64_t sta_link_loss_ns(const struct sta *s);        /* so long it may be silent before we ask */
void sta_sa_query(struct sta *s, struct actions *out);
void sta_sa_query_timer(struct sta *s, struct actions *out);
void sta_sa_query_frame(struct sta *s, const struct mgmt *m, struct actions *out);

/* sta_switch.c */
void sta_switch_beacon(struct sta *s, const struct mgmt *m, uint16_t freq, struct actions *out);
bool sta_switch_action(struct sta *s, const struct mgmt *m); /* false: it is none */
void sta_switch_timer(struct sta *s, struct actions *out);
bool sta_switch_quiet(const struct sta *s); /* nothing may be sent now */

/* sta_roam.c */
void sta_roam_begin(struct sta *s);
void sta_roam_timer(struct sta *s, struct actions *out);
void sta_roam_status(struct sta *s, bool acked, struct actions *out);
void sta_roam_heard(struct sta *s, struct actions *out);

/* sta_power.c */
void sta_power_begin(struct sta *s);
void sta_power_timer(struct sta *s, struct actions *out);
void sta_power_status(struct sta *s, bool doze, bool acked, struct actions *out);
void sta_power_beacon(struct sta *s, const struct mgmt *m, struct actions *out);
void sta_power_active(struct sta *s, struct actions *out);
void sta_power_group(struct sta *s, bool more, struct actions *out);
void sta_power_pause(struct sta *s); /* we are away, on another channel */
void sta_power_resume(struct sta *s);
bool sta_power_bit(const struct sta *s); /* what the Power Management bit of our frames says */

/* sta_data.c */
void sta_data_receive(struct sta *s, struct frame **f, size_t n, struct actions *out);
void sta_data_waiting(struct sta *s, struct actions *out);
void sta_data_purge(struct sta *s, enum drop d, struct actions *out);
void sta_data_timer(struct sta *s, struct actions *out);

#endif
