/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point without memory: stations that control has removed get nothing through any more; a station that control
 * accepts gets through.
 */
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

/*
 * One allocation fails while the access point handles an authentication request; the station asks again if it gets no
 * response, and begins anew if it is unknown. Returns whether there were fewer allocations.
 */
static bool authenticate_without_memory(unsigned long failing)
{
	struct world *world = world_new();
	struct fake_sta *sta;
	struct frame *frame;
	bool so_many;

	world->setup.bss[0].rsn = false;
	sta = fake_sta_new(world);
	world_start(world);
	frame = fake_sta_auth_frame(sta, AUTH_OPEN, 1);
	allocations_left = failing;
	failure_armed = true;
	failure_stays = false;
	soft_ap_receive(world->ap, &frame, 1, world->now, &world->out);
	so_many = failure_armed;
	failure_armed = false;
	world_apply_actions(world);
	if (!sta->count[MGMT_AUTH >> 4])
		fake_sta_auth(sta);
	fake_sta_assoc(sta);
	if (!sta->count[MGMT_ASSOC_RESPONSE >> 4]) {
		fake_sta_auth(sta);
		fake_sta_assoc(sta);
	}
	assert_int_equal(sta->count[MGMT_ASSOC_RESPONSE >> 4], 1);
	assert_int_equal(fake_sta_status(sta), STATUS_SUCCESS);
	fake_sta_send(sta, wire_host, "up");
	assert_true(world_wire_got(world, "up"));
	world_send(world, sta->addr, "down");
	assert_true(fake_sta_received(sta, "down"));
	world_free(world);
	return so_many;
}

static void accepted_station_is_known_to_the_plane(void **state)
{
	unsigned long failing = 0;

	(void)state;
	while (!authenticate_without_memory(failing))
		failing++;
	assert_true(failing > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removed_stations_are_unknown_to_the_plane),
		cmocka_unit_test(accepted_station_is_known_to_the_plane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
