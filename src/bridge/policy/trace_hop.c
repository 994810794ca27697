/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/trace_hop.h"

#include <stdio.h>

void trace_hop_normalise(struct trace_event *event, uint32_t uplink, uint32_t bridge)
{
	switch (event->hop) {
	case TRACE_HOP_PORT:
		event->port = event->ifindex;
		break;
	case TRACE_HOP_BRIDGE:
		event->ifindex = bridge;
		break;
	default:
		event->ifindex = uplink;
	}
	/* The kernel's word for the port is that of arrival: the uplink's own for frames from there. */
	if (event->port == uplink || event->hop == TRACE_HOP_UPLINK_IN)
		event->port = 0;
}

void trace_hop_label(char *text, size_t room, unsigned hop, uint32_t ifindex, const char *uplink, const char *bridge)
{
	switch (hop) {
	case TRACE_HOP_BRIDGE:
		snprintf(text, room, "%s", bridge);
		break;
	case TRACE_HOP_UPLINK_IN:
		snprintf(text, room, "%s in", uplink);
		break;
	case TRACE_HOP_UPLINK_OUT:
		snprintf(text, room, "%s out", uplink);
		break;
	case TRACE_HOP_HOST:
		snprintf(text, room, "host");
		break;
	default:
		snprintf(text, room, "port %u", ifindex);
	}
}
