/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/frame.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Late growth reserves slack for later prepends and appends. */
enum { SLACK = 64 };

struct frame_store {
	unsigned refcount; /* frames that share the store */
	size_t size;
	uint8_t bytes[];
};

static size_t max(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Returns head + len + tail; a sum above FRAME_MAX stays above it. */
static size_t sum_sizes(size_t head, size_t len, size_t tail)
{
	if (head > FRAME_MAX || len > FRAME_MAX || tail > FRAME_MAX)
		return FRAME_MAX + 1;
	return head + len + tail;
}

static struct frame_store *store_new(size_t size)
{
	struct frame_store *store = size <= FRAME_MAX ? malloc(sizeof(*store) + size) : NULL;

	if (store) {
		store->refcount = 1;
		store->size = size;
	}
	return store;
}

static void store_free(struct frame_store *store)
{
	if (!--store->refcount)
		free(store);
}

static uint8_t *store_data(const struct frame *frame)
{
	return frame->store->bytes + frame_headroom(frame);
}

size_t frame_headroom(const struct frame *frame)
{
	return (size_t)(frame->data - frame->store->bytes);
}

size_t frame_tailroom(const struct frame *frame)
{
	return frame->store->size - frame->len - frame_headroom(frame);
}

struct frame *frame_new(size_t headroom, size_t len, size_t tailroom)
{
	struct frame *frame = calloc(1, sizeof(*frame));

	if (!frame)
		return NULL;
	frame->store = store_new(sum_sizes(headroom, len, tailroom));
	if (!frame->store) {
		free(frame);
		return NULL;
	}
	frame->data = memset(frame->store->bytes + headroom, 0, len);
	frame->len = len;
	return frame;
}

struct frame *frame_from(const void *bytes, size_t len, size_t headroom, size_t tailroom)
{
	struct frame *frame = frame_new(headroom, 0, sum_sizes(len, tailroom, 0));

	if (frame && len) {
		frame->len = len;
		memcpy(store_data(frame), bytes, len);
	}
	return frame;
}

struct frame *frame_clone(const struct frame *frame)
{
	struct frame *clone = malloc(sizeof(*clone));

	if (!clone)
		return NULL;
	*clone = *frame;
	memset(&clone->cost, 0, sizeof(clone->cost));
	clone->store->refcount++;
	return clone;
}

int frame_assign(struct frame *frame, const void *bytes, size_t len, size_t headroom, size_t tailroom)
{
	struct frame_store *store = frame->store;

	if (store->refcount > 1 || sum_sizes(headroom, len, tailroom) > store->size) {
		store = store_new(sum_sizes(headroom, len, tailroom));
		if (!store)
			return -ENOMEM;
		store_free(frame->store);
	}
	*frame = (struct frame){.data = memcpy(store->bytes + headroom, bytes, len), .len = len, .store = store};
	return 0;
}

void frame_free(struct frame *frame)
{
	if (!frame)
		return;
	store_free(frame->store);
	free(frame);
}

/* Moves the frame's bytes to offset `head` of a store, which may be its own, and counts them. */
static void move_bytes(struct frame *frame, struct frame_store *store, size_t head)
{
	memmove(store->bytes + head, frame->data, frame->len);
	frame->data = store->bytes + head;
	frame->cost.bytes += frame->len;
}

int frame_reserve(struct frame *frame, size_t headroom, size_t tailroom)
{
	bool shared = frame->store->refcount > 1,
	     fits = headroom <= frame_headroom(frame) && tailroom <= frame_tailroom(frame);
	struct frame_store *store;
	size_t wanted_headroom;

	if (fits && !shared)
		return 0;
	if (!shared && sum_sizes(headroom, frame->len, tailroom) <= frame->store->size) {
		/* The store is large enough, but the room is at the other end. */
		move_bytes(frame, frame->store, headroom);
		frame->cost.moves++;
		return 0;
	}
	/* Keep the present room if memory allows: a later stage may rely on it. */
	wanted_headroom = max(headroom, frame_headroom(frame));
	store = store_new(sum_sizes(wanted_headroom, frame->len, max(tailroom, frame_tailroom(frame))));
	if (store)
		headroom = wanted_headroom;
	else
		store = store_new(sum_sizes(headroom, frame->len, tailroom));
	if (!store)
		return -ENOMEM;
	move_bytes(frame, store, headroom);
	store_free(frame->store);
	frame->store = store;
	frame->cost.growths += !fits;
	frame->cost.copies += shared;
	return 0;
}

uint8_t *frame_make_writable(struct frame *frame)
{
	return frame_reserve(frame, 0, 0) ? NULL : store_data(frame);
}

/* Makes room for a push or put; if bytes must move, then with slack, and the room at the other end is kept. */
static int ensure_room(struct frame *frame, size_t head, size_t tail)
{
	size_t headroom = frame_headroom(frame), tailroom = frame_tailroom(frame);

	if ((head > headroom || tail > tailroom) &&
	    !frame_reserve(frame, head > headroom ? head + SLACK : headroom, tail > tailroom ? tail + SLACK : tailroom))
		return 0;
	return frame_reserve(frame, head, tail);
}

uint8_t *frame_push(struct frame *frame, size_t len)
{
	if (len > FRAME_MAX || ensure_room(frame, len, 0))
		return NULL;
	frame->data -= len;
	frame->len += len;
	return store_data(frame);
}

uint8_t *frame_put(struct frame *frame, size_t len)
{
	uint8_t *end;

	if (len > FRAME_MAX || ensure_room(frame, 0, len))
		return NULL;
	end = store_data(frame) + frame->len;
	frame->len += len;
	return end;
}

uint8_t *frame_extend(struct frame *frame, size_t head, size_t tail)
{
	if (frame_reserve(frame, head, tail))
		return NULL;
	frame->data -= head;
	frame->len += head + tail;
	return store_data(frame);
}

const uint8_t *frame_pull(struct frame *frame, size_t len)
{
	const uint8_t *pulled = frame->data;

	if (len > frame->len)
		return NULL;
	frame->data += len;
	frame->len -= len;
	return pulled;
}

const uint8_t *frame_trim(struct frame *frame, size_t len)
{
	if (len > frame->len)
		return NULL;
	frame->len -= len;
	return frame->data + frame->len;
}
