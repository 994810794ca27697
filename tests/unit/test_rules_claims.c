/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 2: claims of addresses that another machine has, in the user-space engine. */

#include "rules_claims.h"

static void test_rule_02_host_and_gateway_cannot_be_claimed(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	assert_int_equal(announce_ip4(harness, PORT_A, mac_a, ip_host), DROP_CLAIM_HOST);
	assert_int_equal(send_ip4(harness, PORT_A, mac_a, ip_host), DROP_CLAIM_HOST);
	assert_int_equal(announce_ip4(harness, PORT_A, mac_a, ip_router), DROP_CLAIM_GATEWAY);
	assert_int_equal(send_ip4(harness, PORT_A, mac_a, ip_router), DROP_CLAIM_GATEWAY);
	assert_int_equal(announce_ip4(harness, PORT_A, mac_a, ip_directed_broadcast), DROP_CLAIM_INVALID);
	harness_learn6(harness, PORT_A, mac_a, ip6_host);
	assert_int_equal(harness->verdict->drop, DROP_CLAIM_HOST);
	harness_learn6(harness, PORT_A, mac_a, ip6_router);
	assert_int_equal(harness->verdict->drop, DROP_CLAIM_GATEWAY);
	harness->now += 3600 * SECOND; /* their silence does not change that */
	mn_engine_config(harness->engine)->takeover = MN_TAKEOVER_ANNOUNCED;
	assert_int_equal(announce_ip4(harness, PORT_A, mac_a, ip_host), DROP_CLAIM_HOST);
	assert_int_equal(announce_ip4(harness, PORT_A, mac_a, ip_router), DROP_CLAIM_GATEWAY);
	assert_int_equal(harness_find4(harness, ip_host)->kind, MN_HOST);
	assert_int_equal(harness_find4(harness, ip_router)->kind, MN_GATEWAY);
	assert_true(harness_take_event(harness, MN_EV_REFUSED, &ev));
	assert_int_equal(ev.port, PORT_A);
	assert_memory_equal(ev.mac, mac_a, 6);
}

static void test_rule_02_unusable_addresses_are_refused(void **state)
{
	static const uint8_t bad[][4] = {{224, 0, 0, 1}, {239, 1, 2, 3}, {255, 255, 255, 255},
					 {240, 0, 0, 1}, {127, 0, 0, 1}, {0, 0, 0, 1}};
	static const uint8_t loop6[16] = {[15] = 1};
	struct harness *harness = *state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(send_ip4(harness, PORT_A, mac_a, bad[i]), DROP_CLAIM_INVALID);
		assert_int_equal(announce_ip4(harness, PORT_A, mac_a, bad[i]), DROP_CLAIM_INVALID);
		assert_null(harness_find4(harness, bad[i]));
	}
	harness_learn6(harness, PORT_A, mac_a, ip6_all_nodes);
	assert_int_equal(harness->verdict->drop, DROP_CLAIM_INVALID);
	harness_learn6(harness, PORT_A, mac_a, loop6);
	assert_int_equal(harness->verdict->drop, DROP_CLAIM_INVALID);
}

static void test_rule_02_uplink_mac_is_not_a_guest_address(void **state)
{
	struct harness *harness = *state;

	assert_int_equal(send_ip4(harness, PORT_A, mac_uplink, ip_a), DROP_UPLINK_MAC);
	put_arp(&harness->frame, mac_broadcast, mac_a, 2, mac_uplink, ip_a, mac_zero, ip_a);
	assert_int_equal(from_guest(harness, PORT_A), DROP_ARP_SENDER);
	assert_null(harness_find_mac(harness, mac_uplink));
}

/* In the body of an ARP frame a guest may not name a sibling. */
static void test_rule_02_no_claim_through_a_sibling(void **state)
{
	struct harness *harness = *state;

	harness_learn_all(harness);
	put_arp(&harness->frame, mac_broadcast, mac_a, 2, mac_b, ip_router, mac_zero, ip_router);
	assert_int_not_equal(from_guest(harness, PORT_A), NOT_DROPPED);
	put_arp(&harness->frame, mac_neighbour, mac_a, 2, mac_b, ip_host, mac_neighbour, ip_neighbour);
	assert_int_not_equal(from_guest(harness, PORT_A), NOT_DROPPED);
	put_arp(&harness->frame, mac_neighbour, mac_a, 2, mac_b, ip_c, mac_neighbour, ip_neighbour);
	assert_int_not_equal(from_guest(harness, PORT_A), NOT_DROPPED);
	put_arp(&harness->frame, mac_neighbour, mac_a, 2, mac_b, ip_neighbour, mac_neighbour, ip_neighbour);
	assert_int_not_equal(from_guest(harness, PORT_A), NOT_DROPPED);
	put_arp(&harness->frame, mac_neighbour, mac_a, 2, mac_b, ip_b, mac_neighbour, ip_neighbour);
	assert_int_equal(from_guest(harness, PORT_A), DROP_ARP_SENDER);
	assert_memory_equal(harness_find4(harness, ip_b)->mac, mac_b, 6);
	assert_int_equal(harness_find4(harness, ip_b)->port, PORT_B);
}

/* An advertisement from the unspecified address does not bypass the claims. */
static void test_rule_02_no_claim_from_unknown_port(void **state)
{
	struct harness *harness = *state;
	const uint8_t *targets[] = {ip6_router, ip6_host, ip6_b};

	harness_learn_all(harness);
	for (size_t i = 0; i < COUNT(targets); i++) {
		put_nd(&harness->frame, mac_all_nodes, mac_a, ip6_zero, ip6_all_nodes,
		       &(struct nd_spec){.type = NA, .flags = 0x20, .target = targets[i], .tlla = mac_a});
		assert_int_not_equal(from_guest(harness, PORT_A), NOT_DROPPED);
	}
}

static void test_rule_02_pins_exclude_others(void **state)
{
	struct harness *harness = *state;
	struct mn_key k4 = key_of4(ip_a), k6 = key_of6(ip6_a);

	harness_put_binding(harness, &k4, MN_GUEST, mac_a);
	harness_put_binding(harness, &k6, MN_GUEST, mac_a);
	harness->now += 7200 * SECOND;
	mn_engine_config(harness->engine)->takeover = MN_TAKEOVER_ANNOUNCED;
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), DROP_CLAIM_PINNED);
	assert_int_equal(send_ip4(harness, PORT_B, mac_b, ip_a), DROP_CLAIM_PINNED);
	harness_learn6(harness, PORT_B, mac_b, ip6_a);
	assert_int_equal(harness->verdict->drop, DROP_CLAIM_PINNED);
	assert_int_equal(announce_ip4(harness, PORT_A, mac_a, ip_a), NOT_DROPPED);
	assert_int_equal(harness_find4(harness, ip_a)->port, PORT_A);
	harness->now += 61 * SECOND;
	assert_int_equal(announce_ip4(harness, PORT_C, mac_a, ip_a), NOT_DROPPED); /* its port may change */
	assert_int_equal(harness_find4(harness, ip_a)->port, PORT_C);
	mn_engine_config(harness->engine)->port_cap = 2; /* its own flood does not evict it */
	for (unsigned i = 0; i < 50; i++)
		announce_ip4(harness, PORT_C, mac_a, unused_ip4(i));
	assert_non_null(harness_find4(harness, ip_a));
}

static void test_rule_02_live_owner_keeps_address(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	announce_ip4(harness, PORT_A, mac_a, ip_a);
	harness->now += 10 * SECOND;
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
	assert_true(harness_take_event(harness, MN_EV_CONTEST, &ev)); /* so that the owner is probed */
	assert_memory_equal(ev.owner, mac_a, 6);
	assert_memory_equal(ev.mac, mac_b, 6);
	assert_int_equal(ev.owner_port, PORT_A);
	assert_true(harness_find4(harness, ip_a)->flags & MN_F_CONTEST);
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
	assert_false(harness_take_event(harness, MN_EV_CONTEST, &ev)); /* one report is enough */
	harness->now += 2 * SECOND;
	assert_int_equal(send_ip4(harness, PORT_A, mac_a, ip_a), NOT_DROPPED); /* the owner has answered */
	assert_false(harness_find4(harness, ip_a)->flags & MN_F_CONTEST);
	harness->now += 59 * SECOND;
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
}

static void test_rule_02_silent_owner_loses_address(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	announce_ip4(harness, PORT_A, mac_a, ip_a);
	harness->now += 61 * SECOND;
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), NOT_DROPPED);
	assert_true(harness_take_event(harness, MN_EV_TAKEN, &ev));
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_b, 6);
	assert_int_equal(harness_find4(harness, ip_a)->port, PORT_B);
	assert_int_equal(announce_ip4(harness, PORT_A, mac_a, ip_a), DROP_CLAIM_TAKEN);
}

/* User space has probed the owner in vain: the contender has the address with its next claim. */
static void test_rule_02_owner_that_does_not_answer_loses_address(void **state)
{
	struct harness *harness = *state;
	struct mn_key key = key_of4(ip_a);
	struct mn_binding binding;

	announce_ip4(harness, PORT_A, mac_a, ip_a);
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
	binding = *harness_find4(harness, ip_a);
	binding.last_seen = 0;
	mn_engine_put(harness->engine, &key, &binding);
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), NOT_DROPPED);
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_b, 6);
}

static void test_rule_02_takeover_by_announcement(void **state)
{
	struct harness *harness = *state;

	announce_ip4(harness, PORT_A, mac_a, ip_a);
	harness_learn6(harness, PORT_A, mac_a, ip6_a);
	mn_engine_config(harness->engine)->takeover = MN_TAKEOVER_ANNOUNCED;
	assert_int_equal(send_ip4(harness, PORT_B, mac_b, ip_a), NOT_DROPPED); /* a data packet is no announcement */
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_a, mac_zero, ip_neighbour);
	assert_int_equal(from_guest(harness, PORT_B), NOT_DROPPED); /* nor is a request */
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), NOT_DROPPED);
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_b, 6);
	put_nd(&harness->frame, mac_all_nodes, mac_b, ip6_b, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .flags = 0x40, .target = ip6_a, .tlla = mac_b});
	assert_int_equal(from_guest(harness, PORT_B), DROP_CLAIM_TAKEN); /* solicited: an answer, not an announcement */
	put_nd(&harness->frame, mac_all_nodes, mac_b, ip6_b, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .flags = 0x20, .target = ip6_a, .tlla = mac_b});
	assert_int_equal(from_guest(harness, PORT_B), NOT_DROPPED);
	assert_memory_equal(harness_find6(harness, ip6_a)->mac, mac_b, 6);
}

static void test_rule_02_refusals_are_counted_by_port(void **state)
{
	struct harness *harness = *state;
	struct mn_port port;
	void *cursor = NULL;
	bool seen = false;

	for (int i = 0; i < 5; i++)
		announce_ip4(harness, PORT_A, mac_a, ip_host);
	while (mn_engine_next_port(harness->engine, &cursor, &port))
		if (port.ifindex == PORT_A) {
			seen = true;
			assert_int_equal(port.n_refused, 5);
		}
	assert_true(seen);
	assert_int_equal(mn_engine_drops(harness->engine, DROP_CLAIM_HOST), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_02_host_and_gateway_cannot_be_claimed),
		TEST(test_rule_02_unusable_addresses_are_refused),
		TEST(test_rule_02_uplink_mac_is_not_a_guest_address),
		TEST(test_rule_02_no_claim_through_a_sibling),
		TEST(test_rule_02_no_claim_from_unknown_port),
		TEST(test_rule_02_pins_exclude_others),
		TEST(test_rule_02_live_owner_keeps_address),
		TEST(test_rule_02_silent_owner_loses_address),
		TEST(test_rule_02_owner_that_does_not_answer_loses_address),
		TEST(test_rule_02_takeover_by_announcement),
		TEST(test_rule_02_refusals_are_counted_by_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
