/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 13 to 15: DHCP for IPv4, over the engine in user space. */
#include "fixture.h"

enum { IP = 14, UDP = 34, BOOTP = 42, FLAGS = BOOTP + 10, CHADDR = BOOTP + 28 };

static uint16_t be(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* A discover of guest c, who has no address yet. */
static struct dhcp discover(uint32_t xid)
{
	return (struct dhcp){.op = 1, .type = 1, .xid = xid, .chaddr = mac_c};
}

static struct dhcp answer(uint8_t type, uint32_t xid)
{
	return (struct dhcp){
		.op = 2, .type = type, .xid = xid, .chaddr = mac_c, .yiaddr = ip_near, .lease = 600, .flags = 0x8000};
}

static enum drop ask(struct trial *t, const struct dhcp *d)
{
	put_dhcp(&t->f, mac_all, mac_c, ip_none, ip_all, d);
	return from_guest(t, PORT_C);
}

static enum drop tell(struct trial *t, const uint8_t *dst, const struct dhcp *d)
{
	put_dhcp(&t->f, dst, mac_router, ip_router, ip_all, d);
	return from_wire(t);
}

static void test_rule_13_broadcast_flag(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1);

	ask(t, &d);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_int_equal(be(t->f.b + FLAGS), 0x8000);
	assert_memory_equal(t->f.b + CHADDR, mac_c, 6); /* kept */
	assert_int_equal(checksums(&t->f), CSUM_IP4_OK | CSUM_UDP_OK);
	assert_int_equal(mn_engine_counts(t->e, MN_N_DHCP), 1);
	d.flags = 0x0003; /* bits that nobody knows stay */
	ask(t, &d);
	assert_int_equal(be(t->f.b + FLAGS), 0x8003);
	d.flags = 0x8000; /* nothing to do */
	ask(t, &d);
	assert_same_body(t);
}

static void test_rule_13_at_the_real_header_length(void **state)
{
	struct trial *t = *state;

	for (uint8_t options = 0; options <= 40; options = (uint8_t)(options + 4)) {
		struct dhcp d = discover(1u + options);

		d.ip_options = options;
		ask(t, &d);
		assert_goes(t, MN_TO_AIR, MN_TO_HOST);
		assert_int_equal(be(t->f.b + FLAGS + options), 0x8000);
		assert_int_equal(checksums(&t->f), CSUM_IP4_OK | CSUM_UDP_OK);
		/* and nothing else changed */
		t->f.b[FLAGS + options] = 0;
		memcpy(t->f.b + UDP + options + 6, t->in.b + UDP + options + 6, 2);
		assert_same_body(t);
	}
}

/* Seen elsewhere: checksums zeroed, or invented where there was none. */
static void test_rule_13_zero_checksum_stays(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1);

	d.zero_csum = true;
	ask(t, &d);
	assert_int_equal(be(t->f.b + FLAGS), 0x8000);
	assert_int_equal(be(t->f.b + UDP + 6), 0);
}

/* A sum that comes to 0 is written 0xffff (RFC 768). Searched for, since no frame of a book has it. */
static void test_rule_13_result_zero_is_written_ffff(void **state)
{
	struct trial *t = *state;
	bool met = false;

	for (uint32_t xid = 0; xid < 0x10000 && !met; xid++) {
		struct dhcp d = discover(xid);
		uint8_t sum[2];

		put_dhcp(&t->f, mac_all, mac_c, ip_none, ip_all, &d);
		memcpy(sum, t->f.b + UDP + 6, 2);
		if (be(sum) != 0x8000) /* flags 0 → 0x8000 takes 0x8000 off it: 0 */
			continue;
		met = true;
		assert_drop(from_guest(t, PORT_C), "none");
		assert_int_equal(be(t->f.b + FLAGS), 0x8000);
		assert_int_equal(be(t->f.b + UDP + 6), 0xffff);
		assert_int_equal(checksums(&t->f), CSUM_IP4_OK | CSUM_UDP_OK);
	}
	assert_true(met);
}

/* With checksum offload the field holds the sum of the pseudo header, which the rule must leave as it is. */
static void test_rule_13_partial_checksum(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1);
	uint32_t ulen, sum;
	uint16_t pseudo;

	put_dhcp(&t->f, mac_all, mac_c, ip_none, ip_all, &d);
	ulen = be(t->f.b + UDP + 4);
	pseudo = fold_sum(sum_bytes(t->f.b + IP + 12, 8, 17 + ulen));
	t->f.b[UDP + 6] = (uint8_t)(pseudo >> 8);
	t->f.b[UDP + 7] = (uint8_t)pseudo;
	t->partial = true;
	assert_drop(from_guest(t, PORT_C), "none");
	assert_int_equal(be(t->f.b + FLAGS), 0x8000);
	assert_int_equal(be(t->f.b + UDP + 6), pseudo);
	/* the hardware then sums from the UDP header on, the pseudo sum included */
	sum = sum_bytes(t->f.b + UDP, ulen, 0);
	t->f.b[UDP + 6] = (uint8_t)(~fold_sum(sum) >> 8);
	t->f.b[UDP + 7] = (uint8_t)~fold_sum(sum);
	assert_int_equal(checksums(&t->f), CSUM_IP4_OK | CSUM_UDP_OK);
}

static void test_rule_13_wrong_checksum_is_named(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1);

	put_dhcp(&t->f, mac_all, mac_c, ip_none, ip_all, &d);
	t->f.b[BOOTP + 100] ^= 1;
	assert_drop(from_guest(t, PORT_C), "dhcp_checksum");
}

/* Seen elsewhere: renewals touched. */
static void test_rule_13_only_where_it_belongs(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1);

	d.ciaddr = ip_c; /* a renewal */
	put_dhcp(&t->f, mac_router, mac_c, ip_c, ip_router, &d);
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, 0);
	assert_same_body(t);
	d = discover(2);
	d.giaddr = ip_near;
	ask(t, &d);
	assert_same_body(t);
	d = discover(3);
	d.bad_cookie = true;
	ask(t, &d);
	assert_same_body(t);
	d = discover(4); /* op 2 between the client's ports */
	d.op = 2;
	put_dhcp(&t->f, mac_all, mac_c, ip_c, ip_all, &d);
	memcpy(t->f.b + UDP, "\0\104\0\103", 4);
	from_guest(t, PORT_C);
	assert_same_body(t);
	d = discover(5); /* other ports; the sum stays right, as they are swapped */
	put_dhcp(&t->f, mac_all, mac_c, ip_none, ip_all, &d);
	memcpy(t->f.b + UDP, "\0\103\0\104", 4);
	from_guest(t, PORT_C);
	assert_same_body(t);
}

/* Seen elsewhere: non-first fragments corrupted. */
static void test_rule_13_fragments_are_left_alone(void **state)
{
	struct trial *t = *state;
	static const uint16_t frags[] = {0x2000, 0x2001, 0x0001, 0x1fff};
	struct dhcp d = discover(1);
	uint8_t message[600];
	uint32_t len;

	put_dhcp(&t->f, mac_all, mac_c, ip_none, ip_all, &d);
	len = t->f.len - UDP;
	memcpy(message, t->f.b + UDP, len);
	for (size_t i = 0; i < COUNT(frags); i++) {
		struct ip4 ip = {.src = ip_none, .dst = ip_all, .proto = 17, .frag = frags[i]};

		put_ip4(&t->f, mac_all, mac_c, &ip, message, len);
		from_guest(t, PORT_C);
		assert_goes(t, MN_TO_AIR, MN_TO_HOST);
		assert_same_body(t);
	}
}

static void test_rule_13_whole_datagram(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1);
	uint32_t whole;

	put_dhcp(&t->f, mac_all, mac_c, ip_none, ip_all, &d);
	whole = t->f.len;
	for (uint32_t len = 0; len <= whole; len++) {
		put_dhcp(&t->f, mac_all, mac_c, ip_none, ip_all, &d);
		t->f.len = len;
		assert_drop(from_guest(t, PORT_C), len == whole ? "none" : "truncated");
	}
	/* UDP length beyond the packet, and too short for a message: left alone */
	put_dhcp(&t->f, mac_all, mac_c, ip_none, ip_all, &d);
	t->f.b[UDP + 5]++;
	from_guest(t, PORT_C);
	assert_same_body(t);
	put_dhcp(&t->f, mac_all, mac_c, ip_none, ip_all, &d);
	add_padding(&t->f, 30, 0xaa);
	from_guest(t, PORT_C);
	assert_int_equal(be(t->f.b + FLAGS), 0x8000);
	assert_int_equal(checksums(&t->f), CSUM_IP4_OK | CSUM_UDP_OK);
}

static void test_rule_14_by_chaddr(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1), o = answer(2, 1);

	ask(t, &d);
	tell(t, mac_all, &o);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_c);
	assert_int_equal(be(t->f.b + FLAGS), 0); /* as the client sent them */
	assert_int_equal(checksums(&t->f), CSUM_IP4_OK | CSUM_UDP_OK);
	put_dhcp(&t->f, mac_w, mac_router, ip_router, ip_near, &o); /* unicast by a server that ignores the flag */
	from_wire(t);
	assert_dst(t, mac_c);
	d.flags = 0x8000;
	d.xid = 2;
	ask(t, &d);
	o.xid = 2;
	tell(t, mac_all, &o);
	assert_int_equal(be(t->f.b + FLAGS), 0x8000);
}

static void test_rule_14_by_transaction(void **state)
{
	struct trial *t = *state;
	static const uint8_t inner[6] = {2, 0, 0, 0, 0, 9};
	struct dhcp d = discover(77), o = answer(2, 77);

	d.chaddr = o.chaddr = inner; /* a guest asks for a machine behind it: chaddr ≠ Ethernet source */
	ask(t, &d);
	assert_memory_equal(t->f.b + CHADDR, inner, 6);
	tell(t, mac_all, &o);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_c);
	o.xid = 78; /* nobody's: a client on the wire */
	tell(t, mac_all, &o);
	assert_goes(t, MN_TO_HOST, MN_TO_GUESTS);
	put_dhcp(&t->f, mac_w, mac_router, ip_router, ip_near, &o);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
}

/* The chaddr decides, not the transaction: two guests, clones of one another, may choose the same number. */
static void test_rule_14_same_transaction_of_two_guests(void **state)
{
	struct trial *t = *state;
	struct dhcp c = discover(5), b = discover(5), o = answer(2, 5);

	b.chaddr = mac_b;
	b.flags = 0x8000;
	ask(t, &c);
	put_dhcp(&t->f, mac_all, mac_b, ip_none, ip_all, &b);
	assert_drop(from_guest(t, PORT_B), "none");
	tell(t, mac_all, &o);
	assert_dst(t, mac_c);
	o.chaddr = mac_b;
	tell(t, mac_all, &o);
	assert_dst(t, mac_b);
	assert_int_equal(be(t->f.b + FLAGS), 0x8000);
}

static void test_rule_14_ack_teaches_the_lease(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1), o = answer(2, 1);

	ask(t, &d);
	tell(t, mac_all, &o);
	assert_null(trial_find4(t, ip_near)); /* an offer is no lease */
	o.type = 5;
	tell(t, mac_all, &o);
	assert_non_null(trial_find4(t, ip_near));
	assert_memory_equal(trial_find4(t, ip_near)->mac, mac_c, 6);
	assert_int_equal(trial_find4(t, ip_near)->port, PORT_C);
	assert_true(trial_find4(t, ip_near)->expires == t->now + 600 * SECOND);
	assert_true(trial_find4(t, ip_near)->flags & MN_F_DHCP);
	t->now += 300 * SECOND;
	tell(t, mac_all, &o); /* renewed */
	assert_true(trial_find4(t, ip_near)->expires == t->now + 600 * SECOND);
}

static void test_rule_14_ack_steals_nothing(void **state)
{
	struct trial *t = *state;
	const uint8_t *others[] = {ip_host, ip_router, ip_a, ip_net, ip_all, ip_none};

	for (size_t i = 0; i < COUNT(others); i++) {
		struct dhcp d = discover(i), o = answer(5, i);

		o.yiaddr = others[i];
		ask(t, &d);
		tell(t, mac_all, &o);
		assert_goes(t, MN_TO_GUESTS, 0); /* the answer itself passes */
	}
	assert_int_equal(trial_find4(t, ip_host)->kind, MN_HOST);
	assert_int_equal(trial_find4(t, ip_router)->kind, MN_GATEWAY);
	assert_memory_equal(trial_find4(t, ip_a)->mac, mac_a, 6);
	assert_null(trial_find4(t, ip_none));
	assert_null(trial_find4(t, ip_all));
}

static void test_rule_14_release_and_decline(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1);
	struct mn_event ev;

	d.type = 7;
	d.ciaddr = ip_c;
	put_dhcp(&t->f, mac_router, mac_c, ip_c, ip_router, &d);
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, 0);
	assert_same_body(t);
	assert_null(trial_find4(t, ip_c));
	assert_true(trial_event(t, MN_EV_FORGOTTEN, &ev));
	trial_hear4(t, PORT_C, mac_c, ip_c);
	d = discover(2);
	d.type = 4;
	d.requested = ip_c;
	ask(t, &d);
	assert_null(trial_find4(t, ip_c));
	d = discover(3); /* never another's */
	d.type = 4;
	d.requested = ip_a;
	ask(t, &d);
	assert_non_null(trial_find4(t, ip_a));
	d = discover(4);
	d.type = 7;
	d.ciaddr = ip_a;
	put_dhcp(&t->f, mac_router, mac_c, ip_c, ip_router, &d);
	from_guest(t, PORT_C);
	assert_non_null(trial_find4(t, ip_a));
}

static void test_rule_14_the_hosts_own_lease(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(9), o = answer(5, 9);

	d.chaddr = o.chaddr = mac_w;
	put_dhcp(&t->f, mac_all, mac_w, ip_none, ip_all, &d);
	from_host(t);
	assert_int_equal(t->w->to, MN_TO_AIR);
	assert_same_body(t);
	put_dhcp(&t->f, mac_w, mac_router, ip_router, ip_near, &o);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
	assert_null(trial_find4(t, ip_near));
	tell(t, mac_all, &o);
	assert_int_equal(t->w->to, MN_TO_HOST);
	assert_same_body(t);
}

static void test_rule_14_odd_options(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1), o = answer(5, 1);

	ask(t, &d);
	put_dhcp(&t->f, mac_all, mac_router, ip_router, ip_all, &o);
	t->f.b[BOOTP + 240 + 1] = 255; /* the first option claims to be longer than all */
	t->f.b[UDP + 6] = t->f.b[UDP + 7] = 0;
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_null(trial_find4(t, ip_near));
	put_dhcp(&t->f, mac_all, mac_router, ip_router, ip_all, &o);
	t->f.b[BOOTP + 240 + 3] = 255; /* the end, before the lease time */
	t->f.b[UDP + 6] = t->f.b[UDP + 7] = 0;
	from_wire(t);
	assert_non_null(trial_find4(t, ip_near));
	assert_true(trial_find4(t, ip_near)->expires == 0);
}

static void test_rule_15_relay_is_untouched(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1), o = answer(5, 1);
	struct ip4 ip = {.src = ip_c, .dst = ip_router};
	uint8_t message[400];
	uint32_t len;

	d.giaddr = ip_c; /* guest c is a relay: 67 → 67 */
	put_dhcp(&t->f, mac_router, mac_c, ip_c, ip_router, &d);
	len = t->f.len - BOOTP;
	memcpy(message, t->f.b + BOOTP, len);
	put_udp4(&t->f, mac_router, mac_c, &ip, 67, 67, message, len, false);
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, 0);
	assert_same_body(t);
	o.giaddr = ip_c; /* the server's answer goes to the relay, by IP */
	o.chaddr = mac_near;
	put_dhcp(&t->f, mac_w, mac_router, ip_router, ip_c, &o);
	memcpy(message, t->f.b + BOOTP, len = t->f.len - BOOTP);
	ip = (struct ip4){.src = ip_router, .dst = ip_c};
	put_udp4(&t->f, mac_w, mac_router, &ip, 67, 67, message, len, false);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_c);
	assert_same_body(t);
}

static void test_rule_15_chaddr_option_is_off(void **state)
{
	struct trial *t = *state;
	struct dhcp d = discover(1), o = answer(5, 1);

	ask(t, &d);
	assert_memory_equal(t->f.b + CHADDR, mac_c, 6);
	mn_engine_config(t->e)->flags = MN_C_CHADDR; /* asked for: both ways */
	d.xid = o.xid = 2;
	ask(t, &d);
	assert_memory_equal(t->f.b + CHADDR, mac_w, 6);
	assert_int_equal(checksums(&t->f), CSUM_IP4_OK | CSUM_UDP_OK);
	o.chaddr = mac_w;
	tell(t, mac_all, &o);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_c);
	assert_memory_equal(t->f.b + CHADDR, mac_c, 6);
	assert_int_equal(checksums(&t->f), CSUM_IP4_OK | CSUM_UDP_OK);
	o.xid = 3; /* not a guest's transaction: the host's own */
	tell(t, mac_all, &o);
	assert_int_equal(t->w->to, MN_TO_HOST);
}

static void test_rule_15_dhcp6_is_untouched(void **state)
{
	struct trial *t = *state;
	/* a solicit with a DUID-LLT of guest c */
	static const uint8_t duid[] = {2,  34, 2, 35, 0, 26, 0, 0, 1, 1, 2,    3, 0, 1, 0,
				       14, 0,  1, 0,  1, 1,  2, 3, 4, 0, 0x60, 0, 0, 0, 3};
	static const uint8_t servers[16] = {0xff, 2, [13] = 1, [15] = 2};

	put_ip6(&t->f, (const uint8_t[]){0x33, 0x33, 0, 1, 0, 2}, mac_c, ip6_c, servers, 17, 1, duid, sizeof(duid));
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_same_body(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_13_broadcast_flag),        TEST(test_rule_13_at_the_real_header_length),
		TEST(test_rule_13_zero_checksum_stays),   TEST(test_rule_13_result_zero_is_written_ffff),
		TEST(test_rule_13_partial_checksum),      TEST(test_rule_13_wrong_checksum_is_named),
		TEST(test_rule_13_only_where_it_belongs), TEST(test_rule_13_fragments_are_left_alone),
		TEST(test_rule_13_whole_datagram),        TEST(test_rule_14_by_chaddr),
		TEST(test_rule_14_by_transaction),        TEST(test_rule_14_same_transaction_of_two_guests),
		TEST(test_rule_14_ack_teaches_the_lease), TEST(test_rule_14_ack_steals_nothing),
		TEST(test_rule_14_release_and_decline),   TEST(test_rule_14_the_hosts_own_lease),
		TEST(test_rule_14_odd_options),           TEST(test_rule_15_relay_is_untouched),
		TEST(test_rule_15_chaddr_option_is_off),  TEST(test_rule_15_dhcp6_is_untouched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
