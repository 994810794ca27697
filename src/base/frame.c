/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/frame.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Who was not asked for room in time makes some for the next ones too. */
enum { SLACK = 64 };

struct frame_store {
	unsigned frames; /* that share it */
	size_t size;
	uint8_t bytes[];
};

static size_t max(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Returns head + len + tail, or something above FRAME_MAX when that is more than there may be. */
static size_t sum(size_t head, size_t len, size_t tail)
{
	if (head > FRAME_MAX || len > FRAME_MAX || tail > FRAME_MAX)
		return FRAME_MAX + 1;
	return head + len + tail;
}

static struct frame_store *store_new(size_t size)
{
	struct frame_store *s = size <= FRAME_MAX ? malloc(sizeof *s + size) : NULL;

	if (s) {
		s->frames = 1;
		s->size = size;
	}
	return s;
}

static void store_free(struct frame_store *s)
{
	if (!--s->frames)
		free(s);
}

static uint8_t *writable(const struct frame *f)
{
	return f->store->bytes + frame_headroom(f);
}

size_t frame_headroom(const struct frame *f)
{
	return (size_t)(f->data - f->store->bytes);
}

size_t frame_tailroom(const struct frame *f)
{
	return f->store->size - f->len - frame_headroom(f);
}

struct frame *frame_new(size_t head, size_t len, size_t tail)
{
	struct frame *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	f->store = store_new(sum(head, len, tail));
	if (!f->store) {
		free(f);
		return NULL;
	}
	f->data = memset(f->store->bytes + head, 0, len);
	f->len = len;
	return f;
}

struct frame *frame_from(const void *bytes, size_t len, size_t head, size_t tail)
{
	struct frame *f = frame_new(head, 0, sum(len, tail, 0));

	if (f && len) {
		f->len = len;
		memcpy(writable(f), bytes, len);
	}
	return f;
}

struct frame *frame_clone(const struct frame *f)
{
	struct frame *clone = malloc(sizeof *clone);

	if (!clone)
		return NULL;
	*clone = *f;
	memset(&clone->cost, 0, sizeof clone->cost);
	clone->store->frames++;
	return clone;
}

int frame_set(struct frame *f, const void *bytes, size_t len, size_t head, size_t tail)
{
	struct frame_store *s = f->store;

	if (s->frames > 1 || sum(head, len, tail) > s->size) {
		s = store_new(sum(head, len, tail));
		if (!s)
			return -ENOMEM;
		store_free(f->store);
	}
	*f = (struct frame){.data = memcpy(s->bytes + head, bytes, len), .len = len, .store = s};
	return 0;
}

void frame_free(struct frame *f)
{
	if (!f)
		return;
	store_free(f->store);
	free(f);
}

/* Puts the frame's bytes `head` behind the start of a store, which may be its own, and counts them. */
static void settle(struct frame *f, struct frame_store *s, size_t head)
{
	memmove(s->bytes + head, f->data, f->len);
	f->data = s->bytes + head;
	f->cost.bytes += f->len;
}

int frame_room(struct frame *f, size_t head, size_t tail)
{
	bool shared = f->store->frames > 1, fits = head <= frame_headroom(f) && tail <= frame_tailroom(f);
	struct frame_store *s;
	size_t keep;

	if (fits && !shared)
		return 0;
	if (!shared && sum(head, f->len, tail) <= f->store->size) {
		/* The room is on the wrong side. */
		settle(f, f->store, head);
		f->cost.moves++;
		return 0;
	}
	/* Room that is there already is kept where that is possible: a later stage may count on it. */
	keep = max(head, frame_headroom(f));
	s = store_new(sum(keep, f->len, max(tail, frame_tailroom(f))));
	if (s)
		head = keep;
	else
		s = store_new(sum(head, f->len, tail));
	if (!s)
		return -ENOMEM;
	settle(f, s, head);
	store_free(f->store);
	f->store = s;
	f->cost.growths += !fits;
	f->cost.copies += shared;
	return 0;
}

uint8_t *frame_own(struct frame *f)
{
	return frame_room(f, 0, 0) ? NULL : writable(f);
}

/* Room for a stage that may not have asked: if bytes must move anyway, more than it needs, and none lost elsewhere. */
static int room_now(struct frame *f, size_t head, size_t tail)
{
	size_t have_head = frame_headroom(f), have_tail = frame_tailroom(f);

	if ((head > have_head || tail > have_tail) &&
	    !frame_room(f, head > have_head ? head + SLACK : have_head, tail > have_tail ? tail + SLACK : have_tail))
		return 0;
	return frame_room(f, head, tail);
}

uint8_t *frame_push(struct frame *f, size_t n)
{
	if (n > FRAME_MAX || room_now(f, n, 0))
		return NULL;
	f->data -= n;
	f->len += n;
	return writable(f);
}

uint8_t *frame_put(struct frame *f, size_t n)
{
	uint8_t *end;

	if (n > FRAME_MAX || room_now(f, 0, n))
		return NULL;
	end = writable(f) + f->len;
	f->len += n;
	return end;
}

uint8_t *frame_widen(struct frame *f, size_t head, size_t tail)
{
	if (frame_room(f, head, tail))
		return NULL;
	f->data -= head;
	f->len += head + tail;
	return writable(f);
}

const uint8_t *frame_pull(struct frame *f, size_t n)
{
	const uint8_t *pulled = f->data;

	if (n > f->len)
		return NULL;
	f->data += n;
	f->len -= n;
	return pulled;
}

const uint8_t *frame_trim(struct frame *f, size_t n)
{
	if (n > f->len)
		return NULL;
	f->len -= n;
	return f->data + f->len;
}
