/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the lines of a network to what the station needs: each network is read as a file of its own. */
#include "conf/wpa_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file: the global keys, and this network. For text_file_free(). NULL: no memory. */
static char *write_alone(const struct wpa_store *store, const struct wpa_store_network *network)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		return NULL;
	for (size_t i = 0; i < store->count; i++)
		if (store->parts[i].line.key && opt_find(wpa_global_options, store->parts[i].line.key))
			fprintf(to, "%s=%s\n", store->parts[i].line.key, store->parts[i].line.value);
	fputs("network={\n", to);
	for (size_t i = 0; i < network->lines.count; i++)
		if (network->lines.list[i].key)
			fprintf(to, "%s=%s\n", network->lines.list[i].key, network->lines.list[i].value);
	fputs("}\n", to);
	return fclose(to) ? NULL : text;
}

/* Removes "FILE:LINE: " of a text of our own. */
static const char *without_place(const char *text)
{
	const char *colon = strstr(text, ": ");

	return colon ? colon + 2 : text;
}

static void compile(const struct wpa_store *store, struct wpa_store_network *network, struct crypto *crypto)
{
	char *text = write_alone(store, network);
	struct sta_setup setup;
	struct wpa_conf conf = {0};
	struct error error = {.text = "no memory"};
	const char *why = error.text;

	network->usable = text && wpa_conf_parse(&conf, text, "network", &error) &&
			  wpa_conf_setup(&conf, crypto, &setup, &error) && conf.count == 1;
	if (network->usable)
		network->sta = conf.sta_networks[0];
	else if (conf.warnings.count)
		why = conf.warnings.list[conf.warnings.count - 1].text;
	if (!network->usable)
		snprintf(network->why, sizeof(network->why), "%.150s", without_place(why));
	network->sta.id = network->handle;
	network->sta.disabled = wpa_store_is_disabled(network);
	network->stale = false;
	wpa_conf_free(&conf);
	text_file_free(text);
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

/* Does `other` have the same value for each key of `network`? */
static bool has_keys_of(const struct wpa_store_network *network, const struct wpa_store_network *other)
{
	for (size_t i = 0; i < network->lines.count; i++) {
		const char *key = network->lines.list[i].key, *value;

		if (!key || text_list_has(lenient_keys, key))
			continue;
		value = wpa_store_get(other, key);
		if (!value || strcmp(value, wpa_store_get(network, key)) != 0)
			return false;
	}
	return true;
}

static bool means_the_same(const struct wpa_store_network *network, const struct wpa_store_network *other)
{
	return network->usable && other->usable && network->sta.pmf == other->sta.pmf && has_keys_of(network, other) &&
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
