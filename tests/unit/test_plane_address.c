/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The MAC address of a station: when it changes. On a plane that records; the station is not answered. */
#include "plane_pair.h"

static const uint8_t own[6] = {0x00, 0x11, 0x22, 0, 0, 1};

/* Before pair_start(): a station with its own address, in two networks, of which the access point has the second. */
static struct pair *new_pair(struct sta_network networks[2], enum sta_address first, enum sta_address second)
{
	struct pair *pair = pair_new();

	pair->sta_plane.changes_address = true;
	pair->sta_is_mute = true;
	mac_copy(pair->sta_setup.addr, own);
	mac_copy(pair->sta_setup.own_addr, own);
	networks[0] = networks[1] = pair->network;
	networks[0].id = 1;
	networks[1].id = 2;
	networks[0].address = first;
	networks[1].address = second;
	pair->sta_setup.networks = networks;
	pair->sta_setup.network_count = 2;
	return pair;
}

static const uint8_t *present(const struct pair *pair)
{
	static struct sta_info info;

	sta_info(pair->sta, &info);
	return info.addr;
}

static size_t changes(const struct pair *pair)
{
	return log_count(&pair->at_sta, 0, PLANE_ADDRESS);
}

/* Before the request to join, which has it. */
static void random_address_precedes_the_attempt(void **state)
{
	struct sta_network networks[2];
	struct pair *pair = new_pair(networks, STA_ADDRESS_RANDOM, STA_ADDRESS_RANDOM);
	size_t change, link;

	(void)state;
	pair_start(pair);
	change = log_find(&pair->at_sta, 0, PLANE_ADDRESS);
	link = log_find(&pair->at_sta, 0, PLANE_LINK);
	assert_true(change < link && link < log_find(&pair->at_sta, link, PLANE_AUTHENTICATE));
	assert_int_equal(changes(pair), 1);
	assert_memory_equal(present(pair), pair->at_sta.log[change].action.addr, 6);
	assert_int_equal(present(pair)[0] & 3, 2); /* locally administered, individual */
	assert_memory_not_equal(present(pair), own, 6);
	pair_free(pair);
}

static void vendor_stays(void **state)
{
	struct sta_network networks[2];
	struct pair *pair = new_pair(networks, STA_ADDRESS_RANDOM_OF_VENDOR, STA_ADDRESS_RANDOM_OF_VENDOR);

	(void)state;
	pair_start(pair);
	assert_int_equal(present(pair)[0], own[0] | 2);
	assert_memory_equal(present(pair) + 1, own + 1, 2);
	assert_memory_not_equal(present(pair) + 3, own + 3, 3);
	pair_free(pair);
}

/* An attempt that fails brings no new one before its lifetime is over. */
static void random_address_has_a_lifetime(void **state)
{
	struct sta_network networks[2];
	struct pair *pair = new_pair(networks, STA_ADDRESS_RANDOM, STA_ADDRESS_RANDOM);

	(void)state;
	pair->sta_setup.address_lifetime_s = 100;
	pair->sta_setup.network_count = 1;
	pair_start(pair);
	pair_run(pair, 90 * SECOND);
	assert_true(log_count(&pair->at_sta, 0, PLANE_AUTHENTICATE) > 2);
	assert_int_equal(changes(pair), 1);
	pair->at_sta.count = 0;
	pair_run(pair, 100 * SECOND);
	assert_int_equal(changes(pair), 1);
	pair_free(pair);
}

static void own_and_fixed_addresses_need_no_change(void **state)
{
	struct sta_network networks[2];
	struct pair *pair = new_pair(networks, STA_ADDRESS_OWN, STA_ADDRESS_OWN);

	(void)state;
	pair_start(pair);
	pair_run(pair, 100 * SECOND);
	assert_int_equal(changes(pair), 0);
	pair_free(pair);

	pair = new_pair(networks, STA_ADDRESS_FIXED, STA_ADDRESS_FIXED);
	memcpy(networks[0].address_value, "\2\1\2\3\4\5", 6);
	pair->sta_setup.network_count = 1;
	pair_start(pair);
	pair_run(pair, 100 * SECOND);
	assert_int_equal(changes(pair), 1);
	assert_memory_equal(present(pair), "\2\1\2\3\4\5", 6);
	pair_free(pair);
}

/* Without a connection, and the own one again for a network that wants it. */
static void scans_have_an_address_of_their_own(void **state)
{
	struct sta_network networks[2];
	struct pair *pair = new_pair(networks, STA_ADDRESS_OWN, STA_ADDRESS_OWN);
	size_t second;

	(void)state;
	pair->sta_setup.scan_address = STA_ADDRESS_RANDOM;
	pair_start(pair);
	assert_true(log_find(&pair->at_sta, 0, PLANE_ADDRESS) < log_find(&pair->at_sta, 0, PLANE_SCAN));
	second = log_find(&pair->at_sta, log_find(&pair->at_sta, 0, PLANE_SCAN), PLANE_ADDRESS);
	assert_memory_equal(pair->at_sta.log[second].action.addr, own, 6);
	assert_true(second < log_find(&pair->at_sta, 0, PLANE_LINK));
	pair_free(pair);
}

static void failed_change_is_the_last_one(void **state)
{
	struct sta_network networks[2];
	struct pair *pair = new_pair(networks, STA_ADDRESS_RANDOM, STA_ADDRESS_RANDOM);
	struct plane_event event = {.kind = PLANE_EVENT_ADDRESS};

	(void)state;
	mac_copy(event.addr, own);
	pair_start(pair);
	pair_sta_hears(pair, event);
	pair_carry_out(pair);
	assert_memory_equal(present(pair), own, 6);
	pair->at_sta.count = 0;
	pair_run(pair, 200 * SECOND);
	assert_int_equal(changes(pair), 0);
	assert_true(log_count(&pair->at_sta, 0, PLANE_AUTHENTICATE) > 1);
	pair_free(pair);
}

/* An association keeps it, however old it is; the plane without the capability is never asked. */
static void connection_keeps_its_address(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair->sta_plane.changes_address = true;
	pair->network.address = STA_ADDRESS_FIXED;
	mac_copy(pair->network.address_value, pair_station);
	mac_copy(pair->sta_setup.own_addr, own);
	pair->sta_setup.scan_address = STA_ADDRESS_OWN;
	pair->sta_setup.address_lifetime_s = 5;
	pair_start(pair);
	assert_true(pair_is_connected(pair));
	pair->network.address = STA_ADDRESS_RANDOM;
	pair_run(pair, 300 * SECOND);
	assert_int_equal(changes(pair), 0);
	assert_true(pair_is_connected(pair));
	pair_free(pair);
}

/* An operator has changed it: it is that of the card from then on. */
static void address_of_the_operator_stays(void **state)
{
	static const uint8_t other[6] = {2, 9, 8, 7, 6, 5};
	struct sta_network networks[2];
	struct pair *pair = new_pair(networks, STA_ADDRESS_OWN, STA_ADDRESS_OWN);
	struct sta_info info;

	(void)state;
	pair_start(pair);
	pair_run(pair, 10 * SECOND);
	sta_stop(pair->sta, pair->now_ns, &pair->at_sta.out);
	sta_adopt_address(pair->sta, other);
	sta_start(pair->sta, pair->now_ns, &pair->at_sta.out);
	pair_carry_out(pair);
	pair_run(pair, 100 * SECOND);
	assert_int_equal(changes(pair), 0);
	sta_info(pair->sta, &info);
	assert_memory_equal(info.addr, other, 6);
	pair_free(pair);
}

/* A card was unplugged, and another one has its name: other address, other channels, other abilities. What the user has set stays. */
static void another_radio_takes_the_place_of_the_first(void **state)
{
	static const uint8_t other[6] = {0x00, 0x55, 0x44, 0, 0, 9};
	const struct plane_capabilities plane = {0};
	struct sta_request ignore = {.kind = STA_REQUEST_IGNORE, .bssid = {2, 0, 0, 0, 9, 9}};
	struct sta_network networks[2];
	struct pair *pair = new_pair(networks, STA_ADDRESS_RANDOM, STA_ADDRESS_RANDOM);
	struct sta_setup setup = pair->sta_setup;
	uint8_t ignored[STA_IGNORED_MAX][6];

	(void)state;
	pair_start(pair);
	assert_int_equal(sta_request(pair->sta, &ignore, pair->now_ns, &pair->at_sta.out), STA_ANSWER_DONE);
	sta_stop(pair->sta, pair->now_ns, &pair->at_sta.out);
	pair_carry_out(pair);
	mac_copy(setup.addr, other);
	mac_copy(setup.own_addr, other);
	setup.freqs[0] = 5180;
	sta_set_radio(pair->sta, &setup, &plane);
	pair->at_sta.count = 0;
	sta_start(pair->sta, pair->now_ns, &pair->at_sta.out);
	for (size_t i = 0; i < pair->at_sta.out.count; i++)
		if (pair->at_sta.out.list[i].kind == PLANE_SCAN) {
			assert_int_equal(pair->at_sta.out.list[i].scan.freq_count, 1);
			assert_int_equal(pair->at_sta.out.list[i].scan.freqs[0], 5180);
		}
	pair_carry_out(pair);
	assert_int_equal(log_count(&pair->at_sta, 0, PLANE_SCAN), 1);
	assert_int_equal(changes(pair), 0);
	assert_memory_equal(present(pair), other, 6);
	assert_int_equal(sta_ignored(pair->sta, ignored), 1);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_address_precedes_the_attempt),
		cmocka_unit_test(vendor_stays),
		cmocka_unit_test(random_address_has_a_lifetime),
		cmocka_unit_test(own_and_fixed_addresses_need_no_change),
		cmocka_unit_test(address_of_the_operator_stays),
		cmocka_unit_test(scans_have_an_address_of_their_own),
		cmocka_unit_test(failed_change_is_the_last_one),
		cmocka_unit_test(connection_keeps_its_address),
		cmocka_unit_test(another_radio_takes_the_place_of_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
