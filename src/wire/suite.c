/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/suite.h"

#include <string.h>

struct cipher_row {
	const char *name;
	uint8_t type, key_len;
};

static const struct cipher_row ciphers[CIPHERS] = {
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

static const uint8_t akms[AKMS] = {
	[AKM_PSK] = 2,          [AKM_PSK_SHA256] = 6, [AKM_FT_PSK] = 4, [AKM_8021X] = 1,
	[AKM_8021X_SHA256] = 5, [AKM_SAE] = 8,        [AKM_OWE] = 18,
};

static const uint8_t *oui(bool wpa)
{
	static const uint8_t ieee[3] = {0x00, 0x0f, 0xac}, microsoft[3] = {0x00, 0x50, 0xf2};

	return wpa ? microsoft : ieee;
}

size_t cipher_key_len(enum cipher cipher)
{
	return cipher < CIPHERS ? ciphers[cipher].key_len : 0;
}

const char *cipher_name(enum cipher cipher)
{
	return cipher < CIPHERS ? ciphers[cipher].name : "none";
}

enum cipher cipher_from_selector(const uint8_t *selector, bool wpa)
{
	/* WPA knows no ciphers beyond CCMP. */
	enum cipher cipher = 0, end = wpa ? CIPHER_CCMP_256 : CIPHERS;

	if (memcmp(selector, oui(wpa), 3) != 0)
		return CIPHERS;
	while (cipher < end && ciphers[cipher].type != selector[3])
		cipher++;
	return cipher < end ? cipher : CIPHERS;
}

enum akm akm_from_selector(const uint8_t *selector, bool wpa)
{
	enum akm akm = 0, end = wpa ? AKM_PSK_SHA256 : AKMS;

	if (memcmp(selector, oui(wpa), 3) != 0)
		return AKMS;
	while (akm < end && akms[akm] != selector[3])
		akm++;
	return akm < end ? akm : AKMS;
}

void cipher_selector(enum cipher cipher, bool wpa, uint8_t selector[4])
{
	memcpy(selector, oui(wpa), 3);
	selector[3] = ciphers[cipher].type;
}

void akm_selector(enum akm akm, bool wpa, uint8_t selector[4])
{
	memcpy(selector, oui(wpa), 3);
	selector[3] = akms[akm];
}
