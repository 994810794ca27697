/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 2 and 28 to 30: what guests and neighbours can take from others (doc/trust.md), in the user-space engine. */
#include "fixture.h"

static const uint8_t mac_virtual[6] = {0, 0, 0x5e, 0, 1, 0x2c}; /* of a virtual router (RFC 5798, 7.3) */
static const uint8_t ip_virtual[4] = {192, 168, 157, 250}, ip_new[4] = {192, 168, 157, 120};

static enum drop data_from_guest(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip,
				 const uint8_t *dst)
{
	struct ip4_spec ip4 = {.src = ip, .dst = ip_neighbour, .proto = 1};

	put_ip4(&harness->frame, dst, mac, &ip4, "\10\0\0\0", 4);
	return from_guest(harness, port);
}

static enum drop data_from_station(struct harness *harness, const uint8_t *mac)
{
	struct ip4_spec ip4 = {.src = ip_neighbour, .dst = ip_a, .proto = 1};

	put_ip4(&harness->frame, mac_uplink, mac, &ip4, "\10\0\0\0", 4);
	return from_wire(harness);
}

static void data_from_host(struct harness *harness, const uint8_t *mac)
{
	struct ip4_spec ip4 = {.src = ip_host, .dst = ip_neighbour, .proto = 1};

	put_ip4(&harness->frame, mac, mac_uplink, &ip4, "\10\0\0\0", 4);
	assert_drop(from_host(harness), "none");
}

static enum drop announce(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	put_arp(&harness->frame, mac_broadcast, mac, 1, mac, ip, mac_zero, ip);
	return from_guest(harness, port);
}

/* A station's answer to a question of this host. */
static enum drop answer_from_wire(struct harness *harness, const uint8_t *mac, const uint8_t *ip)
{
	put_arp(&harness->frame, mac_uplink, mac, 2, mac, ip, mac_uplink, ip_host);
	return from_wire(harness);
}

static void age_guest(struct harness *harness)
{
	harness->now += 59 * SECOND;
	data_from_guest(harness, PORT_A, mac_a, ip_a, mac_router);
	harness->now += 10 * SECOND;
	data_from_guest(harness, PORT_A, mac_a, ip_a, mac_router);
}

/* ---- rule 28: a station and a guest, one MAC address ---- */

static void test_rule_28_station_keeps_its_mac_address(void **state)
{
	struct harness *harness = *state;
	const struct mn_binding *station;
	struct mn_event ev;

	assert_drop(data_from_station(harness, mac_neighbour), "none");
	station = harness_find_mac(harness, mac_neighbour);
	assert_non_null(station);
	assert_int_equal(station->kind, MN_STATION);
	assert_int_equal(station->port, UPLINK);
	assert_true(station->slot < MN_PORT_CAP_DEFAULT);
	assert_drop(data_from_guest(harness, PORT_B, mac_neighbour, ip_b, mac_router), "claim_station");
	assert_drop(announce(harness, PORT_B, mac_neighbour, ip_b), "claim_station");
	assert_true(harness_take_event(harness, MN_EV_CONTEST, &ev)); /* so that the station is probed */
	assert_int_equal(ev.port, PORT_B);
	assert_int_equal(ev.owner_port, UPLINK);
	assert_int_equal(ev.kind, MN_STATION);
	assert_int_equal(ev.reason, DROP_CLAIM_STATION);
	assert_false(harness_take_event(harness, MN_EV_CONTEST, &ev));
	assert_drop(data_from_station(harness, mac_neighbour), "none");
	assert_dst(harness, mac_a);
	data_from_host(harness, mac_neighbour);
	assert_goes(harness, MN_TO_UPLINK, 0);
	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_neighbour, mac_uplink, ip_host);
	assert_drop(from_wire(harness), "none"); /* an answer counts, however soon */
	assert_false(harness_find_mac(harness, mac_neighbour)->flags & MN_F_CONTEST);
	announce(harness, PORT_B, mac_neighbour, ip_b);
	assert_true(harness_take_event(harness, MN_EV_CONTEST, &ev));
	harness->now += 2 * SECOND;
	data_from_station(harness, mac_neighbour); /* the answer ends the contest */
	assert_false(harness_find_mac(harness, mac_neighbour)->flags & MN_F_CONTEST);
	data_from_guest(harness, PORT_A, mac_a, ip_a, mac_neighbour);
	assert_goes(harness, MN_TO_UPLINK, 0);
}

static void test_rule_28_silent_station_yields_but_wins_when_it_returns(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	data_from_station(harness, mac_neighbour);
	harness->now += 61 * SECOND;
	assert_drop(announce(harness, PORT_B, mac_neighbour, ip_new), "none");
	assert_int_equal(harness_find_mac(harness, mac_neighbour)->kind, MN_GUEST);
	assert_true(harness_find_mac(harness, mac_neighbour)->flags & MN_F_STATION);
	for (int i = 0; i < 20; i++) { /* its age does not help a guest that was not the first */
		harness->now += 30 * SECOND;
		announce(harness, PORT_B, mac_neighbour, ip_new);
	}
	assert_drop(data_from_station(harness, mac_neighbour), "none");
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_int_equal(harness_find_mac(harness, mac_neighbour)->kind, MN_STATION);
	assert_true(harness_take_event(harness, MN_EV_STATION, &ev));
	assert_int_equal(ev.owner_port, PORT_B);
	assert_int_equal(ev.port, UPLINK);
	assert_drop(announce(harness, PORT_B, mac_neighbour, ip_new), "claim_station");
}

static void test_rule_28_station_wins_from_newcomer(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	announce(harness, PORT_B, mac_neighbour, ip_new); /* forged before the station was heard */
	assert_drop(data_from_station(harness, mac_neighbour), "none");
	assert_dst(harness, mac_a);
	assert_true(harness_take_event(harness, MN_EV_STATION, &ev));
	assert_memory_equal(ev.owner, mac_neighbour, 6);
	data_from_host(harness, mac_neighbour);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_drop(announce(harness, PORT_B, mac_neighbour, ip_new), "claim_station");
}

/* A guest that was first and long here may have moved away, or its address is forged: both get the frames. */
static void test_rule_28_old_guest_is_contested(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	age_guest(harness);
	assert_drop(data_from_station(harness, mac_a), "guest_on_wire");
	assert_true(harness_take_event(harness, MN_EV_CONTEST, &ev));
	assert_int_equal(ev.owner_port, PORT_A);
	assert_int_equal(ev.port, UPLINK);
	assert_drop(data_from_station(harness, mac_a), "guest_on_wire");
	assert_false(harness_take_event(harness, MN_EV_CONTEST, &ev));
	data_from_host(harness, mac_a);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_GUESTS);
	data_from_guest(harness, PORT_B, mac_b, ip_b, mac_a);
	assert_goes(harness, MN_TO_UPLINK, 0); /* the bridge has delivered it to a */
	assert_src(harness, mac_uplink);
	harness->now += 2 * SECOND;
	data_from_guest(harness, PORT_A, mac_a, ip_a, mac_router); /* a lives */
	data_from_host(harness, mac_a);
	assert_goes(harness, MN_TO_GUESTS, 0);
	data_from_guest(harness, PORT_B, mac_b, ip_b, mac_a);
	assert_goes(harness, 0, 0);
}

static void test_rule_28_forging_guest_sends_no_frames_to_uplink(void **state)
{
	struct harness *harness = *state;

	age_guest(harness);
	assert_drop(announce(harness, PORT_B, mac_a, ip_b),
		    "claim_taken"); /* a sibling contests: no business of the wire */
	data_from_host(harness, mac_a);
	assert_goes(harness, MN_TO_GUESTS, 0);
}

static void test_rule_28_guest_that_does_not_answer_yields(void **state)
{
	struct harness *harness = *state;
	struct mn_key key = key_of_mac(mac_a);
	struct mn_binding binding;

	age_guest(harness);
	data_from_station(harness, mac_a);
	binding = *harness_find_mac(harness, mac_a);
	binding.last_seen = 0; /* user space has probed in vain */
	mn_engine_put(harness->engine, &key, &binding);
	assert_drop(data_from_station(harness, mac_a), "none");
	assert_int_equal(harness_find_mac(harness, mac_a)->kind, MN_STATION);
}

static void test_rule_28_pinned_guest_never_yields(void **state)
{
	struct harness *harness = *state;
	struct mn_key key = key_of_mac(mac_a);

	harness_put_binding(harness, &key, MN_GUEST, mac_a);
	assert_drop(data_from_station(harness, mac_a), "guest_on_wire");
	harness->now += 3600 * SECOND;
	assert_drop(data_from_station(harness, mac_a), "guest_on_wire");
	data_from_host(harness, mac_a);
	assert_goes(harness, MN_TO_GUESTS, 0);
}

/* A guest that is not live: it may have moved beyond the uplink. */
static void test_rule_28_frames_of_host_for_silent_guest_go_both_ways(void **state)
{
	struct harness *harness = *state;

	data_from_host(harness, mac_a);
	assert_goes(harness, MN_TO_GUESTS, 0);
	harness->now += 61 * SECOND;
	data_from_host(harness, mac_a);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_GUESTS);
}

static void test_rule_28_forged_stations_displace_only_stations(void **state)
{
	struct harness *harness = *state;
	uint8_t mac[6] = {2, 1, 0, 0, 0, 0};

	mn_engine_config(harness->engine)->port_cap = 64;
	mn_engine_config(harness->engine)->learn_interval_ns = SECOND / 10;
	mn_engine_config(harness->engine)->learn_credit_ns = SECOND;
	for (unsigned i = 0; i < 3000; i++) {
		mac[4] = (uint8_t)(i >> 8);
		mac[5] = (uint8_t)i;
		assert_drop(data_from_station(harness, mac), "none"); /* no frame is lost for want of room or budget */
		assert_dst(harness, mac_a);
		harness->now += SECOND / 1000;
		if (i % 100 == 0) {
			harness->now += 2 * SECOND;
			assert_drop(data_from_station(harness, mac_neighbour), "none");
			assert_drop(data_from_guest(harness, PORT_A, mac_a, ip_a, mac_router), "none");
		}
	}
	assert_non_null(harness_find_mac(harness, mac_a));
	assert_non_null(harness_find_mac(harness, mac_b));
	assert_int_equal(harness_find_mac(harness, mac_neighbour)->kind, MN_STATION); /* it keeps talking */
	assert_drop(announce(harness, PORT_C, mac_c, ip_new), "none"); /* and the budget of guests is their own */
}

static void test_rule_28_invalid_sources_are_no_stations(void **state)
{
	struct harness *harness = *state;
	size_t count = mn_engine_count(harness->engine);

	data_from_station(harness, mac_broadcast);
	data_from_station(harness, mac_zero);
	assert_drop(data_from_station(harness, mac_uplink), "reflection");
	assert_int_equal(mn_engine_count(harness->engine), count);
}

/* The source of data for a guest is checked once per second for each peer; a change of the peer is seen at once. */
static void test_rule_28_peer_of_guest_is_checked_again(void **state)
{
	struct harness *harness = *state;

	age_guest(harness);
	data_from_station(harness, mac_neighbour);
	data_from_station(harness, mac_neighbour);
	assert_drop(data_from_station(harness, mac_a), "guest_on_wire");
	for (int i = 0; i < 600; i++) {
		harness->now += SECOND / 10;
		data_from_station(harness, mac_neighbour);
	}
	assert_true(harness_find_mac(harness, mac_neighbour)->last_seen + 3 * SECOND > harness->now);
}

/* ---- rule 29: a new claim of an IP address ---- */

static void test_rule_29_station_that_answers_keeps_its_address(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	assert_drop(announce(harness, PORT_B, mac_b, ip_neighbour), "none"); /* honest guests wait for nothing */
	assert_true(harness_find4(harness, ip_neighbour)->flags & MN_F_TENTATIVE);
	while (harness_take_event(harness, MN_EV_LEARNED, &ev))
		if (ev.key.family == MN_IP4 && !memcmp(ev.key.addr, ip_neighbour, 4))
			assert_true(ev.flags & MN_F_TENTATIVE); /* so that user space asks the wire */
	answer_from_wire(harness, mac_neighbour, ip_neighbour);
	assert_goes(harness, MN_TO_HOST, 0);
	assert_int_equal(harness_find4(harness, ip_neighbour)->kind, MN_STATION);
	assert_memory_equal(harness_find4(harness, ip_neighbour)->mac, mac_neighbour, 6);
	assert_int_equal(harness_find4(harness, ip_neighbour)->port, UPLINK);
	assert_drop(announce(harness, PORT_B, mac_b, ip_neighbour), "claim_station");
	put_nd(&harness->frame, mac_all_nodes, mac_b, ip6_b, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .flags = 0x20, .target = ip6_neighbour, .tlla = mac_b});
	assert_drop(from_guest(harness, PORT_B), "none");
	put_nd(&harness->frame, mac_uplink, mac_neighbour, ip6_neighbour, ip6_host,
	       &(struct nd_spec){.type = NA, .flags = 0x60, .target = ip6_neighbour, .tlla = mac_neighbour});
	assert_drop(from_wire(harness), "none");
	assert_int_equal(harness_find6(harness, ip6_neighbour)->kind, MN_STATION);
	put_nd(&harness->frame, mac_all_nodes, mac_b, ip6_b, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .flags = 0x20, .target = ip6_neighbour, .tlla = mac_b});
	assert_drop(from_guest(harness, PORT_B), "claim_station");
}

static void test_rule_29_station_address_ends_with_its_silence(void **state)
{
	struct harness *harness = *state;

	announce(harness, PORT_B, mac_b, ip_neighbour);
	answer_from_wire(harness, mac_neighbour, ip_neighbour);
	harness->now += 40 * SECOND;
	answer_from_wire(harness, mac_neighbour, ip_neighbour);
	harness->now += 40 * SECOND;
	assert_drop(announce(harness, PORT_B, mac_b, ip_neighbour), "claim_station");
	data_from_station(harness, mac_neighbour); /* data do not name their owner: only ARP and ND count */
	harness->now += 21 * SECOND;
	assert_drop(announce(harness, PORT_B, mac_b, ip_neighbour), "none");
	assert_memory_equal(harness_find4(harness, ip_neighbour)->mac, mac_b, 6);
}

/* "It is at a guest's MAC address" from the wire is hearsay. */
static void test_rule_29_wire_does_not_speak_for_guests(void **state)
{
	struct harness *harness = *state;

	announce(harness, PORT_B, mac_b, ip_new);
	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_a, ip_new, mac_uplink, ip_host);
	from_wire(harness);
	assert_int_equal(harness_find4(harness, ip_new)->kind, MN_GUEST);
	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_new, mac_uplink, ip_host);
	from_wire(harness);
	assert_int_equal(harness_find4(harness, ip_new)->kind, MN_STATION);
}

static void test_rule_29_claim_is_tentative_for_three_seconds(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	announce(harness, PORT_B, mac_b, ip_new);
	harness->now += 3 * SECOND;
	answer_from_wire(harness, mac_neighbour, ip_new);
	assert_int_equal(harness_find4(harness, ip_new)->kind, MN_GUEST);
	assert_true(harness_find4(harness, ip_new)->flags & MN_F_WIRE);
	assert_true(
		harness_take_event(harness, MN_EV_CONFLICT, &ev)); /* b is probed, and sees the claims of the wire */
	answer_from_wire(harness, mac_neighbour, ip_new);
	assert_false(harness_take_event(harness, MN_EV_CONFLICT, &ev));
}

/* The owner of a tentative or contested address can answer only if it hears the question. */
static void test_rule_29_questions_also_go_to_uplink(void **state)
{
	struct harness *harness = *state;
	uint8_t group[16], group_mac[6];

	solicited_node(group, ip6_neighbour);
	group_of_ip6(group_mac, group);
	announce(harness, PORT_B, mac_b, ip_new);
	put_nd(&harness->frame, mac_all_nodes, mac_b, ip6_b, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .flags = 0x20, .target = ip6_neighbour, .tlla = mac_b});
	from_guest(harness, PORT_B);
	for (int i = 0; i < 3; i++) {
		uint8_t to = i == 1 ? 0 : MN_TO_UPLINK;

		put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_new);
		from_guest(harness, PORT_A);
		assert_goes(harness, to, to ? MN_TO_HOST : 0);
		put_nd(&harness->frame, group_mac, mac_a, ip6_a, group,
		       &(struct nd_spec){.type = NS, .target = ip6_neighbour, .slla = mac_a});
		from_guest(harness, PORT_A);
		assert_goes(harness, to, to ? MN_TO_HOST : 0);
		put_arp(&harness->frame, mac_broadcast, mac_uplink, 1, mac_uplink, ip_host, mac_zero, ip_new);
		from_host(harness);
		assert_goes(harness, to ? MN_TO_UPLINK : MN_TO_GUESTS, to ? MN_TO_GUESTS : 0);
		put_nd(&harness->frame, group_mac, mac_uplink, ip6_host, group,
		       &(struct nd_spec){.type = NS, .target = ip6_neighbour, .slla = mac_uplink});
		from_host(harness);
		assert_goes(harness, to ? MN_TO_UPLINK : MN_TO_GUESTS, to ? MN_TO_GUESTS : 0);
		if (i == 0) {
			harness->now += 4 * SECOND; /* no longer tentative */
			continue;
		}
		answer_from_wire(harness, mac_neighbour, ip_new); /* contested */
		put_nd(&harness->frame, mac_all_nodes, mac_neighbour, ip6_neighbour, ip6_all_nodes,
		       &(struct nd_spec){.type = NA, .flags = 0x20, .target = ip6_neighbour, .tlla = mac_neighbour});
		from_wire(harness);
	}
}

/* The server of a lease may be an accomplice of the guest: a station that answers for the address gets it. */
static void test_rule_29_lease_is_tentative(void **state)
{
	struct harness *harness = *state;

	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast,
		 &(struct dhcp_spec){.op = 1, .type = 3, .xid = 9, .chaddr = mac_c});
	from_guest(harness, PORT_C);
	put_dhcp(&harness->frame, mac_broadcast, mac_router, ip_router, ip_broadcast,
		 &(struct dhcp_spec){.op = 2, .type = 5, .xid = 9, .chaddr = mac_c, .yiaddr = ip_new, .lease = 600});
	from_wire(harness);
	assert_true(harness_find4(harness, ip_new)->flags & MN_F_TENTATIVE);
	answer_from_wire(harness, mac_neighbour, ip_new);
	assert_int_equal(harness_find4(harness, ip_new)->kind, MN_STATION);
}

/* ---- rule 30: MAC addresses of one port are one party; data are no claim ---- */

static void test_rule_30_vrrp_works_and_teaches_nothing(void **state)
{
	struct harness *harness = *state;
	struct ip4_spec advert = {.src = ip_a, .dst = (const uint8_t[]){224, 0, 0, 18}, .proto = 112};

	/* keepalived with use_vmac: the guest's own address with the virtual MAC address */
	put_ip4(&harness->frame, (const uint8_t[]){1, 0, 0x5e, 0, 0, 18}, mac_virtual, &advert, "\x21\x2c\x64\1", 4);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
	assert_drop(announce(harness, PORT_A, mac_virtual, ip_virtual), "none");
	assert_memory_equal(harness_find4(harness, ip_virtual)->mac, mac_virtual, 6);
	assert_drop(data_from_guest(harness, PORT_A, mac_a, ip_virtual, mac_router), "none"); /* either MAC address */
	assert_drop(data_from_guest(harness, PORT_A, mac_virtual, ip_a, mac_router), "none");
	assert_memory_equal(harness_find4(harness, ip_virtual)->mac, mac_virtual, 6);
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
	put_arp(&harness->frame, mac_neighbour, mac_a, 2, mac_virtual, ip_virtual, mac_neighbour, ip_neighbour);
	assert_drop(from_guest(harness, PORT_A), "none");
	assert_drop(announce(harness, PORT_A, mac_a, ip_virtual), "none"); /* a claim within a port needs no contest */
	assert_memory_equal(harness_find4(harness, ip_virtual)->mac, mac_a, 6);
	assert_int_equal(mn_engine_drops(harness->engine, DROP_CLAIM_TAKEN), 0);
}

/* A guest with two interfaces in one subnet: Linux uses either address on either of them. */
static void test_rule_30_two_interfaces_in_one_subnet(void **state)
{
	struct harness *harness = *state;
	uint64_t seen = harness_find4(harness, ip_a)->last_seen;

	harness->now += 5 * SECOND;
	assert_drop(data_from_guest(harness, PORT_B, mac_b, ip_a, mac_router), "none");
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
	assert_int_equal(harness_find4(harness, ip_a)->port, PORT_A);
	assert_true(harness_find4(harness, ip_a)->last_seen == seen); /* no sign of life of its owner */
	assert_false(harness_find4(harness, ip_a)->flags & MN_F_CONTEST);
	assert_drop(announce(harness, PORT_B, mac_b, ip_a), "claim_taken"); /* only claims contest */
}

static void test_rule_30_source_guard_and_pins(void **state)
{
	struct harness *harness = *state;
	struct mn_key key = key_of4(ip_a);

	mn_engine_config(harness->engine)->flags |= MN_CONFIG_SOURCE_GUARD;
	assert_drop(data_from_guest(harness, PORT_B, mac_b, ip_a, mac_router), "source_guard");
	assert_drop(data_from_guest(harness, PORT_A, mac_virtual, ip_a, mac_router), "none"); /* one party */
	assert_drop(announce(harness, PORT_B, mac_b, ip_neighbour), "none");
	answer_from_wire(harness, mac_neighbour, ip_neighbour);
	assert_drop(data_from_guest(harness, PORT_B, mac_b, ip_neighbour, mac_router), "source_guard");
	mn_engine_config(harness->engine)->flags = 0;
	assert_drop(data_from_guest(harness, PORT_B, mac_b, ip_neighbour, mac_router), "none");
	harness_put_binding(harness, &key, MN_GUEST, mac_a);
	assert_drop(data_from_guest(harness, PORT_B, mac_b, ip_a, mac_router), "claim_pinned");
}

/* ---- rule 2: one MAC address, two ports ---- */

static void test_rule_02_vm_may_move_to_another_port(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	harness_learn4(harness, PORT_A, mac_a, ip_a);
	harness->now += 2 * SECOND;
	assert_int_equal(announce(harness, PORT_B, mac_a, ip_a), DROP_CLAIM_TAKEN); /* its old port is probed */
	assert_true(harness_take_event(harness, MN_EV_CONTEST, &ev));
	assert_int_equal(ev.port, PORT_B);
	assert_int_equal(ev.owner_port, PORT_A);
	assert_int_equal(ev.key.family, MN_MAC);
	harness->now += 60 * SECOND;
	assert_int_equal(announce(harness, PORT_B, mac_a, ip_a), NOT_DROPPED);
	assert_true(harness_take_event(harness, MN_EV_MOVED, &ev));
	assert_int_equal(harness_find4(harness, ip_a)->port, PORT_B);
	assert_int_equal(harness_find_mac(harness, mac_a)->port, PORT_B);
	mn_engine_config(harness->engine)->takeover = MN_TAKEOVER_ANNOUNCED;
	put_ether(&harness->frame, mac_broadcast, mac_a, 0x8035); /* QEMU sends this when a guest has moved */
	add_padding(&harness->frame, 46, 0);
	assert_int_equal(from_guest(harness, PORT_C), DROP_RARP);
	assert_int_equal(harness_find_mac(harness, mac_a)->port, PORT_C);
}

/* Who forges a silent guest's MAC address loses it with the guest's next frame, and the return is free. */
static void test_rule_02_guest_returns_to_its_port_at_once(void **state)
{
	struct harness *harness = *state;

	harness_learn4(harness, PORT_A, mac_a, ip_a);
	harness->now += 61 * SECOND;
	assert_int_equal(announce(harness, PORT_B, mac_a, ip_a), NOT_DROPPED);
	assert_int_equal(harness_find_mac(harness, mac_a)->port, PORT_B);
	mn_engine_config(harness->engine)->learn_interval_ns = 1000 * SECOND;
	assert_int_equal(data_from_guest(harness, PORT_A, mac_a, ip_a, mac_router), NOT_DROPPED);
	assert_int_equal(harness_find_mac(harness, mac_a)->port, PORT_A);
	assert_int_equal(harness_find4(harness, ip_a)->port, PORT_A);
	assert_int_equal(announce(harness, PORT_B, mac_a, ip_a), DROP_CLAIM_TAKEN);
	assert_int_equal(harness_find_mac(harness, mac_a)->port, PORT_A);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_02_vm_may_move_to_another_port),
		TEST(test_rule_02_guest_returns_to_its_port_at_once),
		TEST(test_rule_28_station_keeps_its_mac_address),
		TEST(test_rule_28_silent_station_yields_but_wins_when_it_returns),
		TEST(test_rule_28_station_wins_from_newcomer),
		TEST(test_rule_28_old_guest_is_contested),
		TEST(test_rule_28_forging_guest_sends_no_frames_to_uplink),
		TEST(test_rule_28_guest_that_does_not_answer_yields),
		TEST(test_rule_28_pinned_guest_never_yields),
		TEST(test_rule_28_frames_of_host_for_silent_guest_go_both_ways),
		TEST(test_rule_28_forged_stations_displace_only_stations),
		TEST(test_rule_28_invalid_sources_are_no_stations),
		TEST(test_rule_28_peer_of_guest_is_checked_again),
		TEST(test_rule_29_station_that_answers_keeps_its_address),
		TEST(test_rule_29_station_address_ends_with_its_silence),
		TEST(test_rule_29_wire_does_not_speak_for_guests),
		TEST(test_rule_29_claim_is_tentative_for_three_seconds),
		TEST(test_rule_29_questions_also_go_to_uplink),
		TEST(test_rule_29_lease_is_tentative),
		TEST(test_rule_30_vrrp_works_and_teaches_nothing),
		TEST(test_rule_30_two_interfaces_in_one_subnet),
		TEST(test_rule_30_source_guard_and_pins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
