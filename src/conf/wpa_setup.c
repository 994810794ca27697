/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The setup of the station of mlme/sta.h from what a wpa_supplicant.conf says. */
#include "conf/wpa_conf.h"

#include <stdlib.h>
#include <string.h>

#define CIPHER_BIT(c) (1u << CIPHER_##c)

static const uint16_t *block_freqs(const struct wpa_network *network)
{
	return network->freq_list.list[0] ? network->freq_list.list : network->scan_freq.list;
}

/* The secrets of SAE, of the passphrase if there is no sae_password; before that is wiped. */
static bool setup_sae(const struct wpa_network *network, const struct wpa_global *global, struct crypto *crypto,
		      struct sta_network *sta_network, struct error *error)
{
	static const uint16_t all_groups[] = {19, 20, 21, 0};
	const uint16_t *groups = global->sae_groups[0] ? global->sae_groups : all_groups;
	struct sae_password *sae = &sta_network->sae;

	*sae = network->sae;
	if (!sae->password_len) {
		sae->password_len = strlen(network->psk.passphrase);
		memcpy(sae->password, network->psk.passphrase, sae->password_len);
	}
	sta_network->sae_pwe = global->sae_pwe;
	if ((network->akms.set & akm_set_sae() & akm_set_hash_by_group()) || sae->identifier_len)
		sta_network->sae_pwe = global->sae_pwe ? global->sae_pwe : 2; /* it needs hash to element */
	while (groups[sta_network->sae_group_count]) {
		sta_network->sae_groups[sta_network->sae_group_count] = groups[sta_network->sae_group_count];
		sta_network->sae_group_count++;
	}
	if (!sae->password_len)
		return true; /* the passphrase was used before: it is in the PMK only */
	if (sae_password_derive(crypto, sae, (struct span){sta_network->ssid, sta_network->ssid_len},
				sta_network->sae_groups, sta_network->sae_group_count))
		return error_set(error, false, "cannot derive the secrets of SAE: no memory");
	return true;
}

/* Without RC4, TKIP is no default, and a network that demands it cannot be used. */
static bool setup_rc4(const struct wpa_network *network, struct crypto *crypto, struct sta_network *sta_network,
		      struct error *error)
{
	if (network->default_pairwise && !crypto_has_rc4(crypto))
		sta_network->pairwise &= ~CIPHER_BIT(TKIP);
	if (network->default_group && !crypto_has_rc4(crypto))
		sta_network->group &= ~CIPHER_BIT(TKIP);
	if ((sta_network->wep != CIPHER_NONE || ((sta_network->pairwise | sta_network->group) & CIPHER_BIT(TKIP))) &&
	    !crypto_has_rc4(crypto))
		return error_set(error, false, "WEP and TKIP need RC4; install OpenSSL's legacy provider (legacy.so)");
	return true;
}

/* Without 802.11n there is no 802.11ac or ax either. */
static uint8_t disabled_modes(const struct wpa_network *network)
{
	if (network->disable_ht)
		return PLANE_HT | PLANE_VHT | PLANE_HE;
	return (uint8_t)((network->disable_vht ? PLANE_VHT : 0) | (network->disable_he ? PLANE_HE : 0));
}

/* Operating channel validation needs PMF. The global pmf does not apply to networks without RSN, which have none. */
static void adapt_pmf(const struct wpa_network *network, struct sta_network *sta_network)
{
	if (network->ocv && !sta_network->pmf) {
		sta_network->pmf = 1;
		sta_network->refuses_pmf = false;
	}
	if (network->akms.none || !network->rsn)
		sta_network->pmf = 0;
}

bool wpa_network_setup(struct wpa_network *network, const struct wpa_global *global, struct crypto *crypto,
		       struct sta_network *sta_network, struct error *error)
{
	*sta_network = (struct sta_network){
		.ssid_len = network->ssid.len,
		.any_bssid = !network->bssid.set,
		.accept = network->accept,
		.ignore = network->ignore,
		.scan_ssid = network->scan_ssid || (global->ap_scan == 2 && network->ssid.len),
		.disabled = network->disabled,
		.priority = network->priority,
		.open = network->akms.none,
		.wpa = network->wpa && !network->akms.none,
		.rsn = network->rsn && !network->akms.none,
		.akms = network->akms.set,
		.pairwise = network->pairwise,
		.group = network->group,
		.group_mgmt = network->group_mgmt,
		.pmf = network->pmf == 3 ? global->pmf : network->pmf,
		.refuses_pmf = !network->pmf,
		.wep = network->wep[0].set ? network->wep[0].cipher : CIPHER_NONE,
		.ptk_rekey_s = network->ptk_rekey_s,
		.owe_group = (uint16_t)network->owe_group,
		.owe_only = network->owe_only,
		.max_idle = (uint16_t)network->max_idle,
		.four_address = network->four_address,
		.multi_ap_backhaul = network->multi_ap_backhaul,
		.deny_rekey = network->deny_rekey == 2,
		.beacon_protection = network->beacon_protection,
		.ocv = network->ocv,
		.opportunistic = network->proactive_key_caching == 2 ? global->okc : network->proactive_key_caching,
		.sae_needs_pmf = global->sae_check_mfp,
		.bgscan = network->has_bgscan ? network->bgscan : global->bgscan,
		.freqs_only = network->freq_list.list[0],
		.disabled_modes = disabled_modes(network),
	};
	sta_network->address =
		(enum sta_address)(wpa_network_has(network, "mac_addr") ? network->mac_addr : global->mac_addr);
	memcpy(sta_network->address_value, network->mac_value, sizeof(sta_network->address_value));
	memcpy(sta_network->ssid, network->ssid.bytes, sizeof(sta_network->ssid));
	memcpy(sta_network->bssid, network->bssid.addr, sizeof(sta_network->bssid));
	memcpy(sta_network->wep_key, network->wep[0].key, sizeof(sta_network->wep_key));
	memcpy(sta_network->freqs, block_freqs(network), sizeof(sta_network->freqs));
	adapt_pmf(network, sta_network);
	if (!setup_rc4(network, crypto, sta_network, error))
		return false;
	if ((sta_network->akms & akm_set_sae()) && !setup_sae(network, global, crypto, sta_network, error))
		return false;
	if (!network->ssid.len && network->psk.set && !network->psk.has_pmk)
		memcpy(sta_network->passphrase, network->psk.passphrase, sizeof(sta_network->passphrase));
	else if (!sta_network->open && network->psk.set &&
		 text_psk_to_pmk(&network->psk, crypto, sta_network->ssid, sta_network->ssid_len, sta_network->pmk) !=
			 0)
		return error_set(error, false, "cannot derive the key of a network: no memory");
	crypto_wipe(network->psk.passphrase, sizeof(network->psk.passphrase)); /* of an open network, too */
	return true;
}

void wpa_conf_scan_setup(const struct wpa_conf *conf, struct sta_setup *setup)
{
	static const uint16_t all_freqs[] = {
		2412, 2437, 2462, 2417, 2422, 2427, 2432, 2442, 2447, 2452, 2457, 2467, 2472, 5180, 5200, 5220, 5240,
		5260, 5280, 5300, 5320, 5500, 5520, 5540, 5560, 5580, 5600, 5620, 5640, 5660, 5680, 5700, 5720, 5745,
		5765, 5785, 5805, 5825, 2484,
		/* the preferred scanning channels of 6 GHz (802.11ax-2021, 26.17.2.3.3) */
		5975, 6055, 6135, 6215, 6295, 6375, 6455, 6535, 6615, 6695, 6775, 6855, 6935, 7015, 7095};

	*setup = (struct sta_setup){.passive = conf->global.passive_scan, .wmm = true};
	setup->autoscan = conf->global.autoscan;
	setup->no_steering = conf->global.disable_btm;
	setup->scan_address = (enum sta_address)conf->global.preassoc_mac_addr;
	setup->address_lifetime_s = conf->global.rand_addr_lifetime ? conf->global.rand_addr_lifetime : 1;
	setup->pmksa_terms = (struct sta_pmksa_terms){conf->global.pmk_lifetime, conf->global.pmk_renewal};
	setup->freqs_only = conf->global.freq_list.list[0];
	if (conf->global.freq_list.list[0])
		memcpy(setup->freqs, conf->global.freq_list.list, sizeof(setup->freqs));
	else /* mlme/sta_scan.c leaves them out while each network lists its own */
		memcpy(setup->freqs, all_freqs, sizeof(all_freqs));
}

bool wpa_conf_setup(struct wpa_conf *conf, struct crypto *crypto, struct sta_setup *setup, struct error *error)
{
	wpa_conf_scan_setup(conf, setup);
	free(conf->sta_networks);
	conf->sta_networks = calloc(conf->count + 1, sizeof(*conf->sta_networks));
	if (!conf->sta_networks)
		return error_set(error, false, "no memory");
	setup->networks = conf->sta_networks;
	setup->network_count = conf->count;
	for (size_t i = 0; i < conf->count; i++)
		if (!wpa_network_setup(&conf->networks[i], &conf->global, crypto, &conf->sta_networks[i], error))
			return false;
	return true;
}
