/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi bridge check`: obstacles to `vifi bridge` on this machine, and their remedies. It changes nothing. */
#ifndef VIFI_BRIDGE_CHECK_H
#define VIFI_BRIDGE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct check_finding {
	const char *name; /* stable, for machines: "rp_filter" */
	bool problem;     /* false: a note */
	char sentence[320];
	char remedy[320]; /* empty: nothing to do */
};

struct check_findings {
	size_t count;
	struct check_finding list[64]; /* further findings overwrite the last one */
};

/* Without an `uplink` or `bridge` (NULL) the checks that depend on it are left out. */
void check_machine(struct check_findings *findings, const char *uplink, const char *bridge);

/*
 * Whether a configuration file of NetworkManager asks for a random MAC address for each connection
 * (`cloned-mac-address`, `wifi.cloned-mac-address`, `ethernet.cloned-mac-address` = random).
 */
bool check_nm_randomises(const char *path);

#endif
