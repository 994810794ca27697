/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi sta --check`: what a file says, and whether the card of an interface can do it. Changes nothing. */
#include "wifi/sta_check.h"

#include "base/text.h"
#include "driver/sta.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <stdio.h>

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

/* The file may be meant for another machine, or the card comes later: that says nothing about the file. */
static int skip_card(const char *interface, struct error *error)
{
	printf("%s: the card was not checked: %s\n", interface, error->text);
	return error_set(error, 0, "%s", "");
}

static int check_card(const struct sta_setup *setup, const char *interface, struct error *error)
{
	const struct driver_owner owner = {.log = log_text};
	int err;
	struct driver *driver = driver_open(&owner, &err, error);

	if (!driver)
		return err == -EOPNOTSUPP ? skip_card(interface, error) : err;
	err = driver_find_radio(driver, interface, error);
	if (err == -ENODEV) {
		driver_close(driver);
		return skip_card(interface, error);
	}
	if (err == 0) {
		print_card(driver_wiphy(driver), interface);
		if (!(driver_wiphy(driver)->iftypes >> NL80211_IFTYPE_STATION & 1))
			err = error_set(error, -EOPNOTSUPP,
					"%s: the driver cannot work as a station; `iw phy` lists its interface modes",
					interface);
		else if (!check_networks(setup, interface, driver_wiphy(driver)))
			err = error_set(error, -EOPNOTSUPP, "%s: the card cannot join all networks of the file",
					interface);
	}
	driver_close(driver);
	return err;
}

enum wifi_result wifi_sta_check(const struct sta_setup *setup, const char *interface, bool use_driver,
				struct error *error)
{
	printf("%zu network%s\n", setup->network_count, setup->network_count == 1 ? "" : "s");
	for (size_t i = 0; i < setup->network_count; i++)
		print_network(&setup->networks[i]);
	if (use_driver)
		return check_card(setup, interface, error) ? WIFI_FAILED : WIFI_OK;
	printf("%s: there is no such Wi-Fi card: vifi sta would create it on the medium of vifi air\n", interface);
	return WIFI_OK;
}
