/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `vifi bridge show -j` prints.  The names are stable; every drop reason and counter is always there, value 0
 * included; a time that does not exist is null.
 */
#ifndef VIFI_BRIDGE_REPORT_H
#define VIFI_BRIDGE_REPORT_H

#include "macnat/store.h"
#include "bpf/loader.h"
#include "netdev/rtnl.h"

#include <jansson.h>
#include <sys/types.h>

/* "tcx", "clsact", or "user" for a part that is not in the kernel. */
const char *bridge_report_engine(const struct kernel_part *part);

/* Describes one uplink; `pid` 0 is null. The result is the caller's; NULL where the tables cannot be read. */
json_t *bridge_report_json(struct netdev *nd, struct store *store, int uplink, int bridge, const char *engine,
			   pid_t pid);

#endif
