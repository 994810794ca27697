/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict about a guest from facts alone, where a test of the whole cannot have them. tests/net/test_why*.py have real ones. */
#include "unit.h"

#include "bridge/problems.h"
#include "netdev/rtnl.h"
#include "why/why.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A guest on a port of a bridge in order, of which nothing is wrong. */
static struct why_facts healthy(void)
{
	struct why_facts facts = {.asked = "192.0.2.9",
				  .uplink = "wlan0",
				  .bridge = "br0",
				  .mac = "52:54:00:00:00:01",
				  .port = {.name = "tap0",
					   .exists = true,
					   .up = true,
					   .carrier = true,
					   .in_bridge = true,
					   .forwarding = true,
					   .mtu = 1500},
				  .uplink_mtu = 1500,
				  .budget = {WAIT_BUDGET_MS}};

	facts.report = json_loads("{\"guests\":[{\"mac\":\"52:54:00:00:00:01\",\"port\":\"tap0\",\"seen_s\":1,"
				  "\"addresses\":[{\"address\":\"192.0.2.9\",\"family\":\"ip4\",\"seen_s\":1}]}]}",
				  0, NULL);
	assert_non_null(facts.report);
	facts.guest = json_array_get(json_object_get(facts.report, "guests"), 0);
	return facts;
}

/* The ids of the causes, with blanks between them. */
static void assert_causes(struct why_facts *facts, const char *expected)
{
	json_t *verdict = why_judge(facts), *cause;
	char ids[300] = "";
	size_t i;

	json_array_foreach(json_object_get(verdict, "causes"), i, cause)
	{
		snprintf(ids + strlen(ids), sizeof(ids) - strlen(ids), "%s%s", *ids ? " " : "",
			 json_string_value(json_object_get(cause, "id")));
	}
	assert_string_equal(ids, expected);
	json_decref(verdict);
	json_decref(facts->report);
}

/* With the user-space engine the guest may have no row yet: its DHCP message alone is known. */
static void guest_that_asked_by_dhcp_is_not_unknown(void **state)
{
	struct why_facts facts = healthy();

	(void)state;
	json_decref(facts.report);
	facts.guest = NULL;
	facts.report = json_loads("{\"guests\":[],\"bindings\":[{\"family\":\"dhcp_xid\",\"mac\":\"52:54:00:00:00:01\","
				  "\"address\":\"0x611f3805@52:54:00:00:00:01\",\"age_s\":3}]}",
				  0, NULL);
	snprintf(facts.own_server, sizeof(facts.own_server), "dnsmasq (process 1) listens on UDP port 67");
	assert_causes(&facts, "dhcp_server");
	facts = healthy();
	json_object_clear(facts.report);
	facts.guest = NULL;
	assert_causes(&facts, "unknown_guest");
}

static void connection_tracking_may_be_full(void **state)
{
	struct why_facts facts = healthy();

	(void)state;
	facts.host.conntrack_count = facts.host.conntrack_max = 65536;
	facts.host.nf_call = true;
	assert_causes(&facts, "conntrack_full");
	facts = healthy();
	facts.host.conntrack_count = facts.host.conntrack_max = 65536; /* bridged packets do not pass it */
	assert_causes(&facts, "");
}

/* A shaper of the host: only if frames do not arrive is it the cause. */
static void redirection_is_a_cause_if_the_guest_is_silent(void **state)
{
	struct why_facts facts = healthy();

	(void)state;
	facts.host.tc_drop = (struct netdev_tc_drop){.kind = "matchall", .action = NETDEV_TC_REDIRECTS, .packets = 9};
	strcpy(facts.host.tc_drop_at, "tap0");
	assert_causes(&facts, "");
	facts = healthy();
	facts.host.tc_drop = (struct netdev_tc_drop){.kind = "matchall", .action = NETDEV_TC_REDIRECTS, .packets = 9};
	facts.wires[0].asked = json_array_get(json_object_get(facts.guest, "addresses"), 0);
	facts.wires[0].is_asked[WHY_GUEST] = true;
	assert_causes(&facts, "tc_filter guest_silent");
}

/* What is lost on the way, without a rule that knows why. */
static void path_that_loses_frames_is_a_cause(void **state)
{
	struct why_facts facts = healthy();

	(void)state;
	facts.wires[0].asked = json_array_get(json_object_get(facts.guest, "addresses"), 0);
	facts.wires[0].path_asked = true;
	facts.wires[0].paths[WHY_PATH_ARP] = facts.wires[0].paths[WHY_PATH_ECHO] =
		(struct path_probe){.delivered = true, .answered = true};
	assert_causes(&facts, "path_out");
	facts = healthy();
	facts.wires[0].asked = json_array_get(json_object_get(facts.guest, "addresses"), 0);
	facts.wires[0].path_asked = true;
	assert_causes(&facts, "path_in");
	/* A guest that does not answer echo requests has lost nothing here. */
	facts = healthy();
	facts.wires[0].asked = json_array_get(json_object_get(facts.guest, "addresses"), 0);
	facts.wires[0].path_asked = true;
	facts.wires[0].paths[WHY_PATH_ARP] = (struct path_probe){.delivered = true, .answered = true, .left = true};
	facts.wires[0].paths[WHY_PATH_ECHO] = (struct path_probe){.delivered = true};
	assert_causes(&facts, "");
}

/* The table is that of the whole machine: a test cannot fill it. */
static void neighbour_table_may_be_full(void **state)
{
	struct why_facts facts = healthy();

	(void)state;
	facts.host.neighbours = facts.host.neighbours_max = 1024;
	assert_causes(&facts, "neighbours_full");
	facts = healthy();
	facts.host.neighbours = 1023;
	facts.host.neighbours_max = 1024;
	assert_causes(&facts, "");
}

/* A guest that says nothing by itself is well if it answers at its port. */
static void silence_is_a_cause_if_the_guest_does_not_answer(void **state)
{
	struct why_facts facts = healthy();

	(void)state;
	json_object_set_new(facts.guest, "seen_s", json_integer(400));
	assert_causes(&facts, "silent");
	facts = healthy();
	json_object_set_new(facts.guest, "seen_s", json_integer(400));
	facts.wires[0].asked = json_array_get(json_object_get(facts.guest, "addresses"), 0);
	facts.wires[0].is_asked[WHY_GUEST] = facts.wires[0].questions[WHY_GUEST].answered = true;
	assert_causes(&facts, "");
}

/* A guest's own network is none of the uplink's, and packets come for it. */
static void network_of_a_guest_is_no_cause(void **state)
{
	static const char *const text[] = {
		/* the network behind a guest; an address that nobody answers */
		"{\"address\":\"10.9.0.5\",\"family\":\"ip4\",\"seen_s\":1,\"in_network\":false,\"in_s\":2}",
		"{\"address\":\"10.9.0.5\",\"family\":\"ip4\",\"seen_s\":1,\"in_network\":false,\"in_s\":90}",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct why_facts facts = healthy();
		json_t *addresses = json_object_get(facts.guest, "addresses");
		const json_t *other;

		json_object_set_new(json_array_get(addresses, 0), "in_network", json_true());
		json_array_append_new(addresses, json_loads(text[i], 0, NULL));
		other = json_array_get(addresses, 1);
		assert_int_equal(bridge_problems_elsewhere(facts.report, facts.guest, other), i == 1);
		json_object_set_new(json_array_get(addresses, 0), "in_network", json_false());
		assert_true(bridge_problems_elsewhere(facts.report, facts.guest, other)); /* after a roam */
		json_decref(facts.report);
	}
}

/* ---- a guest without an address of the network ---- */

/* A router of IPv6, and a guest that has sent this kind of frame only; no router advertisement and no group frame has come. */
static struct why_facts waiting(const char *family, const char *address)
{
	struct why_facts facts = healthy();
	json_t *addresses = json_object_get(facts.guest, "addresses"),
	       *binding = json_pack("{s:s, s:s, s:s, s:s, s:i}", "family", family, "kind", "guest", "mac", facts.mac,
				    "address", address, "seen_s", 1);

	json_array_clear(addresses);
	if (!strcmp(family, "ip6"))
		json_array_append(addresses, binding);
	json_object_set_new(facts.report, "bindings",
			    json_pack("[o, {s:s, s:s, s:s, s:s}]", binding, "family", "ip6", "kind", "gateway", "mac",
				      "00:60:ee:00:00:20", "address", "2001:db8::20"));
	json_object_set_new(facts.report, "counts", json_pack("{s:i, s:i}", "flood", 0, "in", 9));
	facts.wires[1].ip6 = true;
	return facts;
}

static struct why_facts asking_gateway(bool by_unicast, bool by_multicast)
{
	struct why_facts facts = waiting("ip6", "fe80::5054:ff:fe00:1");
	struct why_wire *wire = &facts.wires[1];

	wire->asked = json_array_get(json_object_get(facts.guest, "addresses"), 0);
	wire->has_host = wire->has_gateway = true;
	wire->is_asked[WHY_MULTICAST] = wire->is_asked[WHY_GATEWAY_BY_HOST] = true;
	wire->questions[WHY_MULTICAST].answered = by_multicast;
	wire->questions[WHY_GATEWAY_BY_HOST].answered = by_unicast;
	return facts;
}

/* Who looks whether an address is free does not speak IPv6 yet. */
static void guest_that_sends_nothing_but_a_probe_has_no_address(void **state)
{
	struct why_facts facts = waiting("dad", "fe80::5054:ff:fe00:1");

	(void)state;
	assert_causes(&facts, "no_address");
}

/* A missing answer shows that group frames do not arrive only if it was asked for, and others arrive. */
static void multicast_is_filtered_if_only_the_answer_to_a_group_is_missing(void **state)
{
	struct why_facts facts = asking_gateway(true, false);

	(void)state;
	assert_causes(&facts, "multicast_filtered");
	facts = asking_gateway(true, true);
	assert_causes(&facts, "ra_absent");
	facts = asking_gateway(false, false);
	assert_causes(&facts, "ra_absent");
	facts = waiting("ip6", "fe80::5054:ff:fe00:1");
	assert_causes(&facts, "ra_absent");
}

/* ---- a guest that asks by ARP for a machine which is off ---- */

enum { UPLINK = 4 };

static const uint8_t gateway_mac[6] = {0, 0x60, 0xee, 0, 0, 0x20}, guest_mac[6] = {0x52, 0x54, 0, 0, 0, 1},
		     printer[4] = {192, 0, 2, 103};

/* It answers this host, but no question of another network; the gateway answers all, and nobody has the printer's address. */
static struct why_facts looking_for_a_printer(int asked_ago_s)
{
	static const enum why_question answered[] = {WHY_GUEST,           WHY_GUEST_ECHO,       WHY_GUEST_FULL,
						     WHY_GATEWAY_BY_HOST, WHY_GATEWAY_BY_GUEST, WHY_ECHO_BY_HOST,
						     WHY_ECHO_BY_GUEST,   WHY_ECHO_FULL};
	struct why_facts facts = healthy();
	struct why_wire *wire = &facts.wires[0];
	json_t *address = json_array_get(json_object_get(facts.guest, "addresses"), 0);

	json_object_set_new(address, "in_packets", json_integer(9));
	json_object_set_new(address, "in_s", json_integer(1));
	json_object_set_new(address, "asked_s", json_integer(asked_ago_s));
	wire->asked = address;
	wire->has_host = wire->has_gateway = wire->routable = wire->has_wanted = wire->wanted_in_network = true;
	memcpy(wire->address, (const uint8_t[]){192, 0, 2, 9}, 4);
	memcpy(wire->host, (const uint8_t[]){192, 0, 2, 21}, 4);
	memcpy(wire->gateway, (const uint8_t[]){192, 0, 2, 20}, 4);
	memcpy(wire->wanted, printer, 4);
	for (size_t i = 0; i < sizeof(answered) / sizeof(*answered); i++)
		wire->is_asked[answered[i]] = wire->questions[answered[i]].answered = true;
	memcpy(wire->questions[WHY_GATEWAY_BY_HOST].by, gateway_mac, 6);
	memcpy(wire->questions[WHY_GATEWAY_BY_GUEST].by, gateway_mac, 6);
	wire->is_asked[WHY_WANTED_BY_HOST] = wire->is_asked[WHY_WANTED_BY_GUEST] = wire->is_asked[WHY_GUEST_BEYOND] =
		true;
	return facts;
}

static void put_request(int fd)
{
	uint8_t frame[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	memcpy(frame + 6, guest_mac, 6);
	memcpy(frame + 12, (const uint8_t[]){8, 6, 0, 1, 8, 0, 6, 4, 0, 1}, 10);
	memcpy(frame + 22, guest_mac, 6);
	memcpy(frame + 28, (const uint8_t[]){192, 0, 2, 9}, 4);
	memcpy(frame + 38, printer, 4);
	assert_int_equal(write(fd, frame, sizeof(frame)), sizeof(frame));
}

/* A UDP datagram to port 4789 (RFC 7348), by way of a MAC address. */
static void put_datagram(int fd, const uint8_t to[6], const uint8_t target[4])
{
	uint8_t frame[42] = {0};

	memcpy(frame, to, 6);
	memcpy(frame + 6, guest_mac, 6);
	memcpy(frame + 12, (const uint8_t[]){8, 0, 0x45}, 3);
	frame[17] = 28;
	frame[22] = 64;
	frame[23] = IPPROTO_UDP;
	memcpy(frame + 26, (const uint8_t[]){192, 0, 2, 9}, 4);
	memcpy(frame + 30, target, 4);
	memcpy(frame + 36, (const uint8_t[]){0x12, 0xb5, 0, 8}, 4);
	assert_int_equal(write(fd, frame, sizeof(frame)), sizeof(frame));
}

/* Two requests for the printer, and perhaps a datagram, while the facts are gathered. */
static void watch_guest(struct why_facts *facts, int requests, const uint8_t *to, const uint8_t *target)
{
	const struct netdev_addr own = {
		.family = AF_INET, .ifindex = UPLINK, .prefix_length = 24, .addr = {192, 0, 2, 21}};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	facts->watch.fd = fds[0];
	memcpy(facts->watch.mac, guest_mac, 6);
	for (int i = 0; i < requests; i++)
		put_request(fds[1]);
	if (to)
		put_datagram(fds[1], to, target);
	why_watch_answers(facts, &own, 1, UPLINK);
	port_watch_close(&facts->watch);
	close(fds[1]);
}

static void printer_of_a_guest_with_a_tunnel_is_no_gateway(void **state)
{
	static const uint8_t beyond[4] = {198, 51, 100, 10}, near[4] = {192, 0, 2, 50},
			     other[6] = {0, 0x60, 0xee, 0, 0, 9};
	struct why_facts facts;

	(void)state;
	/* The end of the tunnel is reached by the gateway. */
	for (int ago_s = 0; ago_s < 4; ago_s++) {
		facts = looking_for_a_printer(ago_s);
		watch_guest(&facts, 2, gateway_mac, beyond);
		assert_causes(&facts, "ap_isolation no_default_route");
	}
	/* Nothing is sent to the end, but a question of another network made the guest ask for nobody. */
	for (int ago_s = 2; ago_s < 4; ago_s++) {
		facts = looking_for_a_printer(ago_s);
		watch_guest(&facts, 0, NULL, NULL);
		assert_causes(&facts, "no_default_route");
	}
	/* It asks for that machine when it has to answer another network. */
	facts = looking_for_a_printer(1);
	watch_guest(&facts, 2, NULL, NULL);
	assert_causes(&facts, "wrong_gateway no_default_route");
	facts = looking_for_a_printer(9);
	watch_guest(&facts, 1, NULL, NULL);
	assert_causes(&facts, "wrong_gateway no_default_route");
	/* Its packets for the own network, and those to another machine, show no gateway. */
	facts = looking_for_a_printer(1);
	watch_guest(&facts, 2, gateway_mac, near);
	assert_causes(&facts, "wrong_gateway no_default_route");
	facts = looking_for_a_printer(1);
	watch_guest(&facts, 2, other, beyond);
	assert_causes(&facts, "wrong_gateway no_default_route");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guest_that_asked_by_dhcp_is_not_unknown),
		cmocka_unit_test(connection_tracking_may_be_full),
		cmocka_unit_test(redirection_is_a_cause_if_the_guest_is_silent),
		cmocka_unit_test(path_that_loses_frames_is_a_cause),
		cmocka_unit_test(neighbour_table_may_be_full),
		cmocka_unit_test(silence_is_a_cause_if_the_guest_does_not_answer),
		cmocka_unit_test(network_of_a_guest_is_no_cause),
		cmocka_unit_test(guest_that_sends_nothing_but_a_probe_has_no_address),
		cmocka_unit_test(multicast_is_filtered_if_only_the_answer_to_a_group_is_missing),
		cmocka_unit_test(printer_of_a_guest_with_a_tunnel_is_no_gateway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
