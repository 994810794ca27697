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
#include "mlme/ap.h"
#include "mlme/timers.h"
#include "rsn/authenticator.h"
#include "rsn/countermeasures.h"
#include "rsn/pmksa.h"
#include "softmac/power_save.h"
#include "softmac/rx.h"
#include "softmac/tx.h"
#include "wire/mgmt.h"

#define AP_TU_NS  UINT64_C(1024000)
#define AP_SECOND UINT64_C(1000000000)
#define AP_NEVER  UINT64_MAX

#define AP_UNASSOCIATED    256              /* authenticated ones of which we keep track, the newest */
#define AP_UNASSOCIATED_NS (30 * AP_SECOND) /* … and how long */
#define AP_RESPONSE_NS \
	UINT64_C(100000000)                   /* the handshake begins when the association response has been
						     acknowledged, or was not, after this */
#define AP_QUERY_EVERY_NS (201 * AP_TU_NS)    /* dot11AssociationSAQueryRetryTimeout */
#define AP_QUERY_NS       (1000 * AP_TU_NS)   /* dot11AssociationSAQueryMaximumTimeout */
#define AP_POLLS          4                   /* in vain, and a station is gone */
#define AP_POLL_NS        AP_SECOND           /* between them */
#define AP_LOST_IN_ROW    8                   /* frames without acknowledgement: is it still there? */
#define AP_SWITCH_NS      (5 * AP_SECOND)     /* so long new group keys wait for those who do not answer, or sleep */
#define AP_STRICT_NS      (AP_SECOND / 2)     /* those who leave together cost one new group key */
#define AP_CLASS_BURST    64                  /* answers to class 2 and 3 errors: so many at once, … */
#define AP_CLASS_NS       (AP_SECOND / 64)    /* … and one more each time */
#define AP_PN_RESERVE     (UINT64_C(1) << 32) /* packet numbers left: time for another key */
#define AP_PMKSA_ROOM     4096
#define AP_PS_LIMIT       16384            /* frames that wait for dozing stations, of all networks */
#define AP_PS_NS          (10 * AP_SECOND) /* so long they wait, or twice the listen interval */
#define AP_PS_LOOK_NS     AP_SECOND        /* how often that is looked at */
#define AP_FETCH_TRIES    4                /* PS-Polls for the same frame */
#define AP_FATE_NS        (2 * AP_SECOND)  /* after which a radio will not tell any more what became of a frame */

/* What a cookie tells of the frame, besides whose it was. */
enum ap_cookie { AP_COOKIE_DATA = 1, AP_COOKIE_POLL, AP_COOKIE_RESPONSE, AP_COOKIE_FETCHED };

/* What a PS-Poll fetched: kept until it is acknowledged, sealed as it is. */
struct ap_fetched {
	struct frames mpdus;        /* all fragments of it; none: nothing was fetched */
	unsigned under_way;         /* so many of them, whose fate is not known */
	unsigned tries;             /* how often it was sent */
	bool lost, polled;          /* one was not acknowledged; somebody asks for the next one */
	uint64_t since_ns, sent_ns; /* first and last sent */
};

struct ap_sta {
	struct ap_bss *bss;
	struct ap_sta *next;          /* in its bucket, or among those that have gone */
	struct ap_sta *older, *newer; /* among the unassociated ones */
	size_t slot, place;           /* in ap.slots; in ap.associated */
	uint16_t generation;          /* of the slot, as cookies know it */
	bool associated, gone;
	struct timer timer;          /* the earliest of what it waits for */
	uint64_t since_ns, heard_ns; /* in its present state; last heard or acknowledging */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
	int8_t signal_dbm;    /* of the last frame; 0: not known */
	uint16_t mgmt_seen;   /* sequence control of its last management frame */
	uint16_t aid, listen; /* listen interval in beacons */

	/* of an association */
	struct peer peer;          /* its `addr` is valid before, too */
	struct authenticator auth; /* where bss is a protected network */
	uint8_t (*pmks)[PMK_LEN];  /* its own list of PMKs; NULL: the network's */
	size_t *psk_of;            /* … and the index in setup.psks of each */
	uint64_t handshake_ns;     /* when the first one begins; 0: it has */
	uint64_t rekey_ns;         /* when the pairwise keys are old; 0: never */
	bool group_pending;        /* it has not yet got the group's new keys */
	bool wrong_passphrase;     /* … it has: that was said */

	/* SA Query (11.14) */
	bool querying, query_failed;
	bool elsewhere; /* it seems to be in another network of this name: it leaves when it does not answer */
	uint16_t query_id;
	uint64_t query_began_ns, query_ns; /* when it began; when the next request is due */

	/* inactivity */
	unsigned polls, lost_in_row;
	uint64_t poll_ns; /* when it will have been silent for too long, or the next poll is due; 0: never */

	/* power save */
	bool dozing, poll_waits; /* poll_waits: it shall come and fetch a Null frame */
	struct ps_queue ps;
	struct ap_fetched fetched;
	uint64_t ps_ns;           /* when to look for what has waited for too long; 0: nothing waits */
	struct frame *mgmt_waits; /* the last one counts */
	bool eapol_waits;         /* a message of a handshake is in `ps`: its timeout begins when that is fetched */
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
	size_t *psk_of, pmk_count;

	uint16_t seq; /* of management frames to nobody in particular */
	struct group_keys keys;
	struct rsn_group group;
	struct countermeasures countermeasures;
	uint64_t group_rekey_ns; /* 0: never */
	unsigned group_pending;  /* so many do not yet have the new keys */
	bool group_switching;    /* … with which we do not yet send, … */
	uint64_t switch_ns;      /* … but will from then on, whoever has them */

	uint64_t tsf_zero_ns, beacon_ns; /* when its TSF was 0; the next target beacon transmission time */
	unsigned stations, dozing;       /* associated; of them dozing */
	unsigned authorised;             /* … and those that have the group's keys, or need none */
	struct ps_queue group_waits;     /* for the DTIM */
	struct tim tim;                  /* of the next beacon */
	uint8_t aids[TIM_BYTES];         /* those that are given out */
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

	struct ap_sta **bucket;
	size_t buckets; /* a power of two */
	uint64_t hash_key;
	struct ap_sta **slots, **associated;
	uint16_t *generations; /* of each slot */
	size_t *free_slots;
	size_t slot_count, slot_room, free_count, associated_count, station_count;
	struct ap_sta *oldest, *newest, *gone;
	size_t unassociated;
	struct timers timers;
	struct ps_total ps;
	struct pmksa_cache pmksa;

	unsigned class_tokens;
	uint64_t class_ns; /* when the last one was added */
};

/* ---- ap.c ---- */

/* Around each event. */
void ap_begin(struct ap *a, uint64_t now_ns, struct actions *out);
void ap_end(struct ap *a);

void ap_drop(struct ap *a, enum drop d, const uint8_t *addr);
struct action *ap_note(struct ap *a, struct ap_bss *b, enum note n, const uint8_t *addr, uint16_t code);

/* Seals all that waits and hands it out: before a key changes, and at the end of each event. */
void ap_flush(struct ap *a);

/* Ethernet for the interface of the network; takes it over. */
void ap_deliver(struct ap *a, struct ap_bss *b, struct frame *f);

/*
 * Sends a management frame; takes it over.  `f` NULL: there was no memory for it.  `s` NULL: to nobody in particular;
 * else protected where PMF asks for it, and under the cookie.
 */
void ap_send_management(struct ap *a, struct ap_bss *b, struct ap_sta *s, struct frame *f, uint32_t cookie);

/* ---- ap_bss.c ---- */

/* 0, -EINVAL or -ENOMEM; frees what there is on errors. */
int ap_bss_init(struct ap *a, struct ap_bss *b, const struct ap_bss_setup *setup);
void ap_bss_wipe(struct ap_bss *b);
void ap_bss_start(struct ap_bss *b);
void ap_bss_goodbye(struct ap_bss *b); /* it leaves the air */
void ap_bss_beacon(struct ap_bss *b);  /* at its TBTT */
void ap_bss_probe(struct ap_bss *b, const struct mgmt *m);
bool ap_bss_put_rates(const struct ap *a, struct frame *f);
bool ap_bss_put_wmm(struct frame *f);
bool ap_bss_has_basic_rates(const struct ap *a, const struct mgmt *m);
uint16_t ap_bss_capability(const struct ap_bss *b);

/* ---- ap_station.c ---- */

struct ap_sta *ap_sta_find(const struct ap *a, const struct ap_bss *b, const uint8_t *addr);
struct ap_sta *ap_sta_new(struct ap *a, struct ap_bss *b, const uint8_t *addr); /* NULL: no memory */
uint32_t ap_sta_cookie(const struct ap_sta *s, enum ap_cookie kind);
struct ap_sta *ap_sta_by_cookie(const struct ap *a, uint32_t cookie, enum ap_cookie *kind);

/* Gives it an AID and makes it one of the associated ones; 0, or -ENOSPC: no AID is left. */
int ap_sta_associate(struct ap *a, struct ap_sta *s);

/* The end of an association, with its keys and what waits for it.  It stays authenticated. */
void ap_sta_disassociate(struct ap *a, struct ap_sta *s, uint16_t reason);

/* The end of everything. */
void ap_sta_leave(struct ap *a, struct ap_sta *s, uint16_t reason);

/* Tells it so, too: MGMT_DEAUTH or MGMT_DISASSOC. */
void ap_sta_expel(struct ap *a, struct ap_sta *s, enum mgmt_subtype how, uint16_t reason);

/* Heard, or it acknowledged. */
void ap_sta_heard(struct ap *a, struct ap_sta *s);

/* Sets its timer to the earliest of what it waits for: after each change to one of those. */
void ap_sta_schedule(struct ap *a, struct ap_sta *s);
void ap_sta_due(struct ap *a, struct ap_sta *s);
void ap_sta_bury(struct ap *a); /* those who have gone */
void ap_sta_free_all(struct ap *a);

/* ---- ap_auth.c ---- */

bool ap_is_listed_out(const struct ap_bss *b, const uint8_t *addr);
void ap_auth(struct ap *a, struct ap_bss *b, struct ap_sta *s, const struct mgmt *m);

/* A frame that only one who is further may send (11.3.3): says so, not too often. */
void ap_class_error(struct ap *a, struct ap_bss *b, struct ap_sta *s, const uint8_t *addr, uint16_t reason);

/* An action frame that we do not know: goes back to its sender, not too often. */
void ap_return_action(struct ap *a, struct ap_bss *b, struct ap_sta *s, const struct mgmt *m);
struct frame *ap_reason_frame(struct ap_bss *b, const uint8_t *to, enum mgmt_subtype subtype, uint16_t reason);

/* ---- ap_assoc.c ---- */

void ap_assoc(struct ap *a, struct ap_bss *b, struct ap_sta *s, const struct mgmt *m);

/* ---- ap_query.c ---- */

/* Begins one unless it goes on; returns how many TU it may last. */
uint32_t ap_query_begin(struct ap *a, struct ap_sta *s);
void ap_query_action(struct ap *a, struct ap_sta *s, const struct mgmt *m);
void ap_query_due(struct ap *a, struct ap_sta *s);

/* It has opened its port here: in other networks of this name it is no more, or is asked whether it is. */
void ap_query_elsewhere(struct ap *a, const struct ap_sta *s);
void ap_poll_begin(struct ap *a, struct ap_sta *s);
void ap_poll_due(struct ap *a, struct ap_sta *s);
void ap_poll_lost(struct ap *a, struct ap_sta *s); /* a poll was not acknowledged */

/* ---- ap_keys.c ---- */

int ap_keys_bss(struct ap *a, struct ap_bss *b); /* the first group keys, or WEP's */

/* Before the first handshake of an association: which passphrases it may have. 0 or -ENOMEM. */
int ap_keys_setup(struct ap *a, struct ap_sta *s, const struct rsn_suite *suite, struct span element,
		  struct span pmkids);
void ap_keys_begin(struct ap *a, struct ap_sta *s); /* a 4-way handshake */
void ap_keys_receive(struct ap *a, struct ap_sta *s, const struct frame *f);
void ap_keys_due(struct ap *a, struct ap_sta *s);
void ap_keys_group(struct ap *a, struct ap_bss *b);        /* new group keys */
void ap_keys_group_switch(struct ap *a, struct ap_bss *b); /* … and now they are used */
void ap_keys_group_got(struct ap *a, struct ap_sta *s);    /* has them, or has gone */
void ap_keys_michael(struct ap *a, struct ap_sta *s);
void ap_keys_open_port(struct ap *a, struct ap_sta *s);
void ap_keys_forget(struct ap_sta *s);          /* its list of passphrases */
const char *ap_keys_id(const struct ap_sta *s); /* what its passphrase is called: "" or a keyid */

/* ---- ap_data.c ---- */

void ap_data_receive(struct ap *a, struct rx_in *in, size_t n);
void ap_data_send(struct ap *a, struct ap_bss *b, struct frame *f); /* from the wire */

/* Ethernet to a station, now or when it wakes; takes it over. */
void ap_data_to(struct ap *a, struct ap_sta *s, struct frame *f, bool in_clear);
void ap_data_now(struct ap *a, struct ap_sta *s, struct frame *f, const struct tx_how *how);

/* Bridges behind the interface learn where the station is now. */
void ap_data_announce(struct ap *a, struct ap_sta *s);

/* ---- ap_power.c ---- */

void ap_power_set(struct ap *a, struct ap_sta *s, bool dozes);
void ap_power_poll(struct ap *a, struct ap_sta *s);                  /* PS-Poll */
void ap_power_sent(struct ap *a, struct ap_sta *s, struct frame *f); /* an MPDU that it fetched */
void ap_power_fate(struct ap *a, struct ap_sta *s, bool acked);      /* … and what became of that */
void ap_power_rekeyed(struct ap *a, struct ap_sta *s);               /* what is sealed is worth nothing */
void ap_power_keep(struct ap *a, struct ap_sta *s, struct frame *f); /* Ethernet, until it wakes */
void ap_power_keep_management(struct ap *a, struct ap_sta *s, struct frame *f);
void ap_power_group(struct ap *a, struct ap_bss *b, struct frame *f); /* now, or at the DTIM */
void ap_power_dtim(struct ap *a, struct ap_bss *b);                   /* the beacon is out */
void ap_power_due(struct ap *a, struct ap_sta *s);                    /* at s->ps_ns */
void ap_power_forget(struct ap *a, struct ap_sta *s);
uint64_t ap_power_patience(const struct ap *a, const struct ap_sta *s); /* twice the listen interval, in ns */
void ap_power_tim(struct ap_sta *s);                                    /* its bit, after each change to what waits */

#endif
