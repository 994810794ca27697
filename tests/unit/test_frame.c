/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/frame.h"

#include <errno.h>

static const size_t lengths[] = {0, 1, 13, 14, 60, 61, 1500, 2304};

static uint8_t letter(size_t i)
{
	return (uint8_t)(i * 7 + i / 251 + 3);
}

static struct frame *filled(size_t head, size_t len, size_t tail)
{
	struct frame *f = frame_new(head, len, tail);
	uint8_t *bytes;

	assert_non_null(f);
	assert_true(frame_headroom(f) >= head);
	assert_true(frame_tailroom(f) >= tail);
	bytes = frame_own(f);
	assert_ptr_equal(bytes, f->data);
	for (size_t i = 0; i < len; i++)
		bytes[i] = letter(i);
	return f;
}

static const uint8_t *letters(void)
{
	static uint8_t bytes[2304];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = letter(i);
	return bytes;
}

/* The frame's bytes from `skip` on are those of filled(), `len` of them. Written out: assert_* per byte is slow. */
static void holds(const struct frame *f, size_t skip, size_t len)
{
	size_t i = 0;

	assert_true(f->len >= skip + len);
	while (i < len && f->data[skip + i] == letter(i))
		i++;
	assert_int_equal(i, len);
}

/*
 * What the frame came with must make no difference: whatever is asked for is there afterwards, and can be used to
 * its last byte, with one move at most.
 */
static void try_room(size_t had_head, size_t had_tail, size_t len, size_t head, size_t tail)
{
	struct frame *f = filled(had_head, len, had_tail);
	bool fits = head <= frame_headroom(f) && tail <= frame_tailroom(f);
	bool fits_inside = head + tail <= frame_headroom(f) + frame_tailroom(f);
	const struct frame_store *store = f->store;
	uint8_t *at;

	assert_int_equal(frame_room(f, head, tail), 0);
	assert_int_equal(f->len, len);
	assert_true(frame_headroom(f) >= head);
	assert_true(frame_tailroom(f) >= tail);
	holds(f, 0, len);
	assert_int_equal(f->cost.moves, !fits && fits_inside);
	assert_int_equal(f->cost.growths, !fits_inside);
	assert_int_equal(f->cost.copies, 0);
	assert_int_equal(f->cost.bytes, fits ? 0 : len);
	assert_int_equal(f->store == store, fits_inside);
	store = f->store;

	at = frame_push(f, head);
	assert_ptr_equal(at, f->data);
	memset(at, 0x11, head);
	at = frame_put(f, tail);
	assert_ptr_equal(at, f->data + head + len);
	memset(at, 0x22, tail);
	assert_int_equal(f->len, head + len + tail);
	holds(f, head, len);
	assert_ptr_equal(f->store, store);
	assert_int_equal(f->cost.moves + f->cost.growths, !fits);
	frame_free(f);
}

static void every_headroom_and_tailroom(void **state)
{
	static const size_t had[] = {0, 1, 8, 31, 32, 64};

	(void)state;
	for (size_t l = 0; l < COUNT(lengths); l++)
		for (size_t head = 0; head <= 64; head++)
			for (size_t tail = 0; tail <= 32; tail++) {
				size_t h = had[(head + tail) % COUNT(had)], t = had[(head + 2 * tail + l) % COUNT(had)];

				/* What it had and what is asked for change places: both are tried in full. */
				try_room(head, tail, lengths[l], h, t);
				try_room(h, t, lengths[l], head, tail);
			}
}

static void try_shared(size_t had_head, size_t had_tail, size_t len, size_t head, size_t tail)
{
	struct frame *f = filled(had_head, len, had_tail), *clone = frame_clone(f);
	const uint8_t *before = f->data;
	bool fits = head <= had_head && tail <= had_tail;

	assert_non_null(clone);
	assert_ptr_equal(clone->data, f->data);
	assert_int_equal(frame_room(clone, head, tail), 0);
	assert_true(frame_headroom(clone) >= head);
	assert_true(frame_tailroom(clone) >= tail);
	assert_ptr_not_equal(clone->store, f->store);
	assert_int_equal(clone->cost.copies, 1);
	assert_int_equal(clone->cost.growths, !fits);
	memset(frame_own(clone), 0x33, len);
	memset(frame_push(clone, head), 0x33, head);
	memset(frame_put(clone, tail), 0x33, tail);

	/* Nothing happened to the other one, and it is alone now: nothing is copied for it any more. */
	assert_ptr_equal(f->data, before);
	holds(f, 0, len);
	assert_ptr_equal(frame_own(f), before);
	assert_int_equal(f->cost.copies, 0);
	frame_free(f);
	frame_free(clone);
}

static void a_shared_frame_is_copied_before_it_is_written(void **state)
{
	(void)state;
	for (size_t l = 0; l < COUNT(lengths); l++)
		for (size_t head = 0; head <= 64; head += 3)
			for (size_t tail = 0; tail <= 32; tail += 3) {
				try_shared(head, tail, lengths[l], 24, 12);
				try_shared(24, 12, lengths[l], head, tail);
			}
}

static void each_writer_copies(void **state)
{
	struct frame *f = filled(16, 60, 16), *clone;

	(void)state;
	for (int which = 0; which < 4; which++) {
		clone = frame_clone(f);
		switch (which) {
		case 0:
			assert_non_null(frame_own(clone));
			break;
		case 1:
			assert_non_null(frame_push(clone, 1));
			break;
		case 2:
			assert_non_null(frame_put(clone, 1));
			break;
		case 3:
			assert_int_equal(frame_room(clone, 0, 0), 0);
			break;
		}
		assert_ptr_not_equal(clone->store, f->store);
		assert_int_equal(clone->cost.copies, 1);
		holds(clone, which == 1, 60);
		frame_free(clone);
	}
	holds(f, 0, 60);
	frame_free(f);
}

static void readers_share(void **state)
{
	struct frame *f, *clones[8];

	(void)state;
	f = filled(16, 60, 16);
	f->meta = (struct frame_meta){.time_ns = 1, .port = 2, .freq_mhz = 5180, .signal_dbm = -40};
	f->cost.growths = 7;
	for (size_t i = 0; i < COUNT(clones); i++) {
		clones[i] = frame_clone(i ? clones[i - 1] : f);
		assert_ptr_equal(clones[i]->store, f->store);
		assert_memory_equal(&clones[i]->meta, &f->meta, sizeof f->meta);
		assert_int_equal(clones[i]->cost.growths, 0);
		/* Each has its own place and length. */
		assert_non_null(frame_pull(clones[i], 1));
		assert_non_null(frame_trim(clones[i], 2));
		assert_int_equal(clones[i]->len, 60 - 3 * (i + 1));
		assert_int_equal(clones[i]->data[0], letter(i + 1));
		assert_int_equal(clones[i]->cost.bytes, 0);
	}
	/* The bytes live as long as the last of them; which goes first is all the same. */
	frame_free(f);
	for (size_t i = 0; i < COUNT(clones); i++) {
		assert_int_equal(clones[i]->data[0], letter(i + 1));
		frame_free(clones[i]);
	}
	frame_free(NULL);
}

static void pull_and_trim_are_bounded(void **state)
{
	(void)state;
	for (size_t l = 0; l < COUNT(lengths); l++)
		for (size_t n = 0; n <= lengths[l] + 2; n += n < 20 || n + 3 > lengths[l] ? 1 : 97) {
			struct frame *f = filled(4, lengths[l], 4);
			const uint8_t *data = f->data, *end = f->data + f->len;
			size_t left = n <= f->len ? f->len - n : f->len;

			assert_ptr_equal(frame_pull(f, n), n <= lengths[l] ? data : NULL);
			assert_int_equal(f->len, left);
			assert_ptr_equal(f->data + f->len, end);
			assert_int_equal(frame_headroom(f), 4 + lengths[l] - left);
			frame_free(f);

			f = filled(4, lengths[l], 4);
			data = f->data;
			assert_ptr_equal(frame_trim(f, n), n <= lengths[l] ? data + left : NULL);
			assert_int_equal(f->len, left);
			assert_ptr_equal(f->data, data);
			assert_int_equal(frame_tailroom(f), 4 + lengths[l] - left);
			frame_free(f);
		}
}

/* A path that never asks for room loses nothing; it only pays, and not for each byte. */
static void room_that_nobody_asked_for(void **state)
{
	struct frame *f = filled(0, 100, 0);
	uint8_t *at;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		at = frame_push(f, 1);
		assert_non_null(at);
		*at = (uint8_t)i;
		at = frame_put(f, 1);
		assert_non_null(at);
		*at = (uint8_t)i;
	}
	assert_int_equal(f->len, 2100);
	holds(f, 1000, 100);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(f->data[999 - i], (uint8_t)i);
		assert_int_equal(f->data[1100 + i], (uint8_t)i);
	}
	assert_in_range(f->cost.growths, 1, 2 * 1000 / 60);
	frame_free(f);
}

/* A push beyond what was asked for leaves the room at the other end alone. */
static void room_at_the_other_end_stays(void **state)
{
	struct frame *f = filled(0, 60, 40);

	(void)state;
	assert_non_null(frame_push(f, 8));
	assert_true(frame_tailroom(f) >= 40);
	frame_free(f);
	f = filled(40, 60, 0);
	assert_non_null(frame_put(f, 8));
	assert_true(frame_headroom(f) >= 40);
	frame_free(f);
}

/* Growing on one side keeps what there is on the other: the next stage may count on it. */
static void growth_keeps_the_other_side(void **state)
{
	struct frame *f = filled(40, 60, 0);

	(void)state;
	assert_int_equal(frame_room(f, 0, 50), 0);
	assert_int_equal(f->cost.growths, 1);
	assert_true(frame_headroom(f) >= 40);
	frame_free(f);
	f = filled(0, 60, 40);
	assert_int_equal(frame_room(f, 50, 0), 0);
	assert_int_equal(f->cost.growths, 1);
	assert_true(frame_tailroom(f) >= 40);
	frame_free(f);
}

static void the_largest_frame(void **state)
{
	struct frame *f = filled(0, FRAME_MAX - 20, 0), *clone;

	(void)state;
	assert_int_equal(frame_room(f, 12, 8), 0); /* an exact fit is a fit */
	assert_non_null(frame_push(f, 12));
	assert_non_null(frame_put(f, 8));
	assert_int_equal(f->len, FRAME_MAX);
	holds(f, 12, FRAME_MAX - 20);
	frame_free(f);

	/* Much room on one side does not stand in the way of a little on the other. */
	f = filled(FRAME_MAX - 100, 100, 0);
	assert_int_equal(frame_room(f, 0, 50), 0);
	assert_non_null(frame_put(f, 50));
	holds(f, 0, 100);
	frame_free(f);
	f = filled(FRAME_MAX - 100, 100, 0);
	assert_non_null(frame_put(f, 50));
	holds(f, 0, 100);
	frame_free(f);
	/* Nor when it is shared, so that all must be copied: room that nobody asked for is given up. */
	f = filled(FRAME_MAX - 100, 100, 0);
	clone = frame_clone(f);
	assert_int_equal(frame_room(clone, 0, 50), 0);
	holds(clone, 0, 100);
	frame_free(f);
	frame_free(clone);
	assert_null(frame_new(0, FRAME_MAX + 1, 0));
	assert_null(frame_new(FRAME_MAX, 1, 0));
	assert_null(frame_from("x", 1, 0, FRAME_MAX));
}

/* What cannot be had leaves the frame as it was, shared or not; no sum of sizes wraps around. */
static void lack_of_memory(void **state)
{
	static const size_t sizes[] = {FRAME_MAX - 59, FRAME_MAX, FRAME_MAX + 1, SIZE_MAX / 2, SIZE_MAX - 60, SIZE_MAX};
	struct frame *f = filled(10, 60, 10), *clone = NULL, before;

	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		before = *f;
		for (size_t i = 0; i < COUNT(sizes); i++) {
			assert_int_equal(frame_room(f, sizes[i], 0), -ENOMEM);
			assert_int_equal(frame_room(f, 0, sizes[i]), -ENOMEM);
			assert_int_equal(frame_room(f, sizes[i], sizes[i]), -ENOMEM);
			assert_null(frame_push(f, sizes[i]));
			assert_null(frame_put(f, sizes[i]));
			assert_null(frame_pull(f, sizes[i]));
			assert_null(frame_trim(f, sizes[i]));
		}
		assert_memory_equal(f, &before, sizeof before);
		holds(f, 0, 60);
		if (!shared)
			clone = frame_clone(f);
	}
	frame_free(f);
	frame_free(clone);
}

static void from_bytes(void **state)
{
	uint8_t bytes[] = {1, 2, 3};
	struct frame *f = frame_from(bytes, sizeof bytes, 2, 2), *empty = frame_from(NULL, 0, 0, 0);

	(void)state;
	bytes[0] = 9; /* a copy it is */
	assert_int_equal(f->len, 3);
	assert_memory_equal(f->data, "\1\2\3", 3);
	assert_int_equal(f->meta.time_ns, 0);
	assert_int_equal(empty->len, 0);
	assert_non_null(frame_put(empty, 1));
	frame_free(f);
	frame_free(empty);
}

static void a_new_frame_is_zero(void **state)
{
	struct frame *f = frame_new(3, 500, 3);

	(void)state;
	for (size_t i = 0; i < f->len; i++)
		assert_int_equal(f->data[i], 0);
	frame_free(f);
}

static void other_bytes_in_the_same_store(void **state)
{
	struct frame *f = filled(8, 100, 8), *clone;
	const struct frame_store *store = f->store;

	(void)state;
	f->meta.port = 7;
	frame_put(f, 4);
	assert_int_equal(frame_set(f, "abc", 3, 16, 16), 0);
	assert_ptr_equal(f->store, store);
	assert_int_equal(f->len, 3);
	assert_memory_equal(f->data, "abc", 3);
	assert_int_equal(frame_headroom(f), 16);
	assert_true(frame_tailroom(f) >= 16);
	assert_int_equal(f->meta.port, 0);
	/* Not in one that is shared, nor in one that is too small. */
	clone = frame_clone(f);
	assert_int_equal(frame_set(f, "defg", 4, 0, 0), 0);
	assert_memory_equal(clone->data, "abc", 3);
	assert_memory_equal(f->data, "defg", 4);
	assert_int_equal(frame_set(clone, letters(), 2304, 64, 64), 0);
	assert_true(frame_headroom(clone) >= 64 && frame_tailroom(clone) >= 64);
	holds(clone, 0, 2304);
	assert_int_equal(frame_set(f, "x", 1, FRAME_MAX, 0), -ENOMEM);
	assert_memory_equal(f->data, "defg", 4);
	frame_free(f);
	frame_free(clone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_headroom_and_tailroom),
		cmocka_unit_test(a_shared_frame_is_copied_before_it_is_written),
		cmocka_unit_test(each_writer_copies),
		cmocka_unit_test(readers_share),
		cmocka_unit_test(pull_and_trim_are_bounded),
		cmocka_unit_test(room_that_nobody_asked_for),
		cmocka_unit_test(room_at_the_other_end_stays),
		cmocka_unit_test(growth_keeps_the_other_side),
		cmocka_unit_test(the_largest_frame),
		cmocka_unit_test(lack_of_memory),
		cmocka_unit_test(from_bytes),
		cmocka_unit_test(other_bytes_in_the_same_store),
		cmocka_unit_test(a_new_frame_is_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
