/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 5 to 12 for ARP, in the user-space engine. */
#include "fixture.h"
#include "wire/be.h"

enum { ARP = 14, SHA = ARP + 8, SPA = ARP + 14, THA = ARP + 18, TPA = ARP + 24 };

#define assert_sha(t, mac) assert_memory_equal((t)->frame.bytes + SHA, mac, 6)
#define assert_tha(t, mac) assert_memory_equal((t)->frame.bytes + THA, mac, 6)

static void test_rule_05_request_is_translated(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_src(harness, mac_uplink);
	assert_dst(harness, mac_broadcast);
	assert_sha(harness, mac_uplink);
	assert_tha(harness, mac_zero);
	assert_memory_equal(harness->frame.bytes + SPA, ip_a, 4);
	assert_memory_equal(harness->frame.bytes + TPA, ip_neighbour, 4);
}

static void test_rule_05_reply_is_translated(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_neighbour, mac_a, 2, mac_a, ip_a, mac_neighbour, ip_neighbour);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_sha(harness, mac_uplink);
	assert_tha(harness, mac_neighbour); /* only a guest's address is replaced */
	assert_dst(harness, mac_neighbour);
}

/* This host answers on the bridge for its address on the uplink (arp_ignore=0): the answer by the uplink counts. */
static void test_rule_05_host_answers_once(void **state)
{
	static const uint8_t mac_bridge[6] = {0x02, 0, 0, 0, 0xb0, 0x01};
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_neighbour, mac_bridge, 2, mac_bridge, ip_host, mac_neighbour, ip_neighbour);
	assert_drop(from_guest(harness, 0), "host_twice");
	put_arp(&harness->frame, mac_neighbour, mac_a, 2, mac_a, ip_host, mac_neighbour, ip_neighbour);
	assert_drop(from_guest(harness, PORT_A), "claim_host");
}

static void test_rule_05_header_is_checked(void **state)
{
	struct harness *harness = *state;
	static const struct {
		int off;
		uint8_t value;
	} wrong[] = {{ARP, 1},      {ARP + 1, 7}, {ARP + 2, 0x86}, {ARP + 3, 6}, {ARP + 4, 8},
		     {ARP + 5, 16}, {ARP + 6, 1}, {ARP + 7, 0},    {ARP + 7, 3}, {ARP + 7, 8}};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
		harness->frame.bytes[wrong[i].off] = wrong[i].value;
		assert_drop(from_guest(harness, PORT_A), "arp_malformed");
		put_arp(&harness->frame, mac_uplink, mac_neighbour, 1, mac_neighbour, ip_neighbour, mac_zero, ip_a);
		harness->frame.bytes[wrong[i].off] = wrong[i].value;
		assert_drop(from_wire(harness), "arp_malformed");
	}
}

/* Linux answers and believes ARP of the hardware type of IEEE 802, too. */
static void test_rule_05_both_hardware_types_of_ethernet_are_read(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
	harness->frame.bytes[ARP + 1] = ARP_IEEE802;
	assert_drop(from_guest(harness, PORT_A), "none");
	assert_memory_equal(harness->frame.bytes + ARP + ARP_OFF_SHA, mac_uplink, 6);
	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_b, ip_a, mac_zero, ip_neighbour);
	harness->frame.bytes[ARP + 1] = ARP_IEEE802;
	assert_drop(from_guest(harness, PORT_A), "arp_sender");
}

static void test_rule_05_each_frame_length_is_handled(void **state)
{
	struct harness *harness = *state;

	for (uint32_t len = 0; len <= 60; len++) {
		put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
		add_padding(&harness->frame, 18, 0);
		harness->frame.len = len;
		if (len < 42)
			assert_drop(from_guest(harness, PORT_A), "truncated");
		else
			assert_drop(from_guest(harness, PORT_A), "none"); /* an exact fit is valid */
	}
}

static void test_rule_05_padding_is_kept(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
	add_padding(&harness->frame, 18, 0xee);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_memory_equal(harness->frame.bytes + 42, harness->input.bytes + 42, 18);
}

static const uint8_t mac_nested[6] = {2, 0, 0, 0, 0x77, 1}, ip_nested[4] = {192, 168, 157, 99};

/* The sender hardware address is the guest's own, or another one of its port (rule 30); never a sibling's. */
static void test_rule_05_foreign_sender_is_refused(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_neighbour, ip_a, mac_zero, ip_neighbour);
	assert_drop(from_guest(harness, PORT_A), "arp_sender");
	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_router, ip_router, mac_zero, ip_neighbour);
	assert_drop(from_guest(harness, PORT_A), "arp_sender");
	put_arp(&harness->frame, mac_neighbour, mac_a, 2, mac_b, ip_b, mac_neighbour,
		ip_neighbour); /* proxy ARP for b */
	assert_drop(from_guest(harness, PORT_A), "arp_sender");
	put_ether(&harness->frame, mac_neighbour, mac_nested, 0x88b5); /* a second MAC address on the port of a */
	add_padding(&harness->frame, 46, 0);
	from_guest(harness, PORT_A);
	put_arp(&harness->frame, mac_neighbour, mac_a, 2, mac_nested, ip_nested, mac_neighbour, ip_neighbour);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_sha(harness, mac_uplink);
	assert_memory_equal(harness_find4(harness, ip_nested)->mac, mac_nested, 6);
}

static void test_rule_05_tagged_request_is_translated(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
	add_tag(&harness->frame, 0x8100, 0xa007);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_memory_equal(harness->frame.bytes + SHA + 4, mac_uplink, 6);
	assert_memory_equal(harness->frame.bytes + 12, "\x81\0\xa0\x07\x08\x06", 6);
}

/* Other translators send probes untranslated. */
static void test_rule_06_probe_is_translated(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_c, 1, mac_c, ip_zero, mac_zero, ip_neighbour);
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_sha(harness, mac_uplink);
	assert_memory_equal(harness->frame.bytes + SPA, ip_zero, 4);
	assert_null(harness_find4(harness, ip_zero));      /* never learned */
	assert_null(harness_find4(harness, ip_neighbour)); /* nor claimed by a request */
}

/*
 * In other translators replies do not arrive, so that duplicates stay undetected. Both forms of an answer (RFC 5227,
 * 2.1.1).
 */
static void test_rule_06_reply_reaches_prober(void **state)
{
	struct harness *harness = *state;
	const uint8_t *targets[] = {ip_zero, ip_neighbour};

	put_arp(&harness->frame, mac_broadcast, mac_c, 1, mac_c, ip_zero, mac_zero, ip_neighbour);
	from_guest(harness, PORT_C);
	for (size_t i = 0; i < COUNT(targets); i++) {
		put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_neighbour, mac_uplink,
			targets[i]);
		from_wire(harness);
		assert_goes(harness, MN_TO_GUESTS, 0);
		assert_dst(harness, mac_c);
		assert_tha(harness, mac_c);
		assert_sha(harness, mac_neighbour);
	}
	put_arp(&harness->frame, mac_uplink, mac_router, 2, mac_router, ip_router, mac_uplink,
		ip_zero); /* no guest probes that address */
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
}

static void test_rule_06_two_guests_may_probe_same_address(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_zero, mac_zero, ip_neighbour);
	assert_drop(from_guest(harness, PORT_A), "none");
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_zero, mac_zero, ip_neighbour);
	assert_drop(from_guest(harness, PORT_B),
		    "none"); /* no claim: each has received the other's probe on the bridge */
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_neighbour, mac_uplink, ip_zero);
	from_wire(harness); /* both hear that the address is taken */
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_broadcast);
	harness->now += 11 * SECOND;
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_zero, mac_zero, ip_neighbour);
	from_guest(harness, PORT_B); /* a has stopped probing */
	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_neighbour, mac_uplink, ip_zero);
	from_wire(harness);
	assert_dst(harness, mac_b);
}

/* A probe for a sibling's address goes to the uplink as well as to the sibling, which answers on the bridge. */
static void test_rule_06_probe_for_sibling_leaves_by_uplink_too(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_zero, mac_zero, ip_b);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_memory_equal(harness_find4(harness, ip_b)->mac, mac_b, 6);
}

static void test_rule_08_unicast_reaches_target_guest(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_uplink, mac_router, 2, mac_router, ip_router, mac_uplink, ip_a);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_a);
	assert_tha(harness, mac_a);
	assert_src(harness, mac_router);
	put_arp(&harness->frame, mac_uplink, mac_router, 1, mac_router, ip_router, mac_zero,
		ip_b); /* a unicast request (RFC 1122) */
	from_wire(harness);
	assert_dst(harness, mac_b);
	assert_tha(harness, mac_zero); /* only the uplink MAC is replaced */
	put_arp(&harness->frame, mac_uplink, mac_router, 2, mac_router, ip_router, mac_uplink, ip_host);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
	assert_same_body(harness);
}

static void test_rule_08_broadcast_reaches_all_guests(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_router, 1, mac_router, ip_router, mac_zero, ip_a);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, MN_TO_GUESTS);
	assert_same_body(harness);
}

static void test_rule_09_conflict_is_delivered_to_guest(void **state)
{
	struct harness *harness = *state;
	struct mn_event ev;

	put_arp(&harness->frame, mac_broadcast, mac_neighbour, 1, mac_neighbour, ip_a, mac_zero, ip_a);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, MN_TO_GUESTS);
	assert_true(harness_take_event(harness, MN_EV_CONFLICT, &ev));
	assert_memory_equal(ev.mac, mac_neighbour, 6);
	assert_memory_equal(ev.owner, mac_a, 6);
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6); /* never deleted */
	assert_int_equal(mn_engine_counts(harness->engine, MN_COUNT_CONFLICT), 1);
	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_a); /* its defence is sent */
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_sha(harness, mac_uplink);
}

static void test_rule_10_reflected_arp_is_dropped(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
	from_guest(harness, PORT_A); /* harness->frame is the frame sent; the access point sends it back */
	assert_drop(from_wire(harness), "reflection");
	put_arp(&harness->frame, mac_broadcast, mac_uplink, 1, mac_uplink, ip_host, mac_zero, ip_neighbour);
	assert_drop(from_wire(harness), "reflection");
}

static void test_rule_10_proxy_claims_are_dropped(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_uplink, mac_router, 2, mac_uplink, ip_b, mac_uplink,
		ip_a); /* the access point answers for b */
	assert_drop(from_wire(harness), "proxy_claim");
	put_arp(&harness->frame, mac_broadcast, mac_router, 2, mac_uplink, ip_b, mac_broadcast, ip_b);
	assert_drop(from_wire(harness), "proxy_claim");
	put_arp(&harness->frame, mac_broadcast, mac_router, 1, mac_uplink, ip_b, mac_zero, ip_neighbour);
	assert_drop(from_wire(harness), "proxy_claim");
	put_arp(&harness->frame, mac_broadcast, mac_neighbour, 2, mac_a, ip_b, mac_zero, ip_b); /* a guest's */
	assert_drop(from_wire(harness), "proxy_claim");
	put_arp(&harness->frame, mac_broadcast, mac_neighbour, 1, mac_neighbour, ip_neighbour, mac_zero, ip_b);
	assert_drop(from_wire(harness), "none");
	harness->now += mn_engine_config(harness->engine)->silence_ns + 1; /* it may have moved there */
	put_arp(&harness->frame, mac_broadcast, mac_neighbour, 2, mac_a, ip_b, mac_zero, ip_b);
	assert_drop(from_wire(harness), "none");
}

static void test_rule_11_request_for_host_stays_local(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_host);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_HOST, 0); /* not out of the uplink, */
	assert_sha(harness, mac_a);          /* and untranslated: the host answers a directly */
	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_zero, mac_zero, ip_host);
	from_guest(harness, PORT_A); /* a probe too: the host defends its address */
	assert_goes(harness, MN_TO_HOST, 0);
	put_arp(&harness->frame, mac_uplink, mac_a, 1, mac_a, ip_a, mac_uplink, ip_host);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_HOST, 0);
}

static void test_rule_11_request_of_host_for_guest_stays_local(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_uplink, 1, mac_uplink, ip_host, mac_zero, ip_a);
	from_host(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	put_arp(&harness->frame, mac_a, mac_uplink, 2, mac_uplink, ip_host, mac_a, ip_a);
	from_host(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	put_arp(&harness->frame, mac_broadcast, mac_uplink, 1, mac_uplink, ip_host, mac_zero,
		ip_neighbour); /* any other target: both sides */
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_GUESTS);
	put_arp(&harness->frame, mac_broadcast, mac_uplink, 1, mac_uplink, ip_zero, mac_zero,
		ip_a); /* its own probe: both sides */
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_GUESTS);
	harness->now += 100 * SECOND; /* a silent guest may have moved */
	put_arp(&harness->frame, mac_broadcast, mac_uplink, 1, mac_uplink, ip_host, mac_zero, ip_a);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_GUESTS);
}

static void test_rule_12_request_for_sibling_stays_on_bridge(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_b);
	from_guest(harness, PORT_A);
	assert_goes(harness, 0, 0);
	assert_int_equal(mn_engine_counts(harness->engine, MN_COUNT_LOCAL), 1);
	put_arp(&harness->frame, mac_b, mac_a, 2, mac_a, ip_a, mac_b, ip_b);
	from_guest(harness, PORT_A);
	assert_goes(harness, 0, 0);
}

/* A silent sibling may have moved to another machine: then it is reached only through the uplink. */
static void test_rule_12_request_for_silent_sibling_leaves_by_uplink(void **state)
{
	struct harness *harness = *state;

	harness->now += 100 * SECOND;
	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_b);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	put_arp(&harness->frame, mac_b, mac_a, 2, mac_a, ip_a, mac_b, ip_b);
	from_guest(harness, PORT_A); /* unicast that the bridge floods because its entry for b has aged out */
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_sha(harness, mac_uplink);
	assert_tha(harness, mac_uplink);
}

static void test_rule_12_frame_to_uplink_mac_is_redirected(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_uplink, mac_a, 1, mac_a, ip_a, mac_uplink, ip_b);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_b);
	assert_src(harness, mac_uplink);
	assert_same_body(harness);
}

static void test_rule_25_announcement_for_guest_goes_to_uplink_only(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_uplink, 1, mac_uplink, ip_a, mac_zero, ip_a);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0); /* a must not receive a claim of its own address */
	put_nd(&harness->frame, mac_all_nodes, mac_uplink, ip6_a, ip6_all_nodes,
	       &(struct nd_spec){.type = NA, .flags = 0x20, .target = ip6_a, .tlla = mac_uplink});
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0);
}

static uint32_t question_of_a(struct harness *harness)
{
	struct mn_key key = key_of4(ip_a);
	const struct mn_binding *binding = mn_engine_get(harness->engine, &key);

	return binding ? binding->aux : 0;
}

/* `vifi why` learns whom a guest asks for in vain. */
static void test_rule_05_question_in_vain_is_noted(void **state)
{
	struct harness *harness = *state;

	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
	from_guest(harness, PORT_A);
	assert_int_equal(question_of_a(harness), be32(ip_neighbour));
	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_host, mac_uplink, ip_a);
	from_wire(harness);
	assert_int_equal(question_of_a(harness), be32(ip_neighbour)); /* another address answers */
	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_a);
	from_guest(harness, PORT_A);
	assert_int_equal(question_of_a(harness), be32(ip_neighbour)); /* an announcement asks for nobody */
	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_neighbour, mac_uplink, ip_a);
	from_wire(harness);
	assert_int_equal(question_of_a(harness), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_05_request_is_translated),
		TEST(test_rule_05_reply_is_translated),
		TEST(test_rule_05_host_answers_once),
		TEST(test_rule_05_header_is_checked),
		TEST(test_rule_05_both_hardware_types_of_ethernet_are_read),
		TEST(test_rule_05_each_frame_length_is_handled),
		TEST(test_rule_05_padding_is_kept),
		TEST(test_rule_05_foreign_sender_is_refused),
		TEST(test_rule_05_tagged_request_is_translated),
		TEST(test_rule_05_question_in_vain_is_noted),
		TEST(test_rule_06_probe_is_translated),
		TEST(test_rule_06_reply_reaches_prober),
		TEST(test_rule_06_two_guests_may_probe_same_address),
		TEST(test_rule_06_probe_for_sibling_leaves_by_uplink_too),
		TEST(test_rule_08_unicast_reaches_target_guest),
		TEST(test_rule_08_broadcast_reaches_all_guests),
		TEST(test_rule_09_conflict_is_delivered_to_guest),
		TEST(test_rule_10_reflected_arp_is_dropped),
		TEST(test_rule_10_proxy_claims_are_dropped),
		TEST(test_rule_11_request_for_host_stays_local),
		TEST(test_rule_11_request_of_host_for_guest_stays_local),
		TEST(test_rule_12_request_for_sibling_stays_on_bridge),
		TEST(test_rule_12_request_for_silent_sibling_leaves_by_uplink),
		TEST(test_rule_12_frame_to_uplink_mac_is_redirected),
		TEST(test_rule_25_announcement_for_guest_goes_to_uplink_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
