/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access point without memory: stations that control has removed get nothing through any more; a station that control
 * accepts gets through; and the clock goes on.
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

/* Counts the beacons among the actions, and discards them. */
static unsigned take_beacons(struct world *world)
{
	unsigned count = 0;

	for (size_t i = 0; i < world->out.count; i++) {
		const struct action *action = &world->out.list[i];

		count += action->kind == ACTION_TRANSMIT &&
			 (le16(action->frame->data) & (FC_TYPE | FC_SUBTYPE)) == MGMT_BEACON;
	}
	actions_clear(&world->out);
	return count;
}

/* One allocation fails at the start of two BSSs. Returns whether there were fewer allocations. */
static bool start_without_memory(unsigned long failing, unsigned *beacons)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {7}, second_bssid[6] = {2, 0, 0, 0, 2, 0};
	struct world *world = world_new();
	bool so_many;

	world->setup.bss_count = 2;
	world->setup.bss[1] = world->setup.bss[0];
	memcpy(world->setup.bss[1].bssid, second_bssid, 6);
	world->ap = soft_ap_new(world->crypto, &world->setup, seed);
	assert_non_null(world->ap);
	allocations_left = failing;
	failure_armed = true;
	failure_stays = false;
	soft_ap_start(world->ap, world->now, &world->out);
	so_many = failure_armed;
	failure_armed = false;
	*beacons = take_beacons(world);
	for (unsigned i = 0; i < 8; i++) {
		uint64_t deadline = soft_ap_deadline(world->ap);

		if (deadline > world->now + 200 * TU)
			break;
		world->now = deadline > world->now ? deadline : world->now;
		soft_ap_tick(world->ap, world->now, &world->out);
		*beacons += take_beacons(world);
		assert_true(soft_ap_deadline(world->ap) > world->now);
	}
	soft_ap_stop(world->ap, world->now, &world->out);
	assert_true(soft_ap_deadline(world->ap) == NEVER);
	world_free(world);
	return so_many;
}

static void bss_that_could_not_start_stops_no_other_one(void **state)
{
	unsigned long failing = 0;
	unsigned beacons;

	(void)state;
	while (!start_without_memory(failing, &beacons)) {
		assert_true(beacons > 0);
		failing++;
	}
	assert_true(failing > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removed_stations_are_unknown_to_the_plane),
		cmocka_unit_test(accepted_station_is_known_to_the_plane),
		cmocka_unit_test(bss_that_could_not_start_stops_no_other_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
