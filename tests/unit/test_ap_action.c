/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unknown action frames, which the access point returns with the error bit (IEEE 802.11-2020, 9.4.1.11, 10.28.4). */
#include "ap_world.h"

enum { WNM = 10, PUBLIC = 4, RADIO_MEASUREMENT = 5, VENDOR = 127, ERROR = 0x80 };

static const uint8_t tail[] = {1, 2, 3, 4, 5, 6, 7};

static struct frame *action_frame(struct fake_sta *sta, const uint8_t *to, uint8_t category)
{
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, to, sta->addr, sta->bssid);

	write_u8(&writer, category);
	write_u8(&writer, 9);
	write_bytes(&writer, tail, sizeof(tail));
	return frame_writer_end(&writer);
}

static const struct frame *last_sent_frame(const struct world *world)
{
	return world->air[(world->sent - 1) % LOG_MAX];
}

static void assert_returned(struct world *world, const struct fake_sta *sta, uint8_t category)
{
	const uint8_t *bytes = last_sent_frame(world)->data;

	assert_int_equal(le16(bytes) & (FC_TYPE | FC_SUBTYPE), MGMT_ACTION);
	assert_memory_equal(bytes + DOT11_OFF_ADDR1, sta->addr, 6);
	assert_memory_equal(bytes + DOT11_OFF_ADDR2, sta->bssid, 6);
	assert_memory_equal(bytes + DOT11_OFF_ADDR3, sta->bssid, 6);
	assert_int_equal(last_sent_frame(world)->len, DOT11_HDR_MIN + 2 + sizeof(tail));
	assert_int_equal(bytes[DOT11_HDR_MIN], category | ERROR);
	assert_int_equal(bytes[DOT11_HDR_MIN + 1], 9);
	assert_memory_equal(bytes + DOT11_HDR_MIN + 2, tail, sizeof(tail));
}

static void unknown_action_is_returned_with_error_bit(void **state)
{
	static const uint8_t categories[] = {RADIO_MEASUREMENT, WNM, PUBLIC, VENDOR, 99};
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	for (size_t i = 0; i < sizeof(categories); i++) {
		fake_sta_send_management(sta, action_frame(sta, sta->bssid, categories[i]), true);
		assert_int_equal(sta->count[MGMT_ACTION >> 4], i + 1);
		assert_returned(world, sta, categories[i]);
	}
	world_free(world);
}

static void returned_action_is_protected_under_pmf(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned sent;

	(void)state;
	world->setup.bss[0].pmf = 1;
	world->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	sta->mfp = true;
	sta->suite.group_management = CIPHER_BIP_CMAC_128;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_management(sta, action_frame(sta, sta->bssid, WNM), true);
	assert_int_equal(sta->count[MGMT_ACTION >> 4], 1);
	assert_int_equal(sta->sealed, 1);
	assert_int_equal(sta->last[MGMT_ACTION >> 4].category, WNM | ERROR);
	sent = world->sent;
	fake_sta_send_management(sta, action_frame(sta, sta->bssid, WNM), false);
	assert_int_equal(world->sent, sent); /* a forged one is not answered */
	world_free(world);
}

static void error_and_group_actions_are_not_answered(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned sent;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	sent = world->sent;
	fake_sta_send_management(sta, action_frame(sta, sta->bssid, WNM | ERROR), true);
	fake_sta_send_management(sta, action_frame(sta, broadcast, WNM), true);
	fake_sta_send_management(sta, action_frame(sta, sta->bssid, 8), true); /* an SA Query without PMF */
	assert_int_equal(world->sent, sent);
	world_free(world);
}

/* Public actions are class 1 frames: they cause no class error. */
static void unassociated_station_may_send_public_action(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned before, sent;

	(void)state;
	world_start(world);
	before = sta->count[MGMT_DEAUTH >> 4];
	fake_sta_send_management(sta, action_frame(sta, sta->bssid, PUBLIC), false);
	assert_returned(world, sta, PUBLIC);
	assert_int_equal(sta->count[MGMT_DEAUTH >> 4], before);
	fake_sta_send_management(sta, action_frame(sta, sta->bssid, WNM), false);
	assert_int_equal(sta->count[MGMT_DEAUTH >> 4], before + 1);
	sent = world->sent;
	fake_sta_send_management(sta, action_frame(sta, sta->bssid, PUBLIC | ERROR), false);
	assert_int_equal(world->sent, sent);
	/* The rate is limited. */
	for (int i = 0; i < 1000; i++)
		fake_sta_send_management(sta, action_frame(sta, sta->bssid, PUBLIC), false);
	assert_true(world->sent < sent + 100);
	world_free(world);
}

static void returned_action_is_buffered_for_dozing_station(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	unsigned sent;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	fake_sta_send_null(sta, true);
	sent = world->sent;
	fake_sta_send_management(sta, action_frame(sta, sta->bssid, WNM), true);
	assert_int_equal(world->sent, sent);
	fake_sta_send_ps_poll(sta, fake_sta_aid(sta));
	assert_returned(world, sta, WNM);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_action_is_returned_with_error_bit),
		cmocka_unit_test(returned_action_is_protected_under_pmf),
		cmocka_unit_test(error_and_group_actions_are_not_answered),
		cmocka_unit_test(unassociated_station_may_send_public_action),
		cmocka_unit_test(returned_action_is_buffered_for_dozing_station),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
