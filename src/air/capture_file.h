/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture of the air that is being written: pcapng with radiotap headers. */
#ifndef VIFI_AIR_CAPTURE_FILE_H
#define VIFI_AIR_CAPTURE_FILE_H

#include "base/frame.h"
#include "base/error.h"

struct air_file;

/* "-" is standard output.  Returns NULL and says why. */
struct air_file *air_file_open(const char *path, struct why *why);

/* Appends a frame whose time is CLOCK_MONOTONIC's, and which was sent for the `tries`-th time.  0 or -errno. */
int air_file_write(struct air_file *f, const struct frame *frame, unsigned tries);
int air_file_flush(struct air_file *f);

/* 0 or -errno: what was written may not be there. NULL is taken. */
int air_file_close(struct air_file *f);

#endif
