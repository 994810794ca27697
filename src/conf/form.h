/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forms of values that hostapd and wpa_supplicant 2.10 read alike. Text after an address, a UUID or a device type has no effect. */
#ifndef VIFI_CONF_FORM_H
#define VIFI_CONF_FORM_H

#include "base/mac.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FORM_ADDRESS_LEN = MAC_TEXT_SIZE - 1 };

/* Returns how many hexadecimal digits the value begins with. */
size_t form_count_digits(const char *value);

/* Is the value pairs of hexadecimal digits, of `min` to `max` bytes? */
bool form_is_hex(const char *value, size_t min, size_t max);

/* Is the value pairs of hexadecimal digits? A single character at its end has no effect. */
bool form_is_pairs(const char *value);

/* Reads 02:00:00:00:00:01 at the beginning of the value. Returns false if there is none. */
bool form_read_address(uint8_t addr[MAC_LEN], const char *value);

/* 02:00:00:00:00:01 */
bool form_is_address(const char *value);

/* 12345678-9abc-def0-1234-56789abcdef0 */
bool form_is_uuid(const char *value);

/* 1-0050F204-1; the first and the last number may be any text. */
bool form_is_device_type(const char *value);

#endif
