/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network announces which of its authentication methods are obsolete (Transition Disable: Wi-Fi Alliance, WPA3 3.0,
 * 8). The station stops using them at once, until the process ends (mlme/sta_keys.c); here the network block changes in
 * the same way, and with update_config=1 the file, too.
 */
#include "ctrl/sta/wpas.h"

#include <stdio.h>
#include <string.h>

/* The AKMs of SAE of a list: "WPA-PSK SAE" gives "SAE". */
static void keep_sae(const char *akms, char *out, size_t room)
{
	struct text_akms parsed;
	struct error error;
	size_t len = 0;

	*out = '\0';
	if (!text_parse_akms(&parsed, "key_mgmt", akms, &error))
		return;
	for (enum akm akm = 0; akm < AKM_COUNT && len < room; akm++)
		if (parsed.set & akm_set_sae() & 1u << akm)
			len += (size_t)snprintf(out + len, room - len, "%s%s", len ? " " : "", akm_info(akm)->name);
}

/* A block without group= allows TKIP, for wpa_supplicant: CCMP, and the cipher of now, do not. */
static const char *group_without_tkip(const struct wpa_store_network *network, enum cipher current, char *out,
				      size_t room)
{
	const char *value = wpa_store_get(network, "group");
	char word[32];
	size_t len = 0;

	if (!value && current != CIPHER_CCMP_128) {
		snprintf(out, room, "CCMP %s", cipher_name(current));
		return out;
	}
	if (!value)
		return "CCMP";
	*out = '\0';
	for (int used; sscanf(value, "%31s%n", word, &used) == 1; value += used)
		if (strcmp(word, "TKIP") != 0 && strncmp(word, "WEP", 3) != 0 && len < room)
			len += (size_t)snprintf(out + len, room - len, "%s%s", len ? " " : "", word);
	return len ? out : "CCMP";
}

static void forbid_older_protection(struct wpa_store_network *network, enum cipher current)
{
	const char *akms = wpa_store_get(network, "key_mgmt");
	char sae[128], group[128];
	struct error error;

	keep_sae(akms ? akms : "", sae, sizeof(sae));
	if (!*sae || !wpa_store_set(network, "key_mgmt", sae, &error))
		return;
	wpa_store_set(network, "proto", "RSN", &error);
	wpa_store_set(network, "ieee80211w", "2", &error);
	wpa_store_set(network, "group", group_without_tkip(network, current, group, sizeof(group)), &error);
}

/* Returns whether the block has changed: each connection brings the bits again, and the file may have other changes since. */
static bool forbid(struct wpa_store_network *network, const struct sta_info *info, uint8_t bits)
{
	bool was_stale = network->stale, changed;
	struct error error;

	network->stale = false;
	if ((bits & TRANSITION_DISABLE_PERSONAL) && akm_info(info->akm)->sae)
		forbid_older_protection(network, info->group);
	if ((bits & TRANSITION_DISABLE_OPEN) && akm_info(info->akm)->owe)
		wpa_store_set(network, "owe_only", "1", &error);
	changed = network->stale;
	network->stale |= was_stale;
	return changed;
}

void wpas_disable_transition(struct wpas *wpas, uint32_t handle, uint8_t bits)
{
	struct wpa_store_network *network = wpa_store_by_handle(&wpas->store, handle);
	struct sta_info info;

	wpas_event(wpas, "TRANSITION-DISABLE %02x", bits);
	wpas_info(wpas, &info);
	if (network && forbid(network, &info, bits))
		wpas_save_if_permitted(wpas);
}
