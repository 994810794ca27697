/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 14: forged DHCP messages, of guests and from the wire, in the user-space engine. */
#include "fixture.h"

#include "dhcp_exchange.h"

enum { UDP = 34, OPTIONS = UDP + 8 + 240 };

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
	assert_drop(from_guest(harness, PORT_B), "dhcp_forged"); /* an exchange of another port */
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

/* A server that knows clients by chaddr alone would change the lease of the guest that is named. */
static void test_rule_14_chaddr_of_other_port_is_forged(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = {.op = 1, .type = 3, .xid = 8, .chaddr = mac_a, .requested = ip_other};
	const struct mn_binding *owner = harness_find4(harness, ip_a);

	assert_drop(send_request(harness, &request), "dhcp_forged");
	request.giaddr = ip_c; /* a relay may speak for others */
	assert_drop(send_request(harness, &request), "none");
	request = (struct dhcp_spec){.op = 1, .type = 3, .xid = 8, .chaddr = mac_a};
	harness->now += 61 * SECOND; /* silent: the interface may have moved to another port */
	assert_drop(send_request(harness, &request), "none");
	/* a renewal of an address that is another's: its answer reaches the sender, and the binding stays */
	harness_learn4(harness, PORT_A, mac_a, ip_a);
	request = (struct dhcp_spec){.op = 1, .type = 3, .xid = 10, .chaddr = mac_c, .ciaddr = ip_a};
	assert_drop(send_request(harness, &request), "none");
	send_reply(
		harness, mac_broadcast,
		&(struct dhcp_spec){
			.op = 2, .type = 5, .xid = 10, .chaddr = mac_c, .ciaddr = ip_a, .yiaddr = ip_a, .lease = 600});
	assert_dst(harness, mac_c);
	owner = harness_find4(harness, ip_a);
	assert_memory_equal(owner->mac, mac_a, 6);
	assert_true(owner->expires == 0);
}

static void take_name(struct harness *harness, struct mn_event *event, bool expected)
{
	bool found = harness_take_event(harness, MN_EV_NAME, event);

	assert_int_equal(found, expected);
}

/* Options of the length `len` replace the end option of a DISCOVER of guest c. */
static enum drop send_named(struct harness *harness, uint32_t xid, const uint8_t *options, size_t len)
{
	struct dhcp_spec request = discover_of(xid);

	request.pad = 130;
	request.zero_csum = true;
	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	memcpy(harness->frame.bytes + UDP + 8 + 240 + 3, options, len);
	return from_guest(harness, PORT_C);
}

/* A guest names itself once per transaction, so that a flood of requests is no flood of events. */
static void test_rule_14_name_is_reported_once(void **state)
{
	static const uint8_t host_name[] = {81, 6, 0, 0, 0, 'f', 'q', 'd', 12, 3, 'v', 'm', '1', 255};
	static const uint8_t fqdn[] = {81, 6, 4, 0, 0, 1, 'f', 0, 255};
	struct harness *harness = *state;
	uint8_t longest[128] = {12, 120};
	struct mn_event event;

	assert_drop(send_named(harness, 20, host_name, sizeof(host_name)), "none");
	take_name(harness, &event, true);
	assert_memory_equal(event.mac, mac_c, 6);
	assert_int_equal(event.reason, 12);
	assert_int_equal(event.name_len, 3);
	assert_memory_equal(event.name, "vm1\0", 5);
	send_named(harness, 20, host_name, sizeof(host_name));
	take_name(harness, &event, false);
	send_named(harness, 21, fqdn, sizeof(fqdn));
	take_name(harness, &event, true);
	assert_int_equal(event.reason, 81);
	assert_int_equal(event.name_len, 6);
	memset(longest + 2, 'x', 120);
	longest[122] = 255;
	send_named(harness, 22, longest, 123);
	take_name(harness, &event, true);
	assert_int_equal(event.name_len, MN_NAME_MAX - 1);
	send_named(harness, 23, (const uint8_t[]){12, 0, 255}, 3);
	take_name(harness, &event, false);
	send_named(harness, 24, (const uint8_t[]){12, 255}, 2); /* longer than the message */
	take_name(harness, &event, false);
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

	/* A DISCOVER whose options go on in the second, which may hold the type once more: with another's address, and without. */
	for (size_t i = 0; i < 2; i++) {
		put_dhcp(&harness->frame, mac_router, mac_c, ip_c, ip_router,
			 &(struct dhcp_spec){
				 .op = 1, .type = 1, .xid = 9, .chaddr = mac_c, .ciaddr = i ? ip_zero : ip_a});
		memcpy(message, harness->frame.bytes + UDP, len);
		put_ip4(&harness->frame, mac_router, mac_c, &ip, message, 8 + 240 + 3);
		assert_drop(from_guest(harness, PORT_C), i ? "none" : "dhcp_forged");
	}
}

/* A message with these options, in the name of guest c, that may release the address of guest a. */
static void put_options(struct harness *harness, const uint8_t *options, size_t len)
{
	struct dhcp_spec request = {.op = 1, .type = 1, .xid = 30, .chaddr = mac_c, .ciaddr = ip_a, .zero_csum = true};

	request.pad = 130;
	put_dhcp(&harness->frame, mac_router, mac_c, ip_c, ip_router, &request);
	memset(harness->frame.bytes + OPTIONS, 0, harness->frame.len - OPTIONS);
	memcpy(harness->frame.bytes + OPTIONS, options, len);
}

/* Servers read options that vifi does not, or read them in another way: what may be a RELEASE there is none of a guest. */
static void test_rule_14_release_is_not_hidden(void **state)
{
	static const struct {
		const char *label, *drop;
		uint8_t options[110], len;
	} cases[] = {
		{"a DISCOVER", "none", {53, 1, 1, 255}, 4},
		{"after 100 pads", "dhcp_forged", {[100] = 53, 1, 7, 255}, 104},
		{"a DISCOVER after 40 pads", "none", {[40] = 53, 1, 1, 255}, 44},
		{"in file or sname", "dhcp_forged", {52, 1, 3, 255}, 4},
		{"in file or sname, too", "dhcp_forged", {53, 1, 1, 52, 1, 3, 255}, 7},
		{"the first of two", "dhcp_forged", {53, 1, 7, 53, 1, 1, 255}, 7},
		{"the second of two", "dhcp_forged", {53, 1, 1, 53, 1, 7, 255}, 7},
		{"of two bytes", "dhcp_forged", {53, 2, 7, 0, 255}, 5},
		{"two addresses",
		 "dhcp_forged",
		 {53, 1, 4, 50, 4, 192, 168, 157, 43, 50, 4, 192, 168, 157, 41, 255},
		 16},
	};
	struct harness *harness = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_options(harness, cases[i].options, cases[i].len);
		if (strcmp(drop_name(from_guest(harness, PORT_C)), cases[i].drop))
			fail_msg("%s: %s", cases[i].label, drop_name((enum drop)harness->verdict->drop));
	}
}

static void set_udp_length(struct harness *harness, uint16_t length)
{
	harness->frame.bytes[UDP + 4] = (uint8_t)(length >> 8);
	harness->frame.bytes[UDP + 5] = (uint8_t)length;
}

/* Servers with a packet socket may read beyond the end of the datagram. */
static void test_rule_14_release_is_not_hidden_behind_the_datagram(void **state)
{
	static const uint8_t release[] = {53, 1, 7, 255};
	struct harness *harness = *state;

	for (uint16_t length = 8; length <= 8 + 240; length += 48) {
		put_options(harness, release, sizeof(release));
		set_udp_length(harness, length);
		assert_drop(from_guest(harness, PORT_C), "dhcp_forged");
	}
	put_options(harness, release, sizeof(release));
	set_udp_length(harness, 1400);
	assert_drop(from_guest(harness, PORT_C), "dhcp_forged");
	put_options(harness, (const uint8_t[]){53, 1, 1, 255}, 4); /* bytes after the end mean nothing */
	set_udp_length(harness, 8 + 240 + 4);
	assert_drop(from_guest(harness, PORT_C), "none");
}

/* Each segment of a frame with offload becomes a message of its own. */
static void test_rule_14_segments_are_no_request(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1);

	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &request);
	harness->segment = 200;
	assert_drop(from_guest(harness, PORT_C), "dhcp_forged");
	request.op = 2; /* to port 68: a service */
	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_c, ip_broadcast, &request);
	harness->frame.bytes[UDP + 8] = 0;
	harness->segment = 200;
	assert_drop(from_guest(harness, PORT_C), "guest_service");
	harness->segment = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_14_unsolicited_ack_teaches_nothing),
		TEST(test_rule_14_lease_is_bounded_without_traffic),
		TEST(test_rule_14_release_of_another_is_dropped),
		TEST(test_rule_14_release_in_fragments_is_dropped),
		TEST(test_rule_14_chaddr_of_other_port_is_forged),
		TEST(test_rule_14_name_is_reported_once),
		TEST(test_rule_14_release_is_not_hidden),
		TEST(test_rule_14_release_is_not_hidden_behind_the_datagram),
		TEST(test_rule_14_segments_are_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
