/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links, addresses, routes and bridge ports of this network namespace, by rtnetlink.
 *
 * One `struct netdev` is one request socket, used by one thread. Each function asks the kernel: nothing is cached, so
 * that an answer is never older than the call. Functions return 0, or a negative errno.
 */
#ifndef VIFI_NETDEV_RTNL_H
#define VIFI_NETDEV_RTNL_H

#include <netinet/in.h> /* before the kernel's headers, which otherwise define struct in6_addr again (musl) */

#include <linux/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netdev;
struct fdb_entry;

struct netdev_link {
	int ifindex;
	int master;               /* the bridge or bond this link is a port of; 0: none */
	int peer;                 /* the other end of a veth or the link below, in this namespace; or 0 */
	uint16_t vlan;            /* of a VLAN interface of `peer`; 0: another kind */
	unsigned int flags;       /* IFF_* */
	int mtu;                  /* bytes */
	unsigned int arptype;     /* ARPHRD_* */
	bool carrier;             /* and fit for data: a Wi-Fi station without keys is not */
	unsigned int promiscuity; /* how many users receive all frames */
	uint32_t xdp;             /* the id of its XDP program; 0: none */
	char qdisc[16];           /* the kind of its queueing discipline; empty: unknown */
	struct {                  /* of a bridge */
		bool vlan_filtering, stp, nf_call; /* nf_call: iptables or ip6tables see its frames */
		bool snooping;                     /* it sends frames to a group only where that was asked for */
	} bridge;
	struct { /* of a port of a bridge */
		bool forwarding, learning, isolated, locked;
		bool no_multicast, no_broadcast; /* it gets no frames to groups, no broadcasts */
		bool no_unicast;                 /* no frames for addresses that the bridge does not know */
		bool proxy_arp; /* the bridge answers ARP in the name of others there, and floods nothing to it */
	} port;
	uint8_t mac[6];
	uint8_t permanent_mac[6];        /* of the hardware; zero: it has none */
	uint64_t rx_packets, tx_packets; /* since it was created */
	char name[IFNAMSIZ];
	char kind[16];   /* "bridge", "veth", …; empty for hardware */
	char alias[256]; /* ifalias */
};

struct netdev_addr {
	int ifindex;
	int family;            /* AF_INET, AF_INET6 */
	uint8_t prefix_length; /* bits */
	bool has_broadcast;
	bool tentative;   /* duplicate address detection is running, or has failed (RFC 4862, 5.4.5) */
	uint8_t addr[16]; /* the first 4 bytes for AF_INET */
	uint8_t broadcast[4];
};

/* A unicast route; one with several next hops is several of these. */
struct netdev_route {
	int ifindex;             /* of the outgoing link */
	int family;              /* of the destination */
	uint8_t prefix_length;   /* bits; 0: a default route */
	uint8_t destination[16]; /* the first 4 bytes for AF_INET */
	uint32_t metric;         /* of two routes to one destination, the lower one is used */
	int gateway_family;      /* of the next hop; 0: the network is connected */
	uint8_t gateway[16];
};

/* Opens a request socket. The caller closes it. */
int netdev_open(struct netdev **nd);
void netdev_close(struct netdev *nd);

/* Why the last request returned `ret`: the kernel's explanation if it gave one, otherwise the text of the errno. */
const char *netdev_reason(const struct netdev *nd, int ret);

/* Finds one link; -ENODEV if there is none. */
int netdev_link_by_name(struct netdev *nd, const char *name, struct netdev_link *link);
int netdev_link_by_index(struct netdev *nd, int ifindex, struct netdev_link *link);

/* Lists; the caller frees *list, which is NULL when *count is 0. */
int netdev_links(struct netdev *nd, struct netdev_link **list, size_t *count);
int netdev_addrs(struct netdev *nd, struct netdev_addr **list, size_t *count);
int netdev_routes(struct netdev *nd, struct netdev_route **list, size_t *count); /* unicast routes of all tables */

/*
 * Asks by which interface this host sends to an address, by all its rules and tables. Returns 0 with *ifindex, or the errno by
 * which the kernel refuses to send: -EINVAL (blackhole), -EHOSTUNREACH, -EACCES (prohibit), -ENETUNREACH (no route).
 */
int netdev_route_to(struct netdev *nd, int family, const uint8_t *addr, int *ifindex);

/* The link in a list that has this index, its name, and the link with this name; NULL: there is none. */
const struct netdev_link *netdev_link_in(const struct netdev_link *list, size_t count, int ifindex);
const char *netdev_link_name_in(const struct netdev_link *list, size_t count, int ifindex);
const struct netdev_link *netdev_link_named(const struct netdev_link *list, size_t count, const char *name);

/*
 * The bridge port (ifindex) of a MAC address, of untagged frames; a negative errno for an unknown address and for one of
 * the bridge itself. See netdev/fdb.h.
 */
int netdev_fdb_port(struct netdev *nd, int bridge, const uint8_t mac[6]);
/* The whole entry, and the fixed entries of a port: see netdev/fdb.h. */
int netdev_fdb_entry(struct netdev *nd, int bridge, const uint8_t mac[6], struct fdb_entry *entry);
int netdev_fdb_list_fixed(struct netdev *nd, int bridge, int port, uint8_t (**macs)[6], size_t *count);

/* Creates links, down and without a master; -EEXIST when a name is taken. */
int netdev_bridge_create(struct netdev *nd, const char *name);
int netdev_veth_create(struct netdev *nd, const char *name, const uint8_t mac[6], const char *peer);
int netdev_vlan_create(struct netdev *nd, const char *name, int below, uint16_t id); /* of the link `below` */
int netdev_link_delete(struct netdev *nd, int ifindex);

/* Sets the flags of `mask` to their values in `flags`. */
int netdev_set_flags(struct netdev *nd, int ifindex, unsigned int flags, unsigned int mask);
int netdev_set_mtu(struct netdev *nd, int ifindex, int mtu);
int netdev_set_master(struct netdev *nd, int ifindex, int master);
int netdev_set_mac(struct netdev *nd, int ifindex, const uint8_t mac[6]);
int netdev_set_alias(struct netdev *nd, int ifindex, const char *alias);
/* Changes the carrier that the driver reports; -EOPNOTSUPP for drivers that cannot (veth among them). */
int netdev_set_carrier(struct netdev *nd, int ifindex, bool carrier);
/*
 * Leaves it to this program when a link with carrier passes data (link mode "dormant", RFC 2863), and says whether it
 * does. netdev_reset_operstate() returns to the default: carrier suffices.
 */
int netdev_set_operstate(struct netdev *nd, int ifindex, bool up);
int netdev_reset_operstate(struct netdev *nd, int ifindex);

/*
 * Watches links, addresses and routes, or links alone. The descriptor becomes readable when one of them changes;
 * netdev_watch_drain() discards the reports and returns whether there were any (netlink_watch_drain) beside events of the
 * wireless extensions. The caller closes the descriptor.
 */
int netdev_watch_open(void);
int netdev_watch_links_open(void);
bool netdev_watch_drain(int fd);

#endif
