/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict about a guest from facts alone, where a test of the whole cannot have them. tests/net/test_why*.py have real ones. */
#include "unit.h"

#include "bridge/problems.h"
#include "why/why.h"

#include <string.h>

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
