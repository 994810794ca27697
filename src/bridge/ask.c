/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/ask.h"

#include "base/mac.h"
#include "netdev/packet.h"
#include "wire/ip.h"
#include "wire/neigh.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/*
 * The sender address of an ARP request: this host's address in the subnet; without one it is 0.0.0.0, as in a probe (RFC
 * 5227), which any owner answers.
 */
static void find_host_address(const struct bridge *bridge, const struct mn_key *key, uint8_t out[4])
{
	struct netdev_addr *addrs;
	size_t count;

	memset(out, 0, 4);
	if (netdev_addrs(bridge->nd, &addrs, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (addrs[i].family == AF_INET && addrs[i].ifindex == bridge->uplink.ifindex &&
		    addrs[i].prefix_length <= 32 && ip_prefix_equal(addrs[i].addr, key->addr, addrs[i].prefix_length)) {
			memcpy(out, addrs[i].addr, 4);
			break;
		}
	}
	free(addrs);
}

/* Writes a request to `mac`, or to all. Returns its size. */
static size_t make_request(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6], bool broadcast,
			   uint8_t frame[NEIGH_FRAME_MAX])
{
	struct neigh_ether ether = {.vlan = key->vlan};
	uint8_t from[16];

	mac_copy(ether.dst, mac);
	mac_copy(ether.src, bridge->uplink.mac);
	if (key->family == MN_IP4) {
		if (broadcast)
			memset(ether.dst, 0xff, sizeof(ether.dst));
		find_host_address(bridge, key, from);
		return neigh_arp_request(frame, &ether, from, key->addr);
	}
	neigh_link_local(from, bridge->uplink.mac);
	return broadcast ? neigh_ns_multicast(frame, &ether, from, key->addr)
			 : neigh_ns_unicast(frame, &ether, from, key->addr);
}

void ask_guest_at_port(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6], uint32_t port)
{
	uint8_t frame[NEIGH_FRAME_MAX];
	size_t size = make_request(bridge, key, mac, false, frame);

	packet_send(bridge->packet_fd, (int)port, frame, size);
}

void ask_guest(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6])
{
	ask_guest_at_port(bridge, key, mac, (uint32_t)bridge->veth.ifindex);
}

void ask_station(const struct bridge *bridge, const struct mn_key *key, const uint8_t mac[6], bool broadcast)
{
	uint8_t frame[NEIGH_FRAME_MAX];
	size_t size = make_request(bridge, key, mac, broadcast, frame);

	packet_send(bridge->wire_fd, bridge->uplink.ifindex, frame, size);
}

void ask_all_guests(const struct bridge *bridge, const struct mn_key *key)
{
	static const uint8_t all[6];
	uint8_t frame[NEIGH_FRAME_MAX];
	size_t size = make_request(bridge, key, all, true, frame);

	packet_send(bridge->packet_fd, bridge->veth.ifindex, frame, size);
}

void ask_network(const struct bridge *bridge, const struct mn_key *key)
{
	static const uint8_t all[6];

	ask_station(bridge, key, all, true);
}

/* `from`: the sender's IP address; NULL: unspecified, which makes a probe. */
static void ask_wire_from(const struct bridge *bridge, const struct mn_key *key, const uint8_t *from)
{
	static const uint8_t unspecified[4];
	struct neigh_ether ether = {.dst = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, .vlan = key->vlan};
	uint8_t frame[NEIGH_FRAME_MAX];
	size_t size;

	mac_copy(ether.src, bridge->uplink.mac);
	if (key->family == MN_IP4)
		size = neigh_arp_request(frame, &ether, from ? from : unspecified, key->addr);
	else if (from)
		size = neigh_ns_multicast(frame, &ether, from, key->addr);
	else
		size = neigh_ns_probe(frame, &ether, key->addr);
	packet_send(bridge->wire_fd, bridge->uplink.ifindex, frame, size);
}

void ask_wire(const struct bridge *bridge, const struct mn_key *key)
{
	ask_wire_from(bridge, key, NULL);
}

void ask_network_for_guest(const struct bridge *bridge, const struct mn_key *key, const struct mn_key *from)
{
	ask_wire_from(bridge, key, from->addr);
}
