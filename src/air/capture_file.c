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

struct capture_file {
	FILE *file;
	uint64_t epoch_offset_ns; /* the time of day at which CLOCK_MONOTONIC was 0 */
	uint8_t frame[RADIOTAP_LEN_MAX + AIR_FRAME_MAX], block[CAPTURE_FRAME_MAX(RADIOTAP_LEN_MAX + AIR_FRAME_MAX, 0)];
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

static int write_block(struct capture_file *file, const uint8_t *bytes, size_t len)
{
	if (fwrite(bytes, len, 1, file->file) == 1)
		return 0;
	return errno ? -errno : -EIO;
}

static int write_file_header(struct capture_file *file)
{
	size_t len = capture_write_header(file->block, sizeof(file->block), LINKTYPE_RADIOTAP);
	int ret = write_block(file, file->block, len);

	return ret ? ret : capture_file_flush(file);
}

struct capture_file *capture_file_open(const char *path, struct error *error)
{
	struct capture_file *file = calloc(1, sizeof(*file));
	int ret;

	if (!file) {
		error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	file->epoch_offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	file->file = strcmp(path, "-") ? fopen(path, "wbe") : stdout;
	ret = file->file ? write_file_header(file) : -errno;
	if (!ret)
		return file;
	error_set(error, ret, "cannot write %.200s: %s", path, strerror(-ret));
	capture_file_close(file);
	return NULL;
}

int capture_file_write(struct capture_file *file, const struct frame *frame, unsigned tries)
{
	size_t radiotap_len = radiotap_write(file->frame, &(struct radiotap){.time_us = frame->meta.time_ns / 1000,
									     .rate_kbps = frame->meta.rate_kbps,
									     .freq_mhz = frame->meta.freq_mhz,
									     .signal_dbm = frame->meta.signal_dbm,
									     .tries = tries});
	struct captured_frame captured = {.time_ns = file->epoch_offset_ns + frame->meta.time_ns,
					  .bytes = file->frame,
					  .len = radiotap_len + frame->len,
					  .orig_len = radiotap_len + frame->len};

	if (frame->len > AIR_FRAME_MAX)
		return -EMSGSIZE;
	memcpy(file->frame + radiotap_len, frame->data, frame->len);
	return write_block(file, file->block, capture_write_frame(file->block, sizeof(file->block), &captured, NULL));
}

int capture_file_flush(struct capture_file *file)
{
	return fflush(file->file) ? -errno : 0;
}

int capture_file_close(struct capture_file *file)
{
	int ret = 0;

	if (!file)
		return 0;
	if (file->file && file->file != stdout)
		ret = fclose(file->file) ? -errno : 0;
	else if (file->file)
		ret = capture_file_flush(file);
	free(file);
	return ret;
}
