/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contents of an input file. */
#ifndef VIFI_CLI_FILE_H
#define VIFI_CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input_file {
	uint8_t *bytes;
	size_t len;
	bool mapped; /* otherwise allocated */
};

/*
 * input_file_read() reads a file into memory. input_file_map() maps a regular file, which may be larger than memory but
 * must not be truncated meanwhile, and reads others. Both return false with errno; call input_file_close() in any case.
 */
bool input_file_read(struct input_file *file, const char *path);
bool input_file_map(struct input_file *file, const char *path);
void input_file_close(struct input_file *file);

#endif
