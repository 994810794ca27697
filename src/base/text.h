/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as text: hexadecimal digits and SSIDs. MAC addresses are in base/mac.h. */
#ifndef VIFI_BASE_TEXT_H
#define VIFI_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The size of the text of `len` bytes, with the terminating zero. */
#define HEX_TEXT(len) (2 * (size_t)(len) + 1)

/* Writes `len` bytes as lower-case digits into `text`, which holds HEX_TEXT(len) bytes. Returns `text`. */
char *hex_format(char *text, const void *bytes, size_t len);

/*
 * Reads `len` bytes from the first 2 * len digits of `text`, in either case; more text may follow. Returns false if a
 * character is not a digit; `bytes` then holds the pairs before it.
 */
bool hex_parse(void *bytes, size_t len, const char *text);

/* Returns the value of a hexadecimal digit, or -1. */
int hex_digit(char digit);

/* The size of the text of an SSID of 32 bytes that are all escaped. */
#define SSID_TEXT (4 * 32 + 1)

/*
 * Writes an SSID, which may hold any bytes (IEEE 802.11-2020, 9.4.2.2), as printable ASCII: other bytes and the
 * backslash become \xNN. The text is truncated to `room` bytes. Returns `text`.
 */
char *ssid_format(char *text, size_t room, const uint8_t *ssid, size_t len);

#endif
