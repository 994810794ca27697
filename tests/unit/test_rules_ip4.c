/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 12, 20, 21, 22 and 26 for IPv4, in the user-space engine. */
#include "fixture.h"

enum { IP = 14 };

static void make_packet(struct harness *harness, const uint8_t *dst, const uint8_t *src, const uint8_t *sip,
			const uint8_t *dip)
{
	struct ip4_spec ip = {.src = sip, .dst = dip};

	put_udp4(&harness->frame, dst, src, &ip, 4000, 5000, "hello", 5, false);
}

static void test_rule_08_data_passes_in_both_directions(void **state)
{
	struct harness *harness = *state;

	make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_src(harness, mac_uplink);
	assert_dst(harness, mac_router);
	assert_same_body(harness);
	make_packet(harness, mac_uplink, mac_router, ip_neighbour, ip_a);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_a);
	assert_src(harness, mac_router);
	assert_same_body(harness);
	make_packet(harness, mac_uplink, mac_router, ip_neighbour, ip_host);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
	make_packet(harness, mac_uplink, mac_router, ip_neighbour,
		    ip_neighbour); /* no guest's: the host may forward it */
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
}

static void test_rule_12_frame_to_uplink_mac_is_redirected(void **state)
{
	struct harness *harness = *state;

	make_packet(harness, mac_uplink, mac_a, ip_a, ip_b);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_b);
	assert_src(harness, mac_uplink);
	assert_same_body(harness);
	assert_int_equal(mn_engine_counts(harness->engine, MN_COUNT_TURNED), 1);
	make_packet(harness, mac_uplink, mac_a, ip_a, ip_host);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_HOST, 0);
	assert_src(harness, mac_a);
	make_packet(harness, mac_b, mac_a, ip_a, ip_b); /* flooded by a bridge whose entry for b has aged out */
	from_guest(harness, PORT_A);
	assert_goes(harness, 0, 0);
}

static void test_rule_12_host_and_guest_exchange_locally(void **state)
{
	struct harness *harness = *state;

	make_packet(harness, mac_a, mac_uplink, ip_host, ip_a);
	from_host(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_same_body(harness);
	make_packet(harness, mac_router, mac_uplink, ip_host, ip_a);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0);
}

static void test_rule_20_igmp_report_is_sent_with_uplink_mac(void **state)
{
	struct harness *harness = *state;
	static const uint8_t group[4] = {239, 1, 2, 3}, report[8] = {0x16, 0, 0xf9, 0xfa, 239, 1, 2, 3};
	struct ip4_spec ip = {.src = ip_a, .dst = group, .proto = 2, .options = 4};

	for (int i = 0; i < 3; i++) { /* never suppressed */
		put_ip4(&harness->frame, (const uint8_t[]){1, 0, 0x5e, 1, 2, 3}, mac_a, &ip, report, 8);
		from_guest(harness, PORT_A);
		assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
		assert_same_body(harness);
	}
	ip.src = ip_zero; /* the bridge's own query (RFC 4541) */
	put_ip4(&harness->frame, (const uint8_t[]){1, 0, 0x5e, 0, 0, 1}, (const uint8_t[]){2, 0, 0, 0, 9, 9}, &ip,
		"\x11\0\0\0\0\0\0\0", 8);
	from_guest(harness, 0);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_null(harness_find4(harness, ip_zero));
}

static void test_rule_21_group_address_is_restored(void **state)
{
	struct harness *harness = *state;
	static const struct {
		uint8_t ip[4], mac[6];
	} rows[] = {
		{{224, 0, 0, 251}, {1, 0, 0x5e, 0, 0, 251}},
		{{239, 255, 255, 250}, {1, 0, 0x5e, 0x7f, 255, 250}}, /* the low 23 bits (RFC 1112) */
		{{224, 128, 1, 2}, {1, 0, 0x5e, 0, 1, 2}},
		{{255, 255, 255, 255}, {255, 255, 255, 255, 255, 255}},
		{{192, 168, 157, 255}, {255, 255, 255, 255, 255, 255}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		make_packet(harness, mac_uplink, mac_neighbour, ip_neighbour, rows[i].ip);
		from_wire(harness);
		assert_goes(harness, MN_TO_GUESTS | MN_TO_HOST, 0);
		assert_dst(harness, rows[i].mac);
		assert_same_body(harness);
	}
	assert_int_equal(mn_engine_counts(harness->engine, MN_COUNT_RESTORED), COUNT(rows));
	make_packet(
		harness, mac_uplink, mac_neighbour, ip_neighbour,
		(const uint8_t[]){192, 168, 158, 255}); /* the broadcast address of another subnet is unicast here */
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
	make_packet(harness, mac_uplink, mac_neighbour, ip_neighbour,
		    (const uint8_t[]){240, 0, 0, 1}); /* class E is not a group */
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
}

static void test_rule_21_multicast_is_unchanged(void **state)
{
	struct harness *harness = *state;

	make_packet(harness, (const uint8_t[]){1, 0, 0x5e, 0, 0, 251}, mac_neighbour, ip_neighbour,
		    (const uint8_t[]){224, 0, 0, 251});
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, MN_TO_GUESTS);
	make_packet(harness, (const uint8_t[]){1, 0, 0x5e, 0, 0, 251}, mac_a, ip_a, (const uint8_t[]){224, 0, 0, 251});
	from_guest(harness, PORT_A); /* mDNS of a guest: to the host and the uplink */
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	make_packet(harness, (const uint8_t[]){1, 0, 0x5e, 0, 0, 251}, mac_uplink, ip_host,
		    (const uint8_t[]){224, 0, 0, 251});
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_GUESTS);
}

static void test_rule_22_fragments_are_delivered_by_ip_address(void **state)
{
	struct harness *harness = *state;
	static const uint16_t frags[] = {0x2000, 0x2001, 0x00b9, 0x1fff}; /* first, middle, last, the very last */
	/* bytes that would be ports 67 and 68 of a DHCP answer in a UDP header */
	static const uint8_t data[300] = {0, 67, 0, 68, 1, 44, 0, 0, 2, 1, 6};
	static const uint8_t request[300] = {0, 68, 0, 67, 1, 44, 0, 0, 3, 1, 6}; /* neither request nor reply */

	for (size_t i = 0; i < COUNT(frags); i++) {
		struct ip4_spec in = {.src = ip_neighbour, .dst = ip_a, .proto = 17, .frag = frags[i]};
		struct ip4_spec out = {.src = ip_a, .dst = ip_neighbour, .proto = 17, .frag = frags[i]};

		put_ip4(&harness->frame, mac_uplink, mac_router, &in, data, sizeof(data));
		from_wire(harness);
		assert_goes(harness, MN_TO_GUESTS, 0);
		assert_dst(harness, mac_a);
		assert_same_body(harness);
		put_ip4(&harness->frame, mac_router, mac_a, &out, request, sizeof(request));
		from_guest(harness, PORT_A);
		assert_goes(harness, MN_TO_UPLINK, 0);
		assert_same_body(harness);
	}
}

static void test_rule_22_header_lengths_are_checked(void **state)
{
	struct harness *harness = *state;

	for (uint8_t options = 0; options <= 40; options = (uint8_t)(options + 4)) {
		struct ip4_spec ip = {.src = ip_a, .dst = ip_neighbour, .proto = 6, .options = options};
		uint32_t whole;

		put_ip4(&harness->frame, mac_router, mac_a, &ip, NULL, 0); /* only the header: an exact fit */
		from_guest(harness, PORT_A);
		assert_goes(harness, MN_TO_UPLINK, 0);
		whole = harness->frame.len;
		for (uint32_t len = 0; len < whole; len++) {
			put_ip4(&harness->frame, mac_router, mac_a, &ip, NULL, 0);
			harness->frame.len = len;
			assert_drop(from_guest(harness, PORT_A), "truncated");
		}
		put_ip4(&harness->frame, mac_router, mac_a, &ip, NULL, 0);
		harness->frame.bytes[IP + 10] ^= 0x55;
		assert_drop(from_guest(harness, PORT_A), "ip4_checksum");
		if (!options)
			continue;
		put_ip4(&harness->frame, mac_router, mac_a, &ip, NULL, 0);
		harness->frame.bytes[IP + 19 + options] ^= 0x55; /* the checksum covers the options */
		assert_drop(from_guest(harness, PORT_A), "ip4_checksum");
	}
	make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
	harness->frame.bytes[IP] = 0x44;
	assert_drop(from_guest(harness, PORT_A), "ip4_malformed");
	make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
	harness->frame.bytes[IP] = 0x65;
	assert_drop(from_guest(harness, PORT_A), "ip4_malformed");
	make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
	harness->frame.bytes[IP + 2] = harness->frame.bytes[IP + 3] = 0; /* length 0, and not to be segmented */
	assert_drop(from_guest(harness, PORT_A), "ip4_malformed");
}

static void test_rule_22_only_configured_vlans_pass(void **state)
{
	struct harness *harness = *state;

	make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
	add_tag(&harness->frame, 0x8100, 9);
	assert_drop(from_guest(harness, PORT_A), "vlan");
	make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
	harness->tci = 0x10009; /* outside the frame */
	assert_drop(from_guest(harness, PORT_A), "vlan");
	harness->tci = 0;
	make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
	add_tag(&harness->frame, 0x8100, 7);
	from_guest(harness, PORT_A); /* configured */
	assert_goes(harness, MN_TO_UPLINK, 0);
	make_packet(harness, mac_uplink, mac_router, ip_neighbour, ip_a);
	add_tag(&harness->frame, 0x8100, 7);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_a);
	make_packet(harness, mac_uplink, mac_router, ip_neighbour, ip_a);
	harness->tci = 0x1e007;
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	harness->tci = 0;
	make_packet(harness, mac_uplink, mac_router, ip_neighbour, ip_a);
	add_tag(&harness->frame, 0x8100, 9);
	from_wire(harness); /* perhaps for this host's VLAN interface; never for a guest */
	assert_goes(harness, MN_TO_HOST, 0);
	make_packet(harness, mac_uplink, mac_router, ip_neighbour, ip_b); /* b is not in VLAN 7 */
	add_tag(&harness->frame, 0x8100, 7);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
}

static void test_rule_22_nested_tags_are_dropped(void **state)
{
	struct harness *harness = *state;
	static const uint16_t tpids[] = {0x8100, 0x88a8, 0x9100};

	for (size_t i = 0; i < COUNT(tpids); i++) {
		make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
		add_tag(&harness->frame, 0x8100, 7);
		add_tag(&harness->frame, tpids[i], 7);
		assert_drop(from_guest(harness, PORT_A), "vlan_nested");
		make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
		add_tag(&harness->frame, tpids[i], 7);
		harness->tci = 0x10007;
		assert_drop(from_guest(harness, PORT_A), "vlan_nested");
		harness->tci = 0;
		make_packet(harness, mac_uplink, mac_router, ip_neighbour, ip_a);
		add_tag(&harness->frame, 0x8100, 7);
		add_tag(&harness->frame, tpids[i], 7);
		from_wire(harness);
		assert_goes(harness, MN_TO_HOST, 0);
	}
	make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
	add_tag(&harness->frame, 0x8100, 7);
	for (uint32_t len = 14; len < 18; len++) {
		harness->frame.len = len;
		assert_drop(from_guest(harness, PORT_A), "truncated");
	}
}

static void make_long_packet(struct harness *harness, uint32_t frame, bool out)
{
	static const uint8_t data[9000];
	struct ip4_spec ip = {.src = out ? ip_a : ip_neighbour, .dst = out ? ip_neighbour : ip_a, .proto = 6};

	put_ip4(&harness->frame, out ? mac_router : mac_uplink, out ? mac_a : mac_router, &ip, data, frame - 34);
}

static void test_rule_26_frame_beyond_mtu_is_dropped(void **state)
{
	struct harness *harness = *state;

	make_long_packet(harness, 1514, true);
	from_guest(harness, PORT_A); /* an exact fit is valid */
	assert_goes(harness, MN_TO_UPLINK, 0);
	make_long_packet(harness, 1515, true);
	assert_drop(from_guest(harness, PORT_A), "mtu");
	make_long_packet(harness, 1514, true);
	add_tag(&harness->frame, 0x8100, 7); /* the tag does not count */
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	mn_engine_config(harness->engine)->mtu = 9000;
	make_long_packet(harness, 9014, true);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	mn_engine_set_mtu(harness->engine, PORT_A, 1400);
	make_long_packet(harness, 1414, false);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	make_long_packet(harness, 1415, false);
	assert_drop(from_wire(harness), "mtu");
	make_long_packet(harness, 1415, false); /* the same from the host */
	memcpy(harness->frame.bytes, mac_a, 6);
	memcpy(harness->frame.bytes + 6, mac_uplink, 6);
	assert_drop(from_host(harness), "mtu");
}

/* A packet to be segmented is longer than any MTU, and its own length and checksum are not final. */
static void test_rule_26_segments_are_measured_by_segment(void **state)
{
	struct harness *harness = *state;

	harness->segment = 1514;
	harness->partial = true;
	make_long_packet(harness, 9000, true);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	make_long_packet(harness, 9000, true);
	harness->frame.bytes[IP + 2] = harness->frame.bytes[IP + 3] = 0;
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	make_long_packet(harness, 9000, false);
	harness->frame.bytes[IP + 2] = harness->frame.bytes[IP + 3] = 0;
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_a);
	harness->segment = 1515;
	make_long_packet(harness, 9000, true);
	assert_drop(from_guest(harness, PORT_A), "mtu");
}

static void test_rule_26_trailers_are_kept(void **state)
{
	struct harness *harness = *state;
	static const uint8_t fill[] = {0, 0xff, 0x45};

	for (size_t i = 0; i < COUNT(fill); i++) {
		make_packet(harness, mac_router, mac_a, ip_a, ip_neighbour);
		add_padding(&harness->frame, 60 - harness->frame.len % 60, fill[i]);
		from_guest(harness, PORT_A);
		assert_goes(harness, MN_TO_UPLINK, 0);
		assert_same_body(harness);
	}
}

/* A routing guest: many source addresses, one MAC address; and a nested bridge: many of both. */
static void test_rule_01_guests_may_be_routers_and_bridges(void **state)
{
	struct harness *harness = *state;
	uint8_t ip[4] = {10, 8, 0, 0}, mac[6] = {2, 0, 0, 0, 1, 0};

	for (uint8_t i = 1; i < 100; i++) {
		ip[3] = i;
		make_packet(harness, mac_router, mac_a, ip, ip_neighbour);
		from_guest(harness, PORT_A);
		assert_goes(harness, MN_TO_UPLINK, 0);
		make_packet(harness, mac_uplink, mac_router, ip_neighbour, ip);
		from_wire(harness);
		assert_dst(harness, mac_a);
	}
	ip[1] = 9;
	for (uint8_t i = 1; i < 100; i++) {
		ip[3] = mac[5] = i;
		make_packet(harness, mac_router, mac, ip, ip_neighbour);
		from_guest(harness, PORT_B);
		assert_goes(harness, MN_TO_UPLINK, 0);
		make_packet(harness, mac_uplink, mac_router, ip_neighbour, ip);
		from_wire(harness);
		assert_dst(harness, mac);
	}
}

/* Port 0 is the bridge device: this host with an address on br0. */
static void test_rule_11_bridge_device_has_address_of_host(void **state)
{
	struct harness *harness = *state;
	static const uint8_t ip[4] = {192, 168, 157, 99}, mac[6] = {2, 0, 0, 0, 0, 0xb0};

	harness_learn4(harness, 0, mac, ip);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	make_packet(harness, mac_uplink, mac_router, ip_neighbour, ip);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_01_guests_may_be_routers_and_bridges),
		TEST(test_rule_08_data_passes_in_both_directions),
		TEST(test_rule_11_bridge_device_has_address_of_host),
		TEST(test_rule_12_frame_to_uplink_mac_is_redirected),
		TEST(test_rule_12_host_and_guest_exchange_locally),
		TEST(test_rule_20_igmp_report_is_sent_with_uplink_mac),
		TEST(test_rule_21_group_address_is_restored),
		TEST(test_rule_21_multicast_is_unchanged),
		TEST(test_rule_22_fragments_are_delivered_by_ip_address),
		TEST(test_rule_22_header_lengths_are_checked),
		TEST(test_rule_22_only_configured_vlans_pass),
		TEST(test_rule_22_nested_tags_are_dropped),
		TEST(test_rule_26_frame_beyond_mtu_is_dropped),
		TEST(test_rule_26_segments_are_measured_by_segment),
		TEST(test_rule_26_trailers_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
