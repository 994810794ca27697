/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does this host serve DHCP on the bridge of the guests (libvirt's virbr0, lxdbr0, incusbr0)? Connected to an uplink, such
 * a bridge would give its leases to the machines of the network.
 */
#ifndef VIFI_BRIDGE_POLICY_DHCP_SERVER_H
#define VIFI_BRIDGE_POLICY_DHCP_SERVER_H

#include "netdev/listeners.h"
#include "netdev/rtnl.h"

/* The server ports of DHCP and DHCPv6 (RFC 2131, 4.1; RFC 8415, 7.2). */
extern const uint16_t dhcp_server_ports[2];

/*
 * The socket of a DHCP server for the bridge: one that is bound to its device or to an address of it, or to none of them
 * while the bridge has an address with which a server could work. This host may be the server of other interfaces. NULL:
 * none.
 */
const struct netdev_listener *dhcp_server_find(const struct netdev_listener *listeners, size_t n_listeners, int bridge,
					       const struct netdev_addr *addrs, size_t n_addrs);

#endif
