/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of the uplink's network and of others. */
#include "unit.h"

#include "bridge/policy/on_link.h"

#include <arpa/inet.h>

static void add(struct on_link *list, const char *text, unsigned length)
{
	uint8_t addr[16] = {0};
	bool ip6 = strchr(text, ':');

	assert_int_equal(inet_pton(ip6 ? AF_INET6 : AF_INET, text, addr), 1);
	assert_true(on_link_add(list, ip6 ? MN_IP6 : MN_IP4, addr, length));
}

static enum on_link_verdict check(const struct on_link *list, const char *text, uint8_t flags, uint16_t vlan)
{
	bool ip6 = strchr(text, ':');
	struct mn_key key = {.family = ip6 ? MN_IP6 : MN_IP4, .vlan = vlan};
	struct mn_binding binding = {.kind = MN_GUEST, .flags = flags};

	assert_int_equal(inet_pton(ip6 ? AF_INET6 : AF_INET, text, key.addr), 1);
	return on_link_check(list, &key, &binding);
}

static void addresses_are_compared_with_networks_of_their_kind(void **state)
{
	struct on_link list = {0};

	(void)state;
	assert_int_equal(check(&list, "192.0.2.1", 0, 0), ON_LINK_UNKNOWN);
	add(&list, "192.0.2.77", 25); /* an address of this host */
	assert_int_equal(check(&list, "192.0.2.1", 0, 0), ON_LINK_YES);
	assert_int_equal(check(&list, "192.0.2.127", 0, 0), ON_LINK_YES);
	assert_int_equal(check(&list, "192.0.2.128", 0, 0), ON_LINK_NO);
	assert_int_equal(check(&list, "2001:db8::1", 0, 0), ON_LINK_UNKNOWN);
	add(&list, "fd00:1::", 64);
	assert_int_equal(check(&list, "fd00:1::5", 0, 0), ON_LINK_YES);
	assert_int_equal(check(&list, "fd00:2::5", 0, 0), ON_LINK_NO);
	assert_int_equal(check(&list, "2001:db8::1", 0, 0),
			 ON_LINK_UNKNOWN); /* the host has a unique local network only */
	add(&list, "2001:db8::", 64);
	assert_int_equal(check(&list, "2001:db8::1", 0, 0), ON_LINK_YES);
	assert_int_equal(check(&list, "2001:db8:0:1::1", 0, 0), ON_LINK_NO);
	on_link_free(&list);
}

static void some_networks_say_nothing(void **state)
{
	struct on_link list = {0};

	(void)state;
	add(&list, "0.0.0.0", 0);
	add(&list, "10.1.2.3", 32);
	add(&list, "169.254.0.0", 16);
	add(&list, "224.0.0.0", 4);
	add(&list, "fe80::", 64);
	add(&list, "ff00::", 8);
	add(&list, "2001:db8::1", 128);
	assert_int_equal(list.count, 0);
	add(&list, "10.0.0.0", 8);
	add(&list, "10.2.0.0", 8);
	assert_int_equal(list.count, 1);
	on_link_free(&list);
}

static void some_addresses_are_not_judged(void **state)
{
	struct on_link list = {0};

	(void)state;
	add(&list, "192.0.2.0", 24);
	add(&list, "2001:db8::", 64);
	assert_int_equal(check(&list, "198.51.100.1", 0, 0), ON_LINK_NO);
	assert_int_equal(check(&list, "198.51.100.1", MN_F_PIN, 0), ON_LINK_UNKNOWN);
	assert_int_equal(check(&list, "198.51.100.1", 0, 7), ON_LINK_UNKNOWN);
	assert_int_equal(check(&list, "169.254.3.4", 0, 0), ON_LINK_UNKNOWN);
	assert_int_equal(check(&list, "fe80::1", 0, 0), ON_LINK_UNKNOWN);
	on_link_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_compared_with_networks_of_their_kind),
		cmocka_unit_test(some_networks_say_nothing),
		cmocka_unit_test(some_addresses_are_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
