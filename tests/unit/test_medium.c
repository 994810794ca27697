/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who hears whom on the virtual air, and what is refused. What a link does to frames: test_medium_links.c. */
#include "radios.h"

#include <errno.h>

static void unicast_comes_to_its_receiver_and_is_acknowledged(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH36), c = join(m, CH36);
	struct seen *s = new_seen();

	(void)state;
	stream(m, s, a, b, 10, MS);
	assert_int_equal(s->received[a], 0);
	assert_int_equal(s->received[b], 10);
	assert_int_equal(s->received[c], 0);
	assert_int_equal(s->acked, 10);
	assert_int_equal(s->tries, 10);
	free(s);
	medium_free(m);
}

static void a_group_frame_comes_to_all_on_the_channel_but_its_sender(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH36), c = join(m, CH1), d = join(m, CH36), off = medium_join(m);
	struct seen *s = new_seen();

	(void)state;
	say(m, a, everybody, 1, 0);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[a], 0);
	assert_int_equal(s->received[b], 1);
	assert_int_equal(s->received[c], 0);
	assert_int_equal(s->received[d], 1);
	assert_int_equal(s->received[off], 0);
	assert_int_equal(s->status, 1);
	assert_int_equal(s->acked, 1);
	free(s);
	medium_free(m);
}

static void nobody_hears_out_of_range(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH36), c = join(m, CH36);
	struct medium_link deaf = {.deaf = true};
	struct seen *s = new_seen();

	(void)state;
	assert_int_equal(medium_link(m, a, b, &deaf), 0);
	say(m, a, address(b), 1, 0);
	say(m, a, everybody, 2, 0);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 0);
	assert_int_equal(s->received[c], 1);
	assert_int_equal(s->acked, 1);
	assert_int_equal(s->tries, MEDIUM_TRIES + 1);
	/* One direction: b is heard, but does not hear that it was. */
	say(m, b, address(a), 3, s->end);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[a], MEDIUM_TRIES);
	assert_int_equal(s->acked, 1);
	assert_int_equal(s->retries, MEDIUM_TRIES - 1);
	/* Back in range. */
	assert_int_equal(medium_link(m, a, b, NULL), 0);
	say(m, a, address(b), 4, s->end);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 1);
	assert_int_equal(medium_link(m, a, 99, &deaf), -ENOENT);
	free(s);
	medium_free(m);
}

static void who_is_on_another_channel_acknowledges_nothing(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH1);
	struct seen *s = new_seen();
	struct frame *f;

	(void)state;
	say(m, a, address(b), 1, 0);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 0);
	assert_int_equal(s->acked, 0);
	/* A frame can name the channel of another. */
	f = numbered(address(b), a, 2);
	f->meta.freq_mhz = CH1;
	assert_int_equal(medium_send(m, a, f, 0, 2, s->end), 0);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 1);
	assert_int_equal(medium_tune(m, b, CH36), 0);
	say(m, a, address(b), 3, s->end);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 2);
	free(s);
	medium_free(m);
}

static void dozing(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH36);
	struct seen *s = new_seen();

	(void)state;
	medium_doze(m, b, 100 * MS);
	say(m, a, address(b), 1, 0);
	say(m, a, everybody, 2, 0);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 0);
	say(m, a, everybody, 3, 100 * MS); /* an exact fit is a fit: it wakes for the beacon's time */
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 1);
	medium_doze(m, b, UINT64_MAX);
	say(m, a, everybody, 4, s->end);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 1);
	say(m, b, address(a), 5, s->end); /* who sends is awake */
	say(m, a, everybody, 6, s->end);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[b], 2);
	free(s);
	medium_free(m);
}

static void a_monitor_hears_everything(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH1), ear = medium_join(m);
	struct seen *s = new_seen();

	(void)state;
	assert_int_equal(medium_monitor(m, ear, true), 0);
	medium_link_all(m, &(struct medium_link){.loss = 1000000}); /* not for monitors */
	say(m, a, address(b), 1, 0);
	say(m, b, everybody, 2, 0);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[ear], MEDIUM_TRIES + 1);
	assert_int_equal(s->retries, MEDIUM_TRIES - 1);
	medium_link(m, a, ear, &(struct medium_link){.deaf = true}); /* but one of its own is */
	say(m, a, everybody, 3, s->end);
	assert_int_equal(medium_addresses(m, ear, (const uint8_t(*)[6])address(ear), 1), 0);
	say(m, b, address(ear), 4, s->end);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[ear], 2 * MEDIUM_TRIES + 1);
	assert_int_equal(s->acked, 2); /* the two group frames */
	assert_int_equal(medium_monitor(m, ear, false), 0);
	say(m, b, everybody, 5, s->end);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->received[ear], 2 * MEDIUM_TRIES + 1);
	free(s);
	medium_free(m);
}

static void addresses_have_one_owner(void **state)
{
	static const uint8_t bad[][6] = {{0}, {1, 2, 3, 4, 5, 6}};
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH36);
	uint8_t two[2][6], many[MEDIUM_ADDRESSES + 1][6];
	struct seen *s = new_seen();

	(void)state;
	assert_int_equal(medium_addresses(m, b, (const uint8_t(*)[6])address(a), 1), -EADDRINUSE);
	assert_int_equal(medium_addresses(m, b, &bad[0], 1), -EINVAL);
	assert_int_equal(medium_addresses(m, b, &bad[1], 1), -EINVAL);
	assert_int_equal(medium_addresses(m, b, many, MEDIUM_ADDRESSES + 1), -EINVAL);
	assert_int_equal(medium_addresses(m, 99, NULL, 0), -ENOENT);
	memcpy(two[0], address(9), 6);
	memcpy(two[1], address(a), 6);
	assert_int_equal(medium_addresses(m, b, two, 2), -EADDRINUSE);
	say(m, a, address(b), 1, 0); /* all as before */
	run(m, s, UINT64_MAX);
	assert_int_equal(s->acked, 1);
	memcpy(two[1], address(b), 6);
	assert_int_equal(medium_addresses(m, b, two, 2), 0);
	say(m, a, address(b), 2, s->end);
	say(m, a, address(9), 3, s->end);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->acked, 3);
	assert_int_equal(medium_addresses(m, b, NULL, 0), 0);
	assert_int_equal(medium_addresses(m, a, two, 2), 0);
	free(s);
	medium_free(m);
}

/* Whoever leaves, at whatever moment, takes nothing with it but its own frames. */
static void leaving(void **state)
{
	(void)state;
	for (unsigned steps = 0; steps < 60; steps++) {
		struct medium *m = medium_new(steps);
		radio_id a = join(m, CH36), b = join(m, CH36), c = join(m, CH36);
		struct medium_event e;
		struct seen *s = new_seen();
		unsigned count = 0;

		medium_link_all(m, &(struct medium_link){.loss = 100000, .delay_ns = MS / 4});
		medium_link(m, a, b, &(struct medium_link){.loss = 300000, .delay_ns = MS});
		for (uint32_t i = 1; i <= 10; i++) {
			say(m, a, i % 2 ? address(b) : everybody, i, 0);
			say(m, c, address(b), 10 + i, 0);
		}
		while (count < steps && medium_wake(m) < UINT64_MAX)
			while (count < steps && medium_next(m, medium_wake(m), &e)) {
				count++;
				frame_free(e.frame);
			}
		medium_leave(m, steps % 2 ? a : b);
		medium_leave(m, steps % 2 ? a : b);
		run(m, s, UINT64_MAX);
		assert_int_equal(s->received[steps % 2 ? a : b], 0);
		assert_int_equal(medium_send(m, steps % 2 ? a : b, numbered(everybody, a, 1), 0, 1, 0), -ENOENT);
		assert_int_not_equal(medium_join(m), steps % 2 ? a : b);
		free(s);
		medium_free(m);
	}
}

static void what_is_refused(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), off = medium_join(m);
	struct seen *s = new_seen();
	struct medium_counts c;

	(void)state;
	assert_int_equal(medium_send(m, a, frame_new(0, 9, 0), 0, 1, 0), -EINVAL);
	assert_int_equal(medium_send(m, a, numbered(everybody, a, 1), 999, 1, 0), -EINVAL);
	assert_int_equal(medium_send(m, off, numbered(everybody, off, 1), 0, 1, 0), -ENETDOWN);
	for (uint32_t i = 1; i <= MEDIUM_QUEUE; i++)
		say(m, a, everybody, i, 0);
	assert_int_equal(medium_waiting(m, a), MEDIUM_QUEUE);
	assert_int_equal(medium_send(m, a, numbered(everybody, a, 1), 0, 1, 0), -ENOBUFS);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->status, MEDIUM_QUEUE);
	assert_int_equal(medium_waiting(m, a), 0);
	medium_counts(m, a, &c);
	assert_int_equal(c.refused, 1);
	free(s);
	medium_free(m);
}

/* 802.11 gives each its turn, and a beacon does not wait for what its own radio has queued. */
static void turns_and_beacons(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36), b = join(m, CH36), c = join(m, CH36);
	struct frame *beacon = numbered(everybody, a, 500);
	struct medium_event e;
	unsigned heard = 0, at_beacon = 0, from_b = 0;

	(void)state;
	put_le16(frame_own(beacon), 0x80);
	for (uint32_t i = 1; i <= 100; i++)
		say(m, a, address(c), i, 0);
	for (uint32_t i = 1; i <= 100; i++)
		say(m, b, address(c), 100 + i, 0);
	assert_int_equal(medium_send(m, a, beacon, 0, 500, 0), 0);
	while (medium_wake(m) < UINT64_MAX)
		while (medium_next(m, medium_wake(m), &e)) {
			if (e.kind == MEDIUM_RECEIVED && e.radio == c) {
				heard++;
				from_b += heard <= 50 && e.frame->data[DOT11_ADDR2 + 5] == b;
				if (number_of(e.frame) == 500)
					at_beacon = heard;
			}
			frame_free(e.frame);
		}
	assert_int_equal(heard, 201);
	assert_in_range(at_beacon, 1, 4);
	assert_in_range(from_b, 24, 26);
	medium_free(m);
}

/* Control frames are not answered, PS-Poll is. */
static void control_frames(void **state)
{
	struct medium *m = medium_new(1);
	radio_id a = join(m, CH36);
	uint8_t cts[] = {0xc4, 0, 0, 0, 2, 0, 0, 0, 0, 77};
	struct seen *s = new_seen();

	(void)state;
	assert_int_equal(medium_send(m, a, frame_from(cts, sizeof cts, 0, 0), 0, 1, 0), 0);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->tries, 1);
	cts[0] = 0xa4;
	assert_int_equal(medium_send(m, a, frame_from(cts, sizeof cts, 0, 0), 0, 2, 0), 0);
	run(m, s, UINT64_MAX);
	assert_int_equal(s->tries, 1 + MEDIUM_TRIES);
	free(s);
	medium_free(m);
}

/* Two access points, 200 stations, half an hour of beacons. */
static void beacons(void **state)
{
	struct medium *m = medium_new(1);
	radio_id ap[2] = {join(m, CH36), join(m, CH1)};
	struct medium_event e;
	uint64_t next = 0, heard = 0;

	(void)state;
	for (int i = 0; i < 200; i++)
		join(m, i % 2 ? CH36 : CH1);
	for (unsigned i = 0; i < 17578; i++, next += 102400000) {
		for (int k = 0; k < 2; k++)
			assert_int_equal(medium_send(m, ap[k], numbered(everybody, ap[k], 1), 0, 0, next), 0);
		while (medium_next(m, next + 100 * MS, &e)) {
			heard++;
			frame_free(e.frame);
		}
	}
	assert_int_equal(heard, 2 * 17578 * 100);
	medium_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unicast_comes_to_its_receiver_and_is_acknowledged),
		cmocka_unit_test(a_group_frame_comes_to_all_on_the_channel_but_its_sender),
		cmocka_unit_test(nobody_hears_out_of_range),
		cmocka_unit_test(who_is_on_another_channel_acknowledges_nothing),
		cmocka_unit_test(dozing),
		cmocka_unit_test(a_monitor_hears_everything),
		cmocka_unit_test(addresses_have_one_owner),
		cmocka_unit_test(leaving),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(turns_and_beacons),
		cmocka_unit_test(control_frames),
		cmocka_unit_test(beacons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
