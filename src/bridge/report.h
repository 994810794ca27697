/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output of `vifi bridge show -j`: doc/show.schema.json describes it. Its names are stable. Every drop reason of a bridge and every
 * counter is present, also with value 0; what does not exist or is unknown is null.
 *
 * report.c makes ports and counters; report_binding.c bindings; report_guests.c the guests and their sums; problems.c what needs attention.
 */
#ifndef VIFI_BRIDGE_REPORT_H
#define VIFI_BRIDGE_REPORT_H

#include "macnat/store.h"
#include "bpf/loader.h"
#include "netdev/rtnl.h"

#include <jansson.h>
#include <sys/types.h>

/* "tcx" or "clsact" for a kernel part, "user" without one. */
const char *bridge_report_engine(const struct kernel_part *part);

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

/* Describes an uplink. The caller releases the report. NULL: the tables cannot be read. */
json_t *bridge_report_json(const struct bridge_report_source *source);

#endif
