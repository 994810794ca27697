/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report is made from. */
#ifndef VIFI_BRIDGE_REPORT_SOURCE_H
#define VIFI_BRIDGE_REPORT_SOURCE_H

#include "macnat/store.h"
#include "netdev/rtnl.h"

#include <jansson.h>
#include <sys/types.h>

/* One uplink. All pointers are borrowed. */
struct bridge_report_source {
	struct netdev *nd;
	struct store *store;
	int uplink, bridge;      /* ifindex; 0: gone */
	const char *uplink_name; /* where it is gone */
	const char *engine;
	bool running; /* a process serves it; */
	pid_t pid;    /* its pid, 0 (null in the report) where there is none, or where it is in another pid namespace */
	const json_t *process; /* what only it knows (bridge/request.h); NULL: there is none, or no answer */
	bool without_bindings; /* leave `bindings` empty: with many guests they take most of the time */
};

#endif
