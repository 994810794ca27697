/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is written by a thread of its own, while others make what comes next.  It is made of parts that are
 * numbered from 0 on and written in that order; several threads may fill a part each.  There are only so many at a
 * time: who wants to begin one too far ahead waits.  The first error stays: what comes after it goes nowhere, and
 * every call says it.
 */
#ifndef VIFI_DECRYPT_WRITER_H
#define VIFI_DECRYPT_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct writer;
struct writer_part;

/* Makes the file, or empties it; `parts`, at least 2, may be begun and not yet written.  Returns NULL with errno. */
struct writer *writer_open(const char *path, unsigned parts);

/*
 * Begins a part.  Each number is begun once, and what was begun is ended: later parts wait for it.  Returns NULL with
 * errno, and there is nothing to end then.
 */
struct writer_part *writer_begin(struct writer *writer, size_t number);

/*
 * Returns room for `n` bytes, which writer_commit() then says how many of were used; or NULL with errno.  It is good until
 * the next call for this part.
 */
uint8_t *writer_reserve(struct writer_part *part, size_t len);
void writer_commit(struct writer_part *part, size_t len);

/* The part is complete; or with a -errno, the file ends behind what it has. */
void writer_end(struct writer_part *part, int error);

/* Writes what is left.  Returns 0 or -errno: whether all has arrived.  NULL is taken. */
int writer_close(struct writer *writer);

#endif
