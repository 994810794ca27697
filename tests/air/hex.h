/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input and output of the programs of this folder: a frame is a line of hexadecimal digits. */
#ifndef VIFI_TESTS_AIR_HEX_H
#define VIFI_TESTS_AIR_HEX_H

#include "base/frame.h"

/* Reads pairs of digits until the first other character, at most `room`. Returns the number of bytes. */
size_t read_hex(uint8_t *out, size_t room, const char *text);
void print_bytes(const uint8_t *bytes, size_t len);
void print_frame(const struct frame *frame);

#endif
