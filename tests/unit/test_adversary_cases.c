/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the adversary (test_adversary.c) has found, reduced to a few frames. A neighbour that plays DHCP server answers the
 * exchange of a guest, its accomplice or not.
 */
#include "unit.h"

#include "harness.h"

enum { XID = 0x5a000001 };

static void request(struct harness *harness, uint32_t port, const uint8_t *mac)
{
	struct dhcp_spec dhcp = {.op = 1, .type = 3, .xid = XID, .chaddr = mac};

	put_dhcp(&harness->frame, mac_broadcast, mac, ip_zero, ip_broadcast, &dhcp);
	assert_int_equal(from_guest(harness, port), NOT_DROPPED);
}

static void acknowledge(struct harness *harness, const uint8_t *mac, const uint8_t *address)
{
	struct dhcp_spec dhcp = {
		.op = 2, .type = 5, .flags = 0x8000, .xid = XID, .chaddr = mac, .yiaddr = address, .lease = 3600};
	static const uint8_t forger[6] = {0x02, 0x99, 0, 0, 0, 0x66};

	put_dhcp(&harness->frame, mac_broadcast, forger, ip_neighbour, ip_broadcast, &dhcp);
	from_wire(harness);
}

/* The neighbour of frames.h is heard on the wire. */
static void hear_neighbour(struct harness *harness)
{
	put_arp(&harness->frame, mac_uplink, mac_neighbour, 2, mac_neighbour, ip_neighbour, mac_uplink, ip_host);
	from_wire(harness);
}

static uint64_t refused_at(struct harness *harness, uint32_t ifindex)
{
	struct mn_port port;
	void *cursor = NULL;
	uint64_t refused = 0;

	while (mn_engine_next_port(harness->engine, &cursor, &port))
		refused += port.ifindex == ifindex ? port.n_refused : 0;
	return refused;
}

static void forged_acknowledgement_is_not_charged_to_client(void **state)
{
	struct harness harness;

	(void)state;
	harness_init(&harness);
	harness_learn_all(&harness);
	hear_neighbour(&harness);
	harness_learn4(&harness, PORT_C, mac_c, ip_neighbour); /* the answer makes the address a station's */
	hear_neighbour(&harness);
	assert_int_equal(harness_find4(&harness, ip_neighbour)->kind, MN_STATION);
	request(&harness, PORT_A, mac_a);
	acknowledge(&harness, mac_a, ip_neighbour);
	assert_int_equal(refused_at(&harness, PORT_A), 0);
	harness_free(&harness);
}

static void lease_of_stations_address_leaves_questions_to_wire(void **state)
{
	struct harness harness;

	(void)state;
	harness_init(&harness);
	harness_learn_all(&harness);
	hear_neighbour(&harness);
	request(&harness, PORT_C, mac_c);
	acknowledge(&harness, mac_c, ip_neighbour);
	put_arp(&harness.frame, mac_broadcast, mac_b, 1, mac_b, ip_b, mac_zero, ip_neighbour);
	assert_int_equal(from_guest(&harness, PORT_B), NOT_DROPPED);
	assert_int_equal((harness.verdict->send_to | harness.verdict->copy_to) & MN_TO_UPLINK, MN_TO_UPLINK);
	harness_free(&harness);
}

static void lease_of_hosts_address_cannot_be_declined(void **state)
{
	struct dhcp_spec decline = {.op = 1, .type = 4, .xid = XID, .chaddr = mac_c, .requested = ip_host};
	struct harness harness;

	(void)state;
	harness_init(&harness);
	harness_learn_all(&harness);
	request(&harness, PORT_C, mac_c);
	acknowledge(&harness, mac_c, ip_host);
	put_dhcp(&harness.frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &decline);
	assert_int_equal(from_guest(&harness, PORT_C), DROP_DHCP_FORGED);
	harness_free(&harness);
}

/* The server looks for the lease by chaddr: a neighbour and a guest together must not end that of another guest. */
static void decline_in_name_of_another_is_dropped(void **state)
{
	struct dhcp_spec decline = {.op = 1, .type = 4, .xid = XID, .chaddr = mac_b, .requested = ip_b};
	struct harness harness;

	(void)state;
	harness_init(&harness);
	harness_learn_all(&harness);
	request(&harness, PORT_C, mac_c);
	acknowledge(&harness, mac_c, ip_b);
	put_dhcp(&harness.frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &decline);
	assert_int_equal(from_guest(&harness, PORT_C), DROP_DHCP_FORGED);
	decline.chaddr = mac_c; /* its own: the server gave it an address that is in use */
	put_dhcp(&harness.frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, &decline);
	assert_int_equal(from_guest(&harness, PORT_C), NOT_DROPPED);
	assert_int_equal(harness_find4(&harness, ip_b)->port, PORT_B);
	harness_free(&harness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_acknowledgement_is_not_charged_to_client),
		cmocka_unit_test(lease_of_stations_address_leaves_questions_to_wire),
		cmocka_unit_test(lease_of_hosts_address_cannot_be_declined),
		cmocka_unit_test(decline_in_name_of_another_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
