/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a radio keeps of each peer: the last events, repeated ones as one, and strangers apart from those who were connected. */
#include "unit.h"

#include "wifi/history.h"

#define S UINT64_C(1000000000)

static struct history *history;

static int fresh(void **state)
{
	(void)state;
	history = history_new();
	return history ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	history_free(history);
	return 0;
}

static struct action note_of(enum note note, uint8_t peer)
{
	return (struct action){.kind = ACTION_NOTE, .note = note, .addr = {2, 0, 0, 0, 1, peer}};
}

static void note(enum note what, uint8_t peer, uint64_t now_ns)
{
	struct action action = note_of(what, peer);

	history_note(history, &action, now_ns);
}

static const struct history_peer *peer(uint8_t number)
{
	const uint8_t addr[6] = {2, 0, 0, 0, 1, number};
	const struct history_peer *found;

	for (size_t i = 0; (found = history_peer(history, i)); i++)
		if (!memcmp(found->addr, addr, 6))
			return found;
	return NULL;
}

static void repeated_event_is_counted_and_becomes_the_newest(void **state)
{
	const struct history_peer *found;

	(void)state;
	note(NOTE_WRONG_PASSPHRASE, 1, 1 * S);
	note(NOTE_ASSOCIATED, 1, 2 * S);
	note(NOTE_WRONG_PASSPHRASE, 1, 3 * S);
	found = peer(1);
	assert_non_null(found);
	assert_int_equal(found->count, 2);
	assert_int_equal(found->events[0].note, NOTE_ASSOCIATED);
	assert_int_equal(found->events[1].note, NOTE_WRONG_PASSPHRASE);
	assert_int_equal(found->events[1].count, 2);
	assert_int_equal(found->events[1].first_ns, 1 * S);
	assert_int_equal(found->events[1].last_ns, 3 * S);
}

static void events_that_differ_are_kept_apart(void **state)
{
	struct action refusal = note_of(NOTE_REJECTED, 1), silence = note_of(NOTE_SILENT, 1);

	(void)state;
	refusal.code = 17;
	history_note(history, &refusal, S);
	refusal.code = 31;
	history_note(history, &refusal, S);
	silence.awaited = AWAITED_MESSAGE_2;
	history_note(history, &silence, S);
	silence.awaited = AWAITED_MESSAGE_4;
	history_note(history, &silence, S);
	strcpy(silence.detail, "home");
	history_note(history, &silence, S);
	assert_int_equal(peer(1)->count, 5);
	assert_string_equal(peer(1)->events[4].detail, "home");
}

static void oldest_events_make_room(void **state)
{
	(void)state;
	for (unsigned code = 1; code <= HISTORY_EVENTS + 3; code++) {
		struct action action = note_of(NOTE_DISCONNECTED, 1);

		action.code = (uint16_t)code;
		history_note(history, &action, code * S);
	}
	assert_int_equal(peer(1)->count, HISTORY_EVENTS);
	assert_int_equal(peer(1)->events[0].code, 4);
	assert_int_equal(peer(1)->events[HISTORY_EVENTS - 1].code, HISTORY_EVENTS + 3);
}

/* A detail may fill its field without a terminator. */
static void full_detail_fits(void **state)
{
	struct action action = note_of(NOTE_NOT_FOUND, 1);

	(void)state;
	memset(action.detail, 'x', sizeof(action.detail));
	history_note(history, &action, S);
	assert_int_equal(strlen(peer(1)->events[0].detail), sizeof(action.detail));
}

static void strangers_do_not_replace_those_who_were_connected(void **state)
{
	size_t count = 0;

	(void)state;
	note(NOTE_ASSOCIATED, 1, 1 * S);
	note(NOTE_CONNECTED, 1, 1 * S);
	note(NOTE_WRONG_PASSPHRASE, 2, 2 * S);
	for (unsigned i = 0; i < 1000; i++) {
		const uint8_t forged[6] = {6, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i};

		history_drop(history, 0, forged, DROP_NOT_AUTHENTICATED, (3 + i) * S);
	}
	assert_non_null(peer(1));
	assert_true(peer(1)->known);
	assert_int_equal(peer(1)->count, 2);
	assert_null(peer(2));
	while (history_peer(history, count))
		count++;
	assert_int_equal(count, HISTORY_PEERS + 1);
}

static void known_peers_replace_the_one_that_was_silent_longest(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= HISTORY_PEERS; i++)
		note(NOTE_CONNECTED, (uint8_t)i, (i == 0 ? 100 : i) * S);
	assert_non_null(peer(0));
	assert_null(peer(1));
	assert_non_null(peer(2));
}

static void drops_are_counted_by_reason(void **state)
{
	const uint8_t station[6] = {2, 0, 0, 0, 1, 1}, group[6] = {0x33, 0x33, 0, 0, 0, 1}, zero[6] = {0};

	(void)state;
	history_drop(history, 0, station, DROP_REPLAY, S);
	history_drop(history, 0, station, DROP_REPLAY, S);
	history_drop(history, 0, station, DROP_MPDU_MIC, S);
	history_drop(history, 1, station, DROP_REPLAY, S); /* of another network */
	history_drop(history, 0, group, DROP_NO_STATION, S);
	history_drop(history, 0, zero, DROP_REPLAY, S);
	history_drop(history, 0, NULL, DROP_REPLAY, S);
	history_drop(history, 0, station, DROP_COUNT, S);
	assert_int_equal(peer(1)->drops[DROP_REPLAY], 2);
	assert_int_equal(peer(1)->drops[DROP_MPDU_MIC], 1);
	assert_non_null(history_peer(history, 1));
	assert_int_equal(history_peer(history, 1)->network, 1);
	assert_null(history_peer(history, 2));
}

static void notes_about_the_radio_belong_to_no_peer(void **state)
{
	const struct history_peer *found;

	(void)state;
	note(NOTE_ENABLED, 1, S);
	note(NOTE_BSS_ADDED, 2, S);
	note(NOTE_FRAME, 3, S);
	note(NOTE_REGDOM, 4, S);
	found = history_peer(history, 0);
	assert_non_null(found);
	assert_true(found->known);
	assert_int_equal(found->addr[0], 0);
	assert_null(history_peer(history, 1));
}

static void without_memory_nothing_is_kept(void **state)
{
	struct action action = note_of(NOTE_CONNECTED, 1);

	(void)state;
	history_note(NULL, &action, S);
	history_drop(NULL, 0, action.addr, DROP_REPLAY, S);
	assert_null(history_peer(NULL, 0));
	history_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(repeated_event_is_counted_and_becomes_the_newest, fresh, end),
		cmocka_unit_test_setup_teardown(events_that_differ_are_kept_apart, fresh, end),
		cmocka_unit_test_setup_teardown(oldest_events_make_room, fresh, end),
		cmocka_unit_test_setup_teardown(full_detail_fits, fresh, end),
		cmocka_unit_test_setup_teardown(strangers_do_not_replace_those_who_were_connected, fresh, end),
		cmocka_unit_test_setup_teardown(known_peers_replace_the_one_that_was_silent_longest, fresh, end),
		cmocka_unit_test_setup_teardown(drops_are_counted_by_reason, fresh, end),
		cmocka_unit_test_setup_teardown(notes_about_the_radio_belong_to_no_peer, fresh, end),
		cmocka_unit_test_setup_teardown(without_memory_nothing_is_kept, fresh, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
