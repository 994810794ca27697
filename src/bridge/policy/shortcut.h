/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * May data of guests pass the bridge by (macnat/shortcut_rules.h)?
 *
 * Only where nothing is in between that it would miss: no firewall on the bridge, no VLAN filtering, no spanning tree,
 * nobody who listens on the bridge, and each port one that forwards and learns.  The answer is looked for anew with every
 * change and every few seconds, and what the kernel part is told holds for SHORTCUT_LEASE only: whoever puts a firewall
 * between while vifi is dead gets it respected, too.
 *
 * On the way in this is a redirect of the uplink's program; on the way out it takes a program on each guest's port, for
 * which the kernel must have TCX.
 */
#ifndef VIFI_BRIDGE_POLICY_SHORTCUT_H
#define VIFI_BRIDGE_POLICY_SHORTCUT_H

#include "netdev/firewall_probe.h"

#define SHORTCUT_LEASE (15ull * 1000000000ull) /* ns; renewed every five seconds */

/* X(ID, "name", "why data of guests goes through the bridge") */
#define SHORTCUT_LIST(X)                                                                                  \
	X(OPEN, "open", "")                                                                               \
	X(UNWANTED, "unwanted", "the configuration says so (shortcut = no)")                              \
	X(ENGINE, "engine", "the engine in user space has no short way")                                  \
	X(NO_BRIDGE, "no_bridge", "the bridge or its port is not there")                                  \
	X(WATCHED, "watched", "somebody listens on the bridge, and shall see them")                       \
	X(VLAN_FILTER, "vlan_filter", "the bridge filters VLANs")                                         \
	X(STP, "stp", "the bridge runs the spanning tree protocol")                                       \
	X(PORT, "port",                                                                                   \
	  "a port of the bridge does not forward or learn, is locked, or is isolated as the uplink's is") \
	X(NFT, "nft", "nftables has a chain for the bridge or one of its ports")                          \
	X(EBTABLES, "ebtables", "ebtables' own tables are loaded")                                        \
	X(BR_NETFILTER, "br_netfilter", "br_netfilter applies rules for routed packets to the bridge's")  \
	X(UNKNOWN, "unknown", "nobody can tell whether a firewall is on the bridge")

enum shortcut {
#define X(id, name, why) SHORTCUT_##id,
	SHORTCUT_LIST(X)
#undef X
		SHORTCUTS
};

const char *shortcut_name(enum shortcut shortcut);
const char *shortcut_reason(enum shortcut shortcut);

/* Judges by what is known of the links: `bridge`, and `port`, the uplink veth's on it, by their ifindex. */
enum shortcut shortcut_judge(const struct netdev_link *links, size_t count, int bridge, int port,
			     enum firewall firewall);

#endif
