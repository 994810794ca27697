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
#include "why/wire_probe.h"

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
	char routed_network[64];   /* of the guest, which this host routes by the bridge; empty: none */
	bool routed_ip6, forwards; /* that family */
	long long ra_in;           /* router advertisements that the uplink has received; -1: unknown */
	char veth_port[16];        /* vifi0p, wherever it is; empty: unknown */
	char uplink_port[16];      /* the same if it is a port of the bridge */
	bool veth_up, veth_forwarding, veth_isolated;
	bool vlan_filtering, shares_vlan; /* shares_vlan: the guest's PVID is a VLAN of the uplink's port */
	uint16_t port_pvid, uplink_pvid;  /* 0: none */
	uint32_t xdp_uplink, xdp_port;    /* ids of XDP programs; 0: none */
	char qdisc_uplink[16], qdisc_port[16];
	uint64_t qdisc_uplink_drops, qdisc_port_drops;
	char port_program[16]; /* a program at the guest's port that is not vifi's; empty: none */
	char flood_at[16];     /* a bridge port that gets not all frames of groups; empty: none */
	const char *flood;     /* which ones, the flag of `bridge link set` */
	struct netdev_tc_drop tc_drop;
	char tc_drop_at[16];
	int conntrack_count, conntrack_max; /* 0: no connection tracking */
	bool nf_call;                       /* br_netfilter applies to the bridge */
	bool has_legacy_drop;
	struct iptables_legacy_drop legacy_drop; /* of the guest\'s IPv4 address, of packets that cross the bridge */
	json_t *firewall; /* items of nftables: bridge, netdev, and with nf_call ip, ip6, inet; NULL: unreadable */
};

/* Questions to the network, in the order of the rounds in which they are asked. */
enum why_question {
	WHY_GUEST,     /* at its own port: is it there? */
	WHY_DUPLICATE, /* who else has the guest's address? */
	WHY_UNUSED,    /* who has an address that probably nobody has? */
	WHY_GATEWAY_BY_HOST,
	WHY_GATEWAY_BY_GUEST,
	WHY_WANTED_BY_HOST,
	WHY_WANTED_BY_GUEST,
	WHY_GUEST_ECHO,   /* at its own port, if it answers ARP */
	WHY_ECHO_BY_HOST, /* the gateway's answer to echo requests */
	WHY_ECHO_BY_GUEST,
	WHY_ECHO_FULL, /* of this host, with the uplink's MTU */
	WHY_RETURNED,  /* has the gateway received a packet of the guest, which it forwards to this host? */
	WHY_FORWARDED, /* does the gateway forward a packet of this host to the guest? */
	WHY_PROXIED,   /* and another one */
	WHY_QUESTIONS,
};

/* What the network answers to this host, and to the guest's IPv4 address; facts_wire.c. */
struct why_wire {
	const json_t *asked; /* the guest's address, of its row; NULL: nothing was asked */
	uint8_t address[4], host[4], gateway[4];
	uint8_t wanted[4]; /* whom the guest asks for by ARP in vain */
	bool has_gateway, has_wanted, in_network, wanted_in_network;
	bool is_asked[WHY_QUESTIONS];
	struct wire_question questions[WHY_QUESTIONS];
};

struct why_facts {
	const char *asked; /* the operand, borrowed */
	char uplink[16];   /* as named or found; empty: no bridge runs */
	char bridge[16];   /* empty: unknown */
	bool bridge_down;
	char mac[24];         /* of the guest; empty: unknown */
	json_t *report;       /* with problems and all bindings (bridge/report.h); NULL: there is none */
	json_t *guest;        /* its row, borrowed from the report; NULL: it has no binding */
	struct why_port port; /* of the guest */
	int stopped;          /* the process of the bridge, which is stopped by a signal; 0: none is */
	bool no_guest;        /* the operand is an address of this host, of a gateway or of a station */
	int uplink_mtu;       /* 0: unknown */
	struct why_host host;
	struct why_wire wire;
	char own_server[96];   /* a DHCP server of this host for the bridge, in words; empty: none */
	bool dhcp_port_closed; /* the server that answered another guest says that its UDP port 67 is closed */
	struct findings check; /* of `vifi bridge check` */
};

/*
 * Gathers the facts about `asked`: an IP or MAC address, a name, or a port. `uplink`: NULL for the only bridge that
 * runs. Returns 0, or a negative errno with a sentence. Free the facts in any case.
 */
int why_gather(struct why_facts *facts, const char *asked, const char *uplink, struct error *error);
void why_free(struct why_facts *facts);

/* Facts about this host, part of why_gather(); facts_host.c. */
struct netdev;
struct netdev_link;
void why_gather_host(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count);

/* What stops frames at the interfaces, part of why_gather_host(); facts_link.c. */
void why_gather_links(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count);

/* Asks the network, part of why_gather(); facts_wire.c. */
void why_gather_wire(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count);

/* The address of a DHCP server that has answered another guest, borrowed; NULL: none. */
const char *why_dhcp_server(const struct why_facts *facts);

/*
 * Returns {"asked", "guest", "causes": [{"id", "level", "sentence", "remedy", "evidence": [text]}], "excluded": [text]},
 * doc/why.schema.json, which the caller releases.
 */
json_t *why_judge(const struct why_facts *facts);

#endif
