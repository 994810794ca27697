/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of iptables-legacy, which nftables does not show. */
#ifndef VIFI_NETDEV_IPTABLES_LEGACY_H
#define VIFI_NETDEV_IPTABLES_LEGACY_H

#include <stdbool.h>
#include <stdint.h>

enum iptables_legacy {
	IPTABLES_LEGACY_NONE,   /* there is no table `filter`, or it cannot be read */
	IPTABLES_LEGACY_ACCEPT, /* no rules, policy ACCEPT */
	IPTABLES_LEGACY_DROP,   /* no rules, policy DROP */
	IPTABLES_LEGACY_RULES,  /* rules decide */
};

/* Reads the table `filter` of IPv4 or IPv6 in this network namespace. It creates no table. Needs CAP_NET_ADMIN. */
enum iptables_legacy iptables_legacy_forward(bool ip6);

/* A rule of IPv4 that has dropped packets which an address may have sent or should have got. */
struct iptables_legacy_drop {
	const char *table;
	const char *chain; /* that forwarded packets pass; NULL: one that others jump to */
	bool names_guest;  /* it matches the address, and not a network that has it */
	unsigned number;   /* in the chain, from 1 */
	uint64_t packets;
};

/* Finds the rule of all tables that has dropped most. Returns whether there is one. */
bool iptables_legacy_find_drop(struct iptables_legacy_drop *drop, const uint8_t address[4]);

#endif
