/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads an existing wpa_supplicant.conf and sets up the networks of mlme/sta.h from it.
 *
 * The file has global keys, and blocks network={ … } of keys. A block that needs an unsupported feature (802.1X, SAE
 * alone, an ad hoc network) is skipped with a warning, so that the file of a laptop works for its other networks.
 * Unsupported keys of wpa_supplicant are warned about; unknown keys are errors.
 *
 * TKIP and WEP are used only where a block names them: pairwise=TKIP, group=TKIP, wep_key0, or proto=WPA without pairwise.
 * Other blocks use WPA2 with CCMP or GCMP, as the network offers.
 */
#ifndef VIFI_CONF_WPA_CONF_H
#define VIFI_CONF_WPA_CONF_H

#include "conf/wpa_keys.h"

struct wpa_conf {
	struct wpa_global global;
	struct wpa_network *networks; /* without the skipped blocks */
	size_t count, room;
	struct sta_network *sta_networks; /* from wpa_conf_setup() */
	struct text_warnings warnings;
};

/*
 * Reads a text; `file` is its name in messages. Returns false with the error "FILE:LINE: …", also if all blocks are
 * skipped. Call wpa_conf_free() in any case; the configuration holds secrets.
 */
bool wpa_conf_parse(struct wpa_conf *conf, const char *text, const char *file, struct error *error);
bool wpa_conf_load(struct wpa_conf *conf, const char *path, struct error *error);
void wpa_conf_free(struct wpa_conf *conf);

/* Fills `setup` except for the address; networks are borrowed from the configuration. Returns false with an error. */
bool wpa_conf_setup(struct wpa_conf *conf, struct crypto *crypto, struct sta_setup *setup, struct error *error);

#endif
