/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast BSS transition element (IEEE 802.11-2020, 9.4.2.47) with a MIC of 16 bytes. TDLS uses it, too.
 *
 *	id │ length │ MIC control (2) │ MIC (16) │ ANonce (32) │ SNonce (32) │ subelements
 */
#ifndef VIFI_WIRE_FT_H
#define VIFI_WIRE_FT_H

#include "wire/ie.h"
#include "wire/ieee80211.h"

#define FT_OFF_MIC  4 /* from the start of the element */
#define FT_MIC_LEN  16
#define FT_R0KH_MAX 48
#define FT_R1KH_LEN 6

struct ft_element {
	const uint8_t *anonce, *snonce;
	struct span r0kh, r1kh, gtk; /* bodies of subelements; `bytes` is NULL for an absent one */
};

/* Reads a whole element. Returns false if it is another element or truncated. */
bool ft_parse(struct ft_element *ft, struct span whole);

#endif
