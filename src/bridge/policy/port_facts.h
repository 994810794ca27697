/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a binding means for the port guard of the user-space engine (netdev/nft_port_guard.h): the same as macnat/port_rules.h
 * reads in it. Pure.
 */
#ifndef VIFI_BRIDGE_POLICY_PORT_FACTS_H
#define VIFI_BRIDGE_POLICY_PORT_FACTS_H

#include "macnat/model.h"
#include "netdev/nft_port_guard.h"

#include <stddef.h>

enum { PORT_FACTS_MAX = 6 }; /* of one binding */

/* Writes the facts of a binding at the time `now`. Returns their number; 0 for one that keeps nobody out. */
size_t port_facts_of(const struct mn_config *config, const struct mn_key *key, const struct mn_binding *binding,
		     uint64_t now, struct nft_port_fact facts[PORT_FACTS_MAX]);

/* Facts of the uplink's MAC address, which no guest has. */
struct nft_port_fact port_facts_of_uplink(const struct mn_config *config);

/* An order of facts, for qsort(). */
int port_facts_compare(const void *a, const void *b);

#endif
