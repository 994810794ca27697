/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A block network={ … }: its keys one by one, and what they mean together. */
#include "conf/wpa_conf.h"

#include <string.h>

#define CIPHER_BIT(c) (1u << CIPHER_##c)
#define GROUP_MGMT_ALL \
	(CIPHER_BIT(BIP_CMAC_128) | CIPHER_BIT(BIP_CMAC_256) | CIPHER_BIT(BIP_GMAC_128) | CIPHER_BIT(BIP_GMAC_256))

/* ---- keys ---- */

void wpa_network_init(struct wpa_network *network, unsigned line)
{
	memset(network, 0, sizeof(*network));
	opt_defaults(wpa_network_options, network);
	network->first_line = line;
}

static size_t key_index(const char *key)
{
	return (size_t)(opt_find(wpa_network_options, key) - wpa_network_options);
}

unsigned wpa_network_line(const struct wpa_network *network, const char *key)
{
	return network->key_line[key_index(key)];
}

bool wpa_network_has(const struct wpa_network *network, const char *key)
{
	return wpa_network_line(network, key);
}

static unsigned line_of_key(const struct wpa_network *network, const char *key)
{
	unsigned line = wpa_network_line(network, key);

	return line ? line : network->first_line;
}

enum wpa_key wpa_network_set(struct wpa_network *network, const char *key, const char *value, unsigned line,
			     struct error *error)
{
	const struct opt *opt = opt_find(wpa_network_options, key);

	network->remark = (struct wpa_remark){0};
	if (!opt && ignored_has(&wpa_network_ignored, key))
		return WPA_KEY_IGNORED;
	if (!opt) {
		wpa_unknown_key(wpa_network_options, &wpa_network_ignored, key, " in a network", error);
		return WPA_KEY_INVALID;
	}
	if (!wpa_set_option(opt, WPA_IN_NETWORK, network, value, error))
		return WPA_KEY_INVALID;
	network->key_line[opt - wpa_network_options] = line;
	return WPA_KEY_SET;
}

/* ---- what they mean together ---- */

struct block_check {
	struct wpa_network *network;
	struct text_warnings *warnings;
	const char *file;
	size_t warnings_before; /* the number of warnings before this block */
};

/* Warns that the block is not used, and returns false. This replaces the warnings about its keys. */
static bool skip(struct block_check *check, const char *key, const char *text, const char *detail)
{
	check->warnings->count = check->warnings_before;
	text_warn(check->warnings, check->file, line_of_key(check->network, key), "this network is skipped: %s%s", text,
		  detail);
	return false;
}

static void warn_at_key(struct block_check *check, const char *key, const char *text)
{
	text_warn(check->warnings, check->file, line_of_key(check->network, key), "%s", text);
}

/* Each AKM needs its secret; those without one are left out if others remain. */
static bool check_secrets(struct block_check *check)
{
	struct wpa_network *network = check->network;
	struct text_akms *akms = &network->akms;
	bool sae = network->sae.password_len || (network->psk.set && !network->psk.has_pmk);

	if (!network->psk.set)
		akms->set &= akm_set_without_psk();
	if (!sae)
		akms->set &= ~akm_set_sae();
	if (!akms->set)
		return skip(check, "key_mgmt", network->psk.set ? "SAE needs a password, not a key" : "it has no psk",
			    "");
	return true;
}

static bool check_akms(struct block_check *check)
{
	struct wpa_network *network = check->network;
	struct text_akms *akms = &network->akms;

	if (!wpa_network_has(network, "key_mgmt")) {
		/* wpa_supplicant's default is WPA-PSK and 802.1X; a psk means WPA-PSK. */
		if (!network->psk.set && !network->sae.password_len)
			return skip(check, "ssid",
				    "it has no psk, which means 802.1X, which is not supported; set key_mgmt=NONE for "
				    "an open network",
				    "");
		akms->set = 1u << AKM_PSK;
	}
	if (!akms->set && !akms->none)
		return skip(check, "key_mgmt",
			    strstr(akms->unsupported, "EAP") || strstr(akms->unsupported, "8021X")
				    ? "802.1X is not supported; wpa_supplicant can join it. It has key_mgmt="
				    : "no support for key_mgmt=",
			    akms->unsupported);
	if (akms->unsupported_count)
		text_warn(check->warnings, check->file, line_of_key(network, "key_mgmt"),
			  "key_mgmt: %s%s not supported and ignored", akms->unsupported,
			  akms->unsupported_count > 1 ? " and others are" : " is");
	if (akms->set && akms->none) {
		/* A block is for an open or for a protected network: protected, if it has a key. */
		akms->none = !network->psk.set;
		akms->set = network->psk.set ? akms->set : 0;
		text_warn(check->warnings, check->file, line_of_key(network, "key_mgmt"),
			  "key_mgmt: %s; a network is either open or protected",
			  akms->none ? "only NONE is used, because there is no psk"
				     : "NONE is ignored, because there is a psk");
	}
	if (akms->none && network->psk.set)
		return skip(check, "psk", "it has a psk, but key_mgmt=NONE makes it an open network", "");
	return !akms->set || check_secrets(check);
}

static bool check_ciphers(struct block_check *check)
{
	struct wpa_network *network = check->network;

	if (!network->rsn && !(network->akms.set & akm_set_wpa()))
		return skip(check, "key_mgmt", "WPA-PSK-SHA256 needs WPA2: proto=RSN", "");
	if (network->no_pairwise)
		return skip(check, "pairwise", "pairwise=NONE is for an ad hoc network, which is not supported", "");
	if (network->no_group)
		return skip(check, "group", "it has no group cipher that is supported", "");
	network->default_pairwise = !network->pairwise;
	if (!network->pairwise)
		network->pairwise = TEXT_CIPHERS_DEFAULT | (network->akms.set & akm_set_wpa() ? CIPHER_BIT(TKIP) : 0);
	network->default_group = !network->group;
	if (!network->group)
		network->group = TEXT_CIPHERS_DEFAULT | CIPHER_BIT(TKIP);
	if (!network->group_mgmt)
		network->group_mgmt = GROUP_MGMT_ALL;
	if (network->pmf == 2 && !network->rsn)
		return skip(check, "ieee80211w", "ieee80211w=2 needs WPA2: proto=RSN", "");
	if (network->pmf == 2 && !(network->pairwise & ~CIPHER_BIT(TKIP)))
		return skip(check, "ieee80211w", "ieee80211w=2 needs a pairwise cipher other than TKIP", "");
	return true;
}

/* Without an SSID the BSSID must say which network it is. The elements of SAE depend on the SSID. */
static bool check_nameless(struct block_check *check)
{
	struct wpa_network *network = check->network;

	network->akms.set &= ~akm_set_sae();
	if (!network->bssid.set || !network->akms.set)
		return skip(check, "ssid", "it has no name; set ssid=\"TEXT\"", "");
	return true;
}

static bool check_wep(struct block_check *check)
{
	struct wpa_network *network = check->network;
	bool any = false, other_length = false;

	for (int i = 0; i < 4; i++) {
		any |= network->wep[i].set;
		other_length |= network->wep[i].set && network->wep[i].cipher == CIPHER_NONE;
	}
	if (any && !network->akms.none) {
		warn_at_key(check, "wep_key0", "WEP keys have no effect without key_mgmt=NONE");
		crypto_wipe(network->wep, sizeof(network->wep));
		return true;
	}
	if (other_length)
		return skip(check, "wep_key0", "a WEP key must have 5 or 13 bytes", "");
	if (any && !network->wep[0].set)
		return skip(check, "wep_key0", "only wep_key0 is supported, and it is missing", "");
	if (any && network->wep_tx_key)
		return skip(check, "wep_tx_keyidx", "only wep_key0 is supported: set wep_tx_keyidx=0", "");
	return true;
}

static const char *mode_text(uint32_t mode)
{
	switch (mode) {
	case 1:
		return "mode=1 is an ad hoc network, which is not supported";
	case 2:
		return "mode=2 is an access point: start it by vifi ap, with a hostapd.conf";
	case 5:
		return "mode=5 is a mesh, which is not supported";
	default:
		return "modes 3 and 4 belong to Wi-Fi Direct, which is not supported";
	}
}

bool wpa_network_complete(struct wpa_network *network, struct text_warnings *warnings, size_t warnings_before,
			  const char *file)
{
	struct block_check check = {
		.network = network, .warnings = warnings, .file = file, .warnings_before = warnings_before};

	if (network->mode)
		return skip(&check, "mode", mode_text(network->mode), "");
	if (network->freq_list.none || network->scan_freq.none)
		return skip(&check, network->freq_list.none ? "freq_list" : "scan_freq",
			    "it has no frequency of the bands at 2.4, 5 and 6 GHz", "");
	if (!check_akms(&check))
		return false;
	if (network->akms.none && network->pmf == 2)
		return skip(&check, "ieee80211w", "ieee80211w=2 needs a protected network, not key_mgmt=NONE", "");
	if (!network->ssid.len && !network->akms.none && !check_nameless(&check))
		return false;
	if (network->osen && !network->akms.none && !network->wpa && !network->rsn)
		return skip(&check, "proto", "proto=OSEN is for Hotspot 2.0, which is not supported", "");
	if (!network->wpa && !network->rsn) {
		network->rsn = true;
		network->wpa = network->akms.set & akm_set_wpa();
	}
	if (network->mac_addr == STA_ADDRESS_FIXED && !wpa_network_has(network, "mac_value"))
		return skip(&check, "mac_addr", "mac_addr=3 needs mac_value", "");
	return check_wep(&check) && (network->akms.none || check_ciphers(&check));
}
