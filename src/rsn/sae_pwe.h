/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The password element (PWE) of SAE (IEEE 802.11-2020, 12.4.4.2): the point of a curve that both ends derive from the
 * password and their addresses.
 *
 *	hunting and pecking   password, addresses ──▶ PWE: candidates until one is an x coordinate (12.4.4.2.2)
 *	hash to element       SSID, password, identifier ──▶ PT, once ── addresses ──▶ PWE (12.4.4.2.3)
 *
 * Hunting always tests SAE_HUNT_ROUNDS candidates, each in constant time, so that its duration says nothing about the
 * password (CVE-2019-9494). Beyond those it goes on only with a chance of 2^-40.
 */
#ifndef VIFI_RSN_SAE_PWE_H
#define VIFI_RSN_SAE_PWE_H

#include "crypto/ec.h"
#include "rsn/keys.h"
#include "wire/ie.h"

#define SAE_HUNT_ROUNDS    40
#define SAE_PASSWORD_MAX   128
#define SAE_IDENTIFIER_MAX 64
#define SAE_GROUPS_MAX     3

/* The secret that hash to element derives of a password, for one curve. */
struct sae_pt {
	unsigned group;
	uint8_t point[EC_POINT_MAX];
};

/* A password with its derived secrets. */
struct sae_password {
	uint8_t password[SAE_PASSWORD_MAX], identifier[SAE_IDENTIFIER_MAX];
	size_t password_len, identifier_len; /* identifier_len 0: none */
	struct sae_pt pts[SAE_GROUPS_MAX];
	size_t pt_count;
};

/*
 * Derives the PT of each of `groups` for a network, which takes some milliseconds. Returns 0, -EINVAL for an invalid length
 * or an unsupported group, or -ENOMEM.
 */
int sae_password_derive(struct crypto *crypto, struct sae_password *password, struct span ssid, const unsigned *groups,
			size_t group_count);

/* Derives one PT (12.4.4.2.3). Returns 0 or -ENOMEM. */
int sae_derive_pt(struct crypto *crypto, const struct ec_curve *curve, struct span ssid,
		  const struct sae_password *password, uint8_t out[EC_POINT_MAX]);

/* Derives the PWE from a PT. Returns 0 or -ENOMEM. */
int sae_pwe_from_pt(struct crypto *crypto, const struct ec_curve *curve, const uint8_t *pt,
		    const struct rsn_addresses *addresses, uint8_t out[EC_POINT_MAX]);

/* Hunts and pecks. `random` blinds the tests. Returns 0, -EBADMSG without a result (2^-255), or -ENOMEM. */
int sae_pwe_hunt(struct crypto *crypto, const struct ec_curve *curve, struct random *random,
		 const struct sae_password *password, const struct rsn_addresses *addresses, uint8_t out[EC_POINT_MAX]);

/* The one of both that `hash_to_element` selects. -ENOENT: the password has no PT for this curve. */
int sae_pwe_derive(struct crypto *crypto, const struct ec_curve *curve, struct random *random,
		   const struct sae_password *password, bool hash_to_element, const struct rsn_addresses *addresses,
		   uint8_t out[EC_POINT_MAX]);

#endif
