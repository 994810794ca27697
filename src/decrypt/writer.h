/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a file in a thread of its own. The file consists of parts, numbered from 0 and written in that order; several
 * threads may each fill a part meanwhile. The number of unwritten parts is limited: writer_begin() blocks when its part
 * is too far ahead. The first error is permanent: nothing is written after it, and each later call returns it.
 */
#ifndef VIFI_DECRYPT_WRITER_H
#define VIFI_DECRYPT_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct writer;
struct writer_part;

/* Creates or opens the file; the first part truncates it and starts the thread. `parts`, at least 2, is the limit of unwritten parts. Returns NULL with errno. */
struct writer *writer_open(const char *path, unsigned parts);

/*
 * Begins a part. Each number must be begun once, and each part must be ended, because later parts wait for it. Returns
 * NULL with errno; then there is nothing to end.
 */
struct writer_part *writer_begin(struct writer *writer, size_t number);

/*
 * Returns room for `len` bytes, valid until the next call for this part, or NULL with errno. writer_commit() appends the
 * first `len` bytes of it to the part.
 */
uint8_t *writer_reserve(struct writer_part *part, size_t len);
void writer_commit(struct writer_part *part, size_t len);

/* Completes the part. With a negative errno the file ends after this part, and the writer fails with that error. */
void writer_end(struct writer_part *part, int error);

/* Writes the remaining parts and closes the file. Returns 0 or a negative errno. NULL is allowed. */
int writer_close(struct writer *writer);

#endif
