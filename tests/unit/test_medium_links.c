/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a link does to frames: loss, duplicates, delays, rates, and the time that all that takes. */
#include "radios.h"

#include "air/medium/airtime.h"

/* 7 tries, each through with 0.6 × 0.6; the receiver's own chance to miss all of them is 0.4^7. */
static void loss_is_as_said(void **state)
{
	struct medium *m = medium_new(7);
	radio_id a = join(m, CH36), b = join(m, CH36);
	struct seen *s = new_seen();
	unsigned missed = 0, twice = 0;

	(void)state;
	medium_link_all(m, &(struct medium_link){.loss = 400000});
	stream(m, s, a, b, 10000, 2 * MS);
	assert_int_equal(s->status, 10000);
	for (uint32_t i = 1; i <= 10000; i++) {
		assert_int_equal(s->told[i], 1); /* conservation: each has exactly one fate */
		missed += !s->got[i];
		twice += s->got[i] > 1;
	}
	assert_in_range(10000 - s->acked, 340, 540); /* 440 */
	assert_in_range(missed, 3, 35);              /* 16 */
	assert_in_range(twice, 3000, 5500);          /* a lost acknowledgement makes a duplicate … */
	assert_true(s->retries >= twice);            /* … that says of itself that it is one */
	assert_false(s->disorder[b]);
	free(s);
	medium_free(m);
}

static void everything_lost(void **state)
{
	struct medium *m = medium_new(7);
	radio_id a = join(m, CH36), b = join(m, CH36);
	struct medium_counts c;
	struct seen *s = new_seen();

	(void)state;
	medium_link_all(m, &(struct medium_link){.loss = 1000000});
	stream(m, s, a, b, 100, MS);
	assert_int_equal(s->received[b], 0);
	assert_int_equal(s->status, 100);
	assert_int_equal(s->acked, 0);
	assert_true(medium_counts(m, a, &c));
	assert_int_equal(c.sent, 100);
	assert_int_equal(c.transmissions, 100 * MEDIUM_TRIES);
	assert_int_equal(c.failed, 100);
	assert_false(medium_counts(m, 77, &c));
	free(s);
	medium_free(m);
}

static void a_duplicate_is_a_retry(void **state)
{
	struct medium *m = medium_new(7);
	radio_id a = join(m, CH36), b = join(m, CH36);
	struct seen *s = new_seen();

	(void)state;
	medium_link(m, a, b, &(struct medium_link){.duplicate = 200000});
	stream(m, s, a, b, 5000, MS);
	assert_int_equal(s->acked, 5000);
	assert_int_equal(s->received[b], 5000 + s->retries);
	assert_in_range(s->retries, 1100, 1400); /* 0.2 + 0.04 + … */
	free(s);
	medium_free(m);
}

static void jitter_keeps_the_order_and_reordering_does_not(void **state)
{
	struct medium *m = medium_new(7);
	radio_id a = join(m, CH36), b = join(m, CH36);
	struct seen *s = new_seen();

	(void)state;
	medium_link_all(m, &(struct medium_link){.delay_ns = 3 * MS, .jitter_ns = 20 * MS});
	stream(m, s, a, b, 2000, MS);
	assert_int_equal(s->received[b], 2000);
	assert_false(s->disorder[b]);
	/* A rule that goes does not turn the order of what is under way. */
	say(m, a, address(b), 1, s->end);
	s->last[b] = 0;
	run(m, s, s->end + 2 * MS);
	medium_link_all(m, &(struct medium_link){0});
	say(m, a, address(b), 2, s->end);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->last[b], 2);
	assert_false(s->disorder[b]);

	medium_link_all(m, &(struct medium_link){.reorder = 100000, .reorder_ns = 5 * MS});
	s->last[b] = 0;
	stream(m, s, a, b, 2000, MS);
	assert_int_equal(s->received[b], 4002);
	assert_true(s->disorder[b]);
	free(s);
	medium_free(m);
}

static uint64_t story(uint64_t seed)
{
	struct medium *m = medium_new(seed);
	radio_id r[5];
	struct seen *s = new_seen();
	uint64_t hash;

	for (size_t i = 0; i < COUNT(r); i++)
		r[i] = join(m, i < 4 ? CH36 : CH1);
	medium_link_all(
		m, &(struct medium_link){
			   .loss = 100000, .duplicate = 10000, .reorder = 20000, .jitter_ns = MS, .reorder_ns = MS});
	for (uint32_t i = 1; i < 3000; i++) {
		say(m, r[i % 5], i % 7 ? address(r[(i + i / 5) % 5]) : everybody, i, i * MS / 4);
		run(m, s, i * MS / 4);
	}
	run(m, s, UINT64_MAX);
	assert_int_equal(s->status, 2999);
	hash = s->hash;
	free(s);
	medium_free(m);
	return hash;
}

static void a_seed_tells_always_the_same_story(void **state)
{
	(void)state;
	assert_true(story(1) == story(1));
	assert_true(story(1) != story(2));
}

/* What is under way is bounded, too. */
static void too_much_under_way(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH36);
	struct seen *s = new_seen();
	struct medium_counts c;

	(void)state;
	medium_airtime(m, 0);
	medium_link_all(m, &(struct medium_link){.delay_ns = 1000 * MS});
	for (uint32_t i = 1; i <= MEDIUM_LATE + 5; i++) {
		say(m, a, address(b), i, 0);
		run(m, s, 1);
	}
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], MEDIUM_LATE);
	medium_counts(m, b, &c);
	assert_int_equal(c.overdue, 5);
	free(s);
	medium_free(m);
}

/* Figures from the standard's tables: 1500 bytes of MPDU and FCS are 56 symbols at 54 Mbit/s. */
static void the_time_on_the_air(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH36);
	struct seen *s = new_seen();

	(void)state;
	assert_int_equal(airtime_ppdu(1496, 54000, CH36), 244000);
	assert_int_equal(airtime_ppdu(1496, 54000, CH1), 250000);
	assert_int_equal(airtime_ppdu(1496, 1000, CH1), 192000 + 12000000);
	assert_int_equal(airtime_ack(54000, CH36), 16000 + 28000); /* SIFS and 14 bytes at 24 Mbit/s */
	assert_int_equal(airtime_ack(6000, CH36), 16000 + 44000);
	assert_int_equal(airtime_access(0, 54000), 34000);
	assert_int_equal(airtime_fallback(54000, 0), 54000);
	assert_int_equal(airtime_fallback(54000, 1), 54000);
	assert_int_equal(airtime_fallback(54000, 6), 24000);
	assert_int_equal(airtime_fallback(6000, 6), 6000);
	assert_int_equal(airtime_fallback(12000, 6), 6000);
	assert_int_equal(airtime_fallback(866000, 2), 433000);
	/* 400 frames of 100 bytes at 54 Mbit/s, of 36 + 44 µs, and 34 + 0 … 15 × 9 µs before each. */
	stream(m, s, a, b, 400, 1);
	assert_in_range(s->end, 400 * 114000, 400 * 249000);
	free(s);
	medium_free(m);

	m = medium_new(1);
	a = join(m, CH36), b = join(m, CH36);
	s = new_seen();
	medium_airtime(m, 0);
	stream(m, s, a, b, 400, 1);
	assert_int_equal(s->end, 400);
	assert_int_equal(s->acked, 400);
	free(s);
	medium_free(m);
}

static void a_rate_that_the_link_does_not_carry(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH36);
	struct seen *s = new_seen();

	(void)state;
	medium_link(m, a, b, &(struct medium_link){.rate_kbps = 9000, .signal_dbm = -88});
	medium_send(m, a, numbered(address(b), a, 1), 54000, 1, 0);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 0);
	say(m, a, address(b), 2, s->end);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 1);
	assert_int_equal(s->acked, 1);
	free(s);
	medium_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loss_is_as_said),
		cmocka_unit_test(everything_lost),
		cmocka_unit_test(a_duplicate_is_a_retry),
		cmocka_unit_test(jitter_keeps_the_order_and_reordering_does_not),
		cmocka_unit_test(a_seed_tells_always_the_same_story),
		cmocka_unit_test(too_much_under_way),
		cmocka_unit_test(the_time_on_the_air),
		cmocka_unit_test(a_rate_that_the_link_does_not_carry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
