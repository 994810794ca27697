/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/neigh.h"

#include <errno.h>
#include <string.h>

#include <linux/neighbour.h>
#include <netlink/netlink.h>
#include <netlink/route/neighbour.h>
#include <sys/socket.h>

/* States in which the kernel itself would send to the neighbour. */
enum { KNOWN = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT };

static int find(struct nl_cache *cache, int ifindex, int family, const uint8_t *addr, uint8_t mac[6])
{
	struct nl_addr *dst = nl_addr_build(family, addr, family == AF_INET ? 4 : 16);
	struct rtnl_neigh *neigh = dst ? rtnl_neigh_get(cache, ifindex, dst) : NULL;
	struct nl_addr *ll = neigh ? rtnl_neigh_get_lladdr(neigh) : NULL;
	int r = -ENOENT;

	if (ll && nl_addr_get_len(ll) == 6 && rtnl_neigh_get_state(neigh) & KNOWN) {
		memcpy(mac, nl_addr_get_binary_addr(ll), 6);
		r = 0;
	}
	if (neigh)
		rtnl_neigh_put(neigh);
	nl_addr_put(dst);
	return r;
}

int netdev_neighbour(int ifindex, int family, const uint8_t *addr, uint8_t mac[6])
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_cache *cache = NULL;
	int r = -EIO;

	if (sock && nl_connect(sock, NETLINK_ROUTE) == 0 && rtnl_neigh_alloc_cache(sock, &cache) == 0) {
		r = find(cache, ifindex, family, addr, mac);
		nl_cache_free(cache);
	}
	nl_socket_free(sock);
	return r;
}

int netdev_fdb_hold(int port, const uint8_t mac[6])
{
	struct nl_sock *sock = nl_socket_alloc();
	struct rtnl_neigh *neigh = rtnl_neigh_alloc();
	struct nl_addr *ll = nl_addr_build(AF_LLC, mac, 6);
	int r = -EIO;

	if (sock && neigh && ll && nl_connect(sock, NETLINK_ROUTE) == 0) {
		rtnl_neigh_set_family(neigh, AF_BRIDGE);
		rtnl_neigh_set_ifindex(neigh, port);
		rtnl_neigh_set_lladdr(neigh, ll);
		rtnl_neigh_set_state(neigh, NUD_NOARP);
		rtnl_neigh_set_flags(neigh, NTF_MASTER | NTF_STICKY);
		r = rtnl_neigh_add(sock, neigh, NLM_F_CREATE | NLM_F_REPLACE) < 0 ? -EIO : 0;
	}
	if (ll)
		nl_addr_put(ll);
	if (neigh)
		rtnl_neigh_put(neigh);
	nl_socket_free(sock);
	return r;
}
