/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control of an access point: several BSSs on one radio, their elements and stations, authentication, association,
 * handshakes, rekeying, SA Query, address lists and inactivity. A plane (plane/plane.h) carries out its actions:
 * softmac/ap/soft_ap.h over a radio, nl80211/ap/ap.h over a card's driver.
 */
#ifndef VIFI_MLME_AP_H
#define VIFI_MLME_AP_H

#include "base/error.h"
#include "crypto/kdf.h"
#include "crypto/random.h"
#include "plane/plane.h"
#include "rsn/ft_store.h"
#include "rsn/owe.h"
#include "rsn/sae.h"
#include "wire/rates.h"
#include "wire/suite.h"

#define AP_BSS_MAX   24
#define AP_KEYID_MAX 31

/* A passphrase, as its PMK (wpa_psk_file). */
struct ap_psk {
	uint8_t addr[6]; /* of the only station that may use it; zero: every station */
	uint16_t vlan;   /* of the stations that use it; 0: none */
	char keyid[AP_KEYID_MAX + 1];
	uint8_t pmk[PMK_LEN];
};

/* A password of SAE (sae_password). */
struct ap_sae_password {
	uint8_t addr[6]; /* of the only station that may use it; zero: every station */
	uint16_t vlan;   /* of the stations that use it; 0: none */
	struct sae_password secret;
};

#define AP_SAE_REJECTED_MAX 4 /* remembered of a station */

struct ap_sae_setup {
	const struct ap_sae_password *passwords; /* borrowed; those of one station come before those of every station */
	size_t password_count;
	uint16_t groups[SAE_GROUPS_MAX + 1]; /* ends at 0 */
	unsigned pwe;                        /* sae_pwe: 0 hunting and pecking, 1 hash to element, 2 both */
	unsigned token_threshold;            /* open exchanges from which on stations must repeat a token; 0: always */
	unsigned sync_max;
	bool confirm_immediately;
	bool requires_pmf; /* sae_require_mfp */
};

/* Fast BSS transition. */
struct ap_ft_setup {
	uint8_t mdid[FT_MDID_LEN];           /* the mobility domain */
	uint8_t r0kh[FT_R0KH_MAX], r0kh_len; /* nas_identifier: our id as R0KH */
	uint8_t r1kh[FT_R1KH_LEN];           /* zero: the BSSID */
	bool over_ds;                        /* stations may transition through their present access point */
	bool generate_local;                 /* PMK-R0s of other R0KHs follow from the passphrases, too */
	bool r1_push;                        /* PMK-R1s go to the R1KHs of other hosts at once */
	uint32_t deadline_tu, r0_lifetime_s; /* from authentication to reassociation; of a PMK-R0 */
	struct ft_peers r0khs, r1khs;        /* borrowed */
};

struct ap_mac_list {
	const uint8_t (*addrs)[6];
	const uint16_t *vlans; /* of each address, 0: none; NULL: of none */
	size_t count;
};

#define AP_OWN_ELEMENTS_MAX 256

/* Elements of the operator, which follow all others. */
struct ap_own_elements {
	uint8_t bytes[AP_OWN_ELEMENTS_MAX];
	uint16_t len;
};

/* A VLAN that stations can be in. */
struct ap_vlan {
	uint16_t id;
	bool permanent; /* it has its interface from the start, otherwise from its first station to its last one */
};

/* Whom a BSS of Wi-Fi EasyMesh serves: other access points, other stations. */
#define AP_BACKHAUL  1u
#define AP_FRONTHAUL 2u

/* A station that was heard (track_sta_max_num). */
struct ap_sighting {
	uint8_t addr[6];
	int8_t signal_dbm; /* 0: unknown */
	uint64_t heard_ns;
	uint32_t age_s; /* of AP_COMMAND_GET_SIGHTING */
};

#define AP_TRACK_MAX 4096

struct ap_bss_setup {
	char interface[16]; /* its name, by which other networks of the process refer to it */
	uint8_t bssid[6];
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;
	unsigned hidden; /* ignore_broadcast_ssid; 1: beacons have an empty SSID; 2: an SSID of zeroes */
	bool wpa, rsn;   /* protocols: WPA version 1, RSN; neither: an open or WEP network */
	uint32_t akms;   /* 1 << enum akm */
	uint32_t wpa_pairwise, rsn_pairwise; /* 1 << enum cipher */
	enum cipher group;
	enum cipher group_mgmt;    /* if pmf is not 0 */
	unsigned pmf;              /* ieee80211w: 0 disabled, 1 optional, 2 required */
	const struct ap_psk *psks; /* borrowed */
	size_t psk_count;
	struct ap_sae_setup sae;                 /* if `akms` has SAE */
	struct ap_ft_setup ft;                   /* if `akms` has one of fast BSS transition */
	uint16_t owe_groups[OWE_GROUPS_MAX + 1]; /* ends at 0; empty: 19, 20 and 21 */
	struct owe_transition owe_transition;    /* the other BSS of the pair; ssid_len 0: none */
	unsigned owe_transition_bss;             /* … it is this BSS of ours, plus 1; 0: none */
	unsigned ocv; /* operating channel validation: 0 off, 1 on, 2 but not with stations that do it wrongly */
	bool beacon_protection;     /* beacon_prot: beacons carry a MIC, for stations with PMF */
	uint8_t transition_disable; /* bits of wire/ie.h, for stations */
	enum cipher wep;            /* CIPHER_NONE: none; legacy only */
	uint8_t wep_key[KEY_MAX];
	uint32_t group_rekey_s, ptk_rekey_s; /* 0: never */
	bool group_rekey_strict;             /* wpa_strict_rekey: also when a station that knows the group key leaves */
	unsigned pairwise_tries, group_tries; /* transmissions of a message of the handshakes; 0: RSN_TRIES */
	bool no_key_retries;                  /* one transmission of those with keys */
	bool never_replaces_ptk;              /* wpa_deny_ptk0_rekey=2: deauthenticate where a second PTK is due */
	bool no_pmksa_caching;                /* each association needs an authentication by SAE of its own */
	bool notes_frames;                    /* notify_mgmt_frames: note each management frame that is received */
	unsigned max_stations;                /* 0: 2007, the number of AIDs */
	bool refuses_stations;                /* none may associate anew */
	bool no_probe_response, starts_off;   /* off until AP_COMMAND_SET_BSS */
	char no_probe_response_if_seen_on[16], no_auth_if_seen_on[16]; /* interfaces; empty: none */
	bool accept_listed_only;                                       /* macaddr_acl=1 */
	struct ap_mac_list accept, deny;                               /* borrowed */
	bool isolate;
	uint32_t max_inactivity_s; /* 0: silent stations stay */
	unsigned max_idle; /* bss_max_idle: stations learn that; 2: and must send protected frames; 0: they do not */
	bool no_inactivity_poll;   /* skip_inactivity_poll: silent stations go without a probe */
	bool multicast_to_unicast; /* group frames go to each station as one of its own; on a card */
	bool wmm;
	struct ap_own_elements beacon_elements; /* vendor_elements: of beacons and probe responses */
	struct ap_own_elements assoc_elements;  /* assocresp_elements: of association responses */
	bool four_address;                      /* wds_sta: stations may send frames with four addresses */
	unsigned multi_ap;                      /* AP_BACKHAUL, AP_FRONTHAUL; 0: neither is announced */
	bool no_tdls, no_tdls_switch;           /* tdls_prohibit, tdls_prohibit_chan_switch */
	bool bss_transition;                    /* stations may be asked to move (11.21.7) */
	bool neighbour_report, beacon_report;   /* rrm_neighbor_report, rrm_beacon_report (11.10) */
	const struct ap_vlan *vlans;            /* borrowed: all that `accept`, `psks` and `sae` name */
	size_t vlan_count;
	bool any_vlan; /* a fast BSS transition may bring another one */
};

#define AP_PHY_ELEMENTS_MAX 512

/* How one category of access uses the medium: what the WMM element tells stations (WMM 1.2, 2.2.2). */
struct ap_wmm_category {
	uint8_t aifs, ecw_min, ecw_max; /* contention windows of 2^n - 1 slots */
	uint16_t txop_32us;
	bool mandatory_admission;
};

/* 802.11n and later: what the plane's MAC can do and the network shall use. */
struct ap_phy {
	uint16_t width_mhz, center_mhz; /* of the channel; width 0: without 802.11n */
	/* capabilities and operation elements, in their order, for beacons, probe and association responses */
	uint8_t elements[AP_PHY_ELEMENTS_MAX];
	size_t elements_len;
};

#define AP_SUBBANDS_MAX 16
#define AP_CLASSES_MAX  32

/* Channels with the same limit of power (9.4.2.8), `count` in the steps of the band. */
struct ap_subband {
	uint8_t first_channel, count, max_power_dbm;
};

/* The third byte of the country string (9.4.2.8). */
#define AP_ANY_ENVIRONMENT ' '
#define AP_INDOORS         'I'
#define AP_OUTDOORS        'O'

/* What beacons say about the regulatory domain, besides the country. */
struct ap_regulatory {
	struct ap_subband subbands[AP_SUBBANDS_MAX]; /* of the band */
	size_t subband_count;                        /* 0: only the channel, with 20 dBm */
	uint8_t classes[AP_CLASSES_MAX];             /* operating classes of the radio (Table E-4), in rising order */
	size_t class_count;                          /* 0: beacons do not list them */
	bool spectrum_management;                    /* ieee80211h, in the 5 GHz band */
	bool has_power_constraint;
	uint8_t power_constraint_db; /* how far below the limit stations must send */
};

/* What stations must be able to do where the network can: require_ht, require_vht, require_he. */
struct ap_required {
	bool ht, vht, he;
};

struct ap_process;

struct ap_setup {
	uint16_t freq_mhz;
	struct ap_phy phy;
	struct ap_required required;
	bool short_preamble;          /* preamble=1: unless a station cannot receive them */
	bool ignore_intolerance;      /* ht_coex=0, noscan=1: 40 MHz whatever stations and neighbours say */
	uint32_t neighbour_timeout_s; /* after this time without a frame a neighbour counts as gone; 0: 60 */
	uint16_t obss_interval_s;     /* how often stations look for other networks on a 40 MHz channel; 0: never */
	bool dsss_rates;              /* also 1 to 11 Mbit/s, on 2.4 GHz */
	bool no_ofdm;                 /* hw_mode=b: no other rates than these on 2.4 GHz */
	struct rate_choice rates;     /* among these */
	uint16_t beacon_tu;
	uint8_t dtim_period;
	char country[2];     /* zero: no Country element */
	uint8_t environment; /* of the Country element: AP_INDOORS, AP_OUTDOORS; 0: AP_ANY_ENVIRONMENT */
	struct ap_regulatory regulatory;
	uint16_t fragment_threshold;   /* fragm_threshold; 0: none */
	uint16_t max_listen_interval;  /* of a station, in beacon intervals; 0: no limit */
	bool own_wmm;                  /* `wmm` replaces the default parameters */
	struct ap_wmm_category wmm[4]; /* best effort, background, video, voice */
	unsigned track_max;            /* stations that are remembered once heard, at most AP_TRACK_MAX; 0: none */
	uint32_t track_age_s;          /* … for this time */
	struct ap_process *process;    /* mlme/ap_track.h; the other access points, borrowed; NULL: there are none */
	struct ft_store *ft_store;     /* shared with other access points of the process, borrowed; NULL: with none */
	unsigned bss_count;
	struct ap_bss_setup bss[AP_BSS_MAX];
};

struct ap;

/* `crypto` and everything that `setup` borrows must outlive it. Returns NULL without memory or for an invalid setup. */
struct ap *ap_new(struct crypto *crypto, const struct ap_setup *setup, const struct plane_capabilities *plane,
		  const uint8_t seed[RANDOM_SEED_LEN]);
void ap_free(struct ap *ap);

/* The channel of the next start, with its elements of 802.11n; no effect while it is started. */
void ap_set_channel(struct ap *ap, uint16_t freq_mhz, const struct ap_phy *phy);

/* Starts the BSSs. */
void ap_start(struct ap *ap, uint64_t now_ns, struct plane_actions *out);

/* Deauthenticates all stations and stops the BSSs. */
void ap_stop(struct ap *ap, uint64_t now_ns, struct plane_actions *out);

/* An event of the plane. What it points to is borrowed for the call. */
void ap_event(struct ap *ap, const struct plane_event *event, uint64_t now_ns, struct plane_actions *out);

/*
 * Sends the answers to strangers whose turn it is. To be called after all events that were waiting: a station that asks
 * again comes before the flood of which its request is a part.
 */
void ap_send_answers(struct ap *ap, uint64_t now_ns, struct plane_actions *out);

/* The time of the next ap_tick(). */
uint64_t ap_deadline(const struct ap *ap);
void ap_tick(struct ap *ap, uint64_t now_ns, struct plane_actions *out);

#define AP_NEIGHBOURS_MAX 256

/* An access point for Neighbor Report elements. Its lengths are 0 where it lacks something. */
struct ap_neighbour {
	uint8_t bssid[6];
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;
	uint8_t report[NEIGHBOR_REPORT_MAX]; /* the body of the element (9.4.2.36) */
	uint8_t lci[NEIGHBOR_REPORT_MAX],
		civic[NEIGHBOR_REPORT_MAX]; /* bodies of Measurement Report elements: its location */
	size_t report_len, lci_len, civic_len;
	uint64_t lci_ns; /* when the location was set */
	bool stationary;
};

/*
 * A command of the operator. A group address means every station of the BSS.
 */
enum ap_command_kind {
	AP_COMMAND_DEAUTHENTICATE, /* `addr`, `reason`; `silent`: without a frame */
	AP_COMMAND_DISASSOCIATE,   /* the same */
	AP_COMMAND_POLL,           /* is the station present? NOTE_POLLED, or it is deauthenticated */
	AP_COMMAND_REKEY_GROUP,
	AP_COMMAND_REKEY_PAIRWISE, /* the 4-way handshake with `addr` */
	AP_COMMAND_FLUSH_PMKSA,    /* of all BSSs */
	/*
	 * `setup` replaces that of the BSS; what it borrows must outlive the access point, or its next replacement. Stations
	 * stay where nothing of theirs has changed: those are deauthenticated whom the lists deny now, or whose passphrase
	 * has gone. If the name, the ciphers or the elements differ the BSS starts again, alone.
	 */
	AP_COMMAND_SET_BSS,
	AP_COMMAND_STOP_BSS, /* deauthenticates its stations and ends its beacons, until SET_BSS */
	/*
	 * `setup` becomes a BSS of the vacant number `bss`, on the air if the others are; REMOVE_BSS ends it as STOP_BSS does, and
	 * its number is vacant again. Others keep their stations, keys and beacons. Number 0 stays. During a move to another
	 * channel no BSS is added.
	 */
	AP_COMMAND_ADD_BSS,
	AP_COMMAND_REMOVE_BSS,
	/*
	 * Sends `body`, an action from its category on. If `leave_after` is not 0 a station that is still there after
	 * this many beacon intervals is disassociated. NOTE_ACTION_STATUS reports what became of a radio measurement
	 * request.
	 */
	AP_COMMAND_SEND_ACTION,
	/*
	 * The access points for Neighbor Report elements. SET adds `neighbour`, or replaces that with its BSSID and SSID; REMOVE removes
	 * it, without an SSID those of any; GET fills in number `nth`, where 0 is the BSS itself.
	 */
	AP_COMMAND_SET_NEIGHBOUR,
	AP_COMMAND_REMOVE_NEIGHBOUR,
	AP_COMMAND_GET_NEIGHBOUR,
	AP_COMMAND_GET_SIGHTING, /* fills in number `nth`, from 0, the last one that was heard first */
	/*
	 * Of fast BSS transition with other hosts: `pull` has its answer (ft_remote_next_answer()); `body` is the action frame of
	 * a station, from the access point `addr`.
	 */
	AP_COMMAND_FT_ANSWER,
	AP_COMMAND_FT_ACTION,
};

struct ft_pull;

struct ap_command {
	enum ap_command_kind kind;
	unsigned bss;
	uint8_t addr[6];
	uint16_t reason;
	bool silent;
	const struct ap_bss_setup *setup;
	struct span body;
	uint16_t leave_after;
	struct ap_neighbour *neighbour;
	struct ap_sighting *sighting;
	size_t nth;
	const struct ft_pull *pull;
};

/* Returns false if there is no such station or BSS, or if the setup is invalid; nothing has changed then. */
bool ap_run_command(struct ap *ap, const struct ap_command *command, uint64_t now_ns, struct plane_actions *out);

/* The same, one by one. */
bool ap_deauthenticate(struct ap *ap, unsigned bss_index, const uint8_t addr[6], uint16_t reason, uint64_t now_ns,
		       struct plane_actions *out);
bool ap_disassociate(struct ap *ap, unsigned bss_index, const uint8_t addr[6], uint16_t reason, uint64_t now_ns,
		     struct plane_actions *out);
bool ap_poll(struct ap *ap, unsigned bss_index, const uint8_t addr[6], uint64_t now_ns, struct plane_actions *out);
void ap_rekey_group(struct ap *ap, unsigned bss_index, uint64_t now_ns, struct plane_actions *out);

/* Replaces the address lists, which are borrowed, and deauthenticates stations that they deny. */
void ap_set_acl(struct ap *ap, unsigned bss_index, bool accept_listed_only, struct ap_mac_list accept,
		struct ap_mac_list deny, uint64_t now_ns, struct plane_actions *out);

/* A move of the radio, with all its BSSs, to another channel of the same band (11.8.8, 11.9). */
struct ap_channel_move {
	uint16_t freq_mhz;
	struct ap_phy phy; /* of the new channel; width 0: without 802.11n */
	uint8_t count;     /* beacons that announce it, at least 1 */
	bool block_tx;     /* stations must not transmit until then */
};

/*
 * Begins the move: beacons and probe responses announce it, and stations that follow stay associated. NOTE_SWITCHED or
 * NOTE_SWITCH_FAILED reports the end for each BSS. Returns 0, or with a sentence -ENETDOWN: the networks are not on the air;
 * -EBUSY: a move is in progress; -EINVAL: no channel of this band, or no count; -EALREADY: the radio is there.
 */
int ap_switch_channel(struct ap *ap, const struct ap_channel_move *move, uint64_t now_ns, struct plane_actions *out,
		      struct error *error);

/* The present channel. During a move it is the old one. */
struct plane_channel ap_channel(const struct ap *ap);
bool ap_is_switching(const struct ap *ap);

/* The elements of 802.11n and later of the present channel; NULL: no network has them, because of TKIP, WEP or no WMM, say. */
const struct ap_phy *ap_present_phy(const struct ap *ap);

/* Has a network stayed behind in the last move? ap_channel() is the new one if another network has moved. */
bool ap_switch_failed(const struct ap *ap);

/* What a station says of itself in its request to associate: for the operator, not for decisions. */
struct ap_station_request {
	uint16_t capability, ht_capabilities; /* ht_capabilities: with `has_ht` */
	uint32_t vht_capabilities;            /* with `has_vht` */
	bool has_ht, has_vht, has_he, has_power;
	int8_t min_power_dbm, max_power_dbm; /* with `has_power` */
	uint8_t extended[16];                /* extended capabilities (9.4.2.26), as many as fit */
	uint8_t extended_len;
	uint8_t classes[32]; /* supported operating classes (9.4.2.53), the present one first; as many as fit */
	uint8_t classes_len;
	uint8_t rates[32]; /* supported rates, in 500 kbit/s; as many as fit */
	uint8_t rates_len;
	uint8_t measurements[RM_CAPABILITIES_LEN]; /* RM Enabled Capabilities (9.4.2.45) */
};

struct ap_station_info {
	uint8_t addr[6];
	unsigned bss;
	uint16_t aid;
	bool authorised, dozing, qos, mfp, four_address;
	uint16_t vlan; /* 0: none */
	char keyid[AP_KEYID_MAX + 1];
	enum cipher pairwise;
	enum akm akm; /* AKM_NONE: an open or WEP network */
	bool wpa;     /* by WPA version 1 */
	uint16_t listen_interval;
	struct ap_station_request request;
	unsigned sae_group;                             /* of SAE; 0: none, or unknown, as with a PMKSA of the cache */
	uint16_t sae_rejected[AP_SAE_REJECTED_MAX + 1]; /* groups that the station says we have rejected; ends at 0 */
	uint64_t connected_ns, heard_ns; /* time of association; of the last reception or acknowledgement */
	/* the plane knows these */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
	int8_t signal_dbm; /* of the last received frame; 0: unknown */
};

/* Describes associated station number `nth`, from 0, in no particular order; false after the last one. */
bool ap_station_info(const struct ap *ap, size_t nth, struct ap_station_info *info);

/* Describes the associated station with this address; false: there is none. */
bool ap_station_info_of(const struct ap *ap, unsigned bss_index, const uint8_t addr[6], struct ap_station_info *info);

/* How many associated stations protection is for, and what neighbours have said. */
struct ap_protection_info {
	unsigned non_erp, long_slot, long_preamble, no_greenfield, no_ht, ht_20, intolerant_40;
	bool overlap, overlap_ht;
	uint16_t ht_operation; /* its second field */
};

struct ap_protection_info ap_protection_info(const struct ap *ap);

size_t ap_station_size(void); /* bytes of memory for each station, without buffers */

#endif
