/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the lines of a network to what the station needs. */
#include "conf/wpa_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_globals(const struct wpa_store *store, struct wpa_global *global)
{
	struct error ignored;

	opt_defaults(wpa_global_options, global);
	for (size_t i = 0; i < store->count; i++)
		if (store->parts[i].line.key)
			wpa_global_set(global, store->parts[i].line.key, store->parts[i].line.value, &ignored);
}

static bool set_keys(const struct wpa_store_network *network, struct wpa_network *keys, struct error *error)
{
	wpa_network_init(keys, 1);
	for (size_t i = 0; i < network->lines.count; i++)
		if (network->lines.list[i].key &&
		    wpa_network_set(keys, network->lines.list[i].key, network->lines.list[i].value, 1, error) ==
			    WPA_KEY_INVALID)
			return false;
	return true;
}

/* Removes "FILE:LINE: " of a warning. */
static const char *without_place(const char *text)
{
	const char *colon = strstr(text, ": ");

	return colon ? colon + 2 : text;
}

/* Would a handshake have other keys? */
static bool has_other_keys(const struct sta_network *network, const struct sta_network *old)
{
	return memcmp(network->pmk, old->pmk, sizeof(network->pmk)) != 0 || network->ssid_len != old->ssid_len ||
	       memcmp(network->ssid, old->ssid, sizeof(network->ssid)) != 0 ||
	       network->sae.password_len != old->sae.password_len ||
	       memcmp(network->sae.password, old->sae.password, network->sae.password_len) != 0 ||
	       network->akms != old->akms;
}

static void compile(const struct wpa_store *store, struct wpa_store_network *network, struct crypto *crypto)
{
	struct sta_network old = network->sta;
	struct wpa_global global = {0};
	struct wpa_network keys;
	struct text_warnings warnings = {0};
	struct error error = {.text = "no memory"};

	read_globals(store, &global);
	network->complete = set_keys(network, &keys, &error);
	if (network->complete && !wpa_network_complete(&keys, &warnings, 0, "network")) {
		network->complete = false;
		if (warnings.count)
			error_set(&error, 0, "%s", without_place(warnings.list[warnings.count - 1].text));
	}
	network->usable = network->complete && wpa_network_setup(&keys, &global, crypto, &network->sta, &error);
	if (!network->usable)
		snprintf(network->why, sizeof(network->why), "%.150s", error.text);
	network->sta.id = network->handle;
	network->sta.revision = old.revision + (network->usable && has_other_keys(&network->sta, &old));
	crypto_wipe(&old, sizeof(old));
	network->sta.disabled = wpa_store_is_disabled(network);
	network->stale = false;
	text_warnings_free(&warnings);
	crypto_wipe(&keys, sizeof(keys));
}

void wpa_store_compile(struct wpa_store *store, struct crypto *crypto)
{
	struct wpa_store_network *network = NULL;

	while ((network = wpa_store_next(store, network)))
		if (network->stale)
			compile(store, network, crypto);
}

/* Keys that do not concern an association. */
static const char *const lenient_keys[] = {"priority", "disabled", "scan_ssid", "scan_freq", "id_str", NULL};

/* Does `other` have the same value for each key of `network`, but for secrets, which may be forgotten? */
static bool has_keys_of(const struct wpa_store_network *network, const struct wpa_store_network *other)
{
	for (size_t i = 0; i < network->lines.count; i++) {
		const char *key = network->lines.list[i].key, *value;

		if (!key || text_list_has(lenient_keys, key) || wpa_store_is_secret(key))
			continue;
		value = wpa_store_get(other, key);
		if (!value || strcmp(value, wpa_store_get(network, key)) != 0)
			return false;
	}
	return true;
}

/* As they were compiled. */
static bool has_same_secrets(const struct sta_network *a, const struct sta_network *b)
{
	return !has_other_keys(a, b) && !memcmp(a->passphrase, b->passphrase, sizeof(a->passphrase)) &&
	       a->wep == b->wep && !memcmp(a->wep_key, b->wep_key, sizeof(a->wep_key));
}

static bool means_the_same(const struct wpa_store_network *network, const struct wpa_store_network *other)
{
	return network->usable && other->usable && network->sta.pmf == other->sta.pmf &&
	       has_same_secrets(&network->sta, &other->sta) && has_keys_of(network, other) &&
	       has_keys_of(other, network);
}

static bool is_taken(const struct wpa_store *store, uint32_t handle)
{
	return wpa_store_by_handle(store, handle);
}

void wpa_store_adopt_handles(struct wpa_store *store, const struct wpa_store *old)
{
	struct wpa_store_network *network = NULL, *other;

	/* Handles of the old file and of the new one must not meet. */
	while ((network = wpa_store_next(store, network)))
		network->handle += old->next_handle;
	store->next_handle += old->next_handle;
	while ((network = wpa_store_next(store, network)))
		for (other = NULL; (other = wpa_store_next(old, other));)
			if (means_the_same(network, other) && !is_taken(store, other->handle)) {
				network->handle = other->handle;
				break;
			}
	while ((network = wpa_store_next(store, network)))
		network->sta.id = network->handle;
}
