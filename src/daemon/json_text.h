/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_DAEMON_JSON_TEXT_H
#define VIFI_DAEMON_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>

/* The string of a member, borrowed; empty if `object` is no object or has no such string. */
const char *json_text(const json_t *object, const char *key);

/* The integer of a member; 0 if `object` is no object or has no such integer. */
long long json_number(const json_t *object, const char *key);

/* Whether a member is a list that has this string. */
bool json_lists(const json_t *object, const char *key, const char *text);

/*
 * A string of any bytes but zero, each of which becomes the code point of its value (ISO 8859-1): the files of hostapd and
 * wpa_supplicant need not be UTF-8. NULL: out of memory.
 */
json_t *json_bytes(const char *bytes);

/*
 * The bytes of such a member, which the caller wipes and frees. NULL: it is missing, has other code points, or there is no
 * memory.
 */
char *json_bytes_read(const json_t *object, const char *key);

#endif
