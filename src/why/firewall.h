/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rule of nftables drops the frames of one guest: chains of the family bridge (also those of ebtables-nft), of netdev at
 * the guest's port, at the port that leads to the uplink and at the uplink's egress, and, with br_netfilter, of ip, ip6 and inet
 * (also those of iptables-nft). Pure: it judges a ruleset.
 */
#ifndef VIFI_WHY_FIREWALL_H
#define VIFI_WHY_FIREWALL_H

#include <jansson.h>
#include <stdbool.h>

/*
 * The rules are walked for all frames, and then for those of one protocol: what drops all of these breaks the guest, too. The last
 * ones are the first packets of connections that the guest begins, by TCP: firewalls let echo requests pass that drop these.
 */
enum firewall_class {
	FIREWALL_ANY,
	FIREWALL_ARP,
	FIREWALL_IP4,
	FIREWALL_ND,
	FIREWALL_IP6,
	FIREWALL_DHCP,
	FIREWALL_NEW4,
	FIREWALL_NEW6,
};

struct firewall_guest {
	const char *port, *bridge; /* interfaces */
	const char *uplink_port;   /* the port of the bridge that leads to the uplink; empty: unknown */
	const char *uplink;        /* NULL or empty: unknown */
	const char *mac;           /* empty: unknown */
	const json_t *addresses;   /* of the report; each has "address" */
	bool to_host;              /* frames between the guest and this host, which reach its IP by the uplink */
	bool lost;                 /* a test frame was lost on this host: rules that may send frames elsewhere count */
	bool ip_too;               /* br_netfilter passes the frames to the chains of ip, ip6 and inet */
};

struct firewall_hit {
	bool certain;     /* every frame of the guest of the class in one direction; otherwise some */
	const char *verb; /* what the rule does to the frames: "drops" */
	bool translates;  /* the addresses of the frames, that is */
	enum firewall_class class;
	bool assumed;    /* of new connections, if no rule of iptables before accepts them by their state */
	bool specific;   /* the rule names the guest: its port, MAC or IP address */
	bool from;       /* frames that the guest sends; otherwise those for it */
	long long count; /* that the rule has dropped; -1: it does not count */
	char family[8], table[64], chain[64];
	long long handle; /* of the rule; -1: the policy of the chain */
};

/* Judges the items of `nft -j list ruleset`. Returns false if nothing is known to drop frames of the guest. */
bool firewall_find(struct firewall_hit *hit, const json_t *items, const struct firewall_guest *guest);

#endif
