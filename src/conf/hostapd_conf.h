/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads an existing hostapd.conf and sets up the access point of mlme/ap.h from it.
 *
 *	hostapd_conf_parse()  reads a text; opens no file and derives no key; each key is a row of hostapd_conf_options
 *	hostapd_conf_load()   reads a file, and the files that it names (passphrases, address lists)
 *	hostapd_conf_setup()  derives PMKs and fills the structure for ap_new(), which borrows from the configuration
 *
 * `bss=NAME` begins a further network on the same radio, with its own defaults. Unsupported keys of hostapd are warned
 * about; unknown keys are errors.
 *
 * TKIP and WEP are used only where the file names them: wpa_pairwise=TKIP, wep_key0, or wpa=1 (or 3) without
 * wpa_pairwise, which means TKIP with WPA version 1 as in hostapd. wpa=2 without a pairwise cipher means CCMP.
 */
#ifndef VIFI_CONF_HOSTAPD_CONF_H
#define VIFI_CONF_HOSTAPD_CONF_H

#include "conf/hostapd_stock.h"

struct hostapd_conf {
	struct hostapd_radio radio;
	uint16_t freq_mhz;
	size_t bss_count;
	struct hostapd_bss bss[AP_BSS_MAX];
	struct text_warnings warnings;
	struct hostapd_stock_files stock_files;
};

/*
 * Reads a text; `file` is its name in messages. Returns false with the error "FILE:LINE: …". Call hostapd_conf_free() in
 * any case; the configuration holds secrets.
 */
bool hostapd_conf_parse(struct hostapd_conf *conf, const char *text, const char *file, struct error *error);
bool hostapd_conf_load(struct hostapd_conf *conf, const char *path, struct error *error);

/* Reads a text, and the files that it names. `interface`, unless it is NULL, replaces that of the first network. */
bool hostapd_conf_read(struct hostapd_conf *conf, const char *text, const char *file, const char *interface,
		       struct error *error);
bool hostapd_conf_parse_for(struct hostapd_conf *conf, const char *text, const char *file, const char *interface,
			    struct error *error);
void hostapd_conf_free(struct hostapd_conf *conf);

/*
 * For the medium of `vifi air`: warns about the keys that only a card obeys. Returns false with an error if the file needs
 * VLANs, which would put stations into the wrong network.
 */
bool hostapd_conf_check_air(struct hostapd_conf *conf, const char *file, struct error *error);

/*
 * Reads lines of wpa_psk_file: "[keyid=NAME] [vlanid=ID] ADDRESS PASSPHRASE-OR-KEY"; of accept_mac_file: "ADDRESS [VLAN]"; and
 * of vlan_file: "ID|* INTERFACE [BRIDGE]".
 */
bool hostapd_psks_parse(struct hostapd_psks *psks, const char *text, const char *file, struct text_warnings *warnings,
			struct error *error);
bool hostapd_addrs_parse(struct hostapd_addrs *addrs, const char *text, const char *file, struct error *error);

bool hostapd_vlans_parse(struct hostapd_vlans *vlans, const char *text, const char *file, struct error *error);

/* Collects the VLANs that a network needs in bss->used_vlans. Returns false with an error: one is not in vlan_file. */
bool hostapd_vlans_collect(struct hostapd_bss *bss, struct error *error);

bool hostapd_bss_uses_vlans(const struct hostapd_bss *bss);
bool hostapd_bss_takes_any_vlan(const struct hostapd_bss *bss); /* not only those of the lines of vlan_file */

bool hostapd_addrs_add(struct hostapd_addrs *addrs, const uint8_t addr[6]); /* false: no memory */

/* Fills `setup`; addresses that the file does not name stay zero. Returns false with an error. */
bool hostapd_conf_setup(struct hostapd_conf *conf, struct crypto *crypto, struct ap_setup *setup, struct error *error);

#endif
