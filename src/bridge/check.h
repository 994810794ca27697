/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in the way of `vifi bridge` on this machine, and how to remove it. Nothing is changed. */
#ifndef VIFI_BRIDGE_CHECK_H
#define VIFI_BRIDGE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct check_finding {
	const char *name; /* stable, for machines: "rp_filter" */
	bool problem;     /* otherwise worth knowing */
	char sentence[256];
	char remedy[256]; /* empty where nothing is to be done */
};

struct check_findings {
	size_t count;
	struct check_finding list[64]; /* what finds no place is lost; there are fewer kinds than that */
};

/* `uplink` and `bridge` may be NULL: then only what does not depend on them is looked at. */
void check_machine(struct check_findings *findings, const char *uplink, const char *bridge);

/*
 * One file of NetworkManager's configuration: whether it asks for a random MAC address (`cloned-mac-address`,
 * `wifi.cloned-mac-address`, `ethernet.cloned-mac-address` = random).
 */
bool check_nm_randomises(const char *path);

#endif
