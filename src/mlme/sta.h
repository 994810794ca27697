/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A station: finds its networks (passive and active scan), picks the best, authenticates, associates, does the
 * handshakes, moves to a better access point, and comes back by itself whatever happened, with back-off.  No I/O: see
 * mlme/action.h.
 */
#ifndef VIFI_MLME_STA_H
#define VIFI_MLME_STA_H

#include "crypto/kdf.h"
#include "crypto/random.h"
#include "mlme/action.h"
#include "wire/suite.h"

#define STA_CHANNELS_MAX 64

/* A network={} block. */
struct sta_network {
	uint8_t ssid[SSID_MAX];
	size_t ssid_len; /* 0, with `open`: whatever it is called */
	bool any_bssid;
	uint8_t bssid[6];
	bool scan_ssid; /* probe for it by name: it is hidden */
	bool disabled;
	int priority;                               /* the higher one wins, whatever the signal */
	bool open;                                  /* key_mgmt=NONE */
	bool wpa, rsn;                              /* proto */
	uint32_t akms, pairwise, group, group_mgmt; /* 1 << enum */
	unsigned pmf;                               /* ieee80211w: 0, 1, 2 */
	uint8_t pmk[PMK_LEN];
	enum cipher wep; /* CIPHER_NONE: none; legacy only */
	uint8_t wep_key[KEY_MAX];
	uint32_t ptk_rekey_s;             /* 0: never by ourselves */
	uint16_t freqs[STA_CHANNELS_MAX]; /* 0 ends; empty: all of the setup's */
	bool freqs_only;                  /* freqs is where it may be, not only where we look for it */
};

struct sta_setup {
	uint8_t addr[6];
	const struct sta_network *networks; /* borrowed */
	size_t network_count;
	uint16_t freqs[STA_CHANNELS_MAX]; /* to scan, 0 ends */
	bool freqs_only;                  /* … and nowhere else may we be */
	bool passive;                     /* never probe */
	bool wmm;
	bool power_save;
	uint16_t listen_interval; /* beacons that a dozing station may sleep through */
	uint16_t fragment_threshold;
};

struct sta;

/* `c` and the networks must outlive it. NULL: no memory. */
struct sta *sta_new(struct crypto *crypto, const struct sta_setup *setup, const uint8_t seed[RANDOM_SEED_LEN]);
void sta_free(struct sta *sta);

void sta_start(struct sta *sta, uint64_t now_ns, struct actions *out);

/* Leaves the network: deauthentication; nothing more happens until sta_start(). */
void sta_stop(struct sta *sta, uint64_t now_ns, struct actions *out);

/* MPDUs from the radio, without FCS, meta filled (freq_mhz, signal_dbm); takes them over. */
void sta_receive(struct sta *sta, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out);

/* Ethernet frames from the host; takes them over. */
void sta_send(struct sta *sta, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out);

void sta_tx_status(struct sta *sta, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out);

uint64_t sta_deadline(const struct sta *sta);
void sta_tick(struct sta *sta, uint64_t now_ns, struct actions *out);

enum sta_state {
	STA_STOPPED,
	STA_SCANNING,
	STA_AUTHENTICATING,
	STA_ASSOCIATING,
	STA_HANDSHAKE,
	STA_CONNECTED,
	STA_BACKOFF, /* back-off before the next scan */
};

struct sta_info {
	enum sta_state state;
	size_t network; /* index; valid from STA_AUTHENTICATING to STA_CONNECTED */
	uint8_t bssid[6];
	uint16_t freq_mhz, aid;
	int8_t signal_dbm;
	enum cipher pairwise, group;
	bool mfp, qos;
	uint64_t connected_ns;
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes, tx_lost;
};

void sta_info(const struct sta *sta, struct sta_info *info);
const uint64_t *sta_drops(const struct sta *sta); /* DROP_COUNT counters */

#endif
