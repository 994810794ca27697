/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_DAEMON_JSON_TEXT_H
#define VIFI_DAEMON_JSON_TEXT_H

#include <jansson.h>

/* The string of a member, borrowed; empty if `object` is no object or has no such string. */
const char *json_text(const json_t *object, const char *key);

#endif
