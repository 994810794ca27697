/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites, keys and addresses of the handshakes and of their key hierarchies. */
#ifndef VIFI_RSN_KEYS_H
#define VIFI_RSN_KEYS_H

#include "crypto/kdf.h"
#include "wire/eapol.h"
#include "wire/suite.h"

#define RSN_KCK_LEN   16 /* of most AKMs */
#define RSN_KEK_LEN   16
#define RSN_KCK_MAX   32
#define RSN_KEK_MAX   32
#define RSN_NONCE_LEN EAPOL_NONCE_LEN

/* The suite that the association negotiated. */
struct rsn_suite {
	bool wpa; /* WPA version 1 */
	enum akm akm;
	enum cipher pairwise, group;
	enum cipher group_management; /* CIPHER_NONE: no management frame protection */
	uint8_t pmk_len;              /* 0: PMK_LEN; else that of the PMK of SAE or OWE, whose hash follows from it */
};

struct ptk {
	uint8_t kck[RSN_KCK_MAX], kek[RSN_KEK_MAX], tk[KEY_MAX];
};

/* The hashes and the lengths of keys and MICs in bytes (Table 12-10 with IEEE 802.11be-2024, 12.7.3; RFC 8110, 4.4). */
struct rsn_profile {
	enum digest kdf, mic; /* for PTK and PMKID; for EAPOL-Key frames */
	uint8_t pmk_len, kck_len, kek_len, mic_len;
};

struct rsn_profile rsn_profile(const struct rsn_suite *suite);

/* A key for the data path (softmac/key.h). */
struct rsn_key {
	enum cipher cipher; /* valid if len is not 0 */
	uint8_t len, id;
	uint8_t bytes[KEY_MAX];
	uint64_t rsc;
};

/* The addresses of authenticator and supplicant. */
struct rsn_addresses {
	uint8_t aa[6], spa[6];
};

#endif
