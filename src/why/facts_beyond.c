/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom the guest tries to reach beyond its network, as far as that is seen at its port, and which DNS server it may ask. */
#include "why/why.h"

#include "base/mac.h"
#include "daemon/json_text.h"
#include "netdev/rtnl.h"
#include "why/wire_frame.h"
#include "wire/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ACTIVE_S = 1, /* a guest that has sent so lately may send again soon */
	PACKET_MS = 350,
	LATER_MS = 330, /* what the last questions need */
	CLAIMANT_MS = 200,
};

static bool is_in_network(const struct netdev_addr *addrs, size_t count, int uplink, bool ip6, const uint8_t *addr)
{
	for (size_t i = 0; i < count; i++)
		if (addrs[i].ifindex == uplink && addrs[i].family == (ip6 ? AF_INET6 : AF_INET) &&
		    ip_prefix_equal(addrs[i].addr, addr, addrs[i].prefix_length))
			return true;
	return false;
}

/* The networks of documentation, which `vifi why` itself uses (RFC 5737), are nobody's. */
static bool is_own_question(bool ip6, const uint8_t *addr)
{
	static const uint8_t beyond[4] = {192, 0, 2, 1};

	return !ip6 && !memcmp(addr, beyond, 4);
}

/* Takes what the watch knows of the guest's address. Returns whether another network has answered it. */
static bool take_peers(struct why_facts *facts, struct why_wire *wire, const struct netdev_addr *addrs, size_t count,
		       int uplink)
{
	size_t size = wire->ip6 ? 16 : 4;
	bool answered = false;

	for (size_t i = 0; i < facts->watch.count; i++) {
		const struct port_peer *peer = &facts->watch.peers[i];
		bool near;

		if (peer->ip6 != wire->ip6 || memcmp(peer->own, wire->address, size) != 0 ||
		    is_own_question(peer->ip6, peer->other))
			continue;
		near = is_in_network(addrs, count, uplink, wire->ip6, peer->other);
		answered |= !near && peer->answered;
		if (peer->dns && !peer->answered) {
			memcpy(wire->dns, peer->other, size);
			wire->has_dns = true;
			wire->dns_in_network = near;
		} else if (!near && !peer->answered) {
			memcpy(wire->peer, peer->other, size);
			wire->has_peer = true;
		}
	}
	if (answered) /* then the way is open, and it is those machines that do not answer */
		wire->has_peer = false;
	return answered;
}

/* Is the guest busy, and is nothing known yet that keeps its packets back? */
static bool is_worth_waiting(const struct why_facts *facts)
{
	for (int i = 0; i < WHY_FAMILIES; i++) {
		const struct why_wire *wire = &facts->wires[i];

		if (wire->asked && wire->routable && wire->questions[WHY_GATEWAY_BY_GUEST].answered &&
		    wire->questions[WHY_GUEST].answered && json_number(wire->asked, "seen_s") <= ACTIVE_S)
			return true;
	}
	return false;
}

/* Returns whether something is known now of the guest's packets to other networks. */
static bool take_all(struct why_facts *facts, const struct netdev_addr *addrs, size_t count, int uplink)
{
	bool known = false;

	for (int i = 0; i < WHY_FAMILIES; i++) {
		struct why_wire *wire = &facts->wires[i];

		if (wire->asked)
			known |= take_peers(facts, wire, addrs, count, uplink) || wire->has_peer || wire->has_dns;
	}
	return known;
}

static void wait_for_packets(struct why_facts *facts, const struct netdev_addr *addrs, size_t count, int uplink)
{
	int spare_ms = facts->budget.left_ms - LATER_MS, wait_ms;
	long long start = wire_frame_now_ms(), left;

	wait_ms = wait_budget_take(&facts->budget, spare_ms < PACKET_MS ? (spare_ms > 0 ? spare_ms : 0) : PACKET_MS);
	do {
		left = start + wait_ms - wire_frame_now_ms();
	} while (port_watch_wait(&facts->watch, (int)left) && !take_all(facts, addrs, count, uplink));
	wait_budget_give_back(&facts->budget, wait_ms, wire_frame_now_ms() - start);
}

/* ---- DNS ---- */

/* The servers of this host's own resolver are probably those of the guest. */
static void read_resolver(struct why_facts *facts, const char *path, const struct netdev_addr *addrs, size_t count,
			  int uplink)
{
	FILE *file = fopen(path, "re");
	char line[256], text[64];
	uint8_t addr[16];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "nameserver %63s", text) != 1)
			continue;
		for (int i = 0; i < WHY_FAMILIES; i++) {
			struct why_wire *wire = &facts->wires[i];

			if (wire->has_dns || !wire->has_gateway ||
			    inet_pton(wire->ip6 ? AF_INET6 : AF_INET, text, addr) != 1 ||
			    !is_in_network(addrs, count, uplink, wire->ip6, addr))
				continue;
			memcpy(wire->dns, addr, sizeof(addr));
			wire->has_dns = wire->dns_in_network = true;
		}
	}
	if (file)
		fclose(file);
}

void why_find_peers(struct why_facts *facts, const struct netdev_addr *addrs, size_t count, int uplink)
{
	port_watch_read(&facts->watch);
	if (!take_all(facts, addrs, count, uplink) && is_worth_waiting(facts))
		wait_for_packets(facts, addrs, count, uplink);
	read_resolver(facts, "/etc/resolv.conf", addrs, count, uplink);
	read_resolver(facts, "/run/systemd/resolve/resolv.conf", addrs, count, uplink); /* of the stub 127.0.0.53 */
}

/* Packets of a tunnel count: its other end is in another network. So does the guest's answer to a question that came too late. */
static bool uses_gateway(const struct port_watch *watch, const struct why_wire *wire, const struct netdev_addr *addrs,
			 size_t count, int uplink)
{
	const struct wire_question *gateway = &wire->questions[WHY_GATEWAY_BY_HOST];

	for (size_t i = 0; i < watch->hop_count && gateway->answered; i++) {
		const struct port_hop *hop = &watch->hops[i];

		if ((mac_equal(hop->mac, gateway->by) || mac_equal(hop->mac, gateway->also_by)) &&
		    !is_in_network(addrs, count, uplink, false, hop->target))
			return true;
	}
	return false;
}

/* If any other network answers, the way is open. */
void why_watch_answers(struct why_facts *facts, const struct netdev_addr *addrs, size_t count, int uplink)
{
	port_watch_read(&facts->watch);
	facts->wires[0].uses_gateway = uses_gateway(&facts->watch, &facts->wires[0], addrs, count, uplink);
	for (int i = 0; i < WHY_FAMILIES; i++)
		for (size_t k = 0; k < facts->watch.count; k++) {
			const struct port_peer *peer = &facts->watch.peers[k];
			struct why_wire *wire = &facts->wires[i];
			size_t size = wire->ip6 ? 16 : 4;

			if (peer->ip6 != wire->ip6 || !peer->answered)
				continue;
			if (!peer->dns && is_in_network(addrs, count, uplink, wire->ip6, peer->other))
				continue;
			wire->peer_answered |= !memcmp(peer->own, wire->address, size) && !peer->dns;
			wire->dns_answered |= peer->dns && !memcmp(peer->other, wire->dns, size);
		}
}

/* An ARP probe (RFC 5227) or a neighbour solicitation for one address. */
static void ask_for(struct why_facts *facts, struct wire_question *question, const char *address,
		    const struct netdev_link *uplink)
{
	uint8_t target[16] = {0};
	bool ip6 = strchr(address, ':');

	if (!uplink || !uplink->carrier || inet_pton(ip6 ? AF_INET6 : AF_INET, address, target) != 1)
		return;
	*question = (struct wire_question){.kind = WIRE_ARP, .ip6 = ip6, .ifindex = uplink->ifindex, .needed = true};
	mac_copy(question->own_mac, uplink->mac);
	memcpy(question->target, target, sizeof(target));
	wire_probe(question, 1, CLAIMANT_MS, &facts->budget);
}

void why_find_server(struct why_facts *facts, const struct netdev_link *uplink)
{
	const char *server = why_foreign_server(facts);

	if (server)
		ask_for(facts, &facts->server, server, uplink);
}

void why_find_claimant(struct why_facts *facts, const struct netdev_link *uplink)
{
	if (!facts->no_guest && !facts->departed)
		ask_for(facts, &facts->claimant, facts->asked, uplink);
}
