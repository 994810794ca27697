/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 5 to 12 for ARP, over the engine in user space. */
#include "fixture.h"

enum { ARP = 14, SHA = ARP + 8, SPA = ARP + 14, THA = ARP + 18, TPA = ARP + 24 };

#define assert_sha(t, mac) assert_memory_equal((t)->f.b + SHA, mac, 6)
#define assert_tha(t, mac) assert_memory_equal((t)->f.b + THA, mac, 6)

static void test_rule_05_request(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_near);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_src(t, mac_w);
	assert_dst(t, mac_all);
	assert_sha(t, mac_w);
	assert_tha(t, mac_none);
	assert_memory_equal(t->f.b + SPA, ip_a, 4);
	assert_memory_equal(t->f.b + TPA, ip_near, 4);
}

static void test_rule_05_reply(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_near, mac_a, 2, mac_a, ip_a, mac_near, ip_near);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	assert_sha(t, mac_w);
	assert_tha(t, mac_near); /* only where it was a guest's */
	assert_dst(t, mac_near);
}

static void test_rule_05_header_is_checked(void **state)
{
	struct trial *t = *state;
	static const struct {
		int off;
		uint8_t value;
	} wrong[] = {{ARP, 1},      {ARP + 1, 6}, {ARP + 2, 0x86}, {ARP + 3, 6}, {ARP + 4, 8},
		     {ARP + 5, 16}, {ARP + 6, 1}, {ARP + 7, 0},    {ARP + 7, 3}, {ARP + 7, 8}};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_near);
		t->f.b[wrong[i].off] = wrong[i].value;
		assert_drop(from_guest(t, PORT_A), "arp_malformed");
		put_arp(&t->f, mac_w, mac_near, 1, mac_near, ip_near, mac_none, ip_a);
		t->f.b[wrong[i].off] = wrong[i].value;
		assert_drop(from_wire(t), "arp_malformed");
	}
}

static void test_rule_05_every_length(void **state)
{
	struct trial *t = *state;

	for (uint32_t len = 0; len <= 60; len++) {
		put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_near);
		add_padding(&t->f, 18, 0);
		t->f.len = len;
		if (len < 42)
			assert_drop(from_guest(t, PORT_A), "truncated");
		else
			assert_drop(from_guest(t, PORT_A), "none"); /* an exact fit is a fit */
	}
}

static void test_rule_05_padding_stays(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_near);
	add_padding(&t->f, 18, 0xee);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_memory_equal(t->f.b + 42, t->in.b + 42, 18);
}

/* A guest must name itself, or another guest for what that one holds. */
static void test_rule_05_foreign_sender(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_a, 1, mac_near, ip_a, mac_none, ip_near);
	assert_drop(from_guest(t, PORT_A), "arp_sender");
	put_arp(&t->f, mac_all, mac_a, 1, mac_router, ip_router, mac_none, ip_near);
	assert_drop(from_guest(t, PORT_A), "arp_sender");
	put_arp(&t->f, mac_near, mac_a, 2, mac_b, ip_b, mac_near, ip_near); /* proxy ARP for b */
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	assert_sha(t, mac_w);
}

static void test_rule_05_in_a_vlan(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_near);
	add_tag(&t->f, 0x8100, 0xa007);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_memory_equal(t->f.b + SHA + 4, mac_w, 6);
	assert_memory_equal(t->f.b + 12, "\x81\0\xa0\x07\x08\x06", 6);
}

/* Seen elsewhere: probes leave untranslated. */
static void test_rule_06_probe_is_translated(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_c, 1, mac_c, ip_none, mac_none, ip_near);
	from_guest(t, PORT_C);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_sha(t, mac_w);
	assert_memory_equal(t->f.b + SPA, ip_none, 4);
	assert_null(trial_find4(t, ip_none)); /* never learned */
	assert_null(trial_find4(t, ip_near)); /* nor claimed by asking */
}

/* Seen elsewhere: replies never arrive, so duplicates go unseen. Both forms of an answer (RFC 5227, 2.1.1). */
static void test_rule_06_reply_reaches_the_prober(void **state)
{
	struct trial *t = *state;
	const uint8_t *targets[] = {ip_none, ip_near};

	put_arp(&t->f, mac_all, mac_c, 1, mac_c, ip_none, mac_none, ip_near);
	from_guest(t, PORT_C);
	for (size_t i = 0; i < COUNT(targets); i++) {
		put_arp(&t->f, mac_w, mac_near, 2, mac_near, ip_near, mac_w, targets[i]);
		from_wire(t);
		assert_goes(t, MN_TO_GUESTS, 0);
		assert_dst(t, mac_c);
		assert_tha(t, mac_c);
		assert_sha(t, mac_near);
	}
	put_arp(&t->f, mac_w, mac_router, 2, mac_router, ip_router, mac_w, ip_none); /* nobody probes that */
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
}

static void test_rule_06_two_probe_the_same(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_none, mac_none, ip_near);
	assert_drop(from_guest(t, PORT_A), "none");
	put_arp(&t->f, mac_all, mac_b, 1, mac_b, ip_none, mac_none, ip_near);
	assert_drop(from_guest(t, PORT_B), "none"); /* nobody's claim: each has heard the other on the bridge */
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	put_arp(&t->f, mac_w, mac_near, 2, mac_near, ip_near, mac_w, ip_none);
	from_wire(t);
	assert_dst(t, mac_b);
	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_none, mac_none, ip_near); /* probes come in threes */
	from_guest(t, PORT_A);
	put_arp(&t->f, mac_w, mac_near, 2, mac_near, ip_near, mac_w, ip_none);
	from_wire(t);
	assert_dst(t, mac_a);
}

/* A probe for a sibling's address goes to the air as well as to the sibling, who answers on the bridge. */
static void test_rule_06_probe_for_a_siblings_address(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_none, mac_none, ip_b);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_memory_equal(trial_find4(t, ip_b)->mac, mac_b, 6);
}

static void test_rule_08_unicast_for_a_guest(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_w, mac_router, 2, mac_router, ip_router, mac_w, ip_a);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_a);
	assert_tha(t, mac_a);
	assert_src(t, mac_router);
	put_arp(&t->f, mac_w, mac_router, 1, mac_router, ip_router, mac_none, ip_b); /* a unicast question (RFC 1122) */
	from_wire(t);
	assert_dst(t, mac_b);
	assert_tha(t, mac_none); /* only where it was W */
	put_arp(&t->f, mac_w, mac_router, 2, mac_router, ip_router, mac_w, ip_host);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
	assert_same_body(t);
}

static void test_rule_08_broadcast_is_heard_by_all(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_router, 1, mac_router, ip_router, mac_none, ip_a);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, MN_TO_GUESTS);
	assert_same_body(t);
}

static void test_rule_09_conflict_is_passed_on(void **state)
{
	struct trial *t = *state;
	struct mn_event ev;

	put_arp(&t->f, mac_all, mac_near, 1, mac_near, ip_a, mac_none, ip_a);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, MN_TO_GUESTS);
	assert_true(trial_event(t, MN_EV_CONFLICT, &ev));
	assert_memory_equal(ev.mac, mac_near, 6);
	assert_memory_equal(ev.owner, mac_a, 6);
	assert_memory_equal(trial_find4(t, ip_a)->mac, mac_a, 6); /* never deleted */
	assert_int_equal(mn_engine_counts(t->e, MN_N_CONFLICT), 1);
	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_a); /* and its defence leaves */
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_sha(t, mac_w);
}

static void test_rule_10_reflection(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_near);
	from_guest(t, PORT_A); /* t->f is what is sent; the access point sends it back */
	assert_drop(from_wire(t), "reflection");
	put_arp(&t->f, mac_all, mac_w, 1, mac_w, ip_host, mac_none, ip_near);
	assert_drop(from_wire(t), "reflection");
}

static void test_rule_10_proxy_claims(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_w, mac_router, 2, mac_w, ip_b, mac_w, ip_a); /* the access point answers for b */
	assert_drop(from_wire(t), "proxy_claim");
	put_arp(&t->f, mac_all, mac_router, 2, mac_w, ip_b, mac_all, ip_b);
	assert_drop(from_wire(t), "proxy_claim");
	put_arp(&t->f, mac_all, mac_router, 1, mac_w, ip_b, mac_none, ip_near);
	assert_drop(from_wire(t), "proxy_claim");
}

static void test_rule_11_guest_asks_for_the_host(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_host);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_HOST, 0); /* without the air, */
	assert_sha(t, mac_a);          /* and untranslated: the host answers to a itself */
	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_none, mac_none, ip_host);
	from_guest(t, PORT_A); /* a probe for it, too: the host defends */
	assert_goes(t, MN_TO_HOST, 0);
	put_arp(&t->f, mac_w, mac_a, 1, mac_a, ip_a, mac_w, ip_host);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_HOST, 0);
}

static void test_rule_11_host_asks_for_a_guest(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_w, 1, mac_w, ip_host, mac_none, ip_a);
	from_host(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	put_arp(&t->f, mac_a, mac_w, 2, mac_w, ip_host, mac_a, ip_a);
	from_host(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	put_arp(&t->f, mac_all, mac_w, 1, mac_w, ip_host, mac_none, ip_near); /* anybody else: both sides */
	from_host(t);
	assert_goes(t, MN_TO_AIR, MN_TO_GUESTS);
	put_arp(&t->f, mac_all, mac_w, 1, mac_w, ip_none, mac_none, ip_a); /* its own probe: both sides */
	from_host(t);
	assert_goes(t, MN_TO_AIR, MN_TO_GUESTS);
	t->now += 100 * SECOND; /* a guest that fell silent may be elsewhere */
	put_arp(&t->f, mac_all, mac_w, 1, mac_w, ip_host, mac_none, ip_a);
	from_host(t);
	assert_goes(t, MN_TO_AIR, MN_TO_GUESTS);
}

static void test_rule_12_siblings_stay_on_the_bridge(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_b);
	from_guest(t, PORT_A);
	assert_goes(t, 0, 0);
	assert_int_equal(mn_engine_counts(t->e, MN_N_LOCAL), 1);
	put_arp(&t->f, mac_b, mac_a, 2, mac_a, ip_a, mac_b, ip_b);
	from_guest(t, PORT_A);
	assert_goes(t, 0, 0);
}

/* Silence may mean that it has moved to another machine: then only the air finds it. */
static void test_rule_12_silent_sibling(void **state)
{
	struct trial *t = *state;

	t->now += 100 * SECOND;
	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_b);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	put_arp(&t->f, mac_b, mac_a, 2, mac_a, ip_a, mac_b, ip_b);
	from_guest(t, PORT_A); /* unicast that the bridge floods, since it has forgotten b */
	assert_goes(t, MN_TO_AIR, 0);
	assert_sha(t, mac_w);
	assert_tha(t, mac_w);
}

static void test_rule_12_turned_around(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_w, mac_a, 1, mac_a, ip_a, mac_w, ip_b);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_b);
	assert_src(t, mac_w);
	assert_same_body(t);
}

static void test_rule_25_announcements_of_the_host_for_guests(void **state)
{
	struct trial *t = *state;

	put_arp(&t->f, mac_all, mac_w, 1, mac_w, ip_a, mac_none, ip_a);
	from_host(t);
	assert_goes(t, MN_TO_AIR, 0); /* a itself must not hear that somebody else has its address */
	put_nd(&t->f, mac_6all, mac_w, ip6_a, ip6_nodes,
	       &(struct nd){.type = NA, .flags = 0x20, .target = ip6_a, .tlla = mac_w});
	from_host(t);
	assert_goes(t, MN_TO_AIR, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_05_request),
		TEST(test_rule_05_reply),
		TEST(test_rule_05_header_is_checked),
		TEST(test_rule_05_every_length),
		TEST(test_rule_05_padding_stays),
		TEST(test_rule_05_foreign_sender),
		TEST(test_rule_05_in_a_vlan),
		TEST(test_rule_06_probe_is_translated),
		TEST(test_rule_06_reply_reaches_the_prober),
		TEST(test_rule_06_two_probe_the_same),
		TEST(test_rule_06_probe_for_a_siblings_address),
		TEST(test_rule_08_unicast_for_a_guest),
		TEST(test_rule_08_broadcast_is_heard_by_all),
		TEST(test_rule_09_conflict_is_passed_on),
		TEST(test_rule_10_reflection),
		TEST(test_rule_10_proxy_claims),
		TEST(test_rule_11_guest_asks_for_the_host),
		TEST(test_rule_11_host_asks_for_a_guest),
		TEST(test_rule_12_siblings_stay_on_the_bridge),
		TEST(test_rule_12_silent_sibling),
		TEST(test_rule_12_turned_around),
		TEST(test_rule_25_announcements_of_the_host_for_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
