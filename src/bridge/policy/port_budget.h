/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each bridge port may cause this process to do: questions on the wire, lines in the log. Each port has a budget of
 * its own, so that a guest that exhausts one takes nothing from the others (doc/trust.md, "Who pays").
 *
 * The generic cell rate algorithm on one time per port. No clock, no I/O: times are arguments, in ns.
 */
#ifndef VIFI_BRIDGE_POLICY_PORT_BUDGET_H
#define VIFI_BRIDGE_POLICY_PORT_BUDGET_H

#include "macnat/model.h"

#include <stdbool.h>

struct port_budget {
	uint64_t interval; /* ns per action in the long run */
	uint64_t burst;    /* actions at once */
	struct port_budget_entry {
		uint32_t port; /* ifindex */
		uint64_t tat;  /* theoretical arrival time, ns; 0: the entry is free */
	} entries[MN_PORTS_MAX];
};

/*
 * Charges one action to a port at `now`. Returns the time at which it may take place: `now` within the burst, otherwise
 * later. With more ports than entries, the port that has been idle for longest gives its entry up.
 */
uint64_t port_budget_charge(struct port_budget *budget, uint32_t port, uint64_t now);

/* Charges one action only if it may take place now. Returns whether it may. */
bool port_budget_take(struct port_budget *budget, uint32_t port, uint64_t now);

#endif
