/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/dhcp_server.h"

#include "wire/ip.h"

#include <string.h>
#include <sys/socket.h>

const uint16_t dhcp_server_ports[2] = {67, 547};

static size_t address_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

static bool is_any(const struct netdev_listener *listener)
{
	static const uint8_t any[16];

	return !memcmp(listener->addr, any, address_size(listener->family));
}

/* An automatic IPv6 address is no sign of a server. */
static bool is_automatic(const struct netdev_addr *addr)
{
	return addr->family == AF_INET6 && ip6_is_link_local(addr->addr);
}

static bool serves(const struct netdev_listener *listener, int bridge, const struct netdev_addr *addrs, size_t n_addrs)
{
	if (listener->ifindex)
		return listener->ifindex == bridge;
	for (size_t i = 0; i < n_addrs; i++) {
		const struct netdev_addr *addr = &addrs[i];

		if (addr->ifindex != bridge || addr->family != listener->family)
			continue;
		if (is_any(listener) ? !is_automatic(addr)
				     : !memcmp(addr->addr, listener->addr, address_size(addr->family)))
			return true;
	}
	return false;
}

const struct netdev_listener *dhcp_server_find(const struct netdev_listener *listeners, size_t n_listeners, int bridge,
					       const struct netdev_addr *addrs, size_t n_addrs)
{
	for (size_t i = 0; i < n_listeners; i++)
		if (serves(&listeners[i], bridge, addrs, n_addrs))
			return &listeners[i];
	return NULL;
}
