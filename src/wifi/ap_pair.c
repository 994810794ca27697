/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OWE transition mode over two radios: owe_transition_ifname may name a network of another radio of this process. Its address and name
 * are known once it runs, and may change; then the beacons of this one follow.
 */
#include "wifi/ap_hub_state.h"

#include "base/mac.h"

#include <string.h>

static const struct ap_bss_setup *find_network(const struct ap_hub *hub, const char *interface)
{
	for (size_t i = 0; i < hub->count; i++) {
		const struct ap_face *face = ap_radio_face(hub->radios[i], interface);

		if (face && hub->radios[i]->state == AP_RADIO_ON)
			return ap_face_setup(face);
	}
	return NULL;
}

static bool is_own(const struct hostapd_conf *conf, const char *interface)
{
	for (size_t i = 0; i < conf->bss_count; i++)
		if (!strcmp(conf->bss[i].interface, interface))
			return true;
	return false;
}

/* The pair of a network. Returns false if it has none of another radio that runs. */
static bool find_pair(const struct ap_hub *hub, const struct hostapd_conf *conf, size_t bss,
		      struct owe_transition *pair)
{
	const char *interface = conf->bss[bss].owe_transition_ifname;
	const struct ap_bss_setup *setup =
		interface[0] && !is_own(conf, interface) ? find_network(hub, interface) : NULL;

	if (!setup)
		return false;
	*pair = (struct owe_transition){.ssid_len = setup->ssid_len};
	mac_copy(pair->bssid, setup->bssid);
	memcpy(pair->ssid, setup->ssid, setup->ssid_len);
	return true;
}

void ap_pair_resolve(const struct ap_hub *hub, struct hostapd_conf *conf)
{
	struct owe_transition pair;

	for (size_t i = 0; i < conf->bss_count; i++)
		if (find_pair(hub, conf, i, &pair))
			conf->bss[i].owe_transition = pair;
}

static bool is_same(const struct owe_transition *a, const struct owe_transition *b)
{
	return mac_equal(a->bssid, b->bssid) && a->ssid_len == b->ssid_len && !memcmp(a->ssid, b->ssid, a->ssid_len);
}

static bool has_changed(const struct ap_hub *hub, const struct hostapd_conf *conf)
{
	struct owe_transition pair;

	for (size_t i = 0; i < conf->bss_count; i++)
		if (find_pair(hub, conf, i, &pair) && !is_same(&conf->bss[i].owe_transition, &pair))
			return true;
	return false;
}

void ap_pair_refresh(const struct ap_hub *hub)
{
	struct error error;

	for (size_t i = 0; i < hub->count; i++) {
		struct ap_radio *radio = hub->radios[i];

		if (radio->state == AP_RADIO_ON && radio->config && has_changed(hub, &radio->config->conf) &&
		    !ap_radio_apply(radio, &error))
			wifi_log_printf(hub->host->log, hostapd_edit_interface(radio->edit, 0), "%s", error.text);
	}
}
