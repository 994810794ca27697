/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds a DHCP server of this host on the bridge of the guests, for `up` and `check`. */
#ifndef VIFI_BRIDGE_OWN_SERVER_H
#define VIFI_BRIDGE_OWN_SERVER_H

#include "netdev/rtnl.h"

#define OWN_SERVER_TEXT 96

/*
 * Returns whether this host serves DHCP on the bridge (bridge/policy/dhcp_server.h), and describes the server: "dnsmasq
 * (process 812) listens on UDP port 67". Where the kernel does not list sockets, none is found.
 */
bool own_server_find(struct netdev *nd, int bridge, char text[OWN_SERVER_TEXT]);

#endif
