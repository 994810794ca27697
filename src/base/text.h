/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as text, one form for all messages, files and answers. MAC addresses: base/mac.h. */
#ifndef VIFI_BASE_TEXT_H
#define VIFI_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The size of the text of `len` bytes, with its terminating zero. */
#define HEX_TEXT(len) (2 * (size_t)(len) + 1)

/* Writes `len` bytes as lower-case digits into `text`, which holds HEX_TEXT(len) bytes. Returns `text`. */
char *hex_format(char *text, const void *bytes, size_t len);

/*
 * Reads exactly `len` bytes from 2 * len digits of either case at the beginning of `text`, which may go on. Returns
 * whether the digits were there; if not, `bytes` is unchanged up to the first pair that is none.
 */
bool hex_parse(void *bytes, size_t len, const char *text);

/* The value of a digit, or -1. */
int hex_digit(char digit);

/* Enough for the text of an SSID of 32 bytes, each of them escaped. */
#define SSID_TEXT (4 * 32 + 1)

/*
 * Writes an SSID, which is any bytes (IEEE 802.11-2020, 9.4.2.2), as printable ASCII: other bytes and the backslash
 * become \xNN. What does not fit into `room` bytes is left out. Returns `text`.
 */
char *ssid_format(char *text, size_t room, const uint8_t *ssid, size_t len);

#endif
