/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ARP and neighbour discovery frames with which this process asks for an address.
 *
 * Frames for guests leave by vifi0, enter the bridge at the uplink's port, and reach the guest like the request of a
 * neighbour; its answer passes from_guest, which updates last_seen. Frames for the wire carry MN_MARK as SO_MARK, with
 * which from_host neither copies them to the guests nor hands them to a guest instead of the wire: a guest must not
 * answer what the wire is asked.
 */
#ifndef VIFI_BRIDGE_ASK_H
#define VIFI_BRIDGE_ASK_H

#include "bridge/bridge.h"

/* Asks a guest for its address (MN_IP4, MN_IP6) by unicast. */
void ask_guest(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6]);

/*
 * The same, past the bridge's forwarding database, which a frame with a forged source may have changed: by the guest's
 * port alone.
 */
void ask_guest_at_port(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6], uint32_t port);

/* Asks a station for an address that it has; broadcast: a request to all, in case it does not answer unicast ones. */
void ask_station(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6], bool broadcast);

/* Asks all guests for an address that nobody is known to have. */
void ask_all_guests(const struct bridge *bridge, const struct mn_key *key);

/* Asks the network for an address, whose owner answers: a request, no probe that could pass for a conflict. */
void ask_network(const struct bridge *bridge, const struct mn_key *key);

/*
 * The same in the name of a guest, whose address is `from`: the owner learns where that guest is, and the guest gets the answer.
 */
void ask_network_for_guest(const struct bridge *bridge, const struct mn_key *key, const struct mn_key *from);

/* Asks the wire whether a station has the address: an ARP probe (RFC 5227, 2.1.1) or its equivalent in IPv6 (RFC 4862). */
void ask_wire(const struct bridge *bridge, const struct mn_key *key);

#endif
