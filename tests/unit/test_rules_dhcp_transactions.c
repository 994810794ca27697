/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules 14 and 15: the transactions of DHCP for IPv4, in the user-space engine. */
#include "fixture.h"

#include "dhcp_exchange.h"

enum { BOOTP = 42, FLAGS = BOOTP + 10, CHADDR = BOOTP + 28 };

static uint16_t get_be16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void test_rule_14_answer_finds_guest_by_transaction(void **state)
{
	struct harness *harness = *state;
	static const uint8_t inner[6] = {2, 0, 0, 0, 0, 9};
	struct dhcp_spec request = discover_of(77), reply = reply_of(2, 77);

	request.chaddr = reply.chaddr = inner; /* a guest sends for a client behind it: chaddr ≠ Ethernet source */
	send_request(harness, &request);
	assert_memory_equal(harness->frame.bytes + CHADDR, inner, 6);
	send_reply(harness, mac_broadcast, &reply);
	assert_goes(harness, MN_TO_GUESTS, 0);
	assert_dst(harness, mac_c);
	reply.xid = 78; /* no guest's: a client on the uplink's network */
	send_reply(harness, mac_broadcast, &reply);
	assert_goes(harness, MN_TO_HOST, MN_TO_GUESTS);
	put_dhcp(&harness->frame, mac_uplink, mac_router, ip_router, ip_neighbour, &reply);
	from_wire(harness);
	assert_goes(harness, MN_TO_HOST, 0);
}

/* The chaddr decides, not the transaction: two cloned guests may choose the same number. */
static void test_rule_14_chaddr_precedes_transaction(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request_c = discover_of(5), request_b = discover_of(5), reply = reply_of(2, 5);

	request_b.chaddr = mac_b;
	request_b.flags = 0x8000;
	send_request(harness, &request_c);
	put_dhcp(&harness->frame, mac_broadcast, mac_b, ip_zero, ip_broadcast, &request_b);
	assert_drop(from_guest(harness, PORT_B), "none");
	send_reply(harness, mac_broadcast, &reply);
	assert_dst(harness, mac_c);
	reply.chaddr = mac_b;
	send_reply(harness, mac_broadcast, &reply);
	assert_dst(harness, mac_b);
	assert_int_equal(get_be16(harness->frame.bytes + FLAGS), 0x8000);
}

/* Clients that start together may choose one number: busybox udhcpc takes it from the clock. */
static void test_rule_14_guests_with_one_transaction_id_all_get_leases(void **state)
{
	struct harness *harness = *state;
	static const struct {
		const uint8_t *mac;
		uint32_t port;
		uint16_t flags;
		uint8_t address[4];
	} guests[] = {{mac_a, PORT_A, 0x8000, {192, 168, 157, 171}},
		      {mac_b, PORT_B, 0, {192, 168, 157, 172}},
		      {mac_c, PORT_C, 0x8000, {192, 168, 157, 173}}};

	for (uint8_t type = 1; type <= 3; type = (uint8_t)(type + 2))
		for (size_t i = 0; i < sizeof(guests) / sizeof(*guests); i++) {
			struct dhcp_spec request = discover_of(5);

			request.type = type;
			request.flags = guests[i].flags;
			request.chaddr = guests[i].mac;
			put_dhcp(&harness->frame, mac_broadcast, guests[i].mac, ip_zero, ip_broadcast, &request);
			assert_drop(from_guest(harness, guests[i].port), "none");
		}
	for (size_t i = 0; i < sizeof(guests) / sizeof(*guests); i++) {
		struct dhcp_spec reply = reply_of(5, 5);

		reply.chaddr = guests[i].mac;
		reply.yiaddr = guests[i].address;
		send_reply(harness, mac_broadcast, &reply);
		assert_dst(harness, guests[i].mac);
		assert_int_equal(get_be16(harness->frame.bytes + FLAGS), guests[i].flags);
		assert_non_null(harness_find4(harness, guests[i].address));
		assert_memory_equal(harness_find4(harness, guests[i].address)->mac, guests[i].mac, 6);
		assert_true(harness_find4(harness, guests[i].address)->flags & MN_F_DHCP);
	}
}

/* With the uplink's chaddr the answer would reach the other guest: the second waits until the number is free. */
static void test_rule_15_transaction_id_of_another_guest_is_refused(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request_c = discover_of(5), request_b = discover_of(5), reply = reply_of(5, 5);

	mn_engine_config(harness->engine)->flags = MN_CONFIG_CHADDR;
	request_b.chaddr = mac_b;
	assert_drop(send_request(harness, &request_c), "none");
	put_dhcp(&harness->frame, mac_broadcast, mac_b, ip_zero, ip_broadcast, &request_b);
	assert_drop(from_guest(harness, PORT_B), "dhcp_identity");
	harness->now += 11 * SECOND;
	put_dhcp(&harness->frame, mac_broadcast, mac_b, ip_zero, ip_broadcast, &request_b);
	assert_drop(from_guest(harness, PORT_B), "none");
	reply.chaddr = mac_uplink;
	send_reply(harness, mac_broadcast, &reply);
	assert_dst(harness, mac_b);
	assert_memory_equal(harness->frame.bytes + CHADDR, mac_b, 6);
	assert_memory_equal(harness_find4(harness, ip_neighbour)->mac, mac_b, 6);
}

/* The same of two guests behind one port, as those of a nested bridge. */
static void test_rule_15_transaction_id_of_a_guest_behind_the_same_port_is_refused(void **state)
{
	struct harness *harness = *state;
	static const uint8_t inner[6] = {2, 0, 0, 0, 0, 9};
	struct dhcp_spec request_c = discover_of(5), request_b = discover_of(5), reply = reply_of(5, 5);

	mn_engine_config(harness->engine)->flags = MN_CONFIG_CHADDR;
	request_b.chaddr = inner;
	assert_drop(send_request(harness, &request_c), "none");
	put_dhcp(&harness->frame, mac_broadcast, inner, ip_zero, ip_broadcast, &request_b);
	assert_drop(from_guest(harness, PORT_C), "dhcp_identity");
	reply.chaddr = mac_uplink;
	send_reply(harness, mac_broadcast, &reply);
	assert_dst(harness, mac_c);
	harness->now += 11 * SECOND;
	put_dhcp(&harness->frame, mac_broadcast, inner, ip_zero, ip_broadcast, &request_b);
	assert_drop(from_guest(harness, PORT_C), "none");
}

/* A guest of any port may choose the transaction of this host's own request; only its live one gets the answer. */
static void test_rule_15_old_transaction_gets_no_answer_of_host(void **state)
{
	struct harness *harness = *state;
	struct dhcp_spec request = discover_of(1), reply = reply_of(5, 1);

	mn_engine_config(harness->engine)->flags = MN_CONFIG_CHADDR;
	send_request(harness, &request);
	harness->now += 11 * SECOND;
	reply.chaddr = mac_uplink;
	send_reply(harness, mac_broadcast, &reply);
	assert_int_equal(harness->verdict->send_to, MN_TO_HOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rule_14_answer_finds_guest_by_transaction),
		TEST(test_rule_14_chaddr_precedes_transaction),
		TEST(test_rule_14_guests_with_one_transaction_id_all_get_leases),
		TEST(test_rule_15_transaction_id_of_another_guest_is_refused),
		TEST(test_rule_15_transaction_id_of_a_guest_behind_the_same_port_is_refused),
		TEST(test_rule_15_old_transaction_gets_no_answer_of_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
