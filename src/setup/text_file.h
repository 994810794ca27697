/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_SETUP_TEXT_FILE_H
#define VIFI_SETUP_TEXT_FILE_H

#include <limits.h>
#include <stdbool.h>

/* Joins `root` ("" for /) and an absolute path. Returns false if that is too long. */
bool setup_path(char full[PATH_MAX], const char *root, const char *path);

/*
 * Reads a text file below `root` ("" for /). NULL with errno: ENOENT, or EINVAL and others for what is no readable file,
 * such as a symbolic link. The caller frees the text.
 */
char *setup_read_file(const char *root, const char *path);

/*
 * Replaces a file below `root`. Mode and owner of one that exists stay; a new one gets `mode`. Returns 0 or a negative
 * errno.
 */
int setup_write_file(const char *root, const char *path, const char *text, unsigned mode);

#endif
