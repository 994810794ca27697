/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "softmac/power_save.h"
#include "wire/mgmt.h"

static struct frame *numbered_frame(uint8_t number)
{
	struct frame *frame = frame_from(&number, 1, 0, 0);

	frame->meta.priority = number % 8;
	return frame;
}

static void assert_taken(struct power_save_queue *queue, struct power_save_budget *budget, unsigned number)
{
	struct frame *frame = power_save_dequeue(queue, budget);

	assert_non_null(frame);
	assert_int_equal(frame->data[0], number);
	assert_int_equal(frame->meta.priority, number % 8);
	frame_free(frame);
}

static void frames_keep_order_and_priority(void **state)
{
	struct power_save_budget budget = {.limit = 1000};
	struct power_save_queue queue = {0};
	unsigned in = 0, out = 0;

	(void)state;
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 7; i++)
			assert_int_equal(power_save_enqueue(&queue, &budget, numbered_frame((uint8_t)in++), 0),
					 NOT_DROPPED);
		for (int i = 0; i < 5; i++)
			assert_taken(&queue, &budget, out++);
		assert_int_equal(budget.buffered, in - out);
	}
	while (out < in)
		assert_taken(&queue, &budget, out++);
	assert_null(power_save_dequeue(&queue, &budget));
	assert_null(queue.ring); /* an empty queue needs no memory */
	assert_int_equal(budget.buffered, 0);
}

static void full_queue_drops_oldest_frame(void **state)
{
	struct power_save_budget budget = {.limit = 1000};
	struct power_save_queue queue = {0};

	(void)state;
	for (unsigned i = 0; i < POWER_SAVE_QUEUE_MAX + 3; i++)
		assert_int_equal(power_save_enqueue(&queue, &budget, numbered_frame((uint8_t)i), 0),
				 i < POWER_SAVE_QUEUE_MAX ? NOT_DROPPED : DROP_DOZE_FULL);
	assert_int_equal(queue.count, POWER_SAVE_QUEUE_MAX);
	assert_taken(&queue, &budget, 3);
	power_save_clear(&queue, &budget);
	assert_int_equal(budget.buffered, 0);
}

/* A station cannot use up the room of all others: it loses its own frames. */
static void total_buffered_frames_are_limited(void **state)
{
	struct power_save_budget budget = {.limit = 4};
	struct power_save_queue first = {0}, second = {0};

	(void)state;
	for (uint8_t i = 0; i < 4; i++)
		assert_int_equal(power_save_enqueue(&first, &budget, numbered_frame(i), 0), NOT_DROPPED);
	assert_int_equal(power_save_enqueue(&second, &budget, numbered_frame(9), 0), DROP_DOZE_FULL);
	assert_int_equal(second.count, 0);
	assert_int_equal(power_save_enqueue(&first, &budget, numbered_frame(4), 0), DROP_DOZE_FULL);
	assert_int_equal(budget.buffered, 4);
	assert_taken(&first, &budget, 1);
	assert_int_equal(power_save_enqueue(&second, &budget, numbered_frame(9), 0), NOT_DROPPED);
	power_save_clear(&first, &budget);
	power_save_clear(&second, &budget);
	assert_int_equal(budget.buffered, 0);
}

static void expired_frames_are_dropped(void **state)
{
	struct power_save_budget budget = {.limit = 100};
	struct power_save_queue queue = {0};

	(void)state;
	for (uint8_t i = 0; i < 10; i++)
		assert_int_equal(power_save_enqueue(&queue, &budget, numbered_frame(i), i * 10), NOT_DROPPED);
	assert_int_equal(power_save_expire(&queue, &budget, 100, 100), 0); /* exact fit */
	assert_int_equal(power_save_expire(&queue, &budget, 131, 100), 4);
	assert_taken(&queue, &budget, 4);
	assert_int_equal(power_save_expire(&queue, &budget, UINT64_MAX, 100), 5);
	assert_int_equal(power_save_expire(&queue, &budget, UINT64_MAX, 100), 0);
	assert_int_equal(budget.buffered, 0);
}

/* Each bit reads back as written, and the element has its minimum length (9.4.2.5). */
static void tim_sets_bits_of_buffered_stations(void **state)
{
	uint8_t out[TIM_BODY_MAX];

	(void)state;
	for (uint16_t aid = 1; aid <= TIM_AID_MAX; aid++) {
		struct tim tim = {.dtim_period = 2};
		uint16_t second = (uint16_t)(aid * 37 % TIM_AID_MAX + 1), low = aid < second ? aid : second;
		struct span span = {out, 0};

		tim_set_aid(&tim, aid, true);
		tim_set_aid(&tim, second, true);
		span.len = tim_write(&tim, out);
		for (uint16_t i = 1; i <= TIM_AID_MAX; i++)
			assert_int_equal(tim_has_aid(span, i), i == aid || i == second);
		assert_int_equal(out[2], low / 8 & ~1);
		assert_int_equal(span.len, 3 + (aid ^ second ^ low) / 8 - (low / 8 & ~1) + 1);
		tim_set_aid(&tim, aid, false);
		tim_set_aid(&tim, second, false);
		assert_int_equal(tim_write(&tim, out), 4);
		assert_memory_equal(out, ((uint8_t[]){0, 2, 0, 0}), 4);
	}
}

static void invalid_aid_sets_no_tim_bit(void **state)
{
	struct tim tim = {.dtim_period = 1}, none = tim;

	(void)state;
	tim_set_aid(&tim, 0, true);
	tim_set_aid(&tim, TIM_AID_MAX + 1, true);
	tim_set_aid(&tim, UINT16_MAX, true);
	assert_memory_equal(tim.bitmap, none.bitmap, sizeof(tim.bitmap));
}

static void group_bit_is_set_only_at_dtim(void **state)
{
	struct tim tim = {.dtim_period = 3, .group_buffered = true};
	static const uint8_t counts[] = {0, 2, 1, 0, 2};
	uint8_t out[TIM_BODY_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++, tim_advance(&tim)) {
		struct span span = {out, tim_write(&tim, out)};

		assert_int_equal(out[0], counts[i]);
		assert_int_equal(out[1], 3);
		assert_int_equal(tim_has_group(span), counts[i] == 0);
		assert_int_equal(out[2] & 1, counts[i] == 0);
	}
	tim = (struct tim){.dtim_period = 1, .group_buffered = true};
	tim_advance(&tim);
	assert_int_equal(tim.dtim_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_keep_order_and_priority),     cmocka_unit_test(full_queue_drops_oldest_frame),
		cmocka_unit_test(total_buffered_frames_are_limited),  cmocka_unit_test(expired_frames_are_dropped),
		cmocka_unit_test(tim_sets_bits_of_buffered_stations), cmocka_unit_test(invalid_aid_sets_no_tim_bit),
		cmocka_unit_test(group_bit_is_set_only_at_dtim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
