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

#endif
