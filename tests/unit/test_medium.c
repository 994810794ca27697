/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "radio/airtime.h"
#include "radio/map.h"
#include "radio/medium.h"
#include "wire/ieee80211.h"

#include <errno.h>

#define MS UINT64_C(1000000)

enum { CH1 = 2412, CH36 = 5180, LEN = 100, HEADER = DOT11_HDR_MIN };

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* The address of a radio of these tests. */
static const uint8_t *address(radio_id r)
{
	static uint8_t addr[1024][6];

	memcpy(addr[r], (uint8_t[]){0x02, 0, 0, 0, (uint8_t)(r >> 8), (uint8_t)r}, 6);
	return addr[r];
}

static radio_id join(struct medium *m, uint16_t freq)
{
	radio_id r = medium_join(m);

	assert_int_not_equal(r, 0);
	assert_int_equal(medium_addresses(m, r, (const uint8_t(*)[6])address(r), 1), 0);
	assert_int_equal(medium_tune(m, r, freq), 0);
	return r;
}

/* A data frame with a number in its body. */
static struct frame *numbered(const uint8_t *to, radio_id from, uint32_t number)
{
	struct frame *f = frame_new(8, LEN, 8);
	uint8_t *p = frame_own(f);

	put_le16(p, FC_DATA);
	memcpy(p + DOT11_ADDR1, to, 6);
	memcpy(p + DOT11_ADDR2, address(from), 6);
	put_le32(p + HEADER, number);
	return f;
}

static uint32_t number_of(const struct frame *f)
{
	return le32(f->data + HEADER);
}

static void say(struct medium *m, radio_id from, const uint8_t *to, uint32_t number, uint64_t now)
{
	assert_int_equal(medium_send(m, from, numbered(to, from, number), 0, number, now), 0);
}

enum { MOST = 20000 };

/* What came of it all, and how often. */
struct seen {
	unsigned received[16]; /* by radio */
	unsigned status, acked, retries, events;
	uint32_t last[16]; /* number received */
	bool disorder[16];
	uint8_t told[MOST], got[MOST]; /* by number */
	unsigned tries;
	uint64_t end, hash;
};

static void note(struct seen *s, const struct medium_event *e, uint64_t now)
{
	s->events++;
	s->end = now;
	s->hash = (s->hash ^ (now + e->radio)) * UINT64_C(0x100000001b3);
	if (e->kind == MEDIUM_STATUS) {
		s->status++;
		s->acked += e->acked;
		s->tries += e->tries;
		s->told[e->cookie]++;
		s->hash ^= e->cookie + e->tries;
		return;
	}
	s->received[e->radio]++;
	s->got[number_of(e->frame)]++;
	s->retries += (le16(e->frame->data) & FC_RETRY) != 0;
	s->disorder[e->radio] |= number_of(e->frame) < s->last[e->radio];
	s->last[e->radio] = number_of(e->frame);
	assert_int_equal(e->frame->meta.time_ns, now);
	frame_free(e->frame);
}

/* Until nothing happens any more, or until then. */
static void run(struct medium *m, struct seen *s, uint64_t until)
{
	struct medium_event e;
	uint64_t now;

	while ((now = medium_wake(m)) < until)
		while (medium_next(m, now, &e))
			note(s, &e, now);
}

/* Sends `count` unicast frames from one radio to another, a new one each `gap_ns`. */
static void stream(struct medium *m, struct seen *s, radio_id from, radio_id to, uint32_t count, uint64_t gap_ns)
{
	uint64_t start = s->end;

	for (uint32_t i = 1; i <= count; i++) {
		run(m, s, start + i * gap_ns);
		say(m, from, address(to), i, start + i * gap_ns);
	}
	run(m, s, UINT64_MAX);
}

static struct seen *new_seen(void)
{
	return calloc(1, sizeof(struct seen));
}

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

/* Against an array: keys come and go, and each is found as long as it is there. */
static void the_map(void **state)
{
	struct map m = {0};
	bool there[600] = {0};
	uint64_t x = 1;

	(void)state;
	for (int step = 0; step < 60000; step++) {
		size_t key;

		x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
		key = 1 + (x >> 33) % 599;
		if (x >> 63)
			assert_int_equal(map_put(&m, key << 24, &there[key]), 0);
		else
			assert_ptr_equal(map_take(&m, key << 24), there[key] ? &there[key] : NULL);
		there[key] = x >> 63;
		if (step % 97 == 0)
			for (size_t k = 1; k < 600; k++)
				if (map_get(&m, k << 24) != (there[k] ? &there[k] : NULL))
					fail();
	}
	map_free(&m);
	assert_null(map_get(&m, 1));
	assert_null(map_take(&m, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unicast_comes_to_its_receiver_and_is_acknowledged),
		cmocka_unit_test(a_group_frame_comes_to_all_on_the_channel_but_its_sender),
		cmocka_unit_test(nobody_hears_out_of_range),
		cmocka_unit_test(who_is_on_another_channel_acknowledges_nothing),
		cmocka_unit_test(dozing),
		cmocka_unit_test(loss_is_as_said),
		cmocka_unit_test(everything_lost),
		cmocka_unit_test(a_duplicate_is_a_retry),
		cmocka_unit_test(jitter_keeps_the_order_and_reordering_does_not),
		cmocka_unit_test(a_seed_tells_always_the_same_story),
		cmocka_unit_test(a_monitor_hears_everything),
		cmocka_unit_test(addresses_have_one_owner),
		cmocka_unit_test(leaving),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(too_much_under_way),
		cmocka_unit_test(turns_and_beacons),
		cmocka_unit_test(the_time_on_the_air),
		cmocka_unit_test(a_rate_that_the_link_does_not_carry),
		cmocka_unit_test(control_frames),
		cmocka_unit_test(beacons),
		cmocka_unit_test(the_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
