/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 23, 24, 25 and 27: other ethertypes, link control, PPPoE, the guard; over the engine in user space. */
#include "fixture.h"

static void frame(struct trial *t, const uint8_t *dst, const uint8_t *src, uint16_t type)
{
	put_ether(&t->f, dst, src, type);
	add_padding(&t->f, 46, 0x5a);
}

/* An 802.3 frame with an LLC and SNAP header (RFC 1042; 802.1H where tunnel) around the payload of a whole frame. */
static void in_snap(struct frame *f, bool tunnel)
{
	uint8_t snap[8] = {0xaa, 0xaa, 3, 0, 0, tunnel ? 0xf8 : 0, f->b[12], f->b[13]};

	memmove(f->b + 22, f->b + 14, f->len - 14);
	memcpy(f->b + 14, snap, 8);
	f->len += 8;
	f->b[12] = (uint8_t)((f->len - 14) >> 8);
	f->b[13] = (uint8_t)(f->len - 14);
}

static const uint16_t controls[] = {0x888e, 0x88c7, 0x890d, 0x88cc};

static void test_rule_23_by_ethertype(void **state)
{
	struct trial *t = *state;
	const uint8_t *dsts[] = {mac_router, mac_w, mac_all, mac_b};

	for (size_t i = 0; i < COUNT(controls); i++)
		for (size_t j = 0; j < COUNT(dsts); j++)
			for (int tag = 0; tag < 3; tag++) {
				frame(t, dsts[j], mac_a, controls[i]);
				if (tag == 1)
					add_tag(&t->f, 0x8100, 7); /* also in a VLAN that crosses the uplink */
				t->tci = tag == 2 ? 0x10007 : 0;
				assert_drop(from_guest(t, PORT_A), "link_control");
				frame(t, dsts[j], mac_router, controls[i]);
				if (tag == 1)
					add_tag(&t->f, 0x8100, 7);
				from_wire(t); /* the supplicant's, never a guest's */
				assert_goes(t, MN_TO_HOST, 0);
				frame(t, dsts[j], mac_w, controls[i]);
				if (tag == 1)
					add_tag(&t->f, 0x8100, 7);
				from_host(t);
				assert_goes(t, MN_TO_AIR, 0);
				t->tci = 0;
			}
}

static void test_rule_23_by_address(void **state)
{
	struct trial *t = *state;
	uint8_t dst[6] = {1, 0x80, 0xc2, 0, 0, 0};

	for (int last = 0; last < 256; last++) {
		dst[5] = (uint8_t)last;
		frame(t, dst, mac_a, 0x0026); /* a bridge protocol data unit */
		if (last < 0x10)
			assert_drop(from_guest(t, PORT_A), "link_control");
		else
			assert_drop(from_guest(t, PORT_A), "none");
		frame(t, dst, mac_router, 0x0026);
		from_wire(t);
		assert_goes(t, MN_TO_HOST, last < 0x10 ? 0 : MN_TO_GUESTS);
		frame(t, dst, mac_w, 0x0026);
		from_host(t);
		assert_goes(t, MN_TO_AIR, last < 0x10 ? 0 : MN_TO_GUESTS);
	}
}

/* On the air every frame has a SNAP header: one that a guest makes itself turns into the Ethernet frame of that type. */
static void test_rule_23_hidden_in_snap(void **state)
{
	struct trial *t = *state;

	for (int tunnel = 0; tunnel < 2; tunnel++) {
		for (size_t i = 0; i < COUNT(controls); i++) {
			frame(t, mac_router, mac_a, controls[i]);
			in_snap(&t->f, tunnel);
			assert_drop(from_guest(t, PORT_A), "link_control");
		}
		put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_near);
		in_snap(&t->f, tunnel);
		from_guest(t, PORT_A);
		assert_goes(t, MN_TO_AIR, MN_TO_HOST);
		assert_memory_equal(t->f.b + 22 + 8, mac_w, 6);
		put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_router, mac_none, ip_router);
		in_snap(&t->f, tunnel);
		assert_drop(from_guest(t, PORT_A), "claim_gateway");
		put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_near);
		add_tag(&t->f, 0x8100, 9);
		in_snap(&t->f, tunnel);
		assert_drop(from_guest(t, PORT_A), "vlan_nested");
		frame(t, mac_near, mac_a, 0x809b); /* AppleTalk is what SNAP is for */
		in_snap(&t->f, tunnel);
		from_guest(t, PORT_A);
		assert_goes(t, MN_TO_AIR, 0);
		assert_same_body(t);
		frame(t, mac_w, mac_near, 0x809b); /* the kernel has made Ethernet II of the answer */
		from_wire(t);
		assert_goes(t, MN_TO_GUESTS, 0);
		assert_dst(t, mac_a);
	}
}

static void test_rule_24_group_frames(void **state)
{
	struct trial *t = *state;

	frame(t, mac_all, mac_a, 0x88b5);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	assert_src(t, mac_w);
	assert_same_body(t);
	frame(t, mac_all, mac_near, 0x88b5);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, MN_TO_GUESTS);
	frame(t, mac_all, mac_w, 0x88b5);
	from_host(t);
	assert_goes(t, MN_TO_AIR, MN_TO_GUESTS);
}

static void test_rule_24_last_talker(void **state)
{
	struct trial *t = *state;

	frame(t, mac_w, mac_near, 0x88b5);
	assert_drop(from_wire(t), "no_owner");
	frame(t, mac_near, mac_a, 0x88b5);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	frame(t, mac_w, mac_near, 0x88b5);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_a);
	frame(t, mac_router, mac_b, 0x88b5); /* b speaks it to somebody else: who hears is told by the far end */
	from_guest(t, PORT_B);
	frame(t, mac_w, mac_near, 0x88b5);
	from_wire(t);
	assert_dst(t, mac_a);
	frame(t, mac_w, mac_router, 0x88b5);
	from_wire(t);
	assert_dst(t, mac_b);
	frame(t, mac_near, mac_b, 0x88b5); /* b speaks to it too: the last one */
	from_guest(t, PORT_B);
	frame(t, mac_w, mac_near, 0x88b5);
	from_wire(t);
	assert_dst(t, mac_b);
	frame(t, mac_w, mac_near, 0x88b6); /* another ethertype is another matter */
	assert_drop(from_wire(t), "no_owner");
}

static void test_rule_24_pinned(void **state)
{
	struct trial *t = *state;
	struct mn_key k = {.family = MN_TALK, .addr = {0x88, 0xb5}};

	trial_pin(t, &k, MN_GUEST, mac_c);
	frame(t, mac_w, mac_near, 0x88b5);
	from_wire(t);
	assert_dst(t, mac_c);
	frame(t, mac_all, mac_a, 0x88b5); /* a may speak it, and yet */
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	frame(t, mac_w, mac_near, 0x88b5);
	from_wire(t);
	assert_dst(t, mac_c);
	assert_int_not_equal(mn_engine_get(t->e, &k)->port, PORT_A);
}

static void test_rule_24_the_host_speaks_it(void **state)
{
	struct trial *t = *state;

	frame(t, mac_near, mac_w, 0x88b5);
	from_host(t);
	assert_goes(t, MN_TO_AIR, 0);
	frame(t, mac_w, mac_near, 0x88b5);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
	frame(t, mac_router, mac_a, 0x88b5); /* that keeps no guest from it */
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, 0);
	frame(t, mac_w, mac_router, 0x88b5);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_a);
	frame(t, mac_w, mac_near, 0x88b5); /* nor the host from its own conversation */
	from_wire(t);
	assert_goes(t, MN_TO_HOST, 0);
}

static void test_rule_24_llc_and_lengths(void **state)
{
	struct trial *t = *state;

	put_ether(&t->f, mac_all, mac_a, 0x0003); /* 802.2 XID */
	add_padding(&t->f, 46, 0);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_AIR, MN_TO_HOST);
	for (uint32_t len = 0; len <= 40; len++) {
		frame(t, mac_near, mac_a, 0x88b5);
		t->f.len = len;
		assert_drop(from_guest(t, PORT_A), len < 14 ? "truncated" : "none");
		frame(t, mac_near, mac_a, 0x0020);
		in_snap(&t->f, false);
		t->f.len = len;
		assert_drop(from_guest(t, PORT_A), len < 14 ? "truncated" : "none");
	}
	frame(t, mac_w, mac_a, 0x88b5);
	from_guest(t, PORT_A);
	assert_goes(t, MN_TO_HOST, 0);
	frame(t, mac_b, mac_a, 0x88b5);
	from_guest(t, PORT_A);
	assert_goes(t, 0, 0);
	frame(t, mac_all, mac_a, 0x8035); /* rule 2's RARP is for the bridge */
	assert_drop(from_guest(t, PORT_A), "rarp");
}

/* code, session and one Host-Uniq tag of len bytes, the first of which is `uniq` */
static void pppoe(struct trial *t, const uint8_t *dst, const uint8_t *src, uint8_t code, uint8_t session, uint8_t len,
		  uint8_t uniq)
{
	uint8_t m[6 + 4 + 4 + 64] = {0x11, code, 0, session, 0, (uint8_t)(8 + len), 1, 1, 0, 0, 1, 3, 0, len, uniq};

	put_ether(&t->f, dst, src, code ? 0x8863 : 0x8864);
	memcpy(t->f.b + 14, m, 14u + len);
	t->f.len = 28u + len;
}

enum { PADI = 9, PADO = 7, PADR = 0x19, PADS = 0x65, PADT = 0xa7 };

static void test_rule_24_pppoe_discovery_by_host_uniq(void **state)
{
	struct trial *t = *state;
	static const uint8_t lengths[] = {1, 4, 8, 15, 16, 17, 40, 63};

	for (size_t i = 0; i < COUNT(lengths); i++) {
		uint8_t len = lengths[i];

		pppoe(t, mac_all, mac_a, PADI, 0, len, (uint8_t)(2 * i + 1));
		from_guest(t, PORT_A);
		assert_goes(t, MN_TO_AIR, MN_TO_HOST);
		pppoe(t, mac_all, mac_b, PADI, 0, len, (uint8_t)(2 * i + 2)); /* the later one, with another */
		from_guest(t, PORT_B);
		pppoe(t, mac_w, mac_router, PADO, 0, len, (uint8_t)(2 * i + 1));
		from_wire(t);
		assert_goes(t, MN_TO_GUESTS, 0);
		assert_dst(t, mac_a);
		pppoe(t, mac_w, mac_router, PADO, 0, len, (uint8_t)(2 * i + 2));
		from_wire(t);
		assert_dst(t, mac_b);
	}
	pppoe(t, mac_w, mac_router, PADO, 0, 0, 0); /* without: the last talker */
	from_wire(t);
	assert_dst(t, mac_b);
}

static void test_rule_24_pppoe_by_session(void **state)
{
	struct trial *t = *state;

	pppoe(t, mac_router, mac_a, PADR, 0, 4, 1);
	from_guest(t, PORT_A);
	pppoe(t, mac_router, mac_b, PADR, 0, 4, 2);
	from_guest(t, PORT_B);
	pppoe(t, mac_w, mac_router, PADS, 5, 4, 1); /* session 5 is a's from here on, */
	from_wire(t);
	assert_dst(t, mac_a);
	pppoe(t, mac_w, mac_router, PADS, 6, 4, 2);
	from_wire(t);
	assert_dst(t, mac_b);
	pppoe(t, mac_w, mac_router, 0, 5, 4, 0); /* even if the concentrator speaks first */
	from_wire(t);
	assert_dst(t, mac_a);
	pppoe(t, mac_w, mac_router, 0, 6, 4, 0);
	from_wire(t);
	assert_dst(t, mac_b);
	pppoe(t, mac_w, mac_router, PADT, 5, 4, 0);
	from_wire(t);
	assert_dst(t, mac_a);
	pppoe(t, mac_router, mac_b, 0, 5, 4, 0); /* one forged frame does not take a live session, */
	assert_drop(from_guest(t, PORT_B), "claim_taken");
	pppoe(t, mac_near, mac_b, 0, 5, 4, 0); /* the same number at another concentrator is another session, */
	from_guest(t, PORT_B);
	assert_goes(t, MN_TO_AIR, 0);
	pppoe(t, mac_router, mac_b, PADR, 0, 4, 2);
	from_guest(t, PORT_B);
	pppoe(t, mac_w, mac_router, PADS, 5, 4, 2); /* and the concentrator may give it to another guest */
	from_wire(t);
	pppoe(t, mac_w, mac_router, 0, 5, 4, 0);
	from_wire(t);
	assert_dst(t, mac_b);
}

static void test_rule_24_pppoe_lengths(void **state)
{
	struct trial *t = *state;

	for (uint32_t len = 14; len <= 32; len++) {
		pppoe(t, mac_all, mac_a, PADI, 0, 4, 1);
		t->f.len = len;
		assert_drop(from_guest(t, PORT_A), len < 20 ? "truncated" : "none");
	}
	/* PADS on a port that is full: the answer reaches the guest whatever the table had to give up */
	mn_engine_config(t->e)->port_cap = 3;
	for (uint8_t session = 1; session < 40; session++) {
		t->now += SECOND / 100;
		pppoe(t, mac_router, mac_c, PADR, 0, 4, session);
		from_guest(t, PORT_C);
		pppoe(t, mac_w, mac_router, PADS, session, 4, session);
		from_wire(t);
		if (!t->w->drop)
			assert_dst(t, mac_c);
	}
}

static void test_rule_10_reflection_of_anything(void **state)
{
	struct trial *t = *state;

	frame(t, mac_all, mac_a, 0x88b5);
	from_guest(t, PORT_A);
	assert_drop(from_wire(t), "reflection");
	frame(t, mac_all, mac_a, 0x88b5); /* an access point that keeps the guest's own source: a loop */
	assert_drop(from_wire(t), "guest_on_wire");
	t->now += 100 * SECOND; /* a guest that has moved to the other side */
	frame(t, mac_all, mac_a, 0x88b5);
	from_wire(t);
	assert_goes(t, MN_TO_HOST, MN_TO_GUESTS);
}

static void test_rule_27_guard(void **state)
{
	struct trial *t = *state;
	static const uint8_t other[6] = {0, 0x60, 0xaa, 0xbb, 0xcc, 0xde};
	const uint8_t *sources[] = {mac_a, mac_b, mac_near, mac_none, mac_all, other};

	for (size_t i = 0; i < COUNT(sources); i++)
		for (int marked = 0; marked < 2; marked++) {
			put_arp(&t->f, mac_all, sources[i], 1, sources[i], ip_host, mac_none, ip_near);
			assert_drop(trial_give(t, MN_FROM_HOST, 0, marked), "foreign_source");
			frame(t, mac_router, sources[i], 0x888e); /* not even EAPOL */
			assert_drop(trial_give(t, MN_FROM_HOST, 0, marked), "foreign_source");
		}
	frame(t, mac_a, mac_w, 0x0800); /* marked by from_guest, with W as source: it passes, whatever it is */
	assert_drop(trial_give(t, MN_FROM_HOST, 0, true), "none");
	assert_goes(t, MN_TO_AIR, 0);
	for (uint32_t len = 0; len < 14; len++) {
		frame(t, mac_router, mac_w, 0x0800);
		t->f.len = len;
		assert_drop(from_host(t), "truncated");
	}
}

static void test_rule_25_w_changes(void **state)
{
	struct trial *t = *state;
	static const uint8_t fresh[6] = {2, 1, 2, 3, 4, 5};

	memcpy(mn_engine_config(t->e)->w, fresh, 6);
	put_arp(&t->f, mac_all, mac_a, 1, mac_a, ip_a, mac_none, ip_near);
	from_guest(t, PORT_A);
	assert_src(t, fresh);
	assert_memory_equal(t->f.b + 14 + 8, fresh, 6);
	put_arp(&t->f, fresh, mac_near, 2, mac_near, ip_near, fresh, ip_a);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	assert_dst(t, mac_a);
	assert_memory_equal(t->f.b + 14 + 18, mac_a, 6);
	frame(t, mac_router, mac_w, 0x0800); /* the old one is foreign now */
	assert_drop(from_host(t), "foreign_source");
}

/* A guest with the gateway's MAC address would take the gateway from everybody, were it not guarded by user space. */
static void test_rule_02_the_gateways_mac_address(void **state)
{
	struct trial *t = *state;
	struct mn_key k = key_of_mac(mac_router);

	trial_pin(t, &k, MN_GATEWAY, mac_router);
	frame(t, mac_all, mac_router, 0x88b5);
	assert_drop(from_guest(t, PORT_A), "claim_gateway");
	put_arp(&t->f, mac_all, mac_router, 1, mac_router, ip_c, mac_none, ip_c);
	assert_drop(from_guest(t, PORT_C), "claim_gateway");
	put_arp(&t->f, mac_w, mac_router, 2, mac_router, ip_router, mac_w, ip_a);
	from_wire(t);
	assert_goes(t, MN_TO_GUESTS, 0);
	frame(t, mac_router, mac_w, 0x0800);
	from_host(t);
	assert_goes(t, MN_TO_AIR, 0);
}

static void test_rule_23_bad_sources(void **state)
{
	struct trial *t = *state;

	frame(t, mac_near, mac_none, 0x88b5);
	assert_drop(from_guest(t, PORT_A), "bad_source");
	frame(t, mac_near, mac_all, 0x88b5);
	assert_drop(from_guest(t, PORT_A), "bad_source");
	frame(t, mac_near, mac_6all, 0x88b5);
	assert_drop(from_guest(t, PORT_A), "bad_source");
	frame(t, mac_near, mac_w, 0x88b5);
	assert_drop(from_guest(t, PORT_A), "claim_host");
}

static void test_rule_24_each_frame_is_counted_once(void **state)
{
	struct trial *t = *state;

	mn_engine_config(t->e)->interval = SECOND;
	mn_engine_config(t->e)->credit = SECOND;
	for (uint16_t i = 0; i < 50; i++) {
		uint64_t before = mn_engine_counts(t->e, MN_N_OUT);

		frame(t, mac_near, mac_a, (uint16_t)(0x9200 + i));
		from_guest(t, PORT_A);
		assert_int_equal(mn_engine_counts(t->e, MN_N_OUT) - before, t->w->to == MN_TO_AIR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_02_the_gateways_mac_address),
		TEST(test_rule_10_reflection_of_anything),
		TEST(test_rule_23_by_ethertype),
		TEST(test_rule_23_by_address),
		TEST(test_rule_23_hidden_in_snap),
		TEST(test_rule_23_bad_sources),
		TEST(test_rule_24_group_frames),
		TEST(test_rule_24_last_talker),
		TEST(test_rule_24_pinned),
		TEST(test_rule_24_the_host_speaks_it),
		TEST(test_rule_24_llc_and_lengths),
		TEST(test_rule_24_pppoe_discovery_by_host_uniq),
		TEST(test_rule_24_pppoe_by_session),
		TEST(test_rule_24_pppoe_lengths),
		TEST(test_rule_24_each_frame_is_counted_once),
		TEST(test_rule_25_w_changes),
		TEST(test_rule_27_guard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
