/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replacing a file so that a reader, and a machine that lost power, finds the old or the new contents, never a part. */
#ifndef VIFI_DAEMON_ATOMIC_FILE_H
#define VIFI_DAEMON_ATOMIC_FILE_H

#include <stddef.h>

/*
 * Writes a new file, mode 0600, next to `path`, and renames it. File and folder are synchronised before and after the
 * renaming. Returns 0 or a negative errno; after a failure of a write the old file is unchanged.
 */
int atomic_file_write(const char *path, const void *data, size_t size);
/* The same with another mode. */
int atomic_file_write_mode(const char *path, const void *data, size_t size, unsigned mode);

/* Writes everything to an open file. Returns 0 or a negative errno. */
int file_write_all(int fd, const char *data, size_t size);

#endif
