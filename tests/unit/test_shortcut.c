/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/shortcut.h"

enum { BRIDGE = 5, PORT = 6, GUEST = 7, OTHER = 8 };

/* A bridge with nothing on it but its ports, and an interface beside it. */
static void plain(struct netdev_link links[4])
{
	memset(links, 0, 4 * sizeof(*links));
	links[0].ifindex = BRIDGE;
	links[1].ifindex = PORT;
	links[2].ifindex = GUEST;
	links[3].ifindex = OTHER;
	for (int i = 1; i < 3; i++) {
		links[i].master = BRIDGE;
		links[i].carrier = links[i].port.forwarding = links[i].port.learning = true;
		links[i].promiscuity = 1; /* each port of a bridge is */
	}
}

static enum shortcut judge(const struct netdev_link *links)
{
	return shortcut_judge(links, 4, BRIDGE, PORT, WALL_NONE);
}

static void open_where_nothing_is_between(void **state)
{
	struct netdev_link l[4];

	(void)state;
	plain(l);
	assert_int_equal(judge(l), SHORTCUT_OPEN);
	l[3].port.locked = true; /* no port of ours */
	assert_int_equal(judge(l), SHORTCUT_OPEN);
}

static void closed_by_what_the_bridge_does(void **state)
{
	struct netdev_link l[4];

	(void)state;
	plain(l);
	l[0].promiscuity = 1;
	assert_int_equal(judge(l), SHORTCUT_WATCHED);
	plain(l);
	l[0].bridge.vlan_filtering = true;
	assert_int_equal(judge(l), SHORTCUT_VLAN_FILTER);
	plain(l);
	l[0].bridge.stp = true;
	assert_int_equal(judge(l), SHORTCUT_STP);
	assert_int_equal(shortcut_judge(l, 4, 99, PORT, WALL_NONE), SHORTCUT_NO_BRIDGE);
}

static void closed_by_a_port(void **state)
{
	struct netdev_link l[4];

	(void)state;
	plain(l);
	l[2].port.forwarding = false;
	assert_int_equal(judge(l), SHORTCUT_PORT);
	l[2].carrier = false; /* nothing comes from it */
	assert_int_equal(judge(l), SHORTCUT_OPEN);
	plain(l);
	l[2].port.learning = false;
	assert_int_equal(judge(l), SHORTCUT_PORT);
	plain(l);
	l[2].port.locked = true;
	assert_int_equal(judge(l), SHORTCUT_PORT);
	plain(l);
	l[2].port.isolated = true; /* from guests, not from the uplink */
	assert_int_equal(judge(l), SHORTCUT_OPEN);
	l[1].port.isolated = true;
	assert_int_equal(judge(l), SHORTCUT_PORT);
}

static void closed_by_a_firewall_or_when_nobody_can_tell(void **state)
{
	static const enum shortcut want[] = {[WALL_NONE] = SHORTCUT_OPEN,
					     [WALL_NFT] = SHORTCUT_NFT,
					     [WALL_EBTABLES] = SHORTCUT_EBTABLES,
					     [WALL_BR_NETFILTER] = SHORTCUT_BR_NETFILTER,
					     [WALL_UNKNOWN] = SHORTCUT_UNKNOWN};
	struct netdev_link l[4];

	(void)state;
	plain(l);
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(shortcut_judge(l, 4, BRIDGE, PORT, (enum wall)i), want[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_where_nothing_is_between),
		cmocka_unit_test(closed_by_what_the_bridge_does),
		cmocka_unit_test(closed_by_a_port),
		cmocka_unit_test(closed_by_a_firewall_or_when_nobody_can_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
