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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drop_of_all_frames_of_the_guest_is_certain),
		cmocka_unit_test(a_return_leaves_its_chain),
		cmocka_unit_test(a_return_of_a_base_chain_is_its_policy),
		cmocka_unit_test(a_drop_after_a_conditional_return_is_not_certain),
		cmocka_unit_test(a_goto_does_not_come_back),
		cmocka_unit_test(an_unknown_port_may_be_meant),
		cmocka_unit_test(rules_about_the_other_end_make_no_drop_certain),
		cmocka_unit_test(a_drop_after_a_conditional_accept_is_not_certain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
