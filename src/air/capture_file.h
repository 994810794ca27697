/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a capture of the medium: pcapng with radiotap headers. */
#ifndef VIFI_AIR_CAPTURE_FILE_H
#define VIFI_AIR_CAPTURE_FILE_H

#include "base/error.h"
#include "base/frame.h"

struct capture_file;

/* Creates the file; "-" is standard output. Returns NULL on failure. */
struct capture_file *capture_file_open(const char *path, struct error *error);

/* Appends a frame whose time is of CLOCK_MONOTONIC, after `tries` transmissions. Returns 0 or a negative errno. */
int capture_file_write(struct capture_file *file, const struct frame *frame, unsigned tries);

/* Returns 0 or a negative errno. */
int capture_file_flush(struct capture_file *file);

/* Returns 0, or a negative errno if the file may be incomplete. NULL is fine. */
int capture_file_close(struct capture_file *file);

#endif
