/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "base/frame.h"

#include <errno.h>

static const size_t lengths[] = {0, 1, 13, 14, 60, 61, 1500, 2304};

static uint8_t pattern_byte(size_t i)
{
	return (uint8_t)(i * 7 + i / 251 + 3);
}

static struct frame *patterned_frame(size_t head, size_t len, size_t tail)
{
	struct frame *frame = frame_new(head, len, tail);
	uint8_t *bytes;

	assert_non_null(frame);
	assert_true(frame_headroom(frame) >= head);
	assert_true(frame_tailroom(frame) >= tail);
	bytes = frame_make_writable(frame);
	assert_ptr_equal(bytes, frame->data);
	for (size_t i = 0; i < len; i++)
		bytes[i] = pattern_byte(i);
	return frame;
}

static const uint8_t *pattern(void)
{
	static uint8_t bytes[2304];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = pattern_byte(i);
	return bytes;
}

/* Asserts that `len` bytes of the frame from `skip` on are those of patterned_frame(). A loop: assert_* per byte is slow. */
static void assert_pattern(const struct frame *frame, size_t skip, size_t len)
{
	size_t i = 0;

	assert_true(frame->len >= skip + len);
	while (i < len && frame->data[skip + i] == pattern_byte(i))
		i++;
	assert_int_equal(i, len);
}

/* The reserved room is there and usable to its last byte after at most one move, whatever room the frame had. */
static void check_room(size_t had_head, size_t had_tail, size_t len, size_t head, size_t tail)
{
	struct frame *frame = patterned_frame(had_head, len, had_tail);
	bool fits = head <= frame_headroom(frame) && tail <= frame_tailroom(frame);
	bool fits_inside = head + tail <= frame_headroom(frame) + frame_tailroom(frame);
	const struct frame_store *store = frame->store;
	uint8_t *at;

	assert_int_equal(frame_reserve(frame, head, tail), 0);
	assert_int_equal(frame->len, len);
	assert_true(frame_headroom(frame) >= head);
	assert_true(frame_tailroom(frame) >= tail);
	assert_pattern(frame, 0, len);
	assert_int_equal(frame->cost.moves, !fits && fits_inside);
	assert_int_equal(frame->cost.growths, !fits_inside);
	assert_int_equal(frame->cost.copies, 0);
	assert_int_equal(frame->cost.bytes, fits ? 0 : len);
	assert_int_equal(frame->store == store, fits_inside);
	store = frame->store;

	at = frame_push(frame, head);
	assert_ptr_equal(at, frame->data);
	memset(at, 0x11, head);
	at = frame_put(frame, tail);
	assert_ptr_equal(at, frame->data + head + len);
	memset(at, 0x22, tail);
	assert_int_equal(frame->len, head + len + tail);
	assert_pattern(frame, head, len);
	assert_ptr_equal(frame->store, store);
	assert_int_equal(frame->cost.moves + frame->cost.growths, !fits);
	frame_free(frame);
}

static void every_headroom_and_tailroom_works(void **state)
{
	static const size_t had[] = {0, 1, 8, 31, 32, 64};

	(void)state;
	for (size_t length_index = 0; length_index < COUNT(lengths); length_index++)
		for (size_t head = 0; head <= 64; head++)
			for (size_t tail = 0; tail <= 32; tail++) {
				size_t head_index = had[(head + tail) % COUNT(had)],
				       tail_index = had[(head + 2 * tail + length_index) % COUNT(had)];

				/* Try each combination of present and reserved room. */
				check_room(head, tail, lengths[length_index], head_index, tail_index);
				check_room(head_index, tail_index, lengths[length_index], head, tail);
			}
}

static void check_shared_room(size_t had_head, size_t had_tail, size_t len, size_t head, size_t tail)
{
	struct frame *frame = patterned_frame(had_head, len, had_tail), *clone = frame_clone(frame);
	const uint8_t *before = frame->data;
	bool fits = head <= had_head && tail <= had_tail;

	assert_non_null(clone);
	assert_ptr_equal(clone->data, frame->data);
	assert_int_equal(frame_reserve(clone, head, tail), 0);
	assert_true(frame_headroom(clone) >= head);
	assert_true(frame_tailroom(clone) >= tail);
	assert_ptr_not_equal(clone->store, frame->store);
	assert_int_equal(clone->cost.copies, 1);
	assert_int_equal(clone->cost.growths, !fits);
	memset(frame_make_writable(clone), 0x33, len);
	memset(frame_push(clone, head), 0x33, head);
	memset(frame_put(clone, tail), 0x33, tail);

	/* The clone is unchanged and no longer shares its store: a write does not copy. */
	assert_ptr_equal(frame->data, before);
	assert_pattern(frame, 0, len);
	assert_ptr_equal(frame_make_writable(frame), before);
	assert_int_equal(frame->cost.copies, 0);
	frame_free(frame);
	frame_free(clone);
}

static void shared_frame_is_copied_before_write(void **state)
{
	(void)state;
	for (size_t length_index = 0; length_index < COUNT(lengths); length_index++)
		for (size_t head = 0; head <= 64; head += 3)
			for (size_t tail = 0; tail <= 32; tail += 3) {
				check_shared_room(head, tail, lengths[length_index], 24, 12);
				check_shared_room(24, 12, lengths[length_index], head, tail);
			}
}

static void each_writer_of_shared_frame_copies(void **state)
{
	struct frame *frame = patterned_frame(16, 60, 16), *clone;

	(void)state;
	for (int which = 0; which < 4; which++) {
		clone = frame_clone(frame);
		switch (which) {
		case 0:
			assert_non_null(frame_make_writable(clone));
			break;
		case 1:
			assert_non_null(frame_push(clone, 1));
			break;
		case 2:
			assert_non_null(frame_put(clone, 1));
			break;
		case 3:
			assert_int_equal(frame_reserve(clone, 0, 0), 0);
			break;
		}
		assert_ptr_not_equal(clone->store, frame->store);
		assert_int_equal(clone->cost.copies, 1);
		assert_pattern(clone, which == 1, 60);
		frame_free(clone);
	}
	assert_pattern(frame, 0, 60);
	frame_free(frame);
}

static void readers_share_buffer(void **state)
{
	struct frame *frame, *clones[8];

	(void)state;
	frame = patterned_frame(16, 60, 16);
	frame->meta = (struct frame_meta){.time_ns = 1, .ifindex = 2, .freq_mhz = 5180, .signal_dbm = -40};
	frame->cost.growths = 7;
	for (size_t i = 0; i < COUNT(clones); i++) {
		clones[i] = frame_clone(i ? clones[i - 1] : frame);
		assert_ptr_equal(clones[i]->store, frame->store);
		assert_memory_equal(&clones[i]->meta, &frame->meta, sizeof(frame->meta));
		assert_int_equal(clones[i]->cost.growths, 0);
		/* Each has its own position and length. */
		assert_non_null(frame_pull(clones[i], 1));
		assert_non_null(frame_trim(clones[i], 2));
		assert_int_equal(clones[i]->len, 60 - 3 * (i + 1));
		assert_int_equal(clones[i]->data[0], pattern_byte(i + 1));
		assert_int_equal(clones[i]->cost.bytes, 0);
	}
	/* The bytes live as long as the last frame, in any order of freeing. */
	frame_free(frame);
	for (size_t i = 0; i < COUNT(clones); i++) {
		assert_int_equal(clones[i]->data[0], pattern_byte(i + 1));
		frame_free(clones[i]);
	}
	frame_free(NULL);
}

static void pull_and_trim_are_bounded(void **state)
{
	(void)state;
	for (size_t length_index = 0; length_index < COUNT(lengths); length_index++)
		for (size_t len = 0; len <= lengths[length_index] + 2;
		     len += len < 20 || len + 3 > lengths[length_index] ? 1 : 97) {
			struct frame *frame = patterned_frame(4, lengths[length_index], 4);
			const uint8_t *data = frame->data, *end = frame->data + frame->len;
			size_t left = len <= frame->len ? frame->len - len : frame->len;

			assert_ptr_equal(frame_pull(frame, len), len <= lengths[length_index] ? data : NULL);
			assert_int_equal(frame->len, left);
			assert_ptr_equal(frame->data + frame->len, end);
			assert_int_equal(frame_headroom(frame), 4 + lengths[length_index] - left);
			frame_free(frame);

			frame = patterned_frame(4, lengths[length_index], 4);
			data = frame->data;
			assert_ptr_equal(frame_trim(frame, len), len <= lengths[length_index] ? data + left : NULL);
			assert_int_equal(frame->len, left);
			assert_ptr_equal(frame->data, data);
			assert_int_equal(frame_tailroom(frame), 4 + lengths[length_index] - left);
			frame_free(frame);
		}
}

/* A path without reservations loses no bytes; its cost grows slower than the number of bytes. */
static void unreserved_room_is_added(void **state)
{
	struct frame *frame = patterned_frame(0, 100, 0);
	uint8_t *at;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		at = frame_push(frame, 1);
		assert_non_null(at);
		*at = (uint8_t)i;
		at = frame_put(frame, 1);
		assert_non_null(at);
		*at = (uint8_t)i;
	}
	assert_int_equal(frame->len, 2100);
	assert_pattern(frame, 1000, 100);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(frame->data[999 - i], (uint8_t)i);
		assert_int_equal(frame->data[1100 + i], (uint8_t)i);
	}
	assert_uint_in_range(frame->cost.growths, 1, 2 * 1000 / 60);
	frame_free(frame);
}

/* A push beyond the reservation keeps the room at the other end. */
static void room_at_other_end_is_kept(void **state)
{
	struct frame *frame = patterned_frame(0, 60, 40);

	(void)state;
	assert_non_null(frame_push(frame, 8));
	assert_true(frame_tailroom(frame) >= 40);
	frame_free(frame);
	frame = patterned_frame(40, 60, 0);
	assert_non_null(frame_put(frame, 8));
	assert_true(frame_headroom(frame) >= 40);
	frame_free(frame);
}

/* Growth at one end keeps the room at the other: a later stage may rely on it. */
static void growth_keeps_other_side(void **state)
{
	struct frame *frame = patterned_frame(40, 60, 0);

	(void)state;
	assert_int_equal(frame_reserve(frame, 0, 50), 0);
	assert_int_equal(frame->cost.growths, 1);
	assert_true(frame_headroom(frame) >= 40);
	frame_free(frame);
	frame = patterned_frame(0, 60, 40);
	assert_int_equal(frame_reserve(frame, 50, 0), 0);
	assert_int_equal(frame->cost.growths, 1);
	assert_true(frame_tailroom(frame) >= 40);
	frame_free(frame);
}

static void largest_frame_is_accepted(void **state)
{
	struct frame *frame = patterned_frame(0, FRAME_MAX - 20, 0), *clone;

	(void)state;
	assert_int_equal(frame_reserve(frame, 12, 8), 0); /* exact fit */
	assert_non_null(frame_push(frame, 12));
	assert_non_null(frame_put(frame, 8));
	assert_int_equal(frame->len, FRAME_MAX);
	assert_pattern(frame, 12, FRAME_MAX - 20);
	frame_free(frame);

	/* Much room at one end does not prevent a little more at the other. */
	frame = patterned_frame(FRAME_MAX - 100, 100, 0);
	assert_int_equal(frame_reserve(frame, 0, 50), 0);
	assert_non_null(frame_put(frame, 50));
	assert_pattern(frame, 0, 100);
	frame_free(frame);
	frame = patterned_frame(FRAME_MAX - 100, 100, 0);
	assert_non_null(frame_put(frame, 50));
	assert_pattern(frame, 0, 100);
	frame_free(frame);
	/* Nor in a shared frame, which must be copied: unreserved room is given up. */
	frame = patterned_frame(FRAME_MAX - 100, 100, 0);
	clone = frame_clone(frame);
	assert_int_equal(frame_reserve(clone, 0, 50), 0);
	assert_pattern(clone, 0, 100);
	frame_free(frame);
	frame_free(clone);
	assert_null(frame_new(0, FRAME_MAX + 1, 0));
	assert_null(frame_new(FRAME_MAX, 1, 0));
	assert_null(frame_from("x", 1, 0, FRAME_MAX));
}

/* A failed reservation leaves the frame unchanged, shared or not; no sum of sizes wraps around. */
static void allocation_failure_is_reported(void **state)
{
	static const size_t sizes[] = {FRAME_MAX - 59, FRAME_MAX, FRAME_MAX + 1, SIZE_MAX / 2, SIZE_MAX - 60, SIZE_MAX};
	struct frame *frame = patterned_frame(10, 60, 10), *clone = NULL, before;

	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		before = *frame;
		for (size_t i = 0; i < COUNT(sizes); i++) {
			assert_int_equal(frame_reserve(frame, sizes[i], 0), -ENOMEM);
			assert_int_equal(frame_reserve(frame, 0, sizes[i]), -ENOMEM);
			assert_int_equal(frame_reserve(frame, sizes[i], sizes[i]), -ENOMEM);
			assert_null(frame_push(frame, sizes[i]));
			assert_null(frame_put(frame, sizes[i]));
			assert_null(frame_pull(frame, sizes[i]));
			assert_null(frame_trim(frame, sizes[i]));
		}
		assert_memory_equal(frame, &before, sizeof(before));
		assert_pattern(frame, 0, 60);
		if (!shared)
			clone = frame_clone(frame);
	}
	frame_free(frame);
	frame_free(clone);
}

static void frame_from_bytes_copies(void **state)
{
	uint8_t bytes[] = {1, 2, 3};
	struct frame *frame = frame_from(bytes, sizeof(bytes), 2, 2), *empty = frame_from(NULL, 0, 0, 0);

	(void)state;
	bytes[0] = 9; /* the frame has a copy */
	assert_int_equal(frame->len, 3);
	assert_memory_equal(frame->data, "\1\2\3", 3);
	assert_int_equal(frame->meta.time_ns, 0);
	assert_int_equal(empty->len, 0);
	assert_non_null(frame_put(empty, 1));
	frame_free(frame);
	frame_free(empty);
}

static void new_frame_is_zeroed(void **state)
{
	struct frame *frame = frame_new(3, 500, 3);

	(void)state;
	for (size_t i = 0; i < frame->len; i++)
		assert_int_equal(frame->data[i], 0);
	frame_free(frame);
}

static void frames_share_one_buffer(void **state)
{
	struct frame *frame = patterned_frame(8, 100, 8), *clone;
	const struct frame_store *store = frame->store;

	(void)state;
	frame->meta.ifindex = 7;
	frame_put(frame, 4);
	assert_int_equal(frame_assign(frame, "abc", 3, 16, 16), 0);
	assert_ptr_equal(frame->store, store);
	assert_int_equal(frame->len, 3);
	assert_memory_equal(frame->data, "abc", 3);
	assert_int_equal(frame_headroom(frame), 16);
	assert_true(frame_tailroom(frame) >= 16);
	assert_int_equal(frame->meta.ifindex, 0);
	/* Not in a shared store, nor in one that is too small. */
	clone = frame_clone(frame);
	assert_int_equal(frame_assign(frame, "defg", 4, 0, 0), 0);
	assert_memory_equal(clone->data, "abc", 3);
	assert_memory_equal(frame->data, "defg", 4);
	assert_int_equal(frame_assign(clone, pattern(), 2304, 64, 64), 0);
	assert_true(frame_headroom(clone) >= 64 && frame_tailroom(clone) >= 64);
	assert_pattern(clone, 0, 2304);
	assert_int_equal(frame_assign(frame, "x", 1, FRAME_MAX, 0), -ENOMEM);
	assert_memory_equal(frame->data, "defg", 4);
	frame_free(frame);
	frame_free(clone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_headroom_and_tailroom_works),
		cmocka_unit_test(shared_frame_is_copied_before_write),
		cmocka_unit_test(each_writer_of_shared_frame_copies),
		cmocka_unit_test(readers_share_buffer),
		cmocka_unit_test(pull_and_trim_are_bounded),
		cmocka_unit_test(unreserved_room_is_added),
		cmocka_unit_test(room_at_other_end_is_kept),
		cmocka_unit_test(growth_keeps_other_side),
		cmocka_unit_test(largest_frame_is_accepted),
		cmocka_unit_test(allocation_failure_is_reported),
		cmocka_unit_test(frame_from_bytes_copies),
		cmocka_unit_test(frames_share_one_buffer),
		cmocka_unit_test(new_frame_is_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
