/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user-space engine when an allocation fails: the frame is dropped by name or passes without learning, the process
 * goes on, and the next frame is learned. The linker sends the allocations of our libraries through failing_alloc.h
 * (meson.build).
 */
#include "unit.h"

#include "harness.h"

#include "failing_alloc.h"

/* Gives a frame to the engine without the harness, which allocates itself. */
static enum drop run_frame(struct mn_engine *engine, struct raw_frame *raw, uint32_t port)
{
	struct mn_frame frame = {.data = raw->bytes, .len = raw->len, .port = port};

	return (enum drop)mn_engine_run(engine, MN_FROM_GUEST, &frame, 1000 * SECOND, false)->drop;
}

/* Learns many guests, so that the hash tables grow, with the n-th allocation refused. Returns whether there were so many. */
static bool learn_with_failure_at(unsigned long failing)
{
	enum { GUESTS = 400 };
	struct mn_config config = {
		.uplink = UPLINK, .veth_port = UPLINK_PORT, .mtu = 1500, .port_cap = MN_PORT_CAP_DEFAULT};
	struct mn_engine *engine;
	struct raw_frame raw;
	unsigned refused = 0;
	bool failed;

	memcpy(config.uplink_mac, mac_uplink, 6);
	allocations_left = failing;
	failure_armed = true;
	engine = mn_engine_new(&config, 0);
	for (unsigned i = 0; engine && i < GUESTS; i++) {
		uint8_t mac[6] = {2, 0, 0, 7, (uint8_t)(i >> 8), (uint8_t)i};
		uint8_t ip[4] = {10, 7, (uint8_t)(i >> 8), (uint8_t)i};
		enum drop drop;

		put_arp(&raw, mac_broadcast, mac, 1, mac, ip, mac_zero, ip);
		drop = run_frame(engine, &raw, PORT_A + i % 8);
		assert_true(drop == NOT_DROPPED || drop == DROP_LEARN_FULL);
		refused += drop != NOT_DROPPED;
	}
	failed = !failure_armed;
	failure_armed = false;
	if (engine) {
		assert_true(refused <= 1);
		assert_int_equal(mn_engine_set_mtu(engine, 77, 1500), 0);
		/* The MAC address and the IP address of the refused guest are missing, or only the IP address. */
		assert_uint_in_range(mn_engine_count(engine), 2 * GUESTS - 2 * refused, 2 * GUESTS - refused);
	}
	mn_engine_free(engine);
	return failed;
}

static void each_allocation_failure_costs_one_frame_at_most(void **state)
{
	unsigned long failing = 0;

	(void)state;
	while (learn_with_failure_at(failing))
		failing += failing < 40 ? 1 : 37;
	assert_true(failing > 800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_failure_costs_one_frame_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
