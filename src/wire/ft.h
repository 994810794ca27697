/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast BSS transition element (IEEE 802.11-2016 9.4.2.48), which TDLS uses too, with a MIC of 16 bytes:
 *
 *	id │ length │ MIC control (2) │ MIC (16) │ ANonce (32) │ SNonce (32) │ subelements
 */
#ifndef VIFI_WIRE_FT_H
#define VIFI_WIRE_FT_H

#include "wire/ie.h"

#define EID_MOBILITY_DOMAIN 54
#define EID_FT              55
#define EID_RSNX            244

#define FT_OFF_MIC  4 /* in the whole element */
#define FT_MIC_LEN  16
#define FT_R0KH_MAX 48
#define FT_R1KH_LEN 6

struct ft_element {
	const uint8_t *anonce, *snonce;
	struct span r0kh, r1kh, gtk; /* bodies of subelements; NULL where one is not there */
};

/* Reads a whole element. Returns false when it is another one, or cut. */
bool ft_parse(struct ft_element *ft, struct span whole);

#endif
