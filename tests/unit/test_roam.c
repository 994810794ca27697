/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/roam.h"

static struct roam_place at(uint8_t bssid, uint8_t third, uint8_t last, uint8_t prefix_length)
{
	return (struct roam_place){
		.bssid = {0, 0, 0, 0, 0, bssid}, .addr = {192, 168, third, last}, .prefix_length = prefix_length};
}

static void first_place_is_no_news(void **state)
{
	struct roam_place place = {0}, now = at(1, 1, 5, 24);

	(void)state;
	assert_int_equal(roam_step(&place, &now), 0);
	assert_int_equal(roam_step(&place, &now), 0);
}

static void another_access_point_of_the_network(void **state)
{
	struct roam_place place = at(1, 1, 5, 24), away = at(0, 1, 5, 24), now = at(2, 1, 5, 24);

	(void)state;
	assert_int_equal(roam_step(&place, &away), 0);
	assert_int_equal(roam_step(&place, &now), ROAM_BSSID);
	assert_int_equal(roam_step(&place, &now), 0);
}

/* Another address of the same network is no news; while there is no address, the last network counts. */
static void another_network(void **state)
{
	struct roam_place place = at(1, 1, 5, 24), same = at(1, 1, 9, 24), none = at(1, 0, 0, 0), now = at(1, 2, 5, 24);

	(void)state;
	assert_int_equal(roam_step(&place, &same), 0);
	assert_int_equal(roam_step(&place, &none), 0);
	assert_int_equal(roam_step(&place, &now), ROAM_NETWORK);
	now.bssid[5] = 3;
	now.addr[2] = 7;
	assert_int_equal(roam_step(&place, &now), ROAM_BSSID | ROAM_NETWORK);
}

static void networks_are_compared_by_their_prefix(void **state)
{
	struct roam_place one = at(0, 16, 1, 20), other = at(0, 31, 200, 20), outside = at(0, 32, 1, 20);
	struct roam_place longer = at(0, 16, 1, 24), host = at(0, 16, 1, 32), neighbour = at(0, 16, 2, 32);

	(void)state;
	assert_true(roam_same_network(&one, &other));
	assert_false(roam_same_network(&one, &outside));
	assert_false(roam_same_network(&one, &longer));
	assert_true(roam_same_network(&host, &host));
	assert_false(roam_same_network(&host, &neighbour));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_place_is_no_news),
		cmocka_unit_test(another_access_point_of_the_network),
		cmocka_unit_test(another_network),
		cmocka_unit_test(networks_are_compared_by_their_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
