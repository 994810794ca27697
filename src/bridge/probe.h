/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ageing, probing and announcing. A probe leaves by vifi0, enters the bridge at the uplink's port, and reaches the
 * guest like the request of a neighbour; the guest's answer passes from_guest, which updates last_seen. An announcement
 * leaves by the uplink.
 */
#ifndef VIFI_BRIDGE_PROBE_H
#define VIFI_BRIDGE_PROBE_H

#include "bridge/bridge.h"

struct bridge_probes;

/* NULL: out of memory. */
struct bridge_probes *bridge_probes_new(struct bridge *bridge);
void bridge_probes_free(struct bridge_probes *probes); /* NULL is fine */

/*
 * The periodic check of all bindings: deletes expired ones, starts probes for those about to expire and for contests.
 */
void bridge_age_bindings(struct bridge_probes *probes);
/* Starts a contest: another guest claims `key`. */
void bridge_probe_owner(struct bridge_probes *probes, const struct mn_key *key);
/* Sends the probes that are due and ends finished ones. Returns the ms until the next call; 0: no probe is running. */
unsigned bridge_probe_step(struct bridge_probes *probes);

/* Queues an announcement of each guest's address. */
void bridge_announce_all(struct bridge_probes *probes);
/* Sends one announcement. Returns whether more are queued. */
bool bridge_announce_step(struct bridge_probes *probes);

#endif
