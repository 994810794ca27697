/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's programs at the guests' ports: where a frame leaves that the bridge forwards by itself from one guest to
 * another. They are attached only while the recorder is on, and end with the process.
 */
#ifndef VIFI_BRIDGE_RECORD_PORTS_H
#define VIFI_BRIDGE_RECORD_PORTS_H

#include "bridge/bridge.h"

struct record_ports {
	size_t count;
	struct record_port {
		int ifindex;
		int link; /* negative: the program cannot be attached there */
	} at[MN_PORTS_MAX];
};

/*
 * Follows the ports that have the program of the shortcut, without which no frame has a journey from its port. At most `max` new
 * ones in one call: the kernel waits for an RCU grace period at each, some 15 ms.
 */
void record_ports_update(struct record_ports *ports, const struct bridge *bridge, unsigned max);

void record_ports_detach(struct record_ports *ports);

#endif
