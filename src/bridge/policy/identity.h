/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which links can be the uplink, and which one is the uplink or the bridge that was there before. Pure: the links are
 * arguments.
 */
#ifndef VIFI_BRIDGE_POLICY_IDENTITY_H
#define VIFI_BRIDGE_POLICY_IDENTITY_H

#include "netdev/rtnl.h"

/* Whether a link is an Ethernet or Wi-Fi interface, or looks like one. */
bool identity_is_ethernet(const struct netdev_link *link);

/* Whether a link can be the uplink: it is such an interface, neither a bridge nor a port of a bridge or bond. */
bool identity_can_be_uplink(const struct netdev_link *link);

/* The MAC address that a card keeps: the permanent one; the present one where the hardware has none. */
const uint8_t *identity_card(const struct netdev_link *link);

/* What is known of an uplink. */
struct identity {
	const char *name; /* as configured */
	const uint8_t
		*mac; /* as configured (`uplink-mac`): only the card with it is the uplink. NULL: not configured */
	/* The card that had the name when it was last the uplink (identity_card), and its kind. NULL: not known */
	const uint8_t *last_card;
	const char *last_kind;
};

/*
 * Finds the uplink among links that can be one: of the card that is configured the link with the name, otherwise its first
 * one. Where no card is configured it is the link with the name; otherwise a link of the last card, because udev may name a
 * card after the socket that it is plugged into, or after its MAC address. NULL: none.
 */
const struct netdev_link *identity_find_uplink(const struct netdev_link *links, size_t count,
					       const struct identity *identity);

/* Finds a bridge by its name. NULL: none. */
const struct netdev_link *identity_find_bridge(const struct netdev_link *links, size_t count, const char *name);

#endif
