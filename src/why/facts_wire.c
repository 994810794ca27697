/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the network about the guest's IPv4 address, in up to three rounds: who answers by ARP, who answers echo requests, and
 * if the guest's are not answered, whether the gateway has received them.
 */
#include "why/why.h"

#include "base/mac.h"
#include "daemon/json_text.h"
#include "netdev/rtnl.h"
#include "wire/ip.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { ARP_MS = 360, ECHO_MS = 240, RETURN_MS = 160, UNUSED_LAST = 253, OTHER_LAST = 187 };

/* ---- which addresses ---- */

/* The guest's untagged IPv4 address of the network: the one that was asked for, or the one heard last. */
static const json_t *find_address(const struct why_facts *facts)
{
	const json_t *best = NULL;
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		if (strcmp(json_text(address, "family"), "ip4") != 0 || json_number(address, "vlan") ||
		    json_is_false(json_object_get(address, "in_network")))
			continue;
		if (!strcmp(json_text(address, "address"), facts->asked))
			return address;
		if (!best || json_number(address, "seen_s") < json_number(best, "seen_s"))
			best = address;
	}
	return best;
}

static bool is_ip4(const char *text, uint8_t addr[4])
{
	return inet_pton(AF_INET, text, addr) == 1;
}

/* The address of this host on the uplink in the network of `near`. */
static bool find_host(const struct netdev_addr *addrs, size_t count, int uplink, const uint8_t near[4], uint8_t host[4],
		      bool *covered)
{
	*covered = false;
	for (size_t i = 0; i < count; i++) {
		if (addrs[i].family != AF_INET || addrs[i].ifindex != uplink || addrs[i].prefix_length > 31 ||
		    !ip_prefix_equal(addrs[i].addr, near, addrs[i].prefix_length))
			continue;
		memcpy(host, addrs[i].addr, 4);
		*covered = true;
		return true;
	}
	return false;
}

/* The next hop of the best default route by the uplink. */
static bool find_gateway(struct netdev *nd, int uplink, uint8_t gateway[4])
{
	const struct netdev_route *best = NULL;
	struct netdev_route *routes = NULL;
	size_t count = 0;

	netdev_routes(nd, &routes, &count);
	for (size_t i = 0; i < count; i++)
		if (routes[i].ifindex == uplink && routes[i].family == AF_INET && !routes[i].prefix_length &&
		    routes[i].gateway_family == AF_INET && (!best || routes[i].metric < best->metric))
			best = &routes[i];
	if (best)
		memcpy(gateway, best->gateway, 4);
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
static bool find_wanted(const struct why_facts *facts, const json_t *address, uint8_t wanted[4])
{
	const struct why_wire *wire = &facts->wire;
	const char *text = json_text(address, "asked");

	return *text && is_ip4(text, wanted) && !ip4_is_link_local(wanted) && memcmp(wanted, wire->gateway, 4) != 0 &&
	       memcmp(wanted, wire->address, 4) != 0 && !belongs_to_guest(facts->report, text);
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

	*question = (struct wire_question){.kind = kind, .ifindex = uplink->ifindex, .needed = true};
	mac_copy(question->own_mac, uplink->mac);
	wire->is_asked[number] = true;
	return question;
}

static void ask_arp(struct why_wire *wire, enum why_question number, const struct netdev_link *uplink,
		    const uint8_t source[4], const uint8_t target[4])
{
	struct wire_question *question = ask(wire, number, WIRE_ARP, uplink);

	memcpy(question->source, source, 4);
	memcpy(question->target, target, 4);
}

static void ask_gateway(struct why_wire *wire, enum why_question number, enum wire_kind kind,
			const struct netdev_link *uplink, const uint8_t source[4], const uint8_t target[4])
{
	struct wire_question *question = ask(wire, number, kind, uplink);

	mac_copy(question->mac, wire->questions[WHY_GATEWAY_BY_GUEST].by);
	memcpy(question->source, source, 4);
	memcpy(question->target, target, 4);
}

/* Sends the questions first .. last that are wanted. */
static bool send_round(struct why_wire *wire, enum why_question first, enum why_question last, int wait_ms)
{
	struct wire_question list[WHY_QUESTIONS];
	size_t count = 0;

	for (int i = first; i <= (int)last; i++)
		if (wire->is_asked[i])
			list[count++] = wire->questions[i];
	if (!count || wire_probe(list, count, wait_ms) < 0)
		return false;
	count = 0;
	for (int i = first; i <= (int)last; i++)
		if (wire->is_asked[i])
			wire->questions[i] = list[count++];
	return true;
}

static void ask_guest(struct why_facts *facts, enum why_question number, enum wire_kind kind,
		      const struct netdev_link *uplink, int port)
{
	struct why_wire *wire = &facts->wire;
	struct wire_question *question;
	uint8_t mac[6];

	if (!port || !facts->port.up || !facts->port.carrier || !facts->port.in_bridge || !mac_parse(mac, facts->mac))
		return;
	question = ask(wire, number, kind, uplink);
	memcpy(question->source, wire->host, 4);
	memcpy(question->target, wire->address, 4);
	question->ifindex = port;
	mac_copy(question->mac, mac);
}

static bool ask_by_arp(struct why_facts *facts, const struct netdev_link *uplink, int port)
{
	static const uint8_t none[4];
	struct why_wire *wire = &facts->wire;
	uint8_t unused[4];

	choose_unused(wire, UNUSED_LAST, unused);
	ask_guest(facts, WHY_GUEST, WIRE_ARP, uplink, port);
	ask_arp(wire, WHY_DUPLICATE, uplink, none, wire->address);
	wire->questions[WHY_DUPLICATE].needed = false;
	ask_arp(wire, WHY_UNUSED, uplink, wire->host, unused);
	wire->questions[WHY_UNUSED].needed = false;
	if (wire->has_gateway) {
		ask_arp(wire, WHY_GATEWAY_BY_HOST, uplink, wire->host, wire->gateway);
		ask_arp(wire, WHY_GATEWAY_BY_GUEST, uplink, wire->address, wire->gateway);
	}
	if (wire->has_wanted) {
		ask_arp(wire, WHY_WANTED_BY_HOST, uplink, wire->host, wire->wanted);
		ask_arp(wire, WHY_WANTED_BY_GUEST, uplink, wire->address, wire->wanted);
	}
	return send_round(wire, WHY_GUEST, WHY_WANTED_BY_GUEST, ARP_MS);
}

/* The second round. An echo of a guest that does not answer ARP would end a contest for its address. */
static void ask_by_echo(struct why_facts *facts, const struct netdev_link *uplink, int port)
{
	struct why_wire *wire = &facts->wire;

	if (wire->questions[WHY_GUEST].answered)
		ask_guest(facts, WHY_GUEST_ECHO, WIRE_ECHO, uplink, port);
	if (wire->questions[WHY_GATEWAY_BY_GUEST].answered && wire->questions[WHY_GATEWAY_BY_HOST].answered) {
		ask_gateway(wire, WHY_ECHO_BY_HOST, WIRE_ECHO, uplink, wire->host, wire->gateway);
		ask_gateway(wire, WHY_ECHO_BY_GUEST, WIRE_ECHO, uplink, wire->address, wire->gateway);
		ask_gateway(wire, WHY_ECHO_FULL, WIRE_ECHO, uplink, wire->host, wire->gateway);
		wire->questions[WHY_ECHO_FULL].size = (uint16_t)(uplink->mtu < 9000 ? uplink->mtu : 9000);
	}
	send_round(wire, WHY_GUEST_ECHO, WHY_ECHO_FULL, ECHO_MS);
}

/* The third round: whether the gateway has got the guest's packets, and whether a machine answers for all addresses. */
static void ask_again(struct why_wire *wire, const struct netdev_link *uplink)
{
	uint8_t unused[4];

	choose_unused(wire, OTHER_LAST, unused);
	if (wire->is_asked[WHY_ECHO_BY_GUEST] && !wire->questions[WHY_ECHO_BY_GUEST].answered)
		ask_gateway(wire, WHY_RETURNED, WIRE_RETURN, uplink, wire->address, wire->host);
	if (wire->is_asked[WHY_ECHO_BY_HOST] && !wire->questions[WHY_ECHO_BY_HOST].answered)
		ask_gateway(wire, WHY_FORWARDED, WIRE_RETURN, uplink, wire->host, wire->address);
	if (wire->questions[WHY_UNUSED].answered)
		ask_arp(wire, WHY_PROXIED, uplink, wire->host, unused);
	send_round(wire, WHY_RETURNED, WHY_PROXIED, RETURN_MS);
}

void why_gather_wire(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *uplink = netdev_link_named(links, count, facts->uplink),
				 *port = netdev_link_named(links, count, facts->port.name);
	const json_t *address = find_address(facts);
	struct why_wire *wire = &facts->wire;
	struct netdev_addr *addrs = NULL;
	size_t addr_count = 0;
	uint8_t any[4];
	bool known;

	if (!address || !uplink || !uplink->carrier || (uplink->flags & IFF_NOARP) ||
	    !is_ip4(json_text(address, "address"), wire->address))
		return;
	netdev_addrs(nd, &addrs, &addr_count);
	known = find_host(addrs, addr_count, uplink->ifindex, wire->address, wire->host, &wire->in_network);
	wire->has_gateway = known && find_gateway(nd, uplink->ifindex, wire->gateway);
	wire->has_wanted = known && find_wanted(facts, address, wire->wanted);
	if (wire->has_wanted)
		find_host(addrs, addr_count, uplink->ifindex, wire->wanted, any, &wire->wanted_in_network);
	free(addrs);
	if (!known || !ask_by_arp(facts, uplink, port ? port->ifindex : 0))
		return;
	wire->asked = address;
	ask_by_echo(facts, uplink, port ? port->ifindex : 0);
	ask_again(wire, uplink);
}
