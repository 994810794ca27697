/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Action frames to a station: what it does not know is returned, and what it will not do is refused. */
#include "scripted.h"

enum { WNM = 10, BTM_REQUEST = 7, BTM_RESPONSE = 8, SA_QUERY = 8, ERROR = 0x80 };

static struct world w;
static uint8_t answer[64];
static size_t answer_len;
static unsigned answers;

/* The last action frame that the station sent, in the clear. */
static void see(const struct frame *f)
{
	if ((le16(f->data) & (FC_TYPE | FC_SUBTYPE)) != MGMT_ACTION || !mac_equal(f->data + DOT11_ADDR2, sta_addr))
		return;
	answers++;
	answer_len = f->len - DOT11_HDR_MIN;
	assert_true(answer_len <= sizeof answer);
	memcpy(answer, f->data + DOT11_HDR_MIN, answer_len);
	assert_memory_equal(f->data + DOT11_ADDR1, w.ap[0].bssid, 6);
	assert_memory_equal(f->data + DOT11_ADDR3, w.ap[0].bssid, 6);
}

static void begin(void)
{
	world_make(&w);
	w.seen = see;
	answers = 0;
	world_up(&w);
}

static void say(const uint8_t *to, const uint8_t *body, size_t len)
{
	struct frame *f = mgmt_new(MGMT_ACTION, to, w.ap[0].bssid, w.ap[0].bssid);

	assert_int_equal(mgmt_put(f, body, len), 0);
	air(&w, &w.ap[0], f);
	world_run(&w, 10 * MS_);
}

static void unknown_actions_are_returned(void **state)
{
	static const uint8_t bodies[][5] = {{5, 0, 1, 2, 3},   {WNM, 1, 2, 3, 4}, {4, 9, 1, 2, 3},
					    {127, 0, 1, 2, 3}, {99, 1, 2, 3, 4},  {SA_QUERY, 7, 1, 2, 3}};

	(void)state;
	begin();
	for (size_t i = 0; i < COUNT(bodies); i++) {
		say(sta_addr, bodies[i], sizeof bodies[i]);
		assert_int_equal(answers, i + 1);
		assert_int_equal(answer_len, sizeof bodies[i]);
		assert_int_equal(answer[0], bodies[i][0] | ERROR);
		assert_memory_equal(answer + 1, bodies[i] + 1, sizeof bodies[i] - 1);
	}
	assert_true(is_connected(&w));
	world_free(&w);
}

static void errors_group_frames_and_strangers_are_not_answered(void **state)
{
	static const uint8_t error[] = {WNM | ERROR, 7, 1, 2}, known[] = {WNM, 1, 2, 3};
	struct frame *f;

	(void)state;
	begin();
	say(sta_addr, error, sizeof error);
	say(everybody, known, sizeof known);
	f = mgmt_new(MGMT_ACTION, sta_addr, w.ap[1].bssid, w.ap[1].bssid);
	assert_int_equal(mgmt_put(f, known, sizeof known), 0);
	air(&w, &w.ap[0], f);
	world_run(&w, 10 * MS_);
	assert_int_equal(answers, 0);
	assert_int_equal(w.drops[DROP_MGMT_UNEXPECTED], 3);
	world_free(&w);
}

/* A BSS Transition Management Request: we stay, and say so (9.6.13.10). */
static void a_move_that_is_asked_for_is_refused(void **state)
{
	static const uint8_t request[] = {WNM, BTM_REQUEST, 0x5c, 0, 0, 0, 255}, cut[] = {WNM, BTM_REQUEST, 0x5c, 0};

	(void)state;
	begin();
	say(sta_addr, request, sizeof request);
	assert_int_equal(answers, 1);
	assert_int_equal(answer_len, 5);
	assert_memory_equal(answer, ((const uint8_t[]){WNM, BTM_RESPONSE, 0x5c, 1, 0}), 5);
	say(sta_addr, cut, sizeof cut);
	assert_int_equal(answers, 2);
	assert_int_equal(answer[0], WNM | ERROR);
	assert_true(is_connected(&w));
	assert_true(talks(&w, &w.ap[0]));
	world_free(&w);
}

/* A retry of what was heard is not heard again; one of a frame that nobody heard is (10.3.2.14). */
static void a_retry_is_answered_once(void **state)
{
	static const uint8_t body[] = {WNM, 1, 2, 3}, cut[] = {WNM};

	(void)state;
	begin();
	for (unsigned i = 0; i < 4; i++) {
		struct frame *f = mgmt_new(MGMT_ACTION, sta_addr, w.ap[0].bssid, w.ap[0].bssid);
		uint8_t *hdr = frame_own(f);

		put_le16(hdr, le16(hdr) | (i ? FC_RETRY : 0));
		put_le16(hdr + DOT11_SEQ, i < 2 ? 0x1230 : 0x1240);
		assert_int_equal(i == 2 ? mgmt_put(f, cut, sizeof cut) : mgmt_put(f, body, sizeof body), 0);
		air(&w, &w.ap[0], f);
		world_run(&w, 10 * MS_);
		assert_int_equal(answers, i < 3 ? 1 : 2);
	}
	assert_int_equal(w.drops[DROP_DUPLICATE], 1);
	assert_int_equal(w.drops[DROP_TRUNCATED], 1);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_actions_are_returned),
		cmocka_unit_test(errors_group_frames_and_strangers_are_not_answered),
		cmocka_unit_test(a_move_that_is_asked_for_is_refused),
		cmocka_unit_test(a_retry_is_answered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
