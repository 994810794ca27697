/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decrypt/writer.h"

#include "base/array.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { PART_LEN_MIN = 1 << 18 };

struct writer_part {
	struct writer *writer;
	uint8_t *bytes;
	size_t len, room;
	int error;
	bool filled; /* under the lock; from then on the writer owns the part */
};

/* Part n uses slot n % part_count, which is free once part n - part_count is written. */
struct writer {
	int fd;
	unsigned part_count;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t part_filled, slot_freed; /* work for the writer; a free slot or a failure */
	/* under the lock */
	size_t written_parts;
	bool running, closing;
	int error;
	struct writer_part parts[];
};

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t written = write(fd, bytes, len);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			bytes += written;
			len -= (size_t)written;
		}
	}
	return 0;
}

static void *write_parts(void *arg)
{
	struct writer *writer = arg;

	pthread_mutex_lock(&writer->lock);
	for (;;) {
		struct writer_part *part = &writer->parts[writer->written_parts % writer->part_count];
		int err = writer->error;

		while (!part->filled && !writer->closing)
			pthread_cond_wait(&writer->part_filled, &writer->lock);
		if (!part->filled)
			break;
		pthread_mutex_unlock(&writer->lock);
		if (!err)
			err = write_all(writer->fd, part->bytes, part->len);
		pthread_mutex_lock(&writer->lock);
		writer->error = err ? err : part->error;
		part->filled = false;
		writer->written_parts++;
		pthread_cond_broadcast(&writer->slot_freed);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

static void writer_free(struct writer *writer)
{
	for (unsigned i = 0; i < writer->part_count; i++)
		free(writer->parts[i].bytes);
	pthread_cond_destroy(&writer->part_filled);
	pthread_cond_destroy(&writer->slot_freed);
	pthread_mutex_destroy(&writer->lock);
	free(writer);
}

struct writer *writer_open(const char *path, unsigned parts)
{
	struct writer *writer = calloc(1, sizeof(*writer) + parts * sizeof(writer->parts[0]));
	int err;

	if (!writer)
		return NULL;
	writer->part_count = parts;
	for (unsigned i = 0; i < parts; i++)
		writer->parts[i].writer = writer;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->part_filled, NULL);
	pthread_cond_init(&writer->slot_freed, NULL);
	writer->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (writer->fd >= 0)
		return writer;
	err = errno;
	writer_free(writer);
	errno = err;
	return NULL;
}

/* Under the lock. The thread inherits the restrictions that the process has taken on since writer_open(). */
static void start_thread(struct writer *writer)
{
	sigset_t all, old;

	if (ftruncate(writer->fd, 0) && errno != EINVAL) { /* EINVAL: no regular file */
		writer->error = -errno;
		return;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* the caller's thread handles the signals */
	writer->error = -pthread_create(&writer->thread, NULL, write_parts, writer);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	writer->running = !writer->error;
}

struct writer_part *writer_begin(struct writer *writer, size_t number)
{
	struct writer_part *part = &writer->parts[number % writer->part_count];
	int err;

	pthread_mutex_lock(&writer->lock);
	if (!writer->running && !writer->error)
		start_thread(writer);
	while (!writer->error && number >= writer->written_parts + writer->part_count)
		pthread_cond_wait(&writer->slot_freed, &writer->lock);
	err = writer->error;
	pthread_mutex_unlock(&writer->lock);
	errno = -err;
	if (err)
		return NULL;
	part->len = 0;
	return part;
}

uint8_t *writer_reserve(struct writer_part *part, size_t len)
{
	size_t room = part->len + len > PART_LEN_MIN ? part->len + len : PART_LEN_MIN;

	if (array_reserve(&part->bytes, &part->room, room, 1)) {
		errno = ENOMEM;
		return NULL;
	}
	return part->bytes + part->len;
}

void writer_commit(struct writer_part *part, size_t len)
{
	part->len += len;
}

void writer_end(struct writer_part *part, int error)
{
	struct writer *writer = part->writer;

	part->error = error;
	pthread_mutex_lock(&writer->lock);
	part->filled = true;
	if (part == &writer->parts[writer->written_parts % writer->part_count])
		pthread_cond_signal(&writer->part_filled);
	pthread_mutex_unlock(&writer->lock);
}

int writer_close(struct writer *writer)
{
	int err;

	if (!writer)
		return 0;
	pthread_mutex_lock(&writer->lock);
	writer->closing = true;
	pthread_cond_signal(&writer->part_filled);
	pthread_mutex_unlock(&writer->lock);
	if (writer->running)
		pthread_join(writer->thread, NULL);
	err = writer->error;
	if (close(writer->fd) && !err)
		err = -errno;
	writer_free(writer);
	return err;
}
