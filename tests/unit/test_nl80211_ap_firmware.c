/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An access point whose firmware associates stations by itself. */
#include "nl80211_ap_world.h"

static void firmware_associates(struct world *world)
{
	static const uint8_t elements[] = {48, 2, 1, 0};
	struct plane_event event;

	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_NEW_STATION,
						  .mac = sta_addr,
						  .ie = {elements, sizeof(elements)}});
	next_event(world, PLANE_EVENT_ASSOCIATED, &event);
	assert_memory_equal(event.addr, sta_addr, 6);
	assert_int_equal(event.elements.len, sizeof(elements));
	assert_memory_equal(event.elements.bytes, elements, sizeof(elements));
}

static void firmware_keeps_the_frames_of_strangers(void **state)
{
	struct world *world = *state;

	nl80211_ap_register(world->plane, 0, &world->out);
	no_more(world);
}

static void an_association_by_firmware_needs_no_entry(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	firmware_associates(world);
	action_set(world, true, false);
	apply(world);
	no_more(world);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x11);
	take_to(world, NL80211_CMD_NEW_KEY, sta_addr);
	action_set(world, true, true);
	apply(world);
	take_to(world, NL80211_CMD_SET_STATION, sta_addr);
	assert_flags(world, BIT_OF(AUTHORIZED), BIT_OF(AUTHORIZED));
	/* It associates anew: its keys are gone. */
	firmware_associates(world);
	action_set(world, true, false);
	apply(world);
	no_more(world);
	install(world, sta_addr, 0, CIPHER_CCMP_128, 0x11);
	take_to(world, NL80211_CMD_NEW_KEY, sta_addr);
}

static void firmware_sends_the_deauthentication(void **state)
{
	struct world *world = *state;

	start_quietly(world);
	firmware_associates(world);
	deauthenticate(world);
	apply(world);
	take_to(world, NL80211_CMD_DEL_STATION, sta_addr);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_MGMT_SUBTYPE]), 12);
	assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_REASON_CODE]), REASON_LEAVING);
	no_more(world);
	/* What the kernel then reports is no news. */
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_DEL_STATION, .mac = sta_addr});
	no_event(world);
}

static void a_station_that_firmware_removes_is_reported(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	firmware_associates(world);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_DEL_STATION, .mac = sta_addr, .reason = 8});
	next_event(world, PLANE_EVENT_DISCONNECTED, &event);
	assert_int_equal(event.reason, 8);
	no_more(world);
}

/* Without AP_SME the kernel repeats what we have told it. */
static void reports_of_our_own_stations_are_no_news(void **state)
{
	static const uint8_t elements[] = {48, 2, 1, 0};
	struct world *world = *state;

	start_quietly(world);
	associate_quietly(world);
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_NEW_STATION,
						  .mac = sta_addr,
						  .ie = {elements, sizeof(elements)}});
	kernel_says(world, (struct nl80211_event){.command = NL80211_CMD_DEL_STATION, .mac = sta_addr});
	no_event(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_AP_SME(firmware_keeps_the_frames_of_strangers),
		CASE_AP_SME(an_association_by_firmware_needs_no_entry),
		CASE_AP_SME(firmware_sends_the_deauthentication),
		CASE_AP_SME(a_station_that_firmware_removes_is_reported),
		CASE(reports_of_our_own_stations_are_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
