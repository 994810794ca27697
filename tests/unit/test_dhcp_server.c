/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which socket is a DHCP server for the bridge of the guests. */
#include "unit.h"

#include "bridge/policy/dhcp_server.h"

#include <string.h>
#include <sys/socket.h>

enum { BRIDGE = 7, OTHER = 8 };

static const struct netdev_addr addrs[] = {
	{.ifindex = OTHER, .family = AF_INET, .prefix_length = 24, .addr = {10, 9, 0, 1}},
	{.ifindex = BRIDGE, .family = AF_INET6, .prefix_length = 64, .addr = {0xfe, 0x80, [15] = 1}},
	{.ifindex = BRIDGE, .family = AF_INET, .prefix_length = 24, .addr = {192, 168, 122, 1}},
	{.ifindex = BRIDGE, .family = AF_INET6, .prefix_length = 64, .addr = {0xfd, 1, [15] = 1}},
};

/* Is this socket a server while the bridge has the first `n_addrs` of the addresses? */
static bool is_server(struct netdev_listener listener, size_t n_addrs)
{
	return dhcp_server_find(&listener, 1, BRIDGE, addrs, n_addrs) != NULL;
}

static void device_of_socket_decides(void **state)
{
	(void)state;
	assert_true(is_server((struct netdev_listener){.family = AF_INET, .port = 67, .ifindex = BRIDGE}, 0));
	assert_false(is_server((struct netdev_listener){.family = AF_INET, .port = 67, .ifindex = OTHER}, 4));
	assert_true(is_server((struct netdev_listener){.family = AF_INET6, .port = 547, .ifindex = BRIDGE}, 0));
}

static void address_of_socket_decides(void **state)
{
	struct netdev_listener own = {.family = AF_INET, .port = 67, .addr = {192, 168, 122, 1}};
	struct netdev_listener other = {.family = AF_INET, .port = 67, .addr = {10, 9, 0, 1}};

	(void)state;
	assert_true(is_server(own, 4));
	assert_false(is_server(own, 2));
	assert_false(is_server(other, 4));
}

/* A server needs an address of its own on the interface that it serves. */
static void wildcard_needs_address_of_bridge(void **state)
{
	struct netdev_listener wild = {.family = AF_INET, .port = 67}, wild6 = {.family = AF_INET6, .port = 547};

	(void)state;
	assert_false(is_server(wild, 0));
	assert_false(is_server(wild, 2));
	assert_true(is_server(wild, 3));
	assert_false(is_server(wild6, 3)); /* link-local only */
	assert_true(is_server(wild6, 4));
	assert_null(dhcp_server_find(NULL, 0, BRIDGE, addrs, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_of_socket_decides),
		cmocka_unit_test(address_of_socket_decides),
		cmocka_unit_test(wildcard_needs_address_of_bridge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
