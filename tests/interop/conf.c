/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf hostapd|wpa_supplicant FILE: prints the name and the pairwise master key of each network, as vifi understands the
 * file, in hexadecimal digits. For test_files.py: vifi itself never shows keys.
 *
 * conf groups FILE: prints the groups of SAE of each network of a wpa_supplicant.conf.
 */
#include "base/text.h"
#include "conf/hostapd_conf.h"
#include "conf/wpa_conf.h"

#include <stdio.h>
#include <string.h>

static void print_network(const uint8_t *ssid, size_t ssid_len, const uint8_t *pmk)
{
	char name[HEX_TEXT(SSID_MAX)], key[HEX_TEXT(PMK_LEN)];

	printf("%s %s\n", hex_format(name, ssid, ssid_len), pmk ? hex_format(key, pmk, PMK_LEN) : "-");
}

static bool print_hostapd(const char *path, struct crypto *crypto, struct error *error)
{
	struct hostapd_conf conf;
	struct ap_setup setup;
	bool ok = hostapd_conf_load(&conf, path, error) && hostapd_conf_setup(&conf, crypto, &setup, error);

	for (size_t i = 0; ok && i < setup.bss_count; i++)
		print_network(setup.bss[i].ssid, setup.bss[i].ssid_len,
			      setup.bss[i].psk_count ? setup.bss[i].psks[0].pmk : NULL);
	hostapd_conf_free(&conf);
	return ok;
}

static void print_groups(const struct sta_network *network)
{
	for (size_t i = 0; i < network->sae_group_count; i++)
		printf("%u%s", network->sae_groups[i], i + 1 < network->sae_group_count ? " " : "\n");
}

static bool print_wpa_supplicant(const char *path, bool groups, struct crypto *crypto, struct error *error)
{
	struct wpa_conf conf;
	struct sta_setup setup;
	bool ok = wpa_conf_load(&conf, path, error) && wpa_conf_setup(&conf, crypto, &setup, error);

	for (size_t i = 0; ok && i < setup.network_count; i++) {
		const struct sta_network *network = &setup.networks[i];

		if (groups)
			print_groups(network);
		else
			print_network(network->ssid, network->ssid_len, network->open ? NULL : network->pmk);
	}
	wpa_conf_free(&conf);
	return ok;
}

int main(int argc, char **argv)
{
	struct crypto *crypto = crypto_new();
	struct error error = {""};
	bool ok = false;

	if (argc == 3 && crypto)
		ok = strcmp(argv[1], "hostapd")
			     ? print_wpa_supplicant(argv[2], !strcmp(argv[1], "groups"), crypto, &error)
			     : print_hostapd(argv[2], crypto, &error);
	if (!ok)
		fprintf(stderr, "%s\n", error.text);
	crypto_free(crypto);
	return !ok;
}
