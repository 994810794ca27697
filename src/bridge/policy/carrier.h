/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a change of the uplink means for the guests (rule 25).
 *
 * The bridge shows the uplink's carrier: vifi0 goes down with it, so that vifi0p loses its carrier. When the carrier
 * comes back, the guests' addresses are announced to the neighbours. After a long absence, or with another MAC address,
 * guests may be in another network: the carrier of their own ports bounces, so that their DHCP clients start over.
 *
 * No I/O: the state of the uplink is an argument, the actions are the result.
 */
#ifndef VIFI_BRIDGE_POLICY_CARRIER_H
#define VIFI_BRIDGE_POLICY_CARRIER_H

#include <stdbool.h>
#include <stdint.h>

enum carrier_policy {
	CARRIER_GUESTS, /* the guests' ports bounce, too */
	CARRIER_UPLINK, /* only the uplink's bridge port shows the carrier */
	CARRIER_OFF,    /* the bridge always shows a carrier */
};

#define CARRIER_AWAY_NS 3000000000ull /* after a longer absence the guests' ports bounce */

enum carrier_action {
	CARRIER_VETH_DOWN = 1, /* set vifi0 down */
	CARRIER_VETH_UP = 2,   /* set vifi0 up */
	CARRIER_NEW_MAC = 4,   /* the uplink's MAC address has changed */
	CARRIER_ANNOUNCE = 8,  /* announce each guest's address to the neighbours */
	CARRIER_BOUNCE = 16,   /* bounce the carrier of the guests' ports */
};

struct carrier {
	enum carrier_policy policy;
	bool up;
	bool mac_changed; /* since the last announcement */
	uint64_t lost_ns; /* ns: time of the last loss */
	uint8_t mac[6];   /* of the uplink */
};

/* Starts with the current state of the uplink. Returns the initial action: CARRIER_VETH_UP or CARRIER_VETH_DOWN. */
unsigned carrier_start(struct carrier *carrier, enum carrier_policy policy, bool up, const uint8_t mac[6],
		       uint64_t now);

/* Takes the state of the uplink at `now` (ns). Returns a set of enum carrier_action; 0: nothing has changed. */
unsigned carrier_step(struct carrier *carrier, bool up, const uint8_t mac[6], uint64_t now);

/* Changes the policy. Returns CARRIER_VETH_UP or CARRIER_VETH_DOWN where that changes vifi0, otherwise 0. */
unsigned carrier_set_policy(struct carrier *carrier, enum carrier_policy policy);

#endif
