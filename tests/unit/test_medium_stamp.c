/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Beacons and probe responses carry the time of their transmission (IEEE 802.11-2020 11.1.3.2, 9.4.1.10). */
#include "unit.h"

#include "air/medium/airtime.h"
#include "air/medium/medium.h"
#include "wire/mgmt.h"

#define MS UINT64_C(1000000)

enum { FREQ = 5180, CUT = 7 };

static const uint8_t a_addr[6] = {2, 0, 0, 0, 0, 0x0a}, b_addr[6] = {2, 0, 0, 0, 0, 0x0b};
static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* Two radios and a monitor. */
struct stamp_test {
	struct medium *m;
	radio_id a, b, monitor;
};

static struct stamp_test stamp_test_begin(uint64_t seed)
{
	struct stamp_test air = {.m = medium_new(seed)};

	air.a = medium_join(air.m);
	air.b = medium_join(air.m);
	air.monitor = medium_join(air.m);
	assert_int_equal(medium_set_addresses(air.m, air.a, &a_addr, 1), 0);
	assert_int_equal(medium_set_addresses(air.m, air.b, &b_addr, 1), 0);
	assert_int_equal(medium_tune(air.m, air.a, FREQ), 0);
	assert_int_equal(medium_tune(air.m, air.b, FREQ), 0);
	assert_int_equal(medium_set_monitor(air.m, air.monitor, true), 0);
	return air;
}

/* A frame of radio a with this Timestamp field; `more` is the length of the body. */
static struct frame *timestamped_frame(enum mgmt_subtype subtype, const uint8_t *to, uint64_t tsf, size_t more)
{
	struct frame_writer writer = mgmt_begin(subtype, to, a_addr, a_addr);
	uint8_t body[64] = {0};

	put_le32(body, (uint32_t)tsf);
	put_le32(body + 4, (uint32_t)(tsf >> 32));
	memset(body + 8, 0x5a, sizeof(body) - 8);
	write_bytes(&writer, body, more);
	assert_non_null(writer.frame);
	return frame_writer_end(&writer);
}

static uint64_t tsf_of(const struct frame *frame)
{
	const uint8_t *bytes = frame->data + DOT11_HDR_MIN;

	return le32(bytes) | (uint64_t)le32(bytes + 4) << 32;
}

/* Returns the next frame that the monitor receives, which the caller frees; NULL: none. */
static struct frame *receive_frame(struct stamp_test *air)
{
	struct medium_event event;
	uint64_t at;

	while ((at = medium_deadline(air->m)) != UINT64_MAX)
		while (medium_next_event(air->m, at, &event)) {
			if (event.kind == MEDIUM_RECEIVED && event.radio == air->monitor)
				return event.frame;
			if (event.kind == MEDIUM_RECEIVED)
				frame_free(event.frame);
		}
	return NULL;
}

/* Returns the time at which the transmission of a received frame began. */
static uint64_t transmission_start(const struct frame *frame, bool unicast)
{
	uint64_t ack = unicast ? airtime_ack(frame->meta.rate_kbps, frame->meta.freq_mhz) : 0;

	return frame->meta.time_ns - ack - airtime_ppdu(frame->len, frame->meta.rate_kbps, frame->meta.freq_mhz);
}

static void delayed_beacon_carries_transmission_time(void **state)
{
	uint64_t tsf = (UINT64_C(1) << 32) - 100; /* the lower 32 bits overflow */
	struct stamp_test air = stamp_test_begin(1);
	struct frame *frame;

	(void)state;
	for (int i = 0; i < 3; i++) {
		frame = frame_new(0, 1500, 0);
		put_le16(frame_make_writable(frame), FC_DATA);
		memcpy(frame_make_writable(frame) + DOT11_OFF_ADDR1, b_addr, 6);
		assert_int_equal(medium_send(air.m, air.a, frame, 6000, 0, MS), 0);
	}
	assert_int_equal(medium_send(air.m, air.a, timestamped_frame(MGMT_BEACON, broadcast, tsf, 40), 0, 0, MS), 0);
	frame_free(receive_frame(&air));
	frame = receive_frame(&air);
	assert_true(transmission_start(frame, false) >
		    3 * MS); /* after the first data frame, which the beacon could not overtake */
	assert_int_equal(tsf_of(frame), tsf + (transmission_start(frame, false) - MS) / 1000);
	assert_int_equal(frame->data[DOT11_HDR_MIN + 8], 0x5a);
	frame_free(frame);
	while ((frame = receive_frame(&air)))
		frame_free(frame);
	medium_free(air.m);
}

static void each_retry_has_its_own_timestamp(void **state)
{
	struct medium_link deaf = {.out_of_range = true};
	struct stamp_test air = stamp_test_begin(2);
	unsigned tries = 0;
	uint64_t last = 0;
	struct frame *frame;

	(void)state;
	assert_int_equal(medium_set_link(air.m, air.a, air.b, &deaf), 0);
	assert_int_equal(medium_send(air.m, air.a, timestamped_frame(MGMT_PROBE_RESPONSE, b_addr, 5000, 60), 0, 0, MS),
			 0);
	for (; (frame = receive_frame(&air)); tries++) {
		assert_int_equal(tsf_of(frame), 5000 + (transmission_start(frame, true) - MS) / 1000);
		assert_true(tsf_of(frame) > last);
		assert_int_equal(frame->data[DOT11_HDR_MIN + 8], 0x5a);
		last = tsf_of(frame);
		frame_free(frame);
	}
	assert_int_equal(tries, MEDIUM_TRIES_MAX);
	medium_free(air.m);
}

/* A frame without a complete Timestamp field is unchanged, and so is the sender's copy of a frame. */
static void other_bytes_are_unchanged(void **state)
{
	static const enum mgmt_subtype others[] = {MGMT_AUTH, MGMT_PROBE_REQUEST, MGMT_ASSOC_RESPONSE, MGMT_ACTION};
	struct stamp_test air = stamp_test_begin(3);
	struct frame *frame, *copy;

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		copy = timestamped_frame(others[i], broadcast, 77, 40);
		assert_int_equal(medium_send(air.m, air.a, frame_clone(copy), 0, 0, MS), 0);
		frame = receive_frame(&air);
		assert_memory_equal(frame->data, copy->data, frame->len);
		frame_free(frame);
		frame_free(copy);
	}
	copy = timestamped_frame(MGMT_BEACON, broadcast, 77, CUT);
	assert_int_equal(medium_send(air.m, air.a, frame_clone(copy), 0, 0, MS), 0);
	frame = receive_frame(&air);
	assert_memory_equal(frame->data, copy->data, frame->len);
	frame_free(frame);
	frame_free(copy);
	copy = timestamped_frame(MGMT_BEACON, broadcast, 77, 40);
	assert_int_equal(medium_send(air.m, air.a, frame_clone(copy), 0, 0, MS), 0);
	frame = receive_frame(&air);
	assert_true(tsf_of(frame) > 77);
	assert_int_equal(tsf_of(copy), 77);
	frame_free(frame);
	frame_free(copy);
	medium_free(air.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delayed_beacon_carries_transmission_time),
		cmocka_unit_test(each_retry_has_its_own_timestamp),
		cmocka_unit_test(other_bytes_are_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
