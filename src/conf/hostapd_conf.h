/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostapd.conf, as people have it, into what the access point of mlme/ap.h is set up with.
 *
 *	hostapd_conf_parse()  a text; touches no file, computes nothing; each key a row of hostapd_conf_options
 *	hostapd_conf_load()   the same of a file, and of the files that it names (passphrases, address lists)
 *	hostapd_conf_setup()  PMKs, and the structure for ap_new(); what it borrows lives in the configuration
 *
 * `bss=NAME` begins the next network on the same radio, with defaults of its own.  Keys that hostapd knows and that
 * mean nothing here are remarked upon, once each; unknown ones are mistakes.
 *
 * TKIP and WEP are legacy, and taken only from a file that names them: wpa_pairwise=TKIP, wep_key0, or wpa=1 (or 3)
 * without wpa_pairwise, which means TKIP with WPA version 1 as it does with hostapd.  wpa=2 without a pairwise cipher
 * means CCMP.
 */
#ifndef VIFI_CONF_HOSTAPD_CONF_H
#define VIFI_CONF_HOSTAPD_CONF_H

#include "conf/opt.h"
#include "conf/wifi_text.h"
#include "mlme/ap.h"

#define HOSTAPD_KEYS_MAX 48 /* of hostapd_conf_options, at most */

struct hostapd_radio {
	char driver[32];
	int hw_mode; /* enum hostapd_mode */
	uint32_t channel;
	char country[3];
	uint32_t beacon_int; /* TU */
	uint32_t dtim_period;
	uint32_t fragment; /* 0: none */
};

enum hostapd_mode { HOSTAPD_MODE_A, HOSTAPD_MODE_B, HOSTAPD_MODE_G, HOSTAPD_MODE_ANY };

/* A line of wpa_psk_file. */
struct hostapd_psk {
	uint8_t addr[6]; /* zero: everybody's */
	char keyid[AP_KEYID_MAX + 1];
	struct text_psk psk;
};

struct hostapd_psks {
	struct hostapd_psk *list;
	size_t count, room;
};

struct hostapd_addrs {
	uint8_t (*list)[6];
	size_t count, room;
};

/* What stands in the file about one network, and in the files it names. */
struct hostapd_bss {
	unsigned first_line;                 /* the line where it begins */
	unsigned key_line[HOSTAPD_KEYS_MAX]; /* where each row stood; 0: nowhere */
	char interface[16], bridge[16];
	bool has_bssid;
	uint8_t bssid[6];
	struct {
		uint8_t bytes[SSID_MAX];
		size_t len;
	} ssid;
	uint32_t hidden, max_stations, wpa, pmf, group_rekey_s, ptk_rekey_s, auth_algs, acl, inactivity_s, wep_default;
	struct text_psk passphrase, psk;
	char psk_file[256], accept_file[256], deny_file[256];
	struct text_akms akms;
	uint32_t wpa_pairwise, rsn_pairwise, group, group_mgmt; /* 1 << enum cipher; 0: not said, until it is checked */
	bool ap_isolate, wmm, ieee8021x, strict_rekey;
	struct text_wep wep[4];
	struct hostapd_psks psks;
	struct hostapd_addrs accept, deny;
	struct ap_psk *pmks; /* hostapd_conf_setup() */
};

struct hostapd_conf {
	struct hostapd_radio radio;
	uint16_t freq_mhz;
	size_t bss_count;
	struct hostapd_bss bss[AP_BSS_MAX];
	struct text_warnings warnings;
};

/* The table's target: the radio, and the network that is being read. */
struct hostapd_target {
	struct hostapd_radio radio;
	struct hostapd_bss bss;
};

extern const struct opt hostapd_conf_options[];

/*
 * Reads a text; `file` names it in messages.  Returns false with "FILE:LINE: …" in `why`.  Free the configuration in any
 * case; it holds secrets.
 */
bool hostapd_conf_parse(struct hostapd_conf *conf, const char *text, const char *file, struct error *error);
bool hostapd_conf_load(struct hostapd_conf *conf, const char *path, struct error *error);
void hostapd_conf_free(struct hostapd_conf *conf);

/* Lines of wpa_psk_file: "[keyid=NAME] ADDRESS PASSPHRASE-OR-KEY"; of accept_mac_file: "ADDRESS". */
bool hostapd_psks_parse(struct hostapd_psks *psks, const char *text, const char *file, struct text_warnings *warnings,
			struct error *error);
bool hostapd_addrs_parse(struct hostapd_addrs *addrs, const char *text, const char *file,
			 struct text_warnings *warnings, struct error *error);

/* Fills `setup` but for addresses that the file does not name (they are zero).  Returns false and why. */
bool hostapd_conf_setup(struct hostapd_conf *conf, struct crypto *crypto, struct ap_setup *setup, struct error *error);

/* The centre of a channel of 20 MHz in MHz; 0: there is none.  `five`: of the 5 GHz band. */
uint16_t hostapd_channel_freq(bool is_5ghz, uint32_t channel);

#endif
