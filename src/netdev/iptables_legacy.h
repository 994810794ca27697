/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chain FORWARD of iptables-legacy, whose tables nftables does not show. */
#ifndef VIFI_NETDEV_IPTABLES_LEGACY_H
#define VIFI_NETDEV_IPTABLES_LEGACY_H

#include <stdbool.h>

enum iptables_legacy {
	IPTABLES_LEGACY_NONE,   /* there is no table `filter`, or it cannot be read */
	IPTABLES_LEGACY_ACCEPT, /* no rules, policy ACCEPT */
	IPTABLES_LEGACY_DROP,   /* no rules, policy DROP */
	IPTABLES_LEGACY_RULES,  /* rules decide */
};

/* Reads the table `filter` of IPv4 or IPv6 in this network namespace. It creates no table. Needs CAP_NET_ADMIN. */
enum iptables_legacy iptables_legacy_forward(bool ip6);

#endif
