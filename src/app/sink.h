/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is written by a thread of its own, some hundred kilobytes at a time, while the next ones are made.  The first error
 * stays: what comes after it goes nowhere, and every call says it.
 */
#ifndef VIFI_APP_SINK_H
#define VIFI_APP_SINK_H

#include <stddef.h>
#include <stdint.h>

struct sink;

/* Makes the file, or empties it.  Returns NULL with errno. */
struct sink *sink_open(const char *path);

/*
 * Returns room for `n` bytes, which sink_used() then says how many of were written; or NULL with errno.  It is good
 * until the next call.
 */
uint8_t *sink_room(struct sink *s, size_t n);
void sink_used(struct sink *s, size_t n);

/* Writes what is left.  Returns 0 or -errno: whether all has arrived.  NULL is taken. */
int sink_close(struct sink *s);

#endif
