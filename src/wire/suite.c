/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/suite.h"

#include <assert.h>
#include <string.h>

/* Key and MIC lengths of all AKMs with a hash of 128 to 256 bits. */
#define LENGTHS_128 .kck_len = 16, .kek_len = 16, .mic_len = 16

struct cipher_row {
	const char *name;
	uint8_t type, key_len;
};

static const struct cipher_row ciphers[CIPHER_COUNT] = {
	[CIPHER_WEP_40] = {"WEP-40", 1, 5},
	[CIPHER_WEP_104] = {"WEP-104", 5, 13},
	[CIPHER_TKIP] = {"TKIP", 2, 32},
	[CIPHER_CCMP_128] = {"CCMP", 4, 16},
	[CIPHER_CCMP_256] = {"CCMP-256", 10, 32},
	[CIPHER_GCMP_128] = {"GCMP", 8, 16},
	[CIPHER_GCMP_256] = {"GCMP-256", 9, 32},
	[CIPHER_BIP_CMAC_128] = {"BIP-CMAC-128", 6, 16},
	[CIPHER_BIP_CMAC_256] = {"BIP-CMAC-256", 13, 32},
	[CIPHER_BIP_GMAC_128] = {"BIP-GMAC-128", 11, 16},
	[CIPHER_BIP_GMAC_256] = {"BIP-GMAC-256", 12, 32},
};

/* A new row of enum akm is a row here. */
static const struct akm_info akms[] = {
	[AKM_PSK] = {.name = "WPA-PSK",
		     .type = 2,
		     .wpa = true,
		     .supported = true,
		     .kdf = AKM_HMAC_SHA1,
		     .mic = AKM_HMAC_SHA1,
		     .descriptor_version = 2,
		     .tkip_version = 1,
		     LENGTHS_128},
	[AKM_PSK_SHA256] = {.name = "WPA-PSK-SHA256",
			    .type = 6,
			    .supported = true,
			    .kdf = AKM_HMAC_SHA256,
			    .mic = AKM_AES_CMAC_128,
			    .descriptor_version = 3,
			    .tkip_version = 3,
			    LENGTHS_128},
	[AKM_FT_PSK] = {.name = "FT-PSK",
			.type = 4,
			.supported = true,
			.ft = true,
			.kdf = AKM_HMAC_SHA256,
			.mic = AKM_AES_CMAC_128,
			.descriptor_version = 3,
			.tkip_version = 3,
			LENGTHS_128},
	[AKM_8021X] = {.name = "WPA-EAP",
		       .type = 1,
		       .kdf = AKM_HMAC_SHA1,
		       .mic = AKM_HMAC_SHA1,
		       .descriptor_version = 2,
		       .tkip_version = 1,
		       LENGTHS_128},
	[AKM_8021X_SHA256] = {.name = "WPA-EAP-SHA256",
			      .type = 5,
			      .kdf = AKM_HMAC_SHA256,
			      .mic = AKM_AES_CMAC_128,
			      .descriptor_version = 3,
			      .tkip_version = 3,
			      LENGTHS_128},
	[AKM_SAE] = {.name = "SAE",
		     .type = 8,
		     .supported = true,
		     .sae = true,
		     .kdf = AKM_HMAC_SHA256,
		     .mic = AKM_AES_CMAC_128,
		     LENGTHS_128},
	[AKM_FT_SAE] = {.name = "FT-SAE",
			.type = 9,
			.supported = true,
			.ft = true,
			.sae = true,
			.kdf = AKM_HMAC_SHA256,
			.mic = AKM_AES_CMAC_128,
			LENGTHS_128},
	[AKM_SAE_EXT_KEY] = {.name = "SAE-EXT-KEY",
			     .type = 24,
			     .supported = true,
			     .sae = true,
			     .hash_by_group = true,
			     .needs_pmf = true,
			     .kdf = AKM_HMAC_SHA256,
			     .mic = AKM_HMAC_SHA256,
			     LENGTHS_128},
	[AKM_FT_SAE_EXT_KEY] = {.name = "FT-SAE-EXT-KEY",
				.type = 25,
				.supported = true,
				.ft = true,
				.sae = true,
				.hash_by_group = true,
				.kdf = AKM_HMAC_SHA256,
				.mic = AKM_HMAC_SHA256,
				LENGTHS_128},
	[AKM_OWE] = {.name = "OWE",
		     .type = 18,
		     .supported = true,
		     .owe = true,
		     .hash_by_group = true,
		     .kdf = AKM_HMAC_SHA256,
		     .mic = AKM_HMAC_SHA256,
		     LENGTHS_128},
};
static_assert(sizeof(akms) / sizeof(*akms) == AKM_COUNT, "each AKM has its row");

static const uint8_t *oui(bool wpa)
{
	static const uint8_t ieee_80211[OUI_LEN] = {OUI_IEEE_80211}, microsoft[OUI_LEN] = {OUI_MICROSOFT};

	return wpa ? microsoft : ieee_80211;
}

size_t cipher_key_len(enum cipher cipher)
{
	return cipher < CIPHER_COUNT ? ciphers[cipher].key_len : 0;
}

const char *cipher_name(enum cipher cipher)
{
	return cipher < CIPHER_COUNT ? ciphers[cipher].name : "none";
}

const struct akm_info *akm_info(enum akm akm)
{
	return &akms[akm < AKM_COUNT ? akm : AKM_PSK];
}

enum akm akm_from_name(const char *name)
{
	enum akm akm = 0;

	while (akm < AKM_COUNT && strcmp(akms[akm].name, name) != 0)
		akm++;
	return akm;
}

uint32_t akm_set_wpa(void)
{
	uint32_t set = 0;

	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		set |= (uint32_t)akms[akm].wpa << akm;
	return set;
}

uint32_t akm_set_ft(void)
{
	uint32_t set = 0;

	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		set |= (uint32_t)akms[akm].ft << akm;
	return set;
}

uint32_t akm_set_sae(void)
{
	uint32_t set = 0;

	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		set |= (uint32_t)akms[akm].sae << akm;
	return set;
}

uint32_t akm_set_hash_by_group(void)
{
	uint32_t set = 0;

	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		set |= (uint32_t)akms[akm].hash_by_group << akm;
	return set;
}

uint32_t akm_set_without_psk(void)
{
	uint32_t set = 0;

	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		set |= (uint32_t)(akms[akm].sae || akms[akm].owe) << akm;
	return set;
}

enum akm akm_strongest(uint32_t set)
{
	for (enum akm akm = AKM_COUNT; akm-- > 0;)
		if (set & 1u << akm)
			return akm;
	return AKM_NONE;
}

enum cipher cipher_from_selector(const uint8_t *selector, bool wpa)
{
	/* WPA knows no ciphers beyond CCMP. */
	enum cipher cipher = 0, end = wpa ? CIPHER_CCMP_256 : CIPHER_COUNT;

	if (memcmp(selector, oui(wpa), OUI_LEN) != 0)
		return CIPHER_NONE;
	while (cipher < end && ciphers[cipher].type != selector[OUI_LEN])
		cipher++;
	return cipher < end ? cipher : CIPHER_NONE;
}

enum akm akm_from_selector(const uint8_t *selector, bool wpa)
{
	if (memcmp(selector, oui(wpa), OUI_LEN) != 0)
		return AKM_NONE;
	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		if (akms[akm].type == selector[OUI_LEN] && (akms[akm].wpa || !wpa))
			return akm;
	return AKM_NONE;
}

void cipher_selector(enum cipher cipher, bool wpa, uint8_t selector[4])
{
	memcpy(selector, oui(wpa), OUI_LEN);
	selector[OUI_LEN] = ciphers[cipher].type;
}

void akm_selector(enum akm akm, bool wpa, uint8_t selector[4])
{
	memcpy(selector, oui(wpa), OUI_LEN);
	selector[OUI_LEN] = akms[akm].type;
}
