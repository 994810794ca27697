/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of a message that consists of several pieces of memory. */
#ifndef VIFI_CRYPTO_PIECE_H
#define VIFI_CRYPTO_PIECE_H

#include <stddef.h>

struct piece {
	const void *bytes;
	size_t len;
};

#endif
