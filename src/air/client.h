/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talking to a running `vifi air` without a radio: its rules, and what there is to see. */
#ifndef VIFI_AIR_CLIENT_H
#define VIFI_AIR_CLIENT_H

#include "base/error.h"
#include "air/medium/protocol.h"

/* Returns a connected socket of the air behind `path`; or -errno, and says why. */
int air_connect(const char *path, struct error *error);

/*
 * Sends AIR_RULE with its text, or AIR_SHOW (`text` is NULL) and waits some seconds for the answer.  `*answer` is the
 * caller's to free, a text; `answer` may be NULL.  Returns 0; or -errno, and says why.
 */
int air_request(const char *path, enum air_message_kind kind, const char *text, char **answer, struct error *error);

#endif
