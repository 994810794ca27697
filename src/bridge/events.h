/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the rules in the log: guests that appear, lease, move or take over an address, and what was refused, why,
 * and what to do. bridge/policy/event_log.h decides which become lines. The counters of `vifi bridge show` include all.
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

/* Logs how often events have repeated; call it every few seconds. */
void bridge_event_log_counts(struct bridge_events *events);

#endif
