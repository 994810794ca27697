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
struct ft_holders {
	uint8_t mdid[2];
	uint8_t r0kh[FT_R0KH_MAX], r0kh_len;
	uint8_t r1kh[FT_R1KH_LEN];
};

/* Takes them out of the two elements.  Returns false if one is not there, or not whole. */
bool ft_holders_of(struct ft_holders *h, struct span mobility, const struct ft_element *e);

/* PMK-R1.  Returns 0, -EINVAL for an SSID that is none, or -ENOMEM. */
int ft_pmk_r1(struct crypto *c, const uint8_t psk[PMK_LEN], struct span ssid, const struct ft_holders *h,
	      const uint8_t spa[6], uint8_t out[PMK_LEN]);

/* The first `len` bytes of the PTK, from PMK-R1: 12.7.1.7.5.  Returns 0 or -ENOMEM. */
int ft_expand(struct crypto *c, const uint8_t pmk_r1[PMK_LEN], const struct rsn_pair *ends, const uint8_t *anonce,
	      const uint8_t *snonce, uint8_t *out, size_t len);

/* What the MIC of a reassociation covers (13.8.4, 13.8.5): whole elements, NULL where there is none. */
struct ft_covered {
	bool response;
	struct span rsn, mobility, ft, rsnx;
};

/*
 * Is the MIC of the element `ft` right?  It covers what is `before` it (at most FT_BEFORE pieces), the element with zeroes
 * in the MIC's place, and what is `behind`.  Constant time.
 */
#define FT_BEFORE 5
bool ft_mic_over(struct crypto *c, const uint8_t kck[RSN_KCK], const struct piece *before, size_t count, struct span ft,
		 struct span behind);

bool ft_mic_right(struct crypto *c, const uint8_t kck[RSN_KCK], const struct rsn_pair *ends,
		  const struct ft_covered *covered);

/* The GTK of a reassociation response: unwraps it, the key into `out`.  Returns its length or -EBADMSG. */
int ft_gtk(struct crypto *c, const uint8_t kek[RSN_KEK], struct span subelement, unsigned *id, uint8_t out[KEY_MAX]);

#endif
