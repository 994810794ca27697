/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 23, 24, 25 and 27: other ethertypes, link-local protocols, PPPoE, the guard; in the user-space engine. */
#include "fixture.h"

static void make_frame(struct harness *harness, const uint8_t *dst, const uint8_t *src, uint16_t type)
{
	put_ether(&harness->frame, dst, src, type);
	add_padding(&harness->frame, 46, 0x5a);
}

/* Puts an LLC and SNAP header (RFC 1042; 802.1H if tunnel) before the payload of a frame. */
static void wrap_in_snap(struct raw_frame *frame, bool tunnel)
{
	uint8_t snap[8] = {0xaa, 0xaa, 3, 0, 0, tunnel ? 0xf8 : 0, frame->bytes[12], frame->bytes[13]};

	memmove(frame->bytes + 22, frame->bytes + 14, frame->len - 14);
	memcpy(frame->bytes + 14, snap, 8);
	frame->len += 8;
	frame->bytes[12] = (uint8_t)((frame->len - 14) >> 8);
	frame->bytes[13] = (uint8_t)(frame->len - 14);
}

static const uint16_t controls[] = {0x888e, 0x88c7, 0x890d, 0x88cc};

static void test_rule_23_link_local_ethertypes_are_dropped(void **state)
{
	struct harness *harness = *state;
	const uint8_t *dsts[] = {mac_router, mac_uplink, mac_broadcast, mac_b};

	for (size_t i = 0; i < COUNT(controls); i++)
		for (size_t j = 0; j < COUNT(dsts); j++)
			for (int tag = 0; tag < 3; tag++) {
				make_frame(harness, dsts[j], mac_a, controls[i]);
				if (tag == 1)
					add_tag(&harness->frame, 0x8100,
						7); /* also in a VLAN that crosses the uplink */
				harness->tci = tag == 2 ? 0x10007 : 0;
				assert_drop(from_guest(harness, PORT_A), "link_control");
				make_frame(harness, dsts[j], mac_router, controls[i]);
				if (tag == 1)
					add_tag(&harness->frame, 0x8100, 7);
				from_wire(harness); /* for the supplicant, never for a guest */
				assert_goes(harness, MN_TO_HOST, 0);
				make_frame(harness, dsts[j], mac_uplink, controls[i]);
				if (tag == 1)
					add_tag(&harness->frame, 0x8100, 7);
				from_host(harness);
				assert_goes(harness, MN_TO_UPLINK, 0);
				harness->tci = 0;
			}
}

static void test_rule_23_link_local_addresses_are_dropped(void **state)
{
	struct harness *harness = *state;
	uint8_t dst[6] = {1, 0x80, 0xc2, 0, 0, 0};

	for (int last = 0; last < 256; last++) {
		dst[5] = (uint8_t)last;
		make_frame(harness, dst, mac_a, 0x0026); /* a bridge protocol data unit */
		if (last < 0x10)
			assert_drop(from_guest(harness, PORT_A), "link_control");
		else
			assert_drop(from_guest(harness, PORT_A), "none");
		make_frame(harness, dst, mac_router, 0x0026);
		from_wire(harness);
		assert_goes(harness, MN_TO_HOST, last < 0x10 ? 0 : MN_TO_GUESTS);
		make_frame(harness, dst, mac_uplink, 0x0026);
		from_host(harness);
		assert_goes(harness, MN_TO_UPLINK, last < 0x10 ? 0 : MN_TO_GUESTS);
	}
}

/* On Wi-Fi every frame has a SNAP header, so a frame in SNAP arrives as the Ethernet frame of the inner type. */
static void test_rule_23_ethertype_in_snap_is_detected(void **state)
{
	struct harness *harness = *state;

	for (int tunnel = 0; tunnel < 2; tunnel++) {
		for (size_t i = 0; i < COUNT(controls); i++) {
			make_frame(harness, mac_router, mac_a, controls[i]);
			wrap_in_snap(&harness->frame, tunnel);
			assert_drop(from_guest(harness, PORT_A), "link_control");
		}
		put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
		wrap_in_snap(&harness->frame, tunnel);
		from_guest(harness, PORT_A);
		assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
		assert_memory_equal(harness->frame.bytes + 22 + 8, mac_uplink, 6);
		put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_router, mac_zero, ip_router);
		wrap_in_snap(&harness->frame, tunnel);
		assert_drop(from_guest(harness, PORT_A), "claim_gateway");
		put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
		add_tag(&harness->frame, 0x8100, 9);
		wrap_in_snap(&harness->frame, tunnel);
		assert_drop(from_guest(harness, PORT_A), "vlan_nested");
		make_frame(harness, mac_neighbour, mac_a, 0x809b); /* AppleTalk uses SNAP */
		wrap_in_snap(&harness->frame, tunnel);
		from_guest(harness, PORT_A);
		assert_goes(harness, MN_TO_UPLINK, 0);
		assert_same_body(harness);
		make_frame(harness, mac_uplink, mac_neighbour,
			   0x809b); /* the kernel has converted the answer to Ethernet II */
		from_wire(harness);
		assert_goes(harness, MN_TO_GUESTS, 0);
		assert_dst(harness, mac_a);
	}
}

static void test_rule_24_group_frames_pass(void **state)
{
	struct harness *harness = *state;

	make_frame(harness, mac_broadcast, mac_a, 0x88b5);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_src(harness, mac_uplink);
	assert_same_body(harness);
	make_frame(harness, mac_broadcast, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, MN_TO_GUESTS);
	make_frame(harness, mac_broadcast, mac_uplink, 0x88b5);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_GUESTS);
}

static void test_rule_24_answer_goes_to_last_sender(void **state)
{
	struct harness *harness = *state;

	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	assert_drop(from_wire(harness), "no_owner");
	make_frame(harness, mac_neighbour, mac_a, 0x88b5);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_a);
	make_frame(harness, mac_router, mac_b, 0x88b5); /* b uses it with another peer: the peer decides */
	from_guest(harness, PORT_B);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_dst(harness, mac_a);
	make_frame(harness, mac_uplink, mac_router, 0x88b5);
	from_wire(harness);
	assert_dst(harness, mac_b);
	make_frame(harness, mac_neighbour, mac_b,
		   0x88b5); /* b uses it with the same peer: a keeps a live conversation */
	from_guest(harness, PORT_B);
	assert_goes(harness, MN_TO_UPLINK, 0);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_dst(harness, mac_a);
	harness->now += 61 * SECOND; /* then the last sender has it */
	make_frame(harness, mac_neighbour, mac_b, 0x88b5);
	from_guest(harness, PORT_B);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_dst(harness, mac_b);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b6); /* another ethertype is independent */
	assert_drop(from_wire(harness), "no_owner");
}

static void test_rule_24_pin_receives_ethertype(void **state)
{
	struct harness *harness = *state;
	struct mn_key key = {.family = MN_ETHERTYPE, .addr = {0x88, 0xb5}};

	harness_put_binding(harness, &key, MN_GUEST, mac_c);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_dst(harness, mac_c);
	make_frame(harness, mac_broadcast, mac_a, 0x88b5); /* a may send it, but */
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_dst(harness, mac_c);
	assert_int_not_equal(mn_engine_get(harness->engine, &key)->port, PORT_A);
}

static void test_rule_24_host_and_guest_may_use_same_ethertype(void **state)
{
	struct harness *harness = *state;

	make_frame(harness, mac_neighbour, mac_uplink, 0x88b5);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
	make_frame(harness, mac_router, mac_a, 0x88b5); /* guests may use it too */
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, 0);
	make_frame(harness, mac_uplink, mac_router, 0x88b5);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_a);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5); /* and the host keeps its own peer */
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
}

static void test_rule_24_llc_frames_and_lengths_are_handled(void **state)
{
	struct harness *harness = *state;

	put_ether(&harness->frame, mac_broadcast, mac_a, 0x0003); /* 802.2 XID */
	add_padding(&harness->frame, 46, 0);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	for (uint32_t len = 0; len <= 40; len++) {
		make_frame(harness, mac_neighbour, mac_a, 0x88b5);
		harness->frame.len = len;
		assert_drop(from_guest(harness, PORT_A), len < 14 ? "truncated" : "none");
		make_frame(harness, mac_neighbour, mac_a, 0x0020);
		wrap_in_snap(&harness->frame, false);
		harness->frame.len = len;
		assert_drop(from_guest(harness, PORT_A), len < 14 ? "truncated" : "none");
	}
	make_frame(harness, mac_uplink, mac_a, 0x88b5);
	from_guest(harness, PORT_A);
	assert_goes(harness, MN_TO_HOST, 0);
	make_frame(harness, mac_b, mac_a, 0x88b5);
	from_guest(harness, PORT_A);
	assert_goes(harness, 0, 0);
	make_frame(harness, mac_broadcast, mac_a, 0x8035); /* RARP (rule 2) is for the bridge only */
	assert_drop(from_guest(harness, PORT_A), "rarp");
}

/* A packet with code, session and one Host-Uniq tag of len bytes, the first of which is `uniq`. */
static void make_pppoe(struct harness *harness, const uint8_t *dst, const uint8_t *src, uint8_t code, uint8_t session,
		       uint8_t len, uint8_t uniq)
{
	uint8_t message[6 + 4 + 4 + 64] = {0x11, code, 0, session, 0,   (uint8_t)(8 + len), 1, 1, 0, 0,
					   1,    3,    0, len,     uniq};

	put_ether(&harness->frame, dst, src, code ? 0x8863 : 0x8864);
	memcpy(harness->frame.bytes + 14, message, 14u + len);
	harness->frame.len = 28u + len;
}

enum { PADI = 9, PADO = 7, PADR = 0x19, PADS = 0x65, PADT = 0xa7 };

static void test_rule_24_pppoe_discovery_finds_guest_by_host_uniq(void **state)
{
	struct harness *harness = *state;
	static const uint8_t lengths[] = {1, 4, 8, 15, 16, 17, 40, 63};

	for (size_t i = 0; i < COUNT(lengths); i++) {
		uint8_t len = lengths[i];

		make_pppoe(harness, mac_broadcast, mac_a, PADI, 0, len, (uint8_t)(2 * i + 1));
		from_guest(harness, PORT_A);
		assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
		make_pppoe(harness, mac_broadcast, mac_b, PADI, 0, len,
			   (uint8_t)(2 * i + 2)); /* the later tag, with another value */
		from_guest(harness, PORT_B);
		make_pppoe(harness, mac_uplink, mac_router, PADO, 0, len, (uint8_t)(2 * i + 1));
		from_wire(harness);
		assert_goes(harness, MN_TO_GUESTS, 0);
		assert_dst(harness, mac_a);
		make_pppoe(harness, mac_uplink, mac_router, PADO, 0, len, (uint8_t)(2 * i + 2));
		from_wire(harness);
		assert_dst(harness, mac_b);
	}
	make_pppoe(harness, mac_uplink, mac_router, PADO, 0, 0, 0); /* without: the first of the live senders */
	from_wire(harness);
	assert_dst(harness, mac_a);
	make_pppoe(harness, mac_broadcast, mac_b, PADI, 0, 4, 3); /* b copies the Host-Uniq of a */
	from_guest(harness, PORT_B);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	make_pppoe(harness, mac_uplink, mac_router, PADO, 0, 4, 3);
	from_wire(harness);
	assert_dst(harness, mac_a);
}

static void test_rule_24_pppoe_session_finds_guest(void **state)
{
	struct harness *harness = *state;

	make_pppoe(harness, mac_router, mac_a, PADR, 0, 4, 1);
	from_guest(harness, PORT_A);
	make_pppoe(harness, mac_router, mac_b, PADR, 0, 4, 2);
	from_guest(harness, PORT_B);
	make_pppoe(harness, mac_uplink, mac_router, PADS, 5, 4, 1); /* from here on session 5 belongs to a, */
	from_wire(harness);
	assert_dst(harness, mac_a);
	make_pppoe(harness, mac_uplink, mac_router, PADS, 6, 4, 2);
	from_wire(harness);
	assert_dst(harness, mac_b);
	make_pppoe(harness, mac_uplink, mac_router, 0, 5, 4, 0); /* even if the concentrator sends first */
	from_wire(harness);
	assert_dst(harness, mac_a);
	make_pppoe(harness, mac_uplink, mac_router, 0, 6, 4, 0);
	from_wire(harness);
	assert_dst(harness, mac_b);
	make_pppoe(harness, mac_uplink, mac_router, PADT, 5, 4, 0);
	from_wire(harness);
	assert_dst(harness, mac_a);
	make_pppoe(harness, mac_router, mac_b, 0, 5, 4, 0); /* a forged frame does not take over a live session, */
	assert_drop(from_guest(harness, PORT_B), "claim_taken");
	make_pppoe(harness, mac_router, mac_b, PADT, 5, 4, 0); /* nor end it, */
	assert_drop(from_guest(harness, PORT_B), "claim_taken");
	make_pppoe(harness, mac_neighbour, mac_b, 0, 5, 4,
		   0); /* the same number at another concentrator is another session, */
	from_guest(harness, PORT_B);
	assert_goes(harness, MN_TO_UPLINK, 0);
	make_pppoe(harness, mac_router, mac_b, PADR, 0, 4, 2);
	from_guest(harness, PORT_B);
	make_pppoe(harness, mac_uplink, mac_router, PADS, 5, 4,
		   2); /* and the concentrator may give it to another guest */
	from_wire(harness);
	make_pppoe(harness, mac_uplink, mac_router, 0, 5, 4, 0);
	from_wire(harness);
	assert_dst(harness, mac_b);
}

/* One frame of a guest must not divert a live conversation of this host. */
static void test_rule_24_conversation_of_host_is_not_taken(void **state)
{
	struct harness *harness = *state;

	make_frame(harness, mac_neighbour, mac_uplink, 0x88b5);
	from_host(harness);
	make_frame(harness, mac_neighbour, mac_b, 0x88b5);
	from_guest(harness, PORT_B);
	assert_goes(harness, MN_TO_UPLINK, 0);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
	harness->now += 50 * SECOND;
	make_frame(harness, mac_neighbour, mac_uplink, 0x88b5); /* the host goes on */
	from_host(harness);
	harness->now += 50 * SECOND;
	make_frame(harness, mac_neighbour, mac_b, 0x88b5);
	from_guest(harness, PORT_B);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
	harness->now += 11 * SECOND; /* the host has ended it */
	make_frame(harness, mac_neighbour, mac_b, 0x88b5);
	from_guest(harness, PORT_B);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_dst(harness, mac_b);
	harness->now += 61 * SECOND; /* and so does the guest */
	make_frame(harness, mac_neighbour, mac_uplink, 0x88b5);
	from_host(harness);
	make_frame(harness, mac_uplink, mac_neighbour, 0x88b5);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
}

static void test_rule_24_pppoe_of_host_is_not_taken(void **state)
{
	struct harness *harness = *state;

	make_pppoe(harness, mac_broadcast, mac_uplink, PADI, 0, 4, 1);
	from_host(harness);
	make_pppoe(harness, mac_broadcast, mac_b, PADI, 0, 4, 1); /* b copies the Host-Uniq */
	from_guest(harness, PORT_B);
	make_pppoe(harness, mac_uplink, mac_router, PADO, 0, 4, 1);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
	make_pppoe(harness, mac_uplink, mac_router, PADS, 5, 4, 1);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
	make_pppoe(harness, mac_router, mac_b, 0, 5, 4, 0);
	assert_drop(from_guest(harness, PORT_B), "claim_taken");
	make_pppoe(harness, mac_router, mac_b, PADT, 5, 4, 0);
	assert_drop(from_guest(harness, PORT_B), "claim_taken");
	make_pppoe(harness, mac_uplink, mac_router, 0, 5, 4, 0);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
	make_pppoe(harness, mac_router, mac_uplink, 0, 5, 4, 0);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0);
}

static void test_rule_24_pppoe_lengths_are_checked(void **state)
{
	struct harness *harness = *state;

	for (uint32_t len = 14; len <= 32; len++) {
		make_pppoe(harness, mac_broadcast, mac_c, PADI, 0, 4, 1);
		harness->frame.len = len;
		assert_drop(from_guest(harness, PORT_C), len < 20 ? "truncated" : "none");
	}
	/* PADS for a full port: the answer reaches the guest whatever the table evicted. */
	mn_engine_config(harness->engine)->port_cap = 3;
	for (uint8_t session = 1; session < 40; session++) {
		harness->now += SECOND / 100;
		make_pppoe(harness, mac_router, mac_c, PADR, 0, 4, session);
		from_guest(harness, PORT_C);
		make_pppoe(harness, mac_uplink, mac_router, PADS, session, 4, session);
		from_wire(harness);
		if (!harness->verdict->drop)
			assert_dst(harness, mac_c);
	}
}

static void test_rule_10_reflected_frames_are_dropped(void **state)
{
	struct harness *harness = *state;

	harness->now += 60 * SECOND; /* the guest is no newcomer (rule 28) */
	make_frame(harness, mac_broadcast, mac_a, 0x88b5);
	from_guest(harness, PORT_A);
	assert_drop(from_wire(harness), "reflection");
	make_frame(harness, mac_broadcast, mac_a, 0x88b5); /* an access point that keeps the guest's source: a loop */
	assert_drop(from_wire(harness), "guest_on_wire");
	harness->now += 100 * SECOND; /* a guest that has moved to the uplink's side */
	make_frame(harness, mac_broadcast, mac_a, 0x88b5);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, MN_TO_GUESTS);
}

static void test_rule_27_foreign_source_is_dropped(void **state)
{
	struct harness *harness = *state;
	static const uint8_t other[6] = {0, 0x60, 0xaa, 0xbb, 0xcc, 0xde};
	const uint8_t *sources[] = {mac_a, mac_b, mac_neighbour, mac_zero, mac_broadcast, other};

	for (size_t i = 0; i < COUNT(sources); i++)
		for (int marked = 0; marked < 2; marked++) {
			put_arp(&harness->frame, mac_broadcast, sources[i], 1, sources[i], ip_host, mac_zero,
				ip_neighbour);
			assert_drop(harness_run(harness, MN_FROM_HOST, 0, marked), "foreign_source");
			make_frame(harness, mac_router, sources[i], 0x888e); /* not even EAPOL */
			assert_drop(harness_run(harness, MN_FROM_HOST, 0, marked), "foreign_source");
		}
	make_frame(harness, mac_a, mac_uplink,
		   0x0800); /* marked by from_guest, with the uplink MAC as source: it passes, whatever its type */
	assert_drop(harness_run(harness, MN_FROM_HOST, 0, true), "none");
	assert_goes(harness, MN_TO_UPLINK, 0);
	for (uint32_t len = 0; len < 14; len++) {
		make_frame(harness, mac_router, mac_uplink, 0x0800);
		harness->frame.len = len;
		assert_drop(from_host(harness), "truncated");
	}
}

static void test_rule_25_changed_uplink_mac_is_used(void **state)
{
	struct harness *harness = *state;
	static const uint8_t fresh[6] = {2, 1, 2, 3, 4, 5};

	memcpy(mn_engine_config(harness->engine)->uplink_mac, fresh, 6);
	put_arp(&harness->frame, mac_broadcast, mac_a, 1, mac_a, ip_a, mac_zero, ip_neighbour);
	from_guest(harness, PORT_A);
	assert_src(harness, fresh);
	assert_memory_equal(harness->frame.bytes + 14 + 8, fresh, 6);
	put_arp(&harness->frame, fresh, mac_neighbour, 2, mac_neighbour, ip_neighbour, fresh, ip_a);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_a);
	assert_memory_equal(harness->frame.bytes + 14 + 18, mac_a, 6);
	make_frame(harness, mac_router, mac_uplink, 0x0800); /* the old address is foreign now */
	assert_drop(from_host(harness), "foreign_source");
}

/* A guest with the gateway's MAC address would cut off all others; user space guards that address. */
static void test_rule_02_mac_address_of_gateway_is_refused(void **state)
{
	struct harness *harness = *state;
	struct mn_key key = key_of_mac(mac_router);

	harness_put_binding(harness, &key, MN_GATEWAY, mac_router);
	make_frame(harness, mac_broadcast, mac_router, 0x88b5);
	assert_drop(from_guest(harness, PORT_A), "claim_gateway");
	put_arp(&harness->frame, mac_broadcast, mac_router, 1, mac_router, ip_c, mac_zero, ip_c);
	assert_drop(from_guest(harness, PORT_C), "claim_gateway");
	put_arp(&harness->frame, mac_uplink, mac_router, 2, mac_router, ip_router, mac_uplink, ip_a);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	make_frame(harness, mac_router, mac_uplink, 0x0800);
	from_host(harness);
	assert_goes(harness, MN_TO_UPLINK, 0);
}

static void test_rule_23_bad_sources_are_dropped(void **state)
{
	struct harness *harness = *state;

	make_frame(harness, mac_neighbour, mac_zero, 0x88b5);
	assert_drop(from_guest(harness, PORT_A), "bad_source");
	make_frame(harness, mac_neighbour, mac_broadcast, 0x88b5);
	assert_drop(from_guest(harness, PORT_A), "bad_source");
	make_frame(harness, mac_neighbour, mac_all_nodes, 0x88b5);
	assert_drop(from_guest(harness, PORT_A), "bad_source");
	make_frame(harness, mac_neighbour, mac_uplink, 0x88b5);
	assert_drop(from_guest(harness, PORT_A), "uplink_mac");
}

static void test_rule_24_each_frame_is_counted_once(void **state)
{
	struct harness *harness = *state;

	mn_engine_config(harness->engine)->learn_interval_ns = SECOND;
	mn_engine_config(harness->engine)->learn_credit_ns = SECOND;
	for (uint16_t i = 0; i < 50; i++) {
		uint64_t before = mn_engine_counts(harness->engine, MN_COUNT_OUT);

		make_frame(harness, mac_neighbour, mac_a, (uint16_t)(0x9200 + i));
		from_guest(harness, PORT_A);
		assert_int_equal(mn_engine_counts(harness->engine, MN_COUNT_OUT) - before,
				 harness->verdict->send_to == MN_TO_UPLINK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_02_mac_address_of_gateway_is_refused),
		TEST(test_rule_10_reflected_frames_are_dropped),
		TEST(test_rule_23_link_local_ethertypes_are_dropped),
		TEST(test_rule_23_link_local_addresses_are_dropped),
		TEST(test_rule_23_ethertype_in_snap_is_detected),
		TEST(test_rule_23_bad_sources_are_dropped),
		TEST(test_rule_24_group_frames_pass),
		TEST(test_rule_24_answer_goes_to_last_sender),
		TEST(test_rule_24_pin_receives_ethertype),
		TEST(test_rule_24_host_and_guest_may_use_same_ethertype),
		TEST(test_rule_24_llc_frames_and_lengths_are_handled),
		TEST(test_rule_24_pppoe_discovery_finds_guest_by_host_uniq),
		TEST(test_rule_24_pppoe_session_finds_guest),
		TEST(test_rule_24_conversation_of_host_is_not_taken),
		TEST(test_rule_24_pppoe_of_host_is_not_taken),
		TEST(test_rule_24_pppoe_lengths_are_checked),
		TEST(test_rule_24_each_frame_is_counted_once),
		TEST(test_rule_25_changed_uplink_mac_is_used),
		TEST(test_rule_27_foreign_source_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
