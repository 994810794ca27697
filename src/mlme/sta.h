/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control of a station: scans, selects a BSS, authenticates, associates, runs the handshakes and roams. After a failure
 * or a lost connection it retries with back-off. A plane (plane/plane.h) carries out its actions:
 * softmac/sta/soft_sta.h over a radio, nl80211/sta/sta.h over a card's driver.
 */
#ifndef VIFI_MLME_STA_H
#define VIFI_MLME_STA_H

#include "crypto/random.h"
#include "plane/plane.h"
#include "mlme/bss_table.h"
#include "mlme/scan_results.h"
#include "mlme/sta_network.h"
#include "wire/frame_writer.h"
#include "wire/measurement.h"

/* How long the key of an exchange serves further associations. 0: the default. */
struct sta_pmksa_terms {
	uint32_t lifetime_s;
	unsigned renewal_percent; /* of the lifetime; then the next association negotiates a new one */
};

struct sta_setup {
	uint8_t addr[6];
	uint8_t own_addr[6]; /* the card's, if `addr` is another one already; where the plane changes_address */
	enum sta_address scan_address; /* preassoc_mac_addr=: without a connection; STA_ADDRESS_OWN: as it is */
	struct sta_autoscan autoscan;  /* autoscan=: between two scans that find no network */
	uint32_t address_lifetime_s;   /* rand_addr_lifetime=: of a random address; 0: 60 */
	struct sta_pmksa_terms pmksa_terms;
	const struct sta_network *networks; /* borrowed */
	size_t network_count;
	uint16_t freqs[STA_CHANNELS_MAX]; /* channels to scan, in MHz; ends at 0 */
	bool freqs_only;                  /* the station may not use other channels than `freqs` */
	bool passive;                     /* never send probe requests */
	bool wmm;
	bool power_save;
	uint16_t listen_interval; /* in beacon intervals: the longest doze */
	uint16_t fragment_threshold;
	uint8_t ext_capab[16]; /* extended capabilities (9.4.2.26) that the driver implements */
	size_t ext_capab_len;
	bool four_address;  /* in each network */
	bool no_keep_alive; /* SET no_keep_alive: no frames only to keep the association alive (mlme/sta_idle.c) */
	bool no_steering;   /* disable_btm=1: requests of the access point to move to another one are not obeyed */
};

struct sta;

/* Returns a stopped station, or NULL: no memory. `crypto` and the networks must outlive it. */
struct sta *sta_new(struct crypto *crypto, const struct sta_setup *setup, const struct plane_capabilities *plane,
		    const uint8_t seed[RANDOM_SEED_LEN]);
void sta_free(struct sta *sta);

void sta_start(struct sta *sta, uint64_t now_ns, struct plane_actions *out);

/* Deauthenticates. The station stays silent until sta_start(). */
void sta_stop(struct sta *sta, uint64_t now_ns, struct plane_actions *out);

/* The user has given the interface another MAC address, which is its own from now on. The station must be stopped. */
void sta_adopt_address(struct sta *sta, const uint8_t addr[6]);

/*
 * The station has another radio, or its first one: it takes addresses, channels and extended capabilities from `setup`. It must be
 * stopped.
 */
void sta_set_radio(struct sta *sta, const struct sta_setup *setup, const struct plane_capabilities *plane);

/* An event of the plane. What it points to is borrowed for the call. */
void sta_event(struct sta *sta, const struct plane_event *event, uint64_t now_ns, struct plane_actions *out);

/* The time for the next sta_tick(). */
uint64_t sta_deadline(const struct sta *sta);
void sta_tick(struct sta *sta, uint64_t now_ns, struct plane_actions *out);

/* The machine was suspended for `slept_ns`, which are not in `now_ns`. The caller checks whether there still is a link. */
void sta_resume(struct sta *sta, uint64_t slept_ns, uint64_t now_ns, struct plane_actions *out);

enum sta_state {
	STA_STOPPED,
	STA_SCANNING,
	STA_AUTHENTICATING,
	STA_ASSOCIATING,
	STA_HANDSHAKE,
	STA_CONNECTED,
	STA_BACKOFF, /* pause before the next scan */
	STA_IDLE,    /* no network is enabled, or the user has disconnected */
};

struct sta_info {
	enum sta_state state;
	bool resting;   /* the user has disconnected */
	bool scanning;  /* for a network, or on request */
	size_t network; /* index; valid from STA_AUTHENTICATING to STA_CONNECTED, as what follows */
	uint32_t network_id;
	uint8_t addr[6]; /* of the station; always valid */
	uint8_t bssid[6], ssid[SSID_MAX];
	size_t ssid_len;
	uint16_t freq_mhz, aid, capability;
	int8_t signal_dbm;
	bool protected, wpa; /* by WPA or RSN: `akm` is valid; by WPA version 1 */
	enum akm akm;
	enum cipher pairwise, group, group_management;
	unsigned sae_group; /* of SAE; 0: none, or unknown, as with a PMKSA of the cache */
	bool sae_hash_to_element;
	bool ssid_verified;     /* by the exchange: the password element or the PMK-R0 depends on it */
	bool beacon_protection; /* a BIGTK is installed */
	unsigned generation;    /* 4 (802.11n) to 6 (802.11ax); 0: none of them */
	bool vht;               /* the radio and the access point have 802.11ac */
	bool mfp, qos;
	uint16_t max_idle; /* the BSS max idle period, in 1000 TU; 0: the access point has none */
	bool mfp_required; /* by the access point */
	uint64_t connected_ns;
	/* the plane knows these */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
	uint32_t tx_kbps;  /* rate of the last frame; 0: unknown */
	int8_t beacon_dbm; /* average of the beacons; 0: unknown */
	bool knows_width;  /* … and of the channel: */
	uint16_t width_mhz, center_mhz,
		center_2_mhz; /* width 0: 20 MHz without HT; center_2_mhz 0: not of 80 + 80 MHz */
};

void sta_info(const struct sta *sta, struct sta_info *info);

/* A BSS that was heard, and how closely it matches the networks of the station. */
struct sta_heard {
	uint8_t bssid[6], ssid[SSID_MAX];
	size_t ssid_len; /* 0: hidden */
	uint16_t freq_mhz;
	int8_t signal_dbm;
	uint64_t heard_ns;
	size_t network;            /* the enabled network that it matches best; SIZE_MAX: none is enabled */
	enum bss_match match;      /* with it */
	bool worked, ignored;      /* the station was connected to it; the user wants it ignored */
	uint64_t blocked_until_ns; /* after a wrong passphrase; 0: never */
};

/* Describes the BSS number `nth` of the last scans; false after the last one. */
bool sta_heard(const struct sta *sta, size_t nth, struct sta_heard *heard);

/* How fast it may be for us, in kbit/s (mlme/bss_throughput.h). */
uint32_t sta_throughput_kbps(const struct sta *sta, const struct scan_result *result);

/* The BSSs that were heard, with their elements. Borrowed until the next call. */
const struct scan_results *sta_results(const struct sta *sta);

/* An entry of the PMKSA cache. */
struct sta_pmksa {
	uint8_t bssid[6], pmkid[PMKID_LEN];
	uint32_t network_id;
	enum akm akm;
	bool opportunistic;
	uint64_t renew_ns, until_ns; /* before renew_ns it serves associations */
	struct span pmk;             /* a secret, borrowed until the next event or request */
};

/* Writes entry number `index`. Returns false if there is none. */
bool sta_pmksa(const struct sta *sta, size_t index, struct sta_pmksa *entry);

/* ---- requests of the user ---- */

#define STA_SCAN_SSIDS_MAX 16
#define STA_IGNORED_MAX    32

#define STA_PROBE_ELEMENTS_MAX 512

/* Results that were not heard for this time, or were missed by this many scans, are removed. */
struct sta_expiry {
	uint64_t age_ns;
	unsigned missed_scans;
};

#define STA_FILTER_MAX       32
#define STA_FILTER_SSIDS_MAX 16

/* Access points that the user excludes, whatever the networks say. */
struct sta_filter {
	bool no_2ghz, no_5ghz, no_6ghz; /* no scans there */
	size_t only_count, denied_count, ssid_count;
	uint8_t only[STA_FILTER_MAX][6]; /* the station hears no others; none: it hears all */
	uint8_t denied[STA_FILTER_MAX][6];
	struct plane_ssid ssids[STA_FILTER_SSIDS_MAX]; /* denied, too */
};

enum sta_request_kind {
	STA_REQUEST_NETWORKS,   /* `networks` replaces those of the setup */
	STA_REQUEST_SCAN,       /* `scan` */
	STA_REQUEST_SCAN_ABORT, /* the results so far are reported */
	STA_REQUEST_DISCONNECT, /* deauthenticates, and rests until STA_REQUEST_CONNECT or STA_REQUEST_REJOIN */
	STA_REQUEST_CONNECT,    /* ends the rest, and a pause between two scans; a connection stays */
	STA_REQUEST_REJOIN,     /* the same; a connection is renewed: with the best BSS, which may be the same one */
	STA_REQUEST_TRANSITION, /* the same by fast BSS transition over the distribution system, if both offer it */
	STA_REQUEST_ROAM,       /* joins `bssid`, a known BSS of the present network */
	STA_REQUEST_IGNORE,     /* `bssid` is joined only where there is no other choice */
	STA_REQUEST_IGNORE_CLEAR,
	STA_REQUEST_SCAN_INTERVAL,  /* `interval_ns` between two scans that find no network; 0: the station chooses */
	STA_REQUEST_AUTOSCAN,       /* `autoscan`: the same, as a series */
	STA_REQUEST_FILTER,         /* `filter` is copied; a connection that it excludes ends */
	STA_REQUEST_FORGET_RESULTS, /* those that are older than `age_ns` */
	STA_REQUEST_EXPIRY,         /* `expiry`: when results are removed */
	STA_REQUEST_ELEMENTS,       /* `elements` are added to association requests. They are copied */
	STA_REQUEST_PROBES, /* `probes`: elements (at most STA_PROBE_ELEMENTS_MAX) and address of probe requests */
	STA_REQUEST_FORGET_PMKSA, /* all of them */
	STA_REQUEST_ADD_PMKSA,    /* `pmksa` of a present network is copied into the cache */
	STA_REQUEST_PMKSA_TERMS,  /* `pmksa_terms`, for entries from now on */
	STA_REQUEST_WATCH, /* `watch`: report when the signal crosses it; weak_dbm 0: not any more. Where the plane can */
	STA_REQUEST_FORGET_FAILURES, /* the pauses of BSSs after failed attempts, and of the next scan */
	STA_REQUEST_STEERING, /* `steering`: obey the access point that asks us to move, from the next association on */
	STA_REQUEST_KEEP_ALIVE, /* `keep_alive`: send frames where the access point disconnects silent stations */
	STA_REQUEST_SLEEP,      /* `sleep`: enters or leaves WNM sleep mode */
	STA_REQUEST_QUERY,      /* `query`: asks the access point where to move */
	STA_REQUEST_LCI, /* `lci`: our location, a report of 9.4.2.21.10 for access points that ask; it is copied. Empty: unknown */
	STA_REQUEST_NEIGHBOURS, /* `neighbours`: asks the access point for them: NOTE_NEIGHBOURS or NOTE_NO_NEIGHBOURS follows */
};

enum sta_answer {
	STA_ANSWER_DONE,
	STA_ANSWER_BUSY,        /* a scan or such a request is in progress */
	STA_ANSWER_UNKNOWN_BSS, /* not heard, or not of the present network */
	STA_ANSWER_UNSUITABLE, /* a BSS of the present network's SSID that its block does not fit: sta_heard() says why */
	STA_ANSWER_NOT_CONNECTED, /* or there is no scan to abort, or the access point offers no such thing */
	STA_ANSWER_FULL,          /* the list has no room, or there is no memory */
};

struct sta_request {
	enum sta_request_kind kind;
	union {
		/*
		 * Borrowed until the next request of this kind. A network is the same one as before if its `id` is. An
		 * association or an attempt ends if its network is absent or disabled. With another `revision` of the
		 * network its keys are others: an attempt begins anew, and the PMKSA cache is flushed.
		 */
		struct {
			const struct sta_network *list;
			size_t count;
		} networks;
		/* Without `freqs`: all channels. The arrays are copied. */
		struct {
			uint16_t freqs[STA_CHANNELS_MAX]; /* ends at 0 */
			struct plane_ssid ssids[STA_SCAN_SSIDS_MAX];
			size_t ssid_count;
			bool has_bssid;
			uint8_t bssid[6]; /* of the only access point that shall answer */
			bool passive;
			bool only;     /* results only: no attempt to join follows */
			bool only_new; /* each result that it does not hear has missed it, however lately it was heard */
			uint64_t dwell_ns; /* on each channel, where the plane `dwells`; 0: the station chooses */
		} scan;
		uint8_t bssid[6];
		uint64_t age_ns, interval_ns;
		struct sta_expiry expiry;
		struct sta_autoscan autoscan;
		const struct sta_filter *filter;
		struct plane_watch watch;
		struct span elements, lci;
		struct neighbour_request neighbours;
		struct sta_pmksa pmksa;
		struct sta_pmksa_terms pmksa_terms;
		struct plane_probes probes;
		bool steering, keep_alive;
		struct {
			bool exit;
			uint16_t interval;   /* in DTIM intervals; 0: no limit */
			struct span filters; /* TFS Request elements (9.4.2.79) */
		} sleep;
		struct {
			uint8_t reason;         /* Table 9-430 */
			bool list;              /* names the other BSSs of the network that were heard */
			struct span candidates; /* Neighbor Report elements */
		} query;
	};
};

enum sta_answer sta_request(struct sta *sta, const struct sta_request *request, uint64_t now_ns,
			    struct plane_actions *out);

/* Writes up to STA_IGNORED_MAX BSSIDs that the user wants ignored, and returns their number. */
size_t sta_ignored(const struct sta *sta, uint8_t list[STA_IGNORED_MAX][6]);

/* Writes the elements of our supported rates on this channel. */
void sta_write_rates(struct frame_writer *writer, uint16_t freq);

#endif
