/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Action frames to a station: unknown ones are returned, and requests to move are answered (test_sta_transition.c has more). */
#include "fake_ap.h"

enum { WNM = 10, BTM_REQUEST = 7, BTM_RESPONSE = 8, SA_QUERY = 8, ERROR = 0x80 };

static struct world world;
static uint8_t last_answer[64];
static size_t last_answer_len;
static unsigned answer_count;

/* Records an action frame that the station sent in the clear. */
static void record_action(const struct frame *frame)
{
	if ((le16(frame->data) & (FC_TYPE | FC_SUBTYPE)) != MGMT_ACTION ||
	    !mac_equal(frame->data + DOT11_OFF_ADDR2, sta_addr))
		return;
	answer_count++;
	last_answer_len = frame->len - DOT11_HDR_MIN;
	assert_true(last_answer_len <= sizeof(last_answer));
	memcpy(last_answer, frame->data + DOT11_HDR_MIN, last_answer_len);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR1, world.ap[0].bssid, 6);
	assert_memory_equal(frame->data + DOT11_OFF_ADDR3, world.ap[0].bssid, 6);
}

static void set_up_link(void)
{
	world_init(&world);
	world.observe = record_action;
	answer_count = 0;
	world_start_connected(&world);
}

static void send_action(const uint8_t *to, const uint8_t *body, size_t len)
{
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, to, world.ap[0].bssid, world.ap[0].bssid);

	write_bytes(&writer, body, len);
	fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&writer));
	world_run(&world, 10 * MS_);
}

static void unknown_action_is_returned_with_error_bit(void **state)
{
	static const uint8_t bodies[][5] = {{5, 0, 1, 2, 3},   {WNM, 1, 2, 3, 4}, {4, 9, 1, 2, 3},
					    {127, 0, 1, 2, 3}, {99, 1, 2, 3, 4},  {SA_QUERY, 7, 1, 2, 3}};

	(void)state;
	set_up_link();
	for (size_t i = 0; i < COUNT(bodies); i++) {
		send_action(sta_addr, bodies[i], sizeof(bodies[i]));
		assert_int_equal(answer_count, i + 1);
		assert_int_equal(last_answer_len, sizeof(bodies[i]));
		assert_int_equal(last_answer[0], bodies[i][0] | ERROR);
		assert_memory_equal(last_answer + 1, bodies[i] + 1, sizeof(bodies[i]) - 1);
	}
	assert_true(world_is_connected(&world));
	world_free(&world);
}

static void error_group_and_foreign_actions_are_not_answered(void **state)
{
	static const uint8_t error[] = {WNM | ERROR, 7, 1, 2}, known[] = {WNM, 1, 2, 3};
	struct frame_writer writer;

	(void)state;
	set_up_link();
	send_action(sta_addr, error, sizeof(error));
	send_action(broadcast, known, sizeof(known));
	writer = mgmt_begin(MGMT_ACTION, sta_addr, world.ap[1].bssid, world.ap[1].bssid);
	write_bytes(&writer, known, sizeof(known));
	fake_ap_transmit(&world, &world.ap[0], frame_writer_end(&writer));
	world_run(&world, 10 * MS_);
	assert_int_equal(answer_count, 0);
	assert_int_equal(world.drops[DROP_MGMT_UNEXPECTED], 3);
	world_free(&world);
}

/* The station answers a BSS Transition Management Request with a refusal (9.6.13.10). */
static void bss_transition_request_is_refused(void **state)
{
	static const uint8_t request[] = {WNM, BTM_REQUEST, 0x5c, 0, 0, 0, 255}, cut[] = {WNM, BTM_REQUEST, 0x5c, 0};

	(void)state;
	set_up_link();
	send_action(sta_addr, request, sizeof(request));
	assert_int_equal(answer_count, 1);
	assert_int_equal(last_answer_len, 5);
	assert_memory_equal(last_answer, ((const uint8_t[]){WNM, BTM_RESPONSE, 0x5c, 1, 0}), 5);
	send_action(sta_addr, cut, sizeof(cut));
	assert_int_equal(answer_count, 2);
	assert_int_equal(last_answer[0], WNM | ERROR);
	assert_true(world_is_connected(&world));
	assert_true(world_ping(&world, &world.ap[0]));
	world_free(&world);
}

/* The retry of a received frame is a duplicate; the retry of a frame that did not arrive is not (10.3.2.14). */
static void retried_action_is_answered_once(void **state)
{
	static const uint8_t body[] = {WNM, 1, 2, 3}, cut[] = {WNM};

	(void)state;
	set_up_link();
	for (unsigned i = 0; i < 4; i++) {
		struct frame_writer writer = mgmt_begin(MGMT_ACTION, sta_addr, world.ap[0].bssid, world.ap[0].bssid);
		struct frame *frame;
		uint8_t *hdr;

		write_bytes(&writer, i == 2 ? cut : body, i == 2 ? sizeof(cut) : sizeof(body));
		frame = frame_writer_end(&writer);
		hdr = frame_make_writable(frame);
		put_le16(hdr, le16(hdr) | (i ? FC_RETRY : 0));
		put_le16(hdr + DOT11_OFF_SEQ, i < 2 ? 0x1230 : 0x1240);
		fake_ap_transmit(&world, &world.ap[0], frame);
		world_run(&world, 10 * MS_);
		assert_int_equal(answer_count, i < 3 ? 1 : 2);
	}
	assert_int_equal(world.drops[DROP_DUPLICATE], 1);
	assert_int_equal(world.drops[DROP_TRUNCATED], 1);
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_action_is_returned_with_error_bit),
		cmocka_unit_test(error_group_and_foreign_actions_are_not_answered),
		cmocka_unit_test(bss_transition_request_is_refused),
		cmocka_unit_test(retried_action_is_answered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
