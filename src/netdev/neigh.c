/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/neigh.h"

#include <errno.h>
#include <string.h>

#include <linux/neighbour.h>
#include <netlink/netlink.h>
#include <netlink/route/neighbour.h>
#include <sys/socket.h>

/* States in which the kernel itself would send to the neighbour. */
enum { USABLE_STATES = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT };

static int find_lladdr(struct nl_cache *cache, int ifindex, int family, const uint8_t *addr, uint8_t mac[6])
{
	struct nl_addr *dst = nl_addr_build(family, addr, family == AF_INET ? 4 : 16);
	struct rtnl_neigh *neigh = dst ? rtnl_neigh_get(cache, ifindex, dst) : NULL;
	struct nl_addr *lladdr = neigh ? rtnl_neigh_get_lladdr(neigh) : NULL;
	int ret = -ENOENT;

	if (lladdr && nl_addr_get_len(lladdr) == 6 && rtnl_neigh_get_state(neigh) & USABLE_STATES) {
		memcpy(mac, nl_addr_get_binary_addr(lladdr), 6);
		ret = 0;
	}
	if (neigh)
		rtnl_neigh_put(neigh);
	nl_addr_put(dst);
	return ret;
}

int netdev_neighbour(int ifindex, int family, const uint8_t *addr, uint8_t mac[6])
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_cache *cache = NULL;
	int ret = -EIO;

	if (sock && nl_connect(sock, NETLINK_ROUTE) == 0 && rtnl_neigh_alloc_cache(sock, &cache) == 0) {
		ret = find_lladdr(cache, ifindex, family, addr, mac);
		nl_cache_free(cache);
	}
	nl_socket_free(sock);
	return ret;
}

int netdev_fdb_set_sticky(int port, const uint8_t mac[6])
{
	struct nl_sock *sock = nl_socket_alloc();
	struct rtnl_neigh *neigh = rtnl_neigh_alloc();
	struct nl_addr *lladdr = nl_addr_build(AF_LLC, mac, 6);
	int ret = -EIO;

	if (sock && neigh && lladdr && nl_connect(sock, NETLINK_ROUTE) == 0) {
		rtnl_neigh_set_family(neigh, AF_BRIDGE);
		rtnl_neigh_set_ifindex(neigh, port);
		rtnl_neigh_set_lladdr(neigh, lladdr);
		rtnl_neigh_set_state(neigh, NUD_NOARP);
		rtnl_neigh_set_flags(neigh, NTF_MASTER | NTF_STICKY);
		ret = rtnl_neigh_add(sock, neigh, NLM_F_CREATE | NLM_F_REPLACE) < 0 ? -EIO : 0;
	}
	if (lladdr)
		nl_addr_put(lladdr);
	if (neigh)
		rtnl_neigh_put(neigh);
	nl_socket_free(sock);
	return ret;
}
