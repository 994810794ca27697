/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The internals of a station's control, shared by its files. It holds no keys of the data path, no queues and no data
 * frames: see plane/plane.h. Each file calls only files above it in this list:
 *
 *	sta_filter.c  access points that the user excludes
 *	sta_output.c  adds actions for the plane; notes, drops
 *	sta_pmksa.c   the cache of PMKs
 *	sta_keys.c    EAPOL handshakes, keys, Michael failures
 *	sta_ocv.c     operating channel validation
 *	sta_channel.c  moves of the access point to another channel
 *	sta_query.c   SA Query
 *	sta_idle.c    how often the access point must hear us
 *	sta_phy.c     what the association requests and grants: 802.11n, ac, ax; EasyMesh
 *	sta_action.c  action frames
 *	sta_measure.c radio measurement
 *	sta_ft.c      fast BSS transition
 *	sta_auth.c    methods of authentication: open system, SAE, fast BSS transition
 *	sta_join.c    authentication and association
 *	sta_schedule.c scans that the plane repeats by itself
 *	sta_scan.c    scans, selects a BSS, backs off
 *	sta_address.c chooses the MAC address
 *	sta_roam.c    scans for a better access point while connected
 *	sta_resume.c  what a suspension of the machine changes, or another radio
 *	sta_request.c requests of the user: networks, scans, connect, disconnect, roam
 *	sta_sleep.c   WNM sleep mode
 *	sta_transition.c requests of the access point to move to another one
 *	sta_beacon_report.c beacon reports for the access point
 *	sta_info.c    the state, for the user
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
 *	IDLE            waits for the user: no network is         a network, or the wish to connect → SCANNING
 *	                enabled, or disconnected by the user
 *
 * "next" is the best access point that was not tried in this round; without one, BACKOFF ends the round.
 */
#ifndef VIFI_MLME_STA_STATE_H
#define VIFI_MLME_STA_STATE_H

#include "base/mac.h"
#include "mlme/bss_table.h"
#include "mlme/sta.h"
#include "mlme/sta_measure.h"
#include "mlme/sta_parts.h"
#include "mlme/time.h"
#include "rsn/countermeasures.h"
#include "rsn/owe.h"
#include "rsn/pmksa.h"
#include "rsn/sae.h"
#include "rsn/supplicant.h"
#include "wire/frame_writer.h"

enum sta_timer {
	STA_TIMER_STATE,         /* timeout of the state */
	STA_TIMER_RSN,           /* supplicant_timeout() */
	STA_TIMER_SA_QUERY,      /* SA Query retry */
	STA_TIMER_ROAM,          /* next step of a roaming scan */
	STA_TIMER_SCAN,          /* next step of a scan on request, or its loss */
	STA_TIMER_MOVE,          /* the access point has our promise to move */
	STA_TIMER_NEIGHBOURS,    /* the access point has not reported its neighbours */
	STA_TIMER_BEACON_REPORT, /* the random delay of a measurement has passed */
	/* independent of the association: */
	STA_TIMER_PMKSA,   /* a cached PMK ends */
	STA_TIMER_RESULTS, /* results that were not refreshed are removed */
	STA_TIMERS,
};

enum sta_outcome_kind {
	STA_OUTCOME_NONE,
	STA_OUTCOME_CONNECTED,  /* the port is authorised */
	STA_OUTCOME_FAILED,     /* this attempt to join has failed: try the next access point */
	STA_OUTCOME_DISCONNECT, /* the connection has ended */
	STA_OUTCOME_LEFT,       /* the same, by our own decision */
	STA_OUTCOME_AP_LOST,    /* the connection has ended, and the access point is out of range */
};

/* What an event means for the connection; sta.c carries it out. */
struct sta_outcome {
	enum sta_outcome_kind kind;
	uint16_t reason; /* of the last three */
};

/* A scan on request (sta_request.c). */
struct sta_wanted_scan {
	enum { WANTED_SCAN_NONE, WANTED_SCAN_PENDING, WANTED_SCAN_ACTIVE } state;
	bool visiting; /* the plane visits channels */
	bool passive, only, only_new;
	bool incomplete;   /* it has not visited all its channels */
	uint64_t dwell_ns; /* on each channel; 0: the usual time */
	bool has_bssid;
	uint8_t bssid[6]; /* of the only access point that shall answer */
	bool rejoin;      /* joins the best BSS afterwards */
	uint16_t freqs[STA_CHANNELS_MAX];
	size_t freq_count, index; /* channels; the next one */
	struct plane_ssid ssids[STA_SCAN_SSIDS_MAX];
	size_t ssid_count;
	uint64_t began_ns;
	unsigned tries;
};

struct sta {
	struct crypto *crypto;
	struct sta_setup setup;
	struct random random;
	struct sta_network_state *network_state; /* one for each network */
	uint16_t freqs[STA_CHANNELS_MAX];
	size_t freq_count;
	struct plane_ssid *ssids; /* of networks that may be hidden; the plane borrows them during a scan */
	size_t ssid_count;
	struct plane_ssid *scheduled_ssids; /* the same of a schedule */
	bool resting;                       /* the user has disconnected */
	uint8_t *extra;                     /* elements for association requests, from the user */
	size_t extra_len;
	struct plane_probes probes;
	uint8_t probe_elements[STA_PROBE_ELEMENTS_MAX];
	uint8_t ignored[STA_IGNORED_MAX][6];
	size_t ignored_count;
	struct sta_filter filter;
	struct plane_watch watch; /* of the signal, that the user wants; weak_dbm 0: none */

	enum sta_state state;
	uint64_t due_ns[STA_TIMERS];
	uint64_t now_ns;           /* time of the current event */
	struct plane_actions *out; /* its actions */
	struct plane_capabilities plane;
	unsigned join_round, failed_rounds;
	struct bss_table table;
	struct scan_results results;
	uint64_t event_heard_ns;  /* when the frame of the present event was heard */
	uint64_t forgotten_ns;    /* what was heard before is forgotten, and does not come back */
	struct sta_expiry expiry; /* of the results */
	struct sta_scan scan;
	struct sta_wanted_scan wanted;
	uint64_t foreign_scan_until_ns; /* another program scans, until then at most */

	/* the access point: copies, because table entries move */
	struct bss ap;
	struct bss_terms terms;
	size_t network;
	uint8_t own_element[ELEMENT_MAX], own_rsnx[RSNX_MAX];
	size_t own_element_len, own_rsnx_len;
	uint8_t pmk_len;
	uint8_t pmk[PMK_MAX]; /* of the network, or from SAE */
	struct owe owe;       /* our half of it, if the AKM is OWE */
	unsigned owe_refused; /* groups that this access point has refused, from 19 on */
	uint8_t owe_pmkid[PMKID_LEN];
	bool pmksa_offered;        /* with SAE or OWE: the association names a PMKSA of the cache */
	uint8_t pmksa_refused[6];  /* the last access point that does not share the PMKSAs of others; zero: none */
	uint16_t auth_algorithm;   /* of the present attempt */
	uint16_t auth_transaction; /* of the last response */
	unsigned sae_group;        /* of the exchange that has led to this association; 0: none */
	bool sae_hash_to_element;
	struct sae sae;                 /* the exchange … */
	struct sae_password sae_secret; /* … and its password */
	uint32_t attempt;
	unsigned tries, comebacks;
	bool reassociation;
	bool comes_back; /* the request is refused for the moment: it will be repeated, and no response is expected */
	bool left_connection;   /* the present attempt has replaced a connection, whose end was not reported */
	uint8_t roam_target[6]; /* bssid= of the network does not apply to it, until the connection ends; zero: none */
	uint8_t previous_bssid[6]; /* the last access point that we were connected to; zero: none */
	size_t previous_network;   /* … and its network */
	uint16_t aid;
	bool qos;
	bool told_awake;   /* plane_station.awake, as the plane knows it */
	bool awaits_port;  /* in STA_CONNECTED: the plane opens the port, and nobody knows of the connection yet */
	int8_t signal_dbm; /* of the access point, while connected */
	uint64_t connected_ns;

	uint16_t max_idle;         /* BSS max idle period (sta_idle.c), in 1000 TU; 0: the access point has none */
	bool protected_keep_alive; /* … only frames under the pairwise key count */
	uint8_t requested_modes, granted_modes; /* enum plane_modes, of our request and of the response (sta_phy.c) */
	bool sleep_requested, sleep_exit;       /* WNM sleep mode (sta_sleep.c): no response as yet; … to leave it */
	uint8_t sleep_token;                    /* … of the last request */
	struct sta_ft ft;
	struct supplicant supplicant;
	bool has_ptk; /* the plane has a pairwise key of this association */
	struct pmksa_cache pmksa;
	uint64_t rekey_request_ns; /* the next request for new pairwise keys is not sent before */
	bool associated;
	struct sta_own_address address;
	struct sta_roam roam;
	struct sta_roam_trust roam_trust;
	struct sta_transition transition;
	uint8_t query_token; /* of the last query of BSS transition management */
	struct sta_measure measure;

	/* our SA Query */
	uint16_t query_id;
	uint64_t query_began_ns;   /* 0: none is pending */
	uint64_t query_next_ns;    /* another one does not begin before */
	uint64_t forged_beacon_ns; /* the next note about forged beacons not before */
};

/* ---- predicates ---- */

/* Is there an access point, that we are connected to or join? */
static inline bool sta_has_ap(const struct sta *sta)
{
	return sta->state >= STA_AUTHENTICATING && sta->state <= STA_CONNECTED;
}

/* Is the element of our suites that of WPA version 1, a vendor's, and not RSN's? */
static inline bool sta_has_wpa_element(const struct sta *sta)
{
	return sta->own_element_len && sta->own_element[0] == EID_VENDOR;
}

/* Is a handshake in progress, so that the next frame may bring a key? */
static inline bool sta_handshake_pending(const struct sta *sta)
{
	bool done = sta->plane.handshakes ? sta->state != STA_HANDSHAKE : sta->supplicant.state == SUPPLICANT_DONE;

	return sta->terms.kind == BSS_TERMS_RSN && !done;
}

/* Is an exchange in progress that needs the receiver? */
static inline bool sta_needs_receiver(const struct sta *sta)
{
	return sta->query_began_ns || sta_handshake_pending(sta);
}

bool sta_filter_permits(const struct sta *sta, const struct bss *bss); /* sta_filter.c */

/* Matches a BSS with a network block, as things stand now. */
static inline enum bss_match sta_match(const struct sta *sta, const struct bss *bss, size_t network,
				       struct bss_terms *terms)
{
	const struct sta_network_state *state = &sta->network_state[network];
	const struct bss_limits limits = {.modes = freq_is_2ghz(bss->freq_mhz) ? sta->plane.modes_2ghz
									       : sta->plane.modes_5ghz,
					  .no_tkip = countermeasures_active(&state->countermeasures, sta->now_ns),
					  .transition_disable = state->transition_disable,
					  .any_bssid = mac_equal(bss->bssid, sta->roam_target),
					  .owe_not_found = state->owe_searches >= STA_OWE_SEARCHES};

	enum bss_match match = bss_match(bss, &sta->setup.networks[network], &limits, terms);

	return match > BSS_OTHER_BSSID && !sta_filter_permits(sta, bss) ? BSS_OTHER_BSSID : match;
}

/* Our access point's entry in the table; NULL: it has been evicted. */
static inline struct bss *sta_bss_entry(struct sta *sta)
{
	return bss_find(&sta->table, &sta->ap);
}

/* Names our network in the PMKSA cache, also when others come and go. */
static inline unsigned sta_network_tag(const struct sta *sta)
{
	uint32_t id = sta->setup.networks[sta->network].id;

	return id ? id : (unsigned)sta->network;
}

static inline void sta_begin_round(struct sta *sta)
{
	sta->join_round++;
	for (size_t i = 0; i < sta->setup.network_count; i++)
		sta->network_state[i].unknown_tried = 0;
}

/* ---- sta_filter.c ---- */

bool sta_filter_hears(const struct sta *sta, const uint8_t *bssid);

/* ---- sta_output.c ---- */

void sta_drop(struct sta *sta, enum drop drop, const uint8_t *addr);

/* Adds a note about our access point, and returns it for the caller to complete; NULL: no memory. */
struct action *sta_note(struct sta *sta, enum note note, uint16_t code);
void sta_note_silent(struct sta *sta, enum awaited awaited); /* the access point has not sent that in time */

/* Notes the end of our association, or of a handshake. */
void sta_note_disconnected(struct sta *sta, uint16_t reason, bool local);

/* The same about `addr` (NULL: nobody), without detail. */
struct action *sta_note_about(struct sta *sta, enum note note, const uint8_t *addr);

/* Adds an action about our access point; NULL: no memory. */
struct plane_action *sta_act(struct sta *sta, enum plane_action_kind kind);

/* The same with a frame, which it takes over. NULL: no memory, also if `frame` is NULL; it is counted as a drop. */
struct plane_action *sta_act_frame(struct sta *sta, enum plane_action_kind kind, struct frame *frame);
void sta_tune(struct sta *sta, uint16_t freq);
uint32_t sta_join_cookie(const struct sta *sta); /* of the requests of the present attempt to join */

/* Tells the plane the state of our association. */
void sta_act_station(struct sta *sta);
void sta_act_key(struct sta *sta, bool group, const struct rsn_key *key);

/* Begins a management frame to our access point. */
struct frame_writer sta_begin_management(const struct sta *sta, enum mgmt_subtype subtype);

/* Transmits a management frame, and takes it over. NULL counts as a drop for lack of memory. */
void sta_send_management(struct sta *sta, struct frame *frame, struct plane_management options);
void sta_send_deauth(struct sta *sta, uint16_t reason);

/* ---- sta_pmksa.c ---- */

void sta_pmksa_add(struct sta *sta, struct span pmk, const uint8_t pmkid[PMKID_LEN]); /* of the present attempt */
void sta_pmksa_restore(struct sta *sta, const struct sta_pmksa *entry);               /* from the user */
void sta_pmksa_forget(struct sta *sta, const uint8_t *bssid);                         /* NULL: all */
void sta_pmksa_forget_network(struct sta *sta, unsigned tag);                         /* sta_network_tag() */
void sta_pmksa_expire(struct sta *sta);
void sta_pmksa_set_terms(struct sta *sta, const struct sta_pmksa_terms *terms);

/* ---- sta_keys.c ---- */

void sta_keys_setup(struct sta *sta);

/* After a fast BSS transition, which has brought the keys: installs them. */
struct sta_outcome sta_keys_adopt(struct sta *sta, const struct rsn_group_keys *keys);
struct sta_outcome sta_keys_receive(struct sta *sta, const struct plane_event *event);
struct sta_outcome sta_keys_install_failed(struct sta *sta); /* the plane could not install a key */
struct sta_outcome sta_keys_timer(struct sta *sta);
struct sta_outcome sta_keys_deauth(struct sta *sta, uint16_t reason);
struct sta_outcome sta_keys_michael(struct sta *sta, bool group);
void sta_keys_cache_pmksa(struct sta *sta);
void sta_keys_wake(struct sta *sta, struct span keys); /* those of the response to our exit from WNM sleep mode */
void sta_keys_wrong_passphrase(struct sta *sta);       /* reports it, and pauses the BSS */

/* Few packet numbers remain: requests new pairwise keys. */
void sta_keys_request_rekey(struct sta *sta);

/* ---- sta_channel.c ---- */

/* PLANE_EVENT_SWITCHING and PLANE_EVENT_CHANNEL. */
void sta_channel_event(struct sta *sta, const struct plane_event *event);

/* ---- sta_query.c ---- */

void sta_sa_query_begin(struct sta *sta);
struct sta_outcome sta_sa_query_timer(struct sta *sta);
void sta_sa_query_action(struct sta *sta, const struct mgmt *mgmt);

/* ---- sta_action.c ---- */

void sta_note_forged_beacon(struct sta *sta);
/* An action frame of our access point that PMF has accepted. */
void sta_receive_action(struct sta *sta, const struct mgmt *mgmt);

void sta_send_wnm(struct sta *sta, const uint8_t *body, size_t len);           /* from the category on */
void sta_note_frame(struct sta *sta, enum note note, const struct mgmt *mgmt); /* with the action frame */

/* Our operating classes (9.4.2.53) and extended capabilities (9.4.2.26), for association requests. */
void sta_write_operating_classes(const struct sta *sta, struct frame_writer *writer);
void sta_write_ext_capabilities(const struct sta *sta, struct frame_writer *writer);

bool sta_ap_has_capability(const struct sta *sta, unsigned bit); /* of its extended capabilities */

/*
 * Asks our access point where to move (9.6.13.8). `candidates` are Neighbor Report elements; with `list` those of the other
 * BSSs of our network that were heard precede them. Returns false if it does not claim BSS transition management.
 */
bool sta_query_transition(struct sta *sta, uint8_t reason, bool list, struct span candidates);

/* ---- sta_ft.c ---- */

bool sta_ft_is_possible(const struct sta *sta); /* to sta->ap */
void sta_ft_forget(struct sta *sta);            /* the keys */
void sta_ft_end_attempt(struct sta *sta);
void sta_ft_refused(struct sta *sta);

/* Takes the elements of the response to a first association. Returns false if they are wrong. */
bool sta_ft_first_response(struct sta *sta, const struct mgmt *mgmt);
void sta_ft_connected(struct sta *sta); /* keeps the PMK-R0 of a first association */

/* Begins an exchange with a new SNonce. Returns false without random numbers. */
bool sta_ft_begin(struct sta *sta);

/* The elements of our part of an authentication with `target`. Returns their length. */
#define STA_FT_REQUEST_MAX (2 * ELEMENT_MAX + FT_DOMAIN_LEN)
size_t sta_ft_write_request(struct sta *sta, const struct bss *target, uint8_t out[STA_FT_REQUEST_MAX]);

/* Takes those of the answer, and derives the PTK. Returns false if they are wrong. */
bool sta_ft_receive_answer(struct sta *sta, const struct bss *target, const struct mgmt *answer);

/* The elements of a request to associate that are about security, but for the RSN extension element. */
void sta_ft_write_association(struct sta *sta, struct frame_writer *writer);

/* Verifies the response to a transition, and takes the group keys. Returns false if it is wrong. */
bool sta_ft_receive_response(struct sta *sta, const struct mgmt *mgmt, struct rsn_group_keys *keys);

/* Asks the present access point for a transition to `target`. Returns false if that is impossible. */
bool sta_ft_request_over_ds(struct sta *sta, const struct bss *target);

/* The answer, an action frame: returns true if the station can reassociate with `target` now. */
bool sta_ft_receive_over_ds(struct sta *sta, const struct mgmt *mgmt, struct bss *target);

/* ---- sta_auth.c ---- */

/* Sends a request to join, which the plane answers, and sets the timer. */
void sta_send_request(struct sta *sta, enum plane_action_kind kind, struct frame_writer *writer,
		      size_t elements_offset);

enum sta_auth_result {
	STA_AUTH_PENDING,
	STA_AUTH_DONE,
	STA_AUTH_REFUSED, /* by the access point; *status says why */
	STA_AUTH_FAILED,  /* … which has been reported */
};

enum sta_auth_result sta_auth_begin(struct sta *sta);
enum sta_auth_result sta_auth_repeat(struct sta *sta); /* no response has come */
enum sta_auth_result sta_auth_receive(struct sta *sta, const struct mgmt *mgmt, uint16_t *status);
enum sta_auth_result sta_auth_give_up(struct sta *sta,
				      uint16_t *status); /* none has come that is valid; never pending */

/* ---- sta_join.c ---- */

void sta_join(struct sta *sta, const struct bss *bss, size_t network);

/* The same for a BSS that we have authenticated with through the present one (sta_ft.c). */
void sta_join_over_ds(struct sta *sta, const struct bss *bss);
struct sta_outcome sta_join_timer(struct sta *sta);
void sta_join_tx_status(struct sta *sta, bool acked);
struct sta_outcome sta_auth_response(struct sta *sta, const struct mgmt *mgmt);
struct sta_outcome sta_assoc_response(struct sta *sta, const struct mgmt *mgmt);
struct sta_outcome sta_receive_deauth(struct sta *sta, const struct mgmt *mgmt);
struct sta_outcome sta_join_roamed(struct sta *sta, const struct plane_event *event); /* PLANE_EVENT_ROAMED */

/* sta_phy.c: the driver has sent these elements instead of ours: the handshake repeats them. */
void sta_phy_adopt_request(struct sta *sta, struct span elements);

struct sta_outcome sta_link_ended(struct sta *sta, uint16_t reason); /* of an association */

/* Wipes the association: keys, timers, state of the link. */
void sta_clear_association(struct sta *sta);

/* ---- sta_address.c ---- */

void sta_address_begin(struct sta *sta);
void sta_address_before_join(struct sta *sta, size_t network); /* without an association */
void sta_address_before_scan(struct sta *sta);
void sta_address_failed(struct sta *sta, const uint8_t *addr); /* the plane has this one still */

/* ---- sta_scan.c ---- */

void sta_start_scan(struct sta *sta);
void sta_collect_freqs(struct sta *sta);     /* the channels of a scan, from setup and networks */
bool sta_any_network(const struct sta *sta); /* is one enabled? */
uint64_t sta_scan_dwell_ns(const struct sta *sta, bool passive);

/* Reports the end of a scan of these channels, and what it has found and missed; with `only_new` all that it has not heard. */
void sta_scan_ended(struct sta *sta, const uint16_t *freqs, size_t count, uint64_t began_ns, bool only_new);
void sta_remove_stale_results(struct sta *sta, uint64_t since_ns);
void sta_expire_results(struct sta *sta);

/* Has the plane scan these channels, which are borrowed. Returns false without memory. */
bool sta_act_scan(struct sta *sta, const uint16_t *freqs, size_t freq_count, uint64_t dwell_ns);
void sta_scan_event(struct sta *sta, enum plane_scan_status status);
void sta_join_best(struct sta *sta); /* joins the best known BSS, or backs off */
void sta_join_best_or_scan(struct sta *sta);

/* Returns whether there is a BSS that was not tried in this round. */
bool sta_has_candidate(struct sta *sta);

/* The same, and it was heard within `fresh_ns`. */
bool sta_has_fresh_candidate(struct sta *sta, uint64_t fresh_ns);

/* Does the user want this BSS ignored? */
bool sta_is_ignored(const struct sta *sta, const uint8_t *bssid);

/* ---- sta_schedule.c ---- */

/* No network was found: has the plane look for them, if it can. Returns false if the station must scan itself. */
bool sta_schedule_begin(struct sta *sta);
void sta_schedule_ended(struct sta *sta, bool refused); /* by the plane */
void sta_schedule_settle(struct sta *sta); /* after each event: ends what the station does not wait for any more */

/* ---- sta_roam.c ---- */

void sta_roam_begin(struct sta *sta);
struct plane_watch sta_roam_watch(const struct sta *sta); /* what the plane shall report of the signal */
bool sta_roam_has_bgscan(const struct sta *sta);          /* for the present network */
void sta_roam_end(struct sta *sta, bool connected);       /* an attempt to join has ended */
void sta_roam_timer(struct sta *sta);
void sta_roam_to_faster(struct sta *sta);                            /* after a scan of the user */
void sta_roam_event(struct sta *sta, enum plane_scan_status status); /* the visit of a channel has ended */
void sta_roam_beacon(struct sta *sta); /* a beacon of any access point, or the signal of ours */

/* ---- sta_resume.c ---- */

void sta_after_suspend(struct sta *sta, uint64_t slept_ns);

/* ---- sta_request.c ---- */

enum sta_answer sta_carry_out_request(struct sta *sta, const struct sta_request *request);

enum sta_answer sta_request_scan(struct sta *sta, const struct sta_request *request);

/* Returns false if the event does not belong to a scan on request. */
bool sta_wanted_scan_event(struct sta *sta, enum plane_scan_status status);
void sta_wanted_scan_timer(struct sta *sta);
void sta_foreign_scan_began(struct sta *sta); /* a scan on request waits for its end */
void sta_wanted_scan_settle(struct sta *sta); /* after each event: begins what waits, ends what cannot go on */

/* ---- sta_transition.c ---- */

/* Returns false if the action frame is no valid BSS Transition Management Request to us. */
bool sta_transition_receive(struct sta *sta, const struct mgmt *mgmt);
void sta_transition_timer(struct sta *sta);
bool sta_sleep_receive(struct sta *sta, const struct mgmt *mgmt); /* of sta_sleep.c; false: about something else */
void sta_transition_settle(struct sta *sta); /* after each event: answers when the search has ended */

#endif
