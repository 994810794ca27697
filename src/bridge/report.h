/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output of `vifi bridge show -j`. Its names are stable. Every drop reason and counter is present, also with value
 * 0; a time that does not exist is null.
 */
#ifndef VIFI_BRIDGE_REPORT_H
#define VIFI_BRIDGE_REPORT_H

#include "macnat/store.h"
#include "bpf/loader.h"
#include "netdev/rtnl.h"

#include <jansson.h>
#include <sys/types.h>

/* Writes the address of a key as in the report: 192.0.2.5, ethertype:0x88b5, … Returns `text`. */
#define BRIDGE_ADDRESS_TEXT 64
const char *bridge_report_address(char text[BRIDGE_ADDRESS_TEXT], const struct mn_key *key);

/* "tcx" or "clsact" for a kernel part, "user" without one. */
const char *bridge_report_engine(const struct kernel_part *part);

/*
 * Describes one uplink. `running`: a process serves it; its pid is 0 (null in the report) where there is none, or where it is in
 * another pid namespace. The caller releases the report. NULL: the tables cannot be read.
 */
json_t *bridge_report_json(struct netdev *nd, struct store *store, int uplink, int bridge, const char *engine,
			   bool running, pid_t pid);

#endif
