/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VLANs and 4-address stations: what control of an access point wants of any plane. */
#include "plane_pair.h"

#include <string.h>

enum { VLAN = 5 };

static const struct ap_vlan vlans[] = {{VLAN, false}, {9, true}};

static struct pair *with_vlans(void)
{
	struct pair *pair = pair_new();

	pair->ap_setup.bss[0].vlans = vlans;
	pair->ap_setup.bss[0].vlan_count = 2;
	return pair;
}

/* The first action about a VLAN; LOG_MAX: none. */
static size_t find_vlan(const struct recorder *log, size_t start, enum plane_action_kind kind, uint16_t vlan)
{
	for (size_t i = start; i < log->count; i++) {
		const struct plane_action *action = &log->log[i].action;
		bool is_key = kind == PLANE_KEY_INSTALL || kind == PLANE_KEY_DEFAULT || kind == PLANE_KEY_REMOVE;

		if (action->kind == kind && (is_key                      ? action->key.group && action->key.vlan == vlan
					     : kind == PLANE_STATION_SET ? action->station.vlan == vlan
									 : action->vlan == vlan))
			return i;
	}
	return LOG_MAX;
}

/* The GTK that the station has got is that of the VLAN. */
static void assert_station_has_key(const struct pair *pair, size_t start, uint16_t vlan)
{
	size_t installed = find_vlan(&pair->at_ap, start, PLANE_KEY_INSTALL, vlan), last = LOG_MAX;

	for (size_t i = 0; i < pair->at_sta.count; i++)
		if (pair->at_sta.log[i].action.kind == PLANE_KEY_INSTALL && pair->at_sta.log[i].action.key.group)
			last = i;
	assert_true(installed < LOG_MAX && last < LOG_MAX);
	assert_memory_equal(log_key(&pair->at_ap, installed)->bytes, log_key(&pair->at_sta, last)->bytes, 16);
}

static void passphrase_decides_about_the_vlan(void **state)
{
	struct pair *pair = with_vlans();
	const struct recorder *log = &pair->at_ap;
	size_t start, member, open, key;
	struct ap_station_info info;

	(void)state;
	pair->psk.vlan = VLAN;
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	/* A line of vlan_file has its interface from the start, the other VLAN with its first station. */
	assert_true(find_vlan(log, 0, PLANE_VLAN_START, 9) < log_find(log, 0, PLANE_STATION_ADD));
	start = find_vlan(log, 0, PLANE_VLAN_START, VLAN);
	key = find_vlan(log, start, PLANE_KEY_INSTALL, VLAN);
	member = find_vlan(log, 0, PLANE_STATION_SET, VLAN);
	assert_true(log_find(log, 0, PLANE_EAPOL) < start && start < key && key < member && member < LOG_MAX);
	assert_true(find_vlan(log, key, PLANE_KEY_DEFAULT, VLAN) < member);
	open = find_vlan(log, member + 1, PLANE_STATION_SET, VLAN);
	assert_true(open < LOG_MAX && log->log[open].action.station.authorised);
	assert_station_has_key(pair, 0, VLAN);
	assert_memory_not_equal(log_key(log, key)->bytes, log_key(log, find_vlan(log, 0, PLANE_KEY_INSTALL, 0))->bytes,
				16);
	assert_true(ap_station_info(pair->ap, 0, &info) && info.vlan == VLAN);
	pair_free(pair);
}

static void group_rekey_renews_the_keys_of_vlans(void **state)
{
	struct pair *pair = with_vlans();
	const struct recorder *log = &pair->at_ap;
	size_t before, installed, used;

	(void)state;
	pair->psk.vlan = VLAN;
	pair_start(pair);
	before = log->count;
	ap_rekey_group(pair->ap, 0, pair->now_ns, &pair->at_ap.out);
	pair_carry_out(pair);
	installed = find_vlan(log, before, PLANE_KEY_INSTALL, VLAN);
	used = find_vlan(log, before, PLANE_KEY_DEFAULT, VLAN);
	assert_true(installed < used && used < LOG_MAX);
	assert_int_equal(log_key(log, installed)->id, 2);
	assert_int_equal(log_key(log, find_vlan(log, used, PLANE_KEY_REMOVE, VLAN))->id, 1);
	assert_station_has_key(pair, before, VLAN);
	pair_free(pair);
}

static void listed_address_is_in_its_vlan_from_the_association_on(void **state)
{
	static const uint16_t ids[] = {VLAN};
	struct pair *pair = with_vlans();
	const struct recorder *log = &pair->at_ap;
	size_t member;

	(void)state;
	pair->ap_setup.bss[0].accept = (struct ap_mac_list){&pair_station, ids, 1};
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	member = find_vlan(log, 0, PLANE_STATION_SET, VLAN);
	assert_true(member < log_find(log, 0, PLANE_EAPOL));
	assert_station_has_key(pair, 0, VLAN);
	pair_free(pair);
}

static void vlan_ends_with_its_last_station(void **state)
{
	struct pair *pair = with_vlans();
	size_t before, stopped;

	(void)state;
	pair->psk.vlan = VLAN;
	pair_start(pair);
	before = pair->at_ap.count;
	ap_deauthenticate(pair->ap, 0, pair_station, REASON_LEAVING, pair->now_ns, &pair->at_ap.out);
	pair_carry_out(pair);
	stopped = find_vlan(&pair->at_ap, before, PLANE_VLAN_STOP, VLAN);
	assert_true(log_find(&pair->at_ap, before, PLANE_STATION_SET) < stopped && stopped < LOG_MAX);
	assert_int_equal(find_vlan(&pair->at_ap, before, PLANE_VLAN_STOP, 9), LOG_MAX);
	pair_free(pair);
}

/* The packet numbers of the plane begin anew with the interface, so the key must, too. */
static void vlan_that_starts_again_has_a_new_key(void **state)
{
	struct pair *pair = with_vlans();
	const struct recorder *log = &pair->at_ap;
	size_t before, first, second;

	(void)state;
	pair->psk.vlan = VLAN;
	pair_start(pair);
	first = find_vlan(log, 0, PLANE_KEY_INSTALL, VLAN);
	before = log->count;
	ap_deauthenticate(pair->ap, 0, pair_station, REASON_LEAVING, pair->now_ns, &pair->at_ap.out);
	pair_carry_out(pair);
	pair_run(pair, 10 * SECOND);
	assert_true(pair_is_connected(pair));
	second = find_vlan(log, before, PLANE_KEY_INSTALL, VLAN);
	assert_memory_not_equal(log_key(log, first)->bytes, log_key(log, second)->bytes, 16);
	assert_int_equal(log_key(log, first)->id, log_key(log, second)->id);
	assert_station_has_key(pair, before, VLAN);
	pair_free(pair);
}

static void packet_number_of_the_vlan_is_in_message_3(void **state)
{
	struct pair *pair = with_vlans();
	size_t key;

	(void)state;
	pair->psk.vlan = 9;
	pair_start(pair);
	ap_event(pair->ap, &(struct plane_event){.kind = PLANE_EVENT_GROUP_PN, .vlan = 9, .gtk_pn = 77}, pair->now_ns,
		 &pair->at_ap.out);
	ap_event(pair->ap, &(struct plane_event){.kind = PLANE_EVENT_GROUP_PN, .vlan = 8, .gtk_pn = 99}, pair->now_ns,
		 &pair->at_ap.out);
	ap_deauthenticate(pair->ap, 0, pair_station, REASON_LEAVING, pair->now_ns, &pair->at_ap.out);
	key = pair->at_sta.count;
	pair_carry_out(pair);
	pair_run(pair, 10 * SECOND);
	assert_true(pair_is_connected(pair));
	assert_int_equal(log_key(&pair->at_sta, log_find_key(&pair->at_sta, key, PLANE_KEY_INSTALL, true))->rsc, 77);
	pair_free(pair);
}

static bool station_stays(struct pair *pair, const struct ap_bss_setup *setup)
{
	const struct ap_command command = {.kind = AP_COMMAND_SET_BSS, .setup = setup};
	size_t before = pair->at_ap.count;

	assert_true(ap_run_command(pair->ap, &command, pair->now_ns, &pair->at_ap.out));
	pair_carry_out(pair);
	return log_find(&pair->at_ap, before, PLANE_STATION_REMOVE) == LOG_MAX &&
	       log_find(&pair->at_ap, before, PLANE_BSS_STOP) == LOG_MAX;
}

/* A reload reads the same VLANs into memory of its own. */
static void reload_keeps_the_stations_whose_vlan_is_the_same(void **state)
{
	static const uint16_t ids[] = {VLAN}, others[] = {9};
	struct ap_vlan same[] = {{VLAN, false}, {9, true}};

	(void)state;
	for (int listed = 0; listed < 2; listed++) {
		struct pair *pair = with_vlans();
		struct ap_bss_setup setup;
		struct ap_psk psk, moved;

		if (listed)
			pair->ap_setup.bss[0].accept = (struct ap_mac_list){&pair_station, ids, 1};
		else
			pair->psk.vlan = VLAN;
		pair_start(pair);
		assert_true(pair_is_connected(pair));
		psk = pair->psk;
		setup = pair->ap_setup.bss[0];
		setup.vlans = same;
		setup.psks = &psk;
		assert_true(station_stays(pair, &setup));
		moved = psk;
		moved.vlan = listed ? 0 : 9;
		setup.psks = &moved;
		setup.accept.vlans = others;
		assert_false(station_stays(pair, &setup));
		pair_free(pair);
	}
}

/* vlan_file has another line, one line less, and another kind of line: nobody in the others goes. */
static void vlans_come_and_go_beside_stations(void **state)
{
	struct ap_vlan more[] = {{3, true}, {VLAN, false}, {9, true}}, less[] = {{VLAN, true}}, none[] = {{9, false}};
	struct pair *pair = with_vlans();
	struct recorder *log = &pair->at_ap;
	struct ap_bss_setup setup;
	size_t before;

	(void)state;
	pair->psk.vlan = VLAN;
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	setup = pair->ap_setup.bss[0];
	setup.vlans = more;
	setup.vlan_count = 3;
	before = log->count;
	assert_true(station_stays(pair, &setup));
	assert_int_equal(log_count(log, before, PLANE_VLAN_START), 1);
	assert_int_equal(log->log[log_find(log, before, PLANE_VLAN_START)].action.vlan, 3);
	assert_int_equal(log_count(log, before, PLANE_VLAN_STOP), 0);
	before = log->count;
	setup.vlans = less;
	setup.vlan_count = 1;
	assert_true(station_stays(pair, &setup));
	assert_int_equal(log_count(log, before, PLANE_VLAN_STOP), 2); /* both were permanent */
	assert_int_equal(log_count(log, before, PLANE_VLAN_START), 0);
	pair_run(pair, 5 * SECOND);
	assert_true(pair_is_connected(pair));
	before = log->count;
	setup.vlans = none; /* the station would be in a VLAN that is not there */
	assert_false(station_stays(pair, &setup));
	assert_int_equal(log->log[log_find(log, before, PLANE_VLAN_STOP)].action.vlan, VLAN);
	setup.vlan_count = 0;
	station_stays(pair, &setup);
	pair_free(pair);
}

static void four_address_station_is_accepted_where_configured(void **state)
{
	const struct plane_event event = {.kind = PLANE_EVENT_FOUR_ADDRESS};

	(void)state;
	for (int accepts = 0; accepts < 2; accepts++) {
		struct pair *pair = pair_new();
		const struct recorder *log = &pair->at_ap;
		size_t before, set;

		pair->ap_setup.bss[0].four_address = accepts;
		pair_start(pair);
		before = log->count;
		pair_ap_hears(pair, event);
		pair_ap_hears(pair, event); /* one sentence, one action */
		pair_carry_out(pair);
		set = log_find(log, before, PLANE_STATION_SET);
		assert_int_equal(set < LOG_MAX, accepts);
		if (accepts)
			assert_true(log->log[set].action.station.four_address &&
				    log->log[set].action.station.authorised);
		assert_true(log_find_note(log, before, accepts ? NOTE_FOUR_ADDRESS : NOTE_FOUR_ADDRESS_REFUSED) <
			    LOG_MAX);
		assert_int_equal(log_count(log, before, PLANE_STATION_SET), accepts);
		assert_int_equal(log_count(log, before, PLANE_REPORT), 1);
		pair_free(pair);
	}
}

/* A driver does not say whether the frame is authentic: with PMF it must come before the port is open. */
static void forged_four_address_frame_changes_nothing_under_pmf(void **state)
{
	struct plane_event event = {.kind = PLANE_EVENT_FOUR_ADDRESS};
	struct pair *pair = pair_new();
	const struct recorder *log = &pair->at_ap;
	size_t before;

	(void)state;
	pair->ap_setup.bss[0].four_address = true;
	pair->ap_setup.bss[0].pmf = pair->network.pmf = 2;
	pair->ap_setup.bss[0].group_mgmt = CIPHER_BIP_CMAC_128;
	pair->network.group_mgmt = 1u << CIPHER_BIP_CMAC_128;
	pair_start(pair);
	before = log->count;
	pair_ap_hears(pair, event);
	pair_ap_hears(pair, event);
	pair_carry_out(pair);
	assert_int_equal(log_count(log, before, PLANE_STATION_SET), 0);
	assert_true(log_find_note(log, before, NOTE_FOUR_ADDRESS_LATE) < LOG_MAX);
	assert_int_equal(log_count(log, before, PLANE_REPORT), 1);
	event.protected = true;
	pair_ap_hears(pair, event);
	pair_carry_out(pair);
	assert_int_equal(log_count(log, before, PLANE_STATION_SET), 1);
	assert_true(log_find_note(log, before, NOTE_FOUR_ADDRESS) < LOG_MAX);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passphrase_decides_about_the_vlan),
		cmocka_unit_test(group_rekey_renews_the_keys_of_vlans),
		cmocka_unit_test(listed_address_is_in_its_vlan_from_the_association_on),
		cmocka_unit_test(vlan_ends_with_its_last_station),
		cmocka_unit_test(vlan_that_starts_again_has_a_new_key),
		cmocka_unit_test(packet_number_of_the_vlan_is_in_message_3),
		cmocka_unit_test(reload_keeps_the_stations_whose_vlan_is_the_same),
		cmocka_unit_test(vlans_come_and_go_beside_stations),
		cmocka_unit_test(four_address_station_is_accepted_where_configured),
		cmocka_unit_test(forged_four_address_frame_changes_nothing_under_pmf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
