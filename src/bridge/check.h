/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi bridge check`: what stands in the way of `vifi bridge` on this machine and in a running bridge, with remedies. It
 * changes nothing.
 */
#ifndef VIFI_BRIDGE_CHECK_H
#define VIFI_BRIDGE_CHECK_H

#include "base/finding.h"

/*
 * Runs every item of the table in check.c; one without a finding is FINDING_OK. Without an `uplink` or `bridge` (NULL) the
 * items that depend on it are left out. `has_veth`: an uplink veth of vifi belongs to the uplink (bridge/find.h).
 */
void check_machine(struct findings *findings, const char *uplink, const char *bridge, bool has_veth);

/* What to check. */
struct check_target {
	const char *uplink, *bridge; /* as named; NULL: find it, and if it stays NULL there is none */
	char found_uplink[16], found_bridge[16];
	bool has_veth; /* of vifi: the uplink is served, or was */
};

/*
 * Completes the target. The uplink is that of the running bridge if there is exactly one, otherwise that of the default
 * route; the bridge is that of the running one, otherwise br0. Names of what does not exist stay NULL.
 */
void check_find_target(struct check_target *target);

/*
 * Whether a configuration file of NetworkManager asks for a random MAC address for each connection
 * (`cloned-mac-address`, `wifi.cloned-mac-address`, `ethernet.cloned-mac-address` = random).
 */
bool check_nm_randomises(const char *path);

#endif
