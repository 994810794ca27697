/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the network about the guest's addresses, one of each family, in up to four rounds: who answers by ARP or neighbour
 * discovery, who answers echo requests, who answers beyond the gateway, and whether the gateway forwards to the guest and from it.
 * At last it looks at the path through this host.
 */
#include "why/why.h"

#include "base/mac.h"
#include "daemon/json_text.h"
#include "netdev/rtnl.h"
#include "wire/ip.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ARP_MS = 260, ECHO_MS = 140, RETURN_MS = 90, PEER_MS = 150, PATH_MS = 90, UNUSED_LAST = 253, OTHER_LAST = 187 };

/* If no answer comes at all, each round is granted all that it asks for. */
enum { ROUNDS_MS = ARP_MS + ECHO_MS + PEER_MS + RETURN_MS + PATH_MS };

static_assert((int)ROUNDS_MS < (int)WAIT_BUDGET_MS, "no round would be left for the last questions");

/* ---- which addresses ---- */

static bool is_link_local6(const uint8_t addr[16])
{
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

/*
 * The guest's untagged address of the family, in the network: the one that was asked for, or the one heard last; a link-local one
 * of IPv6 only if it has no other.
 */
static const json_t *find_address(const struct why_facts *facts, bool ip6)
{
	const json_t *best = NULL;
	bool best_local = false;
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		bool local = !strncmp(json_text(address, "address"), "fe80:", 5);

		if (strcmp(json_text(address, "family"), ip6 ? "ip6" : "ip4") != 0 || json_number(address, "vlan") ||
		    json_is_false(json_object_get(address, "in_network")))
			continue;
		if (!strcmp(json_text(address, "address"), facts->asked))
			return address;
		if (!best || (best_local && !local) ||
		    (best_local == local && json_number(address, "seen_s") < json_number(best, "seen_s"))) {
			best = address;
			best_local = local;
		}
	}
	return best;
}

static bool is_ip4(const char *text, uint8_t addr[4])
{
	return inet_pton(AF_INET, text, addr) == 1;
}

static bool covers(const struct netdev_addr *addr, int uplink, bool ip6, const uint8_t *near)
{
	return addr->family == (ip6 ? AF_INET6 : AF_INET) && addr->ifindex == uplink && !addr->tentative &&
	       addr->prefix_length < (ip6 ? 128 : 32) && ip_prefix_equal(addr->addr, near, addr->prefix_length);
}

/* The address of this host on the uplink in the network of `near`. */
static bool find_host(const struct netdev_addr *addrs, size_t count, int uplink, bool ip6, const uint8_t *near,
		      uint8_t *host)
{
	for (size_t i = 0; i < count; i++)
		if (covers(&addrs[i], uplink, ip6, near)) {
			memcpy(host, addrs[i].addr, ip6 ? 16 : 4);
			return true;
		}
	return false;
}

/* Without an address of the network this host asks with a link-local one, which no router forwards. */
static bool find_link_local(const struct netdev_addr *addrs, size_t count, int uplink, uint8_t host[16])
{
	for (size_t i = 0; i < count; i++)
		if (addrs[i].family == AF_INET6 && addrs[i].ifindex == uplink && !addrs[i].tentative &&
		    is_link_local6(addrs[i].addr)) {
			memcpy(host, addrs[i].addr, 16);
			return true;
		}
	return false;
}

/* The next hop of the best default route by the uplink. */
static bool find_gateway(struct netdev *nd, int uplink, bool ip6, uint8_t *gateway)
{
	const struct netdev_route *best = NULL;
	struct netdev_route *routes = NULL;
	int family = ip6 ? AF_INET6 : AF_INET;
	size_t count = 0;

	netdev_routes(nd, &routes, &count);
	for (size_t i = 0; i < count; i++)
		if (routes[i].ifindex == uplink && routes[i].family == family && !routes[i].prefix_length &&
		    routes[i].gateway_family == family && (!best || routes[i].metric < best->metric))
			best = &routes[i];
	if (best)
		memcpy(gateway, best->gateway, ip6 ? 16 : 4);
	free(routes);
	return best;
}

static bool belongs_to_guest(const json_t *report, const char *text)
{
	json_t *binding;
	size_t i;

	json_array_foreach(json_object_get(report, "bindings"), i, binding)
	{
		const char *kind = json_text(binding, "kind");

		if (!strcmp(json_text(binding, "address"), text) && (!strcmp(kind, "guest") || !strcmp(kind, "host")))
			return true;
	}
	return false;
}

/* Whom the guest has asked for in vain, unless it is the gateway, has come to this bridge, or is of every network (RFC 3927). */
static bool find_wanted(const struct why_facts *facts, const struct why_wire *wire, const json_t *address,
			const struct netdev_addr *addrs, size_t count, uint8_t *wanted)
{
	const char *text = json_text(address, "asked");

	if (!*text || !is_ip4(text, wanted) || ip4_is_link_local(wanted) || !memcmp(wanted, wire->gateway, 4) ||
	    !memcmp(wanted, wire->address, 4) || belongs_to_guest(facts->report, text))
		return false;
	for (size_t i = 0; i < count; i++) /* the report may be older than the address */
		if (addrs[i].family == AF_INET && !memcmp(addrs[i].addr, wanted, 4))
			return false;
	return true;
}

/* An address of the network that probably nobody has: the guest's with another last byte, from `last` down. */
static void choose_unused(const struct why_wire *wire, uint8_t last, uint8_t unused[4])
{
	memcpy(unused, wire->address, 3);
	unused[3] = last;
	while (unused[3] == wire->address[3] || unused[3] == wire->host[3] || unused[3] == wire->gateway[3])
		unused[3]--;
}

/* ---- questions ---- */

static struct wire_question *ask(struct why_wire *wire, enum why_question number, enum wire_kind kind,
				 const struct netdev_link *uplink)
{
	struct wire_question *question = &wire->questions[number];

	*question = (struct wire_question){.kind = kind, .ip6 = wire->ip6, .ifindex = uplink->ifindex, .needed = true};
	mac_copy(question->own_mac, uplink->mac);
	wire->is_asked[number] = true;
	return question;
}

static void ask_arp(struct why_wire *wire, enum why_question number, const struct netdev_link *uplink,
		    const uint8_t *source, const uint8_t *target)
{
	struct wire_question *question = ask(wire, number, WIRE_ARP, uplink);

	memcpy(question->source, source, 16);
	memcpy(question->target, target, 16);
}

static void ask_gateway(struct why_wire *wire, enum why_question number, enum wire_kind kind,
			const struct netdev_link *uplink, const uint8_t *source, const uint8_t *target)
{
	struct wire_question *question = ask(wire, number, kind, uplink);

	mac_copy(question->mac, wire->questions[wire->questions[WHY_GATEWAY_BY_GUEST].answered ? WHY_GATEWAY_BY_GUEST
											       : WHY_GATEWAY_BY_HOST]
					.by);
	memcpy(question->source, source, 16);
	memcpy(question->target, target, 16);
}

static bool is_unanswered(const struct why_wire *wire, enum why_question number)
{
	return wire->is_asked[number] && !wire->questions[number].answered;
}

/* Sends the questions first .. last of both families that are wanted. */
static bool send_round(struct why_facts *facts, enum why_question first, enum why_question last, int wait_ms)
{
	struct wire_question list[WHY_FAMILIES * WHY_QUESTIONS];
	size_t count = 0;

	for (int family = 0; family < WHY_FAMILIES; family++)
		for (int i = first; i <= (int)last; i++)
			if (facts->wires[family].is_asked[i])
				list[count++] = facts->wires[family].questions[i];
	if (!count || wire_probe(list, count, wait_ms, &facts->budget) < 0)
		return false;
	count = 0;
	for (int family = 0; family < WHY_FAMILIES; family++)
		for (int i = first; i <= (int)last; i++)
			if (facts->wires[family].is_asked[i])
				facts->wires[family].questions[i] = list[count++];
	return true;
}

static void ask_guest(struct why_facts *facts, struct why_wire *wire, enum why_question number, enum wire_kind kind,
		      const struct netdev_link *uplink, int port)
{
	struct wire_question *question;
	uint8_t mac[6];

	if (!port || !facts->port.up || !facts->port.carrier || !facts->port.in_bridge || !mac_parse(mac, facts->mac))
		return;
	question = ask(wire, number, kind, uplink);
	memcpy(question->source, wire->host, 16);
	memcpy(question->target, wire->address, 16);
	question->ifindex = port;
	mac_copy(question->mac, mac);
}

static void ask_neighbours(struct why_facts *facts, struct why_wire *wire, const struct netdev_link *uplink, int port)
{
	static const uint8_t none[16];
	uint8_t unused[16] = {0};

	if (wire->has_host)
		ask_guest(facts, wire, WHY_GUEST, WIRE_ARP, uplink, port);
	ask_arp(wire, WHY_DUPLICATE, uplink, none, wire->address);
	wire->questions[WHY_DUPLICATE].needed = false;
	if (wire->routable && !wire->ip6) {
		ask_arp(wire, WHY_OWN, uplink, none, wire->host);
		wire->questions[WHY_OWN].needed = false;
	}
	if (wire->has_host && !wire->ip6) {
		choose_unused(wire, UNUSED_LAST, unused);
		ask_arp(wire, WHY_UNUSED, uplink, wire->host, unused);
		wire->questions[WHY_UNUSED].needed = false;
	}
	if (wire->has_gateway && wire->ip6 && !json_number(json_object_get(facts->report, "counts"), "flood"))
		ask_arp(wire, WHY_MULTICAST, uplink, none, wire->gateway);
	if (wire->has_gateway) {
		ask_arp(wire, WHY_GATEWAY_BY_HOST, uplink, wire->host, wire->gateway);
		ask_arp(wire, WHY_GATEWAY_BY_GUEST, uplink, wire->address, wire->gateway);
	}
	if (wire->has_wanted) {
		ask_arp(wire, WHY_WANTED_BY_HOST, uplink, wire->host, wire->wanted);
		ask_arp(wire, WHY_WANTED_BY_GUEST, uplink, wire->address, wire->wanted);
	}
}

/* Longer echo requests, as far as they pass the port: is the guest's MTU smaller? */
static void ask_guest_sizes(struct why_facts *facts, struct why_wire *wire, const struct netdev_link *uplink, int port)
{
	enum { IP6_MTU_MIN = 1280 }; /* RFC 8200, 5 */
	int full = facts->port.mtu < uplink->mtu ? facts->port.mtu : uplink->mtu;

	full = full < 9000 ? full : 9000;
	ask_guest(facts, wire, WHY_GUEST_FULL, WIRE_ECHO, uplink, port);
	wire->questions[WHY_GUEST_FULL].size = (uint16_t)full;
	if (full < IP6_MTU_MIN)
		return;
	ask_guest(facts, wire, WHY_GUEST_MIN6, WIRE_ECHO, uplink, port);
	wire->questions[WHY_GUEST_MIN6].size = IP6_MTU_MIN;
	wire->questions[WHY_GUEST_MIN6].needed = false;
}

/* The second round. An echo of a guest that does not answer ARP would end a contest for its address. */
static void ask_echoes(struct why_facts *facts, struct why_wire *wire, const struct netdev_link *uplink, int port)
{
	static const uint8_t beyond[4] = {192, 0, 2, 1}; /* of TEST-NET-1, which nobody has (RFC 5737) */
	uint8_t global[16];

	if (wire->has_host && wire->questions[WHY_GUEST].answered) {
		ask_guest(facts, wire, WHY_GUEST_ECHO, WIRE_ECHO, uplink, port);
		ask_guest_sizes(facts, wire, uplink, port);
	}
	/* A guest with a wrong netmask would ask for that source, and thereby replace the address that it asks for by itself. */
	if (wire->questions[WHY_GUEST].answered && !wire->ip6 && (!wire->has_wanted || wire->wanted_in_network) &&
	    wire->questions[WHY_GATEWAY_BY_HOST].answered) {
		ask_guest(facts, wire, WHY_GUEST_BEYOND, WIRE_ECHO, uplink, port);
		memcpy(wire->questions[WHY_GUEST_BEYOND].source, beyond, 4);
	}
	if (wire->questions[WHY_GUEST].answered && wire->ip6 && why_global6(facts, global)) {
		ask_guest(facts, wire, WHY_GUEST_BEYOND, WIRE_ECHO, uplink, port);
		memcpy(wire->questions[WHY_GUEST_BEYOND].source, why_beyond6, 16);
		memcpy(wire->questions[WHY_GUEST_BEYOND].target, global, 16);
		wire->questions[WHY_GUEST_BEYOND].needed = false; /* many guests have no default route of IPv6 */
	}
	if (wire->questions[WHY_GATEWAY_BY_GUEST].answered && wire->questions[WHY_GATEWAY_BY_HOST].answered) {
		ask_gateway(wire, WHY_ECHO_BY_HOST, WIRE_ECHO, uplink, wire->host, wire->gateway);
		ask_gateway(wire, WHY_ECHO_BY_GUEST, WIRE_ECHO, uplink, wire->address, wire->gateway);
		ask_gateway(wire, WHY_ECHO_FULL, WIRE_ECHO, uplink, wire->host, wire->gateway);
		wire->questions[WHY_ECHO_FULL].size = (uint16_t)(uplink->mtu < 9000 ? uplink->mtu : 9000);
	}
}

/* Does the gateway answer this host and the guest's address by ARP? */
static bool answers_both(const struct why_wire *wire)
{
	return wire->routable && wire->questions[WHY_GATEWAY_BY_GUEST].answered &&
	       wire->questions[WHY_GATEWAY_BY_HOST].answered;
}

static void ask_peer(struct why_wire *wire, const struct netdev_link *uplink)
{
	if (!wire->has_peer || !answers_both(wire))
		return;
	ask_gateway(wire, WHY_PEER_BY_HOST, WIRE_ECHO, uplink, wire->host, wire->peer);
	ask_gateway(wire, WHY_PEER_BY_GUEST, WIRE_ECHO, uplink, wire->address, wire->peer);
	ask_gateway(wire, WHY_PEER_NEAR, WIRE_ECHO, uplink, wire->host, wire->peer);
	wire->questions[WHY_PEER_NEAR].ttl = 1;
	wire->questions[WHY_PEER_NEAR].late = true;
}

static bool is_peer_silent(const struct why_wire *wire)
{
	return wire->is_asked[WHY_PEER_BY_HOST] && !wire->questions[WHY_PEER_BY_HOST].answered &&
	       !wire->questions[WHY_PEER_BY_GUEST].answered;
}

/* By the gateway, unless it is the gateway itself: that of another machine of the network is not known. */
static void ask_dns(struct why_wire *wire, const struct netdev_link *uplink)
{
	if (!wire->has_dns || !answers_both(wire) ||
	    (wire->dns_in_network && memcmp(wire->dns, wire->gateway, wire->ip6 ? 16 : 4) != 0))
		return;
	ask_gateway(wire, WHY_DNS_BY_HOST, WIRE_DNS, uplink, wire->host, wire->dns);
	ask_gateway(wire, WHY_DNS_BY_GUEST, WIRE_DNS, uplink, wire->address, wire->dns);
}

/*
 * The machine for which the guest asks in vain gets a packet by the gateway, which an access point that isolates its clients lets pass,
 * and asks all for its sender, an address that nobody has.
 */
static void ask_for_wanted(struct why_wire *wire, const struct netdev_link *uplink)
{
	uint8_t unused[16] = {0};

	if (!wire->has_wanted || !wire->wanted_in_network || !answers_both(wire) ||
	    !is_unanswered(wire, WHY_WANTED_BY_HOST) || !is_unanswered(wire, WHY_WANTED_BY_GUEST))
		return;
	choose_unused(wire, OTHER_LAST, unused);
	ask_gateway(wire, WHY_WANTED_BY_GATEWAY, WIRE_ECHO, uplink, unused, wire->wanted);
}

/* Is the machine to which the guest sends what is for other networks a router, as the gateway is? */
static void ask_other_router(struct why_wire *wire, const struct netdev_link *uplink)
{
	const struct wire_question *beyond = &wire->questions[WHY_GUEST_BEYOND],
				   *gateway = &wire->questions[WHY_GATEWAY_BY_HOST];
	struct wire_question *question;

	if (!beyond->answered || mac_equal(beyond->to, beyond->own_mac) || mac_equal(beyond->to, gateway->by) ||
	    mac_equal(beyond->to, gateway->also_by))
		return;
	question = ask(wire, WHY_OTHER, WIRE_RETURN, uplink);
	mac_copy(question->mac, beyond->to);
	memcpy(question->source, wire->address, 16);
	memcpy(question->target, wire->host, 16);
}

/*
 * The last round: whether the gateway has got the guest's packets and forwards some to it, and whether a machine answers for all
 * addresses. A router of IPv6 tells this host by a redirect (RFC 4861, 8) that the guest has the uplink's MAC address: it is asked
 * only if it answers the guest no more. One of IPv4 sends redirects, too, and after one it keeps other errors to the same address
 * back: it is not asked if no peer answers anybody, because then the next run needs those errors.
 */
static void ask_again(struct why_wire *wire, const struct netdev_link *uplink)
{
	uint8_t unused[16] = {0};

	/* An answer to a neighbour solicitation needs the entry that may be stale; one to an ARP request does not. */
	bool misled =
		wire->ip6 && is_unanswered(wire, WHY_GATEWAY_BY_GUEST) && wire->questions[WHY_GATEWAY_BY_HOST].answered;

	bool both =
		answers_both(wire) && !is_peer_silent(wire) && (!wire->ip6 || is_unanswered(wire, WHY_ECHO_BY_GUEST));

	if ((wire->routable && misled) || both)
		ask_gateway(wire, WHY_RETURNED, WIRE_RETURN, uplink, wire->address, wire->host);
	if (both)
		ask_gateway(wire, WHY_FORWARDED, WIRE_RETURN, uplink, wire->host, wire->address);
	if (!wire->ip6)
		ask_other_router(wire, uplink);
	ask_for_wanted(wire, uplink);
	if (wire->questions[WHY_UNUSED].answered) {
		choose_unused(wire, OTHER_LAST, unused);
		ask_arp(wire, WHY_PROXIED, uplink, wire->host, unused);
	}
}

/* ---- the path through this host ---- */

static void add_path(struct why_wire *wire, enum why_path number, enum wire_kind kind, int entry, int port,
		     const struct netdev_link *uplink, const char *mac)
{
	struct path_probe *path = &wire->paths[number];

	path->port = port;
	path->uplink = uplink->ifindex;
	path->question = (struct wire_question){.kind = kind, .ip6 = wire->ip6, .ifindex = entry};
	mac_copy(path->question.own_mac, wire->questions[WHY_GATEWAY_BY_HOST].by);
	if (kind == WIRE_ECHO)
		mac_parse(path->question.mac, mac);
	memcpy(path->question.source, wire->gateway, 16);
	memcpy(path->question.target, wire->address, 16);
}

/* In the name of the gateway, if it and the guest at its port answer; its own answers take the same path. */
static void ask_paths(struct why_facts *facts, const struct netdev_link *uplink, int entry, int port)
{
	struct path_probe list[WHY_FAMILIES * WHY_PATHS];
	size_t count = 0;

	for (int i = 0; i < WHY_FAMILIES; i++) {
		struct why_wire *wire = &facts->wires[i];

		wire->path_asked = wire->questions[WHY_GUEST].answered && wire->questions[WHY_GATEWAY_BY_HOST].answered;
		if (!wire->path_asked)
			continue;
		add_path(wire, WHY_PATH_ARP, WIRE_ARP, entry, port, uplink, facts->mac);
		add_path(wire, WHY_PATH_ECHO, WIRE_ECHO, entry, port, uplink, facts->mac);
		for (int k = 0; k < WHY_PATHS; k++)
			list[count++] = wire->paths[k];
	}
	if (count && path_probe(list, count, PATH_MS, &facts->budget) < 0) {
		facts->wires[0].path_asked = facts->wires[1].path_asked = false;
		return;
	}
	count = 0;
	for (int i = 0; i < WHY_FAMILIES; i++)
		for (int k = 0; k < WHY_PATHS && facts->wires[i].path_asked; k++)
			facts->wires[i].paths[k] = list[count++];
}

/*
 * A test frame for the guest that is lost while the guest gets the gateway's answers is lost where only such frames are: at the
 * interface by which they enter the bridge, or by a rule for echo requests.
 */
static void doubt_paths(struct why_facts *facts)
{
	for (int i = 0; i < WHY_FAMILIES; i++)
		if (facts->watch.delivered[i] && !facts->wires[i].paths[WHY_PATH_ECHO].delivered)
			facts->wires[i].path_asked = false;
}

/* ---- both families ---- */

/*
 * The third and the fourth round, and the path; `entry`: 0: unknown. A router that has sent a redirect for a packet of the fourth
 * sends no other error to the same address for a second.
 */
static void ask_last(struct why_facts *facts, const struct netdev_link *uplink, int entry, int port,
		     const struct netdev_link *links, size_t count)
{
	for (int i = 0; i < WHY_FAMILIES; i++) {
		ask_peer(&facts->wires[i], uplink);
		ask_dns(&facts->wires[i], uplink);
	}
	why_ask_router(facts, uplink, links, count);
	send_round(facts, WHY_PEER_BY_HOST, WHY_DNS_BY_GUEST, PEER_MS);
	for (int i = 0; i < WHY_FAMILIES; i++)
		ask_again(&facts->wires[i], uplink);
	why_ask_router_again(facts);
	send_round(facts, WHY_RETURNED, WHY_WANTED_BY_GATEWAY, RETURN_MS);
	if (entry)
		ask_paths(facts, uplink, entry, port);
}

/* Returns whether there is something to ask. */
static bool prepare(struct why_facts *facts, struct why_wire *wire, struct netdev *nd, const struct netdev_addr *addrs,
		    size_t count, int uplink)
{
	const json_t *address = find_address(facts, wire->ip6);
	uint8_t any[16];

	if (!address || inet_pton(wire->ip6 ? AF_INET6 : AF_INET, json_text(address, "address"), wire->address) != 1)
		return false;
	wire->no_family = true;
	for (size_t i = 0; i < count; i++)
		if (addrs[i].ifindex == uplink && addrs[i].family == (wire->ip6 ? AF_INET6 : AF_INET))
			wire->no_family = false;
	wire->has_host = find_host(addrs, count, uplink, wire->ip6, wire->address, wire->host);
	wire->routable = wire->has_host && !(wire->ip6 && is_link_local6(wire->address));
	if (wire->ip6 && find_link_local(addrs, count, uplink, wire->local) && !wire->has_host) {
		wire->has_host = true;
		memcpy(wire->host, wire->local, 16);
	}
	wire->has_gateway = wire->has_host && find_gateway(nd, uplink, wire->ip6, wire->gateway);
	wire->has_wanted =
		wire->has_host && !wire->ip6 && find_wanted(facts, wire, address, addrs, count, wire->wanted);
	if (wire->has_wanted)
		wire->wanted_in_network = find_host(addrs, count, uplink, false, wire->wanted, any);
	wire->asked = address;
	return true;
}

void why_gather_wire(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *uplink = netdev_link_named(links, count, facts->uplink),
				 *link = netdev_link_named(links, count, facts->port.name);
	const struct netdev_link *uplink_port = netdev_link_named(links, count, facts->host.uplink_port);
	int port = link ? link->ifindex : 0;
	struct netdev_addr *addrs = NULL;
	size_t addr_count = 0;

	if (!uplink || !uplink->carrier || (uplink->flags & IFF_NOARP))
		return;
	netdev_addrs(nd, &addrs, &addr_count);
	for (int i = 0; i < WHY_FAMILIES; i++) {
		facts->wires[i].ip6 = i == 1;
		if (!prepare(facts, &facts->wires[i], nd, addrs, addr_count, uplink->ifindex))
			continue;
		mac_parse(facts->watch.mac, facts->mac);
		memcpy(facts->watch.gateways[i], facts->wires[i].gateway, sizeof(facts->wires[i].gateway));
		ask_neighbours(facts, &facts->wires[i], uplink, port);
	}
	if (send_round(facts, WHY_GUEST, WHY_WANTED_BY_GUEST, ARP_MS)) {
		for (int i = 0; i < WHY_FAMILIES; i++)
			ask_echoes(facts, &facts->wires[i], uplink, port);
		send_round(facts, WHY_GUEST_ECHO, WHY_ECHO_FULL, ECHO_MS);
		why_gather_routes(facts, nd, links, count);
		why_gather_host_path(facts);
		why_find_peers(facts, addrs, addr_count, uplink->ifindex);
		ask_last(facts, uplink, uplink_port && port ? uplink_port->peer : 0, port, links, count);
		why_watch_answers(facts, addrs, addr_count, uplink->ifindex);
		doubt_paths(facts);
		why_repeat_host_path(facts);
	} else {
		facts->wires[0].asked = facts->wires[1].asked = NULL;
	}
	free(addrs);
}
