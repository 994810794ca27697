/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 9 to 12 and 16 to 21 for IPv6 and neighbour discovery, in the user-space engine. */
#include "fixture.h"

enum { IP = 14, ICMP = 54, RS_OPT = ICMP + 8, RA_OPT = ICMP + 16, OPT = ICMP + 24, REDIRECT_OPT = ICMP + 40 };

static const uint8_t ll_c[16] = {0xfe, 0x80, [15] = 0xc};

/* A solicitation for target to its solicited-node group. */
static void solicit(struct harness *harness, const uint8_t *src, const uint8_t *sip, const uint8_t *target,
		    const uint8_t *slla)
{
	uint8_t group[16], mac[6];

	solicited_node(group, target);
	group_of_ip6(mac, group);
	put_nd(&harness->frame, mac, src, sip, group, &(struct nd_spec){.type = NS, .target = target, .slla = slla});
}

static void advertise(struct harness *harness, const uint8_t *dst, const uint8_t *src, const uint8_t *sip,
		      const uint8_t *dip, uint8_t flags, const uint8_t *target, const uint8_t *tlla)
{
	put_nd(&harness->frame, dst, src, sip, dip,
	       &(struct nd_spec){.type = NA, .flags = flags, .target = target, .tlla = tlla});
}

#define assert_icmp_ok(t) assert_int_equal(checksums(&(t)->frame), CSUM_ICMP6_OK)

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

static void test_rule_17_each_type_is_translated(void **state)
{
	struct harness *harness = *state;
	static const struct {
		uint8_t type, at;
	} rows[] = {{RS, RS_OPT}, {RA, RA_OPT}, {NS, OPT}, {NA, OPT}, {REDIRECT, REDIRECT_OPT}};

	mn_engine_config(harness->engine)->guest_services = MN_SERVICES_ALL;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct nd_spec nd = {
			.type = rows[i].type, .flags = 0xe0, .target = ip6_c, .slla = mac_c, .tlla = mac_c};
		int at = rows[i].at;

		if (nd.type == NS)
			nd.target = ip6_neighbour;
		put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, &nd);
		from_guest(harness, PORT_C);
		assert_goes(harness, MN_TO_UPLINK, nd.type == RA || nd.type == REDIRECT ? 0 : MN_TO_HOST);
		assert_src(harness, mac_uplink);
		assert_memory_equal(harness->frame.bytes + at + 2, mac_uplink, 6);
		assert_memory_equal(harness->frame.bytes + at + 10, mac_uplink,
				    6); /* other translators change only the first option */
		assert_int_equal(harness->frame.bytes[ICMP + 4], harness->input.bytes[ICMP + 4]); /* R, S, O are kept */
		assert_icmp_ok(harness);
	}
}

static const uint8_t mac_nested[6] = {2, 0, 0, 0, 0x77, 1};

static void test_rule_17_only_guest_addresses_are_translated(void **state)
{
	struct harness *harness = *state;

	mn_engine_config(harness->engine)->guest_services = MN_SERVICES_ALL;
	/* a routing guest redirects a neighbour to another station */
	put_nd(&harness->frame, mac_neighbour, mac_c, ip6_c, ip6_neighbour,
	       &(struct nd_spec){.type = REDIRECT, .target = ip6_router, .tlla = mac_router});
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_memory_equal(harness->frame.bytes + REDIRECT_OPT + 2, mac_router, 6);
	assert_same_body(harness);
	put_nd(&harness->frame, mac_neighbour, mac_c, ip6_c, ip6_neighbour,
	       &(struct nd_spec){.type = REDIRECT, .target = ip6_a, .tlla = mac_a});
	from_guest(harness, PORT_C); /* or to a sibling */
	assert_memory_equal(harness->frame.bytes + REDIRECT_OPT + 2, mac_uplink, 6);
	assert_icmp_ok(harness);
	solicit(harness, mac_c, ip6_c, ip6_neighbour, mac_neighbour); /* no guest may send for an unknown station */
	assert_drop(from_guest(harness, PORT_C), "nd_sender");
	advertise(harness, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, 0x20, ip6_c, mac_router);
	assert_drop(from_guest(harness, PORT_C), "nd_sender");
	solicit(harness, mac_c, ip6_c, ip6_neighbour, mac_a); /* nor for a sibling on another port (rule 30) */
	assert_drop(from_guest(harness, PORT_C), "nd_sender");
	put_ip6(&harness->frame, mac_router, mac_nested, ip6_zero, ip6_neighbour, 17, 64, "\1\2\1\2\0\10\0\0", 8);
	from_guest(harness, PORT_C);
	solicit(harness, mac_c, ip6_c, ip6_neighbour, mac_nested); /* behind a nested bridge or a bond */
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_memory_equal(harness->frame.bytes + OPT + 2, mac_uplink, 6);
}

static void test_rule_17_all_options_are_walked(void **state)
{
	struct harness *harness = *state;
	uint8_t options[1400] = {0};

	for (uint32_t before = 0; before <= 170; before += 17) {
		for (uint32_t i = 0; i < before; i++) {
			options[8 * i] = 14;
			options[8 * i + 1] = 1;
		}
		put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes,
		       &(struct nd_spec){.type = NA,
					 .target = ip6_c,
					 .options = options,
					 .options_len = 8 * before,
					 .tlla = mac_c});
		from_guest(harness, PORT_C);
		assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
		assert_memory_equal(harness->frame.bytes + OPT + 8 * before + 2, mac_uplink, 6);
		assert_icmp_ok(harness);
	}
}

static void test_rule_17_option_of_length_zero_is_dropped(void **state)
{
	struct harness *harness = *state;
	static const uint8_t zero[16] = {14, 1, [8] = 14, [9] = 0}, beyond[8] = {14, 2}, first[8] = {1, 0};
	static const struct {
		const uint8_t *bytes;
		uint32_t len;
	} rows[] = {{zero, 16}, {beyond, 8}, {first, 8}, {zero, 12}, {zero, 1}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct nd_spec nd = {.type = NA, .target = ip6_c, .options = rows[i].bytes, .options_len = rows[i].len};

		put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, &nd);
		assert_drop(from_guest(harness, PORT_C), "nd_option");
		nd.target = ip6_neighbour;
		put_nd(&harness->frame, mac_all_nodes, mac_neighbour, ip6_neighbour, ip6_all_nodes, &nd);
		assert_drop(from_wire(harness), "nd_option");
	}
	/* a link-layer address of another length is not Ethernet's */
	put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .target = ip6_c, .options = (const uint8_t[16]){2, 2}, .options_len = 16});
	assert_drop(from_guest(harness, PORT_C), "nd_option");
}

static void test_rule_17_each_frame_length_is_handled(void **state)
{
	struct harness *harness = *state;
	static const uint8_t types[] = {RS, RA, NS, NA, REDIRECT};

	mn_engine_config(harness->engine)->guest_services = MN_SERVICES_ALL;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct nd_spec nd = {.type = types[i],
				     .target = types[i] == NS ? ip6_neighbour : ip6_c,
				     .slla = mac_c,
				     .tlla = mac_c};
		uint32_t whole;

		harness->now += 2 * SECOND; /* the beginnings are alike, which must not look like a loop */
		put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, &nd);
		whole = harness->frame.len;
		for (uint32_t len = 0; len <= whole; len++) {
			put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, &nd);
			harness->frame.len = len;
			assert_drop(from_guest(harness, PORT_C), len == whole ? "none" : "truncated");
			put_nd(&harness->frame, mac_all_nodes, mac_neighbour, ip6_neighbour, ip6_all_nodes, &nd);
			harness->frame.len = len;
			assert_drop(from_wire(harness), len == whole ? "none" : "truncated");
		}
	}
}

/* The same with consistent lengths: the message itself is short. */
static void test_rule_17_short_messages_are_dropped(void **state)
{
	struct harness *harness = *state;
	static const struct {
		uint8_t type, min;
	} rows[] = {{RS, 8}, {RA, 16}, {NS, 24}, {NA, 24}, {REDIRECT, 40}};
	uint8_t message[48];

	mn_engine_config(harness->engine)->guest_services = MN_SERVICES_ALL;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (uint32_t len = 4; len <= rows[i].min; len++) {
			memset(message, 0, sizeof(message));
			message[0] = rows[i].type;
			memcpy(message + 8, ip6_c, 16);
			put_icmp6(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, 255, message, len, 0,
				  NULL, 0);
			assert_drop(from_guest(harness, PORT_C), len == rows[i].min ? "none"
								 : len < 8          ? "truncated"
										    : "nd_malformed");
		}
}

static void test_rule_17_hop_limit_code_and_checksum_are_checked(void **state)
{
	struct harness *harness = *state;
	struct nd_spec nd = {.type = NA, .target = ip6_c, .tlla = mac_c, .hops = 254};

	put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, &nd);
	assert_drop(from_guest(harness, PORT_C), "nd_hop_limit");
	nd.target = ip6_neighbour;
	put_nd(&harness->frame, mac_all_nodes, mac_router, ip6_router, ip6_all_nodes, &nd);
	assert_drop(from_wire(harness), "nd_hop_limit");
	nd = (struct nd_spec){.type = NA, .target = ip6_c, .tlla = mac_c, .code = 1};
	put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, &nd);
	assert_drop(from_guest(harness, PORT_C), "nd_malformed");
	nd.code = 0;
	put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, &nd);
	harness->frame.bytes[ICMP + 2] ^= 1;
	assert_drop(from_guest(harness, PORT_C), "nd_checksum");
	nd.target = ip6_all_nodes; /* a group is not a valid target */
	put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, &nd);
	assert_drop(from_guest(harness, PORT_C), "nd_malformed");
}

/* An advertisement of guest c behind extension headers. */
static void advertise_behind(struct harness *harness, uint8_t first, const uint8_t *ext, uint32_t len)
{
	uint8_t message[32] = {NA, 0, 0, 0, 0x20};

	memcpy(message + 8, ip6_c, 16);
	message[24] = TLLA;
	message[25] = 1;
	memcpy(message + 26, mac_c, 6);
	put_icmp6(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, 255, message, 32, first, ext, len);
}

static void test_rule_17_extension_headers_are_walked(void **state)
{
	struct harness *harness = *state;
	static const struct {
		uint8_t first;
		uint8_t len, bytes[40];
	} rows[] = {
		{0, 8, {58, 0}},   {60, 16, {58, 1}},
		{43, 8, {58, 0}},  {0, 24, {60, 0, [8] = 43, [9] = 0, [16] = 58, [17] = 0}},
		{51, 24, {58, 4}}, {0, 40, {0, 0, [8] = 0, [16] = 0, [24] = 0, [32] = 58}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		advertise_behind(harness, rows[i].first, rows[i].bytes, rows[i].len);
		from_guest(harness, PORT_C);
		assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
		assert_memory_equal(harness->frame.bytes + OPT + rows[i].len + 2, mac_uplink, 6);
		if (rows[i].first != 51)
			assert_icmp_ok(harness);
	}
}

static void test_rule_17_too_many_headers_are_dropped(void **state)
{
	struct harness *harness = *state;
	uint8_t ext[8 * 20] = {0};

	for (uint32_t headers = 1; headers <= 20; headers++) {
		memset(ext, 0, sizeof(ext));
		for (uint32_t i = 0; i < headers; i++)
			ext[8 * i] = i + 1 < headers ? 60 : 58;
		advertise_behind(harness, 60, ext, 8 * headers);
		assert_drop(from_guest(harness, PORT_C), headers <= 8 ? "none" : "ip6_headers");
	}
	memset(ext, 0, sizeof(ext));
	ext[0] = 58;
	ext[1] = 255; /* longer than the packet */
	advertise_behind(harness, 60, ext, 8);
	assert_drop(from_guest(harness, PORT_C), "ip6_malformed");
}

/* RFC 6980, and messages that evade a filter of first fragments. */
static void test_rule_17_fragmented_nd_is_dropped(void **state)
{
	struct harness *harness = *state;
	static const uint8_t atomic[8] = {58}, first[8] = {58, 0, 0, 1}, later[8] = {58, 0, 0, 8};
	static const uint8_t hidden[16] = {60, 0, 0, 1, [8] = 58};

	advertise_behind(harness, 44, atomic, 8);
	assert_drop(from_guest(harness, PORT_C), "nd_fragment");
	advertise_behind(harness, 44, first, 8);
	assert_drop(from_guest(harness, PORT_C), "nd_fragment");
	advertise_behind(harness, 44, hidden, 16);
	assert_drop(from_guest(harness, PORT_C), "nd_fragment");
	advertise_behind(harness, 44, later, 8); /* rule 22: a later fragment is not inspected */
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_same_body(harness);
	/* a first fragment that ends within its headers */
	put_ip6(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, 44, 255, "\72\0\0\1\0\0\0\1\210\0", 10);
	assert_drop(from_guest(harness, PORT_C), "ip6_malformed");
	put_ip6(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, 44, 255, "\74\0\0\1\0\0\0\1\72\0", 10);
	assert_drop(from_guest(harness, PORT_C), "ip6_malformed");
}

static void test_rule_17_signed_message_is_dropped_when_translated(void **state)
{
	struct harness *harness = *state;
	uint8_t rsa[24] = {RSA, 3};

	put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .target = ip6_c, .options = rsa, .options_len = 24, .tlla = mac_c});
	assert_drop(from_guest(harness, PORT_C), "nd_signed");
	/* without an address: nothing to translate */
	put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .target = ip6_c, .options = rsa, .options_len = 24});
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_same_body(harness);
}

static void test_rule_17_surplus_address_options_are_dropped(void **state)
{
	struct harness *harness = *state;
	uint8_t options[8 * 40];

	for (uint32_t addresses = 1; addresses <= 40; addresses++) {
		for (uint32_t i = 0; i < addresses; i++) {
			options[8 * i] = (uint8_t)(1 + i % 2);
			options[8 * i + 1] = 1;
			memcpy(options + 8 * i + 2, mac_c, 6);
		}
		put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes,
		       &(struct nd_spec){
			       .type = NA, .target = ip6_c, .options = options, .options_len = 8 * addresses});
		from_guest(harness, PORT_C); /* the invariants: no option is sent untranslated */
		if (addresses <= 4)
			assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
		else
			assert_drop((enum drop)harness->verdict->drop, "nd_option");
	}
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
		TEST(test_rule_17_each_type_is_translated),
		TEST(test_rule_17_only_guest_addresses_are_translated),
		TEST(test_rule_17_all_options_are_walked),
		TEST(test_rule_17_option_of_length_zero_is_dropped),
		TEST(test_rule_17_each_frame_length_is_handled),
		TEST(test_rule_17_short_messages_are_dropped),
		TEST(test_rule_17_hop_limit_code_and_checksum_are_checked),
		TEST(test_rule_17_extension_headers_are_walked),
		TEST(test_rule_17_too_many_headers_are_dropped),
		TEST(test_rule_17_fragmented_nd_is_dropped),
		TEST(test_rule_17_signed_message_is_dropped_when_translated),
		TEST(test_rule_17_surplus_address_options_are_dropped),
		TEST(test_rule_18_targets_are_learned),
		TEST(test_rule_19_redirect_names_sibling),
		TEST(test_rule_20_mld_report_is_sent_with_uplink_mac),
		TEST(test_rule_21_group_address_is_restored),
		TEST(test_rule_22_ip6_fragments_and_lengths_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
