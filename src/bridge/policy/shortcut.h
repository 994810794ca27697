/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the guests' data may bypass the bridge (macnat/shortcut_rules.h).
 *
 * They may where nothing on the bridge would miss them: no firewall, no VLAN filtering, no spanning tree, no packet
 * capture on the bridge, every port forwards and learns, and no static forwarding entry contradicts a binding. The decision is
 * repeated after every change and every few seconds. The kernel part gets it as a lease of SHORTCUT_LEASE, so that a firewall that
 * appears after vifi was killed sees the frames, too.
 *
 * Inbound, the shortcut is a redirect by the uplink's program; outbound, one by a program on each guest's port: a TCX program or,
 * without TCX, a filter of an ingress qdisc.
 */
#ifndef VIFI_BRIDGE_POLICY_SHORTCUT_H
#define VIFI_BRIDGE_POLICY_SHORTCUT_H

#include "netdev/firewall_probe.h"

#define SHORTCUT_LEASE (15ull * 1000000000ull) /* ns; renewed every 5 s */

/* X(ID, "name", "why the guests' data take the bridge") */
#define SHORTCUT_LIST(X)                                                                                          \
	X(OPEN, "open", "")                                                                                       \
	X(UNWANTED, "unwanted", "the configuration disables it (shortcut = off)")                                 \
	X(ENGINE, "engine", "the user-space engine has no shortcut")                                              \
	X(NO_BRIDGE, "no_bridge", "the bridge or its uplink port does not exist")                                 \
	X(WATCHED, "watched", "a program captures packets on the bridge")                                         \
	X(VLAN_FILTER, "vlan_filter", "the bridge filters VLANs")                                                 \
	X(STP, "stp", "the bridge runs the spanning tree protocol")                                               \
	X(PORT, "port",                                                                                           \
	  "a port of the bridge does not forward or learn, is locked, or is isolated like the uplink port")       \
	X(FDB, "fdb",                                                                                             \
	  "the bridge has a static or sticky forwarding entry for a guest at a port other than the one vifi has " \
	  "learned")                                                                                              \
	X(NFT, "nft", "nftables has a chain for the bridge or one of its ports")                                  \
	X(EBTABLES, "ebtables", "the tables of ebtables are loaded")                                              \
	X(BR_NETFILTER, "br_netfilter", "br_netfilter applies the IP firewall rules to bridged packets")          \
	X(UNKNOWN, "unknown", "the firewall state of the bridge cannot be read")

enum shortcut {
#define X(id, name, why) SHORTCUT_##id,
	SHORTCUT_LIST(X)
#undef X
		SHORTCUTS
};

const char *shortcut_name(enum shortcut shortcut);
const char *shortcut_reason(enum shortcut shortcut);

/* Decides by the state of the links. `bridge` and its `port` for the uplink are indexes of interfaces. */
enum shortcut shortcut_judge(const struct netdev_link *links, size_t count, int bridge, int port,
			     enum firewall firewall);

#endif
