/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/shortcut.h"

enum { BRIDGE = 5, PORT = 6, GUEST = 7, OTHER = 8 };

/* A bridge with two ports and no features, and an interface that is not a port of it. */
static void plain_bridge(struct netdev_link links[4])
{
	memset(links, 0, 4 * sizeof(*links));
	links[0].ifindex = BRIDGE;
	links[1].ifindex = PORT;
	links[2].ifindex = GUEST;
	links[3].ifindex = OTHER;
	for (int i = 1; i < 3; i++) {
		links[i].master = BRIDGE;
		links[i].carrier = links[i].port.forwarding = links[i].port.learning = true;
		links[i].promiscuity = 1; /* as on every port of a bridge */
	}
}

static enum shortcut judge(const struct netdev_link *links)
{
	return shortcut_judge(links, 4, BRIDGE, PORT, FIREWALL_NONE);
}

static void shortcut_opens_on_plain_bridge(void **state)
{
	struct netdev_link links[4];

	(void)state;
	plain_bridge(links);
	assert_int_equal(judge(links), SHORTCUT_OPEN);
	links[3].port.locked = true; /* not a port of this bridge */
	assert_int_equal(judge(links), SHORTCUT_OPEN);
}

static void bridge_features_close_shortcut(void **state)
{
	struct netdev_link links[4];

	(void)state;
	plain_bridge(links);
	links[0].promiscuity = 1;
	assert_int_equal(judge(links), SHORTCUT_WATCHED);
	plain_bridge(links);
	links[0].bridge.vlan_filtering = true;
	assert_int_equal(judge(links), SHORTCUT_VLAN_FILTER);
	plain_bridge(links);
	links[0].bridge.stp = true;
	assert_int_equal(judge(links), SHORTCUT_STP);
	assert_int_equal(shortcut_judge(links, 4, 99, PORT, FIREWALL_NONE), SHORTCUT_NO_BRIDGE);
}

static void port_settings_close_shortcut(void **state)
{
	struct netdev_link links[4];

	(void)state;
	plain_bridge(links);
	links[2].port.forwarding = false;
	assert_int_equal(judge(links), SHORTCUT_PORT);
	links[2].carrier = false; /* receives nothing */
	assert_int_equal(judge(links), SHORTCUT_OPEN);
	plain_bridge(links);
	links[2].port.learning = false;
	assert_int_equal(judge(links), SHORTCUT_PORT);
	plain_bridge(links);
	links[2].port.locked = true;
	assert_int_equal(judge(links), SHORTCUT_PORT);
	plain_bridge(links);
	links[2].port.isolated = true; /* from other isolated ports only */
	assert_int_equal(judge(links), SHORTCUT_OPEN);
	links[1].port.isolated = true;
	assert_int_equal(judge(links), SHORTCUT_PORT);
}

static void firewall_or_unknown_state_closes_shortcut(void **state)
{
	static const enum shortcut want[] = {[FIREWALL_NONE] = SHORTCUT_OPEN,
					     [FIREWALL_NFT] = SHORTCUT_NFT,
					     [FIREWALL_EBTABLES] = SHORTCUT_EBTABLES,
					     [FIREWALL_BR_NETFILTER] = SHORTCUT_BR_NETFILTER,
					     [FIREWALL_UNKNOWN] = SHORTCUT_UNKNOWN};
	struct netdev_link links[4];

	(void)state;
	plain_bridge(links);
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(shortcut_judge(links, 4, BRIDGE, PORT, (enum firewall)i), want[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shortcut_opens_on_plain_bridge),
		cmocka_unit_test(bridge_features_close_shortcut),
		cmocka_unit_test(port_settings_close_shortcut),
		cmocka_unit_test(firewall_or_unknown_state_closes_shortcut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
