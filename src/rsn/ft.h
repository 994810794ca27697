/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key hierarchy of fast BSS transition (IEEE 802.11-2016 12.7.1.7) with a PSK:
 *
 *	PSK ── SSID, mobility domain, R0KH-ID, station ──▶ PMK-R0 ── R1KH-ID, station ──▶ PMK-R1 ── nonces ──▶ PTK
 *
 * PMK-R0 is the same in a whole mobility domain; each access point has a PMK-R1 of its own.
 */
#ifndef VIFI_RSN_FT_H
#define VIFI_RSN_FT_H

#include "rsn/handshake.h"
#include "wire/ft.h"

/* Who holds the keys, as message 2 or the reassociation names them. */
struct ft_key_holders {
	uint8_t mdid[2];
	uint8_t r0kh[FT_R0KH_MAX], r0kh_len;
	uint8_t r1kh[FT_R1KH_LEN];
};

/* Takes them out of the two elements. Returns false if one is not there, or not whole. */
bool ft_key_holders_parse(struct ft_key_holders *holders, struct span mobility_domain, const struct ft_element *ft);

/* PMK-R1. Returns 0, -EINVAL for an SSID that is none, or -ENOMEM. */
int ft_derive_pmk_r1(struct crypto *crypto, const uint8_t psk[PMK_LEN], struct span ssid,
		     const struct ft_key_holders *holders, const uint8_t spa[6], uint8_t out[PMK_LEN]);

/* The first `len` bytes of the PTK, from PMK-R1: 12.7.1.7.5. Returns 0 or -ENOMEM. */
int ft_derive_ptk(struct crypto *crypto, const uint8_t pmk_r1[PMK_LEN], const struct rsn_addresses *addresses,
		  const uint8_t *anonce, const uint8_t *snonce, uint8_t *out, size_t len);

/* What the MIC of a reassociation covers (13.8.4, 13.8.5): whole elements, NULL where there is none. */
struct ft_mic_input {
	bool response;
	struct span rsn, mobility_domain, ft, rsnx;
};

/*
 * Is the MIC of the element `ft` right? It covers what is `before` it (at most FT_LEADING_MAX pieces), the element with zeroes
 * in the MIC's place, and what is `behind`. Constant time.
 */
#define FT_LEADING_MAX 5
bool ft_mic_verify_pieces(struct crypto *crypto, const uint8_t kck[RSN_KCK_LEN], const struct piece *leading,
			  size_t count, struct span ft, struct span trailing);

bool ft_mic_verify(struct crypto *crypto, const uint8_t kck[RSN_KCK_LEN], const struct rsn_addresses *addresses,
		   const struct ft_mic_input *input);

/* The GTK of a reassociation response: unwraps it, the key into `out`. Returns its length or -EBADMSG. */
int ft_unwrap_gtk(struct crypto *crypto, const uint8_t kek[RSN_KEK_LEN], struct span subelement, unsigned *id,
		  uint8_t out[KEY_MAX]);

#endif
