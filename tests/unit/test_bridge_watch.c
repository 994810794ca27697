/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/watch.h"

/* The port's MTU is the highest of the other ports, and not lower than the uplink's. */
static void port_mtu_is_followed(void **state)
{
	enum { BRIDGE = 5, PORT = 6, OTHER_BRIDGE = 9 };
	static const struct netdev_link uplink = {.ifindex = 2, .mtu = 1500}, bridge = {.ifindex = BRIDGE, .mtu = 1500};
	const struct netdev_link links[] = {
		{.ifindex = 2, .mtu = 1500},
		{.ifindex = PORT, .master = BRIDGE, .mtu = 9999}, /* the port itself does not count */
		{.ifindex = 7, .master = BRIDGE, .mtu = 1400},
		{.ifindex = 8, .master = OTHER_BRIDGE, .mtu = 9000},
		{.ifindex = 10, .master = BRIDGE, .mtu = 4000},
	};

	(void)state;
	assert_int_equal(bridge_port_mtu(links, 0, &uplink, &bridge, PORT), 1500);
	assert_int_equal(bridge_port_mtu(links, 4, &uplink, &bridge, PORT), 1500);
	assert_int_equal(bridge_port_mtu(links, 5, &uplink, &bridge, PORT), 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(port_mtu_is_followed)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
