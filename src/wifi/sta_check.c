/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi sta --check`: what a file says, and whether the card of an interface can do it. Changes nothing. */
#include "wifi/wifi.h"

#include "base/text.h"
#include "conf/wpa_conf.h"
#include "driver/sta.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the networks ---- */

static void print_ciphers(const char *title, uint32_t set)
{
	printf("%s", title);
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		if (set >> cipher & 1)
			printf(" %s", cipher_name(cipher));
}

static void print_akms(uint32_t set)
{
	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		if (set >> akm & 1)
			printf(" %s", akm_info(akm)->name);
}

static void print_security(const struct sta_network *network)
{
	static const char *const pmf[] = {"off", "optional", "required"};

	if (network->open && network->wep == CIPHER_NONE) {
		printf("open, without encryption");
		return;
	}
	if (network->open) {
		printf("%s", cipher_name(network->wep));
		return;
	}
	printf("%s%s%s,", network->wpa ? "WPA" : "", network->wpa && network->rsn ? " and " : "",
	       network->rsn ? "WPA2" : "");
	print_akms(network->akms);
	print_ciphers(", pairwise", network->pairwise);
	print_ciphers(", group", network->group);
	printf(", protected management frames %s", pmf[network->pmf]);
}

static void print_network(const struct sta_network *network)
{
	char ssid[SSID_TEXT];

	ssid_format(ssid, sizeof(ssid), network->ssid, network->ssid_len);
	printf("network \"%s\": ", network->ssid_len ? ssid : "(any)");
	print_security(network);
	if (network->scan_ssid)
		printf(", may be hidden");
	if (network->disabled)
		printf(", disabled");
	printf("\n");
}

/* ---- the card ---- */

/* Returns why the card cannot join the network, or NULL. */
static const char *find_obstacle(const struct sta_network *network, const struct nl80211_wiphy *wiphy)
{
	struct sta_network limited = *network;
	const char *obstacle = NULL;
	bool channel = !network->freqs[0];

	driver_sta_limit_network(&limited, wiphy);
	for (size_t i = 0; i < STA_CHANNELS_MAX && network->freqs[i]; i++) {
		const struct nl80211_channel *found = nl80211_wiphy_channel(wiphy, network->freqs[i]);

		channel |= found && !found->disabled;
	}
	if (!channel)
		obstacle = "none of its channels";
	else if (!network->open && !limited.pairwise)
		obstacle = "none of its pairwise ciphers";
	else if (!network->open && !limited.group)
		obstacle = "none of its group ciphers";
	else if (network->pmf == 2 && !(wiphy->ciphers & 1u << CIPHER_BIP_CMAC_128))
		obstacle = "no protected management frames";
	else if (network->wep != CIPHER_NONE && !(wiphy->ciphers >> network->wep & 1))
		obstacle = "no WEP";
	crypto_wipe(&limited, sizeof(limited));
	return obstacle;
}

static bool check_networks(const struct sta_setup *setup, const char *interface, const struct nl80211_wiphy *wiphy)
{
	bool all = true;

	for (size_t i = 0; i < setup->network_count; i++) {
		const struct sta_network *network = &setup->networks[i];
		const char *obstacle = find_obstacle(network, wiphy);
		char ssid[SSID_TEXT];

		ssid_format(ssid, sizeof(ssid), network->ssid, network->ssid_len);
		if (obstacle)
			printf("%s: network \"%s\": this card has %s\n", interface, ssid, obstacle);
		all &= !obstacle;
	}
	if (all)
		printf("%s: the card can join %s\n", interface,
		       setup->network_count > 1 ? "each network" : "the network");
	return all;
}

static void print_channels(const struct nl80211_wiphy *wiphy, const char *interface)
{
	for (size_t i = 0; i < NL80211_WIPHY_BANDS; i++) {
		const struct nl80211_band_info *band = &wiphy->bands[i];
		unsigned usable = 0, passive = 0;

		for (size_t channel = 0; channel < band->channel_count; channel++) {
			usable += !band->channels[channel].disabled;
			passive += !band->channels[channel].disabled && band->channels[channel].no_ir;
		}
		if (usable)
			printf("%s: %s GHz: %u channels, %u of them for passive scans only\n", interface,
			       (const char *[]){"2.4", "5", "60", "6"}[i], usable, passive);
	}
}

static void print_card(const struct nl80211_wiphy *wiphy, const char *interface)
{
	printf("%s: radio %s; %s; EAPOL by %s\n", interface, wiphy->name,
	       nl80211_wiphy_has_sme(wiphy) ? "vifi authenticates and associates"
					    : "the driver authenticates and associates",
	       nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211) ? "nl80211"
											       : "a packet socket");
	printf("%s:", interface);
	print_ciphers(" ciphers", wiphy->ciphers);
	printf("\n");
	print_channels(wiphy, interface);
}

static void log_text(void *user, const char *interface, const char *text)
{
	(void)user;
	printf("%s%s%s\n", interface ? interface : "", interface ? ": " : "", text);
}

static bool check_card(const struct sta_setup *setup, const char *interface)
{
	const struct driver_owner owner = {.log = log_text};
	struct driver_interface found;
	struct error error;
	bool ok = false;
	int err;
	struct driver *driver = driver_open(&owner, &err, &error);

	if (driver && driver_inspect(driver, interface, &found, &error) == 0) {
		ok = driver_wiphy(driver)->iftypes >> NL80211_IFTYPE_STATION & 1;
		if (!ok)
			printf("%s: the driver cannot work as a station\n", interface);
		print_card(driver_wiphy(driver), interface);
		ok = check_networks(setup, interface, driver_wiphy(driver)) && ok;
	} else {
		printf("%s\n", error.text);
	}
	driver_close(driver);
	return ok;
}

/* ---- the command ---- */

static bool print_file(struct wpa_conf *conf, struct crypto *crypto, const char *file, struct sta_setup *setup,
		       struct error *error)
{
	if (!wpa_conf_load(conf, file, error) || !wpa_conf_setup(conf, crypto, setup, error))
		return false;
	for (size_t i = 0; i < conf->warnings.count; i++)
		printf("%s\n", conf->warnings.list[i].text);
	printf("%s: %zu network%s\n", file, setup->network_count, setup->network_count == 1 ? "" : "s");
	for (size_t i = 0; i < setup->network_count; i++)
		print_network(&setup->networks[i]);
	return true;
}

enum wifi_result wifi_sta_check(const struct wifi_options *options, const char *file)
{
	struct crypto *crypto = crypto_new();
	enum wifi_result result = WIFI_USAGE;
	struct wpa_conf conf = {0};
	struct sta_setup setup;
	struct error error;

	error_set(&error, -ENOSYS, "OpenSSL's libcrypto does not work: its default provider is missing");
	if (!crypto || !print_file(&conf, crypto, file, &setup, &error)) {
		fprintf(stderr, "vifi sta: %s\n", error.text);
	} else if (!options->driver[0] && !wifi_card_exists(options->interface)) {
		printf("%s: there is no such Wi-Fi card: vifi sta would use the medium of vifi air\n",
		       options->interface);
		result = WIFI_OK;
	} else if (strstr(options->driver, "air")) {
		result = WIFI_OK;
	} else {
		result = check_card(&setup, options->interface) ? WIFI_OK : WIFI_FAILED;
	}
	wpa_conf_free(&conf);
	crypto_free(crypto);
	return result;
}
