/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a reply into a buffer of its reader's size. The first text that does not fit sets `full`, and nothing is
 * written after it: one check at the end is enough. A reply is cut at the end of a line.
 */
#ifndef VIFI_CTRL_REPLY_H
#define VIFI_CTRL_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTRL_REPLY_MAX 8192 /* of wpa_cli; hostapd_cli and wpaspy read 4096 */

struct ctrl_reply {
	char *text; /* terminated */
	size_t room, len;
	bool full;
};

/* `room` is at least 1. */
struct ctrl_reply ctrl_reply_begin(char *text, size_t room);

void ctrl_put(struct ctrl_reply *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The answer to DRIVER_FLAGS, with nl80211_driver_flags(): the number, then a name per line. */
void ctrl_put_driver_flags(struct ctrl_reply *reply, uint64_t flags);

/* `len` bytes as lower-case hexadecimal digits. */
void ctrl_put_hex(struct ctrl_reply *reply, const void *bytes, size_t len);

/* An SSID or another string of any bytes, escaped as ctrl_escape() does. */
void ctrl_put_escaped(struct ctrl_reply *reply, const void *bytes, size_t len);

/* Replaces what is there by this answer: "OK\n", "FAIL\n". */
void ctrl_answer(struct ctrl_reply *reply, const char *answer);

static inline void ctrl_ok(struct ctrl_reply *reply, bool ok)
{
	ctrl_answer(reply, ok ? "OK\n" : "FAIL\n");
}

#define CTRL_ESCAPED(len) (4 * (len) + 1)

/*
 * Writes any bytes as printable ASCII, as front ends expect SSIDs: \" \\ \e \n \r \t, and \xNN for all others. Cuts at
 * `room`, between two characters. Returns `text`.
 */
char *ctrl_escape(char *text, size_t room, const void *bytes, size_t len);

/* The reverse, also of octal \NNN. Returns the number of bytes; it writes at most `room`. */
size_t ctrl_unescape(uint8_t *bytes, size_t room, const char *text);

#endif
