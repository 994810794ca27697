/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VLANs of vifi's port, where the bridge filters VLANs (vlan_filtering 1). */
#ifndef VIFI_BRIDGE_PORT_VLANS_H
#define VIFI_BRIDGE_PORT_VLANS_H

#include "bridge/bridge.h"

/* Makes the port a member of the VLANs that cross the uplink with their tags (`vlans`), as the port of an Ethernet card would be. */
void port_vlans_join(const struct bridge *bridge);

#endif
