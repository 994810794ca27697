/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds a port of the bridge that leads to the uplink's own network (rule 37): a frame with a secret, sent out of the
 * uplink, arrives there. A guest cannot forge that, since it never sees the frame. While such a port is known, the rules
 * flood no frames of that network into the bridge, because the port delivers them (mn_config.loop_port).
 *
 * Probes are sent at the start, when group frames return by the uplink, and every few seconds while the port is known.
 */
#ifndef VIFI_BRIDGE_LOOP_PROBE_H
#define VIFI_BRIDGE_LOOP_PROBE_H

#include "bridge/bridge.h"

/* Opens bridge->loop.fd, which becomes readable when a probe arrives. Returns 0 or a negative errno. */
int loop_probe_open(struct bridge *bridge);
void loop_probe_close(struct bridge *bridge);

/* Sends a probe, at most one in a second. */
void loop_probe_send(struct bridge *bridge);

/* Reads what has arrived. */
void loop_probe_receive(struct bridge *bridge);

/* Every few seconds: repeats the probe while a port is known, and forgets the port after three probes without an answer. */
void loop_probe_check(struct bridge *bridge);

#endif
