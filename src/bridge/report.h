/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output of `vifi bridge show -j`: doc/show.schema.json describes it. Its names are stable. Every drop reason of a bridge and every
 * counter is present, also with value 0; what does not exist or is unknown is null.
 *
 * report.c makes ports and counters; report_binding.c bindings; report_guests.c the guests and their sums; problems.c what needs attention.
 */
#ifndef VIFI_BRIDGE_REPORT_H
#define VIFI_BRIDGE_REPORT_H

#include "bpf/loader.h"
#include "bridge/report_source.h"

/* "tcx" or "clsact" for a kernel part, "user" without one. */
const char *bridge_report_engine(const struct kernel_part *part);

/* Describes an uplink. The caller releases the report. NULL: the tables cannot be read. */
json_t *bridge_report_json(const struct bridge_report_source *source);

#endif
