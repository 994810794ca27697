/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An access point asks its station for radio measurements (11.10), and the station asks for its neighbours. */
#include "fake_ap.h"

#include "wire/measurement.h"

#define ANY    0xff, 0xff, 0xff, 0xff, 0xff, 0xff
#define FRAMES 16

static struct world world;
static uint8_t claims[RM_CAPABILITIES_LEN];
static uint16_t claimed_capability;
static struct frame *answers[FRAMES]; /* action frames of the category that the station has sent */
static size_t answer_count;

static void record(const struct frame *frame)
{
	struct mgmt mgmt;
	const uint8_t *body;

	if (!mac_equal(frame->data + DOT11_OFF_ADDR2, sta_addr) || mgmt_parse(&mgmt, frame->data, frame->len))
		return;
	if (mgmt.subtype == MGMT_ASSOC_REQUEST) {
		body = mgmt_find_element(&mgmt, EID_RM_CAPABILITIES, sizeof(claims));
		memcpy(claims, body ? body : (const uint8_t[sizeof(claims)]){0}, sizeof(claims));
		claimed_capability = mgmt.capability;
	}
	if (mgmt.subtype != MGMT_ACTION || mgmt.category != ACTION_CATEGORY_MEASUREMENT)
		return;
	assert_true(answer_count < FRAMES);
	answers[answer_count++] = frame_from(frame->data, frame->len, 0, 0);
}

static void forget_answers(void)
{
	while (answer_count)
		frame_free(answers[--answer_count]);
}

/* Connected to the access point on channel 6; another one, of another network, is on channel 1. */
static void set_up_with(uint8_t measures)
{
	world_init(&world);
	world.observe = record;
	world.ap[0].measures = measures;
	world.ap[0].signal = -40;
	world.ap[1].on_air = true;
	world.ap[1].freq = 2412;
	world.ap[1].signal = -61;
	strcpy(world.ap[1].ssid, "another");
	world_start_connected(&world);
	world_run(&world, S_);
	forget_answers();
}

static void set_up(void)
{
	set_up_with(RM_NEIGHBOR_REPORT | RM_BEACON_PASSIVE | RM_BEACON_ACTIVE | RM_BEACON_TABLE);
}

static void tear_down(void)
{
	forget_answers();
	world_free(&world);
}

/* From the category on. */
static void send_body(const uint8_t *to, const void *body, size_t len)
{
	const uint8_t *bssid = world.ap[0].bssid;
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, to, bssid, bssid);

	write_bytes(&writer, body, len);
	fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&writer));
}

/* A radio measurement request with one element; the answers of the next seconds. */
static void request_of(uint8_t mode, uint8_t type, const void *body, size_t len)
{
	uint8_t frame[300] = {ACTION_CATEGORY_MEASUREMENT, ACTION_MEASUREMENT_REQUEST, 0x5c, 0,    0,
			      EID_MEASUREMENT_REQUEST,     (uint8_t)(3 + len),         7,    mode, type};

	forget_answers();
	memcpy(frame + 10, body, len);
	send_body(sta_addr, frame, 10 + len);
	world_run(&world, 3 * S_);
}

#define BEACON(...)                                                \
	do {                                                       \
		static const uint8_t body[] = {__VA_ARGS__};       \
		request_of(0, MEASURE_BEACON, body, sizeof(body)); \
	} while (0)

struct seen {
	uint8_t token, mode, type;
	struct span body; /* after that */
	uint8_t class, channel, rcpi, bssid[6];
	uint16_t duration;
	bool has_frame, has_fragment, has_last;
	struct span frame;
	uint8_t number, fragment, last;
};

/* The `nth` element of the answers; returns false after the last one. */
static bool see(size_t nth, struct seen *seen)
{
	*seen = (struct seen){0};
	for (size_t i = 0; i < answer_count; i++) {
		struct span rest = {answers[i]->data + DOT11_HDR_MIN, answers[i]->len - DOT11_HDR_MIN};
		struct element element;

		assert_true(answers[i]->len <= 1500 + DOT11_HDR_MIN);
		assert_memory_equal(span_take(&rest, 3), "\x05\x01\x5c", 3);
		while (element_next(&rest, &element)) {
			assert_int_equal(element.id, EID_MEASUREMENT_REPORT);
			if (nth--)
				continue;
			seen->token = element.body.bytes[0];
			seen->mode = element.body.bytes[1];
			seen->type = element.body.bytes[2];
			span_take(&element.body, 3);
			seen->body = element.body;
			return true;
		}
		assert_int_equal(rest.len, 0);
	}
	return false;
}

/* The same, which is a beacon report with content. */
static bool see_report(size_t nth, struct seen *seen)
{
	struct element subelement;
	const uint8_t *fixed;
	struct span rest;

	if (!see(nth, seen))
		return false;
	assert_int_equal(seen->mode, 0);
	assert_int_equal(seen->type, MEASURE_BEACON);
	assert_int_equal(seen->token, 7);
	rest = seen->body;
	fixed = span_take(&rest, 26);
	if (!fixed)
		return false;
	seen->class = fixed[0];
	seen->channel = fixed[1];
	seen->duration = le16(fixed + 10);
	seen->rcpi = fixed[13];
	mac_copy(seen->bssid, fixed + 15);
	while (element_next(&rest, &subelement)) {
		if (subelement.id == 1) {
			seen->has_frame = true;
			seen->frame = subelement.body;
		} else if (subelement.id == 2) {
			assert_int_equal(subelement.body.len, 2);
			seen->has_fragment = true;
			seen->number = subelement.body.bytes[0];
			seen->fragment = subelement.body.bytes[1];
		} else {
			assert_int_equal(subelement.id, 164);
			seen->has_last = true;
			seen->last = subelement.body.bytes[0];
		}
	}
	assert_int_equal(rest.len, 0);
	return true;
}

static size_t count_elements(void)
{
	struct seen seen;
	size_t count = 0;

	while (see(count, &seen))
		count++;
	return count;
}

static void association_claims_measurement(void **state)
{
	(void)state;
	set_up();
	assert_memory_equal(claims, "\x72\0\0\0\0", 5);
	assert_true(claimed_capability & CAPABILITY_RADIO_MEASUREMENT);
	tear_down();
	set_up_with(0); /* the access point does not */
	assert_memory_equal(claims, "\0\0\0\0\0", 5);
	assert_false(claimed_capability & CAPABILITY_RADIO_MEASUREMENT);
	BEACON(81, 0, 0, 0, 0, 0, MEASURE_TABLE, ANY);
	assert_int_equal(answer_count, 0);
	assert_int_equal(world.drops[DROP_MGMT_UNEXPECTED], 1);
	tear_down();
}

static void table_tells_what_was_heard(void **state)
{
	struct seen seen;

	(void)state;
	set_up();
	BEACON(81, 0, 0, 0, 0, 0, MEASURE_TABLE, ANY);
	assert_int_equal(answer_count, 1);
	assert_true(see_report(0, &seen));
	for (size_t i = 0; i < 2; i++) {
		const struct fake_ap *ap;

		assert_true(see_report(i, &seen));
		ap = mac_equal(seen.bssid, world.ap[0].bssid) ? &world.ap[0] : &world.ap[1];
		assert_memory_equal(seen.bssid, ap->bssid, 6);
		assert_int_equal(seen.class, 81);
		assert_int_equal(seen.channel, freq_to_channel(ap->freq));
		assert_int_equal(seen.rcpi, 2 * (ap->signal + 110));
		assert_true(seen.has_frame && seen.frame.len > 12);
		assert_int_equal(le16(seen.frame.bytes + 8), 100); /* beacon interval */
		assert_int_equal(seen.fragment, 0);
		assert_int_equal(seen.number, i + 1);
		assert_false(seen.has_last);
	}
	assert_int_equal(count_elements(), 2);
	BEACON(81, 0, 0, 0, 0, 0, MEASURE_TABLE, 2, 0, 0, 0, 0, 0x11);
	assert_true(see_report(0, &seen));
	assert_memory_equal(seen.bssid, world.ap[1].bssid, 6);
	assert_int_equal(count_elements(), 1);
	BEACON(81, 0, 0, 0, 0, 0, MEASURE_TABLE, ANY, 0, 4, 'h', 'o', 'm', 'e');
	assert_true(see_report(0, &seen));
	assert_memory_equal(seen.bssid, world.ap[0].bssid, 6);
	assert_int_equal(count_elements(), 1);
	BEACON(81, 0, 0, 0, 0, 0, MEASURE_TABLE, ANY, 0, 4, 'n', 'o', 'n', 'e');
	assert_true(see(0, &seen));
	assert_int_equal(seen.mode, 0);
	assert_int_equal(seen.body.len, 0);
	tear_down();
}

static void request_chooses_the_detail(void **state)
{
	struct seen seen;

	(void)state;
	set_up();
	BEACON(81, 0, 0, 0, 0, 0, MEASURE_TABLE, ANY, 2, 1, 0);
	assert_true(see_report(0, &seen) && !seen.has_frame);
	BEACON(81, 0, 0, 0, 0, 0, MEASURE_TABLE, ANY, 2, 1, 1);
	assert_true(see_report(0, &seen) && seen.has_frame);
	assert_int_equal(seen.frame.len, 12);
	BEACON(81, 0, 0, 0, 0, 0, MEASURE_TABLE, 2, 0, 0, 0, 0, 0x10, 2, 1, 1, 10, 2, EID_SSID, EID_DS);
	assert_true(see_report(0, &seen));
	assert_int_equal(seen.frame.len, 12 + 6 + 3);
	assert_memory_equal(seen.frame.bytes + 12, "\0\4home\3\1\6", 9);
	tear_down();
}

/* More elements than a report has room for: fragments in their order, and all elements of the beacon in them. */
static void long_beacon_is_reported_in_fragments(void **state)
{
	uint8_t *vendor = world.ap[0].vendor;
	struct seen seen;
	size_t frames = 0;

	(void)state;
	world_init(&world);
	world.observe = record;
	world.ap[0].measures = RM_BEACON_TABLE;
	for (size_t i = 0; i < 9; i++) {
		memcpy(vendor, (const uint8_t[]){EID_VENDOR, 58, 1, 2, 3, (uint8_t)i}, 6);
		vendor += 60;
	}
	world.ap[0].vendor_len = 540;
	world_start_connected(&world);
	BEACON(81, 0, 0, 0, 0, 0, MEASURE_TABLE, ANY, 164, 1, 1);
	for (size_t i = 0; see_report(i, &seen); i++) {
		bool is_last = i + 1 == count_elements();

		assert_int_equal(seen.fragment, is_last ? i : 0x80 | i);
		assert_int_equal(seen.number, 1);
		assert_true(seen.has_last);
		assert_int_equal(seen.last, is_last);
		frames += seen.frame.len - (i ? 0 : 12);
	}
	assert_true(count_elements() >= 3);
	assert_int_equal(frames, sta_results(soft_sta_control(world.s))->list[0].len);
	tear_down();
}

/* A passive and an active measurement. The station returns to its access point in between. */
static void station_listens_on_the_channels_of_the_request(void **state)
{
	struct seen seen;

	(void)state;
	set_up();
	for (uint8_t mode = MEASURE_PASSIVE; mode <= MEASURE_ACTIVE; mode++) {
		uint8_t body[] = {81, 0, 0, 0, 120, 0, mode, ANY};
		unsigned probes = world.ap[1].probes;

		request_of(0, MEASURE_BEACON, body, sizeof(body));
		assert_int_equal(count_elements(), 2);
		for (size_t i = 0; i < 2; i++) {
			assert_true(see_report(i, &seen));
			assert_int_equal(seen.duration, 120);
		}
		assert_int_equal(world.ap[1].probes != probes, mode == MEASURE_ACTIVE);
		assert_true(world_ping(&world, &world.ap[0]));
	}
	/* One channel; and those of a report, one of which is unknown. */
	BEACON(81, 1, 0, 0, 120, 0, MEASURE_PASSIVE, ANY);
	assert_true(see_report(0, &seen));
	assert_memory_equal(seen.bssid, world.ap[1].bssid, 6);
	assert_int_equal(count_elements(), 1);
	BEACON(81, 255, 0, 0, 120, 0, MEASURE_ACTIVE, ANY, 51, 3, 81, 6, 99);
	assert_true(see_report(0, &seen));
	assert_memory_equal(seen.bssid, world.ap[0].bssid, 6);
	assert_int_equal(count_elements(), 1);
	/* What was heard before does not count. */
	world.ap[1].on_air = false;
	BEACON(81, 1, 0, 0, 120, 0, MEASURE_PASSIVE, ANY);
	assert_int_equal(count_elements(), 1);
	assert_true(see(0, &seen));
	assert_int_equal(seen.mode, 0);
	assert_int_equal(seen.body.len, 0);
	tear_down();
}

static void measurement_begins_after_a_random_delay(void **state)
{
	static const uint8_t body[] = {81, 6, 0xe8, 3, 50, 0, MEASURE_PASSIVE, ANY}; /* up to 1000 TU */
	uint64_t least = UINT64_MAX, most = 0;

	(void)state;
	set_up();
	for (unsigned i = 0; i < 10; i++) {
		uint64_t began = world.now;

		request_of(0, MEASURE_BEACON, body, 0); /* forgets the answers; malformed */
		began = world.now;
		send_body(sta_addr,
			  (const uint8_t[]){5, 0, 0x5c, 0, 0, EID_MEASUREMENT_REQUEST, 16, 7, 0, 5, 81, 6, 0xe8, 3, 50,
					    0, 0, ANY},
			  23);
		while (!answer_count && world.now - began < 5 * S_)
			world_run(&world, 10 * MS_);
		assert_int_equal(answer_count, 1);
		least = world.now - began < least ? world.now - began : least;
		most = world.now - began > most ? world.now - began : most;
	}
	assert_true(most > least + 200 * MS_);
	assert_true(most < 1300 * MS_);
	tear_down();
}

/* The mode of the only answer, and none: 0xff. */
static unsigned mode_after(uint8_t mode, uint8_t type, const void *body, size_t len)
{
	struct seen seen;

	request_of(mode, type, body, len);
	if (!see(0, &seen))
		return 0xff;
	assert_int_equal(seen.token, 7);
	assert_int_equal(seen.type, type);
	assert_int_equal(count_elements(), 1);
	return seen.mode;
}

#define NO_ANSWER 0xff

static void what_the_station_cannot_do_is_refused(void **state)
{
	static const struct {
		uint8_t mode, type, expected;
		uint8_t len, body[60];
	} cases[] = {
		{0, 254, MEASURE_INCAPABLE, 0, {0}},
		{MEASURE_MODE_PARALLEL, MEASURE_BEACON, MEASURE_INCAPABLE, 0, {0}},
		{MEASURE_MODE_ENABLE, MEASURE_BEACON, NO_ANSWER, 0, {0}},
		{0, MEASURE_BEACON, NO_ANSWER, 12, {81, 0, 0, 0, 0, 0, 2}},
		{0, MEASURE_BEACON, NO_ANSWER, 13, {81, 0, 0, 0, 0, 0, 3, ANY}},        /* an unknown mode */
		{0, MEASURE_BEACON, NO_ANSWER, 13, {81, 0, 0, 0, 0, 0, 0, ANY}},        /* without a duration */
		{0, MEASURE_BEACON, MEASURE_REFUSED, 13, {200, 0, 0, 0, 9, 0, 0, ANY}}, /* class */
		{0, MEASURE_BEACON, MEASURE_REFUSED, 13, {81, 11, 0, 0, 9, 0, 0, ANY}}, /* not in freq_list */
		{0, MEASURE_BEACON, MEASURE_REFUSED, 18, {81, 255, 0, 0, 9, 0, 0, ANY, 51, 3, 255, 1, 11}},
		{0, MEASURE_BEACON, MEASURE_INCAPABLE, 17, {81, 0, 0, 0, 0, 0, 2, ANY, 1, 2, 1, 0}}, /* a condition */
		{0, MEASURE_BEACON, NO_ANSWER, 16, {81, 0, 0, 0, 0, 0, 2, ANY, 1, 1, 0}},
		{0, MEASURE_BEACON, NO_ANSWER, 16, {81, 0, 0, 0, 0, 0, 2, ANY, 2, 1, 3}},
		{0, MEASURE_BEACON, NO_ANSWER, 15, {81, 0, 0, 0, 0, 0, 2, ANY, 2, 0}},
		{0, MEASURE_BEACON, NO_ANSWER, 48, {81, 0, 0, 0, 0, 0, 2, ANY, 0, 33}},
		{0, MEASURE_BEACON, NO_ANSWER, 15, {81, 0, 0, 0, 0, 0, 2, ANY, 0, 1}}, /* truncated */
		{0, MEASURE_BEACON, NO_ANSWER, 19, {81, 0, 0, 0, 0, 0, 2, ANY, 2, 1, 2, 10, 1, 0}},
		{0, MEASURE_BEACON, NO_ANSWER, 18, {81, 0, 0, 0, 0, 0, 2, ANY, 2, 1, 1, 10, 0}},
		{0, MEASURE_BEACON, NO_ANSWER, 22, {81, 0, 0, 0, 0, 0, 2, ANY, 2, 1, 1, 10, 1, 0, 10, 1, 1}},
		{0, MEASURE_BEACON, NO_ANSWER, 15, {81, 0, 0, 0, 0, 0, 2, ANY, 164, 0}},
		{MEASURE_MODE_DURATION,
		 MEASURE_BEACON,
		 MEASURE_INCAPABLE,
		 13,
		 {81, 0, 0, 0, 0, 9, 0, ANY}}, /* 2304 TU */
		{MEASURE_MODE_DURATION, MEASURE_BEACON, 0, 13, {81, 1, 0, 0, 120, 0, 0, ANY}},
	};

	(void)state;
	set_up();
	for (size_t i = 0; i < COUNT(cases); i++)
		if (mode_after(cases[i].mode, cases[i].type, cases[i].body, cases[i].len) != cases[i].expected)
			fail_msg("case %zu", i);
	/* To all stations: nobody refuses. */
	forget_answers();
	send_body(broadcast, "\x05\x00\x5c\0\0\x26\x03\x07\x01\x05", 10);
	world_run(&world, S_);
	assert_int_equal(answer_count, 0);
	/* Truncated frames. */
	for (size_t len = 2; len < 10; len++)
		send_body(sta_addr, "\x05\x00\x5c\0\0\x26\x03\x07\x01\x05", len);
	world_run(&world, S_);
	assert_int_equal(answer_count, 0);
	assert_true(world_ping(&world, &world.ap[0]));
	tear_down();
}

/* During a scan another one is refused; the table is answered. */
static void second_measurement_is_refused(void **state)
{
	struct seen seen;

	(void)state;
	set_up();
	send_body(sta_addr, (const uint8_t[]){5, 0, 0x5c, 0, 0, 38, 16, 7, 0, 5, 81, 6, 0, 0, 200, 0, 0, ANY}, 23);
	world_run(&world, 100 * MS_);
	send_body(sta_addr, (const uint8_t[]){5, 0, 0x5c, 0, 0, 38, 16, 8, 0, 5, 81, 1, 0, 0, 200, 0, 0, ANY}, 23);
	world_run(&world, 3 * S_);
	assert_int_equal(count_elements(), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(see(i, &seen));
		assert_int_equal(seen.mode, seen.token == 8 ? MEASURE_REFUSED : 0);
	}
	tear_down();
}

static enum sta_answer ask(const struct sta_request *request)
{
	enum sta_answer answer = soft_sta_request(world.s, request, world.now, &world.out);

	world_apply_actions(&world);
	return answer;
}

static void location_is_told_where_it_is_known(void **state)
{
	static const uint8_t lci[] = {1, 2, 3, 4, 5}, any_age[] = {1, 4, 2, 0xff, 0xff}, second[] = {1, 4, 2, 10, 0};
	struct sta_request request = {.kind = STA_REQUEST_LCI, .lci = {lci, sizeof(lci)}};
	struct seen seen;

	(void)state;
	set_up();
	assert_int_equal(mode_after(0, MEASURE_LCI, any_age, sizeof(any_age)), MEASURE_INCAPABLE);
	assert_int_equal(mode_after(0, MEASURE_LCI, any_age, 0), NO_ANSWER);
	assert_int_equal(ask(&request), STA_ANSWER_DONE);
	assert_int_equal(mode_after(0, MEASURE_LCI, any_age, sizeof(any_age)), 0);
	assert_true(see(0, &seen));
	assert_true(span_equals(seen.body, lci, sizeof(lci)));
	assert_int_equal(mode_after(0, MEASURE_LCI, second, sizeof(second)), MEASURE_INCAPABLE); /* it is too old */
	assert_int_equal(mode_after(0, MEASURE_LCI, "\0\x04\x02\xff\xff", 5), NO_ANSWER); /* the access point's own */
	assert_int_equal(ask(&(struct sta_request){.kind = STA_REQUEST_DISCONNECT}), STA_ANSWER_DONE);
	assert_int_equal(ask(&(struct sta_request){.kind = STA_REQUEST_CONNECT}), STA_ANSWER_DONE);
	assert_true(world_connect(&world, 10 * S_));
	assert_int_equal(claims[1], RM_LCI);
	request.lci.len = 0;
	assert_int_equal(ask(&request), STA_ANSWER_DONE);
	assert_int_equal(mode_after(0, MEASURE_LCI, any_age, sizeof(any_age)), MEASURE_INCAPABLE);
	tear_down();
}

/* ---- neighbours ---- */

static void neighbours_are_reported_once_or_missed(void **state)
{
	struct sta_request request = {
		.kind = STA_REQUEST_NEIGHBOURS,
		.neighbours = {.ssid = {(const uint8_t *)"x", 1}, .lci = 1, .civic = 2, .lci_age = LOCATION_ANY_AGE}};
	static const uint8_t expected[] = {5, 4,   1,   0,  1, 'x', 38, 8,  1, 0, 8, 1, 4,
					   2, 255, 255, 38, 8, 2,   0,  11, 1, 0, 0, 0, 0};
	uint8_t report[] = {5, 5, 1, EID_NEIGHBOR_REPORT, 13, 0, 1, 2, 3, 4, 5, 0, 0, 0, 0, 81, 1, 7};

	(void)state;
	set_up();
	assert_int_equal(ask(&request), STA_ANSWER_DONE);
	assert_int_equal(ask(&request), STA_ANSWER_BUSY);
	assert_int_equal(answer_count, 1);
	assert_int_equal(answers[0]->len, DOT11_HDR_MIN + sizeof(expected));
	assert_memory_equal(answers[0]->data + DOT11_HDR_MIN, expected, sizeof(expected));
	report[2] = 9; /* another token */
	send_body(sta_addr, report, sizeof(report));
	world_run(&world, 100 * MS_);
	assert_int_equal(world.count[NOTE_NEIGHBOURS], 0);
	report[2] = 1;
	send_body(sta_addr, report, sizeof(report));
	send_body(sta_addr, report, sizeof(report)); /* once more: unexpected */
	world_run(&world, 2 * S_);
	assert_int_equal(world.count[NOTE_NEIGHBOURS], 1);
	assert_int_equal(world.count[NOTE_NO_NEIGHBOURS], 0);
	assert_int_equal(ask(&request), STA_ANSWER_DONE);
	world_run(&world, 900 * MS_);
	assert_int_equal(world.count[NOTE_NO_NEIGHBOURS], 0);
	world_run(&world, 200 * MS_);
	assert_int_equal(world.count[NOTE_NO_NEIGHBOURS], 1);
	/* An empty answer, and the end of the connection. */
	assert_int_equal(ask(&request), STA_ANSWER_DONE);
	send_body(sta_addr, "\x05\x05\x03", 3);
	world_run(&world, 100 * MS_);
	assert_int_equal(world.count[NOTE_NO_NEIGHBOURS], 2);
	assert_int_equal(ask(&request), STA_ANSWER_DONE);
	assert_int_equal(ask(&(struct sta_request){.kind = STA_REQUEST_DISCONNECT}), STA_ANSWER_DONE);
	assert_int_equal(world.count[NOTE_NO_NEIGHBOURS], 3);
	assert_int_equal(ask(&request), STA_ANSWER_NOT_CONNECTED);
	tear_down();
	set_up_with(RM_BEACON_TABLE);
	assert_int_equal(ask(&request), STA_ANSWER_NOT_CONNECTED); /* the access point has no such reports */
	tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(association_claims_measurement),
		cmocka_unit_test(table_tells_what_was_heard),
		cmocka_unit_test(request_chooses_the_detail),
		cmocka_unit_test(long_beacon_is_reported_in_fragments),
		cmocka_unit_test(station_listens_on_the_channels_of_the_request),
		cmocka_unit_test(measurement_begins_after_a_random_delay),
		cmocka_unit_test(what_the_station_cannot_do_is_refused),
		cmocka_unit_test(second_measurement_is_refused),
		cmocka_unit_test(location_is_told_where_it_is_known),
		cmocka_unit_test(neighbours_are_reported_once_or_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
