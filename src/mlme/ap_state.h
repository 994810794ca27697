/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The insides of the access point (mlme/ap.h), which its files share:
 *
 *	ap.c           events: who is asked about what comes in, and when things are due
 *	ap_bss.c       a network: its elements, beacons, probe responses
 *	ap_station.c   the table of stations: found by address, by cookie; how they come and go
 *	ap_auth.c      authentication, deauthentication, address lists
 *	ap_assoc.c     association: what is agreed to, what is refused
 *	ap_query.c     SA Query, and polling of silent stations
 *	ap_keys.c      handshakes, group keys, countermeasures
 *	ap_data.c      what is forwarded between stations and wire
 *	ap_power.c     frames for those who doze
 *	ap_operator.c  what an operator may want and see
 *
 * Each event of ap.h sets `now_ns` and `out`, which are valid until it is over; what the stations are sent waits in `tx`
 * until its end, or until a key changes: ap_flush().  A station that leaves stays in memory until the event is over, for
 * those who still point to it: they look at `gone`.
 */
#ifndef VIFI_MLME_AP_STATE_H
#define VIFI_MLME_AP_STATE_H

#include "base/frame_list.h"
#include "base/timer_heap.h"
#include "mlme/ap.h"
#include "rsn/authenticator.h"
#include "rsn/countermeasures.h"
#include "rsn/pmksa.h"
#include "softmac/power_save.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "wire/mgmt.h"

#define TU     UINT64_C(1024000)
#define SECOND UINT64_C(1000000000)
#define NEVER  UINT64_MAX

#define AP_UNASSOCIATED_MAX        256           /* authenticated ones of which we keep track, the newest */
#define AP_UNASSOCIATED_TIMEOUT_NS (30 * SECOND) /* … and how long */
#define AP_ASSOC_RESPONSE_TIMEOUT_NS \
	UINT64_C(100000000)                    /* the handshake begins when the association response has been
						     acknowledged, or was not, after this */
#define SA_QUERY_RETRY_NS        (201 * TU)    /* dot11AssociationSAQueryRetryTimeout */
#define SA_QUERY_MAX_NS          (1000 * TU)   /* dot11AssociationSAQueryMaximumTimeout */
#define AP_POLL_TRIES            4             /* in vain, and a station is gone */
#define AP_POLL_RETRY_NS         SECOND        /* between them */
#define AP_LOST_MAX              8             /* frames without acknowledgement: is it still there? */
#define AP_GROUP_SWITCH_NS       (5 * SECOND)  /* so long new group keys wait for those who do not answer, or sleep */
#define AP_STRICT_REKEY_NS       (SECOND / 2)  /* those who leave together cost one new group key */
#define AP_CLASS_ERROR_BURST     64            /* answers to class 2 and 3 errors: so many at once, … */
#define AP_CLASS_ERROR_REFILL_NS (SECOND / 64) /* … and one more each time */
#define AP_PN_RESERVE            (UINT64_C(1) << 32) /* packet numbers left: time for another key */
#define AP_PMKSA_MAX             4096
#define AP_PS_FRAMES_MAX         16384         /* frames that wait for dozing stations, of all networks */
#define AP_PS_LIFETIME_NS        (10 * SECOND) /* so long they wait, or twice the listen interval */
#define AP_PS_CHECK_NS           SECOND        /* how often that is looked at */
#define AP_PS_RESPONSE_TRIES     4             /* PS-Polls for the same frame */
#define AP_TX_STATUS_NS          (2 * SECOND)  /* after which a radio will not tell any more what became of a frame */

/* What a cookie tells of the frame, besides whose it was. */
enum ap_cookie { AP_COOKIE_DATA = 1, AP_COOKIE_POLL, AP_COOKIE_ASSOC_RESPONSE, AP_COOKIE_PS_RESPONSE };

/* What a PS-Poll fetched: kept until it is acknowledged, sealed as it is. */
struct ap_ps_response {
	struct frame_list mpdus;              /* all fragments of it; none: nothing was fetched */
	unsigned in_flight;                   /* so many of them, whose fate is not known */
	unsigned tries;                       /* how often it was sent */
	bool lost, poll_pending;              /* one was not acknowledged; somebody asks for the next one */
	uint64_t first_sent_ns, last_sent_ns; /* first and last sent */
};

struct ap_sta {
	struct ap_bss *bss;
	struct ap_sta *next;          /* in its bucket, or among those that have gone */
	struct ap_sta *older, *newer; /* among the unassociated ones */
	size_t slot, assoc_index;     /* in ap.slots; in ap.associated */
	uint16_t generation;          /* of the slot, as cookies know it */
	bool associated, removed;
	struct timer timer;          /* the earliest of what it waits for */
	uint64_t since_ns, heard_ns; /* in its present state; last heard or acknowledging */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
	int8_t signal_dbm;             /* of the last frame; 0: not known */
	uint16_t last_mgmt_seq;        /* sequence control of its last management frame */
	uint16_t aid, listen_interval; /* listen interval in beacons */

	/* of an association */
	struct peer peer;          /* its `addr` is valid before, too */
	struct authenticator auth; /* where bss is a protected network */
	uint8_t (*pmks)[PMK_LEN];  /* its own list of PMKs; NULL: the network's */
	size_t *psk_index;         /* … and the index in setup.psks of each */
	uint64_t handshake_ns;     /* when the first one begins; 0: it has */
	uint64_t rekey_ns;         /* when the pairwise keys are old; 0: never */
	bool group_rekey_pending;  /* it has not yet got the group's new keys */
	bool wrong_passphrase;     /* … it has: that was said */

	/* SA Query (11.14) */
	bool query_active, query_failed;
	bool on_other_bss; /* it seems to be in another network of this name: it leaves when it does not answer */
	uint16_t query_id;
	uint64_t query_began_ns, query_retry_ns; /* when it began; when the next request is due */

	/* inactivity */
	unsigned unacked_polls, consecutive_lost;
	uint64_t poll_ns; /* when it will have been silent for too long, or the next poll is due; 0: never */

	/* power save */
	bool dozing, poll_pending; /* poll_waits: it shall come and fetch a Null frame */
	struct power_save_queue ps;
	struct ap_ps_response ps_response;
	uint64_t ps_check_ns;        /* when to look for what has waited for too long; 0: nothing waits */
	struct frame *buffered_mgmt; /* the last one counts */
	bool eapol_buffered;         /* a message of a handshake is in `ps`: its timeout begins when that is fetched */
};

struct ap_bss {
	struct ap_bss_setup setup;
	struct ap *ap;
	unsigned index;
	bool protected; /* RSN or WPA */
	uint8_t rsn[ELEMENT_MAX], wpa[ELEMENT_MAX];
	size_t rsn_len, wpa_len; /* 0: there is none */

	/* the passphrases that are everybody's, as the authenticator wants them */
	uint8_t (*pmks)[PMK_LEN];
	size_t *psk_index, pmk_count;

	uint16_t seq; /* of management frames to nobody in particular */
	struct group_keys group_keys;
	struct rsn_group group;
	struct countermeasures countermeasures;
	uint64_t group_rekey_ns;      /* 0: never */
	unsigned group_pending_count; /* so many do not yet have the new keys */
	bool group_switching;         /* … with which we do not yet send, … */
	uint64_t group_switch_ns;     /* … but will from then on, whoever has them */

	uint64_t tsf_zero_ns, beacon_ns;      /* when its TSF was 0; the next target beacon transmission time */
	unsigned station_count, dozing_count; /* associated; of them dozing */
	unsigned authorised_count;            /* … and those that have the group's keys, or need none */
	struct power_save_queue group_buffer; /* for the DTIM */
	struct tim tim;                       /* of the next beacon */
	uint8_t used_aids[TIM_BITMAP_LEN];    /* those that are given out */
};

struct ap {
	struct crypto *crypto;
	struct random random;
	struct ap_setup setup; /* but for .bss: those are copied to where they belong */
	struct ap_bss bss[AP_BSS_MAX];
	bool started;
	uint64_t now_ns;
	struct actions *out;
	struct tx_queue tx;
	struct rx_out rx;
	uint64_t drops[DROP_COUNT];

	struct ap_sta **hash_table;
	size_t bucket_count; /* a power of two */
	uint64_t hash_key;
	struct ap_sta **slots, **associated;
	uint16_t *generations; /* of each slot */
	size_t *free_slots;
	size_t slot_count, slot_room, free_count, associated_count, station_count;
	struct ap_sta *oldest, *newest, *removed;
	size_t unassociated_count;
	struct timer_heap timers;
	struct power_save_budget ps;
	struct pmksa_cache pmksa;

	unsigned class_error_tokens;
	uint64_t class_error_refill_ns; /* when the last one was added */
};

/* ---- ap.c ---- */

/* Around each event. */
void ap_begin(struct ap *ap, uint64_t now_ns, struct actions *out);
void ap_end(struct ap *ap);

void ap_drop(struct ap *ap, enum drop drop, const uint8_t *addr);
struct action *ap_note(struct ap *ap, struct ap_bss *bss, enum note note, const uint8_t *addr, uint16_t code);

/* Seals all that waits and hands it out: before a key changes, and at the end of each event. */
void ap_flush(struct ap *ap);

/* Ethernet for the interface of the network; takes it over. */
void ap_deliver(struct ap *ap, struct ap_bss *bss, struct frame *frame);

/*
 * Sends a management frame; takes it over.  `frame` NULL: there was no memory for it.  `sta` NULL: to nobody in particular;
 * else protected where PMF asks for it, and under the cookie.
 */
void ap_send_management(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, struct frame *frame, uint32_t cookie);

/* ---- ap_bss.c ---- */

/* 0, -EINVAL or -ENOMEM; frees what there is on errors. */
int ap_bss_init(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup);
void ap_bss_wipe(struct ap_bss *bss);
void ap_bss_start(struct ap_bss *bss);
void ap_bss_deauth_all(struct ap_bss *bss);  /* it leaves the air */
void ap_bss_send_beacon(struct ap_bss *bss); /* at its TBTT */
void ap_bss_receive_probe(struct ap_bss *bss, const struct mgmt *mgmt);
bool ap_bss_put_rates(const struct ap *ap, struct frame *frame);
bool ap_bss_put_wmm(struct frame *frame);
bool ap_bss_has_basic_rates(const struct ap *ap, const struct mgmt *mgmt);
uint16_t ap_bss_capability(const struct ap_bss *bss);

/* ---- ap_station.c ---- */

struct ap_sta *ap_sta_find(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr);
struct ap_sta *ap_sta_new(struct ap *ap, struct ap_bss *bss, const uint8_t *addr); /* NULL: no memory */
uint32_t ap_sta_cookie(const struct ap_sta *sta, enum ap_cookie kind);
struct ap_sta *ap_sta_by_cookie(const struct ap *ap, uint32_t cookie, enum ap_cookie *kind);

/* Gives it an AID and makes it one of the associated ones; 0, or -ENOSPC: no AID is left. */
int ap_sta_associate(struct ap *ap, struct ap_sta *sta);

/* The end of an association, with its keys and what waits for it.  It stays authenticated. */
void ap_sta_disassociate(struct ap *ap, struct ap_sta *sta, uint16_t reason);

/* The end of everything. */
void ap_sta_remove(struct ap *ap, struct ap_sta *sta, uint16_t reason);

/* Tells it so, too: MGMT_DEAUTH or MGMT_DISASSOC. */
void ap_sta_kick(struct ap *ap, struct ap_sta *sta, enum mgmt_subtype subtype, uint16_t reason);

/* Heard, or it acknowledged. */
void ap_sta_heard(struct ap *ap, struct ap_sta *sta);

/* Sets its timer to the earliest of what it waits for: after each change to one of those. */
void ap_sta_schedule(struct ap *ap, struct ap_sta *sta);
void ap_sta_timer(struct ap *ap, struct ap_sta *sta);
void ap_sta_reap(struct ap *ap); /* those who have gone */
void ap_sta_free_all(struct ap *ap);

/* ---- ap_auth.c ---- */

bool ap_acl_denies(const struct ap_bss *bss, const uint8_t *addr);
void ap_auth(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt);

/* A frame that only one who is further may send (11.3.3): says so, not too often. */
void ap_send_class_error(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const uint8_t *addr, uint16_t reason);

/* An action frame that we do not know: goes back to its sender, not too often. */
void ap_return_action(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt);
struct frame *ap_new_reason_frame(struct ap_bss *bss, const uint8_t *to, enum mgmt_subtype subtype, uint16_t reason);

/* ---- ap_assoc.c ---- */

void ap_assoc(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt);

/* ---- ap_query.c ---- */

/* Begins one unless it goes on; returns how many TU it may last. */
uint32_t ap_sa_query_begin(struct ap *ap, struct ap_sta *sta);
void ap_sa_query_action(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt);
void ap_sa_query_timer(struct ap *ap, struct ap_sta *sta);

/* It has opened its port here: in other networks of this name it is no more, or is asked whether it is. */
void ap_check_sta_on_other_bss(struct ap *ap, const struct ap_sta *sta);
void ap_poll_begin(struct ap *ap, struct ap_sta *sta);
void ap_poll_timer(struct ap *ap, struct ap_sta *sta);
void ap_poll_unacked(struct ap *ap, struct ap_sta *sta); /* a poll was not acknowledged */

/* ---- ap_keys.c ---- */

int ap_keys_init_bss(struct ap *ap, struct ap_bss *bss); /* the first group keys, or WEP's */

/* Before the first handshake of an association: which passphrases it may have. 0 or -ENOMEM. */
int ap_keys_setup(struct ap *ap, struct ap_sta *sta, const struct rsn_suite *suite, struct span element,
		  struct span pmkids);
void ap_keys_start_handshake(struct ap *ap, struct ap_sta *sta); /* a 4-way handshake */
void ap_keys_receive(struct ap *ap, struct ap_sta *sta, const struct frame *frame);
void ap_keys_timer(struct ap *ap, struct ap_sta *sta);
void ap_keys_rekey_group(struct ap *ap, struct ap_bss *bss);     /* new group keys */
void ap_keys_switch_group(struct ap *ap, struct ap_bss *bss);    /* … and now they are used */
void ap_keys_group_delivered(struct ap *ap, struct ap_sta *sta); /* has them, or has gone */
void ap_keys_michael(struct ap *ap, struct ap_sta *sta);
void ap_keys_open_port(struct ap *ap, struct ap_sta *sta);
void ap_keys_clear(struct ap_sta *sta);              /* its list of passphrases */
const char *ap_keys_keyid(const struct ap_sta *sta); /* what its passphrase is called: "" or a keyid */

/* ---- ap_data.c ---- */

void ap_data_receive(struct ap *ap, struct rx_in *in, size_t count);
void ap_data_send(struct ap *ap, struct ap_bss *bss, struct frame *frame); /* from the wire */

/* Ethernet to a station, now or when it wakes; takes it over. */
void ap_data_send_to(struct ap *ap, struct ap_sta *sta, struct frame *frame, bool in_clear);
void ap_data_transmit(struct ap *ap, struct ap_sta *sta, struct frame *frame, const struct tx_options *options);

/* Bridges behind the interface learn where the station is now. */
void ap_data_announce(struct ap *ap, struct ap_sta *sta);

/* ---- ap_power.c ---- */

void ap_power_set(struct ap *ap, struct ap_sta *sta, bool dozing);
void ap_power_ps_poll(struct ap *ap, struct ap_sta *sta);                               /* PS-Poll */
void ap_power_ps_response_sent(struct ap *ap, struct ap_sta *sta, struct frame *frame); /* an MPDU that it fetched */
void ap_power_tx_status(struct ap *ap, struct ap_sta *sta, bool acked);       /* … and what became of that */
void ap_power_rekeyed(struct ap *ap, struct ap_sta *sta);                     /* what is sealed is worth nothing */
void ap_power_buffer(struct ap *ap, struct ap_sta *sta, struct frame *frame); /* Ethernet, until it wakes */
void ap_power_buffer_management(struct ap *ap, struct ap_sta *sta, struct frame *frame);
void ap_power_group(struct ap *ap, struct ap_bss *bss, struct frame *frame); /* now, or at the DTIM */
void ap_power_dtim(struct ap *ap, struct ap_bss *bss);                       /* the beacon is out */
void ap_power_timer(struct ap *ap, struct ap_sta *sta);                      /* at s->ps_ns */
void ap_power_clear(struct ap *ap, struct ap_sta *sta);
uint64_t ap_power_wait_ns(const struct ap *ap, const struct ap_sta *sta); /* twice the listen interval, in ns */
void ap_power_update_tim(struct ap_sta *sta);                             /* its bit, after each change to what waits */

#endif
