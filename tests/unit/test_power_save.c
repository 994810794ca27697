/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "softmac/power_save.h"
#include "wire/mgmt.h"

static struct frame *numbered(uint8_t n)
{
	struct frame *f = frame_from(&n, 1, 0, 0);

	f->meta.queue = n % 8;
	return f;
}

static void assert_taken(struct ps_queue *q, struct ps_total *t, unsigned n)
{
	struct frame *f = ps_take(q, t);

	assert_non_null(f);
	assert_int_equal(f->data[0], n);
	assert_int_equal(f->meta.queue, n % 8);
	frame_free(f);
}

static void frames_wait_in_their_order_with_their_priority(void **state)
{
	struct ps_total t = {.limit = 1000};
	struct ps_queue q = {0};
	unsigned in = 0, out = 0;

	(void)state;
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 7; i++)
			assert_int_equal(ps_put(&q, &t, numbered((uint8_t)in++), 0), NOT_DROPPED);
		for (int i = 0; i < 5; i++)
			assert_taken(&q, &t, out++);
		assert_int_equal(t.frames, in - out);
	}
	while (out < in)
		assert_taken(&q, &t, out++);
	assert_null(ps_take(&q, &t));
	assert_null(q.ring); /* who does not doze costs nothing */
	assert_int_equal(t.frames, 0);
}

static void a_full_queue_gives_up_its_oldest_frame(void **state)
{
	struct ps_total t = {.limit = 1000};
	struct ps_queue q = {0};

	(void)state;
	for (unsigned i = 0; i < PS_FRAMES + 3; i++)
		assert_int_equal(ps_put(&q, &t, numbered((uint8_t)i), 0), i < PS_FRAMES ? NOT_DROPPED : DROP_DOZE_FULL);
	assert_int_equal(q.count, PS_FRAMES);
	assert_taken(&q, &t, 3);
	ps_clear(&q, &t);
	assert_int_equal(t.frames, 0);
}

/* One station cannot take the room of all others: it pays with its own frames. */
static void all_queues_together_have_a_limit(void **state)
{
	struct ps_total t = {.limit = 4};
	struct ps_queue a = {0}, b = {0};

	(void)state;
	for (uint8_t i = 0; i < 4; i++)
		assert_int_equal(ps_put(&a, &t, numbered(i), 0), NOT_DROPPED);
	assert_int_equal(ps_put(&b, &t, numbered(9), 0), DROP_DOZE_FULL);
	assert_int_equal(b.count, 0);
	assert_int_equal(ps_put(&a, &t, numbered(4), 0), DROP_DOZE_FULL);
	assert_int_equal(t.frames, 4);
	assert_taken(&a, &t, 1);
	assert_int_equal(ps_put(&b, &t, numbered(9), 0), NOT_DROPPED);
	ps_clear(&a, &t);
	ps_clear(&b, &t);
	assert_int_equal(t.frames, 0);
}

static void what_waited_too_long_goes(void **state)
{
	struct ps_total t = {.limit = 100};
	struct ps_queue q = {0};

	(void)state;
	for (uint8_t i = 0; i < 10; i++)
		assert_int_equal(ps_put(&q, &t, numbered(i), i * 10), NOT_DROPPED);
	assert_int_equal(ps_expire(&q, &t, 100, 100), 0); /* an exact fit is a fit */
	assert_int_equal(ps_expire(&q, &t, 131, 100), 4);
	assert_taken(&q, &t, 4);
	assert_int_equal(ps_expire(&q, &t, UINT64_MAX, 100), 5);
	assert_int_equal(ps_expire(&q, &t, UINT64_MAX, 100), 0);
	assert_int_equal(t.frames, 0);
}

/* Each bit is read as it was written, and no other, and the element is as short as it can be (9.4.2.6). */
static void the_tim_says_for_whom_something_waits(void **state)
{
	uint8_t out[TIM_MAX];

	(void)state;
	for (uint16_t aid = 1; aid <= TIM_AID_MAX; aid++) {
		struct tim t = {.dtim_period = 2};
		uint16_t second = (uint16_t)(aid * 37 % TIM_AID_MAX + 1), low = aid < second ? aid : second;
		struct span s = {out, 0};

		tim_set(&t, aid, true);
		tim_set(&t, second, true);
		s.len = tim_write(&t, out);
		for (uint16_t i = 1; i <= TIM_AID_MAX; i++)
			assert_int_equal(tim_has(s, i), i == aid || i == second);
		assert_int_equal(out[2], low / 8 & ~1);
		assert_int_equal(s.len, 3 + (aid ^ second ^ low) / 8 - (low / 8 & ~1) + 1);
		tim_set(&t, aid, false);
		tim_set(&t, second, false);
		assert_int_equal(tim_write(&t, out), 4);
		assert_memory_equal(out, ((uint8_t[]){0, 2, 0, 0}), 4);
	}
}

static void ids_that_there_are_not_set_nothing(void **state)
{
	struct tim t = {.dtim_period = 1}, none = t;

	(void)state;
	tim_set(&t, 0, true);
	tim_set(&t, TIM_AID_MAX + 1, true);
	tim_set(&t, UINT16_MAX, true);
	assert_memory_equal(t.bitmap, none.bitmap, sizeof t.bitmap);
}

static void the_group_is_told_at_the_dtim_alone(void **state)
{
	struct tim t = {.dtim_period = 3, .group = true};
	static const uint8_t counts[] = {0, 2, 1, 0, 2};
	uint8_t out[TIM_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++, tim_step(&t)) {
		struct span s = {out, tim_write(&t, out)};

		assert_int_equal(out[0], counts[i]);
		assert_int_equal(out[1], 3);
		assert_int_equal(tim_group(s), counts[i] == 0);
		assert_int_equal(out[2] & 1, counts[i] == 0);
	}
	t = (struct tim){.dtim_period = 1, .group = true};
	tim_step(&t);
	assert_int_equal(t.dtim_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_wait_in_their_order_with_their_priority),
		cmocka_unit_test(a_full_queue_gives_up_its_oldest_frame),
		cmocka_unit_test(all_queues_together_have_a_limit),
		cmocka_unit_test(what_waited_too_long_goes),
		cmocka_unit_test(the_tim_says_for_whom_something_waits),
		cmocka_unit_test(ids_that_there_are_not_set_nothing),
		cmocka_unit_test(the_group_is_told_at_the_dtim_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
