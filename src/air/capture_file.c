/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/capture_file.h"

#include "air/medium/protocol.h"
#include "wire/capture.h"
#include "wire/radiotap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct air_file {
	FILE *file;
	uint64_t since_1970; /* of CLOCK_MONOTONIC's zero, in nanoseconds */
	uint8_t frame[RADIOTAP_ROOM + AIR_FRAME], block[CAPTURE_ROOM(RADIOTAP_ROOM + AIR_FRAME, 0)];
};

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static int put(struct air_file *f, const uint8_t *bytes, size_t len)
{
	return fwrite(bytes, len, 1, f->file) == 1 ? 0 : errno ? -errno : -EIO;
}

struct air_file *air_file_open(const char *path, struct why *why)
{
	struct air_file *f = calloc(1, sizeof *f);

	if (!f) {
		why_set(why, -ENOMEM, "no memory");
		return NULL;
	}
	f->since_1970 = nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_MONOTONIC);
	f->file = strcmp(path, "-") ? fopen(path, "wbe") : stdout;
	if (f->file && !put(f, f->block, capture_head(f->block, sizeof f->block, LINK_RADIOTAP)) && !air_file_flush(f))
		return f;
	why_set(why, -errno, "%.200s: %s", path, strerror(errno));
	air_file_close(f);
	return NULL;
}

int air_file_write(struct air_file *f, const struct frame *frame, unsigned tries)
{
	size_t head = radiotap_write(f->frame, &(struct radiotap){.time_us = frame->meta.time_ns / 1000,
								  .rate_kbps = frame->meta.rate_kbps,
								  .freq_mhz = frame->meta.freq_mhz,
								  .signal_dbm = frame->meta.signal_dbm,
								  .tries = tries});
	struct captured c = {.time_ns = f->since_1970 + frame->meta.time_ns,
			     .bytes = f->frame,
			     .len = head + frame->len,
			     .was = head + frame->len};

	if (frame->len > AIR_FRAME)
		return -EMSGSIZE;
	memcpy(f->frame + head, frame->data, frame->len);
	return put(f, f->block, capture_frame(f->block, sizeof f->block, &c, NULL));
}

int air_file_flush(struct air_file *f)
{
	return fflush(f->file) ? -errno : 0;
}

int air_file_close(struct air_file *f)
{
	int r = 0;

	if (!f)
		return 0;
	if (f->file && f->file != stdout)
		r = fclose(f->file) ? -errno : 0;
	else if (f->file)
		r = air_file_flush(f);
	free(f);
	return r;
}
