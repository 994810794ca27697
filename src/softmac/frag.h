/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fragmentation of an MSDU or MMPDU into MPDUs (IEEE 802.11-2016 10.2.7, 10.4). */
#ifndef VIFI_SOFTMAC_FRAG_H
#define VIFI_SOFTMAC_FRAG_H

#include "base/frame.h"

#define FRAGMENTS_MAX 16 /* the fragment number has four bits */

/*
 * Makes fragments of `body` bytes each, the last of what is left, and each with `head` and `tail` bytes of room for the
 * cipher (key_overhead()). `frame` is in the clear, with its Michael code where it has one, and stays the caller's. Writes at
 * most `room` frames, which the caller owns. Returns how many; -EINVAL for a group-addressed frame or a `body` that is
 * zero or odd (10.4); -EMSGSIZE when they would be more than `room` or FRAGMENTS_MAX; -ENOMEM. On error none is made.
 */
int frag_split(const struct frame *frame, size_t body_len, size_t headroom, size_t tailroom, struct frame **out,
	       size_t room);

#endif
