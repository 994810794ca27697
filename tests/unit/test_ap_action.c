/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Action frames that the access point does not know: returned with the error bit (IEEE 802.11-2020 9.4.1.11, 10.28.4). */
#include "ap_world.h"

enum { WNM = 10, PUBLIC = 4, RADIO_MEASUREMENT = 5, VENDOR = 127, ERROR = 0x80 };

static const uint8_t tail[] = {1, 2, 3, 4, 5, 6, 7};

static struct frame *action(struct fake *s, const uint8_t *to, uint8_t category)
{
	struct frame *f = mgmt_new(MGMT_ACTION, to, s->addr, s->bssid);
	uint8_t fixed[2] = {category, 9};

	assert_int_equal(mgmt_put(f, fixed, 2), 0);
	assert_int_equal(mgmt_put(f, tail, sizeof tail), 0);
	return f;
}

static const struct frame *last_sent(const struct world *w)
{
	return w->air[(w->sent - 1) % LOG_MAX];
}

static void assert_returned(struct world *w, const struct fake *s, uint8_t category)
{
	const uint8_t *p = last_sent(w)->data;

	assert_int_equal(le16(p) & (FC_TYPE | FC_SUBTYPE), MGMT_ACTION);
	assert_memory_equal(p + DOT11_ADDR1, s->addr, 6);
	assert_memory_equal(p + DOT11_ADDR2, s->bssid, 6);
	assert_memory_equal(p + DOT11_ADDR3, s->bssid, 6);
	assert_int_equal(last_sent(w)->len, DOT11_HDR_MIN + 2 + sizeof tail);
	assert_int_equal(p[DOT11_HDR_MIN], category | ERROR);
	assert_int_equal(p[DOT11_HDR_MIN + 1], 9);
	assert_memory_equal(p + DOT11_HDR_MIN + 2, tail, sizeof tail);
}

static void unknown_actions_are_returned(void **state)
{
	static const uint8_t categories[] = {RADIO_MEASUREMENT, WNM, PUBLIC, VENDOR, 99};
	struct world *w = world_new();
	struct fake *s = fake_new(w);

	(void)state;
	world_start(w);
	fake_join(s);
	for (size_t i = 0; i < sizeof categories; i++) {
		fake_management(s, action(s, s->bssid, categories[i]), true);
		assert_int_equal(s->count[MGMT_ACTION >> 4], i + 1);
		assert_returned(w, s, categories[i]);
	}
	world_end(w);
}

static void under_pmf_they_come_back_protected(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	unsigned sent;

	(void)state;
	w->setup.bss[0].pmf = 1;
	w->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	s->mfp = true;
	s->suite.management = CIPHER_BIP_CMAC_128;
	world_start(w);
	fake_join(s);
	fake_management(s, action(s, s->bssid, WNM), true);
	assert_int_equal(s->count[MGMT_ACTION >> 4], 1);
	assert_int_equal(s->sealed, 1);
	assert_int_equal(s->last[MGMT_ACTION >> 4].category, WNM | ERROR);
	sent = w->sent;
	fake_management(s, action(s, s->bssid, WNM), false);
	assert_int_equal(w->sent, sent); /* a forger's is not answered */
	world_end(w);
}

static void errors_and_what_goes_to_the_group_are_not_answered(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	unsigned sent;

	(void)state;
	world_start(w);
	fake_join(s);
	sent = w->sent;
	fake_management(s, action(s, s->bssid, WNM | ERROR), true);
	fake_management(s, action(s, everybody, WNM), true);
	fake_management(s, action(s, s->bssid, 8), true); /* an SA Query, which nobody agreed to */
	assert_int_equal(w->sent, sent);
	world_end(w);
}

/* Of the first class are public actions: who looks around is not told that he should be associated. */
static void strangers_may_send_public_actions(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	unsigned before, sent;

	(void)state;
	world_start(w);
	before = s->count[MGMT_DEAUTH >> 4];
	fake_management(s, action(s, s->bssid, PUBLIC), false);
	assert_returned(w, s, PUBLIC);
	assert_int_equal(s->count[MGMT_DEAUTH >> 4], before);
	fake_management(s, action(s, s->bssid, WNM), false);
	assert_int_equal(s->count[MGMT_DEAUTH >> 4], before + 1);
	sent = w->sent;
	fake_management(s, action(s, s->bssid, PUBLIC | ERROR), false);
	assert_int_equal(w->sent, sent);
	/* Not without end. */
	for (int i = 0; i < 1000; i++)
		fake_management(s, action(s, s->bssid, PUBLIC), false);
	assert_true(w->sent < sent + 100);
	world_end(w);
}

static void who_dozes_gets_it_when_it_asks(void **state)
{
	struct world *w = world_new();
	struct fake *s = fake_new(w);
	unsigned sent;

	(void)state;
	world_start(w);
	fake_join(s);
	fake_null(s, true);
	sent = w->sent;
	fake_management(s, action(s, s->bssid, WNM), true);
	assert_int_equal(w->sent, sent);
	fake_ps_poll(s, fake_aid(s));
	assert_returned(w, s, WNM);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_actions_are_returned),
		cmocka_unit_test(under_pmf_they_come_back_protected),
		cmocka_unit_test(errors_and_what_goes_to_the_group_are_not_answered),
		cmocka_unit_test(strangers_may_send_public_actions),
		cmocka_unit_test(who_dozes_gets_it_when_it_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
