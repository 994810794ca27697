/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which link is the uplink that was unplugged. */
#include "unit.h"

#include "bridge/policy/identity.h"

#include <linux/if_arp.h>

#define CARD .arptype = ARPHRD_ETHER, .mac = {2, 0, 0, 0, 0, 7}

static const struct netdev_link last = {.ifindex = 3, .name = "wlan0", CARD};

static const struct netdev_link *find(const struct netdev_link *links, size_t count)
{
	const struct identity identity = {.name = "wlan0", .last_card = identity_card(&last), .last_kind = last.kind};

	return identity_find_uplink(links, count, &identity);
}

/* The setting `uplink-mac`: the interface of the card is the uplink, whatever its name. */
static void configured_card_is_the_uplink(void **state)
{
	static const uint8_t card[6] = {2, 0, 0, 0, 0, 7};
	const struct identity identity = {.name = "wlan0", .mac = card};
	const struct netdev_link other = {.name = "wlan0", .arptype = ARPHRD_ETHER, .mac = {2, 0, 0, 0, 0, 8}};
	const struct netdev_link renamed = {.name = "wlx020000000007", CARD};
	const struct netdev_link named = {.name = "wlan0", CARD};
	const struct netdev_link on_top[] = {{.name = "wlan0.5", CARD, .kind = "vlan"},
					     {.name = "macvlan0", CARD, .kind = "macvlan"},
					     {.name = "ipvlan0", CARD, .kind = "ipvlan"}};
	const struct netdev_link swapped[] = {other, on_top[0], renamed}, second[] = {renamed, named};
	/* NetworkManager gives a card a random MAC address; an impostor has the permanent one of another card. */
	const struct netdev_link random[] = {{.name = "wlan3", CARD, .permanent_mac = {2, 0, 0, 0, 0, 9}},
					     {.name = "wlan4",
					      .arptype = ARPHRD_ETHER,
					      .mac = {2, 9, 9, 9, 9, 9},
					      .permanent_mac = {2, 0, 0, 0, 0, 7}}};

	(void)state;
	assert_null(identity_find_uplink(&other, 1, &identity));
	assert_null(identity_find_uplink(on_top, COUNT(on_top), &identity));
	assert_ptr_equal(identity_find_uplink(swapped, COUNT(swapped), &identity), &swapped[2]);
	assert_ptr_equal(identity_find_uplink(second, COUNT(second), &identity), &second[1]);
	assert_ptr_equal(identity_find_uplink(random, COUNT(random), &identity), &random[1]);
}

static void without_a_last_card_the_name_decides(void **state)
{
	const struct identity identity = {.name = "wlan0"};
	const struct netdev_link links[] = {{.name = "wlan1", CARD}, {.name = "wlan0", CARD}};

	(void)state;
	assert_ptr_equal(identity_find_uplink(links, 2, &identity), &links[1]);
	assert_null(identity_find_uplink(links, 1, &identity));
}

static void name_or_mac_address_identifies_a_card(void **state)
{
	const struct netdev_link stranger = {.name = "wlan1", .arptype = ARPHRD_ETHER, .mac = {2, 0, 0, 0, 0, 8}};
	const struct netdev_link renamed = {.name = "wlx020000000007", CARD};
	const struct netdev_link replaced = {.name = "wlan0", .arptype = ARPHRD_ETHER, .mac = {2, 0, 0, 0, 0, 9}};
	const struct netdev_link both[] = {renamed, replaced, stranger};

	(void)state;
	assert_null(find(&stranger, 1));
	assert_ptr_equal(find(&renamed, 1), &renamed);
	assert_ptr_equal(find(&replaced, 1), &replaced);
	assert_ptr_equal(find(both, 3), &both[1]);
	assert_null(find(NULL, 0));
}

static void links_that_cannot_be_the_uplink(void **state)
{
	const struct netdev_link links[] = {
		{.name = "wlan0", CARD, .master = 9},      /* a port of a bridge */
		{.name = "br0", CARD, .kind = "bridge"},   /* has the MAC address of a port */
		{.name = "wlan0.5", CARD, .kind = "vlan"}, /* of another kind */
		{.name = "mon0", .arptype = ARPHRD_IEEE80211_RADIOTAP, .mac = {2, 0, 0, 0, 0, 7}},
		{.name = "wlan0", CARD, .kind = "bridge"},
	};

	(void)state;
	assert_null(find(links, COUNT(links)));
}

static void bridge_is_found_by_name(void **state)
{
	const struct netdev_link links[] = {{.name = "br0", .kind = "veth"}, {.name = "br1", .kind = "bridge"}};

	(void)state;
	assert_null(identity_find_bridge(links, 2, "br0"));
	assert_ptr_equal(identity_find_bridge(links, 2, "br1"), &links[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_or_mac_address_identifies_a_card),
		cmocka_unit_test(configured_card_is_the_uplink),
		cmocka_unit_test(without_a_last_card_the_name_decides),
		cmocka_unit_test(links_that_cannot_be_the_uplink),
		cmocka_unit_test(bridge_is_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
