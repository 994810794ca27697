/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 1 << 18 }; /* two of them fit into a core's cache with what is made of them */

struct chunk {
	uint8_t *bytes;
	size_t len, room;
};

/* Two chunks: one is filled while the other one is written.  The lock guards what both threads look at. */
struct sink {
	int fd;
	pthread_t writer;
	struct chunk filling;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under the lock */
	struct chunk writing; /* `len` 0: there is nothing to do */
	bool closing;
	int error;
};

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static void *run(void *arg)
{
	struct sink *s = arg;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		int e;

		while (!s->writing.len && !s->closing)
			pthread_cond_wait(&s->changed, &s->lock);
		if (!s->writing.len)
			break;
		pthread_mutex_unlock(&s->lock);
		e = write_all(s->fd, s->writing.bytes, s->writing.len);
		pthread_mutex_lock(&s->lock);
		s->writing.len = 0;
		if (e && !s->error)
			s->error = e;
		pthread_cond_signal(&s->changed);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct sink *sink_open(const char *path)
{
	struct sink *s = calloc(1, sizeof *s);
	sigset_t all, old;
	int e;

	if (!s)
		return NULL;
	s->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (s->fd < 0) {
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the caller's */
	e = pthread_create(&s->writer, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!e)
		return s;
	close(s->fd);
	free(s);
	errno = e;
	return NULL;
}

/* Waits until the last chunk is written, and gives the next one to the writer.  Returns the first error. */
static int hand_over(struct sink *s)
{
	struct chunk filled = s->filling;
	int e;

	pthread_mutex_lock(&s->lock);
	while (s->writing.len)
		pthread_cond_wait(&s->changed, &s->lock);
	s->filling = s->writing;
	s->writing = filled;
	if (s->error)
		s->writing.len = 0;
	e = s->error;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return e;
}

uint8_t *sink_room(struct sink *s, size_t n)
{
	struct chunk *c = &s->filling;
	int e = c->len && c->room - c->len < n ? hand_over(s) : 0;

	if (!e && c->room - c->len < n) {
		size_t room = n > CHUNK ? n : CHUNK;
		uint8_t *bytes = realloc(c->bytes, room);

		if (!bytes)
			e = -ENOMEM;
		else
			*c = (struct chunk){.bytes = bytes, .room = room};
	}
	errno = -e;
	return e ? NULL : c->bytes + c->len;
}

void sink_used(struct sink *s, size_t n)
{
	s->filling.len += n;
}

int sink_close(struct sink *s)
{
	int e;

	if (!s)
		return 0;
	hand_over(s);
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->writer, NULL);
	e = s->error;
	if (close(s->fd) && !e)
		e = -errno;
	free(s->filling.bytes);
	free(s->writing.bytes);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return e;
}
