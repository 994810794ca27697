/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "wire/le.h"
#include "wire/radiotap.h"

#include <string.h>

/* A frame that mac80211 received, with the time, and antennas in a second word of bits. */
static const uint8_t received[] = {0, 0, 36, 0, 0x2f, 0x40, 0x00, 0xa0, 0x20, 0x08, 0,    0,    0,    0, 0, 0, 1,    2,
				   3, 4, 5,  6, 7,    8,    0x10, 12,   0x85, 0x09, 0x80, 0x04, 0xce, 0, 0, 0, 0xce, 0};

/* A frame that it returns with its TX status: rate, TX flags, retries. */
static const uint8_t returned[] = {0, 0, 13, 0, 0x04, 0x80, 0x02, 0, 108, 0, 0x01, 0, 6};

static void reads_a_received_frame(void **state)
{
	struct radiotap_frame frame;

	(void)state;
	assert_true(radiotap_read(&frame, received, sizeof(received)));
	assert_int_equal(frame.len, sizeof(received));
	assert_true(frame.has_fcs);
	assert_false(frame.fcs_bad);
	assert_false(frame.sent);
	assert_int_equal(frame.rate_kbps, 6000);
	assert_int_equal(frame.freq_mhz, 2437);
	assert_int_equal(frame.signal_dbm, -50);
}

static void reads_a_tx_status(void **state)
{
	uint8_t bytes[sizeof(returned)];
	struct radiotap_frame frame;

	(void)state;
	assert_true(radiotap_read(&frame, returned, sizeof(returned)));
	assert_true(frame.sent);
	assert_false(frame.acked);
	assert_int_equal(frame.retries, 6);
	assert_int_equal(frame.rate_kbps, 54000);
	memcpy(bytes, returned, sizeof(bytes));
	bytes[10] = 0;
	assert_true(radiotap_read(&frame, bytes, sizeof(bytes)));
	assert_true(frame.acked);
}

static void rejects_what_ends_too_early(void **state)
{
	struct radiotap_frame frame;
	uint8_t bytes[sizeof(received)];

	(void)state;
	for (size_t len = 0; len < sizeof(received); len++)
		assert_false(radiotap_read(&frame, received, len));
	memcpy(bytes, received, sizeof(bytes));
	for (uint16_t len = 0; len < 34; len++) { /* the last field that it reads ends there */
		put_le16(bytes + 2, len);
		assert_false(radiotap_read(&frame, bytes, sizeof(bytes)));
	}
}

static void injected_frame_has_rate_retries_and_its_own_sequence_number(void **state)
{
	uint8_t bytes[RADIOTAP_LEN_MAX];
	struct radiotap_frame frame;

	(void)state;
	assert_int_equal(radiotap_write_injection(bytes, 5500, 6), 13);
	assert_true(radiotap_read(&frame, bytes, 13));
	assert_int_equal(frame.rate_kbps, 5500);
	assert_int_equal(frame.retries, 6);
	assert_int_equal(le16(bytes + 10), 0x10); /* IEEE80211_RADIOTAP_F_TX_NOSEQNO */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_received_frame),
		cmocka_unit_test(reads_a_tx_status),
		cmocka_unit_test(rejects_what_ends_too_early),
		cmocka_unit_test(injected_frame_has_rate_retries_and_its_own_sequence_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
