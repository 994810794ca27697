/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cipher suites and AKM suites: their selectors on the air (IEEE 802.11-2016, Tables 9-131 and 9-133), names, lengths. */
#ifndef VIFI_WIRE_SUITE_H
#define VIFI_WIRE_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cipher {
	CIPHER_WEP_40,
	CIPHER_WEP_104,
	CIPHER_TKIP,
	CIPHER_CCMP_128,
	CIPHER_CCMP_256,
	CIPHER_GCMP_128,
	CIPHER_GCMP_256,
	CIPHER_BIP_CMAC_128,
	CIPHER_BIP_CMAC_256,
	CIPHER_BIP_GMAC_128,
	CIPHER_BIP_GMAC_256,
	CIPHERS /* also: none */
};

/* Authentication and key management.  WPA's own PSK has another selector but is the same thing as AKM_PSK. */
enum akm {
	AKM_PSK,        /* keys by SHA-1 */
	AKM_PSK_SHA256, /* keys by SHA-256 */
	/* Followed by who reads captures (mlme/observer.h), not spoken by our access point and station: */
	AKM_FT_PSK, /* keys by SHA-256, of the hierarchy of rsn/ft.h */
	AKM_8021X,
	AKM_8021X_SHA256,
	AKM_SAE,
	AKM_OWE,
	AKMS
};

#define KEY_MAX 32 /* bytes of the longest key */

/* The length of a cipher's keys in bytes, and its name as tools write it: "CCMP". */
size_t cipher_key_len(enum cipher cipher);
const char *cipher_name(enum cipher cipher);

/* Selectors of four bytes; `wpa` picks those of WPA (00-50-F2) instead of 00-0F-AC.  Unknown ones give CIPHERS, AKMS. */
enum cipher cipher_from_selector(const uint8_t *selector, bool wpa);
enum akm akm_from_selector(const uint8_t *selector, bool wpa);
void cipher_selector(enum cipher cipher, bool wpa, uint8_t selector[4]);
void akm_selector(enum akm akm, bool wpa, uint8_t selector[4]);

#endif
