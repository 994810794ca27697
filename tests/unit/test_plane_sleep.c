/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WNM sleep mode of a station (IEEE 802.11-2020 9.6.13.18, 9.6.13.19), on planes that only record. */
#include "plane_pair.h"

enum { WNM = 10, REQUEST = 16, RESPONSE = 17, ENTER = 0, EXIT = 1, DENIED = 2 };

/* Is the access point heard to offer it, in its extended capabilities? */
static void hear_capability(struct pair *pair)
{
	static const uint8_t capabilities[] = {0, 0, 0x02};
	struct frame_writer writer = frame_writer_begin(frame_from(pair->beacon->data, pair->beacon->len, 0, 64));
	struct frame *beacon;

	write_element(&writer, EID_EXT_CAPABILITIES, capabilities, sizeof(capabilities));
	beacon = frame_writer_end(&writer);
	assert_non_null(beacon);
	beacon->meta = pair->beacon->meta;
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = beacon});
	pair_carry_out(pair);
	frame_free(beacon);
}

static struct pair *connected_pair(bool pmf)
{
	struct pair *pair = pair_new();

	if (pmf) {
		pair->ap_setup.bss[0].pmf = pair->network.pmf = 1;
		pair->ap_setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
		pair->network.group_mgmt = 1u << CIPHER_BIP_CMAC_128;
	}
	pair_start(pair);
	pair_run(pair, 5 * SECOND);
	assert_true(pair_is_connected(pair));
	return pair;
}

static enum sta_answer ask(struct pair *pair, bool exit)
{
	static const uint8_t filter[] = {91, 1, 7};
	const struct sta_request request = {
		.kind = STA_REQUEST_SLEEP,
		.sleep = {.exit = exit, .interval = 300, .filters = {filter, exit ? 0 : sizeof(filter)}}};

	return sta_request(pair->sta, &request, pair->now_ns, &pair->at_sta.out);
}

/* Asks, and returns the token of the request, whose body is as it must be. */
static uint8_t request_mode(struct pair *pair, bool exit)
{
	const uint8_t body[] = {WNM, REQUEST, 0, 93, 4, exit ? EXIT : ENTER, 0, 300 & 0xff, 300 >> 8, 91, 1, 7};
	size_t len = sizeof(body) - (exit ? 3 : 0);
	const struct frame *frame;
	uint8_t token;

	assert_int_equal(ask(pair, exit), STA_ANSWER_DONE);
	assert_true(pair->at_sta.out.count > 0);
	frame = pair->at_sta.out.list[pair->at_sta.out.count - 1].frame;
	assert_non_null(frame);
	assert_int_equal(frame->len, DOT11_HDR_MIN + len);
	token = frame->data[DOT11_HDR_MIN + 2];
	assert_memory_equal(frame->data + DOT11_HDR_MIN, body, 2);
	assert_memory_equal(frame->data + DOT11_HDR_MIN + 3, body + 3, len - 3);
	pair_carry_out(pair);
	return token;
}

struct response {
	uint8_t token, mode, status;
	const uint8_t *keys;
	size_t key_len;
	size_t cut; /* bytes to leave out at the end */
};

/* Returns where the log of the station was before. */
static size_t respond(struct pair *pair, struct response response)
{
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, pair_station, pair_bssid, pair_bssid);
	const uint8_t element[] = {response.mode, response.status, 0, 0};
	size_t start = pair->at_sta.count;
	struct frame *frame;

	write_bytes(&writer, (const uint8_t[]){WNM, RESPONSE, response.token}, 3);
	write_le16(&writer, (uint16_t)response.key_len);
	write_bytes(&writer, response.keys, response.key_len);
	write_element(&writer, 93, element, sizeof(element));
	frame = frame_writer_end(&writer);
	assert_non_null(frame);
	frame->len -= response.cut;
	pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = frame});
	pair_carry_out(pair);
	frame_free(frame);
	return start;
}

static bool was_noted(const struct pair *pair, size_t start, enum note note)
{
	return log_find_note(&pair->at_sta, start, note) < LOG_MAX;
}

#define GTK_FIXED  0, 27, 2, 0, 16, 9, 0, 0, 0, 0, 0, 0, 0 /* key id 2; the receive sequence counter is 9 */
#define IGTK_FIXED 1, 24, 5, 0, 8, 0, 0, 0, 0, 0           /* key id 5; 8 */
#define SIXTEEN(x) x, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15

static const uint8_t keys[] = {GTK_FIXED, SIXTEEN(0x70), IGTK_FIXED, SIXTEEN(0x80)};

static void station_enters_and_leaves(void **state)
{
	struct pair *pair = connected_pair(true);
	const struct recorder *log = &pair->at_sta;
	uint8_t token;
	size_t start, key;

	(void)state;
	hear_capability(pair);
	token = request_mode(pair, false);
	start = respond(pair, (struct response){.token = token, .mode = ENTER});
	assert_true(was_noted(pair, start, NOTE_SLEEPING));
	assert_int_equal(log_count(log, start, PLANE_KEY_INSTALL), 0);
	token = request_mode(pair, true);
	start = respond(pair, (struct response){.token = token, .mode = EXIT, .keys = keys, .key_len = sizeof(keys)});
	assert_true(was_noted(pair, start, NOTE_AWAKE));
	assert_int_equal(log_count(log, start, PLANE_KEY_INSTALL), 2);
	key = log_find(log, start, PLANE_KEY_INSTALL);
	assert_true(log_key(log, key)->group && log_key(log, key)->id == 2 && log_key(log, key)->rsc == 9);
	assert_memory_equal(log_key(log, key)->bytes, keys + 13, 16);
	key = log_find(log, key + 1, PLANE_KEY_INSTALL);
	assert_true(log_key(log, key)->group && log_key(log, key)->id == 5 && log_key(log, key)->rsc == 8);
	assert_memory_equal(log_key(log, key)->bytes, keys + sizeof(keys) - 16, 16);
	/* The same keys again would reset the replay counters (CVE-2017-13087, CVE-2017-13088). */
	token = request_mode(pair, true);
	start = respond(pair, (struct response){.token = token, .mode = EXIT, .keys = keys, .key_len = sizeof(keys)});
	assert_int_equal(log_count(log, start, PLANE_KEY_INSTALL), 0);
	pair_free(pair);
}

static void keys_without_pmf_are_ignored(void **state)
{
	struct pair *pair = connected_pair(false);
	uint8_t token;
	size_t start;

	(void)state;
	hear_capability(pair);
	token = request_mode(pair, true);
	start = respond(pair, (struct response){.token = token, .mode = EXIT, .keys = keys, .key_len = sizeof(keys)});
	assert_true(was_noted(pair, start, NOTE_AWAKE));
	assert_int_equal(log_count(&pair->at_sta, start, PLANE_KEY_INSTALL), 0);
	pair_free(pair);
}

static void malformed_keys_are_ignored(void **state)
{
	static const uint8_t cut[] = {GTK_FIXED, 1, 2},
			     zero_id[] = {0, 27, 0, 0, 16, 9, 0, 0, 0, 0, 0, 0, 0, SIXTEEN(7)},
			     too_long[] = {0, 27, 2, 0, 17, 9, 0, 0, 0, 0, 0, 0, 0, SIXTEEN(7)},
			     only_igtk[] = {IGTK_FIXED, SIXTEEN(0x80)}, short_igtk[] = {1, 3, 5, 0, 8};
	const struct {
		const uint8_t *bytes;
		size_t len;
	} cases[] = {{cut, sizeof(cut)},
		     {zero_id, sizeof(zero_id)},
		     {too_long, sizeof(too_long)},
		     {only_igtk, sizeof(only_igtk)},
		     {short_igtk, sizeof(short_igtk)}};
	struct pair *pair = connected_pair(true);

	(void)state;
	hear_capability(pair);
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t token = request_mode(pair, true);
		size_t start = respond(
			pair, (struct response){
				      .token = token, .mode = EXIT, .keys = cases[i].bytes, .key_len = cases[i].len});

		assert_int_equal(log_count(&pair->at_sta, start, PLANE_KEY_INSTALL), 0);
		assert_true(pair_is_connected(pair));
	}
	pair_free(pair);
}

static void unsolicited_response_is_dropped(void **state)
{
	struct pair *pair = connected_pair(true);
	uint8_t token;
	size_t start;

	(void)state;
	hear_capability(pair);
	start = respond(pair, (struct response){.token = 0, .mode = EXIT, .keys = keys, .key_len = sizeof(keys)});
	token = request_mode(pair, true);
	respond(pair,
		(struct response){.token = (uint8_t)(token + 1), .mode = EXIT, .keys = keys, .key_len = sizeof(keys)});
	respond(pair, (struct response){.token = token, .mode = ENTER}); /* not what was asked */
	respond(pair, (struct response){.token = token, .mode = EXIT, .cut = 6});
	assert_int_equal(log_count(&pair->at_sta, start, PLANE_KEY_INSTALL), 0);
	assert_false(was_noted(pair, start, NOTE_AWAKE) || was_noted(pair, start, NOTE_SLEEPING));
	start = respond(pair, (struct response){.token = token, .mode = EXIT});
	assert_true(was_noted(pair, start, NOTE_AWAKE));
	start = respond(pair, (struct response){.token = token, .mode = EXIT}); /* it has been answered */
	assert_false(was_noted(pair, start, NOTE_AWAKE));
	pair_free(pair);
}

static void refusal_is_reported(void **state)
{
	struct pair *pair = connected_pair(true);
	uint8_t token;
	size_t start;

	(void)state;
	hear_capability(pair);
	token = request_mode(pair, false);
	start = respond(pair, (struct response){.token = token, .mode = ENTER, .status = DENIED});
	start = log_find_note(&pair->at_sta, start, NOTE_SLEEP_REFUSED);
	assert_true(start < LOG_MAX);
	assert_int_equal(pair->at_sta.log[start].action.report.code, DENIED);
	pair_free(pair);
}

static void access_point_must_offer_it(void **state)
{
	struct pair *pair = connected_pair(true);

	(void)state;
	assert_int_equal(ask(pair, false), STA_ANSWER_NOT_CONNECTED);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(station_enters_and_leaves),  cmocka_unit_test(keys_without_pmf_are_ignored),
		cmocka_unit_test(malformed_keys_are_ignored), cmocka_unit_test(unsolicited_response_is_dropped),
		cmocka_unit_test(refusal_is_reported),        cmocka_unit_test(access_point_must_offer_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
