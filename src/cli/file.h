/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a file that a command works on. */
#ifndef VIFI_CLI_FILE_H
#define VIFI_CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input_file {
	uint8_t *bytes;
	size_t len;
	bool mapped;
};

/*
 * input_file_read() takes all of it into memory; input_file_map() maps what can be mapped, which then need not fit into memory, but
 * must not be cut short meanwhile.  False with errno.  input_file_close() in any case.
 */
bool input_file_read(struct input_file *file, const char *path);
bool input_file_map(struct input_file *file, const char *path);
void input_file_close(struct input_file *file);

#endif
