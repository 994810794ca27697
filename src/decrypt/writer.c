/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decrypt/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { TYPICAL = 1 << 18 };

struct sink_part {
	struct sink *sink;
	uint8_t *bytes;
	size_t len, room;
	int error;
	bool filled; /* under the lock; from then on the part is the writer's */
};

/* Part n is in the place n modulo `count`, which is free for it once part n - `count` is written. */
struct sink {
	int fd;
	unsigned count;
	pthread_t writer;
	pthread_mutex_t lock;
	pthread_cond_t filled, freed; /* the writer has something to do; a place is free, or all is over */
	/* under the lock */
	size_t written; /* parts */
	bool closing;
	int error;
	struct sink_part parts[];
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
		struct sink_part *p = &s->parts[s->written % s->count];
		int e = s->error;

		while (!p->filled && !s->closing)
			pthread_cond_wait(&s->filled, &s->lock);
		if (!p->filled)
			break;
		pthread_mutex_unlock(&s->lock);
		if (!e)
			e = write_all(s->fd, p->bytes, p->len);
		pthread_mutex_lock(&s->lock);
		s->error = e ? e : p->error;
		p->filled = false;
		s->written++;
		pthread_cond_broadcast(&s->freed);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void sink_free(struct sink *s)
{
	for (unsigned i = 0; i < s->count; i++)
		free(s->parts[i].bytes);
	pthread_cond_destroy(&s->filled);
	pthread_cond_destroy(&s->freed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

struct sink *sink_open(const char *path, unsigned parts)
{
	struct sink *s = calloc(1, sizeof *s + parts * sizeof s->parts[0]);
	sigset_t all, old;
	int e;

	if (!s)
		return NULL;
	s->count = parts;
	for (unsigned i = 0; i < parts; i++)
		s->parts[i].sink = s;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->filled, NULL);
	pthread_cond_init(&s->freed, NULL);
	s->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	e = s->fd < 0 ? errno : 0;
	if (!e) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the caller's */
		e = pthread_create(&s->writer, NULL, run, s);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		if (e)
			close(s->fd);
	}
	if (!e)
		return s;
	sink_free(s);
	errno = e;
	return NULL;
}

struct sink_part *sink_begin(struct sink *s, size_t number)
{
	struct sink_part *p = &s->parts[number % s->count];
	int e;

	pthread_mutex_lock(&s->lock);
	while (!s->error && number >= s->written + s->count)
		pthread_cond_wait(&s->freed, &s->lock);
	e = s->error;
	pthread_mutex_unlock(&s->lock);
	errno = -e;
	if (e)
		return NULL;
	p->len = 0;
	return p;
}

uint8_t *sink_room(struct sink_part *p, size_t n)
{
	if (p->room - p->len < n) {
		size_t room = p->len + n > TYPICAL ? (p->len + n) / 2 * 3 : TYPICAL;
		uint8_t *bytes = realloc(p->bytes, room);

		if (!bytes) {
			errno = ENOMEM;
			return NULL;
		}
		p->bytes = bytes;
		p->room = room;
	}
	return p->bytes + p->len;
}

void sink_used(struct sink_part *p, size_t n)
{
	p->len += n;
}

void sink_end(struct sink_part *p, int error)
{
	struct sink *s = p->sink;

	p->error = error;
	pthread_mutex_lock(&s->lock);
	p->filled = true;
	if (p == &s->parts[s->written % s->count])
		pthread_cond_signal(&s->filled);
	pthread_mutex_unlock(&s->lock);
}

int sink_close(struct sink *s)
{
	int e;

	if (!s)
		return 0;
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_cond_signal(&s->filled);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->writer, NULL);
	e = s->error;
	if (close(s->fd) && !e)
		e = -errno;
	sink_free(s);
	return e;
}
