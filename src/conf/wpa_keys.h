/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of wpa_supplicant.conf, and the structures that their values go to. */
#ifndef VIFI_CONF_WPA_KEYS_H
#define VIFI_CONF_WPA_KEYS_H

#include "conf/opt.h"
#include "conf/sae_text.h"
#include "conf/wifi_text.h"
#include "mlme/sta.h"

#define WPA_KEYS_MAX 64 /* limit for the rows of wpa_network_options */

struct wpa_freqs {
	uint16_t list[STA_CHANNELS_MAX]; /* MHz; ends with 0 */
	bool none;                       /* there were some, but none in a supported band */
};

/* What a reader of a value has to say about a valid value; the caller of opt_set() takes it. */
struct wpa_remark {
	const char *text; /* NULL: nothing */
};

/* A block network={ … }. */
struct wpa_network {
	unsigned first_line;             /* the line at which it begins */
	unsigned key_line[WPA_KEYS_MAX]; /* the line of each key; 0: absent */
	struct {
		uint8_t bytes[SSID_MAX];
		size_t len;
	} ssid;
	struct {
		bool set;
		uint8_t addr[6];
	} bssid;
	struct sta_bssids accept, ignore;
	struct text_psk psk;
	struct text_akms akms;
	struct sae_password sae;              /* password_len 0: the passphrase of psk is the password */
	bool wpa, rsn, osen;                  /* proto */
	uint32_t pairwise, group, group_mgmt; /* 1 << enum cipher */
	bool default_pairwise, default_group; /* the block has no such key */
	bool no_pairwise, no_group;           /* the block permits none that a station could use */
	uint32_t pmf;                         /* 3: as wpa_global.pmf */
	uint32_t disabled, mode, wep_tx_key, ptk_rekey_s, owe_group, max_idle;
	bool owe_only, beacon_protection, ocv, four_address, multi_ap_backhaul;
	bool disable_ht, disable_vht, disable_he;
	uint32_t deny_rekey;
	uint32_t proactive_key_caching; /* 2: as wpa_global.okc */
	int32_t priority;
	bool scan_ssid;
	struct wpa_freqs scan_freq, freq_list;
	struct sta_bgscan bgscan;
	bool has_bgscan;   /* else that of wpa_global */
	uint32_t mac_addr; /* enum sta_address; only if the key is given */
	uint8_t mac_value[6];
	struct text_wep wep[4];
	struct wpa_remark remark;
};

/* Keys outside of blocks. */
struct wpa_global {
	uint32_t pmf; /* for blocks without ieee80211w */
	bool passive_scan, okc, sae_check_mfp, disable_btm;
	uint16_t sae_groups[SAE_GROUPS_MAX + 1];
	uint32_t sae_pwe;
	uint32_t ap_scan;
	struct wpa_freqs freq_list;
	struct sta_bgscan bgscan;
	struct sta_autoscan autoscan;
	char country[3];
	char ctrl_interface[160], ctrl_interface_group[64];
	bool update_config, filter_ssids;
	uint32_t mac_addr, preassoc_mac_addr; /* enum sta_address */
	uint32_t rand_addr_lifetime;          /* seconds */
	uint32_t pmk_lifetime, pmk_renewal;   /* seconds, percent; 0: the default */
	struct wpa_remark remark;
};

extern const struct opt wpa_global_options[], wpa_network_options[];

#endif
