/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An access point without memory: stations that control has removed get nothing through any more. */
#include "ap_world.h"
#include "failing_alloc.h"

enum { STATIONS = 40 };

static void select_station(struct fake_sta *sta, unsigned number)
{
	put_be16(sta->addr + 3, (uint16_t)number);
	mac_copy(sta->peer.own_addr, sta->addr);
}

/* Denies all stations; from one allocation on there is no memory. Returns whether there were fewer allocations. */
static bool deny_all_without_memory(unsigned long failing)
{
	struct world *world = world_new();
	struct fake_sta *sta;
	bool so_many;

	world->setup.bss[0].rsn = false;
	sta = fake_sta_new(world);
	world_start(world);
	for (unsigned i = 0; i < STATIONS; i++) {
		select_station(sta, i);
		world->now += 2 * MS;
		fake_sta_auth(sta);
		fake_sta_assoc(sta);
		fake_sta_send(sta, wire_host, "before");
		assert_int_equal(world->wire_count, i + 1);
	}
	sta->deaf = true; /* it does not hear its deauthentication */
	allocations_left = failing;
	failure_armed = failure_stays = true;
	soft_ap_set_acl(world->ap, 0, true, (struct ap_mac_list){0}, (struct ap_mac_list){0}, world->now, &world->out);
	so_many = allocations_left;
	failure_armed = false;
	world_apply_actions(world);
	for (unsigned i = 0; i < STATIONS; i++) {
		select_station(sta, i);
		assert_false(world_has_station(world, sta));
		fake_sta_send(sta, wire_host, "after");
	}
	assert_int_equal(world->wire_count, STATIONS);
	world_free(world);
	return so_many;
}

static void removed_stations_are_unknown_to_the_plane(void **state)
{
	unsigned long failing = 0;

	(void)state;
	while (!deny_all_without_memory(failing))
		failing++;
	assert_true(failing > STATIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removed_stations_are_unknown_to_the_plane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
