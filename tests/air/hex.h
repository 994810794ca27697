/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the programs of this folder take and give bytes: pairs of hexadecimal digits, a frame a line. */
#ifndef VIFI_TESTS_AIR_HEX_H
#define VIFI_TESTS_AIR_HEX_H

#include "base/frame.h"

/* As many pairs as there are, and as fit into `room` bytes; returns how many. */
size_t unhex(uint8_t *out, size_t room, const char *text);
void print_bytes(const uint8_t *bytes, size_t len);
void print_frame(const struct frame *frame);

#endif
