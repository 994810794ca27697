/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The subframes of an A-MSDU (IEEE 802.11-2020, 9.3.2.2):
 *
 *	DA (6) │ SA (6) │ length (2, big-endian) │ MSDU │ padding to a multiple of 4, not after the last
 *
 * No MIC protects the A-MSDU bit of a frame, so an attacker can set it in a frame of another sender. An A-MSDU that begins
 * like an ordinary MSDU, with LLC/SNAP, is therefore refused (FragAttacks, CVE-2020-24588).
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

/* Validates all subframes. Returns DROP_AMSDU or DROP_AMSDU_LLC; then none of them may be used. */
enum drop amsdu_check(const uint8_t *bytes, size_t len);

/* Reads the subframe at *offset of a valid A-MSDU and advances *offset. Returns false at the end. */
bool amsdu_next(struct amsdu_subframe *subframe, const uint8_t *bytes, size_t len, size_t *offset);

#endif
