/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words about captures. */
#ifndef VIFI_DECRYPT_WORDS_H
#define VIFI_DECRYPT_WORDS_H

#include "base/drop.h"

#include <stdint.h>

/* What a reader of a capture can do about frames that were not opened; NULL: nothing. drop_hint() is for live links. */
const char *decrypt_hint(enum drop drop);

/* The name of a link type of a capture (tcpdump.org/linktypes.html), or NULL. */
const char *decrypt_link_name(uint32_t link_type);

#endif
