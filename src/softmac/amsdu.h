/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An A-MSDU taken apart (IEEE 802.11-2016 9.3.2.2):
 *
 *	DA (6) │ SA (6) │ length (2, big-endian) │ MSDU │ padding to a multiple of 4, not behind the last
 *
 * That a frame is one, a bit says that no MIC protects: a forger may set it in a frame of somebody else. So one that
 * begins as an ordinary MSDU does, with LLC/SNAP, is refused (FragAttacks, CVE-2020-24588).
 */
#ifndef VIFI_SOFTMAC_AMSDU_H
#define VIFI_SOFTMAC_AMSDU_H

#include "base/drop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct amsdu_subframe {
	const uint8_t *dst, *src, *body;
	size_t len; /* of the body */
};

/* Has the whole of it the right form? DROP_AMSDU, DROP_AMSDU_LLC. Nothing of it is taken else. */
enum drop amsdu_check(const uint8_t *bytes, size_t len);

/* The next part, from *at on, which then moves; false behind the last. amsdu_check() has said yes. */
bool amsdu_next(struct amsdu_subframe *subframe, const uint8_t *bytes, size_t len, size_t *offset);

#endif
