/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the rules in the log: guests that appear, lease, move or take over an address, and what was refused, why,
 * and what to do. bridge/policy/event_log.h decides which become lines. The counters of `vifi bridge show` include all.
 */
#ifndef VIFI_BRIDGE_EVENTS_H
#define VIFI_BRIDGE_EVENTS_H

#include "bridge/bridge.h"

struct bridge_events;

/* NULL: out of memory. */
struct bridge_events *bridge_events_new(struct bridge *bridge);
void bridge_events_free(struct bridge_events *events); /* NULL is fine */

void bridge_event_log(struct bridge_events *events, const struct mn_event *event);

/* Logs how often events have repeated; call it every few seconds. */
void bridge_event_log_counts(struct bridge_events *events);

#endif
