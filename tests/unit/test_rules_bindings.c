/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 1, 3, 4 and 7: bindings, their limits and their life, in the user-space engine. */

#include "rules_claims.h"

static size_t owned_count(struct harness *harness, uint32_t port)
{
	struct mn_binding binding;
	struct mn_key key;
	void *cursor = NULL;
	size_t count = 0;

	while (mn_engine_next(harness->engine, &cursor, &key, &binding))
		count += binding.kind == MN_GUEST && binding.port == port && binding.slot != MN_NO_SLOT;
	return count;
}

static void test_rule_01_guest_may_have_many_addresses(void **state)
{
	struct harness *harness = *state;
	uint8_t ip6[16];

	memcpy(ip6, ip6_a, 16);
	for (int i = 0; i < 100; i++) {
		ip6[14] = (uint8_t)i;
		harness_learn6(harness, PORT_A, mac_a, ip6);
		assert_int_equal(harness->verdict->send_to, MN_TO_UPLINK);
	}
	for (int i = 0; i < 100; i++) {
		ip6[14] = (uint8_t)i;
		assert_non_null(harness_find6(harness, ip6));
		put_ip6(&harness->frame, mac_uplink, mac_router, ip6_neighbour, ip6, 17, 64, "\1\2\1\2\0\10\0\0", 8);
		assert_int_equal(from_wire(harness), NOT_DROPPED);
		assert_int_equal(harness->verdict->send_to, MN_TO_GUESTS);
		assert_memory_equal(harness->frame.bytes, mac_a, 6);
	}
}

static void test_rule_01_vlans_have_separate_bindings(void **state)
{
	struct harness *harness = *state;
	struct mn_key key = key_of4(ip_a);

	announce_ip4(harness, PORT_A, mac_a, ip_a);
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_a, mac_zero, ip_a);
	add_tag(&harness->frame, 0x8100, 7);
	assert_int_equal(from_guest(harness, PORT_B), NOT_DROPPED);
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
	key.vlan = 7;
	assert_memory_equal(mn_engine_get(harness->engine, &key)->mac, mac_b, 6);
}

static void test_rule_01_full_port_evicts_its_own_oldest(void **state)
{
	struct harness *harness = *state;

	mn_engine_config(harness->engine)->port_cap = 8;
	announce_ip4(harness, PORT_A, mac_a, ip_a);
	announce_ip4(harness, PORT_B, mac_b, ip_b);
	for (unsigned i = 0; i < 100; i++) {
		harness->now += SECOND;
		assert_int_equal(announce_ip4(harness, PORT_A, mac_a, unused_ip4(i)), NOT_DROPPED);
		assert_true(owned_count(harness, PORT_A) <= 8);
	}
	assert_null(harness_find4(harness, ip_a));
	assert_null(harness_find4(harness, unused_ip4(90)));
	for (unsigned i = 95; i < 100; i++)
		assert_non_null(harness_find4(harness, unused_ip4(i)));
	assert_non_null(harness_find4(harness, ip_b)); /* never a binding of another port */
	assert_non_null(harness_find_mac(harness, mac_b));
}

/* The slots of a port come in blocks. */
static void test_rule_01_cap_above_one_block(void **state)
{
	struct harness *harness = *state;
	enum { CAP = 1000 };

	mn_engine_config(harness->engine)->port_cap = CAP;
	mn_engine_config(harness->engine)->learn_interval_ns = 0;
	for (unsigned i = 0; i < CAP - 1; i++) { /* one more is the MAC address */
		harness->now += SECOND / 1000;
		assert_int_equal(announce_ip4(harness, PORT_A, mac_a, unused_ip4(i)), NOT_DROPPED);
	}
	assert_int_equal(owned_count(harness, PORT_A), CAP);
	for (unsigned i = CAP - 1; i < 2 * CAP; i++) {
		harness->now += SECOND / 1000;
		assert_int_equal(announce_ip4(harness, PORT_A, mac_a, unused_ip4(i)), NOT_DROPPED);
		assert_true(owned_count(harness, PORT_A) <= CAP);
	}
	assert_null(harness_find4(harness, unused_ip4(0)));
	for (unsigned i = CAP + 10; i < 2 * CAP; i++)
		assert_non_null(harness_find4(harness, unused_ip4(i)));
	mn_engine_forget_port(harness->engine, PORT_A); /* frees the blocks: the sanitizer looks */
	assert_int_equal(announce_ip4(harness, PORT_A, mac_a, unused_ip4(0)), NOT_DROPPED);
}

/* In other translators refreshes bypass the cap. Takeovers and moves count too. */
static void test_rule_01_cap_applies_to_moves(void **state)
{
	struct harness *harness = *state;

	mn_engine_config(harness->engine)->port_cap = 8;
	for (unsigned i = 0; i < 40; i++) /* one MAC address with forty addresses, on five ports */
		announce_ip4(harness, 20 + i / 8, (const uint8_t[]){2, 0, 0, 0, 7, (uint8_t)(i / 8)}, unused_ip4(i));
	harness->now += 61 * SECOND; /* its silence lets it move */
	for (unsigned i = 0; i < 40; i++) {
		harness->now += SECOND;
		assert_int_equal(announce_ip4(harness, PORT_B, (const uint8_t[]){2, 0, 0, 0, 7, (uint8_t)(i / 8)},
					      unused_ip4(i)),
				 NOT_DROPPED);
		assert_true(owned_count(harness, PORT_B) <= 8);
	}
}

/* The slot that a takeover gets may be the one that holds the same address. */
static void test_rule_01_takeover_on_full_port_keeps_ring_consistent(void **state)
{
	struct harness *harness = *state;

	mn_engine_config(harness->engine)->port_cap = 4;
	announce_ip4(harness, PORT_A, mac_a, ip_a);
	harness->now += 2 * SECOND;
	for (unsigned i = 0; i < 2; i++)
		announce_ip4(harness, PORT_A, mac_a, unused_ip4(i));
	harness->now += 2 * SECOND;
	announce_ip4(harness, PORT_A, mac_c, ip_c);
	harness->now += 100 * SECOND; /* ip_a is the oldest address of the port; its owner is silent */
	assert_int_equal(announce_ip4(harness, PORT_A, mac_c, ip_c), NOT_DROPPED);
	for (unsigned i = 0; i < 2; i++)
		announce_ip4(harness, PORT_A, mac_c, unused_ip4(i));
	assert_int_equal(announce_ip4(harness, PORT_A, mac_c, ip_a), NOT_DROPPED);
	assert_non_null(harness_find4(harness, ip_a));
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_c, 6);
	for (unsigned i = 0; i < 50; i++) { /* the same at every fill level of the ring */
		harness->now += 61 * SECOND;
		assert_int_equal(announce_ip4(harness, PORT_A, i & 1 ? mac_a : mac_b, unused_ip4(i % 3)), NOT_DROPPED);
		assert_non_null(harness_find4(harness, unused_ip4(i % 3)));
	}
}

static void set_rate_limit(struct harness *harness, unsigned per_second, unsigned burst)
{
	mn_engine_config(harness->engine)->learn_interval_ns = SECOND / per_second;
	mn_engine_config(harness->engine)->learn_credit_ns = SECOND / per_second * burst;
}

static void test_rule_01_flooding_port_is_rate_limited(void **state)
{
	struct harness *harness = *state;
	unsigned learned = 0;

	announce_ip4(harness, PORT_A, mac_a, ip_a);
	announce_ip4(harness, PORT_B, mac_b, ip_b);
	set_rate_limit(harness, 10, 20);
	for (unsigned i = 0; i < 5000; i++) { /* five seconds of a flood of one new address each millisecond */
		enum drop drop = announce_ip4(harness, PORT_A, mac_a, unused_ip4(i));

		assert_true(drop == NOT_DROPPED || drop == DROP_LEARN_RATE);
		learned += drop == NOT_DROPPED;
		assert_int_equal(send_ip4(harness, PORT_A, mac_a, ip_a), NOT_DROPPED); /* known addresses still pass */
		assert_int_equal(send_ip4(harness, PORT_B, mac_b, ip_b), NOT_DROPPED); /* other ports lose nothing */
		harness->now += SECOND / 1000;
	}
	assert_uint_in_range(learned, 70, 72); /* a burst of 20 + 1, then ten per second */
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, unused_ip4(60000)), NOT_DROPPED);
	assert_int_equal(announce_ip4(harness, PORT_C, mac_c, ip_c), NOT_DROPPED);
	assert_non_null(harness_find4(harness, ip_a));
}

static struct mn_port port_of(struct harness *harness, uint32_t ifindex)
{
	struct mn_port port;
	void *cursor = NULL;

	while (mn_engine_next_port(harness->engine, &cursor, &port))
		if (port.ifindex == ifindex)
			return port;
	return (struct mn_port){0};
}

/* Another guest with a's MAC address must neither use up a's rate nor appear in a's counters. */
static void test_rule_01_forged_moves_leave_owner_unchanged(void **state)
{
	struct harness *harness = *state;

	announce_ip4(harness, PORT_A, mac_a, ip_a);
	set_rate_limit(harness, 10, 20);
	for (unsigned i = 0; i < 10; i++) /* a has used some of it */
		announce_ip4(harness, PORT_A, mac_a, unused_ip4(i));
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(send_ip4(harness, PORT_B, mac_a, ip_a), DROP_CLAIM_TAKEN);
		put_dhcp(&harness->frame, mac_broadcast, mac_a, ip_zero, ip_broadcast,
			 &(struct dhcp_spec){.op = 1, .type = 1, .xid = i, .chaddr = mac_a});
		assert_int_equal(from_guest(harness, PORT_B), DROP_CLAIM_TAKEN);
		assert_int_equal(send_ip4(harness, PORT_A, mac_a, ip_a), NOT_DROPPED);
		harness->now += SECOND / 1000;
	}
	put_dhcp(&harness->frame, mac_broadcast, mac_a, ip_zero, ip_broadcast,
		 &(struct dhcp_spec){.op = 1, .type = 1, .xid = 5, .chaddr = mac_a});
	assert_int_equal(from_guest(harness, PORT_A), NOT_DROPPED);
	assert_int_equal(port_of(harness, PORT_A).n_limited, 0);
	assert_int_equal(port_of(harness, PORT_A).n_refused, 0);
	assert_int_equal(port_of(harness, PORT_B).n_refused, 2000);
	assert_int_equal(port_of(harness, PORT_B).n_dropped[DROP_CLAIM_TAKEN], 2000);
	assert_int_equal(port_of(harness, PORT_A).n_dropped[DROP_CLAIM_TAKEN], 0);
}

static void test_rule_01_floods_of_each_kind_cost_others_nothing(void **state)
{
	struct harness *harness = *state;
	uint8_t mac[6], target[16], group[16], gm[6];

	harness_learn_all(harness);
	mn_engine_config(harness->engine)->port_cap = 64;
	set_rate_limit(harness, 100, 100);
	memcpy(mac, mac_a, 6);
	memcpy(target, ip6_a, 16);
	for (unsigned i = 0; i < 20000; i++) {
		struct dhcp_spec request = {.op = 1, .type = 1, .xid = i, .chaddr = mac};

		mac[3] = (uint8_t)(0x10 | i >> 16);
		mac[4] = (uint8_t)(i >> 8);
		mac[5] = (uint8_t)i;
		memcpy(target + 12, mac + 2, 4);
		switch (i % 4) {
		case 0:
			put_dhcp(&harness->frame, mac_broadcast, mac, ip_zero, ip_broadcast, &request);
			break;
		case 1:
			put_arp(&harness->frame, mac_broadcast, mac, 1, mac, unused_ip4(i), mac_zero, ip_neighbour);
			break;
		case 2:
			solicited_node(group, target);
			group_of_ip6(gm, group);
			put_nd(&harness->frame, gm, mac, ip6_zero, group,
			       &(struct nd_spec){.type = NS, .target = target});
			break;
		default:
			put_arp(&harness->frame, mac_broadcast, mac, 1, mac, ip_zero, mac_zero, unused_ip4(i));
		}
		from_guest(harness, PORT_A);
		harness->now += 10000;
		if (i % 100)
			continue;
		assert_int_equal(send_ip4(harness, PORT_B, mac_b, ip_b), NOT_DROPPED);
		assert_true(owned_count(harness, PORT_A) <= MN_PORT_CAP_DEFAULT);
	}
	assert_true(mn_engine_drops(harness->engine, DROP_LEARN_RATE) > 10000);
	assert_non_null(harness_find4(harness, ip_b));
	assert_non_null(harness_find6(harness, ip6_c));
	assert_int_equal(announce_ip4(harness, PORT_C, mac_c, unused_ip4(1)), NOT_DROPPED);
}

static void test_rule_01_table_is_large_enough_for_all_ports(void **state)
{
	struct harness *harness = *state;

	for (uint32_t port = 100; port < 100 + MN_PORTS_MAX - 1; port++) { /* one place is the uplink's */
		uint8_t mac[6] = {2, 0, 0, 0, (uint8_t)(port >> 8), (uint8_t)port};

		for (unsigned i = 0; i < MN_PORT_CAP_DEFAULT; i++)
			announce_ip4(harness, port, mac, unused_ip4((port << 8 | i) & 0xffff));
	}
	assert_int_equal(mn_engine_drops(harness->engine, DROP_LEARN_FULL), 0);
	announce_ip4(harness, 9999, mac_c, ip_c);
	assert_int_equal(harness->verdict->drop, DROP_LEARN_FULL); /* one port above the limit is refused by name */
}

static void test_rule_03_outbound_traffic_refreshes(void **state)
{
	struct harness *harness = *state;

	harness_learn4(harness, PORT_A, mac_a, ip_a);
	harness_learn6(harness, PORT_A, mac_a, ip6_a);
	harness->now += 30 * SECOND;
	send_ip4(harness, PORT_A, mac_a, ip_a);
	assert_true(harness_find4(harness, ip_a)->last_seen == harness->now);
	assert_true(harness_find_mac(harness, mac_a)->last_seen == harness->now);
	assert_true(harness_find6(harness, ip6_a)->last_seen == harness->now - 30 * SECOND);
	harness->now += 30 * SECOND;
	harness_learn6(harness, PORT_A, mac_a, ip6_a);
	assert_true(harness_find6(harness, ip6_a)->last_seen == harness->now);
	/* inbound traffic does not: the guest may be gone */
	put_ip4(&harness->frame, mac_uplink, mac_neighbour,
		&(struct ip4_spec){.src = ip_neighbour, .dst = ip_a, .proto = 1}, "\10\0\0\0", 4);
	from_wire(harness);
	assert_true(harness_find4(harness, ip_a)->last_seen == harness->now - 30 * SECOND);
}

static void test_rule_03_lease_of_silent_guest_is_kept(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = {.op = 2, .type = 5, .xid = 9, .chaddr = mac_a, .yiaddr = ip_a, .lease = 3600};

	put_dhcp(&harness->frame, mac_broadcast, mac_a, ip_zero, ip_broadcast,
		 &(struct dhcp_spec){.op = 1, .type = 3, .xid = 9, .chaddr = mac_a});
	from_guest(harness, PORT_A);
	put_dhcp(&harness->frame, mac_broadcast, mac_router, ip_router, ip_broadcast, &request);
	assert_int_equal(from_wire(harness), NOT_DROPPED);
	harness->now += 600 * SECOND;
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
	harness->now += 3001 * SECOND;
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), NOT_DROPPED);
}

/* Rule 4: a restored binding gets its port when its guest sends, and then uses none of its rate. */
static void test_rule_04_restored_binding_gets_port_when_guest_sends(void **state)
{
	struct harness *harness = *state;
	struct mn_binding binding = {
		.port = 0xffffffffu, .slot = MN_NO_SLOT, .created = harness->now, .last_seen = harness->now};
	struct mn_key key = key_of4(ip_a);

	memcpy(binding.mac, mac_a, 6);
	mn_engine_put(harness->engine, &key, &binding);
	key = key_of_mac(mac_a);
	mn_engine_put(harness->engine, &key, &binding);
	put_ip4(&harness->frame, mac_uplink, mac_neighbour,
		&(struct ip4_spec){.src = ip_neighbour, .dst = ip_a, .proto = 1}, "\10\0\0\0", 4);
	assert_int_equal(from_wire(harness), NOT_DROPPED);
	assert_memory_equal(harness->frame.bytes, mac_a, 6);
	assert_int_equal(announce_ip4(harness, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
	assert_int_equal(send_ip4(harness, PORT_A, mac_a, ip_a), NOT_DROPPED);
	assert_int_equal(harness_find4(harness, ip_a)->port, PORT_A);
	assert_true(harness_find4(harness, ip_a)->slot < MN_PORT_CAP_DEFAULT);
}

static void test_rule_07_announcements_are_learned_at_once(void **state)
{
	struct harness *harness = *state;

	assert_int_equal(announce_ip4(harness, PORT_A, mac_a, ip_a), NOT_DROPPED);
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
	put_arp(&harness->frame, mac_broadcast, mac_b, 2, mac_b, ip_b, mac_b, ip_b); /* as a reply */
	assert_int_equal(from_guest(harness, PORT_B), NOT_DROPPED);
	assert_memory_equal(harness_find4(harness, ip_b)->mac, mac_b, 6);
	assert_memory_equal(harness->frame.bytes + 14 + 8, mac_uplink, 6);
	assert_memory_equal(harness->frame.bytes + 14 + 18, mac_uplink, 6);
	assert_int_equal(harness->verdict->send_to, MN_TO_UPLINK);
	assert_int_equal(harness->verdict->copy_to, MN_TO_HOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_01_guest_may_have_many_addresses),
		TEST(test_rule_01_vlans_have_separate_bindings),
		TEST(test_rule_01_full_port_evicts_its_own_oldest),
		TEST(test_rule_01_cap_above_one_block),
		TEST(test_rule_01_cap_applies_to_moves),
		TEST(test_rule_01_takeover_on_full_port_keeps_ring_consistent),
		TEST(test_rule_01_flooding_port_is_rate_limited),
		TEST(test_rule_01_forged_moves_leave_owner_unchanged),
		TEST(test_rule_01_floods_of_each_kind_cost_others_nothing),
		TEST(test_rule_01_table_is_large_enough_for_all_ports),
		TEST(test_rule_03_outbound_traffic_refreshes),
		TEST(test_rule_03_lease_of_silent_guest_is_kept),
		TEST(test_rule_04_restored_binding_gets_port_when_guest_sends),
		TEST(test_rule_07_announcements_are_learned_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
