/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ports of a bridge lead out of this machine, rather than to a guest. Pure. */
#ifndef VIFI_BRIDGE_POLICY_PORT_KIND_H
#define VIFI_BRIDGE_POLICY_PORT_KIND_H

#include "netdev/rtnl.h"

/*
 * Whether the port may lead to a network: hardware (`kind` is empty), or an interface that stacks on hardware or is the
 * end of a tunnel. The ends of guests are veth, tun (TAP) and similar.
 */
bool port_leads_out(const struct netdev_link *port);

#endif
