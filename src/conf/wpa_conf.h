/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads an existing wpa_supplicant.conf and sets up the networks of mlme/sta.h from it.
 *
 *	wpa_conf_parse()      reads a text; wpa_conf_load() a file
 *	wpa_conf_setup()      fills in the structure for the station, which borrows from the configuration
 *	wpa_network_…()       the same for one network, key by key, as the control socket needs it
 *
 * The file has global keys, and blocks network={ … } of keys. A block that cannot be used (802.1X, SAE alone, an ad hoc
 * network, no psk) is skipped with a warning, so that the file of a laptop works for its other networks. A file without a
 * network is valid. Unsupported keys of wpa_supplicant are warned about; unknown keys are errors.
 *
 * As in wpa_supplicant 2.10, quotes are paired from left to right to find the comment of a line, and the last of several
 * values of a key counts. A line that older versions read with another result is an error.
 *
 * As in wpa_supplicant, proto, pairwise and group default to all that there is, with WPA version 1 and TKIP. The station
 * chooses the strongest that the access point offers, and logs a connection under TKIP. proto=RSN and pairwise=CCMP
 * exclude it. WEP is used only where a block names it, by wep_key0.
 */
#ifndef VIFI_CONF_WPA_CONF_H
#define VIFI_CONF_WPA_CONF_H

#include "conf/ignored.h"
#include "conf/wpa_keys.h"
#include "conf/wpa_stock.h"

struct wpa_conf {
	struct wpa_global global;
	struct wpa_network *networks; /* without the skipped blocks */
	size_t count, room;
	struct sta_network *sta_networks; /* from wpa_conf_setup() */
	struct text_warnings warnings;
};

/*
 * Reads a text; `file` is its name in messages. Returns false with the error "FILE:LINE: …". Call wpa_conf_free() in any
 * case; the configuration holds secrets.
 */
bool wpa_conf_parse(struct wpa_conf *conf, const char *text, const char *file, struct error *error);
bool wpa_conf_load(struct wpa_conf *conf, const char *path, struct error *error);
void wpa_conf_free(struct wpa_conf *conf);

/* Forgets the networks, with their secrets. */
void wpa_conf_forget_networks(struct wpa_conf *conf);

/* Fills `setup` except for the address and the networks: which channels to scan, and how. */
void wpa_conf_scan_setup(const struct wpa_conf *conf, struct sta_setup *setup);

/* Fills `setup` except for the address; networks are borrowed from the configuration. Returns false with an error. */
bool wpa_conf_setup(struct wpa_conf *conf, struct crypto *crypto, struct sta_setup *setup, struct error *error);

/* ---- one network ---- */

enum wpa_key { WPA_KEY_SET, WPA_KEY_IGNORED /* a key of wpa_supplicant that has no effect */, WPA_KEY_INVALID };

/* Begins a network with the defaults of all keys, at a line of a file, or with 1. The owner wipes it. */
void wpa_network_init(struct wpa_network *network, unsigned line);

/*
 * Sets a key to a value as in a file, without blanks at its ends and without a comment. WPA_KEY_INVALID: the error says
 * why; the network is unchanged, except perhaps in that key. network->remark says more about a valid value. `line` is
 * not 0.
 */
enum wpa_key wpa_network_set(struct wpa_network *network, const char *key, const char *value, unsigned line,
			     struct error *error);
enum wpa_key wpa_global_set(struct wpa_global *global, const char *key, const char *value, struct error *error);

/*
 * Fills in what the keys leave open. Returns false if the network cannot be used: a warning says why, and replaces those
 * after the first `warnings_before`.
 */
bool wpa_network_complete(struct wpa_network *network, struct text_warnings *warnings, size_t warnings_before,
			  const char *file);

/* The network as the station takes it. Derives the PMK and wipes the passphrase. Returns false with an error. */
bool wpa_network_setup(struct wpa_network *network, const struct wpa_global *global, struct crypto *crypto,
		       struct sta_network *sta_network, struct error *error);

/* ---- for the files of this parser ---- */

/* The line of the key in the block; 0: the block has no such line. */
unsigned wpa_network_line(const struct wpa_network *network, const char *key);

/* Has the block this key? */
bool wpa_network_has(const struct wpa_network *network, const char *key);

/* Reports a key that neither list has, and returns false. */
bool wpa_unknown_key(const struct opt *options, const struct ignored_keys *ignored, const char *key, const char *where,
		     struct error *error);

/*
 * Sets an option to a value. Numbers are read as wpa_supplicant reads them: 0x10, 010, the low 32 bits, nothing as 0; and
 * for a flag any number that it takes, but 0, is 1. Returns false with an error.
 */
bool wpa_set_option(const struct opt *opt, enum wpa_place place, void *target, const char *value, struct error *error);

#endif
