/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client of a running `vifi air`: as a radio, and for its rules and its status. */
#ifndef VIFI_AIR_CLIENT_H
#define VIFI_AIR_CLIENT_H

#include "air/medium/protocol.h"
#include "base/error.h"
#include "radio/radio.h"

#include <uv.h>

/*
 * Joins the medium at the Unix socket `path` as a radio that is tuned to no channel, under `name` (1 to AIR_NAME_MAX
 * characters), which rules refer to. The result of joining is RADIO_JOINED or, also after a few seconds without an
 * answer, RADIO_GONE. Returns NULL on failure; then the loop must run once more, too.
 */
struct radio *air_radio_open(uv_loop_t *loop, const char *path, const char *name, struct radio_owner owner,
			     struct error *error);

/* Returns a non-blocking socket connected to the air at `path`, or a negative errno. */
int air_connect(const char *path, struct error *error);

/*
 * Sends AIR_RULE with its text, or AIR_SHOW (`text` is NULL), and waits some seconds for the answer. `*answer` is a text
 * that the caller frees; `answer` may be NULL. Returns 0 or a negative errno.
 */
int air_request(const char *path, enum air_message_kind kind, const char *text, char **answer, struct error *error);

#endif
