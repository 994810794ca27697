/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 13 to 15: DHCP for IPv4, in the user-space engine. */
#include "fixture.h"

#include "dhcp_exchange.h"

enum { IP = 14, UDP = 34, BOOTP = 42, FLAGS = BOOTP + 10, CHADDR = BOOTP + 28 };

static uint16_t get_be16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void test_rule_13_broadcast_flag_is_set(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1);

	send_request(harness, &request);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0x8000);
	assert_memory_equal(harness->frame.bytes + CHADDR, mac_c, 6); /* kept */
	assert_int_equal(checksums(&harness->frame), CSUM_IP4_OK | CSUM_UDP_OK);
	assert_int_equal(mn_engine_counts(harness->engine, MN_COUNT_DHCP), 1);
	request.flags = 0x0003; /* unknown bits stay */
	send_request(harness, &request);
	assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0x8003);
	request.flags = 0x8000; /* nothing to change */
	send_request(harness, &request);
	assert_same_body(harness);
}

static void test_rule_13_ip_options_are_skipped(void **state)
{
	struct harness *harness = *state;

	for (uint8_t options = 0; options <= 40; options = (uint8_t)(options + 4)) {
		struct dhcp_spec request = discover_of(1u + options);

		request.ip_options = options;
		send_request(harness, &request);
		assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
		assert_int_equal(get_be16(harness->frame.bytes + FLAGS + options), 0x8000);
		assert_int_equal(checksums(&harness->frame), CSUM_IP4_OK | CSUM_UDP_OK);
		/* nothing else has changed */
		harness->frame.bytes[FLAGS + options] = 0;
		memcpy(harness->frame.bytes + UDP + options + 6, harness->input.bytes + UDP + options + 6, 2);
		assert_same_body(harness);
	}
}

/* Other translators zero the checksum, or add one where there was none. */
static void test_rule_13_zero_checksum_is_kept(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1);

	request.zero_csum = true;
	send_request(harness, &request);
	assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0x8000);
	assert_int_equal(get_be16(harness->frame.bytes + UDP + 6), 0);
}

/* A checksum of 0 is written 0xffff (RFC 768). Such a frame is searched for. */
static void test_rule_13_result_zero_is_written_ffff(void **state)
{
	struct harness *harness = *state;
	bool met = false;

	for (uint32_t xid = 0; xid < 0x10000 && !met; xid++) {
		struct dhcp_spec request = discover_of(xid);
		uint8_t sum[2];

		put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
		memcpy(sum, harness->frame.bytes + UDP + 6, 2);
		if (get_be16(sum) != 0x8000) /* flags 0 → 0x8000 subtract 0x8000: 0 */
			continue;
		met = true;
		assert_drop(from_guest(harness, PORT_C), "none");
		assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0x8000);
		assert_int_equal(get_be16(harness->frame.bytes + UDP + 6), 0xffff);
		assert_int_equal(checksums(&harness->frame), CSUM_IP4_OK | CSUM_UDP_OK);
	}
	assert_true(met);
}

/* With checksum offload the field holds the sum of the pseudo header, which the rule must not change. */
static void test_rule_13_partial_checksum_is_kept(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1);
	uint32_t ulen, sum;
	uint16_t pseudo;

	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	ulen = get_be16(harness->frame.bytes + UDP + 4);
	pseudo = fold_sum(sum_bytes(harness->frame.bytes + IP + 12, 8, 17 + ulen));
	harness->frame.bytes[UDP + 6] = (uint8_t)(pseudo >> 8);
	harness->frame.bytes[UDP + 7] = (uint8_t)pseudo;
	harness->partial = true;
	assert_drop(from_guest(harness, PORT_C), "none");
	assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0x8000);
	assert_int_equal(get_be16(harness->frame.bytes + UDP + 6), pseudo);
	/* the hardware then adds the bytes from the UDP header on to the pseudo sum */
	sum = sum_bytes(harness->frame.bytes + UDP, ulen, 0);
	harness->frame.bytes[UDP + 6] = (uint8_t)(~fold_sum(sum) >> 8);
	harness->frame.bytes[UDP + 7] = (uint8_t)~fold_sum(sum);
	assert_int_equal(checksums(&harness->frame), CSUM_IP4_OK | CSUM_UDP_OK);
}

static void test_rule_13_wrong_checksum_is_dropped_by_name(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1);

	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	harness->frame.bytes[BOOTP + 100] ^= 1;
	assert_drop(from_guest(harness, PORT_C), "dhcp_checksum");
}

/* Some servers answer a renewal to chaddr, and the access point drops that answer. */
static void test_rule_13_broadcast_flag_is_set_in_renewal(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1), reply = reply_of(5, 1);

	request.type = 3;
	request.ciaddr = ip_c;
	put_dhcp(&harness->frame, mac_router, mac_c, ip_c, ip_router, &request);
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0x8000);
	assert_int_equal(checksums(&harness->frame), CSUM_IP4_OK | CSUM_UDP_OK);
	reply.yiaddr = ip_c;
	send_reply(harness, mac_broadcast, &reply); /* the client's socket may be bound to its address */
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_c);
	assert_memory_equal(harness->frame.bytes + IP + 16, ip_c, 4);
	assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0);
	assert_int_equal(checksums(&harness->frame), CSUM_IP4_OK | CSUM_UDP_OK);
	reply.type = 6; /* a NAK is a broadcast in any case (RFC 2131, 4.1) */
	send_reply(harness, mac_broadcast, &reply);
	assert_memory_equal(harness->frame.bytes + IP + 16, ip_broadcast, 4);
	request.type = 7; /* RELEASE has no answer */
	put_dhcp(&harness->frame, mac_router, mac_c, ip_c, ip_router, &request);
	from_guest(harness, PORT_C);
	assert_same_body(harness);
}

/* A partial checksum holds the pseudo header's sum, with the addresses and the length of the message. */
static void test_rule_15_partial_checksum_stays_valid(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1);
	uint32_t ulen, before;
	uint16_t pseudo;

	mn_engine_config(harness->engine)->flags = MN_CONFIG_CHADDR;
	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	before = harness->frame.len;
	ulen = get_be16(harness->frame.bytes + UDP + 4);
	pseudo = fold_sum(sum_bytes(harness->frame.bytes + IP + 12, 8, 17 + ulen));
	harness->frame.bytes[UDP + 6] = (uint8_t)(pseudo >> 8);
	harness->frame.bytes[UDP + 7] = (uint8_t)pseudo;
	harness->partial = true;
	assert_drop(from_guest(harness, PORT_C), "none");
	assert_true(harness->frame.len > before);
	ulen = get_be16(harness->frame.bytes + UDP + 4);
	assert_int_equal(ulen + UDP, harness->frame.len);
	pseudo = fold_sum(sum_bytes(harness->frame.bytes + IP + 12, 8, 17 + ulen));
	assert_int_equal(get_be16(harness->frame.bytes + UDP + 6), pseudo);
}

/* Without room for the identifier the request would have the identity of every other guest. */
static void test_rule_15_request_without_room_is_dropped(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1);

	mn_engine_config(harness->engine)->flags = MN_CONFIG_CHADDR;
	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	mn_engine_config(harness->engine)->mtu = harness->frame.len - IP + 9;
	assert_drop(send_request(harness, &request), "dhcp_identity");
	mn_engine_config(harness->engine)->mtu++;
	assert_drop(send_request(harness, &request), "none");
	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	harness->frame.bytes[BOOTP + 240 + 1] = 255; /* no end of the options */
	harness->frame.bytes[UDP + 6] = harness->frame.bytes[UDP + 7] = 0;
	assert_drop(from_guest(harness, PORT_C), "dhcp_identity");
	mn_engine_config(harness->engine)->flags = 0;
	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	harness->frame.bytes[BOOTP + 240 + 1] = 255;
	harness->frame.bytes[UDP + 6] = harness->frame.bytes[UDP + 7] = 0;
	assert_drop(from_guest(harness, PORT_C), "none");
}

static void test_rule_13_other_messages_are_unchanged(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(2);

	request.giaddr = ip_neighbour;
	send_request(harness, &request);
	assert_same_body(harness);
	request = discover_of(3);
	request.bad_cookie = true;
	send_request(harness, &request);
	assert_same_body(harness);
	request = discover_of(4); /* other ports; swapping them keeps the checksum valid */
	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	memcpy(harness->frame.bytes + UDP, "\0\103\0\104", 4);
	from_guest(harness, PORT_C);
	assert_same_body(harness);
}

/* Other translators corrupt later fragments. */
static void test_rule_13_fragments_are_unchanged(void **state)
{
	struct harness *harness = *state;
	static const uint16_t frags[] = {0x2000, 0x2001, 0x0001, 0x1fff};
	struct dhcp_spec request = discover_of(1);
	uint8_t message[600];
	uint32_t len;

	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	len = harness->frame.len - UDP;
	memcpy(message, harness->frame.bytes + UDP, len);
	for (size_t i = 0; i < COUNT(frags); i++) {
		struct ip4_spec ip = {.src = ip_zero, .dst = ip_broadcast, .proto = 17, .frag = frags[i]};

		put_ip4(&harness->frame, mac_broadcast, mac_c, &ip, message, len);
		from_guest(harness, PORT_C);
		assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
		assert_same_body(harness);
	}
}

static void test_rule_13_only_whole_datagram_is_changed(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1);
	uint32_t whole;

	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	whole = harness->frame.len;
	for (uint32_t len = 0; len <= whole; len++) {
		put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
		harness->frame.len = len;
		assert_drop(from_guest(harness, PORT_C), len == whole ? "none" : "truncated");
	}
	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	harness->frame.bytes[UDP + 5]++; /* UDP length beyond the packet */
	assert_drop(from_guest(harness, PORT_C), "dhcp_forged");
	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	add_padding(&harness->frame, 30, 0xaa);
	from_guest(harness, PORT_C);
	assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0x8000);
	assert_int_equal(checksums(&harness->frame), CSUM_IP4_OK | CSUM_UDP_OK);
}

static void test_rule_14_answer_finds_guest_by_chaddr(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1), reply = reply_of(2, 1);

	send_request(harness, &request);
	send_reply(harness, mac_broadcast, &reply);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_c);
	assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0); /* the client's flags */
	assert_int_equal(checksums(&harness->frame), CSUM_IP4_OK | CSUM_UDP_OK);
	put_dhcp(&harness->frame, mac_uplink, mac_router, ip_router, ip_neighbour,
		 &reply); /* unicast from a server that ignores the flag */
	from_wire(harness);
	assert_dst(harness, mac_c);
	request.flags = 0x8000;
	request.xid = 2;
	send_request(harness, &request);
	reply.xid = 2;
	send_reply(harness, mac_broadcast, &reply);
	assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0x8000);
}

static const struct mn_binding *transaction(struct harness *harness, uint8_t xid)
{
	struct mn_key key = {.addr = {0, 0, 0, xid}, .family = MN_DHCP_XID};

	memcpy(key.addr + 4, mac_c, sizeof(mac_c));
	return mn_engine_get(harness->engine, &key);
}

static struct mn_port uplink_port(struct harness *harness)
{
	struct mn_port port;
	void *cursor = NULL;

	while (mn_engine_next_port(harness->engine, &cursor, &port))
		if (port.ifindex == UPLINK)
			return port;
	return (struct mn_port){0};
}

/* `vifi why` tells no answer from one that did not help. */
static void test_rule_14_answers_are_noted(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(7), offer = reply_of(2, 7), nak = reply_of(6, 7),
			 astray = reply_of(2, 7);

	send_request(harness, &request);
	assert_int_equal(transaction(harness, 7)->in_peer_seen, 0);
	astray.chaddr = mac_uplink;
	send_reply(harness, mac_uplink, &astray);
	assert_int_equal(transaction(harness, 7)->in_peer_seen, 0);
	assert_int_equal(uplink_port(harness).host_xid, 7);
	send_reply(harness, mac_uplink, &offer);
	assert_int_equal(transaction(harness, 7)->in_peer_seen, harness->now);
	assert_int_equal(transaction(harness, 7)->aux >> MN_XID_TYPE_SHIFT, 2);
	assert_int_equal(transaction(harness, 7)->peer_generation, 0xc0a89d14);
	send_reply(harness, mac_uplink, &nak);
	assert_int_equal(transaction(harness, 7)->aux >> MN_XID_TYPE_SHIFT, 6);
	assert_int_equal((uint16_t)transaction(harness, 7)->aux, 0); /* the client's flags stay */
}

static void test_rule_14_ack_records_lease(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1), reply = reply_of(2, 1);

	send_request(harness, &request);
	send_reply(harness, mac_broadcast, &reply);
	assert_null(harness_find4(harness, ip_neighbour)); /* an offer is not a lease */
	reply.type = 5;
	send_reply(harness, mac_broadcast, &reply);
	assert_non_null(harness_find4(harness, ip_neighbour));
	assert_memory_equal(harness_find4(harness, ip_neighbour)->mac, mac_c, 6);
	assert_int_equal(harness_find4(harness, ip_neighbour)->port, PORT_C);
	assert_true(harness_find4(harness, ip_neighbour)->expires == harness->now + 600 * SECOND);
	assert_true(harness_find4(harness, ip_neighbour)->flags & MN_F_DHCP);
	harness->now += 300 * SECOND;
	request = discover_of(2); /* renewed by unicast */
	request.type = 3;
	request.ciaddr = ip_neighbour;
	put_dhcp(&harness->frame, mac_router, mac_c, ip_neighbour, ip_router, &request);
	assert_drop(from_guest(harness, PORT_C), "none");
	reply.xid = 2;
	put_dhcp(&harness->frame, mac_uplink, mac_router, ip_router, ip_neighbour, &reply);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_true(harness_find4(harness, ip_neighbour)->expires == harness->now + 600 * SECOND);
}

static void test_rule_14_ack_does_not_take_over_binding(void **state)
{
	struct harness *harness = *state;
	const uint8_t *others[] = {ip_host, ip_router, ip_a, ip_directed_broadcast, ip_broadcast, ip_zero};

	for (size_t i = 0; i < COUNT(others); i++) {
		struct dhcp_spec request = discover_of(i), reply = reply_of(5, i);

		reply.yiaddr = others[i];
		send_request(harness, &request);
		send_reply(harness, mac_broadcast, &reply);
		assert_goes(harness, MN_TO_GUESTS, 0); /* the answer itself passes */
	}
	assert_int_equal(harness_find4(harness, ip_host)->kind, MN_HOST);
	assert_int_equal(harness_find4(harness, ip_router)->kind, MN_GATEWAY);
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
	assert_null(harness_find4(harness, ip_zero));
	assert_null(harness_find4(harness, ip_broadcast));
}

static void test_rule_14_release_and_decline_end_binding(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1);
	struct mn_event ev;

	request.type = 7;
	request.ciaddr = ip_c;
	put_dhcp(&harness->frame, mac_router, mac_c, ip_c, ip_router, &request);
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_same_body(harness);
	assert_null(harness_find4(harness, ip_c));
	assert_true(harness_take_event(harness, MN_EV_FORGOTTEN, &ev));
	harness_learn4(harness, PORT_C, mac_c, ip_c);
	harness->now += 4 * SECOND;
	request = discover_of(2);
	request.type = 4;
	request.requested = ip_c;
	send_request(harness, &request);
	assert_null(harness_find4(harness, ip_c));
	request = discover_of(3); /* not another guest's */
	request.type = 4;
	request.requested = ip_a;
	assert_drop(send_request(harness, &request), "dhcp_forged");
	assert_non_null(harness_find4(harness, ip_a));
	request = discover_of(4);
	request.type = 7;
	request.ciaddr = ip_a;
	put_dhcp(&harness->frame, mac_router, mac_c, ip_c, ip_router, &request);
	assert_drop(from_guest(harness, PORT_C), "dhcp_forged");
	assert_non_null(harness_find4(harness, ip_a));
}

static void test_rule_14_answer_for_host_reaches_host(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(9), reply = reply_of(5, 9);

	request.chaddr = reply.chaddr = mac_uplink;
	put_dhcp(&harness->frame, mac_broadcast, mac_uplink, ip_zero, ip_broadcast, &request);
	from_host(harness);
	assert_int_equal(harness->verdict->send_to, MN_TO_UPLINK);
	assert_same_body(harness);
	put_dhcp(&harness->frame, mac_uplink, mac_router, ip_router, ip_neighbour, &reply);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
	assert_null(harness_find4(harness, ip_neighbour));
	send_reply(harness, mac_broadcast, &reply);
	assert_int_equal(harness->verdict->send_to, MN_TO_HOST);
	assert_same_body(harness);
}

static void test_rule_14_malformed_options_are_ignored(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1), reply = reply_of(5, 1);

	send_request(harness, &request);
	put_dhcp(&harness->frame, mac_broadcast, mac_router, ip_router, ip_broadcast, &reply);
	harness->frame.bytes[BOOTP + 240 + 1] = 255; /* the first option is longer than the message */
	harness->frame.bytes[UDP + 6] = harness->frame.bytes[UDP + 7] = 0;
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_null(harness_find4(harness, ip_neighbour));
	put_dhcp(&harness->frame, mac_broadcast, mac_router, ip_router, ip_broadcast, &reply);
	harness->frame.bytes[BOOTP + 240 + 3] = 255; /* the end, before the lease time */
	harness->frame.bytes[UDP + 6] = harness->frame.bytes[UDP + 7] = 0;
	from_wire(harness);
	assert_non_null(harness_find4(harness, ip_neighbour));
	assert_true(harness_find4(harness, ip_neighbour)->expires == 0);
}

static void test_rule_15_relayed_messages_are_unchanged(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1), reply = reply_of(5, 1);
	struct ip4_spec ip = {.src = ip_c, .dst = ip_router};
	uint8_t message[400];
	uint32_t len;

	request.giaddr = ip_c; /* guest c is a relay: 67 → 67 */
	put_dhcp(&harness->frame, mac_router, mac_c, ip_c, ip_router, &request);
	len = harness->frame.len - BOOTP;
	memcpy(message, harness->frame.bytes + BOOTP, len);
	put_udp4(&harness->frame, mac_router, mac_c, &ip, 67, 67, message, len, false);
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, 0);
	assert_same_body(harness);
	reply.giaddr = ip_c; /* the server's answer goes to the relay, by IP */
	reply.chaddr = mac_neighbour;
	put_dhcp(&harness->frame, mac_uplink, mac_router, ip_router, ip_c, &reply);
	memcpy(message, harness->frame.bytes + BOOTP, len = harness->frame.len - BOOTP);
	ip = (struct ip4_spec){.src = ip_router, .dst = ip_c};
	put_udp4(&harness->frame, mac_uplink, mac_router, &ip, 67, 67, message, len, false);
	from_wire(harness);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_c);
	assert_same_body(harness);
}

static void test_rule_15_chaddr_is_unchanged_by_default(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1), reply = reply_of(5, 1);

	send_request(harness, &request);
	assert_memory_equal(harness->frame.bytes + CHADDR, mac_c, 6);
	mn_engine_config(harness->engine)->flags = MN_CONFIG_CHADDR; /* enabled: in both directions */
	request.xid = reply.xid = 2;
	send_request(harness, &request);
	assert_memory_equal(harness->frame.bytes + CHADDR, mac_uplink, 6);
	assert_int_equal(checksums(&harness->frame), CSUM_IP4_OK | CSUM_UDP_OK);
	reply.chaddr = mac_uplink;
	send_reply(harness, mac_broadcast, &reply);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_c);
	assert_memory_equal(harness->frame.bytes + CHADDR, mac_c, 6);
	assert_int_equal(checksums(&harness->frame), CSUM_IP4_OK | CSUM_UDP_OK);
	reply.xid = 3; /* no guest's transaction: the host's */
	send_reply(harness, mac_broadcast, &reply);
	assert_int_equal(harness->verdict->send_to, MN_TO_HOST);
}

static void test_rule_15_dhcp6_is_unchanged(void **state)
{
	struct harness *harness = *state;
	/* a solicit with a DUID-LLT of guest c */
	static const uint8_t duid[] = {2,  34, 2, 35, 0, 26, 0, 0, 1, 1, 2,    3, 0, 1, 0,
				       14, 0,  1, 0,  1, 1,  2, 3, 4, 0, 0x60, 0, 0, 0, 3};
	static const uint8_t servers[16] = {0xff, 2, [13] = 1, [15] = 2};

	put_ip6(&harness->frame, (const uint8_t[]){0x33, 0x33, 0, 1, 0, 2}, mac_c, ip6_c, servers, 17, 1, duid,
		sizeof(duid));
	from_guest(harness, PORT_C);
	assert_goes(harness, MN_TO_UPLINK, MN_TO_HOST);
	assert_same_body(harness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_13_broadcast_flag_is_set),
		TEST(test_rule_13_ip_options_are_skipped),
		TEST(test_rule_13_zero_checksum_is_kept),
		TEST(test_rule_13_result_zero_is_written_ffff),
		TEST(test_rule_13_partial_checksum_is_kept),
		TEST(test_rule_13_wrong_checksum_is_dropped_by_name),
		TEST(test_rule_13_broadcast_flag_is_set_in_renewal),
		TEST(test_rule_13_other_messages_are_unchanged),
		TEST(test_rule_13_fragments_are_unchanged),
		TEST(test_rule_13_only_whole_datagram_is_changed),
		TEST(test_rule_14_answer_finds_guest_by_chaddr),
		TEST(test_rule_14_answers_are_noted),
		TEST(test_rule_14_ack_records_lease),
		TEST(test_rule_14_ack_does_not_take_over_binding),
		TEST(test_rule_14_release_and_decline_end_binding),
		TEST(test_rule_14_answer_for_host_reaches_host),
		TEST(test_rule_14_malformed_options_are_ignored),
		TEST(test_rule_15_relayed_messages_are_unchanged),
		TEST(test_rule_15_chaddr_is_unchanged_by_default),
		TEST(test_rule_15_partial_checksum_stays_valid),
		TEST(test_rule_15_request_without_room_is_dropped),
		TEST(test_rule_15_dhcp6_is_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
