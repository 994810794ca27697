/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches for the owners of addresses (rules 34 and 35):
 *
 *   unknown  a neighbour sends to an address that nobody is known to have: all guests are asked for it;
 *   lost     a guest's port has gone: the network is asked once for the guest's addresses, because the guest may be behind
 *            another host now, whose vifi learns and announces what the guest answers;
 *   arrived  a hypervisor announces a moved guest by RARP, which names no IP address: the guest alone is asked for each
 *            address of the uplink's IPv4 networks that are small enough, and for the IPv6 addresses that its MAC address
 *            yields (RFC 4291, appendix A);
 *   start    vifi has just begun and knows no guest, of which some may be idle: all are asked for each address of those
 *            networks, and by an echo request to all nodes for an IPv6 address of each kind that the uplink has. Otherwise the
 *            first packet for each of them would be lost.
 *
 * Questions that a neighbour causes have one budget, those that a guest causes one for each port.
 */
#ifndef VIFI_BRIDGE_SEARCH_H
#define VIFI_BRIDGE_SEARCH_H

#include "bridge/bridge.h"

struct bridge_search;

/* NULL: out of memory. */
struct bridge_search *bridge_search_new(struct bridge *bridge);
void bridge_search_free(struct bridge_search *search); /* NULL is fine */

/* The event loop begins. Returns whether bridge_search_step() has something to do. */
bool bridge_search_start(struct bridge_search *search);

/* Asks all guests for an IP address (MN_EV_UNKNOWN), if the budget permits. */
void bridge_search_unknown(struct bridge_search *search, const struct mn_key *key);

/* A guest with the MAC address `key` has arrived at a port (MN_EV_ARRIVED). */
void bridge_search_arrived(struct bridge_search *search, const struct mn_key *key, uint32_t port);

/* Sends the questions that are due, also for bridge->lost_addresses. Returns the ms until the next call; 0: none is left. */
unsigned bridge_search_step(struct bridge_search *search);

#endif
