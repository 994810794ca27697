/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi why GUEST`: why frames of a guest do not arrive. facts.c gathers what this machine knows, judge.c makes a verdict of
 * it: causes, the decisive one first, and what was looked at and found in order.
 *
 * Whose word a fact rests on: ports, links and counters are the kernel's; bindings are what vifi has seen on the ports. A guest's
 * own name for itself is used to find it, and for nothing else.
 */
#ifndef VIFI_WHY_WHY_H
#define VIFI_WHY_WHY_H

#include "base/error.h"
#include "base/finding.h"
#include "netdev/iptables_legacy.h"
#include "netdev/link_filters.h"
#include "why/path_probe.h"
#include "why/port_watch.h"

#include <jansson.h>
#include <stdint.h>

struct why_port {
	char name[16]; /* empty: unknown */
	bool exists, up, carrier, in_bridge, forwarding, locked, isolated;
	int mtu;
};

/* vifi's programs at the uplink and at the port of its veth; of the user-space engine nothing is missing. */
struct why_programs {
	char missing[16],
		missing_at[16]; /* the name of a program that is not attached, and its interface; empty: none */
	uint32_t ahead;         /* the id of a program that runs before vifi's; 0: none */
	char ahead_at[16];
};

/* What this host does with packets of the guest. */
struct why_host {
	struct why_programs programs;
	char routed_network[64]; /* the network of the guest, which this host routes through the bridge; empty: none */
	bool routed_ip6, forwards; /* that family */
	long long ra_in;           /* router advertisements that the uplink has received; -1: unknown */
	char veth_port[16];        /* vifi0p, wherever it is; empty: unknown */
	char uplink_port[16];      /* the same if it is a port of the bridge */
	bool veth_up, veth_forwarding, veth_isolated;
	char veth_end[16];      /* the other end of that veth, to the uplink; empty: unknown */
	char veth_end_down[16]; /* the same if it is down although the uplink is connected */
	char qdisc_veth[16];    /* of that end */
	uint64_t qdisc_veth_drops;
	bool uplink_arp_off;
	bool ra_ignored; /* the uplink takes no router advertisements, because this host forwards IPv6 */
	bool snooping;   /* of the bridge, for groups */
	long long neighbours, neighbours_max; /* of IPv4 in the kernel's table; 0: unknown */
	bool vlan_filtering, shares_vlan;     /* shares_vlan: the guest's PVID is a VLAN of the uplink's port */
	bool tags_guest;                      /* frames of the uplink's PVID leave the guest's port with a tag */
	uint16_t port_pvid, uplink_pvid;      /* 0: none */
	uint32_t xdp_uplink, xdp_port;        /* ids of XDP programs; 0: none */
	char qdisc_uplink[16], qdisc_port[16];
	uint64_t qdisc_uplink_drops, qdisc_port_drops;
	char port_program[16]; /* a program at the guest's port that is not vifi's; empty: none */
	char flood_at[16];     /* a bridge port that gets not all frames of groups; empty: none */
	const char *flood;     /* which ones, the flag of `bridge link set` */
	char mac_owner[16];    /* an interface of this host with the guest's MAC address; empty: none */
	char fixed_at[16]; /* another port to which a fixed entry of the FDB sends the guest's frames; empty: none */
	bool unlearned;    /* the FDB does not know the guest, and its port gets only frames for known addresses */
	struct netdev_tc_drop tc_drop;
	char tc_drop_at[16];
	int conntrack_count, conntrack_max; /* 0: no connection tracking */
	bool nf_call;                       /* br_netfilter applies to the bridge */
	bool has_legacy_drop;
	struct iptables_legacy_drop legacy_drop; /* of the guest\'s IPv4 address, of packets that cross the bridge */
	json_t *ip_firewall; /* items of ip, ip6 and inet, read if this host does not reach the guest; NULL: not read */
	json_t *firewall;    /* items of nftables: bridge, netdev, and with nf_call ip, ip6, inet; NULL: unreadable */
};

/* Questions to the network, in the order of the rounds in which they are asked. */
enum why_question {
	WHY_GUEST,     /* does the guest answer at its own port? */
	WHY_DUPLICATE, /* who else has the guest's address? */
	WHY_OWN,       /* who else has this host's? */
	WHY_UNUSED,    /* who has an address that probably nobody has? */
	WHY_MULTICAST, /* IPv6: a probe for the gateway's address, which it answers to all nodes (RFC 4861, 7.2.4) */
	WHY_GATEWAY_BY_HOST,
	WHY_GATEWAY_BY_GUEST,
	WHY_WANTED_BY_HOST,
	WHY_WANTED_BY_GUEST,
	WHY_GUEST_ECHO,   /* at its own port, if it answers ARP */
	WHY_GUEST_BEYOND, /* an echo request from another network: to which MAC address does the guest answer? */
	WHY_GUEST_FULL,   /* with the MTU of its port */
	WHY_GUEST_MIN6,   /* with the least MTU of IPv6 */
	WHY_ECHO_BY_HOST, /* the gateway's answer to echo requests */
	WHY_ECHO_BY_GUEST,
	WHY_ECHO_FULL,    /* of this host, with the uplink's MTU */
	WHY_PEER_BY_HOST, /* a machine of another network to which the guest sends */
	WHY_PEER_BY_GUEST,
	WHY_PEER_NEAR,  /* a packet to it whose hop limit ends at the gateway: would the gateway forward it? */
	WHY_OTHER_NEAR, /* IPv6: has another machine, to which the guest sends, a route to other networks? */
	WHY_DNS_BY_HOST,
	WHY_DNS_BY_GUEST,
	WHY_RETURNED,  /* has the gateway received a packet of the guest, which it forwards to this host? */
	WHY_OTHER,     /* the same of another machine, to which the guest sends its packets for other networks */
	WHY_FORWARDED, /* does the gateway forward a packet of this host to the guest? */
	WHY_PROXIED,   /* who answers for a second unused address? */
	WHY_WANTED_BY_GATEWAY, /* does the machine exist for which the guest asks in vain? */
	WHY_QUESTIONS,
};

enum why_path { WHY_PATH_ARP, WHY_PATH_ECHO, WHY_PATHS };

/* A machine other than the gateway that the guest takes for a router of IPv6. */
struct why_router {
	bool is_found, is_guest;
	bool is_used; /* the guest sends to it what is for other networks */
	uint8_t mac[6];
	const char *port;    /* of a guest, or the uplink, borrowed; empty: gone */
	const json_t *row;   /* what it has advertised, borrowed from the report; NULL: nothing was seen */
	const char *foreign; /* an address of the guest by its advertisement, not of the network; NULL: none */
};

/* What the network answers to this host, and to one address of the guest; facts_wire.c. */
struct why_wire {
	bool ip6;
	const json_t *asked;                        /* the guest's address, of its row; NULL: nothing was asked */
	uint8_t address[16], host[16], gateway[16]; /* the first 4 bytes for IPv4 */
	uint8_t local[16];                          /* of IPv6: the link-local address of this host; zero: none */
	uint8_t wanted[16];                         /* whom the guest asks for by ARP in vain */
	bool no_family;                             /* this host has no address of this family on the uplink */
	bool has_host, has_gateway, has_wanted, wanted_in_network;
	bool uses_gateway;         /* the guest has sent an IPv4 packet for another network to the gateway meanwhile */
	bool routable;             /* a router forwards packets of the guest's address and of the host's */
	uint8_t peer[16], dns[16]; /* to which the guest sends; its server, or this host's */
	bool has_peer, peer_answered, has_dns, dns_answered, dns_in_network;
	bool is_asked[WHY_QUESTIONS];
	struct wire_question questions[WHY_QUESTIONS];
	int route_error;                    /* by which this host refuses to send to the address; 0: it does not */
	char route_by[16];                  /* the interface by which it sends, unless that is the uplink */
	bool host_asked, host_reaches;      /* an echo request of this host to the guest, which answers at its port */
	struct why_router router;           /* of IPv6 */
	bool path_asked;                    /* else nothing is known of the paths */
	struct path_probe paths[WHY_PATHS]; /* through this host */
};

enum { WHY_FAMILIES = 2 }; /* IPv4, IPv6 */

struct why_facts {
	struct wait_budget budget; /* the time that remains */
	struct port_watch watch;   /* of the guest's port, while the facts are gathered */
	const char *asked;         /* the operand, borrowed */
	char uplink[16];           /* as named or found; empty: no bridge runs */
	char others[128];          /* the uplinks of all bridges, if none has the name that was given; empty: none */
	char bridge[16];           /* empty: unknown */
	bool bridge_down;
	char mac[24];           /* of the guest; empty: unknown */
	json_t *report;         /* with problems and all bindings (bridge/report.h); NULL: there is none */
	const json_t *departed; /* its row, if its port has left the bridge, borrowed from the report; NULL: none */
	json_t *guest;          /* its row, borrowed from the report; NULL: it has no binding */
	struct why_port port;   /* of the guest */
	int stopped;            /* the process of the bridge, which is stopped by a signal; 0: none is */
	bool no_guest;          /* the operand is an address of this host, of a gateway or of a station */
	int uplink_mtu;         /* 0: unknown */
	struct why_host host;
	struct why_wire wires[WHY_FAMILIES];
	struct wire_question server;   /* the server of a lease of another network: is it here? Not asked: ifindex 0 */
	struct wire_question claimant; /* who has the address that no guest has? Not asked: ifindex 0 */
	char own_server[96];           /* a DHCP server of this host for the bridge, in words; empty: none */
	bool dhcp_port_closed;         /* the server that answered another guest says that its UDP port 67 is closed */
	struct findings check;         /* of `vifi bridge check` */
};

/*
 * Gathers the facts about `asked`: an IP or MAC address, a name, or a port. `uplink`: NULL for the only bridge that
 * runs. Returns 0, or a negative errno with a sentence. Free the facts in any case.
 */
int why_gather(struct why_facts *facts, const char *asked, const char *uplink, struct error *error);
void why_free(struct why_facts *facts);

/* Facts about this host, part of why_gather(); facts_host.c. */
struct netdev;
struct netdev_addr;
struct netdev_link;
void why_gather_host(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count);

/* What stops frames at the interfaces, part of why_gather_host(); facts_link.c. */
void why_gather_links(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count);

/* Where the bridge sends frames for the guest, part of why_gather_links(); facts_path.c. */
void why_gather_fdb(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count);
/* By which way this host sends to the guest's addresses, part of why_gather_wire(). */
void why_gather_routes(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count);
/* Whether this host reaches the guest, by its own stack; and if not, its firewall. */
void why_gather_host_path(struct why_facts *facts);
/* The same again with all the time that remains, before silence counts: a busy machine may be late with its own packets. */
void why_repeat_host_path(struct why_facts *facts);
/* Adds the items of a ruleset as nft prints it to a list, and frees the text. Returns whether that was one. */
bool why_add_rules(json_t *list, char *text);

/*
 * Finds whom beyond its network the guest sends to without an answer, and which DNS server is to be asked, for questions of
 * why_gather_wire(); facts_beyond.c. It may wait for a packet of the guest.
 */
void why_find_peers(struct why_facts *facts, const struct netdev_addr *addrs, size_t count, int uplink);
/* Have they been answered meanwhile? */
void why_watch_answers(struct why_facts *facts, const struct netdev_addr *addrs, size_t count, int uplink);

/* Asks the network for the DHCP server of a lease of another network, part of why_gather(); facts_beyond.c. */
void why_find_server(struct why_facts *facts, const struct netdev_link *uplink);

/* Asks the network who has an address that no guest has, part of why_gather(); facts_beyond.c. */
void why_find_claimant(struct why_facts *facts, const struct netdev_link *uplink);

/* An address of all other networks. */
extern const uint8_t why_beyond6[16];

/* Finds an IPv6 address of the guest that is not link-local, in the network if it has one there; facts_router.c. */
bool why_global6(const struct why_facts *facts, uint8_t global[16]);

/* Finds a machine other than the gateway that the guest takes for a router, and asks it whether it has a route. */
void why_ask_router(struct why_facts *facts, const struct netdev_link *uplink, const struct netdev_link *links,
		    size_t count);
/* If it has not answered: does it forward? */
void why_ask_router_again(struct why_facts *facts);

/* Asks the network, part of why_gather(); facts_wire.c. */
void why_gather_wire(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count);

/* The server that has lately given the guest an address of another network, borrowed; NULL: none. */
const char *why_foreign_server(const struct why_facts *facts);

/* Has the guest asked by DHCP within five minutes, as vifi saw? */
bool why_dhcp_asked(const struct why_facts *facts);

/* The address of a DHCP server that has answered another guest, borrowed; NULL: none. */
const char *why_dhcp_server(const struct why_facts *facts);

/*
 * Returns {"asked", "guest", "causes": [{"id", "level", "sentence", "remedy", "evidence": [text]}], "excluded": [text]},
 * doc/why.schema.json, which the caller releases.
 */
json_t *why_judge(const struct why_facts *facts);

#endif
