/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One network={} block of a station's configuration. */
#ifndef VIFI_MLME_STA_NETWORK_H
#define VIFI_MLME_STA_NETWORK_H

#include "crypto/kdf.h"
#include "rsn/sae_pwe.h"
#include "wire/suite.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STA_CHANNELS_MAX 64
#define STA_BSSIDS_MAX   64

/* A list of BSSIDs; an address matches where its bits under the mask are the same. */
struct sta_bssids {
	size_t count;
	struct sta_bssid {
		uint8_t addr[6], mask[6];
	} list[STA_BSSIDS_MAX];
};

/* mac_addr=: the address of the station in a network. In the order of the numbers in the file. */
enum sta_address {
	STA_ADDRESS_OWN, /* the card's */
	STA_ADDRESS_RANDOM,
	STA_ADDRESS_RANDOM_OF_VENDOR, /* with the first three bytes of the card's */
	STA_ADDRESS_FIXED,            /* mac_value= */
};

/* autoscan=: period_s 0: none. With a limit the pauses are period_s, period_s², … up to it. */
struct sta_autoscan {
	uint32_t period_s, limit_s;
};

/* bgscan=: when a connected station scans for a better access point. short_s 0: while the signal is weak. */
struct sta_bgscan {
	uint32_t short_s, long_s; /* between two scans: with a signal below the threshold, and above it */
	int8_t threshold_dbm;     /* 0: none, always short_s */
	unsigned queries;         /* how many times it asks the access point where to move, before the first scan */
};

struct sta_network {
	uint32_t id, revision; /* see STA_REQUEST_NETWORKS (mlme/sta.h); 0 where networks do not change */
	uint8_t ssid[SSID_MAX];
	size_t ssid_len; /* 0: any SSID; of a protected network, of this one BSS */
	bool any_bssid;
	uint8_t bssid[6];
	struct sta_bssids accept; /* bssid_accept=: no other access points; empty: no restriction */
	struct sta_bssids ignore; /* bssid_ignore=: not these */
	bool scan_ssid;           /* the network may be hidden: send probe requests with its SSID */
	bool disabled;
	int priority;                               /* a higher priority outweighs a better signal */
	bool open;                                  /* key_mgmt=NONE */
	bool wpa, rsn;                              /* proto= */
	uint32_t akms, pairwise, group, group_mgmt; /* sets of 1 << enum */
	unsigned pmf;                               /* ieee80211w=: 0 disabled, 1 optional, 2 required */
	bool refuses_pmf; /* the block itself has ieee80211w=0: not even SAE and OWE use PMF */
	uint8_t pmk[PMK_LEN];
	char passphrase[PASSPHRASE_MAX + 1]; /* without an SSID: the PMK depends on that of the BSS; "": `pmk` */
	struct sae_password sae;             /* if `akms` has SAE; password_len 0: there is none */
	unsigned sae_groups[SAE_GROUPS_MAX], sae_group_count; /* in the order of preference */
	unsigned sae_pwe;   /* 0 hunting and pecking, 1 hash to element, 2: that where the access point offers it */
	uint16_t owe_group; /* owe_group=; 0: 19, and others if the access point refuses that */
	bool beacon_protection;
	bool ocv;           /* operating channel validation */
	bool opportunistic; /* proactive_key_caching=: a PMKSA of SAE serves other access points, too, if they know it */
	bool sae_needs_pmf;     /* sae_check_mfp=: no SAE where PMF is not used */
	bool deny_rekey;        /* reconnect instead of replacing a pairwise key */
	bool four_address;      /* data frames have four addresses: the station is a bridge */
	bool multi_ap_backhaul; /* … that of another access point (Wi-Fi EasyMesh), and joins those that serve it */
	uint8_t disabled_modes; /* enum plane_modes: associate without, where the plane does them */
	bool owe_only;          /* no open network in the place of OWE */
	enum cipher wep;        /* CIPHER_NONE: no WEP */
	uint8_t wep_key[KEY_MAX];
	uint16_t max_idle;                /* max_idle=: the BSS max idle period to request, in 1000 TU; 0: none */
	uint32_t ptk_rekey_s;             /* 0: the station does not request new pairwise keys by age */
	uint16_t freqs[STA_CHANNELS_MAX]; /* MHz, ends at 0; empty: all of the station's */
	struct sta_bgscan bgscan;
	enum sta_address address;
	uint8_t address_value[6]; /* of STA_ADDRESS_FIXED */
	bool freqs_only;          /* the station may not use other channels than `freqs` */
};

#endif
