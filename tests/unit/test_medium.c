/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delivery and refusals of the medium. The effects of a link: test_medium_links.c. */
#include "radios.h"

#include <errno.h>

static void unicast_reaches_receiver_and_is_acknowledged(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36),
		 radio_c = radio_join(medium, CH36);
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	send_stream(medium, stats, radio_a, radio_b, 10, MS);
	assert_int_equal(stats->received[radio_a], 0);
	assert_int_equal(stats->received[radio_b], 10);
	assert_int_equal(stats->received[radio_c], 0);
	assert_int_equal(stats->acked, 10);
	assert_int_equal(stats->total_tries, 10);
	free(stats);
	medium_free(medium);
}

static void group_frame_reaches_channel_except_sender(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36),
		 radio_c = radio_join(medium, CH1), radio_d = radio_join(medium, CH36), off = medium_join(medium);
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	send_numbered(medium, radio_a, broadcast, 1, 0);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_a], 0);
	assert_int_equal(stats->received[radio_b], 1);
	assert_int_equal(stats->received[radio_c], 0);
	assert_int_equal(stats->received[radio_d], 1);
	assert_int_equal(stats->received[off], 0);
	assert_int_equal(stats->status, 1);
	assert_int_equal(stats->acked, 1);
	free(stats);
	medium_free(medium);
}

static void out_of_range_radio_receives_nothing(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36),
		 radio_c = radio_join(medium, CH36);
	struct medium_link deaf = {.out_of_range = true};
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	assert_int_equal(medium_set_link(medium, radio_a, radio_b, &deaf), 0);
	send_numbered(medium, radio_a, radio_addr(radio_b), 1, 0);
	send_numbered(medium, radio_a, broadcast, 2, 0);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 0);
	assert_int_equal(stats->received[radio_c], 1);
	assert_int_equal(stats->acked, 1);
	assert_int_equal(stats->total_tries, MEDIUM_TRIES_MAX + 1);
	/* Only in one direction: b's frames arrive, but the acknowledgements do not. */
	send_numbered(medium, radio_b, radio_addr(radio_a), 3, stats->end);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_a], MEDIUM_TRIES_MAX);
	assert_int_equal(stats->acked, 1);
	assert_int_equal(stats->retries, MEDIUM_TRIES_MAX - 1);
	/* Back in range. */
	assert_int_equal(medium_set_link(medium, radio_a, radio_b, NULL), 0);
	send_numbered(medium, radio_a, radio_addr(radio_b), 4, stats->end);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 1);
	assert_int_equal(medium_set_link(medium, radio_a, 99, &deaf), -ENOENT);
	free(stats);
	medium_free(medium);
}

static void radio_on_other_channel_does_not_acknowledge(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH1);
	struct radio_stats *stats = radio_stats_new();
	struct frame *frame;

	(void)state;
	send_numbered(medium, radio_a, radio_addr(radio_b), 1, 0);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 0);
	assert_int_equal(stats->acked, 0);
	/* A frame can name another channel. */
	frame = numbered_frame(radio_addr(radio_b), radio_a, 2);
	frame->meta.freq_mhz = CH1;
	assert_int_equal(medium_send(medium, radio_a, frame, 0, 2, stats->end), 0);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 1);
	assert_int_equal(medium_tune(medium, radio_b, CH36), 0);
	send_numbered(medium, radio_a, radio_addr(radio_b), 3, stats->end);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 2);
	free(stats);
	medium_free(medium);
}

static void dozing_radio_receives_nothing(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36);
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	medium_doze(medium, radio_b, 100 * MS);
	send_numbered(medium, radio_a, radio_addr(radio_b), 1, 0);
	send_numbered(medium, radio_a, broadcast, 2, 0);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 0);
	send_numbered(medium, radio_a, broadcast, 3,
		      100 * MS); /* it wakes in time for a frame at the end of the doze */
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 1);
	medium_doze(medium, radio_b, UINT64_MAX);
	send_numbered(medium, radio_a, broadcast, 4, stats->end);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 1);
	send_numbered(medium, radio_b, radio_addr(radio_a), 5, stats->end); /* sending ends the doze */
	send_numbered(medium, radio_a, broadcast, 6, stats->end);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[radio_b], 2);
	free(stats);
	medium_free(medium);
}

static void monitor_receives_every_frame(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH1), monitor = medium_join(medium);
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	assert_int_equal(medium_set_monitor(medium, monitor, true), 0);
	medium_set_default_link(medium, &(struct medium_link){.loss_ppm = 1000000}); /* does not apply to monitors */
	send_numbered(medium, radio_a, radio_addr(radio_b), 1, 0);
	send_numbered(medium, radio_b, broadcast, 2, 0);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[monitor], MEDIUM_TRIES_MAX + 1);
	assert_int_equal(stats->retries, MEDIUM_TRIES_MAX - 1);
	medium_set_link(medium, radio_a, monitor,
			&(struct medium_link){.out_of_range = true}); /* but a link of its own does */
	send_numbered(medium, radio_a, broadcast, 3, stats->end);
	assert_int_equal(medium_set_addresses(medium, monitor, (const uint8_t(*)[6])radio_addr(monitor), 1), 0);
	send_numbered(medium, radio_b, radio_addr(monitor), 4, stats->end);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[monitor], 2 * MEDIUM_TRIES_MAX + 1);
	assert_int_equal(stats->acked, 2); /* the two group frames */
	assert_int_equal(medium_set_monitor(medium, monitor, false), 0);
	send_numbered(medium, radio_b, broadcast, 5, stats->end);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->received[monitor], 2 * MEDIUM_TRIES_MAX + 1);
	free(stats);
	medium_free(medium);
}

static void address_has_one_owner(void **state)
{
	static const uint8_t bad[][6] = {{0}, {1, 2, 3, 4, 5, 6}};
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36);
	uint8_t two[2][6], many[MEDIUM_ADDRESSES_MAX + 1][6];
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	assert_int_equal(medium_set_addresses(medium, radio_b, (const uint8_t(*)[6])radio_addr(radio_a), 1),
			 -EADDRINUSE);
	assert_int_equal(medium_set_addresses(medium, radio_b, &bad[0], 1), -EINVAL);
	assert_int_equal(medium_set_addresses(medium, radio_b, &bad[1], 1), -EINVAL);
	assert_int_equal(medium_set_addresses(medium, radio_b, many, MEDIUM_ADDRESSES_MAX + 1), -EINVAL);
	assert_int_equal(medium_set_addresses(medium, 99, NULL, 0), -ENOENT);
	memcpy(two[0], radio_addr(9), 6);
	memcpy(two[1], radio_addr(radio_a), 6);
	assert_int_equal(medium_set_addresses(medium, radio_b, two, 2), -EADDRINUSE);
	send_numbered(medium, radio_a, radio_addr(radio_b), 1, 0); /* the addresses are unchanged */
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->acked, 1);
	memcpy(two[1], radio_addr(radio_b), 6);
	assert_int_equal(medium_set_addresses(medium, radio_b, two, 2), 0);
	send_numbered(medium, radio_a, radio_addr(radio_b), 2, stats->end);
	send_numbered(medium, radio_a, radio_addr(9), 3, stats->end);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->acked, 3);
	assert_int_equal(medium_set_addresses(medium, radio_b, NULL, 0), 0);
	assert_int_equal(medium_set_addresses(medium, radio_a, two, 2), 0);
	free(stats);
	medium_free(medium);
}

/* A radio can leave at any moment; only its own frames are freed. */
static void leaving_radio_frees_its_frames(void **state)
{
	(void)state;
	for (unsigned steps = 0; steps < 60; steps++) {
		struct medium *medium = medium_new(steps);
		radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36),
			 radio_c = radio_join(medium, CH36);
		struct medium_event event;
		struct radio_stats *stats = radio_stats_new();
		unsigned count = 0;

		medium_set_default_link(medium, &(struct medium_link){.loss_ppm = 100000, .delay_ns = MS / 4});
		medium_set_link(medium, radio_a, radio_b, &(struct medium_link){.loss_ppm = 300000, .delay_ns = MS});
		for (uint32_t i = 1; i <= 10; i++) {
			send_numbered(medium, radio_a, i % 2 ? radio_addr(radio_b) : broadcast, i, 0);
			send_numbered(medium, radio_c, radio_addr(radio_b), 10 + i, 0);
		}
		while (count < steps && medium_deadline(medium) < UINT64_MAX)
			while (count < steps && medium_next_event(medium, medium_deadline(medium), &event)) {
				count++;
				frame_free(event.frame);
			}
		medium_leave(medium, steps % 2 ? radio_a : radio_b);
		medium_leave(medium, steps % 2 ? radio_a : radio_b);
		run_medium(medium, stats, UINT64_MAX);
		assert_int_equal(stats->received[steps % 2 ? radio_a : radio_b], 0);
		assert_int_equal(medium_send(medium, steps % 2 ? radio_a : radio_b,
					     numbered_frame(broadcast, radio_a, 1), 0, 1, 0),
				 -ENOENT);
		assert_int_not_equal(medium_join(medium), steps % 2 ? radio_a : radio_b);
		free(stats);
		medium_free(medium);
	}
}

static void invalid_input_is_refused(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), off = medium_join(medium);
	struct radio_stats *stats = radio_stats_new();
	struct medium_counts counts;

	(void)state;
	assert_int_equal(medium_send(medium, radio_a, frame_new(0, 9, 0), 0, 1, 0), -EINVAL);
	assert_int_equal(medium_send(medium, radio_a, numbered_frame(broadcast, radio_a, 1), 999, 1, 0), -EINVAL);
	assert_int_equal(medium_send(medium, off, numbered_frame(broadcast, off, 1), 0, 1, 0), -ENETDOWN);
	for (uint32_t i = 1; i <= MEDIUM_QUEUE_MAX; i++)
		send_numbered(medium, radio_a, broadcast, i, 0);
	assert_int_equal(medium_queue_len(medium, radio_a), MEDIUM_QUEUE_MAX);
	assert_int_equal(medium_send(medium, radio_a, numbered_frame(broadcast, radio_a, 1), 0, 1, 0), -ENOBUFS);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->status, MEDIUM_QUEUE_MAX);
	assert_int_equal(medium_queue_len(medium, radio_a), 0);
	medium_get_counts(medium, radio_a, &counts);
	assert_int_equal(counts.queue_full, 1);
	free(stats);
	medium_free(medium);
}

/* Radios take turns, and a beacon goes before the queued frames of its radio. */
static void radios_take_turns_and_beacons_go_first(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36), radio_b = radio_join(medium, CH36),
		 radio_c = radio_join(medium, CH36);
	struct frame *beacon = numbered_frame(broadcast, radio_a, 500);
	struct medium_event event;
	unsigned heard = 0, at_beacon = 0, from_b = 0;

	(void)state;
	put_le16(frame_make_writable(beacon), 0x80);
	for (uint32_t i = 1; i <= 100; i++)
		send_numbered(medium, radio_a, radio_addr(radio_c), i, 0);
	for (uint32_t i = 1; i <= 100; i++)
		send_numbered(medium, radio_b, radio_addr(radio_c), 100 + i, 0);
	assert_int_equal(medium_send(medium, radio_a, beacon, 0, 500, 0), 0);
	while (medium_deadline(medium) < UINT64_MAX)
		while (medium_next_event(medium, medium_deadline(medium), &event)) {
			if (event.kind == MEDIUM_RECEIVED && event.radio == radio_c) {
				heard++;
				from_b += heard <= 50 && event.frame->data[DOT11_OFF_ADDR2 + 5] == radio_b;
				if (frame_number(event.frame) == 500)
					at_beacon = heard;
			}
			frame_free(event.frame);
		}
	assert_int_equal(heard, 201);
	assert_uint_in_range(at_beacon, 1, 4);
	assert_uint_in_range(from_b, 24, 26);
	medium_free(medium);
}

/* Control frames need no acknowledgement, except PS-Poll. */
static void control_frames_are_delivered(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id radio_a = radio_join(medium, CH36);
	uint8_t cts[] = {0xc4, 0, 0, 0, 2, 0, 0, 0, 0, 77};
	struct radio_stats *stats = radio_stats_new();

	(void)state;
	assert_int_equal(medium_send(medium, radio_a, frame_from(cts, sizeof(cts), 0, 0), 0, 1, 0), 0);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->total_tries, 1);
	cts[0] = 0xa4;
	assert_int_equal(medium_send(medium, radio_a, frame_from(cts, sizeof(cts), 0, 0), 0, 2, 0), 0);
	run_medium(medium, stats, UINT64_MAX);
	assert_int_equal(stats->total_tries, 1 + MEDIUM_TRIES_MAX);
	free(stats);
	medium_free(medium);
}

/* Half an hour of beacons from two access points to 200 stations. */
static void beacons_are_delivered(void **state)
{
	struct medium *medium = medium_new(1);
	radio_id ap[2] = {radio_join(medium, CH36), radio_join(medium, CH1)};
	struct medium_event event;
	uint64_t next = 0, heard = 0;

	(void)state;
	for (int i = 0; i < 200; i++)
		radio_join(medium, i % 2 ? CH36 : CH1);
	for (unsigned i = 0; i < 17578; i++, next += 102400000) {
		for (int k = 0; k < 2; k++)
			assert_int_equal(medium_send(medium, ap[k], numbered_frame(broadcast, ap[k], 1), 0, 0, next),
					 0);
		while (medium_next_event(medium, next + 100 * MS, &event)) {
			heard++;
			frame_free(event.frame);
		}
	}
	assert_int_equal(heard, 2 * 17578 * 100);
	medium_free(medium);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unicast_reaches_receiver_and_is_acknowledged),
		cmocka_unit_test(group_frame_reaches_channel_except_sender),
		cmocka_unit_test(out_of_range_radio_receives_nothing),
		cmocka_unit_test(radio_on_other_channel_does_not_acknowledge),
		cmocka_unit_test(dozing_radio_receives_nothing),
		cmocka_unit_test(monitor_receives_every_frame),
		cmocka_unit_test(address_has_one_owner),
		cmocka_unit_test(leaving_radio_frees_its_frames),
		cmocka_unit_test(invalid_input_is_refused),
		cmocka_unit_test(radios_take_turns_and_beacons_go_first),
		cmocka_unit_test(control_frames_are_delivered),
		cmocka_unit_test(beacons_are_delivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
