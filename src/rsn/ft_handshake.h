/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fast BSS transition adds to the 4-way handshake (IEEE 802.11-2020, 12.7.6 and 13.4.2): its PMK is a PMK-R1; the RSN
 * element of messages 2 and 3 names that; and both messages repeat the mobility domain element and the fast BSS transition
 * element of the association response. So nobody can change those on the way.
 */
#ifndef VIFI_RSN_FT_HANDSHAKE_H
#define VIFI_RSN_FT_HANDSHAKE_H

#include "rsn/ft.h"

struct ft_association {
	struct ft_key_holders holders;
	uint8_t ssid[SSID_MAX];
	size_t ssid_len;
	uint8_t domain[FT_DOMAIN_LEN]; /* the whole elements of the association response */
	uint8_t element[ELEMENT_MAX];
	size_t element_len;
	uint32_t deadline_tu,
		lifetime_s; /* of an authenticator, for message 3: to reassociate elsewhere; of the PMK-R0 */
	bool transitioned;  /* the PMK is the PMK-R1 itself, of this name */
	uint8_t r1_name[PMKID_LEN];
};

/* Returns false if an element is absent or malformed. */
bool ft_association_init(struct ft_association *association, struct span ssid, struct span domain, struct span element);

/* The PMK-R1 that a PMK leads to. Returns 0 or -ENOMEM. */
int ft_association_key(struct crypto *crypto, const struct ft_association *association, struct piece pmk,
		       const uint8_t spa[6], struct ft_key *r1);

/* Writes the elements of message 2 or 3: the RSN element with the name, `rsnx`, and the two others. Returns their length. */
#define FT_MESSAGE_MAX (2 * ELEMENT_MAX + RSNX_MAX + FT_DOMAIN_LEN)
size_t ft_message_write(const struct ft_association *association, struct span rsn, struct span rsnx,
			const uint8_t name[PMKID_LEN], uint8_t out[FT_MESSAGE_MAX]);

/* Does the message repeat `rsn`, name this PMK-R1, and agree with the association? */
bool ft_message_fits(const struct ft_association *association, const struct key_data *message, struct span rsn,
		     const uint8_t name[PMKID_LEN]);

/* Writes the two times of message 3 (9.4.2.48). Returns the place after them. */
uint8_t *ft_times_write(const struct ft_association *association, uint8_t *out);
#define FT_TIMES_LEN 14

#endif
