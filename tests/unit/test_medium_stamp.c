/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timestamp of beacons and probe responses is that of their transmission (IEEE 802.11-2020 11.1.3.2, 9.4.1.10). */
#include "unit.h"

#include "air/medium/airtime.h"
#include "air/medium/medium.h"
#include "wire/mgmt.h"

#define MS UINT64_C(1000000)

enum { FREQ = 5180, CUT = 7 };

static const uint8_t a_addr[6] = {2, 0, 0, 0, 0, 0x0a}, b_addr[6] = {2, 0, 0, 0, 0, 0x0b};
static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* Two radios, and one who hears all. */
struct air {
	struct medium *m;
	radio_id a, b, ear;
};

static struct air begin(uint64_t seed)
{
	struct air x = {.m = medium_new(seed)};

	x.a = medium_join(x.m);
	x.b = medium_join(x.m);
	x.ear = medium_join(x.m);
	assert_int_equal(medium_addresses(x.m, x.a, &a_addr, 1), 0);
	assert_int_equal(medium_addresses(x.m, x.b, &b_addr, 1), 0);
	assert_int_equal(medium_tune(x.m, x.a, FREQ), 0);
	assert_int_equal(medium_tune(x.m, x.b, FREQ), 0);
	assert_int_equal(medium_monitor(x.m, x.ear, true), 0);
	return x;
}

/* Of that clock, with as many bytes behind it. */
static struct frame *timed(enum mgmt_subtype subtype, const uint8_t *to, uint64_t tsf, size_t more)
{
	struct frame *f = mgmt_new(subtype, to, a_addr, a_addr);
	uint8_t body[64] = {0};

	put_le32(body, (uint32_t)tsf);
	put_le32(body + 4, (uint32_t)(tsf >> 32));
	memset(body + 8, 0x5a, sizeof body - 8);
	assert_int_equal(mgmt_put(f, body, more), 0);
	return f;
}

static uint64_t tsf_of(const struct frame *f)
{
	const uint8_t *p = f->data + DOT11_HDR_MIN;

	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* The next frame that the ear hears, for the caller; NULL: there is none. */
static struct frame *hear(struct air *x)
{
	struct medium_event e;
	uint64_t at;

	while ((at = medium_wake(x->m)) != UINT64_MAX)
		while (medium_next(x->m, at, &e)) {
			if (e.kind == MEDIUM_RECEIVED && e.radio == x->ear)
				return e.frame;
			if (e.kind == MEDIUM_RECEIVED)
				frame_free(e.frame);
		}
	return NULL;
}

/* When its transmission began. */
static uint64_t began(const struct frame *f, bool unicast)
{
	uint64_t ack = unicast ? airtime_ack(f->meta.rate_kbps, f->meta.freq_mhz) : 0;

	return f->meta.time_ns - ack - airtime_ppdu(f->len, f->meta.rate_kbps, f->meta.freq_mhz);
}

static void a_beacon_that_waits_tells_the_time_of_its_sending(void **state)
{
	uint64_t tsf = (UINT64_C(1) << 32) - 100; /* it goes over the end of the lower half */
	struct air x = begin(1);
	struct frame *f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		f = frame_new(0, 1500, 0);
		put_le16(frame_own(f), FC_DATA);
		memcpy(frame_own(f) + DOT11_ADDR1, b_addr, 6);
		assert_int_equal(medium_send(x.m, x.a, f, 6000, 0, MS), 0);
	}
	assert_int_equal(medium_send(x.m, x.a, timed(MGMT_BEACON, everybody, tsf, 40), 0, 0, MS), 0);
	frame_free(hear(&x));
	f = hear(&x);
	assert_true(began(f, false) > 3 * MS); /* behind the first of those */
	assert_int_equal(tsf_of(f), tsf + (began(f, false) - MS) / 1000);
	assert_int_equal(f->data[DOT11_HDR_MIN + 8], 0x5a);
	frame_free(f);
	while ((f = hear(&x)))
		frame_free(f);
	medium_free(x.m);
}

static void each_try_has_its_own_time(void **state)
{
	struct medium_link deaf = {.deaf = true};
	struct air x = begin(2);
	unsigned tries = 0;
	uint64_t last = 0;
	struct frame *f;

	(void)state;
	assert_int_equal(medium_link(x.m, x.a, x.b, &deaf), 0);
	assert_int_equal(medium_send(x.m, x.a, timed(MGMT_PROBE_RESPONSE, b_addr, 5000, 60), 0, 0, MS), 0);
	for (; (f = hear(&x)); tries++) {
		assert_int_equal(tsf_of(f), 5000 + (began(f, true) - MS) / 1000);
		assert_true(tsf_of(f) > last);
		assert_int_equal(f->data[DOT11_HDR_MIN + 8], 0x5a);
		last = tsf_of(f);
		frame_free(f);
	}
	assert_int_equal(tries, MEDIUM_TRIES);
	medium_free(x.m);
}

/* What has no timestamp, or is cut before its end, goes as it is; and whose frame it is keeps it as it was. */
static void nothing_else_is_touched(void **state)
{
	static const enum mgmt_subtype others[] = {MGMT_AUTH, MGMT_PROBE_REQUEST, MGMT_ASSOC_RESPONSE, MGMT_ACTION};
	struct air x = begin(3);
	struct frame *f, *copy;

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		copy = timed(others[i], everybody, 77, 40);
		assert_int_equal(medium_send(x.m, x.a, frame_clone(copy), 0, 0, MS), 0);
		f = hear(&x);
		assert_memory_equal(f->data, copy->data, f->len);
		frame_free(f);
		frame_free(copy);
	}
	copy = timed(MGMT_BEACON, everybody, 77, CUT);
	assert_int_equal(medium_send(x.m, x.a, frame_clone(copy), 0, 0, MS), 0);
	f = hear(&x);
	assert_memory_equal(f->data, copy->data, f->len);
	frame_free(f);
	frame_free(copy);
	copy = timed(MGMT_BEACON, everybody, 77, 40);
	assert_int_equal(medium_send(x.m, x.a, frame_clone(copy), 0, 0, MS), 0);
	f = hear(&x);
	assert_true(tsf_of(f) > 77);
	assert_int_equal(tsf_of(copy), 77);
	frame_free(f);
	frame_free(copy);
	medium_free(x.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_beacon_that_waits_tells_the_time_of_its_sending),
		cmocka_unit_test(each_try_has_its_own_time),
		cmocka_unit_test(nothing_else_is_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
