/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The effects of a link: loss, duplicates, delays, rates and airtime. */
#include "radios.h"

#include "air/medium/airtime.h"

/* Each of 7 tries is acknowledged with probability 0.6 × 0.6; the receiver misses all of them with 0.4^7. */
static void loss_rate_matches_setting(void **state)
{
	struct medium *medium = medium_new(7);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36);
	struct radio_stats *stats = radio_stats_new();
	unsigned missed = 0, twice = 0;

	(void)state;
	medium_set_default_link(medium, &(struct medium_link){.loss_ppm = 400000});
	send_stream(medium, stats, radio_a, radio_b, 10000, 2 * MS);
	assert_int_equal(stats->status, 10000);
	for (uint32_t i = 1; i <= 10000; i++) {
		assert_int_equal(stats->status_seen[i], 1); /* exactly one TX status per frame */
		missed += !stats->received_seen[i];
		twice += stats->received_seen[i] > 1;
	}
	assert_uint_in_range(10000 - stats->acked, 340, 540); /* 440 */
	assert_uint_in_range(missed, 3, 35);                  /* 16 */
	assert_uint_in_range(twice, 3000, 5500);              /* a lost acknowledgement makes a duplicate, */
	assert_true(stats->retries >= twice);                 /* which has the Retry bit */
	assert_false(stats->out_of_order[radio_b]);
	free(stats);
	medium_free(medium);
}

static void total_loss_exhausts_retries(void **state)
{
	struct medium *medium = medium_new(7);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36);
	struct medium_counts counts;
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	medium_set_default_link(medium, &(struct medium_link){.loss_ppm = 1000000});
	send_stream(medium, stats, radio_a, radio_b, 100, MS);
	assert_int_equal(stats->received[radio_b], 0);
	assert_int_equal(stats->status, 100);
	assert_int_equal(stats->acked, 0);
	assert_true(medium_get_counts(medium, radio_a, &counts));
	assert_int_equal(counts.sent, 100);
	assert_int_equal(counts.transmissions, 100 * MEDIUM_TRIES_MAX);
	assert_int_equal(counts.failed, 100);
	assert_false(medium_get_counts(medium, 77, &counts));
	free(stats);
	medium_free(medium);
}

static void duplicate_has_retry_bit(void **state)
{
	struct medium *medium = medium_new(7);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36);
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	medium_set_link(medium, radio_a, radio_b, &(struct medium_link){.duplicate_ppm = 200000});
	send_stream(medium, stats, radio_a, radio_b, 5000, MS);
	assert_int_equal(stats->acked, 5000);
	assert_int_equal(stats->received[radio_b], 5000 + stats->retries);
	assert_uint_in_range(stats->retries, 1100, 1400); /* 0.2 + 0.04 + … */
	free(stats);
	medium_free(medium);
}

static void jitter_keeps_order_and_reordering_changes_it(void **state)
{
	struct medium *medium = medium_new(7);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36);
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	medium_set_default_link(medium, &(struct medium_link){.delay_ns = 3 * MS, .jitter_ns = 20 * MS});
	send_stream(medium, stats, radio_a, radio_b, 2000, MS);
	assert_int_equal(stats->received[radio_b], 2000);
	assert_false(stats->out_of_order[radio_b]);
	/* Removing the delay does not reorder delayed frames. */
	send_numbered(medium, radio_a, radio_addr(radio_b), 1, stats->end);
	stats->last[radio_b] = 0;
	run_medium(medium, stats, stats->end + 2 * MS);
	medium_set_default_link(medium, &(struct medium_link){0});
	send_numbered(medium, radio_a, radio_addr(radio_b), 2, stats->end);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->last[radio_b], 2);
	assert_false(stats->out_of_order[radio_b]);

	medium_set_default_link(medium, &(struct medium_link){.reorder_ppm = 100000, .reorder_ns = 5 * MS});
	stats->last[radio_b] = 0;
	send_stream(medium, stats, radio_a, radio_b, 2000, MS);
	assert_int_equal(stats->received[radio_b], 4002);
	assert_true(stats->out_of_order[radio_b]);
	free(stats);
	medium_free(medium);
}

static uint64_t run_hash(uint64_t seed)
{
	struct medium *medium = medium_new(seed);
	radio_id radios[5];
	struct radio_stats *stats = radio_stats_new();
	uint64_t hash;

	for (size_t i = 0; i < COUNT(radios); i++)
		radios[i] = radio_join(medium, i < 4 ? CH36 : CH1);
	medium_set_default_link(medium, &(struct medium_link){.loss_ppm = 100000,
							      .duplicate_ppm = 10000,
							      .reorder_ppm = 20000,
							      .jitter_ns = MS,
							      .reorder_ns = MS});
	for (uint32_t i = 1; i < 3000; i++) {
		send_numbered(medium, radios[i % 5], i % 7 ? radio_addr(radios[(i + i / 5) % 5]) : broadcast, i,
			      i * MS / 4);
		run_medium(medium, stats, i * MS / 4);
	}
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->status, 2999);
	hash = stats->hash;
	free(stats);
	medium_free(medium);
	return hash;
}

static void same_seed_gives_same_run(void **state)
{
	(void)state;
	assert_true(run_hash(1) == run_hash(1));
	assert_true(run_hash(1) != run_hash(2));
}

static void in_flight_frames_are_bounded(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36);
	struct radio_stats *stats = radio_stats_new();
	struct medium_counts counts;

	(void)state;
	medium_set_airtime(medium, 0);
	medium_set_default_link(medium, &(struct medium_link){.delay_ns = 1000 * MS});
	for (uint32_t i = 1; i <= MEDIUM_DELAYED_MAX + 5; i++) {
		send_numbered(medium, radio_a, radio_addr(radio_b), i, 0);
		run_medium(medium, stats, 1);
	}
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], MEDIUM_DELAYED_MAX);
	medium_get_counts(medium, radio_b, &counts);
	assert_int_equal(counts.delayed_dropped, 5);
	free(stats);
	medium_free(medium);
}

/* Figures from the tables of the standard: 1500 bytes of MPDU and FCS are 56 symbols at 54 Mbit/s. */
static void airtime_matches_rate_and_length(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36);
	struct radio_stats *stats = radio_stats_new();

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
	send_stream(medium, stats, radio_a, radio_b, 400, 1);
	assert_uint_in_range(stats->end, 400 * 114000, 400 * 249000);
	free(stats);
	medium_free(medium);

	medium = medium_new(1);
	radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36);
	stats = radio_stats_new();
	medium_set_airtime(medium, 0);
	send_stream(medium, stats, radio_a, radio_b, 400, 1);
	assert_int_equal(stats->end, 400);
	assert_int_equal(stats->acked, 400);
	free(stats);
	medium_free(medium);
}

static void unsupported_rate_is_lost(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36);
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	medium_set_link(medium, radio_a, radio_b, &(struct medium_link){.rate_kbps = 9000, .signal_dbm = -88});
	medium_send(medium, radio_a, numbered_frame(radio_addr(radio_b), radio_a, 1), 54000, 1, 0);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 0);
	send_numbered(medium, radio_a, radio_addr(radio_b), 2, stats->end);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 1);
	assert_int_equal(stats->acked, 1);
	free(stats);
	medium_free(medium);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loss_rate_matches_setting),
		cmocka_unit_test(total_loss_exhausts_retries),
		cmocka_unit_test(duplicate_has_retry_bit),
		cmocka_unit_test(jitter_keeps_order_and_reordering_changes_it),
		cmocka_unit_test(same_seed_gives_same_run),
		cmocka_unit_test(in_flight_frames_are_bounded),
		cmocka_unit_test(airtime_matches_rate_and_length),
		cmocka_unit_test(unsupported_rate_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
