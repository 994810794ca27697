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

static bool is_associated(const struct world *world, const struct fake_sta *sta)
{
	struct ap_station_info info;

	return soft_ap_station_info_of(world->ap, 0, sta->addr, &info);
}

static void handshake_in_progress_survives_an_unrelated_change(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_psk psks[3];
	struct ap_bss_setup setup;

	(void)state;
	world_start(world);
	sta->mute = true;
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	assert_true(is_associated(world, sta));
	setup = copy_of(world, psks);
	setup.max_stations = 7;
	assert_true(set(world, &setup));
	assert_true(is_associated(world, sta));
	sta->mute = false;
	world_advance(world, 3 * SECOND); /* message 1 is repeated */
	assert_true(world_has_station(world, sta));
	assert_true(reaches_wire(world, sta, "connected"));
	world_free(world);
}

/* With the old passphrase it would be admitted, or its owner told that his new one is wrong. */
static void handshake_in_progress_ends_with_its_passphrase(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_psk psks[3];
	struct ap_bss_setup setup;

	(void)state;
	world_start(world);
	sta->mute = true;
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	setup = copy_of(world, psks);
	psks[0].pmk[5] ^= 1;
	assert_true(set(world, &setup));
	assert_false(is_associated(world, sta));
	assert_int_equal(world_note_count(world, NOTE_WRONG_PASSPHRASE), 0);
	sta->mute = false;
	sta->pmk[5] ^= 1;
	fake_sta_join(sta);
	assert_true(world_has_station(world, sta));
	world_free(world);
}

static void required_pmf_removes_those_without_it(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);
	struct ap_psk psks[3];
	struct ap_bss_setup setup;

	(void)state;
	world->setup.bss[0].pmf = 1;
	world->setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	sta_a->mfp = true;
	world_start(world);
	fake_sta_join(sta_a);
	fake_sta_join(sta_b);
	assert_true(world_has_station(world, sta_a) && world_has_station(world, sta_b));
	setup = copy_of(world, psks);
	setup.pmf = 2;
	assert_true(set(world, &setup));
	assert_true(world_has_station(world, sta_a));
	assert_false(world_has_station(world, sta_b));
	assert_int_equal(world_note_count(world, NOTE_DISABLED), 0);
	fake_sta_auth(sta_b);
	fake_sta_assoc(sta_b);
	assert_int_not_equal(fake_sta_status(sta_b), STATUS_SUCCESS);
	/* Its next handshake has the RSNE that it has associated with. */
	assert_true(command(world, (struct ap_command){.kind = AP_COMMAND_REKEY_PAIRWISE,
						       .addr = {sta_a->addr[0], sta_a->addr[1], sta_a->addr[2],
								sta_a->addr[3], sta_a->addr[4], sta_a->addr[5]}}));
	assert_int_equal(world_note_count(world, NOTE_REKEYED), 1);
	setup.pmf = 1;
	assert_true(set(world, &setup));
	assert_true(world_has_station(world, sta_a));
	fake_sta_join(sta_b);
	assert_true(world_has_station(world, sta_b));
	world_free(world);
}

/* ---- BSSs that come and go ---- */

static const uint8_t bssid_1[6] = {2, 0, 0, 0, 1, 1};

/* Another BSS of the same passphrase. */
static struct ap_bss_setup second_bss(const struct world *world, const char *ssid)
{
	struct ap_bss_setup setup = world->setup.bss[0];

	mac_copy(setup.bssid, bssid_1);
	memset(setup.ssid, 0, sizeof(setup.ssid));
	memcpy(setup.ssid, ssid, strlen(ssid));
	setup.ssid_len = strlen(ssid);
	return setup;
}

static bool add(struct world *world, unsigned number, const struct ap_bss_setup *setup)
{
	return command(world, (struct ap_command){.kind = AP_COMMAND_ADD_BSS, .bss = number, .setup = setup});
}

static bool drop_bss(struct world *world, unsigned number)
{
	return command(world, (struct ap_command){.kind = AP_COMMAND_REMOVE_BSS, .bss = number});
}

static bool is_in(const struct world *world, unsigned number, const struct fake_sta *sta)
{
	struct ap_station_info info;

	return soft_ap_station_info_of(world->ap, number, sta->addr, &info) && info.authorised;
}

/* Frames on the air that end associations with a BSS. */
static unsigned deauths_of(const struct world *world, const uint8_t *bssid)
{
	unsigned count = 0;

	for (unsigned i = 0; i < world->sent; i++)
		count += (le16(world->air[i]->data) & 0xfc) == MGMT_DEAUTH &&
			 mac_equal(world->air[i]->data + DOT11_OFF_ADDR3, bssid);
	return count;
}

static void join_second(struct fake_sta *sta, const char *ssid)
{
	mac_copy(sta->bssid, bssid_1);
	fake_sta_auth(sta);
	fake_sta_assoc_as(sta, MGMT_ASSOC_REQUEST, ssid);
}

static void other_bss_comes_and_goes_unnoticed(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);
	struct ap_bss_setup setup = second_bss(world, "more");
	unsigned deauths;

	(void)state;
	world_start(world);
	fake_sta_join(sta_a);
	deauths = deauths_of(world, bssid_0);
	for (int round = 0; round < 3; round++) {
		unsigned beacons = world->beacons;

		assert_true(add(world, 1, &setup));
		assert_false(add(world, 1, &setup)); /* the number is taken */
		assert_false(add(world, 2, &setup)); /* … and the BSSID */
		join_second(sta_b, "more");
		assert_int_equal(fake_sta_status(sta_b), STATUS_SUCCESS);
		assert_true(is_in(world, 1, sta_b));
		world_advance(world, SECOND);
		assert_in_range(world->beacons - beacons, 18, 22); /* of both */
		assert_true(reaches_wire(world, sta_a, "still here"));
		assert_true(drop_bss(world, 1));
		assert_false(drop_bss(world, 1));
		assert_false(is_in(world, 1, sta_b));
		assert_int_equal(sta_b->last[MGMT_DEAUTH >> 4].reason, REASON_LEAVING);
		beacons = world->beacons;
		world_advance(world, SECOND);
		assert_in_range(world->beacons - beacons, 9, 11);
		assert_true(reaches_wire(world, sta_a, "and here"));
	}
	assert_true(world_has_station(world, sta_a));
	assert_int_equal(sta_a->eapols, 2); /* of its one handshake */
	assert_int_equal(deauths_of(world, bssid_0), deauths);
	assert_false(drop_bss(world, 0));
	world_free(world);
}

static void changed_bss_leaves_the_others_alone(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta_a = fake_sta_new(world), *sta_b = fake_sta_new(world);
	struct ap_bss_setup setup = second_bss(world, "more"), next = second_bss(world, "other");

	(void)state;
	world_start(world);
	assert_true(add(world, 3, &setup)); /* numbers before it stay vacant */
	fake_sta_join(sta_a);
	join_second(sta_b, "more");
	assert_true(is_in(world, 3, sta_b));
	assert_true(command(world, (struct ap_command){.kind = AP_COMMAND_SET_BSS, .bss = 3, .setup = &next}));
	assert_false(is_in(world, 3, sta_b));
	assert_true(world_has_station(world, sta_a));
	assert_true(reaches_wire(world, sta_a, "still here"));
	assert_false(command(world, (struct ap_command){.kind = AP_COMMAND_SET_BSS, .bss = 1, .setup = &next}));
	world_advance(world, 10 * SECOND);
	join_second(sta_b, "other");
	assert_true(is_in(world, 3, sta_b));
	/* All stop and start, as when the radio has lost the medium. */
	soft_ap_stop(world->ap, world->now, &world->out);
	world_apply_actions(world);
	soft_ap_start(world->ap, world->now, &world->out);
	world_apply_actions(world);
	join_second(sta_b, "other");
	assert_true(is_in(world, 3, sta_b));
	world_free(world);
}

static void invalid_bss_is_not_added(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_bss_setup setup = second_bss(world, "more");

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	setup.psk_count = 0;
	assert_false(add(world, 1, &setup));
	assert_false(add(world, AP_BSS_MAX, &setup));
	setup = second_bss(world, "more");
	mac_copy(setup.bssid, bssid_0);
	assert_false(add(world, 1, &setup));
	setup = second_bss(world, "more");
	assert_true(add(world, 1, &setup));
	assert_true(world_has_station(world, sta));
	world_free(world);
}

/* Does a beacon of the BSS have the element of OWE transition mode with this name? */
static bool beacon_names(const struct world *world, const uint8_t *bssid, const char *ssid)
{
	const struct frame *beacon = NULL;

	for (unsigned i = 0; i < world->sent; i++)
		if (world->air[i] && (le16(world->air[i]->data) & 0xfc) == MGMT_BEACON &&
		    mac_equal(world->air[i]->data + DOT11_OFF_ADDR3, bssid))
			beacon = world->air[i];
	return beacon && memmem(beacon->data, beacon->len, ssid, strlen(ssid));
}

static void owe_transition_pair_follows_the_other_bss(void **state)
{
	struct world *world = world_new();
	struct ap_bss_setup setup = second_bss(world, "hidden twin"), next = second_bss(world, "renamed twin");
	struct ap_bss_setup *first = &world->setup.bss[0];

	(void)state;
	*first = (struct ap_bss_setup){.ssid = SSID, .ssid_len = strlen(SSID), .owe_transition_bss = 2};
	first->wep = setup.wep;
	mac_copy(first->bssid, bssid_0);
	world_start(world);
	world_advance(world, SECOND);
	assert_false(beacon_names(world, bssid_0, "hidden twin"));
	assert_true(add(world, 1, &setup));
	world_advance(world, SECOND);
	assert_true(beacon_names(world, bssid_0, "hidden twin"));
	assert_true(command(world, (struct ap_command){.kind = AP_COMMAND_SET_BSS, .bss = 1, .setup = &next}));
	world_advance(world, SECOND);
	assert_true(beacon_names(world, bssid_0, "renamed twin"));
	assert_true(drop_bss(world, 1));
	world_advance(world, SECOND);
	assert_false(beacon_names(world, bssid_0, "renamed twin"));
	assert_int_equal(world_note_count(world, NOTE_DISABLED), 2); /* of the twin only */
	world_free(world);
}

static void pair_that_is_found_later_keeps_stations(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_bss_setup setup = second_bss(world, "hidden twin"), first;

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	assert_true(add(world, 1, &setup));
	first = world->setup.bss[0];
	first.owe_transition_bss = 2;
	assert_true(set(world, &first));
	assert_true(world_has_station(world, sta));
	world_advance(world, SECOND);
	assert_true(beacon_names(world, bssid_0, "hidden twin"));
	world_free(world);
}

static int move(struct world *world, uint16_t freq_mhz, uint8_t count)
{
	const struct ap_channel_move target = {.freq_mhz = freq_mhz, .count = count};
	struct error error;
	int ret = soft_ap_switch_channel(world->ap, &target, world->now, &world->out, &error);

	world_apply_actions(world);
	return ret;
}

static void bss_that_leaves_during_a_channel_switch_is_not_waited_for(void **state)
{
	struct world *world = world_new();
	struct fake_sta *sta = fake_sta_new(world);
	struct ap_bss_setup setup = second_bss(world, "more");

	(void)state;
	world_start(world);
	fake_sta_join(sta);
	assert_true(add(world, 1, &setup));
	assert_int_equal(move(world, 2412, 10), 0);
	assert_false(add(world, 2, &setup)); /* it would be on the old channel */
	assert_true(drop_bss(world, 1));
	assert_false(add(world, 1, &setup));
	world_advance(world, 2 * SECOND);
	assert_int_equal(world_note_count(world, NOTE_SWITCHED), 1);
	assert_int_equal(world_note_count(world, NOTE_SWITCH_FAILED), 0);
	assert_true(add(world, 1, &setup));
	assert_true(world_has_station(world, sta));
	/* A stopped one has no part in it. */
	assert_true(command(world, (struct ap_command){.kind = AP_COMMAND_STOP_BSS, .bss = 1}));
	assert_int_equal(move(world, 2437, 5), 0);
	world_advance(world, 2 * SECOND);
	assert_int_equal(world_note_count(world, NOTE_SWITCHED), 2);
	assert_int_equal(world_note_count(world, NOTE_SWITCH_FAILED), 0);
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
		cmocka_unit_test(handshake_in_progress_survives_an_unrelated_change),
		cmocka_unit_test(handshake_in_progress_ends_with_its_passphrase),
		cmocka_unit_test(required_pmf_removes_those_without_it),
		cmocka_unit_test(other_bss_comes_and_goes_unnoticed),
		cmocka_unit_test(changed_bss_leaves_the_others_alone),
		cmocka_unit_test(invalid_bss_is_not_added),
		cmocka_unit_test(owe_transition_pair_follows_the_other_bss),
		cmocka_unit_test(pair_that_is_found_later_keeps_stations),
		cmocka_unit_test(bss_that_leaves_during_a_channel_switch_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
