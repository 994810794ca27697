/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the rules in the log: who claims what, why it was refused, and what to do. A guest can cause any number
 * of events; each is logged once in an hour, and each port has a budget of lines. The counters of `vifi bridge show`
 * include all.
 */
#ifndef VIFI_BRIDGE_EVENTS_H
#define VIFI_BRIDGE_EVENTS_H

#include "bridge/bridge.h"

struct bridge_events;

/* NULL: out of memory. */
struct bridge_events *bridge_events_new(struct bridge *bridge);
void bridge_events_free(struct bridge_events *events); /* NULL is fine */

void bridge_event_log(struct bridge_events *events, const struct mn_event *event);

#endif
