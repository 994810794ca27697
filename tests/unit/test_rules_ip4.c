/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 12, 20, 21, 22 and 26 for IPv4, over the engine in user space. */
#include "fixture.h"

enum { IP = 14 };

static void packet(struct trial *t, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip)
{
	struct ip4 ip = {.src = sip, .dst = dip};

	put_udp4(&t->f, dst, src, &ip, 4000, 5000, "hello", 5, false);
}

static void test_rule_08_data_both_ways(void **state)
{
	struct trial *t = *state;

	packet(t, mac_router, mac_a, ip_a, ip_near);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	assert_src(t, mac_w);
	assert_dst(t, mac_router);
	assert_same_body(t);
	packet(t, mac_w, mac_router, ip_near, ip_a);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_a);
	assert_src(t, mac_router);
	assert_same_body(t);
	packet(t, mac_w, mac_router, ip_near, ip_host);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
	packet(t, mac_w, mac_router, ip_near, ip_near); /* nobody's: the host may forward it */
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
}

static void test_rule_12_turned_around(void **state)
{
	struct trial *t = *state;

	packet(t, mac_w, mac_a, ip_a, ip_b);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_b);
	assert_src(t, mac_w);
	assert_same_body(t);
	assert_int_equal(mn_engine_counts(t->e, MN_N_TURNED), 1);
	packet(t, mac_w, mac_a, ip_a, ip_host);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_HOST, 0);
	assert_src(t, mac_a);
	packet(t, mac_b, mac_a, ip_a, ip_b); /* flooded by a bridge that had forgotten b */
	from_guest(t, PORT_A);
	assert_goes(t, 0, 0);
}

static void test_rule_12_host_and_guest(void **state)
{
	struct trial *t = *state;

	packet(t, mac_a, mac_w, ip_host, ip_a);
	from_host(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_same_body(t);
	packet(t, mac_router, mac_w, ip_host, ip_a);
	from_host(t);
	assert_goes(t, MN_TO_AIR, 0);
}

static void test_rule_20_igmp_report(void **state)
{
	struct trial *t = *state;
	static const uint8_t group[4] = {239, 1, 2, 3}, report[8] = {0x16, 0, 0xf9, 0xfa, 239, 1, 2, 3};
	struct ip4 ip = {.src = ip_a, .dst = group, .proto = 2, .options = 4};

	for (int i = 0; i < 3; i++) { /* never suppressed */
		put_ip4(&t->f, (const uint8_t[]){1, 0, 0x5e, 1, 2, 3}, mac_a, &ip, report, 8);
		from_guest(t, PORT_A);
		assert_goes(t, MN_TO_AIR, MN_TO_HOST);
		assert_same_body(t);
	}
	ip.src = ip_none; /* the bridge's own query (RFC 4541) */
	put_ip4(&t->f, (const uint8_t[]){1, 0, 0x5e, 0, 0, 1}, mac_c, &ip, "\x11\0\0\0\0\0\0\0", 8);
	from_guest(t, 0);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_null(trial_find4(t, ip_none));
}

static void test_rule_21_group_address_comes_back(void **state)
{
	struct trial *t = *state;
	static const struct {
		uint8_t ip[4], mac[6];
	} rows[] = {
		{{224, 0, 0, 251}, {1, 0, 0x5e, 0, 0, 251}},
		{{239, 255, 255, 250}, {1, 0, 0x5e, 0x7f, 255, 250}}, /* 23 bits of it (RFC 1112) */
		{{224, 128, 1, 2}, {1, 0, 0x5e, 0, 1, 2}},
		{{255, 255, 255, 255}, {255, 255, 255, 255, 255, 255}},
		{{192, 168, 157, 255}, {255, 255, 255, 255, 255, 255}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		packet(t, mac_w, mac_near, ip_near, rows[i].ip);
		from_wire(t);
		assert_goes(t, MN_TO_GUESTS | MN_TO_HOST, 0);
		assert_dst(t, rows[i].mac);
		assert_same_body(t);
	}
	assert_int_equal(mn_engine_counts(t->e, MN_N_RESTORED), COUNT(rows));
	packet(t, mac_w, mac_near, ip_near,
	       (const uint8_t[]){192, 168, 158, 255}); /* another subnet's is unicast here */
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
	packet(t, mac_w, mac_near, ip_near, (const uint8_t[]){240, 0, 0, 1}); /* class E is no group */
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
}

static void test_rule_21_multicast_as_it_is(void **state)
{
	struct trial *t = *state;

	packet(t, (const uint8_t[]){1, 0, 0x5e, 0, 0, 251}, mac_near, ip_near, (const uint8_t[]){224, 0, 0, 251});
	from_wire(t);
	assert_goes(t, MN_TO_HOST, MN_TO_GUESTS);
	packet(t, (const uint8_t[]){1, 0, 0x5e, 0, 0, 251}, mac_a, ip_a, (const uint8_t[]){224, 0, 0, 251});
	from_guest(t, PORT_A); /* mDNS of a guest: the host and the air */
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	packet(t, (const uint8_t[]){1, 0, 0x5e, 0, 0, 251}, mac_w, ip_host, (const uint8_t[]){224, 0, 0, 251});
	from_host(t);
	assert_goes(t, MN_TO_AIR, MN_TO_GUESTS);
}

static void test_rule_22_fragments_by_ip_alone(void **state)
{
	struct trial *t = *state;
	static const uint16_t frags[] = {0x2000, 0x2001, 0x00b9, 0x1fff}; /* first, middle, last, the very last */
	/* what would be ports 67 and 68 of a DHCP answer, were it a header */
	static const uint8_t data[300] = {0, 67, 0, 68, 1, 44, 0, 0, 2, 1, 6};

	for (size_t i = 0; i < COUNT(frags); i++) {
		struct ip4 in = {.src = ip_near, .dst = ip_a, .proto = 17, .frag = frags[i]};
		struct ip4 out = {.src = ip_a, .dst = ip_near, .proto = 17, .frag = frags[i]};

		put_ip4(&t->f, mac_w, mac_router, &in, data, sizeof(data));
		from_wire(t);
		assert_goes(t, MN_TO_GUESTS, 0);
		assert_dst(t, mac_a);
		assert_same_body(t);
		put_ip4(&t->f, mac_router, mac_a, &out, data, sizeof(data));
		from_guest(t, PORT_A);
		assert_goes(t, MN_TO_AIR, 0);
		assert_same_body(t);
	}
}

static void test_rule_22_header_lengths(void **state)
{
	struct trial *t = *state;

	for (uint8_t options = 0; options <= 40; options = (uint8_t)(options + 4)) {
		struct ip4 ip = {.src = ip_a, .dst = ip_near, .proto = 6, .options = options};
		uint32_t whole;

		put_ip4(&t->f, mac_router, mac_a, &ip, NULL, 0); /* the header alone: an exact fit */
		from_guest(t, PORT_A);
		assert_goes(t, MN_TO_AIR, 0);
		whole = t->f.len;
		for (uint32_t len = 0; len < whole; len++) {
			put_ip4(&t->f, mac_router, mac_a, &ip, NULL, 0);
			t->f.len = len;
			assert_drop(from_guest(t, PORT_A), "truncated");
		}
		put_ip4(&t->f, mac_router, mac_a, &ip, NULL, 0);
		t->f.b[IP + 10] ^= 0x55;
		assert_drop(from_guest(t, PORT_A), "ip4_checksum");
		if (!options)
			continue;
		put_ip4(&t->f, mac_router, mac_a, &ip, NULL, 0);
		t->f.b[IP + 19 + options] ^= 0x55; /* the options are summed, too */
		assert_drop(from_guest(t, PORT_A), "ip4_checksum");
	}
	packet(t, mac_router, mac_a, ip_a, ip_near);
	t->f.b[IP] = 0x44;
	assert_drop(from_guest(t, PORT_A), "ip4_malformed");
	packet(t, mac_router, mac_a, ip_a, ip_near);
	t->f.b[IP] = 0x65;
	assert_drop(from_guest(t, PORT_A), "ip4_malformed");
	packet(t, mac_router, mac_a, ip_a, ip_near);
	t->f.b[IP + 2] = t->f.b[IP + 3] = 0; /* no length, and nothing that will be segmented */
	assert_drop(from_guest(t, PORT_A), "ip4_malformed");
}

static void test_rule_22_vlans(void **state)
{
	struct trial *t = *state;

	packet(t, mac_router, mac_a, ip_a, ip_near);
	add_tag(&t->f, 0x8100, 9);
	assert_drop(from_guest(t, PORT_A), "vlan");
	packet(t, mac_router, mac_a, ip_a, ip_near);
	t->tci = 0x10009; /* beside the frame */
	assert_drop(from_guest(t, PORT_A), "vlan");
	t->tci = 0;
	packet(t, mac_router, mac_a, ip_a, ip_near);
	add_tag(&t->f, 0x8100, 7);
	from_guest(t, PORT_A); /* configured */
	assert_goes(t, MN_TO_AIR, 0);
	packet(t, mac_w, mac_router, ip_near, ip_a);
	add_tag(&t->f, 0x8100, 7);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_a);
	packet(t, mac_w, mac_router, ip_near, ip_a);
	t->tci = 0x1e007;
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	t->tci = 0;
	packet(t, mac_w, mac_router, ip_near, ip_a);
	add_tag(&t->f, 0x8100, 9);
	from_wire(t); /* perhaps this host's own VLAN interface; never a guest's */
	assert_goes(t, MN_TO_HOST, 0);
	packet(t, mac_w, mac_router, ip_near, ip_b); /* b is not in VLAN 7 */
	add_tag(&t->f, 0x8100, 7);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
}

static void test_rule_22_nested_tags(void **state)
{
	struct trial *t = *state;
	static const uint16_t tpids[] = {0x8100, 0x88a8, 0x9100};

	for (size_t i = 0; i < COUNT(tpids); i++) {
		packet(t, mac_router, mac_a, ip_a, ip_near);
		add_tag(&t->f, 0x8100, 7);
		add_tag(&t->f, tpids[i], 7);
		assert_drop(from_guest(t, PORT_A), "vlan_nested");
		packet(t, mac_router, mac_a, ip_a, ip_near);
		add_tag(&t->f, tpids[i], 7);
		t->tci = 0x10007;
		assert_drop(from_guest(t, PORT_A), "vlan_nested");
		t->tci = 0;
		packet(t, mac_w, mac_router, ip_near, ip_a);
		add_tag(&t->f, 0x8100, 7);
		add_tag(&t->f, tpids[i], 7);
		from_wire(t);
		assert_goes(t, MN_TO_HOST, 0);
	}
	packet(t, mac_router, mac_a, ip_a, ip_near);
	add_tag(&t->f, 0x8100, 7);
	for (uint32_t len = 14; len < 18; len++) {
		t->f.len = len;
		assert_drop(from_guest(t, PORT_A), "truncated");
	}
}

static void long_packet(struct trial *t, uint32_t frame, bool out)
{
	static const uint8_t data[9000];
	struct ip4 ip = {.src = out ? ip_a : ip_near, .dst = out ? ip_near : ip_a, .proto = 6};

	put_ip4(&t->f, out ? mac_router : mac_w, out ? mac_a : mac_router, &ip, data, frame - 34);
}

static void test_rule_26_mtu(void **state)
{
	struct trial *t = *state;

	long_packet(t, 1514, true);
	from_guest(t, PORT_A); /* an exact fit is a fit */
	assert_goes(t, MN_TO_AIR, 0);
	long_packet(t, 1515, true);
	assert_drop(from_guest(t, PORT_A), "mtu");
	long_packet(t, 1514, true);
	add_tag(&t->f, 0x8100, 7); /* the tag does not count */
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	mn_engine_config(t->e)->mtu = 9000;
	long_packet(t, 9014, true);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	mn_engine_set_mtu(t->e, PORT_A, 1400);
	long_packet(t, 1414, false);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	long_packet(t, 1415, false);
	assert_drop(from_wire(t), "mtu");
	long_packet(t, 1415, false); /* from the host alike */
	memcpy(t->f.b, mac_a, 6);
	memcpy(t->f.b + 6, mac_w, 6);
	assert_drop(from_host(t), "mtu");
}

/* A packet to be cut into segments is longer than any MTU, and its own length and checksum are still to be written. */
static void test_rule_26_segments(void **state)
{
	struct trial *t = *state;

	t->segment = 1514;
	t->partial = true;
	long_packet(t, 9000, true);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	long_packet(t, 9000, true);
	t->f.b[IP + 2] = t->f.b[IP + 3] = 0;
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	long_packet(t, 9000, false);
	t->f.b[IP + 2] = t->f.b[IP + 3] = 0;
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_a);
	t->segment = 1515;
	long_packet(t, 9000, true);
	assert_drop(from_guest(t, PORT_A), "mtu");
}

static void test_rule_26_trailers(void **state)
{
	struct trial *t = *state;
	static const uint8_t fill[] = {0, 0xff, 0x45};

	for (size_t i = 0; i < COUNT(fill); i++) {
		packet(t, mac_router, mac_a, ip_a, ip_near);
		add_padding(&t->f, 60 - t->f.len % 60, fill[i]);
		from_guest(t, PORT_A);
		assert_goes(t, MN_TO_AIR, 0);
		assert_same_body(t);
	}
}

/* A guest that routes for a network behind it: many sources, one MAC address; and a nested bridge: many of both. */
static void test_rule_01_routers_and_bridges_as_guests(void **state)
{
	struct trial *t = *state;
	uint8_t ip[4] = {10, 8, 0, 0}, mac[6] = {2, 0, 0, 0, 1, 0};

	for (uint8_t i = 1; i < 100; i++) {
		ip[3] = i;
		packet(t, mac_router, mac_a, ip, ip_near);
		from_guest(t, PORT_A);
		assert_goes(t, MN_TO_AIR, 0);
		packet(t, mac_w, mac_router, ip_near, ip);
		from_wire(t);
		assert_dst(t, mac_a);
	}
	ip[1] = 9;
	for (uint8_t i = 1; i < 100; i++) {
		ip[3] = mac[5] = i;
		packet(t, mac_router, mac, ip, ip_near);
		from_guest(t, PORT_B);
		assert_goes(t, MN_TO_AIR, 0);
		packet(t, mac_w, mac_router, ip_near, ip);
		from_wire(t);
		assert_dst(t, mac);
	}
}

/* Port 0 is the bridge device: this host itself with an address on br0. */
static void test_rule_11_the_bridges_own_address(void **state)
{
	struct trial *t = *state;
	static const uint8_t ip[4] = {192, 168, 157, 99}, mac[6] = {2, 0, 0, 0, 0, 0xb0};

	trial_hear4(t, 0, mac, ip);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	packet(t, mac_w, mac_router, ip_near, ip);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_01_routers_and_bridges_as_guests),
		TEST(test_rule_08_data_both_ways),
		TEST(test_rule_11_the_bridges_own_address),
		TEST(test_rule_12_turned_around),
		TEST(test_rule_12_host_and_guest),
		TEST(test_rule_20_igmp_report),
		TEST(test_rule_21_group_address_comes_back),
		TEST(test_rule_21_multicast_as_it_is),
		TEST(test_rule_22_fragments_by_ip_alone),
		TEST(test_rule_22_header_lengths),
		TEST(test_rule_22_vlans),
		TEST(test_rule_22_nested_tags),
		TEST(test_rule_26_mtu),
		TEST(test_rule_26_segments),
		TEST(test_rule_26_trailers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
