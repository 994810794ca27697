/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ERP and HT protection, and 20 or 40 MHz: the beacon follows stations and neighbours. */
#include "ap_world.h"

#define BEACON   (100 * TU)
#define HT_CAPAB (HT_CAPAB_WIDTH_40 | HT_CAPAB_GREENFIELD)
#define MODERN   (CAPABILITY_ESS | CAPABILITY_SHORT_SLOT | CAPABILITY_SHORT_PREAMBLE)

/* What a station says when it associates. */
struct claims {
	uint16_t capability, ht; /* ht 0: without 802.11n */
	bool ofdm;
};

static const struct claims modern = {.capability = MODERN, .ht = HT_CAPAB, .ofdm = true};

/* An open network on channel 6, 40 MHz wide, the secondary channel above; before its start. */
static struct world *prepare(void)
{
	struct world *world = world_new();
	static const uint8_t elements[] = {EID_HT_CAPABILITIES, 2, 0x12, 0, EID_HT_OPERATION, 22, 6, 0x05};

	world->setup.bss[0].rsn = false;
	world->setup.short_preamble = true;
	world->setup.phy.width_mhz = 40;
	world->setup.phy.center_mhz = 2447;
	memcpy(world->setup.phy.elements, elements, sizeof(elements));
	world->setup.phy.elements_len = 4 + 24;
	return world;
}

static struct world *start(void)
{
	struct world *world = prepare();

	world_start(world);
	return world;
}

static void write_radio(struct frame_writer *writer, struct claims claims)
{
	uint8_t ht[26] = {(uint8_t)claims.ht, (uint8_t)(claims.ht >> 8)};

	write_element(writer, EID_RATES, "\x82\x84\x8b\x96\x0c\x12\x18\x24", claims.ofdm ? 8 : 4);
	if (claims.ht)
		write_element(writer, EID_HT_CAPABILITIES, ht, sizeof(ht));
}

static struct fake_sta *ask(struct world *world, struct claims claims)
{
	struct fake_sta *sta = fake_sta_new(world);
	struct frame_writer writer;

	sta->open = true;
	fake_sta_auth(sta);
	writer = frame_writer_begin(fake_sta_mgmt_frame(sta, MGMT_ASSOC_REQUEST));
	write_le16(&writer, claims.capability);
	write_le16(&writer, 10);
	write_element(&writer, EID_SSID, SSID, strlen(SSID));
	write_radio(&writer, claims);
	write_element(&writer, EID_VENDOR, "\x00\x50\xf2\x02\x00\x01\x00", 7);
	fake_sta_send_management(sta, frame_writer_end(&writer), false);
	return sta;
}

static struct fake_sta *join(struct world *world, struct claims claims)
{
	struct fake_sta *sta = ask(world, claims);

	assert_int_equal(fake_sta_status(sta), STATUS_SUCCESS);
	return sta;
}

static void leave(struct fake_sta *sta)
{
	fake_sta_send_management(sta, fake_sta_reason_frame(sta, MGMT_DEAUTH, REASON_LEAVING), false);
}

static void hear_neighbour(struct world *world, uint8_t channel, struct claims claims)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 7, 7};
	struct frame_writer writer = mgmt_begin(MGMT_BEACON, broadcast, other, other);
	struct frame *frame;

	write_le64(&writer, 0);
	write_le16(&writer, 100);
	write_le16(&writer, CAPABILITY_ESS);
	write_element(&writer, EID_DS, &channel, 1);
	write_radio(&writer, claims);
	frame = frame_writer_end(&writer);
	soft_ap_receive(world->ap, &frame, 1, world->now, &world->out);
	world_apply_actions(world);
}

/* The next beacon. */
struct seen {
	uint16_t capability, ht;
	uint8_t erp, width;
};

static struct seen next_beacon(struct world *world)
{
	struct seen seen = {0};
	struct element element;
	struct mgmt mgmt;

	world_advance(world, BEACON);
	assert_int_equal(mgmt_parse(&mgmt, world_last_beacon(world)->data, world_last_beacon(world)->len), NOT_DROPPED);
	seen.capability = mgmt.capability;
	while (element_next(&mgmt.body, &element)) {
		if (element.id == EID_ERP)
			seen.erp = element.body.bytes[0];
		if (element.id == EID_HT_OPERATION) {
			assert_int_equal(element.body.len, 22);
			seen.width = element.body.bytes[1];
			seen.ht = le16(element.body.bytes + 2);
		}
	}
	return seen;
}

static void a_station_without_ofdm_is_protected_while_it_is_there(void **state)
{
	struct world *world = start();
	struct fake_sta *old;
	struct seen seen;

	(void)state;
	join(world, modern);
	seen = next_beacon(world);
	assert_int_equal(seen.erp, 0);
	assert_int_equal(seen.ht, 0);
	assert_int_equal(seen.capability, MODERN);
	old = join(world, (struct claims){.capability = CAPABILITY_ESS});
	seen = next_beacon(world);
	assert_int_equal(seen.erp, ERP_NON_ERP_PRESENT | ERP_USE_PROTECTION | ERP_BARKER_PREAMBLE);
	assert_int_equal(seen.ht, HT_PROTECTION_MIXED | HT_OBSS_NON_HT_PRESENT);
	assert_int_equal(seen.capability, CAPABILITY_ESS);
	leave(old);
	seen = next_beacon(world);
	assert_int_equal(seen.erp, 0);
	assert_int_equal(seen.ht, 0);
	assert_int_equal(seen.capability, MODERN);
	world_free(world);
}

/* The association response says what the beacon will say. */
static void the_response_is_up_to_date(void **state)
{
	struct world *world = start();
	struct fake_sta *sta;

	(void)state;
	sta = join(world, (struct claims){.capability = CAPABILITY_ESS, .ofdm = true});
	assert_int_equal(sta->last[MGMT_ASSOC_RESPONSE >> 4].capability, CAPABILITY_ESS);
	world_free(world);
}

static void long_preambles_are_the_default(void **state)
{
	struct world *world = world_new();
	struct seen seen;

	(void)state;
	world_start(world);
	seen = next_beacon(world);
	assert_int_equal(seen.erp, ERP_BARKER_PREAMBLE);
	assert_false(seen.capability & CAPABILITY_SHORT_PREAMBLE);
	world_free(world);
}

static void a_network_of_80211b_has_long_slots(void **state)
{
	struct world *world = world_new();

	(void)state;
	world->setup.no_ofdm = true;
	world_start(world);
	assert_false(next_beacon(world).capability & CAPABILITY_SHORT_SLOT);
	world_free(world);
}

static void ht_protection_names_the_weakest_station(void **state)
{
	struct world *world = start();
	struct fake_sta *narrow, *legacy;

	(void)state;
	narrow = join(world, (struct claims){.capability = MODERN, .ht = 0x0020, .ofdm = true});
	assert_int_equal(next_beacon(world).ht, HT_PROTECTION_20MHZ | HT_NONGREENFIELD_PRESENT);
	legacy = join(world, (struct claims){.capability = MODERN, .ofdm = true});
	assert_int_equal(next_beacon(world).ht,
			 HT_PROTECTION_MIXED | HT_NONGREENFIELD_PRESENT | HT_OBSS_NON_HT_PRESENT);
	assert_int_equal(next_beacon(world).erp, 0);
	leave(narrow);
	assert_int_equal(next_beacon(world).ht, HT_PROTECTION_MIXED | HT_OBSS_NON_HT_PRESENT);
	leave(legacy);
	assert_int_equal(next_beacon(world).ht, 0);
	world_free(world);
}

static void neighbours_count_until_they_fall_silent(void **state)
{
	struct world *world = start();

	(void)state;
	hear_neighbour(world, 6, modern);
	assert_int_equal(next_beacon(world).erp, 0);
	hear_neighbour(world, 11, (struct claims){0}); /* another channel, heard nevertheless */
	assert_int_equal(next_beacon(world).erp, 0);
	hear_neighbour(world, 6, (struct claims){0});
	assert_int_equal(next_beacon(world).erp, ERP_USE_PROTECTION);
	assert_int_equal(next_beacon(world).ht, HT_PROTECTION_NONMEMBER | HT_OBSS_NON_HT_PRESENT);
	world_advance(world, 40 * SECOND);
	hear_neighbour(world, 6, (struct claims){.ofdm = true}); /* without 802.11n, but with OFDM */
	world_advance(world, 20 * SECOND);
	assert_int_equal(next_beacon(world).erp, 0);
	assert_int_equal(next_beacon(world).ht, HT_PROTECTION_NONMEMBER | HT_OBSS_NON_HT_PRESENT);
	world_advance(world, 41 * SECOND);
	assert_int_equal(next_beacon(world).ht, 0);
	world_free(world);
}

/* ---- 20 and 40 MHz ---- */

static void send_coexistence(struct fake_sta *sta, const void *elements, size_t len)
{
	struct frame_writer writer = mgmt_begin(MGMT_ACTION, sta->bssid, sta->addr, sta->bssid);

	write_u8(&writer, ACTION_CATEGORY_PUBLIC);
	write_u8(&writer, ACTION_COEXISTENCE);
	write_bytes(&writer, elements, len);
	fake_sta_send_management(sta, frame_writer_end(&writer), false);
}

static void an_intolerant_station_ends_40_mhz_until_the_delay_is_over(void **state)
{
	struct world *world = start();
	struct claims claims = modern;
	struct fake_sta *sta;

	(void)state;
	assert_int_equal(next_beacon(world).width, 5);
	claims.ht |= HT_CAPAB_INTOLERANT_40;
	sta = join(world, claims);
	assert_int_equal(next_beacon(world).width, 0);
	assert_int_equal(soft_ap_channel(world->ap).width_mhz, 20);
	assert_string_equal(world_last_note(world, NOTE_NARROWED)->about, "a station does not tolerate 40 MHz");
	/* As long as it is there. */
	world_advance(world, 1600 * SECOND);
	leave(sta);
	assert_int_equal(next_beacon(world).width, 0);
	world_advance(world, 1500 * SECOND);
	assert_int_equal(next_beacon(world).width, 5);
	assert_int_equal(world_note_count(world, NOTE_WIDENED), 1);
	assert_int_equal(soft_ap_channel(world->ap).width_mhz, 40);
	world_free(world);
}

static void coexistence_reports_end_40_mhz(void **state)
{
	static const uint8_t useless[] = {EID_COEXISTENCE, 1, 0x01, EID_INTOLERANT_CHANNELS, 3, 81, 14, 6};
	static const uint8_t reports[][5] = {{EID_COEXISTENCE, 1, COEXISTENCE_INTOLERANT},
					     {EID_COEXISTENCE, 1, COEXISTENCE_20MHZ_WANTED},
					     {EID_INTOLERANT_CHANNELS, 2, 81, 4}};

	(void)state;
	for (size_t i = 0; i < COUNT(reports); i++) {
		struct world *world = start();
		struct fake_sta *sta = join(world, modern);

		send_coexistence(sta, useless, sizeof(useless));
		assert_int_equal(next_beacon(world).width, 5);
		send_coexistence(sta, reports[i], 2u + reports[i][1]);
		assert_int_equal(next_beacon(world).width, 0);
		world_free(world);
	}
}

static void a_stranger_cannot_end_40_mhz_by_a_report(void **state)
{
	static const uint8_t report[] = {EID_COEXISTENCE, 1, COEXISTENCE_INTOLERANT};
	struct world *world = start();
	struct fake_sta *stranger = fake_sta_new(world);

	(void)state;
	send_coexistence(stranger, report, sizeof(report));
	assert_int_equal(next_beacon(world).width, 5);
	world_free(world);
}

static void an_intolerant_neighbour_ends_40_mhz(void **state)
{
	struct world *world = start();
	struct claims claims = modern;

	(void)state;
	claims.ht |= HT_CAPAB_INTOLERANT_40;
	hear_neighbour(world, 8, claims);
	assert_int_equal(next_beacon(world).width, 0);
	world_free(world);
}

static void a_network_that_ignores_intolerance_stays_wide(void **state)
{
	struct world *world = start();
	struct claims claims = modern;

	(void)state;
	soft_ap_free(world->ap);
	world->setup.ignore_intolerance = true;
	world_start(world);
	claims.ht |= HT_CAPAB_INTOLERANT_40;
	join(world, claims);
	assert_int_equal(next_beacon(world).width, 5);
	world_free(world);
}

/* require_ht: a selector in the beacons (Table 9-93), and a refusal for those that do not heed it. */
static void stations_without_80211n_can_be_refused(void **state)
{
	struct world *world = start();
	struct mgmt mgmt;

	(void)state;
	assert_int_equal(fake_sta_status(ask(world, (struct claims){.capability = MODERN, .ofdm = true})),
			 STATUS_SUCCESS);
	world_free(world);
	world = prepare();
	world->setup.required.ht = true;
	world_start(world);
	join(world, modern);
	assert_int_equal(fake_sta_status(ask(world, (struct claims){.capability = MODERN, .ofdm = true})),
			 STATUS_NO_HT);
	world_advance(world, BEACON);
	assert_int_equal(mgmt_parse(&mgmt, world_last_beacon(world)->data, world_last_beacon(world)->len), NOT_DROPPED);
	assert_int_equal(mgmt.ext_rates.bytes[mgmt.ext_rates.len - 1], 0xff);
	world_free(world);
	/* Where 802.11n is impossible, nobody can have it. */
	world = prepare();
	world->setup.required.ht = true;
	world->setup.phy.width_mhz = 0;
	world_start(world);
	join(world, (struct claims){.capability = MODERN, .ofdm = true});
	world_free(world);
}

static void stations_that_need_protection_are_counted(void **state)
{
	struct world *world = start();
	struct ap_protection_info info;

	(void)state;
	join(world, modern);
	join(world, (struct claims){.capability = MODERN, .ofdm = true});
	join(world, (struct claims){.capability = CAPABILITY_ESS, .ht = HT_CAPAB_INTOLERANT_40, .ofdm = true});
	join(world, (struct claims){.capability = CAPABILITY_ESS});
	hear_neighbour(world, 6, (struct claims){.ofdm = true});
	info = soft_ap_protection(world->ap);
	assert_int_equal(info.non_erp, 1);
	assert_int_equal(info.long_slot, 2);
	assert_int_equal(info.long_preamble, 2);
	assert_int_equal(info.no_ht, 2);
	assert_int_equal(info.no_greenfield, 1);
	assert_int_equal(info.ht_20, 1);
	assert_int_equal(info.intolerant_40, 1);
	assert_false(info.overlap);
	assert_true(info.overlap_ht);
	assert_int_equal(info.ht_operation, next_beacon(world).ht);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_station_without_ofdm_is_protected_while_it_is_there),
		cmocka_unit_test(the_response_is_up_to_date),
		cmocka_unit_test(a_network_of_80211b_has_long_slots),
		cmocka_unit_test(stations_without_80211n_can_be_refused),
		cmocka_unit_test(stations_that_need_protection_are_counted),
		cmocka_unit_test(long_preambles_are_the_default),
		cmocka_unit_test(ht_protection_names_the_weakest_station),
		cmocka_unit_test(neighbours_count_until_they_fall_silent),
		cmocka_unit_test(an_intolerant_station_ends_40_mhz_until_the_delay_is_over),
		cmocka_unit_test(coexistence_reports_end_40_mhz),
		cmocka_unit_test(a_stranger_cannot_end_40_mhz_by_a_report),
		cmocka_unit_test(an_intolerant_neighbour_ends_40_mhz),
		cmocka_unit_test(a_network_that_ignores_intolerance_stays_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
