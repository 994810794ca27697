/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 9 to 12 and 16 to 22 for IPv6 and neighbour discovery, in the user-space engine. */

#include "rules_nd.h"

static const uint8_t ll_c[16] = {0xfe, 0x80, [15] = 0xc};

static void test_rule_16_duplicate_address_detection_works_through_uplink(void **state)
{
	struct harness *harness = *state;

	solicit(harness, mac_c, ip6_zero, ll_c, NULL);
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_src(harness, mac_uplink);
	assert_same_body(harness); /* only the Ethernet header */
	assert_null(harness_find6(harness, ll_c));
	assert_null(harness_find6(harness, ip6_zero));
	/* the owner answers to all nodes; an access point may convert that to unicast */
	advertise(harness, mac_all_nodes, mac_neighbour, ll_c, ip6_all_nodes, 0x20, ll_c, mac_neighbour);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, MN_TO_GUESTS);
	advertise(harness, mac_uplink, mac_neighbour, ll_c, ip6_all_nodes, 0x20, ll_c, mac_neighbour);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS | MN_TO_HOST, 0);
	assert_dst(harness, mac_all_nodes);
	advertise(harness, mac_uplink, mac_neighbour, ll_c, ll_c, 0x20, ll_c, mac_neighbour);
	from_wire(harness); /* or a station answers to the address itself */
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_c);
	/* a station on the uplink probes the same address at the same time */
	solicit(harness, mac_neighbour, ip6_zero, ll_c, NULL);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, MN_TO_GUESTS);
	memcpy(harness->frame.bytes, mac_uplink, 6);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS | MN_TO_HOST, 0);
}

static void test_rule_16_two_guests_may_probe_same_address(void **state)
{
	struct harness *harness = *state;

	solicit(harness, mac_a, ip6_zero, ll_c, NULL);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	solicit(harness, mac_b, ip6_zero, ll_c, NULL);
	from_guest(harness, PORT_B);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	solicit(harness, mac_b, ip6_zero, ip6_a,
		NULL); /* an address of a: a answers on the bridge; the uplink is asked too */
	from_guest(harness, PORT_B);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_memory_equal(harness_find6(harness, ip6_a)->mac, mac_a, 6);
	advertise(harness, mac_all_nodes, mac_a, ip6_a, ip6_all_nodes, 0x20, ip6_a, mac_a);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_memory_equal(harness->frame.bytes + OPT + 2, mac_uplink, 6);
}

static void test_rule_18_targets_are_learned(void **state)
{
	struct harness *harness = *state;

	advertise(harness, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, 0x20, ll_c, mac_c);
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_memory_equal(harness_find6(harness, ll_c)->mac, mac_c, 6);
	put_ip6(&harness->frame, mac_uplink, mac_neighbour, ip6_neighbour, ll_c, 17, 64, "\1\2\1\2\0\10\0\0", 8);
	from_wire(harness);
	assert_dst(harness, mac_c);
	advertise(harness, mac_neighbour, mac_c, ip6_c, ip6_neighbour, 0x60, ip6_neighbour,
		  mac_c); /* proxy NDP, solicited */
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_memory_equal(harness_find6(harness, ip6_neighbour)->mac, mac_c, 6);
	/* not another guest's address */
	advertise(harness, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, 0x20, ip6_a, mac_c);
	assert_drop(from_guest(harness, PORT_C), "claim_taken");
	advertise(harness, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, 0x20, ip6_host, mac_c);
	assert_drop(from_guest(harness, PORT_C), "claim_host");
	advertise(harness, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, 0x20, ip6_router, mac_c);
	assert_drop(from_guest(harness, PORT_C), "claim_gateway");
}

static void test_rule_19_redirect_names_sibling(void **state)
{
	struct harness *harness = *state;
	struct nd_spec nd = {.type = REDIRECT, .target = ip6_b, .tlla = mac_uplink};

	put_nd(&harness->frame, mac_uplink, mac_router, ip6_router, ip6_a, &nd);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_a);
	assert_memory_equal(harness->frame.bytes + REDIRECT_OPT + 2, mac_b, 6);
	assert_icmp_ok(harness);
	nd.target = ip6_host; /* the host has the uplink MAC */
	put_nd(&harness->frame, mac_uplink, mac_router, ip6_router, ip6_a, &nd);
	from_wire(harness);
	assert_memory_equal(harness->frame.bytes + REDIRECT_OPT + 2, mac_uplink, 6);
	nd.tlla = mac_neighbour;
	put_nd(&harness->frame, mac_uplink, mac_router, ip6_router, ip6_a, &nd);
	from_wire(harness);
	assert_same_body(harness);
	assert_dst(harness, mac_a);
}

/* This host forwards for others, and knows the guests' own MAC addresses. */
static void test_rule_19_redirect_of_host_names_no_guest_to_the_network(void **state)
{
	struct harness *harness = *state;
	struct nd_spec nd = {.type = REDIRECT, .target = ip6_b, .tlla = mac_b};

	put_nd(&harness->frame, mac_neighbour, mac_uplink, ip6_host, ip6_neighbour, &nd);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_memory_equal(harness->frame.bytes + REDIRECT_OPT + 2, mac_uplink, 6);
	assert_icmp_ok(harness);
	nd.tlla = mac_router; /* of a station */
	put_nd(&harness->frame, mac_neighbour, mac_uplink, ip6_host, ip6_neighbour, &nd);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_same_body(harness);
	nd.tlla = mac_b; /* siblings reach each other without vifi */
	put_nd(&harness->frame, mac_a, mac_uplink, ip6_host, ip6_a, &nd);
	from_host(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_same_body(harness);
}

static void test_rule_20_mld_report_is_sent_with_uplink_mac(void **state)
{
	struct harness *harness = *state;
	static const uint8_t reports[16] = {0xff, 2, [15] = 0x16}, hop[8] = {58, 0, 5, 2, 0, 0, 1, 0};
	uint8_t message[28] = {143, [7] = 1, [8] = 4, [12] = 0xff, [13] = 2, [27] = 0xfb};

	for (int i = 0; i < 3; i++) {
		put_icmp6(&harness->frame, (const uint8_t[]){0x33, 0x33, 0, 0, 0, 0x16}, mac_a, i ? ip6_a : ip6_zero,
			  reports, 1, message, 28, 0, hop, 8);
		from_guest(harness, PORT_A);
		assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
		assert_same_body(harness);
		assert_src(harness, mac_uplink);
	}
	assert_null(harness_find6(harness, ip6_zero));
}

static void test_rule_21_group_address_is_restored(void **state)
{
	struct harness *harness = *state;
	static const uint8_t group[16] = {0xff, 0x15, [12] = 0x12, [13] = 0x34, [14] = 0x56, [15] = 0x78};

	put_ip6(&harness->frame, mac_uplink, mac_neighbour, ip6_neighbour, group, 17, 64, "\1\2\1\2\0\10\0\0", 8);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS | MN_TO_HOST, 0);
	assert_memory_equal(harness->frame.bytes, "\x33\x33\x12\x34\x56\x78", 6);
	assert_same_body(harness);
	/* a router advertisement, converted to unicast */
	put_nd(&harness->frame, mac_uplink, mac_router, ip6_router, ip6_all_nodes,
	       &(struct nd_spec){.type = RA, .slla = mac_router});
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS | MN_TO_HOST, 0);
	assert_dst(harness, mac_all_nodes);
	/* and one for a single guest */
	put_nd(&harness->frame, mac_uplink, mac_router, ip6_router, ip6_a,
	       &(struct nd_spec){.type = RA, .slla = mac_router});
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_a);
}

static void test_rule_09_conflict_is_delivered_to_guest(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	advertise(harness, mac_all_nodes, mac_neighbour, ip6_a, ip6_all_nodes, 0x20, ip6_a, mac_neighbour);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, MN_TO_GUESTS);
	assert_true(harness_take_event(harness, MN_EV_CONFLICT, &ev));
	assert_memory_equal(harness_find6(harness, ip6_a)->mac, mac_a, 6);
}

static void test_rule_10_proxy_claims_are_dropped(void **state)
{
	struct harness *harness = *state;

	advertise(harness, mac_uplink, mac_router, ip6_router, ip6_a, 0x60, ip6_b, mac_uplink);
	assert_drop(from_wire(harness), "proxy_claim");
	advertise(harness, mac_all_nodes, mac_router, ip6_router, ip6_all_nodes, 0x20, ip6_b, mac_uplink);
	assert_drop(from_wire(harness), "proxy_claim");
	solicit(harness, mac_router, ip6_router, ip6_b, mac_uplink);
	assert_drop(from_wire(harness), "proxy_claim");
	advertise(harness, mac_all_nodes, mac_router, ip6_router, ip6_all_nodes, 0x20, ip6_b, mac_a); /* a guest's */
	assert_drop(from_wire(harness), "proxy_claim");
	advertise(harness, mac_all_nodes, mac_uplink, ip6_b, ip6_all_nodes, 0x20, ip6_b, mac_uplink);
	assert_drop(from_wire(harness), "reflection");
}

static void test_rule_11_guest_and_host_resolve_locally(void **state)
{
	struct harness *harness = *state;

	solicit(harness, mac_a, ip6_a, ip6_host, mac_a);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_HOST, 0);
	assert_memory_equal(harness->frame.bytes + OPT + 2, mac_a, 6);
	assert_icmp_ok(harness);
	solicit(harness, mac_a, ip6_zero, ip6_host, NULL);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_HOST, 0);
	solicit(harness, mac_uplink, ip6_host, ip6_a, mac_uplink);
	from_host(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	solicit(harness, mac_uplink, ip6_zero, ip6_a, NULL); /* its own duplicate address detection: both sides */
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_GUESTS);
	solicit(harness, mac_uplink, ip6_host, ip6_neighbour, mac_uplink);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_GUESTS);
}

static void test_rule_12_solicitation_for_sibling_stays_on_bridge(void **state)
{
	struct harness *harness = *state;

	solicit(harness, mac_a, ip6_a, ip6_b, mac_a);
	from_guest(harness, PORT_A);
	assert_goes(harness, 0, 0);
	put_ip6(&harness->frame, mac_uplink, mac_a, ip6_a, ip6_b, 17, 64, "\1\2\1\2\0\10\0\0", 8);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_b);
	assert_src(harness, mac_uplink);
	harness->now += 100 * SECOND;
	solicit(harness, mac_a, ip6_a, ip6_b, mac_a); /* silent: the guest may have moved */
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_memory_equal(harness->frame.bytes + OPT + 2, mac_uplink, 6);
}

static void test_rule_22_ip6_fragments_and_lengths_are_checked(void **state)
{
	struct harness *harness = *state;
	static const uint8_t later[16] = {17, 0, 0, 0xb8}, esp[16] = {1};
	uint32_t whole;

	put_ip6(&harness->frame, mac_uplink, mac_router, ip6_neighbour, ip6_a, 44, 64, later, 16);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_a);
	put_ip6(&harness->frame, mac_router, mac_a, ip6_a, ip6_neighbour, 50, 64, esp, 16);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	whole = harness->frame.len;
	for (uint32_t len = 0; len <= whole; len++) {
		put_ip6(&harness->frame, mac_router, mac_a, ip6_a, ip6_neighbour, 50, 64, esp, 16);
		harness->frame.len = len;
		assert_drop(from_guest(harness, PORT_A), len == whole ? "none" : "truncated");
	}
	put_ip6(&harness->frame, mac_router, mac_a, ip6_a, ip6_neighbour, 59, 64, NULL, 0);
	add_padding(&harness->frame, 6, 0x3a); /* padding is not payload */
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	harness->frame.bytes[IP] = 0x40;
	memcpy(harness->frame.bytes + 6, mac_a, 6);
	assert_drop(from_guest(harness, PORT_A), "ip6_malformed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_09_conflict_is_delivered_to_guest),
		TEST(test_rule_10_proxy_claims_are_dropped),
		TEST(test_rule_11_guest_and_host_resolve_locally),
		TEST(test_rule_12_solicitation_for_sibling_stays_on_bridge),
		TEST(test_rule_16_duplicate_address_detection_works_through_uplink),
		TEST(test_rule_16_two_guests_may_probe_same_address),
		TEST(test_rule_18_targets_are_learned),
		TEST(test_rule_19_redirect_names_sibling),
		TEST(test_rule_19_redirect_of_host_names_no_guest_to_the_network),
		TEST(test_rule_20_mld_report_is_sent_with_uplink_mac),
		TEST(test_rule_21_group_address_is_restored),
		TEST(test_rule_22_ip6_fragments_and_lengths_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
