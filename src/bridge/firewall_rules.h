/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules of the host's firewall that name the bridge as the input interface. The frames that guests send to this host's
 * uplink arrive there, not on the bridge, so that such a rule does not see them.
 */
#ifndef VIFI_BRIDGE_FIREWALL_RULES_H
#define VIFI_BRIDGE_FIREWALL_RULES_H

#include <stdbool.h>
#include <stddef.h>

struct firewall_rules {
	size_t count;
	bool blocks;     /* one of them drops, rejects, or goes to another chain */
	char first[128]; /* "inet filter input handle 7", a rule that blocks if there is one */
};

/* Searches a ruleset, the output of `nft -j list ruleset`. Returns false when it cannot be read. */
bool firewall_rules_search(struct firewall_rules *rules, const char *json, const char *bridge);

#endif
