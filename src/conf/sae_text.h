/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of SAE in hostapd.conf and wpa_supplicant.conf. The functions return false with an error. */
#ifndef VIFI_CONF_SAE_TEXT_H
#define VIFI_CONF_SAE_TEXT_H

#include "base/error.h"
#include "mlme/ap.h"

/* Passwords of an access point. The owner frees them with hostapd_sae_free(), which wipes them. */
struct hostapd_sae {
	struct ap_sae_password *list; /* as in the file; PTs are not derived yet */
	size_t count, room;
	char file[256]; /* sae_password_file */
	uint16_t groups[SAE_GROUPS_MAX + 1];
	uint32_t pwe, token_threshold, sync;
	bool requires_pmf;
	uint32_t confirm_immediately;
	bool not_passphrase;             /* sae_password_psk */
	bool no_group;                   /* sae_groups=0 */
	struct ap_sae_password *derived; /* from hostapd_sae_setup(): those of one station first */
};

/* Adds PASSWORD[|mac=ADDRESS][|vlanid=NUMBER][|id=IDENTIFIER]; an empty value removes those before it. */
bool hostapd_sae_add(struct hostapd_sae *sae, const char *value, struct error *error);

/* Reads such lines. */
bool hostapd_sae_parse_file(struct hostapd_sae *sae, char *text, struct error *error);

/*
 * Reads a list of groups, up to a 0; those that vifi lacks are left out if others remain. `groups` ends at 0. Like hostapd and
 * wpa_supplicant, it takes the number with which each word begins, where a blank ends a word; *remark is set if there is more.
 */
bool sae_parse_groups(uint16_t groups[SAE_GROUPS_MAX + 1], const char *key, const char *value, const char **remark,
		      struct error *error);

/*
 * Fills the setup; `passphrase` ("": none) is the password where no sae_password is given, and `akms` the set
 * that the network offers. It takes some milliseconds for each password. Call it with the SSID complete.
 */
bool hostapd_sae_setup(struct hostapd_sae *sae, struct crypto *crypto, struct span ssid, const char *passphrase,
		       uint32_t akms, struct ap_sae_setup *setup, struct error *error);
void hostapd_sae_free(struct hostapd_sae *sae);

/* Reads a "text" in quotes, or pairs of hexadecimal digits. */
bool sae_parse_secret(uint8_t *out, size_t room, size_t *len, const char *key, const char *value, struct error *error);

#endif
