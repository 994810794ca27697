/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cipher suites and AKM suites: selectors (IEEE 802.11-2020, Tables 9-149 and 9-151), names, and the properties that
 * the handshakes and the configuration depend on.
 */
#ifndef VIFI_WIRE_SUITE_H
#define VIFI_WIRE_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUI_LEN 3

/* Organizationally unique identifiers, as initializers of `uint8_t[]`. */
#define OUI_IEEE_80211 0x00, 0x0f, 0xac /* RSN selectors and KDEs */
#define OUI_MICROSOFT  0x00, 0x50, 0xf2 /* WPA and WMM */

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
	CIPHER_COUNT,
	CIPHER_NONE = CIPHER_COUNT /* no cipher, or an unknown one */
};

/*
 * Authentication and key management, the weakest first: akm_strongest() relies on the order. The PSK of WPA has a
 * selector of its own but is AKM_PSK, too.
 */
enum akm {
	AKM_PSK,
	AKM_PSK_SHA256,
	AKM_FT_PSK,
	AKM_8021X,
	AKM_8021X_SHA256,
	AKM_SAE,
	AKM_FT_SAE,
	AKM_SAE_EXT_KEY, /* SAE whose hash and key lengths follow from the group */
	AKM_FT_SAE_EXT_KEY,
	AKM_OWE,
	AKM_COUNT,
	AKM_NONE = AKM_COUNT /* no AKM, or an unknown one */
};

#define KEY_MAX 32 /* bytes of the longest key */

/* Returns the length of a cipher's keys in bytes, and its name as tools write it ("CCMP", "none"). */
size_t cipher_key_len(enum cipher cipher);
const char *cipher_name(enum cipher cipher);

/* The keyed hashes that AKMs use; rsn/handshake.c maps them to those of crypto/digest.h. */
enum akm_digest { AKM_HMAC_SHA1, AKM_HMAC_SHA256, AKM_AES_CMAC_128 };

/* The properties of an AKM (Table 9-151 and 12.7.3; for OWE RFC 8110). */
struct akm_info {
	const char *name; /* as in wpa_key_mgmt of hostapd.conf and key_mgmt of wpa_supplicant.conf */
	uint8_t type;     /* the fourth byte of the selector */
	bool wpa;         /* read in the WPA element, too */
	bool supported;   /* by `vifi ap` and `vifi sta`; `vifi decrypt` also handles the others */
	bool ft;          /* keys come from the hierarchy of fast BSS transition (rsn/ft.h) */
	bool sae;         /* the PMK comes from the authentication (rsn/sae.h), not from a PSK */
	bool owe;         /* … from the association (rsn/owe.h) */
	bool hash_by_group; /* the group of SAE or OWE determines hashes and lengths (rsn/keys.h); the row has those of group 19 */
	bool needs_pmf;             /* an association without PMF must be refused */
	enum akm_digest kdf;        /* for PTK and PMKID; AKM_HMAC_SHA1: the PRF of 12.7.1.2 */
	enum akm_digest mic;        /* for EAPOL-Key frames; descriptor version 1 uses HMAC-MD5 instead */
	uint8_t descriptor_version; /* of EAPOL-Key frames; 0: as the AKM defines */
	uint8_t tkip_version;       /* … with TKIP as pairwise cipher */
	uint8_t kck_len, kek_len, mic_len;
};

/* Returns the row of an AKM; of AKM_PSK for AKM_NONE. */
const struct akm_info *akm_info(enum akm akm);

/* Returns the AKM of that name in configuration files, or AKM_NONE. */
enum akm akm_from_name(const char *name);

/* Sets of AKMs, 1 << enum akm: those of the WPA element, of fast BSS transition, of SAE, and with hashes by the group. */
uint32_t akm_set_wpa(void);
uint32_t akm_set_ft(void);
uint32_t akm_set_sae(void);
uint32_t akm_set_hash_by_group(void);
uint32_t akm_set_without_psk(void); /* SAE and OWE */

/* Returns the strongest AKM of a set, or AKM_NONE if it is empty. */
enum akm akm_strongest(uint32_t set);

/*
 * Selectors of four bytes; `wpa` picks those of WPA (00-50-F2) instead of 00-0F-AC. Unknown selectors give CIPHER_NONE
 * and AKM_NONE.
 */
enum cipher cipher_from_selector(const uint8_t *selector, bool wpa);
enum akm akm_from_selector(const uint8_t *selector, bool wpa);
void cipher_selector(enum cipher cipher, bool wpa, uint8_t selector[4]);
void akm_selector(enum akm akm, bool wpa, uint8_t selector[4]);

#endif
