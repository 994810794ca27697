/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the operator, and changes of a BSS that is on the air. */
#include "ap_world.h"

static bool command(struct world *world, struct ap_command command)
{
	bool done = soft_ap_command(world->ap, &command, world->now, &world->out);

	world_apply_actions(world);
	return done;
}

/* A copy of the passphrases, as a reload derives them anew. */
static struct ap_bss_setup copy_of(const struct world *world, struct ap_psk psks[3])
{
	struct ap_bss_setup setup = world->setup.bss[0];

	memcpy(psks, setup.psks, setup.psk_count * sizeof(*psks));
	setup.psks = psks;
	return setup;
}

static bool set(struct world *world, const struct ap_bss_setup *setup)
{
	return command(world, (struct ap_command){.kind = AP_COMMAND_SET_BSS, .setup = setup});
}

static bool reaches_wire(struct world *world, struct fake_sta *sta, const char *text)
{
	fake_sta_send(sta, wire_host, text);
	return world_wire_got(world, text);
}

static void unchanged_setup_keeps_stations(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_psk psks[3];
	struct ap_bss_setup setup;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	setup = copy_of(world, psks);
	setup.group_rekey_s = 77;
	setup.max_stations = 1;
	assert_true(set(world, &setup));
	assert_true(world_has_station(world, sta));
	assert_true(reaches_wire(world, sta, "still here"));
	assert_int_equal(world_note_count(world, NOTE_DISABLED), 0);
	/* The new interval counts from now on. */
	assert_true(world->now + 77 * SECOND >= soft_ap_deadline(world->ap));
	/* Its handshake goes on with the passphrase of the new list. */
	assert_true(command(world, (struct ap_command){.kind = AP_COMMAND_REKEY_PAIRWISE,
						       .addr = {sta->addr[0], sta->addr[1], sta->addr[2], sta->addr[3],
								sta->addr[4], sta->addr[5]}}));
	assert_int_equal(world_note_count(world, NOTE_REKEYED), 1);
	world_free(world);
}

static void station_of_removed_passphrase_goes(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_psk psks[3];
	struct ap_bss_setup setup;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	setup = copy_of(world, psks);
	psks[0].pmk[0] ^= 1;
	assert_true(set(world, &setup));
	assert_false(world_has_station(world, sta));
	assert_int_equal(sta->count[MGMT_DEAUTH >> 4], 2); /* the first one was that of the start */
	assert_int_equal(world_note_count(world, NOTE_DISABLED), 0);
	sta->pmk[0] ^= 1;
	fake_sta_join(sta);
	assert_true(world_has_station(world, sta));
	world_free(world);
}

static void denied_station_goes_and_the_other_stays(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);
	uint8_t deny[1][6];
	struct ap_psk psks[3];
	struct ap_bss_setup setup;

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	setup = copy_of(world, psks);
	memcpy(deny[0], sta_b->addr, 6);
	setup.deny = (struct ap_mac_list){(const uint8_t(*)[6])deny, NULL, 1};
	assert_true(set(world, &setup));
	assert_true(world_has_station(world, sta_a));
	assert_false(world_has_station(world, sta_b));
	world_free(world);
}

static void other_name_starts_the_bss_again(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_psk psks[3];
	struct ap_bss_setup setup;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	setup = copy_of(world, psks);
	memcpy(setup.ssid, "next", 4);
	assert_true(set(world, &setup));
	assert_false(world_has_station(world, sta));
	assert_int_equal(world_note_count(world, NOTE_DISABLED), 1);
	assert_int_equal(world_note_count(world, NOTE_ENABLED), 2);
	fake_sta_auth(sta);
	fake_sta_assoc_as(sta, MGMT_ASSOC_REQUEST, "next");
	assert_int_equal(fake_sta_status(sta), STATUS_SUCCESS);
	world_free(world);
}

static void invalid_setup_changes_nothing(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_psk psks[3];
	struct ap_bss_setup setup;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	setup = copy_of(world, psks);
	setup.ssid_len = 0;
	assert_false(set(world, &setup));
	assert_true(world_has_station(world, sta));
	assert_false(command(world, (struct ap_command){.kind = AP_COMMAND_STOP_BSS, .bss = 1}));
	world_free(world);
}

static void stopped_bss_is_silent_until_it_is_set(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_psk psks[3];
	struct ap_bss_setup setup;
	unsigned beacons, answers;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	assert_true(command(world, (struct ap_command){.kind = AP_COMMAND_STOP_BSS}));
	assert_false(world_has_station(world, sta));
	beacons = world->beacons;
	answers = sta->count[MGMT_PROBE_RESPONSE >> 4];
	fake_sta_probe(sta, SSID);
	world_advance(world, SECOND);
	assert_int_equal(world->beacons, beacons);
	assert_int_equal(sta->count[MGMT_PROBE_RESPONSE >> 4], answers);
	setup = copy_of(world, psks);
	assert_true(set(world, &setup));
	world_advance(world, SECOND);
	assert_true(world->beacons > beacons);
	fake_sta_join(sta);
	assert_true(world_has_station(world, sta));
	world_free(world);
}

static void stations_are_kicked_with_reason_or_in_silence(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_command deauth = {.kind = AP_COMMAND_DEAUTHENTICATE, .reason = 5};

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	mac_copy(deauth.addr, sta->addr);
	deauth.silent = true;
	assert_true(command(world, deauth));
	assert_false(world_has_station(world, sta));
	assert_int_equal(sta->count[MGMT_DEAUTH >> 4], 1);
	assert_false(command(world, deauth)); /* it is not there */
	fake_sta_join(sta);
	deauth.silent = false;
	memset(deauth.addr, 0xff, 6);
	assert_true(command(world, deauth));
	assert_false(world_has_station(world, sta));
	assert_int_equal(sta->last[MGMT_DEAUTH >> 4].reason, 5);
	assert_int_equal(world_last_note(world, NOTE_DISCONNECTED)->code, 5);
	world_free(world);
}

static void poll_is_reported(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_command poll = {.kind = AP_COMMAND_POLL};

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	mac_copy(poll.addr, sta->addr);
	assert_true(command(world, poll));
	world_advance(world, SECOND);
	assert_int_equal(world_note_count(world, NOTE_POLLED), 1);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unchanged_setup_keeps_stations),
		cmocka_unit_test(station_of_removed_passphrase_goes),
		cmocka_unit_test(denied_station_goes_and_the_other_stays),
		cmocka_unit_test(other_name_starts_the_bss_again),
		cmocka_unit_test(invalid_setup_changes_nothing),
		cmocka_unit_test(stopped_bss_is_silent_until_it_is_set),
		cmocka_unit_test(stations_are_kicked_with_reason_or_in_silence),
		cmocka_unit_test(poll_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
