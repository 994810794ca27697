/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_wpa.h"

#include "base/mac.h"
#include "conf/hostapd_keys.h"
#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

/* The last one of wpa_passphrase and wpa_psk counts. */
bool hostapd_read_passphrase(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_bss *bss = &((struct hostapd_target *)field)->bss;

	(void)size;
	if (!text_parse_passphrase(&bss->passphrase, value, strlen(value), error))
		return false;
	crypto_wipe(&bss->psk, sizeof(bss->psk));
	return true;
}

bool hostapd_read_pmk(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_bss *bss = &((struct hostapd_target *)field)->bss;

	(void)size;
	if (!text_parse_pmk(&bss->psk, value, error))
		return false;
	crypto_wipe(&bss->passphrase, sizeof(bss->passphrase));
	return true;
}

bool hostapd_read_akms(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return text_parse_akms(field, "wpa_key_mgmt", value, error);
}

bool hostapd_read_wpa_pairwise(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return text_parse_ciphers(field, "wpa_pairwise", value, error);
}

bool hostapd_read_rsn_pairwise(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return text_parse_ciphers(field, "rsn_pairwise", value, error);
}

static bool require_one_cipher(uint32_t *field, uint32_t set, const char *key, struct error *error)
{
	if (set & (set - 1))
		return error_set(error, false, "%s names several ciphers; it must be one", key);
	*field = set;
	return true;
}

bool hostapd_read_group(void *field, size_t size, const char *value, struct error *error)
{
	uint32_t set;

	(void)size;
	return text_parse_ciphers(&set, "group_cipher", value, error) &&
	       require_one_cipher(field, set, "group_cipher", error);
}

bool hostapd_read_group_mgmt(void *field, size_t size, const char *value, struct error *error)
{
	uint32_t set;

	(void)size;
	return text_parse_group_mgmt(&set, "group_mgmt_cipher", value, error) &&
	       require_one_cipher(field, set, "group_mgmt_cipher", error);
}

bool hostapd_read_wep(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return text_parse_wep(field, value, error);
}

bool hostapd_read_sae_password(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return hostapd_sae_add(&((struct hostapd_bss *)field)->sae, value, error);
}

/* 0 ends the list. hostapd starts with an empty one, and refuses every station. */
bool hostapd_read_sae_groups(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;
	struct hostapd_sae *sae = &target->bss.sae;
	char *end;

	(void)size;
	sae->no_group = !strtoul(value, &end, 10) && end != value && !*end;
	if (!sae->no_group)
		return sae_parse_groups(sae->groups, "sae_groups", value, &target->remark, error);
	target->remark = "sae_groups=0 permits no group: no station can authenticate by SAE; write sae_groups=19 20 21";
	return true;
}

/* 00:00:00:00:00:00 and an empty name end what was set before. */
bool hostapd_read_owe_bssid(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return mac_parse(field, value) ||
	       error_set(error, false, "owe_transition_bssid must be a MAC address (02:00:00:12:34:56), not `%.60s`",
			 value);
}

bool hostapd_read_owe_ssid(void *field, size_t size, const char *value, struct error *error)
{
	struct owe_transition *pair = field;

	(void)size;
	if (!text_parse_ssid(pair->ssid, &pair->ssid_len, value, error))
		return false;
	return pair->ssid_len ||
	       error_set(error, false, "owe_transition_ssid is empty; it must have 1 to %d bytes", SSID_MAX);
}

bool hostapd_read_owe_groups(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;

	(void)size;
	return sae_parse_groups(target->bss.owe_groups, "owe_groups", value, &target->remark, error);
}

bool hostapd_read_transition_disable(void *field, size_t size, const char *value, struct error *error)
{
	char *end;
	unsigned long bits = strtoul(value, &end, 0);

	(void)size;
	if (*end || !*value || bits > 0xff)
		return error_set(error, false, "transition_disable must be a number from 0 to 0xff, not `%.60s`",
				 value);
	*(uint32_t *)field = (uint32_t)bits;
	return true;
}
