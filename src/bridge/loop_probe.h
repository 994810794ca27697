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

enum { LOOP_PROBE_MS = 900 }; /* how long to listen after a probe */

/* Sends a probe, at most one in a second. Returns whether it listens now: then call loop_probe_end() LOOP_PROBE_MS later. */
bool loop_probe_send(struct bridge *bridge);

/* Ends the listening, which costs each frame of all interfaces about 100 ns. */
void loop_probe_end(struct bridge *bridge);

/* Reads what has arrived. */
void loop_probe_receive(struct bridge *bridge);

/*
 * Every few seconds: forgets the port after three probes without an answer. Returns whether a port is known: then send the
 * next probe.
 */
bool loop_probe_check(struct bridge *bridge);

#endif
