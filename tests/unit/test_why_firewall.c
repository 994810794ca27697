/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rule of nftables drops the frames of a guest, as firewall_find() judges a ruleset in the JSON of `nft -j`. */
#include "unit.h"

#include "why/firewall.h"

#include <string.h>

#define CHAIN(name) "{\"chain\":{\"family\":\"bridge\",\"table\":\"t\",\"name\":\"" name "\",\"handle\":1}}"
#define BASE(policy)                                                                                            \
	"{\"chain\":{\"family\":\"bridge\",\"table\":\"t\",\"name\":\"base\",\"handle\":1,\"type\":\"filter\"," \
	"\"hook\":\"forward\",\"prio\":0,\"policy\":\"" policy "\"}}"
#define RULE(chain, handle, ...)                                                                       \
	"{\"rule\":{\"family\":\"bridge\",\"table\":\"t\",\"chain\":\"" chain "\",\"handle\":" #handle \
	",\"expr\":[" __VA_ARGS__ "]}}"
#define MATCH(left, right) "{\"match\":{\"op\":\"==\",\"left\":{" left "},\"right\":\"" right "\"}},"
#define IN(port)           MATCH("\"meta\":{\"key\":\"iifname\"}", port)
#define SOURCE(mac)        MATCH("\"payload\":{\"protocol\":\"ether\",\"field\":\"saddr\"}", mac)
#define TARGET(mac)        MATCH("\"payload\":{\"protocol\":\"ether\",\"field\":\"daddr\"}", mac)
#define MARK               MATCH("\"meta\":{\"key\":\"mark\"}", "7")
#define JUMP(chain)        "{\"jump\":{\"target\":\"" chain "\"}}"
#define GOTO(chain)        "{\"goto\":{\"target\":\"" chain "\"}}"
#define DROP               "{\"drop\":null}"
#define ACCEPT             "{\"accept\":null}"
#define RETURN             "{\"return\":null}"
#define GUEST              "52:54:00:00:00:01"

static bool find_behind(const char *uplink_port, const char *items, struct firewall_hit *hit)
{
	const struct firewall_guest guest = {.port = "tap0", .bridge = "br0", .uplink_port = uplink_port, .mac = GUEST};
	json_t *list = json_loads(items, 0, NULL);
	bool found;

	assert_non_null(list);
	*hit = (struct firewall_hit){0};
	found = firewall_find(hit, list, &guest);
	json_decref(list);
	return found;
}

static bool find(const char *items, struct firewall_hit *hit)
{
	return find_behind("vifi0p", items, hit);
}

/* Of the port that leads to the uplink the name may not be known. */
static void an_unknown_port_may_be_meant(void **state)
{
	struct firewall_hit hit;

	(void)state;
	assert_false(find_behind(
		"",
		"[" BASE("drop") "," RULE("base", 5, IN("vifi0p") ACCEPT) "," RULE("base", 6, IN("tap0") ACCEPT) "]",
		&hit));
}

static void a_drop_of_all_frames_of_the_guest_is_certain(void **state)
{
	struct firewall_hit hit;

	(void)state;
	assert_true(find("[" BASE("accept") "," RULE("base", 5, IN("tap0") DROP) "]", &hit));
	assert_true(hit.certain && hit.specific && hit.from);
	assert_int_equal(hit.handle, 5);
	assert_true(find("[" BASE("drop") "]", &hit));
	assert_int_equal(hit.handle, -1);
	assert_false(find("[" BASE("accept") "," RULE("base", 5, IN("tap1") DROP) "]", &hit));
}

/* As libvirt's filter no-mac-spoofing: the guest's own address returns, others are dropped. */
static void a_return_leaves_its_chain(void **state)
{
	struct firewall_hit hit;

	(void)state;
	assert_false(find("[" BASE("accept") "," CHAIN("mac") "," RULE("base", 5, IN("tap0") JUMP("mac")) "," RULE(
				  "mac", 6, SOURCE(GUEST) RETURN) "," RULE("mac", 7, DROP) "]",
			  &hit));
	/* The caller goes on. */
	assert_true(find("[" BASE("accept") "," CHAIN("mac") "," RULE("base", 5, IN("tap0") JUMP("mac")) "," RULE(
				 "base", 8, IN("tap0") DROP) "," RULE("mac", 6, SOURCE(GUEST) RETURN) "]",
			 &hit));
	assert_true(hit.certain);
	assert_int_equal(hit.handle, 8);
}

/* A return in a base chain is its policy. */
static void a_return_of_a_base_chain_is_its_policy(void **state)
{
	struct firewall_hit hit;

	(void)state;
	assert_false(
		find("[" BASE("accept") "," RULE("base", 5, IN("tap0") RETURN) "," RULE("base", 6, IN("tap0") DROP) "]",
		     &hit));
	assert_true(find("[" BASE("drop") "," RULE("base", 5, IN("tap0") RETURN) "]", &hit));
	assert_int_equal(hit.handle, -1);
}

/* What some frames escape by a return is no certain drop of all. */
static void a_drop_after_a_conditional_return_is_not_certain(void **state)
{
	struct firewall_hit hit;

	(void)state;
	assert_true(find("[" BASE("accept") "," CHAIN("mac") "," RULE("base", 5, IN("tap0") JUMP("mac")) "," RULE(
				 "mac", 6, MARK RETURN) "," RULE("mac", 7, DROP) "]",
			 &hit));
	assert_false(hit.certain);
	assert_true(
		find("[" BASE("accept") "," CHAIN("mac") "," RULE("base", 5, IN("tap0") JUMP("mac")) "," RULE(
			     "mac", 6, MARK RETURN) "," RULE("mac", 7,
							     "{\"counter\":{\"packets\":3,\"bytes\":90}}," DROP) "]",
		     &hit));
	assert_false(hit.certain);
	assert_int_equal(hit.count, 3);
}

static void a_goto_does_not_come_back(void **state)
{
	struct firewall_hit hit;

	(void)state;
	assert_false(find("[" BASE("accept") "," CHAIN("zone") "," RULE("base", 5, IN("tap0") GOTO("zone")) "," RULE(
				  "base", 6, IN("tap0") DROP) "," RULE("zone", 7, SOURCE("52:54:00:00:00:02") DROP) "]",
			  &hit));
	assert_true(find("[" BASE("accept") "," CHAIN("zone") "," RULE("base", 5, IN("tap0") JUMP("zone")) "," RULE(
				 "base", 6, IN("tap0") DROP) "," RULE("zone", 7, SOURCE("52:54:00:00:00:02") DROP) "]",
			 &hit));
	assert_int_equal(hit.handle, 6);
}

/* Frames of a condition that is not known may have been accepted. */
static void a_drop_after_a_conditional_accept_is_not_certain(void **state)
{
	struct firewall_hit hit;

	(void)state;
	assert_false(find("[" BASE("drop") "," RULE("base", 5, MARK ACCEPT) "]", &hit));
}

/* Frames of the guest to one other end: such a drop is not about the guest, but such an accept leaves fewer to drop. */
static void rules_about_the_other_end_make_no_drop_certain(void **state)
{
	struct firewall_hit hit;

	(void)state;
	assert_false(find("[" BASE("accept") "," RULE("base", 5, TARGET("52:54:00:00:00:02") DROP) "]", &hit));
	assert_false(find("[" BASE("drop") "," RULE("base", 5, TARGET("52:54:00:00:00:02") ACCEPT) "," RULE(
				  "base", 6, SOURCE("52:54:00:00:00:02") ACCEPT) "]",
			  &hit));
	assert_false(find("[" BASE("drop") "," CHAIN("router") "," RULE(
				  "base", 5,
				  TARGET("52:54:00:00:00:02")
					  JUMP("router")) "," RULE("base", 6,
								   SOURCE("52:54:00:00:00:02") JUMP(
									   "router")) "," RULE("router", 7, ACCEPT) "]",
			  &hit));
	assert_true(find("[" BASE("accept") "," RULE("base", 5, TARGET("52:54:00:00:00:02") ACCEPT) "," RULE(
				 "base", 6, IN("tap0") DROP) "]",
			 &hit));
	assert_false(hit.certain);
	assert_int_equal(hit.handle, 6);
}

/* The guest has an IPv4 and an IPv6 address. */
static bool find_with_addresses(const char *items, struct firewall_hit *hit)
{
	json_t *list = json_loads(items, 0, NULL),
	       *addresses = json_loads("[{\"address\":\"192.0.2.9\"},{\"address\":\"2001:db8::9\"}]", 0, NULL);
	const struct firewall_guest guest = {.port = "tap0",
					     .bridge = "br0",
					     .uplink_port = "vifi0p",
					     .uplink = "wlan0",
					     .mac = GUEST,
					     .addresses = addresses};
	bool found;

	assert_non_null(list);
	*hit = (struct firewall_hit){0};
	found = firewall_find(hit, list, &guest);
	json_decref(list);
	json_decref(addresses);
	return found;
}

#define PAYLOAD(protocol, field) "\"payload\":{\"protocol\":\"" protocol "\",\"field\":\"" field "\"}"
#define MATCH_JSON(left, right)  "{\"match\":{\"op\":\"==\",\"left\":{" left "},\"right\":" right "}},"
#define ADDRESS(right)           MATCH_JSON(PAYLOAD("ip", "saddr"), right)
#define VMAP(key, data)          "{\"vmap\":{\"key\":{" key "},\"data\":" data "}}"
#define META(key)                "\"meta\":{\"key\":\"" key "\"}"
#define SET(kind, name, more)                                                                             \
	"{\"" kind "\":{\"family\":\"bridge\",\"table\":\"t\",\"name\":\"" name "\",\"type\":\"ifname\"," \
	"\"handle\":9,\"elem\":" more "}}"

/* Sets, maps, networks and ranges, as `nft -j` prints them. */
static void values_of_all_forms_are_compared(void **state)
{
	static const struct {
		const char *items;
		bool found;
	} rows[] = {
		{"[" BASE("accept") "," RULE("base", 5,
					     ADDRESS("{\"prefix\":{\"addr\":\"192.0.2.0\",\"len\":28}}") DROP) "]",
		 true},
		{"[" BASE("accept") "," RULE("base", 5,
					     ADDRESS("{\"prefix\":{\"addr\":\"192.0.2.16\",\"len\":28}}") DROP) "]",
		 false},
		{"[" BASE("accept") "," RULE("base", 5, ADDRESS("{\"range\":[\"192.0.2.8\",\"192.0.2.9\"]}") DROP) "]",
		 true},
		{"[" BASE("accept") "," RULE("base", 5, ADDRESS("{\"range\":[\"192.0.2.1\",\"192.0.2.8\"]}") DROP) "]",
		 false},
		{"[" BASE("accept") "," SET("set", "s", "[\"tap0\"]") "," RULE("base", 5,
									       MATCH(META("iifname"), "@s") DROP) "]",
		 true},
		{"[" BASE("accept") "," SET("set", "s", "[\"tap1\"]") "," RULE("base", 5,
									       MATCH(META("iifname"), "@s") DROP) "]",
		 false},
		{"[" BASE("accept") "," RULE("base", 5,
					     VMAP(META("iifname"), "{\"set\":[[\"tap0\",{\"drop\":null}]]}")) "]",
		 true},
		{"[" BASE("accept") "," RULE("base", 5,
					     VMAP(META("iifname"), "{\"set\":[[\"tap1\",{\"drop\":null}]]}")) "]",
		 false},
		{"[" BASE("accept") "," SET("map", "m", "[[\"tap0\",{\"drop\":null}]]") "," RULE(
			 "base", 5, VMAP(META("iifname"), "\"@m\"")) "]",
		 true},
		/* the map accepts the guest's frames before the rule that drops all */
		{"[" BASE("accept") "," RULE("base", 5,
					     VMAP(META("iifname"), "{\"set\":[[\"tap0\",{\"accept\":null}],[\"vifi0p\","
								   "{\"accept\":null}]]}")) "," RULE("base", 6,
												     DROP) "]",
		 false},
		{"[" BASE("accept") "," RULE(
			 "base", 5,
			 MATCH_JSON("\"concat\":[{" META("iifname") "},{" PAYLOAD("ether", "saddr") "}]",
				    "{\"set\":[{\"concat\":[\"tap0\",\"" GUEST "\"]}]}") DROP) "]",
		 true},
		{"[" BASE("accept") "," RULE(
			 "base", 5,
			 MATCH_JSON("\"concat\":[{" META("iifname") "},{" PAYLOAD("ether", "saddr") "}]",
				    "{\"set\":[{\"concat\":[\"tap1\",\"" GUEST "\"]}]}") DROP) "]",
		 false},
	};
	struct firewall_hit hit;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(find_with_addresses(rows[i].items, &hit), rows[i].found);
		assert_int_equal(hit.certain, rows[i].found);
	}
}

/* What drops all frames of one protocol is named by it. */
static void a_drop_of_one_protocol_is_certain_for_it(void **state)
{
	static const struct {
		const char *condition;
		enum firewall_class class;
		bool found;
	} rows[] = {
		{MATCH_JSON(PAYLOAD("ether", "type"), "\"arp\""), FIREWALL_ARP, true},
		{MATCH_JSON(META("protocol"), "\"ip\""), FIREWALL_IP4, true},
		{MATCH_JSON(META("protocol"), "\"ip6\""), FIREWALL_ND, true},
		{MATCH_JSON(META("pkttype"), "\"broadcast\""), FIREWALL_ARP, true},
		{MATCH_JSON(PAYLOAD("icmpv6", "type"), "{\"set\":[\"nd-neighbor-solicit\",\"nd-neighbor-advert\"]}"),
		 FIREWALL_ND, true},
		{MATCH_JSON(PAYLOAD("icmpv6", "type"), "\"nd-router-advert\""), FIREWALL_ANY, false},
		{MATCH_JSON(PAYLOAD("tcp", "dport"), "25"), FIREWALL_ANY, false},
		{MATCH_JSON(PAYLOAD("ip", "protocol"), "\"udp\""), FIREWALL_ANY, false},
		{MATCH_JSON(PAYLOAD("udp", "dport"), "67"), FIREWALL_ANY, false}, /* a guest with an address keeps it */
		{MATCH_JSON(META("protocol"), "\"8021q\""), FIREWALL_ANY, false},
	};
	struct firewall_hit hit;
	char items[2000];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(items, sizeof(items), "[" BASE("accept") "," RULE("base", 5, "%s" DROP) "]",
			 rows[i].condition);
		assert_int_equal(find_with_addresses(items, &hit), rows[i].found);
		if (rows[i].found) {
			assert_true(hit.certain);
			assert_int_equal(hit.class, rows[i].class);
		}
	}
	/* A guest that asks for its first address needs DHCP. */
	assert_true(
		find("[" BASE("accept") "," RULE("base", 5, MATCH_JSON(PAYLOAD("udp", "dport"), "67") DROP) "]", &hit));
	assert_true(hit.certain && hit.class == FIREWALL_DHCP);
}

/* At a device: where frames of the guest leave or arrive, and nowhere else. */
static void hooks_of_devices_on_the_path_count(void **state)
{
	static const struct {
		const char *device, *hook;
		bool found, from;
	} rows[] = {
		{"tap0", "ingress", true, true},    {"tap0", "egress", true, false}, {"vifi0p", "egress", true, true},
		{"vifi0p", "ingress", true, false}, {"wlan0", "egress", true, true}, {"wlan0", "ingress", false, false},
		{"tap1", "ingress", false, false},
	};
	struct firewall_hit hit;
	char items[600];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(items, sizeof(items),
			 "[{\"chain\":{\"family\":\"netdev\",\"table\":\"t\",\"name\":\"c\",\"handle\":1,"
			 "\"type\":\"filter\",\"hook\":\"%s\",\"dev\":\"%s\",\"prio\":0,\"policy\":\"drop\"}}]",
			 rows[i].hook, rows[i].device);
		assert_int_equal(find_with_addresses(items, &hit), rows[i].found);
		assert_int_equal(hit.from, rows[i].from);
	}
}

/* Those of iptables are known by name only, so that what they do is assumed. */
static void firewalls_of_connections_may_drop_new_ones(void **state)
{
	static const char established[] = MATCH_JSON("\"ct\":{\"key\":\"state\"}", "[\"established\",\"related\"]"),
			  tracked[] = "{\"xt\":{\"type\":\"match\",\"name\":\"conntrack\"}},", none[] = MARK;
	const struct {
		const char *answers, *more, *policy;
		bool found, certain, assumed;
	} rows[] = {
		{established, none, "drop", true, true, false},
		{established, none, "accept", false, false, false},
		{established, MATCH_JSON("\"ct\":{\"key\":\"state\"}", "\"new\""), "drop", false, false, false},
		{established, IN("tap0"), "drop", false, false, false},
		{established, MATCH_JSON(PAYLOAD("icmp", "type"), "\"echo-request\""), "drop", true, true, false},
		{established, MATCH_JSON(PAYLOAD("tcp", "dport"), "443"), "drop", false, false, false},
		{tracked, MATCH_JSON(PAYLOAD("icmp", "type"), "\"echo-request\""), "drop", true, false, true},
		{tracked, IN("tap0"), "drop", false, false, false},
	};
	struct firewall_hit hit;
	char items[2000];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* a mark may be that of the frames: a rule with it accepts nothing here */
		const char *verdict = rows[i].more == none ? "{\"counter\":null}" : ACCEPT;

		snprintf(items, sizeof(items),
			 "[" BASE("%s") "," RULE("base", 5, "%s" ACCEPT) "," RULE("base", 6, "%s%s") "]",
			 rows[i].policy, rows[i].answers, rows[i].more, verdict);
		if (find_with_addresses(items, &hit) != rows[i].found)
			fail_msg("row %zu", i);
		if (rows[i].found && (hit.certain != rows[i].certain || hit.assumed != rows[i].assumed ||
				      hit.class != FIREWALL_NEW4 || !hit.from))
			fail_msg("row %zu: certain %d, assumed %d, class %d", i, hit.certain, hit.assumed, hit.class);
	}
}

/* A queue without a program, another interface, another header: only if a test frame was lost are they to blame. */
static void diversions_count_if_a_frame_was_lost(void **state)
{
	static const char *const statements[] = {
		"{\"queue\":{\"num\":3}}", "{\"xt\":{\"type\":\"target\",\"name\":\"NFQUEUE\"}}",
		"{\"fwd\":{\"dev\":\"lo\"}}",
		"{\"mangle\":{\"key\":{" PAYLOAD("ether", "daddr") "},\"value\":\"" GUEST "\"}}"};
	struct firewall_guest guest = {.port = "tap0", .bridge = "br0", .uplink_port = "vifi0p", .mac = GUEST};
	struct firewall_hit hit = {0};
	char items[600];

	(void)state;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		json_t *list;

		snprintf(items, sizeof(items), "[" BASE("accept") "," RULE("base", 5, "%s") "]", statements[i]);
		list = json_loads(items, 0, NULL);
		assert_non_null(list);
		guest.lost = false;
		assert_false(firewall_find(&hit, list, &guest));
		guest.lost = true;
		assert_true(firewall_find(&hit, list, &guest));
		assert_string_not_equal(hit.verb, "drops");
		json_decref(list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drop_of_all_frames_of_the_guest_is_certain),
		cmocka_unit_test(a_return_leaves_its_chain),
		cmocka_unit_test(a_return_of_a_base_chain_is_its_policy),
		cmocka_unit_test(a_drop_after_a_conditional_return_is_not_certain),
		cmocka_unit_test(a_goto_does_not_come_back),
		cmocka_unit_test(values_of_all_forms_are_compared),
		cmocka_unit_test(a_drop_of_one_protocol_is_certain_for_it),
		cmocka_unit_test(hooks_of_devices_on_the_path_count),
		cmocka_unit_test(an_unknown_port_may_be_meant),
		cmocka_unit_test(rules_about_the_other_end_make_no_drop_certain),
		cmocka_unit_test(a_drop_after_a_conditional_accept_is_not_certain),
		cmocka_unit_test(firewalls_of_connections_may_drop_new_ones),
		cmocka_unit_test(diversions_count_if_a_frame_was_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
