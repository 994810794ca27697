/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites, keys and addresses of the handshakes and of their key hierarchies. */
#ifndef VIFI_RSN_KEYS_H
#define VIFI_RSN_KEYS_H

#include "crypto/kdf.h"
#include "wire/eapol.h"
#include "wire/suite.h"

#define RSN_KCK_LEN   16
#define RSN_KEK_LEN   16
#define RSN_NONCE_LEN EAPOL_NONCE_LEN

/* The suite that the association negotiated. */
struct rsn_suite {
	bool wpa; /* WPA version 1 */
	enum akm akm;
	enum cipher pairwise, group;
	enum cipher group_management; /* CIPHER_NONE: no management frame protection */
};

struct ptk {
	uint8_t kck[RSN_KCK_LEN], kek[RSN_KEK_LEN], tk[KEY_MAX];
};

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
