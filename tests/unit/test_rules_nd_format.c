/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 17: the checks and the options of neighbour discovery, in the user-space engine. */

#include "rules_nd.h"

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
				     .tlla = mac_c},
			       of_wire = nd;
		uint32_t whole;

		of_wire.slla = of_wire.tlla = mac_neighbour;
		harness->now += 2 * SECOND; /* the beginnings are alike, which must not look like a loop */
		put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, &nd);
		whole = harness->frame.len;
		for (uint32_t len = 0; len <= whole; len++) {
			put_nd(&harness->frame, mac_all_nodes, mac_c, ip6_c, ip6_all_nodes, &nd);
			harness->frame.len = len;
			assert_drop(from_guest(harness, PORT_C), len == whole ? "none" : "truncated");
			put_nd(&harness->frame, mac_all_nodes, mac_neighbour, ip6_neighbour, ip6_all_nodes, &of_wire);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
