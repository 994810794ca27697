/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 14: forged DHCP messages, of guests and from the wire, in the user-space engine. */
#include "fixture.h"

#include "dhcp_exchange.h"

enum { UDP = 34 };

static const uint8_t ip_other[4] = {192, 168, 157, 177};

/* An ACK teaches only in an exchange that this guest began a moment ago, and shows no sign of life. */
static void test_rule_14_unsolicited_ack_teaches_nothing(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1), reply = reply_of(5, 1);
	uint64_t seen;

	send_reply(harness, mac_broadcast, &reply); /* no exchange */
	assert_null(harness_find4(harness, ip_neighbour));
	put_dhcp(&harness->frame, mac_broadcast, mac_b, ip_zero, ip_broadcast,
		 &(struct dhcp_spec){.op = 1, .type = 1, .xid = 2, .chaddr = mac_c});
	assert_drop(from_guest(harness, PORT_B), "none"); /* an exchange of another port */
	reply.xid = 2;
	send_reply(harness, mac_broadcast, &reply);
	assert_null(harness_find4(harness, ip_neighbour));
	send_request(harness, &request);
	harness->now += 11 * SECOND;
	reply.xid = 1;
	send_reply(harness, mac_broadcast, &reply); /* too late */
	assert_null(harness_find4(harness, ip_neighbour));
	send_request(harness, &request);
	send_reply(harness, mac_broadcast, &reply);
	assert_non_null(harness_find4(harness, ip_neighbour));
	reply.yiaddr = ip_other; /* one exchange gives one address: more ACKs do not spend the guest's budget */
	send_reply(harness, mac_broadcast, &reply);
	assert_null(harness_find4(harness, ip_other));
	reply.yiaddr = ip_neighbour;
	seen = harness_find4(harness, ip_neighbour)->last_seen;
	harness->now += 5 * SECOND;
	send_reply(harness, mac_broadcast, &reply);
	assert_true(harness_find4(harness, ip_neighbour)->last_seen == seen);
}

/* A forged lease of 136 years ends a day after the guest's last frame. */
static void test_rule_14_lease_is_bounded_without_traffic(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1), reply = reply_of(5, 1);

	reply.lease = 0xfffffffe;
	send_request(harness, &request);
	send_reply(harness, mac_broadcast, &reply);
	harness->now += 86000 * SECOND;
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_neighbour, mac_zero, ip_neighbour);
	assert_drop(from_guest(harness, PORT_B), "claim_taken");
	harness->now += 500 * SECOND;
	put_arp(&harness->frame, mac_broadcast, mac_b, 1, mac_b, ip_neighbour, mac_zero, ip_neighbour);
	assert_drop(from_guest(harness, PORT_B), "none");
}

static enum drop send_release(struct harness *harness, const uint8_t *ciaddr, const uint8_t *chaddr)
{
	struct dhcp_spec request = {.op = 1, .type = 7, .xid = 9, .chaddr = chaddr, .ciaddr = ciaddr};

	put_dhcp(&harness->frame, mac_router, mac_c, ip_c, ip_router, &request);
	return from_guest(harness, PORT_C);
}

/* The server takes every message that leaves here for one of its client's: vifi must know the owner. */
static void test_rule_14_release_of_another_is_dropped(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(3), reply = reply_of(5, 3);

	assert_drop(send_release(harness, ip_a, mac_a), "dhcp_forged");
	assert_drop(send_release(harness, ip_host, mac_uplink), "dhcp_forged");
	assert_drop(send_release(harness, ip_host, mac_c), "dhcp_forged");
	assert_drop(send_release(harness, ip_neighbour, mac_neighbour), "dhcp_forged");
	request.chaddr = mac_uplink; /* the host's identity */
	assert_drop(send_request(harness, &request), "dhcp_forged");
	request = discover_of(3);
	request.type = 4;
	request.requested = ip_a;
	assert_drop(send_request(harness, &request), "dhcp_forged");
	/* the source address of the very message makes no owner */
	request = (struct dhcp_spec){.op = 1, .type = 7, .xid = 9, .chaddr = mac_c, .ciaddr = ip_other};
	put_dhcp(&harness->frame, mac_router, mac_c, ip_other, ip_router, &request);
	assert_drop(from_guest(harness, PORT_C), "dhcp_forged");
	/* another source port reaches the server, too */
	put_dhcp(&harness->frame, mac_router, mac_c, ip_c, ip_router,
		 &(struct dhcp_spec){.op = 1, .type = 7, .xid = 9, .chaddr = mac_a, .ciaddr = ip_a, .zero_csum = true});
	memcpy(harness->frame.bytes + UDP, "\0\105", 2);
	assert_drop(from_guest(harness, PORT_C), "dhcp_forged");
	/* a guest may decline an address that the server gave it, although it is bound to a sibling */
	request = discover_of(3);
	reply.yiaddr = ip_a;
	send_request(harness, &request);
	send_reply(harness, mac_broadcast, &reply);
	request.type = 4;
	request.requested = ip_a;
	assert_drop(send_request(harness, &request), "none");
	assert_memory_equal(harness_find4(harness, ip_a)->mac, mac_a, 6);
}

/* A request in fragments must show in the first one whose it is. */
static void test_rule_14_release_in_fragments_is_dropped(void **state)
{
	struct harness *harness = *state;
	struct ip4_spec ip = {.src = ip_c, .dst = ip_router, .proto = 17, .frag = 0x2000};
	uint8_t message[600];
	uint32_t len;

	put_dhcp(&harness->frame, mac_router, mac_c, ip_c, ip_router,
		 &(struct dhcp_spec){.op = 1, .type = 7, .xid = 9, .chaddr = mac_a, .ciaddr = ip_a});
	len = harness->frame.len - UDP;
	memcpy(message, harness->frame.bytes + UDP, len);
	put_ip4(&harness->frame, mac_router, mac_c, &ip, message, len);
	assert_drop(from_guest(harness, PORT_C), "dhcp_forged");
	put_ip4(&harness->frame, mac_router, mac_c, &ip, message, 8 + 240); /* the type is in the second */
	assert_drop(from_guest(harness, PORT_C), "dhcp_forged");
	put_ip4(&harness->frame, mac_router, mac_c, &ip, message, 16);
	assert_drop(from_guest(harness, PORT_C), "dhcp_forged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_14_unsolicited_ack_teaches_nothing),
		TEST(test_rule_14_lease_is_bounded_without_traffic),
		TEST(test_rule_14_release_of_another_is_dropped),
		TEST(test_rule_14_release_in_fragments_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
