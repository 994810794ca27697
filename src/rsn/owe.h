/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opportunistic wireless encryption (RFC 8110): a Diffie-Hellman exchange in the association request and response, whose secret
 * is the PMK. It keeps out listeners, and authenticates nobody. The group determines the hash, and so the length of the PMK
 * and of the keys of the handshake (rsn/keys.h).
 */
#ifndef VIFI_RSN_OWE_H
#define VIFI_RSN_OWE_H

#include "crypto/ec.h"
#include "rsn/keys.h"
#include "wire/ie.h"

#define OWE_GROUPS_MAX  3 /* groups 19, 20 and 21 */
#define OWE_ELEMENT_MAX (3 + 2 + EC_LEN_MAX)

/* Our half of an exchange. */
struct owe {
	unsigned group;
	uint8_t secret[EC_LEN_MAX], public_x[EC_LEN_MAX];
};

/* Picks a secret. Returns 0, -EINVAL for an unsupported group, or -ENOMEM. */
int owe_begin(struct owe *owe, unsigned group, struct crypto *crypto, struct random *random);

/* Writes the whole Diffie-Hellman Parameter element (RFC 8110, 4.3), and returns its length. */
size_t owe_write(const struct owe *owe, uint8_t out[OWE_ELEMENT_MAX]);

/* The group of the element whose whole bytes these are; 0: it is no such element, or too short. */
unsigned owe_group(struct span whole);

/* What an exchange gives. */
struct owe_keys {
	uint8_t pmk[PMK_MAX], pmkid[PMKID_LEN];
	uint8_t pmk_len;
};

/*
 * Derives PMK and PMKID (RFC 8110, 4.4) from the element of the peer, which has our group, and wipes the secret. Returns 0,
 * -EBADMSG for a public key that is no point of the curve, or -ENOMEM.
 */
int owe_derive(struct owe *owe, struct crypto *crypto, struct span peer, bool is_ap, struct owe_keys *keys);

#endif
