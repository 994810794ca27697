/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 16 to 21 and 9 to 12 for IPv6 and neighbour discovery, over the engine in user space. */
#include "fixture.h"

enum { IP = 14, ICMP = 54, RS_OPT = ICMP + 8, RA_OPT = ICMP + 16, OPT = ICMP + 24, REDIRECT_OPT = ICMP + 40 };

static const uint8_t ll_c[16] = {0xfe, 0x80, [15] = 0xc};

/* A solicitation for target to its solicited-node group. */
static void solicit(struct trial *t, const uint8_t *src, const uint8_t *sip, const uint8_t *target, const uint8_t *slla)
{
	uint8_t group[16], mac[6];

	solicited_node(group, target);
	group_of_ip6(mac, group);
	put_nd(&t->f, mac, src, sip, group, &(struct nd){.type = NS, .target = target, .slla = slla});
}

static void advertise(struct trial *t, const uint8_t *dst, const uint8_t *src, const uint8_t *sip, const uint8_t *dip,
		      uint8_t flags, const uint8_t *target, const uint8_t *tlla)
{
	put_nd(&t->f, dst, src, sip, dip, &(struct nd){.type = NA, .flags = flags, .target = target, .tlla = tlla});
}

#define assert_icmp_ok(t) assert_int_equal(checksums(&(t)->f), CSUM_ICMP6_OK)

static void test_rule_16_duplicate_address_detection(void **state)
{
	struct trial *t = *state;

	solicit(t, mac_c, ip6_none, ll_c, NULL);
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_src(t, mac_w);
	assert_same_body(t); /* only the Ethernet header */
	assert_null(trial_find6(t, ll_c));
	assert_null(trial_find6(t, ip6_none));
	/* the owner answers to all nodes; an access point may make unicast of that */
	advertise(t, mac_6all, mac_near, ll_c, ip6_nodes, 0x20, ll_c, mac_near);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, MN_TO_GUESTS);
	advertise(t, mac_w, mac_near, ll_c, ip6_nodes, 0x20, ll_c, mac_near);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS | MN_TO_HOST, 0);
	assert_dst(t, mac_6all);
	advertise(t, mac_w, mac_near, ll_c, ll_c, 0x20, ll_c, mac_near);
	from_wire(t); /* or somebody answers to the address itself */
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_c);
	/* somebody on the wire probes the same at the same time */
	solicit(t, mac_near, ip6_none, ll_c, NULL);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, MN_TO_GUESTS);
	memcpy(t->f.b, mac_w, 6);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS | MN_TO_HOST, 0);
}

static void test_rule_16_two_guests_the_same_address(void **state)
{
	struct trial *t = *state;

	solicit(t, mac_a, ip6_none, ll_c, NULL);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	solicit(t, mac_b, ip6_none, ll_c, NULL);
	from_guest(t, PORT_B);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	solicit(t, mac_b, ip6_none, ip6_a, NULL); /* one that a has: a answers on the bridge; the wire is asked too */
	from_guest(t, PORT_B);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_memory_equal(trial_find6(t, ip6_a)->mac, mac_a, 6);
	advertise(t, mac_6all, mac_a, ip6_a, ip6_nodes, 0x20, ip6_a, mac_a);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_memory_equal(t->f.b + OPT + 2, mac_w, 6);
}

static void test_rule_17_each_type_is_translated(void **state)
{
	struct trial *t = *state;
	static const struct {
		uint8_t type, at;
	} rows[] = {{RS, RS_OPT}, {RA, RA_OPT}, {NS, OPT}, {NA, OPT}, {REDIRECT, REDIRECT_OPT}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct nd nd = {.type = rows[i].type, .flags = 0xe0, .target = ip6_c, .slla = mac_c, .tlla = mac_c};
		int at = rows[i].at;

		if (nd.type == NS)
			nd.target = ip6_near;
		put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, &nd);
		from_guest(t, PORT_C);
		assert_goes(t, MN_TO_AIR, MN_TO_HOST);
		assert_src(t, mac_w);
		assert_memory_equal(t->f.b + at + 2, mac_w, 6);
		assert_memory_equal(t->f.b + at + 10, mac_w, 6);       /* seen elsewhere: only the first option */
		assert_int_equal(t->f.b[ICMP + 4], t->in.b[ICMP + 4]); /* R, S, O kept */
		assert_icmp_ok(t);
	}
}

static void test_rule_17_only_where_it_was_a_guests(void **state)
{
	struct trial *t = *state;

	/* a guest that routes sends its neighbour on to a machine on the air */
	put_nd(&t->f, mac_near, mac_c, ip6_c, ip6_near,
	       &(struct nd){.type = REDIRECT, .target = ip6_router, .tlla = mac_router});
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, 0);
	assert_memory_equal(t->f.b + REDIRECT_OPT + 2, mac_router, 6);
	assert_same_body(t);
	put_nd(&t->f, mac_near, mac_c, ip6_c, ip6_near, &(struct nd){.type = REDIRECT, .target = ip6_a, .tlla = mac_a});
	from_guest(t, PORT_C); /* or to a sibling */
	assert_memory_equal(t->f.b + REDIRECT_OPT + 2, mac_w, 6);
	assert_icmp_ok(t);
	solicit(t, mac_c, ip6_c, ip6_near, mac_near); /* but nobody speaks for a stranger */
	assert_drop(from_guest(t, PORT_C), "nd_sender");
	advertise(t, mac_6all, mac_c, ip6_c, ip6_nodes, 0x20, ip6_c, mac_router);
	assert_drop(from_guest(t, PORT_C), "nd_sender");
	solicit(t, mac_c, ip6_c, ip6_near, mac_a); /* a sibling's, behind a nested bridge or a bond */
	from_guest(t, PORT_C);
	assert_memory_equal(t->f.b + OPT + 2, mac_w, 6);
}

static void test_rule_17_all_options_are_walked(void **state)
{
	struct trial *t = *state;
	uint8_t options[1400] = {0};

	for (uint32_t before = 0; before <= 170; before += 17) {
		for (uint32_t i = 0; i < before; i++) {
			options[8 * i] = 14;
			options[8 * i + 1] = 1;
		}
		put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes,
		       &(struct nd){.type = NA,
				    .target = ip6_c,
				    .options = options,
				    .options_len = 8 * before,
				    .tlla = mac_c});
		from_guest(t, PORT_C);
		assert_goes(t, MN_TO_AIR, MN_TO_HOST);
		assert_memory_equal(t->f.b + OPT + 8 * before + 2, mac_w, 6);
		assert_icmp_ok(t);
	}
}

static void test_rule_17_option_of_length_zero(void **state)
{
	struct trial *t = *state;
	static const uint8_t zero[16] = {14, 1, [8] = 14, [9] = 0}, beyond[8] = {14, 2}, first[8] = {1, 0};
	static const struct {
		const uint8_t *bytes;
		uint32_t len;
	} rows[] = {{zero, 16}, {beyond, 8}, {first, 8}, {zero, 12}, {zero, 1}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct nd nd = {.type = NA, .target = ip6_c, .options = rows[i].bytes, .options_len = rows[i].len};

		put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, &nd);
		assert_drop(from_guest(t, PORT_C), "nd_option");
		nd.target = ip6_near;
		put_nd(&t->f, mac_6all, mac_near, ip6_near, ip6_nodes, &nd);
		assert_drop(from_wire(t), "nd_option");
	}
	/* a link-layer address of another length is none of Ethernet's */
	put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes,
	       &(struct nd){.type = NA, .target = ip6_c, .options = (const uint8_t[16]){2, 2}, .options_len = 16});
	assert_drop(from_guest(t, PORT_C), "nd_option");
}

static void test_rule_17_every_length(void **state)
{
	struct trial *t = *state;
	static const uint8_t types[] = {RS, RA, NS, NA, REDIRECT};

	for (size_t i = 0; i < COUNT(types); i++) {
		struct nd nd = {
			.type = types[i], .target = types[i] == NS ? ip6_near : ip6_c, .slla = mac_c, .tlla = mac_c};
		uint32_t whole;

		put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, &nd);
		whole = t->f.len;
		for (uint32_t len = 0; len <= whole; len++) {
			put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, &nd);
			t->f.len = len;
			assert_drop(from_guest(t, PORT_C), len == whole ? "none" : "truncated");
			put_nd(&t->f, mac_6all, mac_near, ip6_near, ip6_nodes, &nd);
			t->f.len = len;
			assert_drop(from_wire(t), len == whole ? "none" : "truncated");
		}
	}
}

/* The same with lengths that agree: what is short then is the message. */
static void test_rule_17_short_messages(void **state)
{
	struct trial *t = *state;
	static const struct {
		uint8_t type, min;
	} rows[] = {{RS, 8}, {RA, 16}, {NS, 24}, {NA, 24}, {REDIRECT, 40}};
	uint8_t m[48];

	for (size_t i = 0; i < COUNT(rows); i++)
		for (uint32_t len = 4; len <= rows[i].min; len++) {
			memset(m, 0, sizeof(m));
			m[0] = rows[i].type;
			memcpy(m + 8, ip6_c, 16);
			put_icmp6(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, 255, m, len, 0, NULL, 0);
			assert_drop(from_guest(t, PORT_C), len == rows[i].min ? "none"
							   : len < 8          ? "truncated"
									      : "nd_malformed");
		}
}

static void test_rule_17_hop_limit_code_checksum(void **state)
{
	struct trial *t = *state;
	struct nd nd = {.type = NA, .target = ip6_c, .tlla = mac_c, .hops = 254};

	put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, &nd);
	assert_drop(from_guest(t, PORT_C), "nd_hop_limit");
	nd.target = ip6_near;
	put_nd(&t->f, mac_6all, mac_router, ip6_router, ip6_nodes, &nd);
	assert_drop(from_wire(t), "nd_hop_limit");
	nd = (struct nd){.type = NA, .target = ip6_c, .tlla = mac_c, .code = 1};
	put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, &nd);
	assert_drop(from_guest(t, PORT_C), "nd_malformed");
	nd.code = 0;
	put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, &nd);
	t->f.b[ICMP + 2] ^= 1;
	assert_drop(from_guest(t, PORT_C), "nd_checksum");
	nd.target = ip6_nodes; /* a group is no target */
	put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, &nd);
	assert_drop(from_guest(t, PORT_C), "nd_malformed");
}

/* An advertisement of guest c behind extension headers. */
static void behind(struct trial *t, uint8_t first, const uint8_t *ext, uint32_t len)
{
	uint8_t m[32] = {NA, 0, 0, 0, 0x20};

	memcpy(m + 8, ip6_c, 16);
	m[24] = TLLA;
	m[25] = 1;
	memcpy(m + 26, mac_c, 6);
	put_icmp6(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, 255, m, 32, first, ext, len);
}

static void test_rule_17_extension_headers(void **state)
{
	struct trial *t = *state;
	static const struct {
		uint8_t first;
		uint8_t len, bytes[40];
	} rows[] = {
		{0, 8, {58, 0}},   {60, 16, {58, 1}},
		{43, 8, {58, 0}},  {0, 24, {60, 0, [8] = 43, [9] = 0, [16] = 58, [17] = 0}},
		{51, 24, {58, 4}}, {0, 40, {0, 0, [8] = 0, [16] = 0, [24] = 0, [32] = 58}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		behind(t, rows[i].first, rows[i].bytes, rows[i].len);
		from_guest(t, PORT_C);
		assert_goes(t, MN_TO_AIR, MN_TO_HOST);
		assert_memory_equal(t->f.b + OPT + rows[i].len + 2, mac_w, 6);
		if (rows[i].first != 51)
			assert_icmp_ok(t);
	}
}

static void test_rule_17_too_many_headers(void **state)
{
	struct trial *t = *state;
	uint8_t ext[8 * 20] = {0};

	for (uint32_t n = 1; n <= 20; n++) {
		memset(ext, 0, sizeof(ext));
		for (uint32_t i = 0; i < n; i++)
			ext[8 * i] = i + 1 < n ? 60 : 58;
		behind(t, 60, ext, 8 * n);
		assert_drop(from_guest(t, PORT_C), n <= 8 ? "none" : "ip6_headers");
	}
	memset(ext, 0, sizeof(ext));
	ext[0] = 58;
	ext[1] = 255; /* longer than the packet */
	behind(t, 60, ext, 8);
	assert_drop(from_guest(t, PORT_C), "ip6_malformed");
}

/* RFC 6980, and what evades a filter that looks at the first fragment only. */
static void test_rule_17_fragmented(void **state)
{
	struct trial *t = *state;
	static const uint8_t atomic[8] = {58}, first[8] = {58, 0, 0, 1}, later[8] = {58, 0, 0, 8};
	static const uint8_t hidden[16] = {60, 0, 0, 1, [8] = 58};

	behind(t, 44, atomic, 8);
	assert_drop(from_guest(t, PORT_C), "nd_fragment");
	behind(t, 44, first, 8);
	assert_drop(from_guest(t, PORT_C), "nd_fragment");
	behind(t, 44, hidden, 16);
	assert_drop(from_guest(t, PORT_C), "nd_fragment");
	behind(t, 44, later, 8); /* rule 22: a later fragment is not looked into */
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_same_body(t);
	/* a first fragment that ends before its headers do */
	put_ip6(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, 44, 255, "\72\0\0\1\0\0\0\1\210\0", 10);
	assert_drop(from_guest(t, PORT_C), "ip6_malformed");
	put_ip6(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, 44, 255, "\74\0\0\1\0\0\0\1\72\0", 10);
	assert_drop(from_guest(t, PORT_C), "ip6_malformed");
}

static void test_rule_17_send(void **state)
{
	struct trial *t = *state;
	uint8_t rsa[24] = {RSA, 3};

	put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes,
	       &(struct nd){.type = NA, .target = ip6_c, .options = rsa, .options_len = 24, .tlla = mac_c});
	assert_drop(from_guest(t, PORT_C), "nd_signed");
	put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes, /* no address in it: nothing to translate */
	       &(struct nd){.type = NA, .target = ip6_c, .options = rsa, .options_len = 24});
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_same_body(t);
}

static void test_rule_17_many_addresses(void **state)
{
	struct trial *t = *state;
	uint8_t options[8 * 40];

	for (uint32_t n = 1; n <= 40; n++) {
		for (uint32_t i = 0; i < n; i++) {
			options[8 * i] = (uint8_t)(1 + i % 2);
			options[8 * i + 1] = 1;
			memcpy(options + 8 * i + 2, mac_c, 6);
		}
		put_nd(&t->f, mac_6all, mac_c, ip6_c, ip6_nodes,
		       &(struct nd){.type = NA, .target = ip6_c, .options = options, .options_len = 8 * n});
		from_guest(t, PORT_C); /* the laws: none is left untranslated in what is sent */
		if (n <= 4)
			assert_goes(t, MN_TO_AIR, MN_TO_HOST);
		else
			assert_drop((enum drop)t->w->drop, "nd_option");
	}
}

static void test_rule_18_targets_are_learned(void **state)
{
	struct trial *t = *state;

	advertise(t, mac_6all, mac_c, ip6_c, ip6_nodes, 0x20, ll_c, mac_c);
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_memory_equal(trial_find6(t, ll_c)->mac, mac_c, 6);
	put_ip6(&t->f, mac_w, mac_near, ip6_near, ll_c, 17, 64, "\1\2\1\2\0\10\0\0", 8);
	from_wire(t);
	assert_dst(t, mac_c);
	advertise(t, mac_near, mac_c, ip6_c, ip6_near, 0x60, ip6_near, mac_c); /* proxy NDP, solicited */
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, 0);
	assert_memory_equal(trial_find6(t, ip6_near)->mac, mac_c, 6);
	/* not what somebody else has */
	advertise(t, mac_6all, mac_c, ip6_c, ip6_nodes, 0x20, ip6_a, mac_c);
	assert_drop(from_guest(t, PORT_C), "claim_taken");
	advertise(t, mac_6all, mac_c, ip6_c, ip6_nodes, 0x20, ip6_host, mac_c);
	assert_drop(from_guest(t, PORT_C), "claim_host");
	advertise(t, mac_6all, mac_c, ip6_c, ip6_nodes, 0x20, ip6_router, mac_c);
	assert_drop(from_guest(t, PORT_C), "claim_gateway");
}

static void test_rule_19_redirect_to_a_sibling(void **state)
{
	struct trial *t = *state;
	struct nd nd = {.type = REDIRECT, .target = ip6_b, .tlla = mac_w};

	put_nd(&t->f, mac_w, mac_router, ip6_router, ip6_a, &nd);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_a);
	assert_memory_equal(t->f.b + REDIRECT_OPT + 2, mac_b, 6);
	assert_icmp_ok(t);
	nd.target = ip6_host; /* the host is at W indeed */
	put_nd(&t->f, mac_w, mac_router, ip6_router, ip6_a, &nd);
	from_wire(t);
	assert_memory_equal(t->f.b + REDIRECT_OPT + 2, mac_w, 6);
	nd.tlla = mac_near;
	put_nd(&t->f, mac_w, mac_router, ip6_router, ip6_a, &nd);
	from_wire(t);
	assert_same_body(t);
	assert_dst(t, mac_a);
}

static void test_rule_20_mld_report(void **state)
{
	struct trial *t = *state;
	static const uint8_t reports[16] = {0xff, 2, [15] = 0x16}, hop[8] = {58, 0, 5, 2, 0, 0, 1, 0};
	uint8_t m[28] = {143, [7] = 1, [8] = 4, [12] = 0xff, [13] = 2, [27] = 0xfb};

	for (int i = 0; i < 3; i++) {
		put_icmp6(&t->f, (const uint8_t[]){0x33, 0x33, 0, 0, 0, 0x16}, mac_a, i ? ip6_a : ip6_none, reports, 1,
			  m, 28, 0, hop, 8);
		from_guest(t, PORT_A);
		assert_goes(t, MN_TO_AIR, MN_TO_HOST);
		assert_same_body(t);
		assert_src(t, mac_w);
	}
	assert_null(trial_find6(t, ip6_none));
}

static void test_rule_21_group_address_comes_back(void **state)
{
	struct trial *t = *state;
	static const uint8_t group[16] = {0xff, 0x15, [12] = 0x12, [13] = 0x34, [14] = 0x56, [15] = 0x78};

	put_ip6(&t->f, mac_w, mac_near, ip6_near, group, 17, 64, "\1\2\1\2\0\10\0\0", 8);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS | MN_TO_HOST, 0);
	assert_memory_equal(t->f.b, "\x33\x33\x12\x34\x56\x78", 6);
	assert_same_body(t);
	/* an advertisement of a router, made unicast */
	put_nd(&t->f, mac_w, mac_router, ip6_router, ip6_nodes, &(struct nd){.type = RA, .slla = mac_router});
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS | MN_TO_HOST, 0);
	assert_dst(t, mac_6all);
	/* and one that is meant for one guest */
	put_nd(&t->f, mac_w, mac_router, ip6_router, ip6_a, &(struct nd){.type = RA, .slla = mac_router});
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_a);
}

static void test_rule_09_conflict_is_passed_on(void **state)
{
	struct trial *t = *state;
	struct mn_event ev;

	advertise(t, mac_6all, mac_near, ip6_a, ip6_nodes, 0x20, ip6_a, mac_near);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, MN_TO_GUESTS);
	assert_true(trial_event(t, MN_EV_CONFLICT, &ev));
	assert_memory_equal(trial_find6(t, ip6_a)->mac, mac_a, 6);
}

static void test_rule_10_proxy_claims(void **state)
{
	struct trial *t = *state;

	advertise(t, mac_w, mac_router, ip6_router, ip6_a, 0x60, ip6_b, mac_w);
	assert_drop(from_wire(t), "proxy_claim");
	advertise(t, mac_6all, mac_router, ip6_router, ip6_nodes, 0x20, ip6_b, mac_w);
	assert_drop(from_wire(t), "proxy_claim");
	solicit(t, mac_router, ip6_router, ip6_b, mac_w);
	assert_drop(from_wire(t), "proxy_claim");
	advertise(t, mac_6all, mac_w, ip6_b, ip6_nodes, 0x20, ip6_b, mac_w);
	assert_drop(from_wire(t), "reflection");
}

static void test_rule_11_guest_and_host(void **state)
{
	struct trial *t = *state;

	solicit(t, mac_a, ip6_a, ip6_host, mac_a);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_HOST, 0);
	assert_memory_equal(t->f.b + OPT + 2, mac_a, 6);
	assert_icmp_ok(t);
	solicit(t, mac_a, ip6_none, ip6_host, NULL);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_HOST, 0);
	solicit(t, mac_w, ip6_host, ip6_a, mac_w);
	from_host(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	solicit(t, mac_w, ip6_none, ip6_a, NULL); /* its own duplicate address detection: both sides */
	from_host(t);
	assert_goes(t, MN_TO_AIR, MN_TO_GUESTS);
	solicit(t, mac_w, ip6_host, ip6_near, mac_w);
	from_host(t);
	assert_goes(t, MN_TO_AIR, MN_TO_GUESTS);
}

static void test_rule_12_siblings(void **state)
{
	struct trial *t = *state;

	solicit(t, mac_a, ip6_a, ip6_b, mac_a);
	from_guest(t, PORT_A);
	assert_goes(t, 0, 0);
	put_ip6(&t->f, mac_w, mac_a, ip6_a, ip6_b, 17, 64, "\1\2\1\2\0\10\0\0", 8);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_b);
	assert_src(t, mac_w);
	t->now += 100 * SECOND;
	solicit(t, mac_a, ip6_a, ip6_b, mac_a); /* silent: perhaps it has moved */
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_memory_equal(t->f.b + OPT + 2, mac_w, 6);
}

static void test_rule_22_ip6_fragments_and_lengths(void **state)
{
	struct trial *t = *state;
	static const uint8_t later[16] = {17, 0, 0, 0xb8}, esp[16] = {1};
	uint32_t whole;

	put_ip6(&t->f, mac_w, mac_router, ip6_near, ip6_a, 44, 64, later, 16);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_a);
	put_ip6(&t->f, mac_router, mac_a, ip6_a, ip6_near, 50, 64, esp, 16);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	whole = t->f.len;
	for (uint32_t len = 0; len <= whole; len++) {
		put_ip6(&t->f, mac_router, mac_a, ip6_a, ip6_near, 50, 64, esp, 16);
		t->f.len = len;
		assert_drop(from_guest(t, PORT_A), len == whole ? "none" : "truncated");
	}
	put_ip6(&t->f, mac_router, mac_a, ip6_a, ip6_near, 59, 64, NULL, 0);
	add_padding(&t->f, 6, 0x3a); /* padding is no payload */
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	t->f.b[IP] = 0x40;
	memcpy(t->f.b + 6, mac_a, 6);
	assert_drop(from_guest(t, PORT_A), "ip6_malformed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_09_conflict_is_passed_on),
		TEST(test_rule_10_proxy_claims),
		TEST(test_rule_11_guest_and_host),
		TEST(test_rule_12_siblings),
		TEST(test_rule_16_duplicate_address_detection),
		TEST(test_rule_16_two_guests_the_same_address),
		TEST(test_rule_17_each_type_is_translated),
		TEST(test_rule_17_only_where_it_was_a_guests),
		TEST(test_rule_17_all_options_are_walked),
		TEST(test_rule_17_option_of_length_zero),
		TEST(test_rule_17_every_length),
		TEST(test_rule_17_short_messages),
		TEST(test_rule_17_hop_limit_code_checksum),
		TEST(test_rule_17_extension_headers),
		TEST(test_rule_17_too_many_headers),
		TEST(test_rule_17_fragmented),
		TEST(test_rule_17_send),
		TEST(test_rule_17_many_addresses),
		TEST(test_rule_18_targets_are_learned),
		TEST(test_rule_19_redirect_to_a_sibling),
		TEST(test_rule_20_mld_report),
		TEST(test_rule_21_group_address_comes_back),
		TEST(test_rule_22_ip6_fragments_and_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
