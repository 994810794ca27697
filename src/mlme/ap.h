/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point: several networks (SSIDs, each a BSS with an address of its own) on one radio, their stations, the
 * beacons, authentication, association, handshakes, power save, what is forwarded between stations and what goes to
 * the wire.  No I/O: see mlme/action.h.
 */
#ifndef VIFI_MLME_AP_H
#define VIFI_MLME_AP_H

#include "crypto/kdf.h"
#include "crypto/random.h"
#include "mlme/action.h"
#include "wire/suite.h"

#define AP_BSS_MAX   8
#define AP_KEYID_MAX 31

/* A passphrase: whose it may be, and what it is called (wpa_psk_file). */
struct ap_psk {
	uint8_t addr[6]; /* zero: everybody's */
	char keyid[AP_KEYID_MAX + 1];
	uint8_t pmk[PMK_LEN];
};

struct ap_mac_list {
	const uint8_t (*addrs)[6];
	size_t count;
};

struct ap_bss_setup {
	uint8_t bssid[6];
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;
	unsigned hidden; /* ignore_broadcast_ssid: 0; 1: SSID of length 0; 2: of zeroes */
	bool wpa, rsn;   /* which elements: WPA version 1, RSN; neither: an open (or a WEP) network */
	uint32_t akms;   /* 1 << enum akm */
	uint32_t wpa_pairwise, rsn_pairwise; /* 1 << enum cipher */
	enum cipher group;
	enum cipher group_mgmt;    /* when pmf is not 0 */
	unsigned pmf;              /* ieee80211w: 0 no, 1 for who can, 2 required */
	const struct ap_psk *psks; /* borrowed */
	size_t psk_count;
	enum cipher wep; /* CIPHER_NONE: none; legacy only */
	uint8_t wep_key[KEY_MAX];
	uint32_t group_rekey_s, ptk_rekey_s; /* 0: never */
	bool group_rekey_strict;         /* wpa_strict_rekey: also when a station leaves that knows the group's key */
	unsigned max_stations;           /* 0: as many as there are association ids, 2007 */
	bool accept_listed_only;         /* macaddr_acl=1 */
	struct ap_mac_list accept, deny; /* borrowed */
	bool isolate;
	uint32_t max_inactivity_s; /* 0: stations may be silent for ever */
	bool wmm;
};

struct ap_setup {
	uint16_t freq_mhz;
	bool dsss_rates; /* 2.4 GHz: 1 to 11 Mbit/s too */
	uint16_t beacon_tu;
	uint8_t dtim_period;
	char country[2];             /* zero: none said */
	uint16_t fragment_threshold; /* fragm_threshold; 0: none */
	unsigned bss_count;
	struct ap_bss_setup bss[AP_BSS_MAX];
};

struct ap;

/* `c` and what setup borrows must outlive it.  Returns NULL: no memory, or a setup that cannot be. */
struct ap *ap_new(struct crypto *crypto, const struct ap_setup *setup, const uint8_t seed[RANDOM_SEED_LEN]);
void ap_free(struct ap *ap);

/* Goes on the air. */
void ap_start(struct ap *ap, uint64_t now_ns, struct actions *out);

/* Leaves it: a deauthentication for everybody. */
void ap_stop(struct ap *ap, uint64_t now_ns, struct actions *out);

/* MPDUs from the radio, without FCS, meta filled; takes them over. */
void ap_receive(struct ap *ap, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out);

/* Ethernet frames from the wire side of network `bss`; takes them over. */
void ap_send(struct ap *ap, unsigned bss_index, struct frame **frames, size_t count, uint64_t now_ns,
	     struct actions *out);

/* The fate of a frame that was sent with a cookie. */
void ap_tx_status(struct ap *ap, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out);

/* When it wants ap_tick() at the latest. */
uint64_t ap_deadline(const struct ap *ap);
void ap_tick(struct ap *ap, uint64_t now_ns, struct actions *out);

/*
 * For the operator: sends a station away (reason code), asks whether it is still there, renews the group's keys.  False:
 * no such station.
 */
bool ap_deauthenticate(struct ap *ap, unsigned bss_index, const uint8_t addr[6], uint16_t reason, uint64_t now_ns,
		       struct actions *out);
bool ap_disassociate(struct ap *ap, unsigned bss_index, const uint8_t addr[6], uint16_t reason, uint64_t now_ns,
		     struct actions *out);
bool ap_poll(struct ap *ap, unsigned bss_index, const uint8_t addr[6], uint64_t now_ns, struct actions *out);
void ap_rekey_group(struct ap *ap, unsigned bss_index, uint64_t now_ns, struct actions *out);

/* Other address lists, borrowed; who is on the air and may no longer be, is sent away. */
void ap_set_acl(struct ap *ap, unsigned bss_index, bool accept_listed_only, struct ap_mac_list accept,
		struct ap_mac_list deny, uint64_t now_ns, struct actions *out);

/* What there is to see. */
struct ap_station_info {
	uint8_t addr[6];
	unsigned bss;
	uint16_t aid;
	bool authorised, dozing, qos, mfp;
	char keyid[AP_KEYID_MAX + 1];
	enum cipher pairwise;
	uint64_t connected_ns, heard_ns; /* when it was associated, and last heard or acknowledging */
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
	int8_t signal_dbm; /* of the last frame that was heard; 0: not known */
};

/* The `i`-th of the associated stations, counted from 0, in no order; false beyond the last. */
bool ap_station_info(const struct ap *ap, size_t nth, struct ap_station_info *info);

/* The one with this address; false: there is none. */
bool ap_station_info_of(const struct ap *ap, unsigned bss_index, const uint8_t addr[6], struct ap_station_info *info);
const uint64_t *ap_drops(const struct ap *ap); /* DROP_COUNT counters */
size_t ap_station_size(void);                  /* bytes of memory for each associated station, buffers apart */

#endif
