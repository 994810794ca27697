/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of hostapd.conf and wpa_supplicant.conf that have no effect here: what is lost without them. */
#ifndef VIFI_CONF_IGNORED_H
#define VIFI_CONF_IGNORED_H

#include "conf/wifi_text.h"

struct ignored_group {
	const char *why;         /* why the keys have no effect: ends the sentence "`key` has no effect: …" */
	const char *const *keys; /* ends with NULL; an entry with `*` at its end matches as a prefix */
};

struct ignored_keys {
	const char *program;                /* "hostapd 2.10" */
	const struct ignored_group *groups; /* ends with {0} */
};

extern const struct ignored_keys hostapd_ignored, wpa_global_ignored, wpa_network_ignored;

/* The keys, of those that have no effect and of those that vifi obeys, that hostapd 2.10 does not know; as ignored_group.keys. */
extern const char *const hostapd_newer_keys[];

/* Returns whether the key is one that has no effect. */
bool ignored_has(const struct ignored_keys *ignored, const char *key);

/* Considers these keys, without those that are prefixes, for a suggestion. */
void ignored_suggest(const struct ignored_keys *ignored, const char *key, struct suggestion *suggestion);

/*
 * Warns that the key, one of ignored_has(), has no effect, and why, and if it is `newer` that the program does not know it. Keys for which
 * that is no loss share one warning for each reason, at the line of the first one.
 */
void ignored_warn(const struct ignored_keys *ignored, const char *key, bool newer, struct text_warnings *warnings,
		  const char *file, unsigned line);

/* Warns that the program does not know the key, one that vifi obeys. */
void ignored_warn_newer(const struct ignored_keys *ignored, const char *key, struct text_warnings *warnings,
			const char *file, unsigned line);

#endif
