/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a change of the uplink means for the guests (rule 25).
 *
 * The uplink's carrier shows on the bridge: vifi0 goes down with it, so that vifi0p has no carrier.  When it comes
 * back, neighbours are told where the guests are; and when it was away for long, or with another MAC address, guests may
 * be in another network: their own interfaces blink, so that their DHCP clients ask anew.
 *
 * No I/O: in goes what the uplink looks like, out come the actions.
 */
#ifndef VIFI_BRIDGE_POLICY_CARRIER_H
#define VIFI_BRIDGE_POLICY_CARRIER_H

#include <stdbool.h>
#include <stdint.h>

enum carrier_policy {
	CARRIER_GUESTS, /* guests see it too */
	CARRIER_UPLINK, /* only the uplink's bridge port shows it */
	CARRIER_OFF,    /* nothing shows it */
};

#define CARRIER_AWAY_NS 3000000000ull /* longer than this, and guests are asked to look anew */

enum carrier_action {
	CARRIER_VETH_DOWN = 1, /* set vifi0 down */
	CARRIER_VETH_UP = 2,   /* set vifi0 up */
	CARRIER_NEW_MAC = 4,   /* write W into the configuration */
	CARRIER_ANNOUNCE = 8,  /* tell the neighbours of each guest's address */
	CARRIER_BOUNCE = 16,   /* let the guests' ports blink */
};

struct carrier {
	enum carrier_policy policy;
	bool up;
	bool mac_changed; /* W changed while the carrier was away */
	uint64_t lost_ns; /* ns, when it went away */
	uint8_t mac[6];   /* W */
};

/* Starts from what the uplink looks like. Returns the actions that make the bridge agree: one of VETH_UP, VETH_DOWN. */
unsigned carrier_start(struct carrier *carrier, enum carrier_policy policy, bool up, const uint8_t mac[6],
		       uint64_t now);

/* The uplink looks so at `now` (ns). Returns a set of enum carrier_action; 0 when nothing changed. */
unsigned carrier_step(struct carrier *carrier, bool up, const uint8_t mac[6], uint64_t now);

#endif
