/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture of the air that is being written: pcapng with radiotap headers. */
#ifndef VIFI_AIR_CAPTURE_FILE_H
#define VIFI_AIR_CAPTURE_FILE_H

#include "base/frame.h"
#include "base/error.h"

struct capture_file;

/* "-" is standard output.  Returns NULL and says why. */
struct capture_file *capture_file_open(const char *path, struct error *error);

/* Appends a frame whose time is CLOCK_MONOTONIC's, and which was sent for the `tries`-th time.  0 or -errno. */
int capture_file_write(struct capture_file *file, const struct frame *frame, unsigned tries);
int capture_file_flush(struct capture_file *file);

/* 0 or -errno: what was written may not be there. NULL is taken. */
int capture_file_close(struct capture_file *file);

#endif
