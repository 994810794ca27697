/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 1 to 4 and 7: who owns which address, over the engine in user space. */
#include "unit.h"

#include "trial.h"

static int set_up(void **state)
{
	static struct trial t;

	trial_init(&t);
	*state = &t;
	return 0;
}

static int tear_down(void **state)
{
	trial_end(*state);
	return 0;
}

/* The nth made-up address of a network that nobody else uses. */
static const uint8_t *made_up(unsigned n)
{
	static uint8_t ip[4];

	ip[0] = 10;
	ip[1] = 1;
	ip[2] = (uint8_t)(n >> 8);
	ip[3] = (uint8_t)n;
	return ip;
}

static enum drop say4(struct trial *t, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	struct ip4 h = {.src = ip, .dst = ip_near, .proto = 1};

	put_ip4(&t->f, mac_near, mac, &h, "\10\0\0\0", 4);
	return from_guest(t, port);
}

static enum drop announce4(struct trial *t, uint32_t port, const uint8_t *mac, const uint8_t *ip)
{
	put_arp(&t->f, mac_all, mac, 1, mac, ip, mac_none, ip);
	return from_guest(t, port);
}

static size_t owned(struct trial *t, uint32_t port)
{
	struct mn_binding b;
	struct mn_key k;
	void *cursor = NULL;
	size_t n = 0;

	while (mn_engine_next(t->e, &cursor, &k, &b))
		n += b.kind == MN_GUEST && b.port == port && b.slot != MN_NO_SLOT;
	return n;
}

static void test_rule_01_many_addresses_of_one_guest(void **state)
{
	struct trial *t = *state;
	uint8_t ip6[16];

	memcpy(ip6, ip6_a, 16);
	for (int i = 0; i < 100; i++) {
		ip6[14] = (uint8_t)i;
		trial_hear6(t, PORT_A, mac_a, ip6);
		assert_int_equal(t->w->to, MN_TO_AIR);
	}
	for (int i = 0; i < 100; i++) {
		ip6[14] = (uint8_t)i;
		assert_non_null(trial_find6(t, ip6));
		put_ip6(&t->f, mac_w, mac_router, ip6_near, ip6, 17, 64, "\1\2\1\2\0\10\0\0", 8);
		assert_int_equal(from_wire(t), NOT_DROPPED);
		assert_int_equal(t->w->to, MN_TO_GUESTS);
		assert_memory_equal(t->f.b, mac_a, 6);
	}
}

static void test_rule_01_the_same_address_in_two_vlans(void **state)
{
	struct trial *t = *state;
	struct mn_key k = key_of4(ip_a);

	announce4(t, PORT_A, mac_a, ip_a);
	put_arp(&t->f, mac_all, mac_b, 1, mac_b, ip_a, mac_none, ip_a);
	add_tag(&t->f, 0x8100, 7);
	assert_int_equal(from_guest(t, PORT_B), NOT_DROPPED);
	assert_memory_equal(trial_find4(t, ip_a)->mac, mac_a, 6);
	k.vlan = 7;
	assert_memory_equal(mn_engine_get(t->e, &k)->mac, mac_b, 6);
}

static void test_rule_01_own_oldest_goes(void **state)
{
	struct trial *t = *state;

	mn_engine_config(t->e)->port_cap = 8;
	announce4(t, PORT_A, mac_a, ip_a);
	announce4(t, PORT_B, mac_b, ip_b);
	for (unsigned i = 0; i < 100; i++) {
		t->now += SECOND;
		assert_int_equal(announce4(t, PORT_A, mac_a, made_up(i)), NOT_DROPPED);
		assert_true(owned(t, PORT_A) <= 8);
	}
	assert_null(trial_find4(t, ip_a));
	assert_null(trial_find4(t, made_up(90)));
	for (unsigned i = 95; i < 100; i++)
		assert_non_null(trial_find4(t, made_up(i)));
	assert_non_null(trial_find4(t, ip_b)); /* never another's */
	assert_non_null(trial_find_mac(t, mac_b));
}

/* Seen elsewhere: a "seen" update that bypasses the cap. Takeovers and moves count too. */
static void test_rule_01_cap_holds_for_moves(void **state)
{
	struct trial *t = *state;

	mn_engine_config(t->e)->port_cap = 8;
	for (unsigned i = 0; i < 40; i++)
		announce4(t, 20 + i, mac_a, made_up(i)); /* forty ports, one MAC address */
	for (unsigned i = 0; i < 40; i++) {
		t->now += SECOND;
		assert_int_equal(announce4(t, PORT_B, mac_a, made_up(i)), NOT_DROPPED);
		assert_true(owned(t, PORT_B) <= 8);
	}
}

/* The place in the ring that a takeover is given may be the very one that the address lies in. */
static void test_rule_01_takeover_on_a_full_port(void **state)
{
	struct trial *t = *state;

	mn_engine_config(t->e)->port_cap = 4;
	announce4(t, PORT_A, mac_a, ip_a);
	t->now += 2 * SECOND;
	for (unsigned i = 0; i < 2; i++)
		announce4(t, PORT_A, mac_a, made_up(i));
	t->now += 2 * SECOND;
	announce4(t, PORT_A, mac_c, ip_c);
	t->now += 100 * SECOND; /* ip_a is the oldest of the port; its owner is silent */
	assert_int_equal(announce4(t, PORT_A, mac_c, ip_c), NOT_DROPPED);
	for (unsigned i = 0; i < 2; i++)
		announce4(t, PORT_A, mac_c, made_up(i));
	assert_int_equal(announce4(t, PORT_A, mac_c, ip_a), NOT_DROPPED);
	assert_non_null(trial_find4(t, ip_a));
	assert_memory_equal(trial_find4(t, ip_a)->mac, mac_c, 6);
	for (unsigned i = 0; i < 50; i++) { /* and again at every fill of the ring */
		t->now += 61 * SECOND;
		assert_int_equal(announce4(t, PORT_A, i & 1 ? mac_a : mac_b, made_up(i % 3)), NOT_DROPPED);
		assert_non_null(trial_find4(t, made_up(i % 3)));
	}
}

static void limit(struct trial *t, unsigned per_second, unsigned burst)
{
	mn_engine_config(t->e)->interval = SECOND / per_second;
	mn_engine_config(t->e)->credit = SECOND / per_second * burst;
}

static void test_rule_01_rate_limit(void **state)
{
	struct trial *t = *state;
	unsigned learned = 0;

	announce4(t, PORT_A, mac_a, ip_a);
	announce4(t, PORT_B, mac_b, ip_b);
	limit(t, 10, 20);
	for (unsigned i = 0; i < 5000; i++) { /* five seconds of a flood of one new address each millisecond */
		enum drop d = announce4(t, PORT_A, mac_a, made_up(i));

		assert_true(d == NOT_DROPPED || d == DROP_LEARN_RATE);
		learned += d == NOT_DROPPED;
		assert_int_equal(say4(t, PORT_A, mac_a, ip_a), NOT_DROPPED); /* what is known still passes */
		assert_int_equal(say4(t, PORT_B, mac_b, ip_b), NOT_DROPPED); /* the others lose nothing */
		t->now += SECOND / 1000;
	}
	assert_in_range(learned, 70, 72); /* 20 + 1 at once, then ten a second */
	assert_int_equal(announce4(t, PORT_B, mac_b, made_up(60000)), NOT_DROPPED);
	assert_int_equal(announce4(t, PORT_C, mac_c, ip_c), NOT_DROPPED);
	assert_non_null(trial_find4(t, ip_a));
}

/* Another guest that sends with a's MAC address must not use up a's budget. */
static void test_rule_01_forged_moves_cost_the_owner_nothing(void **state)
{
	struct trial *t = *state;

	announce4(t, PORT_A, mac_a, ip_a);
	limit(t, 10, 20);
	for (unsigned i = 0; i < 10; i++) /* it has used some of it itself */
		announce4(t, PORT_A, mac_a, made_up(i));
	for (unsigned i = 0; i < 1000; i++) {
		say4(t, PORT_B, mac_a, ip_a);
		assert_int_equal(say4(t, PORT_A, mac_a, ip_a), NOT_DROPPED);
		t->now += SECOND / 1000;
	}
}

static void test_rule_01_floods_of_each_kind(void **state)
{
	struct trial *t = *state;
	uint8_t mac[6], target[16], group[16], gm[6];

	trial_hear_all(t);
	mn_engine_config(t->e)->port_cap = 64;
	limit(t, 100, 100);
	memcpy(mac, mac_a, 6);
	memcpy(target, ip6_a, 16);
	for (unsigned i = 0; i < 20000; i++) {
		struct dhcp d = {.op = 1, .type = 1, .xid = i, .chaddr = mac};

		mac[3] = (uint8_t)(0x10 | i >> 16);
		mac[4] = (uint8_t)(i >> 8);
		mac[5] = (uint8_t)i;
		memcpy(target + 12, mac + 2, 4);
		switch (i % 4) {
		case 0:
			put_dhcp(&t->f, mac_all, mac, ip_none, ip_all, &d);
			break;
		case 1:
			put_arp(&t->f, mac_all, mac, 1, mac, made_up(i), mac_none, ip_near);
			break;
		case 2:
			solicited_node(group, target);
			group_of_ip6(gm, group);
			put_nd(&t->f, gm, mac, ip6_none, group, &(struct nd){.type = NS, .target = target});
			break;
		default:
			put_arp(&t->f, mac_all, mac, 1, mac, ip_none, mac_none, made_up(i));
		}
		from_guest(t, PORT_A);
		t->now += 10000;
		if (i % 100)
			continue;
		assert_int_equal(say4(t, PORT_B, mac_b, ip_b), NOT_DROPPED);
		assert_true(owned(t, PORT_A) <= MN_RING);
	}
	assert_true(mn_engine_drops(t->e, DROP_LEARN_RATE) > 10000);
	assert_non_null(trial_find4(t, ip_b));
	assert_non_null(trial_find6(t, ip6_c));
	assert_int_equal(announce4(t, PORT_C, mac_c, made_up(1)), NOT_DROPPED);
}

static void test_rule_01_table_is_large_enough_for_all_ports(void **state)
{
	struct trial *t = *state;

	for (uint32_t port = 100; port < 100 + MN_PORTS_MAX; port++) {
		uint8_t mac[6] = {2, 0, 0, 0, (uint8_t)(port >> 8), (uint8_t)port};

		for (unsigned i = 0; i < MN_RING; i++)
			announce4(t, port, mac, made_up((port << 8 | i) & 0xffff));
	}
	assert_int_equal(mn_engine_drops(t->e, DROP_LEARN_FULL), 0);
	announce4(t, 9999, mac_c, ip_c);
	assert_int_equal(t->w->drop, DROP_LEARN_FULL); /* one port too many: named */
}

static void test_rule_02_host_and_gateway_cannot_be_claimed(void **state)
{
	struct trial *t = *state;
	struct mn_event ev;

	assert_int_equal(announce4(t, PORT_A, mac_a, ip_host), DROP_CLAIM_HOST);
	assert_int_equal(say4(t, PORT_A, mac_a, ip_host), DROP_CLAIM_HOST);
	assert_int_equal(announce4(t, PORT_A, mac_a, ip_router), DROP_CLAIM_GATEWAY);
	assert_int_equal(say4(t, PORT_A, mac_a, ip_router), DROP_CLAIM_GATEWAY);
	assert_int_equal(announce4(t, PORT_A, mac_a, ip_net), DROP_CLAIM_INVALID);
	trial_hear6(t, PORT_A, mac_a, ip6_host);
	assert_int_equal(t->w->drop, DROP_CLAIM_HOST);
	trial_hear6(t, PORT_A, mac_a, ip6_router);
	assert_int_equal(t->w->drop, DROP_CLAIM_GATEWAY);
	t->now += 3600 * SECOND; /* no silence of theirs ever changes that */
	mn_engine_config(t->e)->takeover = MN_TAKEOVER_ANNOUNCED;
	assert_int_equal(announce4(t, PORT_A, mac_a, ip_host), DROP_CLAIM_HOST);
	assert_int_equal(announce4(t, PORT_A, mac_a, ip_router), DROP_CLAIM_GATEWAY);
	assert_int_equal(trial_find4(t, ip_host)->kind, MN_HOST);
	assert_int_equal(trial_find4(t, ip_router)->kind, MN_GATEWAY);
	assert_true(trial_event(t, MN_EV_REFUSED, &ev));
	assert_int_equal(ev.port, PORT_A);
	assert_memory_equal(ev.mac, mac_a, 6);
}

static void test_rule_02_addresses_nobody_can_have(void **state)
{
	static const uint8_t bad[][4] = {{224, 0, 0, 1}, {239, 1, 2, 3}, {255, 255, 255, 255},
					 {240, 0, 0, 1}, {127, 0, 0, 1}, {0, 0, 0, 1}};
	static const uint8_t loop6[16] = {[15] = 1};
	struct trial *t = *state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(say4(t, PORT_A, mac_a, bad[i]), DROP_CLAIM_INVALID);
		assert_int_equal(announce4(t, PORT_A, mac_a, bad[i]), DROP_CLAIM_INVALID);
		assert_null(trial_find4(t, bad[i]));
	}
	trial_hear6(t, PORT_A, mac_a, ip6_nodes);
	assert_int_equal(t->w->drop, DROP_CLAIM_INVALID);
	trial_hear6(t, PORT_A, mac_a, loop6);
	assert_int_equal(t->w->drop, DROP_CLAIM_INVALID);
}

static void test_rule_02_w_is_no_guests(void **state)
{
	struct trial *t = *state;

	assert_int_equal(say4(t, PORT_A, mac_w, ip_a), DROP_CLAIM_HOST);
	put_arp(&t->f, mac_all, mac_a, 2, mac_w, ip_a, mac_none, ip_a);
	assert_int_equal(from_guest(t, PORT_A), DROP_ARP_SENDER);
	assert_null(trial_find_mac(t, mac_w));
}

/* In the body of an ARP frame a guest may name another guest: but only for what that other one holds. */
static void test_rule_02_no_claim_by_way_of_a_sibling(void **state)
{
	struct trial *t = *state;

	trial_hear_all(t);
	put_arp(&t->f, mac_all, mac_a, 2, mac_b, ip_router, mac_none, ip_router);
	assert_int_not_equal(from_guest(t, PORT_A), NOT_DROPPED);
	put_arp(&t->f, mac_near, mac_a, 2, mac_b, ip_host, mac_near, ip_near);
	assert_int_not_equal(from_guest(t, PORT_A), NOT_DROPPED);
	put_arp(&t->f, mac_near, mac_a, 2, mac_b, ip_c, mac_near, ip_near);
	assert_int_not_equal(from_guest(t, PORT_A), NOT_DROPPED);
	put_arp(&t->f, mac_near, mac_a, 2, mac_b, ip_near, mac_near, ip_near);
	assert_int_not_equal(from_guest(t, PORT_A), NOT_DROPPED);
	put_arp(&t->f, mac_near, mac_a, 2, mac_b, ip_b, mac_near, ip_near); /* proxy ARP for a sibling is no lie */
	assert_int_equal(from_guest(t, PORT_A), NOT_DROPPED);
	assert_memory_equal(trial_find4(t, ip_b)->mac, mac_b, 6);
	assert_int_equal(trial_find4(t, ip_b)->port, PORT_B);
}

/* An advertisement from the unspecified address is no way past the claims either. */
static void test_rule_02_no_claim_from_nowhere(void **state)
{
	struct trial *t = *state;
	const uint8_t *targets[] = {ip6_router, ip6_host, ip6_b};

	trial_hear_all(t);
	for (size_t i = 0; i < COUNT(targets); i++) {
		put_nd(&t->f, mac_6all, mac_a, ip6_none, ip6_nodes,
		       &(struct nd){.type = NA, .flags = 0x20, .target = targets[i], .tlla = mac_a});
		assert_int_not_equal(from_guest(t, PORT_A), NOT_DROPPED);
	}
}

static void test_rule_02_pins(void **state)
{
	struct trial *t = *state;
	struct mn_key k4 = key_of4(ip_a), k6 = key_of6(ip6_a);

	trial_pin(t, &k4, MN_GUEST, mac_a);
	trial_pin(t, &k6, MN_GUEST, mac_a);
	t->now += 7200 * SECOND;
	mn_engine_config(t->e)->takeover = MN_TAKEOVER_ANNOUNCED;
	assert_int_equal(announce4(t, PORT_B, mac_b, ip_a), DROP_CLAIM_PINNED);
	assert_int_equal(say4(t, PORT_B, mac_b, ip_a), DROP_CLAIM_PINNED);
	trial_hear6(t, PORT_B, mac_b, ip6_a);
	assert_int_equal(t->w->drop, DROP_CLAIM_PINNED);
	assert_int_equal(announce4(t, PORT_A, mac_a, ip_a), NOT_DROPPED);
	assert_int_equal(trial_find4(t, ip_a)->port, PORT_A);
	assert_int_equal(announce4(t, PORT_C, mac_a, ip_a), NOT_DROPPED); /* its place may change */
	assert_int_equal(trial_find4(t, ip_a)->port, PORT_C);
	mn_engine_config(t->e)->port_cap = 2; /* and no flood of its own evicts it */
	for (unsigned i = 0; i < 50; i++)
		announce4(t, PORT_C, mac_a, made_up(i));
	assert_non_null(trial_find4(t, ip_a));
}

static void test_rule_02_a_live_owner_keeps_it(void **state)
{
	struct trial *t = *state;
	struct mn_event ev;

	announce4(t, PORT_A, mac_a, ip_a);
	t->now += 10 * SECOND;
	assert_int_equal(announce4(t, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
	assert_true(trial_event(t, MN_EV_CONTEST, &ev)); /* so that the owner is probed */
	assert_memory_equal(ev.owner, mac_a, 6);
	assert_memory_equal(ev.mac, mac_b, 6);
	assert_true(trial_find4(t, ip_a)->flags & MN_F_CONTEST);
	assert_int_equal(say4(t, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
	assert_false(trial_event(t, MN_EV_CONTEST, &ev)); /* once is enough */
	t->now += 2 * SECOND;
	assert_int_equal(say4(t, PORT_A, mac_a, ip_a), NOT_DROPPED); /* it has answered */
	assert_false(trial_find4(t, ip_a)->flags & MN_F_CONTEST);
	t->now += 59 * SECOND;
	assert_int_equal(say4(t, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
}

static void test_rule_02_a_silent_owner_loses_it(void **state)
{
	struct trial *t = *state;
	struct mn_event ev;

	announce4(t, PORT_A, mac_a, ip_a);
	t->now += 61 * SECOND;
	assert_int_equal(announce4(t, PORT_B, mac_b, ip_a), NOT_DROPPED);
	assert_true(trial_event(t, MN_EV_TAKEN, &ev));
	assert_memory_equal(trial_find4(t, ip_a)->mac, mac_b, 6);
	assert_int_equal(trial_find4(t, ip_a)->port, PORT_B);
	assert_int_equal(say4(t, PORT_A, mac_a, ip_a), DROP_CLAIM_TAKEN);
}

static void test_rule_02_takeover_by_announcement(void **state)
{
	struct trial *t = *state;

	announce4(t, PORT_A, mac_a, ip_a);
	trial_hear6(t, PORT_A, mac_a, ip6_a);
	mn_engine_config(t->e)->takeover = MN_TAKEOVER_ANNOUNCED;
	assert_int_equal(say4(t, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN); /* a packet is no announcement */
	put_arp(&t->f, mac_all, mac_b, 1, mac_b, ip_a, mac_none, ip_near);
	assert_int_equal(from_guest(t, PORT_B), DROP_CLAIM_TAKEN); /* nor is a question */
	assert_int_equal(announce4(t, PORT_B, mac_b, ip_a), NOT_DROPPED);
	assert_memory_equal(trial_find4(t, ip_a)->mac, mac_b, 6);
	put_nd(&t->f, mac_6all, mac_b, ip6_b, ip6_nodes,
	       &(struct nd){.type = NA, .flags = 0x40, .target = ip6_a, .tlla = mac_b});
	assert_int_equal(from_guest(t, PORT_B), DROP_CLAIM_TAKEN); /* solicited: an answer, no announcement */
	put_nd(&t->f, mac_6all, mac_b, ip6_b, ip6_nodes,
	       &(struct nd){.type = NA, .flags = 0x20, .target = ip6_a, .tlla = mac_b});
	assert_int_equal(from_guest(t, PORT_B), NOT_DROPPED);
	assert_memory_equal(trial_find6(t, ip6_a)->mac, mac_b, 6);
}

static void test_rule_02_vm_moves_to_another_port(void **state)
{
	struct trial *t = *state;
	struct mn_event ev;

	trial_hear4(t, PORT_A, mac_a, ip_a);
	t->now += SECOND;
	assert_int_equal(announce4(t, PORT_B, mac_a, ip_a), NOT_DROPPED);
	assert_true(trial_event(t, MN_EV_MOVED, &ev));
	assert_int_equal(trial_find4(t, ip_a)->port, PORT_B);
	assert_int_equal(trial_find_mac(t, mac_a)->port, PORT_B);
	put_ether(&t->f, mac_all, mac_a, 0x8035); /* what QEMU sends when a guest has moved */
	add_padding(&t->f, 46, 0);
	assert_int_equal(from_guest(t, PORT_C), DROP_RARP);
	assert_int_equal(trial_find_mac(t, mac_a)->port, PORT_C);
}

static void test_rule_02_refusals_are_counted_by_port(void **state)
{
	struct trial *t = *state;
	struct mn_port p;
	void *cursor = NULL;
	bool seen = false;

	for (int i = 0; i < 5; i++)
		announce4(t, PORT_A, mac_a, ip_host);
	while (mn_engine_next_port(t->e, &cursor, &p))
		if (p.ifindex == PORT_A) {
			seen = true;
			assert_int_equal(p.refused, 5);
		}
	assert_true(seen);
	assert_int_equal(mn_engine_drops(t->e, DROP_CLAIM_HOST), 5);
}

static void test_rule_03_outbound_traffic_refreshes(void **state)
{
	struct trial *t = *state;

	trial_hear4(t, PORT_A, mac_a, ip_a);
	trial_hear6(t, PORT_A, mac_a, ip6_a);
	t->now += 30 * SECOND;
	say4(t, PORT_A, mac_a, ip_a);
	assert_true(trial_find4(t, ip_a)->seen == t->now);
	assert_true(trial_find_mac(t, mac_a)->seen == t->now);
	assert_true(trial_find6(t, ip6_a)->seen == t->now - 30 * SECOND);
	t->now += 30 * SECOND;
	trial_hear6(t, PORT_A, mac_a, ip6_a);
	assert_true(trial_find6(t, ip6_a)->seen == t->now);
	/* traffic for it does not: it may be long gone */
	put_ip4(&t->f, mac_w, mac_near, &(struct ip4){.src = ip_near, .dst = ip_a, .proto = 1}, "\10\0\0\0", 4);
	from_wire(t);
	assert_true(trial_find4(t, ip_a)->seen == t->now - 30 * SECOND);
}

static void test_rule_03_a_sleeping_lease_is_not_taken(void **state)
{
	struct trial *t = *state;
	struct dhcp d = {.op = 2, .type = 5, .xid = 9, .chaddr = mac_a, .yiaddr = ip_a, .lease = 3600};

	put_dhcp(&t->f, mac_all, mac_a, ip_none, ip_all, &(struct dhcp){.op = 1, .type = 3, .xid = 9, .chaddr = mac_a});
	from_guest(t, PORT_A);
	put_dhcp(&t->f, mac_all, mac_router, ip_router, ip_all, &d);
	assert_int_equal(from_wire(t), NOT_DROPPED);
	t->now += 600 * SECOND;
	assert_int_equal(announce4(t, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
	t->now += 3001 * SECOND;
	assert_int_equal(announce4(t, PORT_B, mac_b, ip_a), NOT_DROPPED);
}

/* Rule 4: a restored binding has no port until its guest speaks, and then costs it nothing. */
static void test_rule_04_restored_bindings(void **state)
{
	struct trial *t = *state;
	struct mn_binding b = {.port = 0xffffffffu, .slot = MN_NO_SLOT, .born = t->now, .seen = t->now};
	struct mn_key k = key_of4(ip_a);

	memcpy(b.mac, mac_a, 6);
	mn_engine_put(t->e, &k, &b);
	k = key_of_mac(mac_a);
	mn_engine_put(t->e, &k, &b);
	put_ip4(&t->f, mac_w, mac_near, &(struct ip4){.src = ip_near, .dst = ip_a, .proto = 1}, "\10\0\0\0", 4);
	assert_int_equal(from_wire(t), NOT_DROPPED);
	assert_memory_equal(t->f.b, mac_a, 6);
	assert_int_equal(announce4(t, PORT_B, mac_b, ip_a), DROP_CLAIM_TAKEN);
	assert_int_equal(say4(t, PORT_A, mac_a, ip_a), NOT_DROPPED);
	assert_int_equal(trial_find4(t, ip_a)->port, PORT_A);
	assert_true(trial_find4(t, ip_a)->slot < MN_RING);
}

static void test_rule_07_announcements_are_learned_at_once(void **state)
{
	struct trial *t = *state;

	assert_int_equal(announce4(t, PORT_A, mac_a, ip_a), NOT_DROPPED);
	assert_memory_equal(trial_find4(t, ip_a)->mac, mac_a, 6);
	put_arp(&t->f, mac_all, mac_b, 2, mac_b, ip_b, mac_b, ip_b); /* as a reply */
	assert_int_equal(from_guest(t, PORT_B), NOT_DROPPED);
	assert_memory_equal(trial_find4(t, ip_b)->mac, mac_b, 6);
	assert_memory_equal(t->f.b + 14 + 8, mac_w, 6);
	assert_memory_equal(t->f.b + 14 + 18, mac_w, 6);
	assert_int_equal(t->w->to, MN_TO_AIR);
	assert_int_equal(t->w->copy, MN_TO_HOST);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_01_many_addresses_of_one_guest),
		TEST(test_rule_01_the_same_address_in_two_vlans),
		TEST(test_rule_01_own_oldest_goes),
		TEST(test_rule_01_cap_holds_for_moves),
		TEST(test_rule_01_takeover_on_a_full_port),
		TEST(test_rule_01_rate_limit),
		TEST(test_rule_01_forged_moves_cost_the_owner_nothing),
		TEST(test_rule_01_floods_of_each_kind),
		TEST(test_rule_01_table_is_large_enough_for_all_ports),
		TEST(test_rule_02_host_and_gateway_cannot_be_claimed),
		TEST(test_rule_02_addresses_nobody_can_have),
		TEST(test_rule_02_w_is_no_guests),
		TEST(test_rule_02_no_claim_by_way_of_a_sibling),
		TEST(test_rule_02_no_claim_from_nowhere),
		TEST(test_rule_02_pins),
		TEST(test_rule_02_a_live_owner_keeps_it),
		TEST(test_rule_02_a_silent_owner_loses_it),
		TEST(test_rule_02_takeover_by_announcement),
		TEST(test_rule_02_vm_moves_to_another_port),
		TEST(test_rule_02_refusals_are_counted_by_port),
		TEST(test_rule_03_outbound_traffic_refreshes),
		TEST(test_rule_03_a_sleeping_lease_is_not_taken),
		TEST(test_rule_04_restored_bindings),
		TEST(test_rule_07_announcements_are_learned_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
