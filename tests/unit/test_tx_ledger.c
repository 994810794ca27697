/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "radio/tx_ledger.h"
#include "wire/le.h"

#include <stdlib.h>

#define MS UINT64_C(1000000)

/* A data frame to 02:00:00:00:00:TO with a sequence number. */
static const uint8_t *data(uint8_t to, uint16_t seq)
{
	static uint8_t mpdu[24];

	mpdu[0] = 0x08;
	mpdu[4] = 2;
	mpdu[9] = to;
	put_le16(mpdu + 22, (uint16_t)(seq << 4));
	return mpdu;
}

static int setup(void **state)
{
	return !(*state = calloc(1, sizeof(struct tx_ledger)));
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void frames_are_found_in_any_order(void **state)
{
	struct tx_ledger *ledger = *state;
	struct tx_entry entry;

	for (uint16_t seq = 0; seq < 3; seq++)
		assert_true(tx_ledger_add(ledger, data(1, seq), seq + 10u, 0));
	assert_true(tx_ledger_match(ledger, data(1, 1), &entry));
	assert_int_equal(entry.cookie, 11);
	assert_false(tx_ledger_match(ledger, data(1, 1), &entry)); /* only once */
	assert_false(tx_ledger_match(ledger, data(2, 0), &entry)); /* another receiver */
	assert_true(tx_ledger_match(ledger, data(1, 0), &entry));
	assert_int_equal(ledger->count, 1); /* the one in the middle has gone, too */
	assert_true(tx_ledger_match(ledger, data(1, 2), &entry));
	assert_int_equal(entry.cookie, 12);
	assert_true(tx_ledger_deadline(ledger) == UINT64_MAX);
}

static void overdue_frame_is_lost(void **state)
{
	struct tx_ledger *ledger = *state;
	struct tx_entry entry;
	bool acked;

	tx_ledger_add(ledger, data(1, 1), 1, 0);
	tx_ledger_match(ledger, data(1, 1), &entry); /* the driver returns frames */
	tx_ledger_add(ledger, data(1, 2), 2, 5 * MS);
	assert_true(tx_ledger_deadline(ledger) == 5 * MS + LEDGER_TIMEOUT_NS);
	assert_false(tx_ledger_expire(ledger, 5 * MS + LEDGER_TIMEOUT_NS - 1, &entry, &acked));
	assert_true(tx_ledger_expire(ledger, 5 * MS + LEDGER_TIMEOUT_NS, &entry, &acked));
	assert_int_equal(entry.cookie, 2);
	assert_false(acked);
	assert_false(tx_ledger_expire(ledger, UINT64_MAX - 1, &entry, &acked));
}

static void driver_that_returns_nothing_is_believed(void **state)
{
	struct tx_ledger *ledger = *state;
	struct tx_entry entry;
	bool acked;

	tx_ledger_add(ledger, data(1, 1), 1, 0);
	assert_true(tx_ledger_expire(ledger, LEDGER_TIMEOUT_NS, &entry, &acked));
	assert_true(acked);
}

static void full_ledger_takes_no_frame(void **state)
{
	struct tx_ledger *ledger = *state;
	struct tx_entry entry;

	for (uint16_t i = 0; i < LEDGER_ROOM; i++)
		assert_true(tx_ledger_add(ledger, data(1, i), 0, 0));
	assert_false(tx_ledger_add(ledger, data(2, 0), 0, 0));
	assert_true(tx_ledger_match(ledger, data(1, 0), &entry));
	assert_true(tx_ledger_add(ledger, data(2, 0), 7, 0)); /* around the end of the ring */
	assert_true(tx_ledger_match(ledger, data(2, 0), &entry));
	assert_int_equal(entry.cookie, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(frames_are_found_in_any_order, setup, teardown),
		cmocka_unit_test_setup_teardown(overdue_frame_is_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(driver_that_returns_nothing_is_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(full_ledger_takes_no_frame, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
