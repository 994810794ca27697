/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi bridge check`: what stands in the way of `vifi bridge` on this machine and in a running bridge, with remedies. It
 * changes nothing.
 */
#ifndef VIFI_BRIDGE_CHECK_H
#define VIFI_BRIDGE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

enum check_level {
	CHECK_OK,   /* nothing to do */
	CHECK_NOTE, /* worth knowing */
	CHECK_WARN, /* a part does not work, or may not */
	CHECK_FAIL, /* an obstacle */
};

struct check_finding {
	const char *id; /* stable, for machines: "rp_filter" */
	enum check_level level;
	char sentence[400];
	char remedy[400]; /* empty: nothing to do */
};

struct check_findings {
	size_t count;
	struct check_finding list[128]; /* further findings overwrite the last one */
};

/* "ok", "note", "warn", "fail" */
const char *check_level_name(enum check_level level);

/*
 * Runs every item of the table in check.c; one without a finding is CHECK_OK. Without an `uplink` or `bridge` (NULL) the
 * items that depend on it are left out. `has_veth`: an uplink veth of vifi belongs to the uplink (bridge/find.h).
 */
void check_machine(struct check_findings *findings, const char *uplink, const char *bridge, bool has_veth);

/*
 * Whether a configuration file of NetworkManager asks for a random MAC address for each connection
 * (`cloned-mac-address`, `wifi.cloned-mac-address`, `ethernet.cloned-mac-address` = random).
 */
bool check_nm_randomises(const char *path);

#endif
