/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interfaces of a bridge's hops, in its records. */
#ifndef VIFI_BRIDGE_POLICY_TRACE_HOP_H
#define VIFI_BRIDGE_POLICY_TRACE_HOP_H

#include <stddef.h>
#include "trace/event.h"

struct trace_hop_key {
	uint32_t ifindex;
	uint32_t hop;
};

/*
 * A program knows the interface where it runs, which is not always that of the hop: sets the interface, and the guest's port
 * where the frame is a guest's.
 */
void trace_hop_normalise(struct trace_event *event, uint32_t uplink, uint32_t bridge);

/* Writes the name of a hop other than a guest's port, or "port N". */
void trace_hop_label(char *text, size_t room, unsigned hop, uint32_t ifindex, const char *uplink, const char *bridge);

#endif
