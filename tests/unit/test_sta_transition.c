/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An access point asks its station to move to another one: BSS transition management (11.21.7). */
#include "fake_ap.h"

enum { WNM = 10, QUERY = 6, REQUEST = 7, RESPONSE = 8 };
enum { CANDIDATES = 1, ABRIDGED = 2, IMMINENT = 4, TERMINATION = 8, ESS = 16 };
enum { ACCEPTED = 0, REJECTED = 1, NO_CANDIDATE = 7, NO_ANSWER = 0xff };

static const uint8_t stranger[6] = {2, 0, 0, 0, 7, 7};
static struct world world;
static uint8_t answer[64], capabilities[16];
static size_t answer_len, capabilities_len;

static void record(const struct frame *frame)
{
	struct mgmt mgmt;
	const uint8_t *body;

	if (!mac_equal(frame->data + DOT11_OFF_ADDR2, sta_addr) || mgmt_parse(&mgmt, frame->data, frame->len))
		return;
	if (mgmt.subtype == MGMT_ASSOC_REQUEST) {
		body = mgmt_find_element(&mgmt, EID_EXT_CAPABILITIES, 1);
		capabilities_len = body ? body[-1] : 0;
		assert_true(capabilities_len <= sizeof(capabilities));
		memcpy(capabilities, body, capabilities_len);
		body = mgmt_find_element(&mgmt, EID_OPERATING_CLASSES, 2);
		assert_int_equal(body[-1], 2); /* of the present channel, and of all that it uses */
		assert_memory_equal(body, ((const uint8_t[]){81, 81}), 2);
	}
	if (mgmt.subtype != MGMT_ACTION || mgmt.category != WNM)
		return;
	answer_len = frame->len - DOT11_HDR_MIN;
	assert_true(answer_len <= sizeof(answer));
	memcpy(answer, frame->data + DOT11_HDR_MIN, answer_len);
}

/* Connected to the access point on channel 6. The other one of the network is weaker, and on channel 1. */
static void set_up(void)
{
	world_init(&world);
	world.observe = record;
	world.ap[1].on_air = true;
	world.ap[1].freq = 2412;
	world.ap[1].signal = -60;
	world.ap[0].signal = -40;
	world_start_connected(&world);
	assert_memory_equal(world_sta_view(&world).bssid, world.ap[0].bssid, 6);
	answer_len = 0;
}

struct candidate {
	const uint8_t *bssid;
	uint8_t class, channel;
	int preference; /* -1: not given */
};

static void send_request(uint8_t mode, const struct candidate *candidates, size_t count)
{
	const uint8_t *bssid = world.ap[0].bssid;
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, sta_addr, bssid, bssid);

	write_bytes(&writer, (const uint8_t[]){WNM, REQUEST, 0x5c, mode, 100, 0, 255}, 7);
	if (mode & TERMINATION)
		write_bytes(&writer, (const uint8_t[12]){4, 10}, 12);
	if (mode & ESS)
		write_bytes(&writer, (const uint8_t[]){3, 'u', 'r', 'l'}, 4);
	for (size_t i = 0; i < count; i++) {
		uint8_t body[16] = {[10] = candidates[i].class, candidates[i].channel, 7, 3, 1};

		memcpy(body, candidates[i].bssid, 6);
		body[15] = (uint8_t)candidates[i].preference;
		write_element(&writer, EID_NEIGHBOR_REPORT, body, candidates[i].preference < 0 ? 13 : 16);
	}
	fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&writer));
}

/* The status of the answer that comes within 10 seconds. */
static unsigned status_after(uint8_t mode, const struct candidate *candidates, size_t count)
{
	send_request(mode, candidates, count);
	for (unsigned i = 0; i < 1000 && !answer_len; i++)
		world_run(&world, 10 * MS_);
	if (!answer_len)
		return NO_ANSWER;
	assert_int_equal(answer[0], WNM);
	assert_int_equal(answer[1], RESPONSE);
	assert_int_equal(answer[2], 0x5c);
	assert_int_equal(answer[4], 0);
	return answer[3];
}

static bool is_at(const struct fake_ap *ap)
{
	return world_connect(&world, 5 * S_) && mac_equal(world_sta_view(&world).bssid, ap->bssid);
}

static void association_claims_bss_transition(void **state)
{
	(void)state;
	set_up();
	assert_int_equal(capabilities_len, 3);
	assert_int_equal(capabilities[2], 0x0a); /* and WNM sleep mode */
	world_free(&world);
}

/* It has not been heard for long: the station scans its channel, and answers before it moves. */
static void station_moves_to_the_candidate(void **state)
{
	const struct candidate candidate = {world.ap[1].bssid, 81, 1, -1};

	(void)state;
	set_up();
	world_run(&world, 60 * S_);
	assert_int_equal(status_after(CANDIDATES | ABRIDGED, &candidate, 1), ACCEPTED);
	assert_memory_equal(answer + 5, world.ap[1].bssid, 6);
	assert_int_equal(world.ap[1].auths, 0);
	world_run(&world, S_);
	assert_true(is_at(&world.ap[1]));
	assert_int_equal(world.count[NOTE_TRANSITION_REQUEST], 1);
	assert_int_equal(world.ap[1].reassocs, 1);
	assert_true(world_ping(&world, &world.ap[1]));
	world_free(&world);
}

static void without_candidate_the_station_stays(void **state)
{
	const struct candidate unheard = {stranger, 81, 11, 200}, excluded = {world.ap[1].bssid, 81, 1, 0},
			       other_band = {world.ap[1].bssid, 180, 1, 9},
			       both[] = {{world.ap[0].bssid, 81, 6, 200}, {world.ap[1].bssid, 81, 1, 100}};
	const struct {
		uint8_t mode;
		const struct candidate *list;
		size_t count;
		unsigned status;
	} cases[] = {
		{0, NULL, 0, REJECTED},
		{TERMINATION, NULL, 0, REJECTED},
		{ESS, NULL, 0, ACCEPTED},
		{CANDIDATES, NULL, 0, NO_CANDIDATE},
		{CANDIDATES | ABRIDGED, &unheard, 1, NO_CANDIDATE},
		{CANDIDATES | ABRIDGED, &excluded, 1, NO_CANDIDATE},
		{CANDIDATES | ABRIDGED, &other_band, 1, NO_CANDIDATE},
		{CANDIDATES | ABRIDGED, both, 2, ACCEPTED}, /* by ours */
		{CANDIDATES, &unheard, 1, NO_CANDIDATE},
		{CANDIDATES | ABRIDGED | IMMINENT, &unheard, 1, ACCEPTED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		set_up();
		assert_int_equal(status_after(cases[i].mode, cases[i].list, cases[i].count), cases[i].status);
		/* With this status there is always a target, if only of zeroes (9.6.13.10). */
		assert_int_equal(answer_len, cases[i].status == ACCEPTED ? 11 : 5);
		world_run(&world, 2 * S_);
		assert_true(is_at(&world.ap[0]));
		assert_true(world_ping(&world, &world.ap[0]));
		world_free(&world);
	}
}

/* Preference counts more than the signal; and about to be sent away, the station takes what it finds. */
static void station_that_must_leave_takes_any_access_point(void **state)
{
	const struct candidate both[] = {{world.ap[0].bssid, 81, 6, 200}, {world.ap[1].bssid, 81, 1, 100}},
			       unheard = {stranger, 81, 1, 200};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		set_up();
		assert_int_equal(i == 0   ? status_after(IMMINENT, NULL, 0)
				 : i == 1 ? status_after(CANDIDATES | IMMINENT | ABRIDGED, both, 2)
					  : status_after(CANDIDATES | IMMINENT, &unheard, 1),
				 ACCEPTED);
		assert_int_equal(answer_len, 11);
		assert_memory_equal(answer + 5, world.ap[1].bssid, 6);
		world_run(&world, S_);
		assert_true(is_at(&world.ap[1]));
		world_free(&world);
	}
}

static void network_decides_whether_a_candidate_fits(void **state)
{
	const struct candidate candidate = {world.ap[1].bssid, 81, 1, 255};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		set_up();
		if (i == 0)
			strcpy(world.ap[1].ssid, "other");
		if (i == 1)
			world.ap[1].open = true;
		if (i == 2) {
			world.nets[0].any_bssid = false;
			mac_copy(world.nets[0].bssid, world.ap[0].bssid);
		}
		if (i == 3) {
			world.nets[0].freqs[0] = 2437;
			world.nets[0].freqs_only = true;
		}
		world_run(&world, 60 * S_);
		assert_int_equal(status_after(CANDIDATES | ABRIDGED, &candidate, 1), NO_CANDIDATE);
		assert_true(is_at(&world.ap[0]));
		world_free(&world);
	}
}

/* The other access point does not answer: the station returns. */
static void station_returns_after_a_failed_move(void **state)
{
	const struct candidate candidate = {world.ap[1].bssid, 81, 1, 255};

	(void)state;
	set_up();
	assert_int_equal(status_after(CANDIDATES | ABRIDGED, &candidate, 1), ACCEPTED);
	world.ap[1].mute = true;
	world_run(&world, 10 * S_);
	assert_int_equal(world.ap[0].assocs + world.ap[0].reassocs, 2);
	assert_true(is_at(&world.ap[0]));
	/* A request for the same one, perhaps forged, is refused for a while. */
	answer_len = 0;
	assert_int_equal(status_after(CANDIDATES | ABRIDGED, &candidate, 1), NO_CANDIDATE);
	world_free(&world);
}

static void truncated_request_is_returned(void **state)
{
	static const uint8_t bodies[][12] = {
		{6, WNM, REQUEST, 1, 0, 0, 0},
		{8, WNM, REQUEST, 1, TERMINATION, 0, 0, 1, 4},
		{7, WNM, REQUEST, 1, ESS, 0, 0, 1},
		{9, WNM, REQUEST, 1, ESS, 0, 0, 1, 3, 'u'},
		{9, WNM, REQUEST, 1, CANDIDATES, 0, 0, 1, EID_NEIGHBOR_REPORT, 13},
	};
	const uint8_t *bssid;

	(void)state;
	set_up();
	bssid = world.ap[0].bssid;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct frame_writer writer = mgmt_begin(MGMT_ACTION, sta_addr, bssid, bssid);

		write_bytes(&writer, bodies[i] + 1, bodies[i][0]);
		fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&writer));
		world_run(&world, S_);
		assert_int_equal(answer_len, 0);
		assert_int_equal(world.drops[DROP_MGMT_UNEXPECTED], i + 1);
	}
	assert_true(is_at(&world.ap[0]));
	world_free(&world);
}

static void station_without_steering_stays(void **state)
{
	const struct candidate candidate = {world.ap[1].bssid, 81, 1, 255};

	(void)state;
	world_init(&world);
	world.observe = record;
	world.setup.no_steering = true;
	capabilities_len = 0;
	world_start_connected(&world);
	answer_len = 0;
	assert_int_equal(capabilities_len, 3);
	assert_int_equal(capabilities[2], 0x02);
	assert_int_equal(status_after(CANDIDATES | IMMINENT, &candidate, 1), NO_ANSWER);
	assert_true(is_at(&world.ap[0]));
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(association_claims_bss_transition),
		cmocka_unit_test(station_moves_to_the_candidate),
		cmocka_unit_test(without_candidate_the_station_stays),
		cmocka_unit_test(station_that_must_leave_takes_any_access_point),
		cmocka_unit_test(network_decides_whether_a_candidate_fits),
		cmocka_unit_test(station_returns_after_a_failed_move),
		cmocka_unit_test(truncated_request_is_returned),
		cmocka_unit_test(station_without_steering_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
