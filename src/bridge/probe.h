/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ageing, probing, and the ends of contests (bridge/policy/ageing.h, bridge/ask.h).
 *
 * The owner of a contested address is asked by its IP addresses: a guest on the bridge and at its own port, a station
 * on the wire, where an address comes from the table or from this host's neighbour table. That table is hearsay, but it
 * only tells where to ask: the station's own answer decides. An owner without a known IP address cannot be asked, and
 * keeps its address until it is silent for `silent`.
 */
#ifndef VIFI_BRIDGE_PROBE_H
#define VIFI_BRIDGE_PROBE_H

#include "bridge/bridge.h"
#include "bridge/announce.h"
#include "bridge/events.h"
#include "bridge/question.h"

struct bridge_probes;

/*
 * Returns NULL when out of memory. Borrows the others, which it uses when a guest inherits an address: it claims,
 * announces and logs that.
 */
struct bridge_probes *bridge_probes_new(struct bridge *bridge, struct bridge_questions *questions,
					struct bridge_announcements *announcements, struct bridge_events *events);
void bridge_probes_free(struct bridge_probes *probes); /* NULL is fine */

/*
 * The periodic check of all bindings: deletes expired ones and those of guests at the MAC address of a station, starts
 * probes for those about to expire and for contests, and asks the wire about tentative ones. The events that cause the
 * same at once may have been lost.
 */
void bridge_age_bindings(struct bridge_probes *probes);

/*
 * A contest of event->key (MN_EV_CONTEST, MN_EV_CONFLICT): probes its owner. If it does not answer, the claimant of the
 * event has the address.
 */
void bridge_probe_owner(struct bridge_probes *probes, const struct mn_event *event);

/* Sends the probes that are due and ends finished ones. Returns the ms until the next call; 0: no probe is running. */
unsigned bridge_probe_step(struct bridge_probes *probes);

/*
 * If an address was taken (MN_EV_TAKEN, MN_EV_STATION), its last owner may have it back after a contest that a witness ended
 * (bridge/witnesses.h). Other events do nothing.
 */
void bridge_probe_note_taken(struct bridge_probes *probes, const struct mn_event *event);

#endif
