/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 31 and 32: services of guests, and networks behind this host (doc/trust.md), in the user-space engine. */
#include "fixture.h"

static const uint8_t ip_new[4] = {192, 168, 157, 120}, ip_outside[4] = {10, 77, 3, 4};

static enum drop data_from_guest(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip,
				 const uint8_t *dst)
{
	struct ip4_spec ip4 = {.src = ip, .dst = ip_neighbour, .proto = 1};

	put_ip4(&harness->frame, dst, mac, &ip4, "\10\0\0\0", 4);
	return from_guest(harness, port);
}

static enum drop announce(struct harness *harness, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	put_arp(&harness->frame, mac_broadcast, mac, 1, mac, ip, mac_zero, ip);
	return from_guest(harness, port);
}

/* ---- rule 31: routers and DHCP servers among the guests ---- */

static void assert_service(struct harness *harness, const struct raw_frame *frame, bool to_sibling)
{
	struct mn_config *config = mn_engine_config(harness->engine);

	for (uint32_t policy = MN_SERVICES_GUESTS; policy <= MN_SERVICES_ALL; policy++) {
		config->guest_services = policy;
		harness->frame = *frame;
		from_guest(harness, PORT_B);
		if (to_sibling && policy != MN_SERVICES_DROP) {
			assert_drop((enum drop)harness->verdict->drop, "none");
			assert_false(harness->verdict->send_to & MN_TO_UPLINK);
		} else if (!to_sibling && policy == MN_SERVICES_ALL) {
			assert_goes(harness, MN_TO_UPLINK, 0);
		} else {
			assert_drop((enum drop)harness->verdict->drop, "guest_service");
		}
	}
	config->guest_services = MN_SERVICES_GUESTS;
}

static void test_rule_31_guests_serve_neither_host_nor_network(void **state)
{
	struct harness *harness = *state;
	struct raw_frame frame;
	struct dhcp_spec offer = {.op = 2, .type = 2, .xid = 1, .chaddr = mac_uplink, .yiaddr = ip_new};
	static const uint8_t reply6[12] = {0x02, 0x23, 0x02, 0x22, 0, 12, 0, 0, 7},
			     relay6[12] = {0x02, 0x23, 0x02, 0x23, 0, 12, 0, 0, 13};

	put_nd(&frame, mac_all_nodes, mac_b, ip6_b, ip6_all_nodes, &(struct nd_spec){.type = RA, .slla = mac_b});
	assert_service(harness, &frame, false);
	put_nd(&frame, mac_neighbour, mac_b, ip6_b, ip6_neighbour,
	       &(struct nd_spec){.type = REDIRECT, .target = ip6_b, .tlla = mac_b});
	assert_service(harness, &frame, false);
	put_dhcp(&frame, mac_broadcast, mac_b, ip_b, ip_broadcast, &offer);
	assert_service(harness, &frame, false);
	put_dhcp(&frame, mac_a, mac_b, ip_b, ip_a, &offer);
	assert_service(harness, &frame, true);
	put_dhcp(&frame, mac_uplink, mac_b, ip_b, ip_a, &offer); /* turned around */
	assert_service(harness, &frame, true);
	put_ip6(&frame, mac_neighbour, mac_b, ip6_b, ip6_neighbour, 17, 64, reply6, 12);
	assert_service(harness, &frame, false);
	put_ip6(&frame, mac_neighbour, mac_b, ip6_b, ip6_neighbour, 17, 64, relay6, 12);
	assert_service(harness, &frame, false);
}

/* With no policy does this host hear them. */
static void test_rule_31_host_never_hears_guests_services(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec offer = {.op = 2, .type = 5, .xid = 1, .chaddr = mac_uplink, .yiaddr = ip_new};
	static const uint8_t reply6[12] = {0x02, 0x23, 0x02, 0x22, 0, 12, 0, 0, 7};
	struct ip4_spec first = {.src = ip_b, .dst = ip_broadcast, .proto = 17, .frag = 0x2000};
	static const uint8_t fragment[24] = {0, 67, 0, 68, 1, 44, 0, 0, 2, 1, 6};

	mn_engine_config(harness->engine)->guest_services = MN_SERVICES_ALL;
	put_nd(&harness->frame, mac_uplink, mac_b, ip6_b, ip6_host, &(struct nd_spec){.type = RA, .slla = mac_b});
	assert_drop(from_guest(harness, PORT_B), "guest_service");
	put_dhcp(&harness->frame, mac_uplink, mac_b, ip_b, ip_host, &offer);
	assert_drop(from_guest(harness, PORT_B), "guest_service");
	put_ip6(&harness->frame, mac_uplink, mac_b, ip6_b, ip6_host, 17, 64, reply6, 12);
	assert_drop(from_guest(harness, PORT_B), "guest_service");
	put_ip4(&harness->frame, mac_broadcast, mac_b, &first, fragment, sizeof(fragment));
	assert_drop(from_guest(harness, PORT_B), "none");
	assert_int_equal(harness->verdict->copy_to, 0); /* the network may, the host not */
	put_dhcp(&harness->frame, mac_broadcast, mac_b, ip_b, ip_broadcast, &offer);
	assert_drop(from_guest(harness, 0), "claim_taken"); /* a program of this host with a guest's addresses */
}

/* The DHCP server and router advertisements of this host's bridge (port 0) stay on it, with each policy. */
static void test_rule_31_host_does_not_serve_network(void **state)
{
	static const uint8_t mac_bridge[6] = {2, 0xbb, 0, 0, 0, 1}, ip_bridge[4] = {192, 168, 157, 99},
			     ip6_bridge[16] = {0xfe, 0x80, [15] = 0x99};
	static const uint8_t reply6[12] = {0x02, 0x23, 0x02, 0x22, 0, 12, 0, 0, 7};
	struct dhcp_spec offer = {.op = 2, .type = 2, .xid = 1, .chaddr = mac_neighbour, .yiaddr = ip_new};
	struct harness *harness = *state;

	for (uint32_t policy = MN_SERVICES_GUESTS; policy <= MN_SERVICES_ALL; policy++) {
		mn_engine_config(harness->engine)->guest_services = policy;
		put_dhcp(&harness->frame, mac_neighbour, mac_bridge, ip_bridge, ip_new, &offer);
		assert_drop(from_guest(harness, 0), "host_service");
		put_dhcp(&harness->frame, mac_broadcast, mac_bridge, ip_bridge, ip_broadcast, &offer);
		assert_drop(from_guest(harness, 0), "host_service");
		put_nd(&harness->frame, mac_all_nodes, mac_bridge, ip6_bridge, ip6_all_nodes,
		       &(struct nd_spec){.type = RA, .slla = mac_bridge});
		assert_drop(from_guest(harness, 0), "host_service");
		put_ip6(&harness->frame, mac_neighbour, mac_bridge, ip6_bridge, ip6_neighbour, 17, 64, reply6, 12);
		assert_drop(from_guest(harness, 0), "host_service");
		put_dhcp(&harness->frame, mac_a, mac_bridge, ip_bridge, ip_a, &offer);
		assert_drop(from_guest(harness, 0), "none"); /* the bridge delivers it */
		assert_int_equal(harness->verdict->send_to, 0);
		/* a server on the uplink itself: with `all` this host may serve the network, too */
		put_dhcp(&harness->frame, mac_broadcast, mac_uplink, ip_host, ip_broadcast, &offer);
		assert_drop(from_host(harness), policy == MN_SERVICES_ALL ? "none" : "host_service");
		put_dhcp(&harness->frame, mac_neighbour, mac_uplink, ip_host, ip_new, &offer);
		assert_drop(from_host(harness), policy == MN_SERVICES_ALL ? "none" : "host_service");
		put_dhcp(&harness->frame, mac_a, mac_uplink, ip_host, ip_a, &offer);
		assert_drop(from_host(harness), "none");
		assert_int_equal(harness->verdict->send_to, MN_TO_GUESTS);
	}
}

/* The host's own requests go to the network only. */
static void test_rule_31_guests_never_hear_requests_of_host(void **state)
{
	struct harness *harness = *state;
	static const uint8_t solicit6[12] = {0x02, 0x22, 0x02, 0x23, 0, 12, 0, 0, 1},
			     other6[12] = {0x02, 0x22, 0x02, 0x24, 0, 12, 0, 0, 1};
	static const uint8_t servers[16] = {0xff, 2, [13] = 1, [15] = 2}, mac[6] = {0x33, 0x33, 0, 1, 0, 2};

	put_dhcp(&harness->frame, mac_broadcast, mac_uplink, ip_zero, ip_broadcast,
		 &(struct dhcp_spec){.op = 1, .type = 1, .xid = 1, .chaddr = mac_uplink});
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0);
	put_ip6(&harness->frame, mac, mac_uplink, ip6_host, servers, 17, 64, solicit6, 12);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0);
	put_nd(&harness->frame, mac, mac_uplink, ip6_host, servers, &(struct nd_spec){.type = RS, .slla = mac_uplink});
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0);
	put_ip6(&harness->frame, mac, mac_uplink, ip6_host, servers, 17, 64, other6, 12);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_GUESTS);
}

/* A relay agent of the network would hand the reply to a client (RFC 2131, 4.1). */
static void test_rule_31_replies_to_relay_agents_stay(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec offer = {
		.op = 2, .type = 2, .xid = 1, .chaddr = mac_neighbour, .yiaddr = ip_new, .giaddr = ip_router};

	put_dhcp(&harness->frame, mac_router, mac_b, ip_b, ip_router, &offer);
	memcpy(harness->frame.bytes + 34, "\0\103\0\103", 4);
	harness->frame.bytes[40] = harness->frame.bytes[41] = 0;
	assert_drop(from_guest(harness, PORT_B), "guest_service");
	mn_engine_config(harness->engine)->guest_services = MN_SERVICES_ALL;
	put_dhcp(&harness->frame, mac_router, mac_b, ip_b, ip_router, &offer);
	memcpy(harness->frame.bytes + 34, "\0\103\0\103", 4);
	harness->frame.bytes[40] = harness->frame.bytes[41] = 0;
	assert_drop(from_guest(harness, PORT_B), "none");
	assert_goes(harness, MN_TO_UPLINK, 0);
}

/* Clients and relay agents among the guests are no servers. */
static void test_rule_31_clients_and_relays_pass(void **state)
{
	struct harness *harness = *state;
	static const uint8_t request6[12] = {0x02, 0x22, 0x02, 0x23, 0, 12, 0, 0, 3},
			     relay6[12] = {0x02, 0x23, 0x02, 0x23, 0, 12, 0, 0, 12};

	put_ip6(&harness->frame, mac_router, mac_b, ip6_b, ip6_router, 17, 64, request6, 12);
	from_guest(harness, PORT_B);
	assert_goes(harness, MN_TO_UPLINK, 0);
	put_ip6(&harness->frame, mac_router, mac_b, ip6_b, ip6_router, 17, 64, relay6, 12);
	from_guest(harness, PORT_B);
	assert_goes(harness, MN_TO_UPLINK, 0);
	put_nd(&harness->frame, mac_all_nodes, mac_b, ip6_b, ip6_all_nodes,
	       &(struct nd_spec){.type = RS, .slla = mac_b});
	from_guest(harness, PORT_B);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
}

/* ---- the port guard: frames that are refused before the bridge learns from them ---- */

static uint8_t guard(struct harness *harness, uint32_t port)
{
	harness_run(harness, MN_FROM_PORT, port, false);
	assert_drop((enum drop)harness->verdict->drop, "none");
	return harness->verdict->send_to;
}

static void data_frame(struct harness *harness, const uint8_t *mac)
{
	struct ip4_spec ip4 = {.src = ip_new, .dst = ip_neighbour, .proto = 1};

	put_ip4(&harness->frame, mac_a, mac, &ip4, "\10\0\0\0", 4);
}

static void test_rule_28_foreign_source_stays_out_of_the_bridge(void **state)
{
	struct harness *harness = *state;
	struct mn_config *config = mn_engine_config(harness->engine);

	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_neighbour, mac_uplink, ip_host);
	from_wire(harness);
	data_frame(harness, mac_b);
	assert_int_equal(guard(harness, PORT_C), 0); /* it is off */
	config->flags = MN_CONFIG_PORT_GUARD;
	data_frame(harness, mac_b);
	assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
	assert_drop(from_guest(harness, PORT_C), "claim_taken");
	data_frame(harness, mac_neighbour);
	assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
	assert_drop(from_guest(harness, PORT_C), "claim_station");
	data_frame(harness, mac_b); /* its owner */
	assert_int_equal(guard(harness, PORT_B), 0);
	data_frame(harness, mac_c); /* of nobody else */
	assert_int_equal(guard(harness, PORT_C), 0);
	data_frame(harness, mac_b);
	config->takeover = MN_TAKEOVER_ANNOUNCED; /* the frame may be an announcement */
	assert_int_equal(guard(harness, PORT_C), 0);
	config->takeover = MN_TAKEOVER_SILENT;
	harness->now += config->silence_ns + SECOND;
	data_frame(harness, mac_b); /* the owner is silent */
	assert_int_equal(guard(harness, PORT_C), 0);
}

/* The bridge has one entry for a MAC address in all VLANs, which a frame with any tag moves. */
static void test_rule_28_tagged_foreign_source_stays_out_of_the_bridge(void **state)
{
	static const uint8_t *const owners[] = {mac_b, mac_neighbour};
	struct harness *harness = *state;
	struct mn_config *config = mn_engine_config(harness->engine);

	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_neighbour, mac_uplink, ip_host);
	from_wire(harness);
	config->flags = MN_CONFIG_PORT_GUARD;
	config->vlans[0] |= 1u << 7;
	for (int i = 0; i < 6; i++) { /* one tag of a VLAN that may not leave, two tags, and one that may */
		data_frame(harness, owners[i & 1]);
		add_tag(&harness->frame, 0x8100, i < 4 ? 9 : 7);
		if (i == 2 || i == 3)
			add_tag(&harness->frame, 0x88a8, 7);
		assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
		assert_drop(from_guest(harness, PORT_C),
			    ((const char *const[]){"vlan", "vlan", "vlan_nested", "vlan_nested", "claim_taken",
						   "claim_station"})[i]);
	}
	data_frame(harness, mac_b); /* its owner */
	add_tag(&harness->frame, 0x8100, 9);
	assert_int_equal(guard(harness, PORT_B), 0);
	data_frame(harness, mac_b);
	add_tag(&harness->frame, 0x8100, 7);
	assert_int_equal(guard(harness, PORT_B), 0);
	assert_drop(from_guest(harness, PORT_B), "none");
}

/* What the forger says about an address that no guest can have reaches no sibling, whose neighbour table would believe it. */
static void test_rule_02_foreign_claim_stays_out_of_the_bridge(void **state)
{
	struct harness *harness = *state;
	struct mn_config *config = mn_engine_config(harness->engine);
	struct mn_key pinned = key_of4(ip_new), pinned6 = key_of6(ip6_neighbour), elsewhere = key_of4(ip_outside);
	const uint8_t *const taken4[] = {ip_router, ip_host, ip_new};
	const uint8_t *const taken6[] = {ip6_router, ip6_host, ip6_neighbour};

	harness_put_binding(harness, &pinned, MN_GUEST, mac_a);
	harness_put_binding(harness, &pinned6, MN_GUEST, mac_a);
	harness_put_binding(harness, &elsewhere, MN_HOST, mac_zero); /* of an interface that the guests do not see */
	config->flags = MN_CONFIG_PORT_GUARD;
	for (size_t i = 0; i < 3; i++) {
		put_arp(&harness->frame, mac_b, mac_c, 2, mac_c, taken4[i], mac_b, ip_b);
		assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
		put_arp(&harness->frame, mac_broadcast, mac_c, 1, mac_c, taken4[i], mac_zero, ip_b);
		assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
		put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes,
		       &(struct nd_spec){.type = NA, .target = taken6[i], .tlla = mac_c});
		assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
		for (uint8_t type = RS; type <= REDIRECT; type++) {
			put_nd(&harness->frame, mac_b, mac_c, taken6[i], ip6_b,
			       &(struct nd_spec){.type = type, .target = ip6_b, .slla = mac_c});
			assert_int_equal(guard(harness, PORT_C), MN_TO_RULES); /* an NA claims its target */
		}
	}
	put_arp(&harness->frame, mac_b, mac_a, 2, mac_a, ip_new, mac_b, ip_b); /* its owner */
	assert_int_equal(guard(harness, PORT_A), 0);
	put_arp(&harness->frame, mac_b, mac_c, 2, mac_c, ip_c, mac_b, ip_b);
	assert_int_equal(guard(harness, PORT_C), 0);
	put_arp(&harness->frame, mac_b, mac_c, 1, mac_c, ip_zero, mac_zero, ip_host); /* a probe claims nothing */
	assert_int_equal(guard(harness, PORT_C), 0);
	put_arp(&harness->frame, mac_b, mac_c, 2, mac_c, ip_outside, mac_b, ip_b);
	assert_int_equal(guard(harness, PORT_C), 0);
	put_arp(&harness->frame, mac_b, mac_c, 2, mac_c, ip_router, mac_b, ip_b);
	config->flags = 0;
	assert_int_equal(guard(harness, PORT_C), 0);
}

/* A claim for the address of a live sibling waits for the end of the contest; that of its owner, or of a silent one, passes. */
static void test_rule_02_contested_claim_stays_out_of_the_bridge(void **state)
{
	struct harness *harness = *state;
	struct mn_config *config = mn_engine_config(harness->engine);
	struct mn_event ev;

	config->flags = MN_CONFIG_PORT_GUARD;
	put_arp(&harness->frame, mac_b, mac_c, 2, mac_c, ip_a, mac_b, ip_b);
	assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
	assert_drop(from_guest(harness, PORT_C), "claim_taken");
	assert_true(harness_take_event(harness, MN_EV_CONTEST, &ev));
	put_arp(&harness->frame, mac_broadcast, mac_c, 1, mac_c, ip_a, mac_zero, ip_a);
	assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
	put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .target = ip6_a, .tlla = mac_c});
	assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
	assert_drop(from_guest(harness, PORT_C), "claim_taken");
	put_arp(&harness->frame, mac_b, mac_a, 2, mac_a, ip_a, mac_b, ip_b); /* its owner */
	assert_int_equal(guard(harness, PORT_A), 0);
	put_arp(&harness->frame, mac_b, mac_neighbour, 2, mac_neighbour, ip_a, mac_b,
		ip_b); /* the port of its owner is one party */
	assert_int_equal(guard(harness, PORT_A), 0);
	put_nd(&harness->frame, mac_all_nodes, mac_a, ip6_a, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .target = ip6_zero, .tlla = mac_a});
	assert_drop(from_guest(harness, PORT_A), "claim_invalid"); /* no guest has the address of everybody's DAD */
	put_arp(&harness->frame, mac_b, mac_c, 2, mac_c, ip_new, mac_b, ip_b); /* of nobody yet */
	assert_int_equal(guard(harness, PORT_C), 0);
	config->takeover = MN_TAKEOVER_ANNOUNCED;
	put_arp(&harness->frame, mac_broadcast, mac_c, 1, mac_c, ip_a, mac_zero, ip_a);
	assert_int_equal(guard(harness, PORT_C), 0);
	config->takeover = MN_TAKEOVER_SILENT;
	harness->now += config->silence_ns + SECOND;
	assert_int_equal(guard(harness, PORT_C), 0); /* its owner is silent */
}

/* A request with the address of a sibling (rule 30) is answered alike if it is a probe, and no sibling believes it. */
static void test_rule_30_borrowed_address_enters_the_bridge_as_a_probe(void **state)
{
	struct harness *harness = *state;
	struct mn_config *config = mn_engine_config(harness->engine);
	struct raw_frame probe;
	struct mn_event ev;

	config->flags = MN_CONFIG_PORT_GUARD;
	put_arp(&probe, mac_broadcast, mac_c, 1, mac_c, ip_zero, mac_zero, ip_b);
	put_arp(&harness->frame, mac_broadcast, mac_c, 1, mac_c, ip_a, mac_zero, ip_b);
	assert_int_equal(guard(harness, PORT_C), MN_TO_BRIDGE);
	assert_memory_equal(harness->frame.bytes, probe.bytes, probe.len);
	assert_true(harness_take_event(harness, MN_EV_CONTEST, &ev));
	assert_int_equal(ev.port, PORT_C);
	config->flags |= MN_CONFIG_SOURCE_GUARD;
	put_arp(&harness->frame, mac_broadcast, mac_c, 1, mac_c, ip_a, mac_zero, ip_b);
	assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
	assert_drop(from_guest(harness, PORT_C), "claim_taken");
}

/* RFC 7113: too many headers, or fragments, hide a message that some hosts believe. */
static void test_rule_02_hidden_claim_stays_out_of_the_bridge(void **state)
{
	static const uint8_t fragment[32] = {58, 0, 0, 1, 0, 0, 0, 7, NA}, later[32] = {58, 0, 1, 1, 0, 0, 0, 7, NA},
			     echo[32] = {58, 0, 0, 1, 0, 0, 0, 7, 128};
	struct harness *harness = *state;
	uint8_t chain[9 * 8 + 24] = {0};

	mn_engine_config(harness->engine)->flags = MN_CONFIG_PORT_GUARD;
	for (size_t i = 0; i < 9; i++)
		chain[8 * i] = i < 8 ? 60 : 58;
	chain[72] = NA;
	put_ip6(&harness->frame, mac_b, mac_c, ip6_c, ip6_b, 60, 255, chain, sizeof(chain));
	assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
	assert_drop(from_guest(harness, PORT_C), "ip6_headers");
	put_ip6(&harness->frame, mac_b, mac_c, ip6_c, ip6_b, 44, 255, fragment, sizeof(fragment));
	assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
	assert_drop(from_guest(harness, PORT_C), "nd_fragment");
	put_ip6(&harness->frame, mac_b, mac_c, ip6_c, ip6_b, 44, 255, later, sizeof(later));
	assert_int_equal(guard(harness, PORT_C), 0);
	put_ip6(&harness->frame, mac_b, mac_c, ip6_c, ip6_b, 44, 255, echo, sizeof(echo));
	assert_int_equal(guard(harness, PORT_C), 0);
}

/* A host obeys a Redirect of the router that it uses: its source is a claim, not that of data. */
static void test_rule_02_redirect_in_the_name_of_another_is_refused(void **state)
{
	static const uint8_t redirect[36] = {5, 1, 0, 0, 192, 168, 157, 43, 0x45}, echo[36] = {8};
	const uint8_t *const taken[] = {ip_router, ip_host, ip_a};
	struct harness *harness = *state;

	mn_engine_config(harness->engine)->flags = MN_CONFIG_PORT_GUARD;
	for (size_t i = 0; i < 3; i++) {
		struct ip4_spec ip4 = {.src = taken[i], .dst = ip_b, .proto = 1};

		put_ip4(&harness->frame, mac_b, mac_c, &ip4, redirect, sizeof(redirect));
		assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
		assert_drop(from_guest(harness, PORT_C),
			    ((const char *const[]){"claim_gateway", "claim_host", "claim_taken"})[i]);
	}
	put_ip4(&harness->frame, mac_b, mac_c, &(struct ip4_spec){.src = ip_c, .dst = ip_b, .proto = 1}, redirect, 36);
	assert_int_equal(guard(harness, PORT_C), 0);
	put_ip4(&harness->frame, mac_b, mac_c, &(struct ip4_spec){.src = ip_a, .dst = ip_b, .proto = 1}, echo, 36);
	assert_int_equal(guard(harness, PORT_C), 0); /* data are no claim (rule 30) */
}

/* This host may use no IPv6: the wire's advertisements show which router the guests use. */
static void test_rule_28_router_of_the_wire_keeps_its_link_local_address(void **state)
{
	static const uint8_t ip6_advertiser[16] = {0xfe, 0x80, [15] = 0x77};
	struct harness *harness = *state;
	struct mn_config *config = mn_engine_config(harness->engine);

	config->flags = MN_CONFIG_PORT_GUARD;
	put_nd(&harness->frame, mac_all_nodes, mac_neighbour, ip6_advertiser, ip6_all_nodes,
	       &(struct nd_spec){.type = RA, .slla = mac_neighbour});
	from_wire(harness);
	assert_int_equal(harness_find6(harness, ip6_advertiser)->kind, MN_STATION);
	put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_advertiser, ip6_all_nodes,
	       &(struct nd_spec){.type = RA, .slla = mac_c});
	assert_int_equal(guard(harness, PORT_C), MN_TO_RULES);
	assert_drop(from_guest(harness, PORT_C), "claim_station");
}

static void test_rule_31_services_stay_out_of_the_bridge(void **state)
{
	struct harness *harness = *state;
	struct mn_config *config = mn_engine_config(harness->engine);
	struct dhcp_spec offer = {.op = 2, .type = 2, .xid = 1, .chaddr = mac_a, .yiaddr = ip_new};
	static const uint8_t reply6[12] = {0x02, 0x23, 0x02, 0x22, 0, 12, 0, 0, 7};
	/* the second fragment of a large ping, whose data begin like an RA */
	static const uint8_t later[16] = {58, 0, 0, 8, 0, 0, 0, 1, RA};

	config->flags = MN_CONFIG_PORT_GUARD;
	for (uint32_t policy = MN_SERVICES_GUESTS; policy <= MN_SERVICES_ALL; policy++) {
		uint8_t expected = policy == MN_SERVICES_DROP ? MN_TO_RULES : 0;

		config->guest_services = policy;
		put_nd(&harness->frame, mac_all_nodes, mac_b, ip6_b, ip6_all_nodes,
		       &(struct nd_spec){.type = RA, .slla = mac_b});
		assert_int_equal(guard(harness, PORT_B), expected);
		put_dhcp(&harness->frame, mac_a, mac_b, ip_b, ip_a, &offer);
		assert_int_equal(guard(harness, PORT_B), expected);
		put_ip6(&harness->frame, mac_a, mac_b, ip6_b, ip6_neighbour, 17, 64, reply6, 12);
		assert_int_equal(guard(harness, PORT_B), expected);
		put_nd(&harness->frame, mac_all_nodes, mac_b, ip6_b, ip6_all_nodes,
		       &(struct nd_spec){.type = NA, .target = ip6_b, .tlla = mac_b});
		assert_int_equal(guard(harness, PORT_B), 0);
		put_ip6(&harness->frame, mac_a, mac_b, ip6_b, ip6_a, 44, 64, later, 16);
		assert_int_equal(guard(harness, PORT_B), 0);
	}
}

/* ---- rule 32: networks that this host routes elsewhere ---- */

static void test_rule_32_routed_networks_cannot_be_claimed(void **state)
{
	struct harness *harness = *state;
	struct mn_key key = key_of4(ip_outside);
	struct mn_event ev;

	harness_add_route(harness, (const uint8_t[]){10, 0, 0, 0}, 8, true);
	assert_drop(announce(harness, PORT_B, mac_b, ip_outside), "claim_routed");
	assert_drop(data_from_guest(harness, PORT_B, mac_b, ip_outside, mac_router), "claim_routed");
	assert_true(harness_take_event(harness, MN_EV_REFUSED, &ev));
	assert_int_equal(ev.reason, DROP_CLAIM_ROUTED);
	assert_null(harness_find4(harness, ip_outside));
	assert_drop(announce(harness, PORT_B, mac_b, ip_new), "none");
	harness_put_binding(harness, &key, MN_GUEST, mac_b); /* a pin gives the address */
	assert_drop(announce(harness, PORT_B, mac_b, ip_outside), "none");
}

static void test_rule_32_longest_match_decides(void **state)
{
	struct harness *harness = *state;

	harness_add_route(harness, (const uint8_t[]){10, 77, 0, 0}, 22, false); /* on the uplink */
	harness_add_route(harness, (const uint8_t[]){10, 0, 0, 0}, 8, true);
	harness_add_route(harness, (const uint8_t[]){10, 77, 3, 5}, 32, true);
	assert_drop(announce(harness, PORT_B, mac_b, ip_outside), "none");
	assert_drop(announce(harness, PORT_B, mac_b, (const uint8_t[]){10, 77, 3, 5}), "claim_routed");
	assert_drop(announce(harness, PORT_B, mac_b, (const uint8_t[]){10, 77, 4, 5}), "claim_routed");
	mn_engine_routed_clear(harness->engine);
	assert_drop(announce(harness, PORT_B, mac_b, (const uint8_t[]){10, 77, 4, 5}), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_31_guests_serve_neither_host_nor_network),
		TEST(test_rule_31_host_never_hears_guests_services),
		TEST(test_rule_31_host_does_not_serve_network),
		TEST(test_rule_31_guests_never_hear_requests_of_host),
		TEST(test_rule_31_replies_to_relay_agents_stay),
		TEST(test_rule_31_clients_and_relays_pass),
		TEST(test_rule_28_foreign_source_stays_out_of_the_bridge),
		TEST(test_rule_28_tagged_foreign_source_stays_out_of_the_bridge),
		TEST(test_rule_02_foreign_claim_stays_out_of_the_bridge),
		TEST(test_rule_02_hidden_claim_stays_out_of_the_bridge),
		TEST(test_rule_02_contested_claim_stays_out_of_the_bridge),
		TEST(test_rule_30_borrowed_address_enters_the_bridge_as_a_probe),
		TEST(test_rule_02_redirect_in_the_name_of_another_is_refused),
		TEST(test_rule_28_router_of_the_wire_keeps_its_link_local_address),
		TEST(test_rule_31_services_stay_out_of_the_bridge),
		TEST(test_rule_32_routed_networks_cannot_be_claimed),
		TEST(test_rule_32_longest_match_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
