/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the rules in the log: who claims what, why it was refused, and what to do. A guest can cause any number
 * of events; each is logged once in an hour, and each port has a budget of lines. The counters of `vifi bridge show`
 * include all.
 */
#ifndef VIFI_BRIDGE_EVENTS_H
#define VIFI_BRIDGE_EVENTS_H

#include "bridge/bridge.h"

#include <jansson.h>

struct bridge_events;

/* NULL: out of memory. */
struct bridge_events *bridge_events_new(struct bridge *bridge);
void bridge_events_free(struct bridge_events *events); /* NULL is fine */

/*
 * What was refused or contested lately: a list of {"event", "reason", "address", "is_mac", "mac", "port", "owner",
 * "owner_port", "count", "seen_s"}. The caller releases it.
 */
json_t *bridge_events_json(const struct bridge_events *events);

void bridge_event_log(struct bridge_events *events, const struct mn_event *event);

#endif
