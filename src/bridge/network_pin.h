/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks that are pinned to guests (rule 36). */
#ifndef VIFI_BRIDGE_NETWORK_PIN_H
#define VIFI_BRIDGE_NETWORK_PIN_H

#include "macnat/store.h"
#include "netdev/rtnl.h"

/*
 * Deletes the learned bindings of other guests for addresses in a network that has just been pinned to `mac`. Does nothing
 * for another key, and for a network of length 0, which excludes no guest.
 */
void network_pin_clear(struct store *store, const struct mn_key *network, const uint8_t mac[6]);

/*
 * Whether a pinned network is the network of this address of the uplink, or a part of it: then it precedes that, and takes
 * what belongs to other guests and to stations. A shorter network gives way to it, and so takes nothing.
 */
bool network_pin_overlaps(const struct mn_key *network, const struct netdev_addr *addr);

/* The end of a sentence: "192.168.1.0/24 is …". The argument is the name of the uplink. */
#define NETWORK_PIN_WARNING                                                                                          \
	"is the network of %s itself, or a part of it: other guests can have no address there, and guests and this " \
	"host "                                                                                                      \
	"no longer reach its machines"

#endif
