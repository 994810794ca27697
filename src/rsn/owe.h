/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opportunistic wireless encryption (RFC 8110): a Diffie-Hellman exchange in the association request and response, whose secret
 * is the PMK. It keeps out listeners, and authenticates nobody. The group is 19; the hashes of others need EAPOL-Key frames
 * with longer MICs.
 */
#ifndef VIFI_RSN_OWE_H
#define VIFI_RSN_OWE_H

#include "crypto/ec.h"
#include "rsn/keys.h"
#include "wire/ie.h"

#define OWE_GROUP       19
#define OWE_LEN         32
#define OWE_ELEMENT_LEN (3 + 2 + OWE_LEN)

/* Our half of an exchange. */
struct owe {
	uint8_t secret[OWE_LEN], public_x[OWE_LEN];
};

/* Picks a secret. Returns 0 or -ENOMEM. */
int owe_begin(struct owe *owe, struct crypto *crypto, struct random *random);

/* Writes the whole Diffie-Hellman Parameter element (RFC 8110, 4.3). */
void owe_write(const struct owe *owe, uint8_t out[OWE_ELEMENT_LEN]);

/* The group of the element whose whole bytes these are; 0: it is no such element, or too short. */
unsigned owe_group(struct span whole);

/*
 * Derives PMK and PMKID (RFC 8110, 4.4) from the element of the peer, which has our group, and wipes the secret. Returns 0,
 * -EBADMSG for a public key that is no point of the curve, or -ENOMEM.
 */
int owe_derive(struct owe *owe, struct crypto *crypto, struct span peer, bool is_ap, uint8_t pmk[PMK_LEN],
	       uint8_t pmkid[PMKID_LEN]);

#endif
