/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fragmentation of an MSDU or MMPDU into MPDUs (IEEE 802.11-2020, 10.4). */
#ifndef VIFI_SOFTMAC_FRAG_H
#define VIFI_SOFTMAC_FRAG_H

#include "base/frame.h"

#define FRAGMENTS_MAX 16 /* the fragment number has four bits */

/*
 * Splits a frame into fragments with bodies of `body_len` bytes; the last one can be shorter. Each fragment has `headroom`
 * and `tailroom` for the cipher (key_overhead()). `frame` is in the clear, with its Michael MIC if it has one, and
 * remains unchanged. Writes at most `room` frames, which the caller owns, to `out`. Returns their number; -EINVAL for a
 * group address or a `body_len` that is 0 or odd (10.4); -EMSGSIZE for more than `room` or FRAGMENTS_MAX fragments;
 * -ENOMEM.
 */
int frag_split(const struct frame *frame, size_t body_len, size_t headroom, size_t tailroom, struct frame **out,
	       size_t room);

#endif
