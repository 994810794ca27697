/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a file that a command works on. */
#ifndef VIFI_CLI_FILE_H
#define VIFI_CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file {
	uint8_t *bytes;
	size_t len;
	bool mapped;
};

/*
 * file_read() takes all of it into memory; file_map() maps what can be mapped, which then need not fit into memory, but
 * must not be cut short meanwhile.  False with errno.  file_close() in any case.
 */
bool file_read(struct file *f, const char *path);
bool file_map(struct file *f, const char *path);
void file_close(struct file *f);

#endif
