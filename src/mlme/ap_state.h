/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internal state of the access point (mlme/ap.h), shared by its files. Clauses are those of IEEE 802.11-2020, unless a
 * comment names another edition. It is control in the sense of plane/plane.h: it holds no keys of the data path, no queues
 * and no data frames. The files, in their order: each one calls only files above it.
 *
 *	ap_output.c    actions for the plane; notes and drops
 *	ap_table.c     the table of stations: lookup by address and by cookie, timers
 *	ap_group.c     group keys: generation, distribution state, switch-over
 *	ap_vlan.c      VLANs: their interfaces, and which stations are in them
 *	ap_station.c   life of a station: creation, association, disassociation, removal
 *	ap_answers.c   answers to strangers: their queues and their budget
 *	ap_neighbours.c, ap_measure.c  radio measurement, neighbours, BSS transition management
 *	ap_ocv.c       operating channel validation
 *	ap_query.c     presence checks: SA Query, and polling of silent stations
 *	ap_ft_domain.c, ap_ft.c, ap_ft_auth.c  fast BSS transition: the mobility domain, reassociation, authentication
 *	ap_keys.c      handshakes, pairwise keys, countermeasures
 *	ap_roam.c      stations that move between BSSs and access points
 *	ap_regulatory.c  country, power and spectrum management in beacons; the channel
 *	ap_phy.c       the rates and the width that a BSS uses
 *	ap_beacon.c    content of beacons, probe responses and association responses
 *	ap_bss.c       a BSS: set-up, life, probe requests
 *	ap_protection.c  what beacons say about stations and neighbours: ERP and HT protection, 20/40 MHz
 *	ap_channel.c   moves to another channel
 *	ap_sae.c       SAE: exchanges, tokens, passwords
 *	ap_auth.c      authentication, address lists, error responses
 *	ap_multi_ap.c  Wi-Fi EasyMesh: backhaul stations
 *	ap_track.c     stations that were heard, by this or another radio
 *	ap_request.c   what a request to associate says of its sender
 *	ap_assoc.c     association
 *	ap_events.c    dispatch of the plane's events
 *	ap_reconfigure.c  changes of a BSS that is on the air; BSSs that come and go (ap_reconfigure.h)
 *	ap_life.c      start and end of the access point, its timers
 *	ap_command.c   commands of the operator
 *	ap_operator.c  the same one by one, and queries
 *
 * Each event of ap.h sets `now_ns` and `out`, which are valid until the event ends. A removed station stays in memory
 * until the event ends, because callers may still hold a pointer to it; they check `removed`. Deadlines are NEVER while they
 * are not set.
 */
#ifndef VIFI_MLME_AP_STATE_H
#define VIFI_MLME_AP_STATE_H

#include "base/mac_table.h"
#include "base/timer_heap.h"
#include "mlme/ap_track.h"
#include "mlme/time.h"
#include "rsn/authenticator.h"
#include "rsn/countermeasures.h"
#include "rsn/owe.h"
#include "rsn/pmksa.h"
#include "wire/mgmt.h"

#define AP_UNASSOCIATED_MAX          256           /* stations in state 2; the oldest one gives way */
#define AP_UNASSOCIATED_TIMEOUT_NS   (30 * SECOND) /* lifetime of state 2 */
#define AP_ASSOC_RESPONSE_TIMEOUT_NS (100 * MS)    /* the handshake starts then even without a TX status */
#define AP_POLL_TRIES                4             /* unanswered polls that remove a station */
#define AP_POLL_RETRY_NS             SECOND        /* interval of polls */
#define AP_CHECK_INTERVAL_NS         SECOND        /* between presence checks that frames from the wire start */
#define AP_GROUP_SWITCH_NS           (5 * SECOND)  /* limit for the delivery of new group keys */
#define AP_STRICT_REKEY_NS           (SECOND / 2)  /* stations that leave within this time cost one rekey */
#define AP_ANSWERS_IN_FLIGHT         2             /* answers to strangers that the radio has at a time */
#define AP_ANSWERS_MAX               128           /* waiting answers of one kind */
#define AP_ANSWER_BURST              64            /* unacknowledged answers in a burst */
#define AP_ANSWER_RATE               32            /* … and per second */
#define AP_HANDSHAKE_MIN_NS          SECOND        /* for the first handshake, in a full BSS */
#define AP_UNPROVEN_FRAMES           2             /* frames of an association before the first acknowledgement */
#define AP_PMKSA_MAX                 4096
#define AP_OVERLAP_S                 60 /* after this time without a frame a neighbour counts as gone, by default */
#define AP_SWITCH_TIMEOUT_NS         (2 * SECOND) /* after the move was due */

/* dot11BSSWidthChannelTransitionDelayFactor, and by default dot11BSSWidthTriggerScanInterval (Annex C). */
#define AP_TRANSITION_DELAY_FACTOR 5
#define AP_OBSS_INTERVAL_S         300

/* A cookie holds, from its highest bits, the purpose of the TX status, and the handle of the station, or a number. */
enum ap_cookie { AP_COOKIE_ASSOC_RESPONSE = 1, AP_COOKIE_ANSWER, AP_COOKIE_MEASUREMENT };

/* Timers of an associated station. */
enum ap_timer {
	AP_TIMER_HANDSHAKE,  /* no TX status of the association response: start the 4-way handshake */
	AP_TIMER_REKEY,      /* the pairwise key is due for renewal */
	AP_TIMER_SA_QUERY,   /* the next SA Query request, or the end of the procedure */
	AP_TIMER_OCV,        /* operating channel validation: no SA Query since the move to this channel */
	AP_TIMER_POLL,       /* the station was silent for too long, or the next poll is due */
	AP_TIMER_TRANSITION, /* BSS transition management: the station had to leave until now */
	AP_TIMERS,
};

/* What a station has told about its radio when it associated. */
struct ap_sta_radio {
	bool non_erp;                  /* on 2.4 GHz: without OFDM */
	bool long_preamble, long_slot; /* on 2.4 GHz: it needs them */
	bool ht, greenfield, width_40, intolerant_40;
	uint16_t width_mhz; /* of the widest channel that it can receive */
};

struct ap_sta {
	struct mac_entry entry; /* must be the first member; `entry.addr` is its address */
	struct ap_bss *bss;
	struct ap_sta *next_removed;  /* in ap.removed */
	struct ap_sta *older, *newer; /* in the queue of unassociated stations */
	size_t assoc_index;           /* in ap.associated */
	bool associated, removed;
	bool left;                   /* the plane has removed it by itself */
	bool present;                /* it has acknowledged a frame: its address is not an invention */
	bool dozing;                 /* as far as the plane reports it */
	struct timer timer;          /* the earliest of its deadlines */
	uint64_t due_ns[AP_TIMERS];  /* by enum ap_timer */
	uint64_t since_ns, heard_ns; /* start of its present state; last sign of life that the plane reported */

	/* of an association */
	bool authorised, qos, mfp;
	uint16_t aid, listen_interval; /* listen interval in beacon intervals */
	struct ap_station_request request;
	struct ap_sta_radio radio;
	struct ap_vlan_group *vlan; /* NULL: none */
	uint8_t measurement_token;  /* of the last request */
	bool four_address, four_address_refused, four_address_late;
	bool backhaul;             /* it is that of another access point (ap_multi_ap.c) */
	struct authenticator auth; /* in a protected BSS */
	uint8_t (*pmks)[PMK_MAX];  /* its own list of PMKs; NULL: the list of the BSS */
	size_t *psk_index;         /* the index in setup.psks of each of them */
	bool group_rekey_pending;  /* it has not confirmed the new group keys yet */
	bool wrong_passphrase;     /* this was reported */
	unsigned sae_group;        /* of the exchange before it; 0: none */
	size_t sae_password;       /* the index of its password in the setup, plus 1; 0: without SAE */
	uint16_t sae_rejected[AP_SAE_REJECTED_MAX + 1];
	uint8_t owe_element[OWE_ELEMENT_MAX]; /* of OWE, for the response: our half … */
	size_t owe_element_len;               /* … 0: a PMKSA of the cache serves, which the response names */
	bool eapol_buffered; /* a handshake message waits for it to wake: the timeout starts at transmission */

	/* SA Query */
	bool query_active, query_failed;
	bool reported_moved; /* another BSS or access point claims it: an unanswered SA Query removes it */
	uint16_t query_id;
	uint64_t query_began_ns;
	uint64_t checked_ns; /* last presence check that a frame from the wire started */

	/* inactivity */
	unsigned unacked_polls;
};

enum ap_answer_kind {
	AP_ANSWER_PROBE, /* probe responses */
	AP_ANSWER_AUTH,  /* authentication responses */
	AP_ANSWER_ASSOC, /* refusals of associations */
	AP_ANSWER_ERROR, /* of frames that the state of the sender does not allow; returned actions */
	AP_ANSWER_KINDS,
};

struct ap_answer {
	struct ap_bss *bss;
	uint8_t addr[6];
	struct frame *frame;
	uint16_t count_offsets[2]; /* of a probe response during a channel switch */
	bool repeated;             /* the station asks again, or it has acknowledged a frame before */
	uint64_t queued_ns;
};

struct ap_answer_queue {
	struct ap_answer at[AP_ANSWERS_MAX]; /* the oldest first */
	size_t count;
};

struct ap_answer_in_flight {
	uint32_t cookie; /* 0: a free entry */
	enum ap_answer_kind kind;
	struct ap_bss *bss;
	uint8_t addr[6];
	uint64_t sent_ns;
};

struct ap_answers {
	struct ap_answer_queue queues[AP_ANSWER_KINDS];
	struct ap_answer_in_flight in_flight[AP_ANSWERS_IN_FLIGHT];
	enum ap_answer_kind last_kind;
	uint32_t last_id;                         /* of the last cookie */
	unsigned units;                           /* in the token bucket */
	uint64_t refill_ns;                       /* when the last unit was added */
	uint64_t due_ns;                          /* when a waiting answer may be sent */
	uint64_t filter_ns;                       /* when the current filter was begun */
	uint8_t filters[2][8192], current_filter; /* addresses of recent requests */
};

/* An exchange of SAE with an address, which may be an invention. */
struct ap_sae_exchange {
	struct ap_bss *bss; /* NULL: free */
	uint8_t addr[6];
	size_t password; /* index in the setup */
	uint64_t since_ns;
	unsigned refusals; /* confirms that were wrong */
	struct sae sae;
};

#define AP_SAE_EXCHANGES_MAX 64
#define AP_SAE_EXCHANGE_NS   (5 * SECOND)  /* for an exchange to be completed */
#define AP_SAE_ACCEPTED_NS   (10 * SECOND) /* and from then to the association */
#define AP_SAE_TOKEN_NS      (30 * SECOND) /* a token is valid for one to two times as long */
#define AP_SAE_KEY_LEN       32

struct ap_sae_state {
	struct ap_sae_exchange *exchanges;     /* AP_SAE_EXCHANGES_MAX of them, made with the first one */
	uint8_t token_keys[2][AP_SAE_KEY_LEN]; /* the present and the previous one */
	uint64_t key_ns;                       /* when the present one was made; 0: never */
};

struct ap_ft_transition; /* mlme/ap_ft.h */

/* Other access points, for stations that ask. */
struct ap_neighbours {
	struct ap_neighbour *list;
	size_t count, room;
};

/* A VLAN has a group key of its own; its IGTK is that of the BSS, which sends the management frames of all VLANs. */
struct ap_vlan_group {
	struct ap_vlan setup;
	bool started; /* the plane has its interface */
	unsigned station_count;
	struct rsn_group group, previous_group;
	uint64_t gtk_pn; /* the last packet number, as the plane reported it */
};

struct ap_bss {
	struct ap_bss_setup setup;
	struct ap *ap; /* NULL: the index is vacant; then it is `off`, too */
	unsigned index;
	bool protected, on_air; /* RSN or WPA; the plane has started it */
	uint8_t rsn[ELEMENT_MAX], wpa[ELEMENT_MAX];
	uint8_t rsnx[RSNX_LEN];
	size_t rsn_len, wpa_len, rsnx_len; /* 0: no such element */

	/* the PMKs that every station may use, for the authenticator */
	uint8_t (*pmks)[PMK_MAX];
	size_t *psk_index, pmk_count;

	struct rsn_group group, previous_group; /* the present keys, and those before the last rekey */
	struct ap_vlan_group **vlans;           /* first those of setup.vlans, with keys of the same ages */
	size_t vlan_count, vlan_room;
	bool group_is_fresh;                /* `group` was never used */
	uint64_t gtk_pn, igtk_pn, bigtk_pn; /* last packet numbers under `group`, as the plane reported them */
	bool off;                           /* AP_COMMAND_STOP_BSS */
	struct countermeasures countermeasures;
	uint64_t group_rekey_ns;      /* next group rekey */
	uint64_t group_switch_ns;     /* latest switch to the new group keys; NEVER: no rekey is in progress */
	unsigned group_pending_count; /* stations that have not confirmed the new group keys yet */
	unsigned station_count;
	struct ap_neighbours neighbours;
	uint8_t used_aids[AID_MAX / 8 + 1];
};

/* A beacon or a probe response. */
struct ap_beacon {
	struct frame *frame; /* NULL: no memory */
	size_t tim_offset;
	uint16_t count_offsets[2]; /* where it announces the count of a channel switch; 0: nowhere */
};

/* What the beacons of all BSSs say about stations and neighbours. */
struct ap_protection {
	uint8_t erp;    /* ERP element (9.4.2.12) */
	bool long_slot; /* 2.4 GHz */
	uint16_t ht;    /* HT operation information, second field (9.4.2.56) */
	bool narrow;    /* 20 MHz of a channel of 40 MHz */
};

/* Neighbours, until when they count. */
struct ap_overlap {
	uint64_t non_erp_until_ns, non_ht_until_ns;
	uint64_t narrow_until_ns;  /* 20 MHz */
	const char *narrow_reason; /* for the log */
};

/* A move to another channel. */
struct ap_channel_switch {
	bool active;
	struct ap_channel_move target;
	uint64_t deadline_ns;
	uint32_t waiting; /* 1 << index of the BSSs that the plane has not reported */
};

struct ap {
	struct crypto *crypto;
	struct random random;
	struct ap_setup setup; /* without .bss, which bss[].setup holds */
	struct ap_bss bss[AP_BSS_MAX];
	bool started;
	uint64_t now_ns;
	struct plane_actions *out;
	struct plane_capabilities plane;
	struct ap_protection protection;
	bool protection_stale; /* stations or neighbours have changed */
	struct ap_overlap overlap;
	struct ap_track track;
	struct ap_channel_switch channel_switch;
	bool switch_failed; /* in the last move a BSS stayed on the old channel */

	struct mac_table table;
	struct ap_sta **associated;
	size_t associated_count, associated_room;
	struct ap_sta *oldest, *newest; /* unassociated stations */
	struct ap_sta *removed;         /* freed at the end of the event */
	size_t unassociated_count;
	struct timer_heap timers;
	struct pmksa_cache pmksa;

	struct ap_answers answers;
	struct ap_sae_state sae;
	struct ft_store own_ft_store; /* unless setup.ft_store is another one */
};

/* ---- ap_output.c ---- */

void ap_drop(struct ap *ap, enum drop drop, const uint8_t *addr);
struct action *ap_note(struct ap *ap, struct ap_bss *bss, enum note note, const uint8_t *addr, uint16_t code);
uint32_t ap_cookie(const struct ap_sta *sta, enum ap_cookie kind);

/* Adds an action about a station of the BSS, or about the BSS itself (`addr` NULL). NULL: no memory. */
struct plane_action *ap_act(struct ap *ap, enum plane_action_kind kind, const struct ap_bss *bss, const uint8_t *addr);

/* The same with a frame, which it takes over. NULL: no memory, also if `frame` is NULL; it is counted as a drop. */
struct plane_action *ap_act_frame(struct ap *ap, enum plane_action_kind kind, const struct ap_bss *bss,
				  const uint8_t *addr, struct frame *frame);

/* Tells the plane the state of an associated or disassociated station. */
void ap_act_station(struct ap *ap, const struct ap_sta *sta);

/* Adds PLANE_KEY_INSTALL or PLANE_KEY_EXPECT. `addr` NULL: a group key. Returns false without memory. */
bool ap_act_key(struct ap *ap, enum plane_action_kind kind, const struct ap_bss *bss, const uint8_t *addr,
		const struct rsn_key *key);

/* Sends a management frame; takes it over. `frame` NULL counts as a lack of memory. */
void ap_send_management(struct ap *ap, struct ap_bss *bss, struct frame *frame, struct plane_management options);

/* A deauthentication or disassociation; NULL: no memory. */
struct frame *ap_new_reason_frame(struct ap_bss *bss, const uint8_t *to, enum mgmt_subtype subtype, uint16_t reason);

/* ---- ap_table.c ---- */

uint16_t ap_vlan_id(const struct ap_sta *sta); /* 0: none */

/* Do beacons carry a MIC: is it configured, with PMF, and can the plane do it? */
bool ap_bss_protects_beacons(const struct ap_bss *bss);

struct ap_sta *ap_sta_find(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr);
struct ap_sta *ap_sta_by_cookie(const struct ap *ap, uint32_t cookie, enum ap_cookie *kind);

/* A new entry, outside the queue of unassociated stations; NULL: no memory. */
struct ap_sta *ap_table_add(struct ap *ap, struct ap_bss *bss, const uint8_t *addr);

/* Moves the entry to ap->removed. */
void ap_table_remove(struct ap *ap, struct ap_sta *sta);
void ap_table_free(struct ap *ap);

/* The queue of unassociated stations. */
void ap_table_queue(struct ap *ap, struct ap_sta *sta);
void ap_table_unqueue(struct ap *ap, struct ap_sta *sta);

/* Sets the timer of the station to the earliest of its deadlines: after each change to one of them. */
void ap_sta_schedule(struct ap *ap, struct ap_sta *sta);

/* ---- ap_group.c ---- */

int ap_group_init(struct ap *ap, struct ap_bss *bss); /* generates the first group keys. Returns 0 or -ENOMEM */

/*
 * Has the plane install the group keys or the WEP key. After a stop the packet numbers begin again, so the keys are fresh
 * each time. Returns 0 or -ENOMEM: there are none.
 */
int ap_group_start(struct ap *ap, struct ap_bss *bss);

/* Generates new keys, and marks the stations that need them. Returns false if that must wait: the timer is set. */
bool ap_group_begin_rekey(struct ap *ap, struct ap_bss *bss);
void ap_group_switch(struct ap *ap, struct ap_bss *bss); /* transmits under the new keys from now on */
void ap_group_update_rsc(struct ap_bss *bss);            /* before a station gets the keys */
void ap_group_abort(struct ap *ap, struct ap_bss *bss);  /* the plane could not install the new keys */

/* Has the plane send the group frames of a VLAN under a new key. Returns false without memory. */
bool ap_group_start_vlan(struct ap *ap, struct ap_bss *bss, struct ap_vlan_group *vlan);

/* The station has confirmed the new keys, or leaves. */
void ap_group_delivered(struct ap *ap, struct ap_sta *sta);

/* ---- ap_vlan.c ---- */

int ap_vlan_init(struct ap_bss *bss); /* Returns 0 or -ENOMEM. */
void ap_vlan_wipe(struct ap_bss *bss);
int ap_vlan_take_over(struct ap_bss *bss, const struct ap_bss *old); /* VLANs of both go on. Returns 0 or -ENOMEM */
void ap_vlan_end_others(struct ap *ap, struct ap_bss *bss, struct ap_bss *old); /* those of `old`, without stations */
void ap_vlan_start_permanent(struct ap *ap, struct ap_bss *bss);                /* with the BSS */
struct ap_vlan_group *ap_vlan_find(const struct ap_bss *bss, uint16_t id);      /* NULL: there is none */
bool ap_vlan_provide(struct ap_bss *bss,
		     uint16_t id); /* Returns false if the BSS must not have it, or without memory. */

/* Moves an associated station to a VLAN, 0: out of it, which ap_act_station() then tells the plane. */
void ap_vlan_join(struct ap *ap, struct ap_sta *sta, uint16_t id);

/* The plane knows that the station has left the VLAN. Without stations the VLAN ends. */
void ap_vlan_leave(struct ap *ap, struct ap_sta *sta);

/* The VLAN of a station by the address list; 0: none. */
uint16_t ap_vlan_listed(const struct ap_bss *bss, const uint8_t *addr);

/* The station has sent a data frame with four addresses. */
void ap_sta_use_four_addresses(struct ap *ap, struct ap_sta *sta, bool protected);

/* ---- ap_station.c ---- */

struct ap_sta *ap_sta_new(struct ap *ap, struct ap_bss *bss, const uint8_t *addr); /* state 2; NULL: no memory */

/*
 * The station that has been in its first handshake for the longest time, and longer than an honest one needs; NULL: none.
 * A full BSS has room for another station if there is one.
 */
struct ap_sta *ap_sta_oldest_unauthorised(const struct ap *ap, const struct ap_bss *bss);
bool ap_bss_has_room(const struct ap *ap, const struct ap_bss *bss);

/* Assigns an AID and makes the station an associated one. Returns 0, or -ENOSPC: no AID is left. */
int ap_sta_associate(struct ap *ap, struct ap_sta *sta);

/* Ends the association, with its keys and buffered frames. The station stays authenticated. */
void ap_sta_disassociate(struct ap *ap, struct ap_sta *sta, uint16_t reason);
void ap_sta_remove(struct ap *ap, struct ap_sta *sta, uint16_t reason);
void ap_sta_left(struct ap *ap, struct ap_sta *sta, uint16_t reason); /* the plane has removed it */

/* Sends MGMT_DEAUTH or MGMT_DISASSOC, then removes or disassociates. */
void ap_sta_kick(struct ap *ap, struct ap_sta *sta, enum mgmt_subtype subtype, uint16_t reason);

/* The station was heard, or it acknowledged a frame. */
void ap_sta_heard(struct ap *ap, struct ap_sta *sta);
void ap_sta_reap(struct ap *ap); /* frees the removed stations */
void ap_sta_free_all(struct ap *ap);

/* ---- ap_answers.c ---- */

/* Queues an answer for the receiver of `frame`, which it takes over; `frame` NULL counts as a lack of memory. */
void ap_answer(struct ap *ap, enum ap_answer_kind kind, struct ap_bss *bss, struct frame *frame);
void ap_answer_probe(struct ap *ap, struct ap_bss *bss, const struct ap_beacon *response);
void ap_answers_drop_probes(struct ap *ap); /* what they say is not true any more */
void ap_answers_forget(struct ap *ap, const struct ap_bss *bss);
void ap_answers_send(struct ap *ap); /* at the end of each event: those whose turn it is */
void ap_answers_tx_status(struct ap *ap, uint32_t cookie, bool acked);
void ap_answers_start(struct ap *ap);
void ap_answers_clear(struct ap *ap);

/* Takes `count` unacknowledged answers out of the budget, or returns false; and gives them back, acknowledged. */
bool ap_answers_take(struct ap *ap, unsigned count);
void ap_answers_refund(struct ap *ap, unsigned count);

/* ---- ap_query.c ---- */

/* Starts an SA Query unless one is in progress. Returns its remaining time in TU. */
uint32_t ap_sa_query_begin(struct ap *ap, struct ap_sta *sta);
void ap_sa_query_action(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt);
void ap_sa_query_timer(struct ap *ap, struct ap_sta *sta);
void ap_poll_begin(struct ap *ap, struct ap_sta *sta);
void ap_poll_timer(struct ap *ap, struct ap_sta *sta);
void ap_poll_unacked(struct ap *ap, struct ap_sta *sta);
void ap_poll_station(struct ap *ap, struct ap_sta *sta, uint64_t heard_ns); /* the plane has answered the query */

/* ---- ap_keys.c ---- */

/* Of an association request: whole elements, and the PMKIDs in the first one. */
struct ap_peer_elements {
	struct span rsn, rsnx, pmkids;
	struct ocv ocv;
};

/* Prepares the first handshake of an association; `pmksa`: with SAE, its PMK. Returns 0 or -ENOMEM. */
int ap_keys_setup(struct ap *ap, struct ap_sta *sta, const struct rsn_suite *suite, const struct ap_peer_elements *peer,
		  const struct pmksa *pmksa);

/* The same after a fast BSS transition, which has brought the PTK: has the plane install it. Returns 0 or -ENOMEM. */
int ap_keys_adopt(struct ap *ap, struct ap_sta *sta, const struct ap_peer_elements *peer,
		  const struct ap_ft_transition *transition);
bool ap_keys_use_psk(const struct ap_sta *sta);                        /* is its PMK one of a passphrase of this BSS? */
void ap_keys_start_handshake(struct ap *ap, struct ap_sta *sta);       /* 4-way handshake */
void ap_keys_start_group_handshake(struct ap *ap, struct ap_sta *sta); /* unless another handshake is in progress */

/* Returns true if the frame completes a handshake that opens the controlled port. */
bool ap_keys_receive(struct ap *ap, struct ap_sta *sta, const struct frame *frame);
void ap_keys_eapol_status(struct ap *ap, struct ap_sta *sta, enum plane_eapol_status status);
void ap_keys_install_failed(struct ap *ap, struct ap_sta *sta); /* the plane could not install its key */
void ap_keys_timer(struct ap *ap, struct ap_sta *sta);
void ap_keys_rekey_group(struct ap *ap, struct ap_bss *bss);
void ap_keys_michael(struct ap *ap, struct ap_sta *sta);
const char *ap_keys_keyid(const struct ap_sta *sta); /* of the passphrase that it used; may be "" */

/* ---- ap_roam.c ---- */

/* Opens the controlled port: the station is connected here, and nowhere else. */
void ap_roam_open_port(struct ap *ap, struct ap_sta *sta);

/* Another access point on the wire claims the station. */
void ap_roam_elsewhere(struct ap *ap, struct ap_sta *sta);

/* ---- ap_phy.c ---- */

bool ap_has_ofdm(const struct ap *ap);
bool ap_bss_has_phy(const struct ap_bss *bss); /* Does it use 802.11n or later? */
struct plane_channel ap_bss_channel(const struct ap_bss *bss);

/* ---- ap_beacon.c ---- */

struct ap_beacon ap_beacon_new(const struct ap_bss *bss, enum mgmt_subtype subtype, const uint8_t *to);
void ap_bss_write_rates(const struct ap *ap, struct frame_writer *writer);
void ap_bss_write_wmm(const struct ap *ap, struct frame_writer *writer);
void ap_bss_write_phy(const struct ap_bss *bss, struct frame_writer *writer);
bool ap_bss_has_basic_rates(const struct ap *ap, const struct mgmt *mgmt);
enum status_code ap_bss_check_modes(const struct ap_bss *bss, const struct mgmt *mgmt);
uint16_t ap_bss_capability(const struct ap_bss *bss);

/* ---- ap_bss.c ---- */

/* Returns 0, -EINVAL or -ENOMEM, and frees everything after an error. */
int ap_bss_init(struct ap *ap, struct ap_bss *bss, const struct ap_bss_setup *setup);
bool ap_bss_setup_is_valid(const struct ap_bss_setup *setup);
void ap_bss_build_elements(struct ap_bss *bss); /* RSNE, RSNXE, WPA, from its setup */
int ap_bss_list_pmks(struct ap_bss *bss);       /* from its setup. Returns 0 or -ENOMEM */
void ap_bss_wipe(struct ap_bss *bss);
void ap_bss_start(struct ap_bss *bss);
void ap_bss_started(struct ap_bss *bss); /* it is on the air: notes it */
void ap_bss_stopped(struct ap_bss *bss); /* it has left the air: notes it if it was there */
void ap_bss_deauth_all(struct ap_bss *bss, uint16_t reason);
void ap_bss_receive_probe(struct ap_bss *bss, const struct mgmt *mgmt);
void ap_bss_update(struct ap_bss *bss); /* its beacons have changed */

/* ---- ap_protection.c ---- */

void ap_protection_start(struct ap *ap);
bool ap_may_be_narrow(const struct ap *ap); /* a channel of 40 MHz that can become one of 20 MHz */
struct ap_sta_radio ap_radio_of(const struct ap *ap, const struct mgmt *request, bool tkip);

/* Updates the beacons if they must say something else. */
void ap_protection_refresh(struct ap *ap);
uint64_t ap_protection_deadline(const struct ap *ap);
void ap_protection_tick(struct ap *ap);
void ap_protection_neighbour(struct ap *ap, const struct frame *frame);
void ap_protection_coexistence(struct ap *ap, const struct mgmt *mgmt); /* an action frame of an authorised station */

/* ---- ap_channel.c ---- */

void ap_channel_event(struct ap *ap, struct ap_bss *bss, const struct plane_event *event);
uint64_t ap_channel_deadline(const struct ap *ap);
void ap_channel_tick(struct ap *ap);
void ap_channel_leave(struct ap *ap, const struct ap_bss *bss); /* the BSS leaves the air: nobody waits for its move */
void ap_channel_stop(struct ap *ap);

/* ---- ap_sae.c ---- */

bool ap_sae_is_offered(const struct ap_bss *bss);

/* An authentication frame with algorithm 3, from a station that the address lists admit. */
void ap_sae_receive(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt);

/* The PMKSA for an association: of an exchange that was just completed, or one that `pmkids` names. NULL: none. */
const struct pmksa *ap_sae_find_pmksa(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr, enum akm akm,
				      struct span pmkids);
void ap_sae_associated(struct ap *ap, struct ap_sta *sta);   /* the exchange has served */
void ap_sae_forget(struct ap *ap, const struct ap_bss *bss); /* exchanges and PMKSAs: its passwords change */
void ap_sae_free(struct ap *ap);

/* ---- ap_regulatory.c ---- */

void ap_write_country(const struct ap *ap, struct frame_writer *writer);
void ap_write_power_constraint(const struct ap *ap, struct frame_writer *writer);
void ap_write_tpc_report(const struct ap *ap, struct frame_writer *writer);
void ap_write_operating_classes(const struct ap *ap, struct plane_channel present, struct frame_writer *writer);
bool ap_manages_spectrum(const struct ap *ap);

/* ---- ap_auth.c ---- */
bool ap_acl_denies(const struct ap_bss *bss, const uint8_t *addr);
void ap_auth(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt);

/* Answers a class 2 or class 3 frame from a station whose state does not allow it (11.3.3). */
void ap_send_class_error(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const uint8_t *addr, uint16_t reason);

/* Returns an unknown action frame to its sender with the error bit (9.4.1.11, 10.28.4). */
void ap_return_action(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt);

/* ---- ap_assoc.c ---- */
void ap_assoc(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt);

/* The plane has associated the station by itself. `sta`: the entry that control has, or NULL. */
void ap_assoc_by_plane(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct plane_event *event);

/* ---- ap_life.c ---- */

/* Around each event. */
void ap_begin(struct ap *ap, uint64_t now_ns, struct plane_actions *out);
void ap_end(struct ap *ap);

/* ---- ap_request.c ---- */

/* Keeps what a request to associate says of the station. */
void ap_sta_remember_request(struct ap_sta *sta, const struct mgmt *mgmt);

#endif
