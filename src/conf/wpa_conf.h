/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wpa_supplicant.conf, as people have it, into the networks of mlme/sta.h.
 *
 * Global keys, and blocks network={ … } of keys.  A block that asks for what there is not (802.1X, SAE alone, an ad hoc
 * network) is skipped with a remark, so that a file from a laptop can be used for the networks that there are.  Keys that
 * wpa_supplicant knows and that mean nothing here are remarked upon; unknown ones are mistakes.
 *
 * TKIP and WEP are legacy, and taken only from a block that names them: pairwise=TKIP, group=TKIP, wep_key0, or
 * proto=WPA without pairwise.  A block that says nothing uses WPA2 with CCMP or GCMP, whichever the network has.
 */
#ifndef VIFI_CONF_WPA_CONF_H
#define VIFI_CONF_WPA_CONF_H

#include "conf/opt.h"
#include "conf/wifi_text.h"
#include "mlme/sta.h"

#define WPA_KEYS_MAX 32 /* of wpa_network_options, at most */

struct wpa_freqs {
	uint16_t list[STA_CHANNELS_MAX]; /* MHz; 0 ends */
};

/* A block. */
struct wpa_network {
	unsigned first_line;             /* the line where it begins */
	unsigned key_line[WPA_KEYS_MAX]; /* where each row stood; 0: nowhere */
	struct {
		uint8_t bytes[SSID_MAX];
		size_t len;
	} ssid;
	struct {
		bool set;
		uint8_t addr[6];
	} bssid;
	struct text_psk psk;
	struct text_akms akms;
	bool wpa, rsn;
	uint32_t pairwise, group, group_mgmt; /* 1 << enum cipher */
	uint32_t pmf;                         /* 3: not said */
	uint32_t disabled, mode, wep_tx_key, ptk_rekey_s;
	int32_t priority;
	bool scan_ssid;
	struct wpa_freqs scan_freq, freq_list;
	struct text_wep wep[4];
};

struct wpa_global {
	uint32_t pmf; /* for blocks without ieee80211w */
	bool passive_scan;
	struct wpa_freqs freq_list;
	char country[3];
};

struct wpa_conf {
	struct wpa_global global;
	struct wpa_network *networks; /* those that can be used */
	size_t count, room;
	struct sta_network *sta_networks; /* wpa_conf_setup() */
	struct text_warnings warnings;
};

extern const struct opt wpa_global_options[], wpa_network_options[];

/*
 * Reads a text; `file` names it in messages.  Returns false with "FILE:LINE: …" in `why`, also where no block is left.
 * Free the configuration in any case; it holds secrets.
 */
bool wpa_conf_parse(struct wpa_conf *conf, const char *text, const char *file, struct error *error);
bool wpa_conf_load(struct wpa_conf *conf, const char *path, struct error *error);
void wpa_conf_free(struct wpa_conf *conf);

/* Fills `setup` but for the address.  Networks live in the configuration.  Returns false and why. */
bool wpa_conf_setup(struct wpa_conf *conf, struct crypto *crypto, struct sta_setup *setup, struct error *error);

#endif
