/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The elements of fast BSS transition (IEEE 802.11-2020): the mobility domain element (9.4.2.46), and the fast BSS
 * transition element (9.4.2.47). TDLS uses the latter, too, with a MIC of 16 bytes.
 *
 *	id │ length │ MIC control (2) │ MIC (16, 24 or 32) │ ANonce (32) │ SNonce (32) │ subelements
 */
#ifndef VIFI_WIRE_FT_H
#define VIFI_WIRE_FT_H

#include "wire/ie.h"
#include "wire/ieee80211.h"

#define FT_OFF_MIC_CONTROL 2 /* from the start of the element */
#define FT_OFF_COUNT       3 /* of the elements that the MIC covers */
#define FT_OFF_MIC         4
#define FT_MIC_LEN         16 /* of most AKMs */
#define FT_MIC_MAX         32
#define FT_NONCE_LEN       32
#define FT_R0KH_MAX        48
#define FT_R1KH_LEN        6
#define FT_MDID_LEN        2

/* The MIC control field: the sender has an RSN extension element; the length of the MIC (IEEE 802.11be-2024, 9.4.2.46). */
#define FT_RSNX_USED     0x01
#define FT_MIC_LEN_MASK  0x0e
#define FT_MIC_LEN_SHIFT 1

/* A mobility domain element. */
#define FT_DOMAIN_LEN 5    /* of the whole element */
#define FT_OVER_DS    0x01 /* its capability: transitions by action frames through the present access point */

void ft_domain_write(const uint8_t mdid[FT_MDID_LEN], uint8_t capability, uint8_t out[FT_DOMAIN_LEN]);

struct ft_element {
	uint8_t count;   /* of the elements that the MIC covers */
	uint8_t mic_len; /* 16, 24 or 32; for ft_write() 0 is 16 */
	bool rsnx_used;
	const uint8_t *anonce, *snonce;
	struct span r0kh, r1kh, gtk, igtk, oci, bigtk; /* bodies of subelements; `bytes` is NULL for an absent one */
};

/* Reads a whole element. Returns false if it is another element or truncated. */
bool ft_parse(struct ft_element *ft, struct span whole);

/*
 * Writes a whole element with a zero MIC. Nonces that are NULL are zero, subelements without bytes absent. Returns its length;
 * 0: it would be too long.
 */
size_t ft_write(const struct ft_element *ft, uint8_t out[ELEMENT_MAX]);

#endif
