/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which IPv6 router does the guest use, if not the gateway of this host, and does that router route? The report has
 * what it has advertised (bridge/routers.h). The guest's answer to a packet from another network shows to which router
 * the guest sends.
 */
#include "why/why.h"

#include "base/mac.h"
#include "bridge/problems.h"
#include "daemon/json_text.h"
#include "netdev/rtnl.h"
#include "wire/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t why_beyond6[16] = {0x3f,
				 0xff, [15] = 1}; /* of the documentation prefix 3fff::/20 (RFC 9637): nobody has it */

/* Does a prefix of the router's advertisement cover the address? */
static bool covers(const json_t *row, const char *address)
{
	uint8_t wanted[16], addr[16];
	json_t *prefix;
	size_t i;

	json_array_foreach(json_object_get(row, "prefixes"), i, prefix)
	{
		char text[INET6_ADDRSTRLEN + 4], *slash;

		snprintf(text, sizeof(text), "%s", json_string_value(prefix));
		slash = strchr(text, '/');
		if (!slash)
			continue;
		*slash = 0;
		if (inet_pton(AF_INET6, text, addr) == 1 && inet_pton(AF_INET6, address, wanted) == 1 &&
		    ip_prefix_equal(addr, wanted, (unsigned)strtoul(slash + 1, NULL, 10)))
			return true;
	}
	return false;
}

/* An address of the guest from a prefix of the router that is not the network's, first the one that was asked for; NULL: none. */
static const char *foreign_address(const struct why_facts *facts, const json_t *row)
{
	const char *found = NULL;
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		const char *text = json_text(address, "address");

		if (!strcmp(json_text(address, "family"), "ip6") && !json_number(address, "vlan") &&
		    json_is_false(json_object_get(address, "in_network")) && covers(row, text) &&
		    (!found || !strcmp(text, facts->asked)))
			found = text;
	}
	return found;
}

bool why_global6(const struct why_facts *facts, uint8_t global[16])
{
	bool found = false;
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		const char *text = json_text(address, "address");

		if (!strcmp(json_text(address, "family"), "ip6") && strncmp(text, "fe80:", 5) != 0 &&
		    !json_number(address, "vlan") && inet_pton(AF_INET6, text, global) == 1) {
			found = true;
			if (!json_is_false(json_object_get(address, "in_network")))
				return true;
		}
	}
	return found;
}

/* Is the MAC address the guest's own, or that of the gateway or of this host? */
static bool is_expected(const struct why_facts *facts, const uint8_t mac[6])
{
	const struct wire_question *gateway = &facts->wires[1].questions[WHY_GATEWAY_BY_HOST],
				   *beyond = &facts->wires[1].questions[WHY_GUEST_BEYOND];
	char text[MAC_TEXT_SIZE];

	return !strcmp(mac_format(text, mac), facts->mac) || mac_equal(mac, gateway->by) ||
	       mac_equal(mac, gateway->also_by) || mac_equal(mac, beyond->own_mac);
}

static bool is_solicited(const struct why_facts *facts, const json_t *row)
{
	uint8_t address[16];

	if (inet_pton(AF_INET6, json_text(row, "address"), address) != 1)
		return false;
	for (size_t i = 0; i < PORT_WATCH_WANTED; i++)
		if (!memcmp(address, facts->watch.wanted6[i], sizeof(address)))
			return true;
	return false;
}

static bool choose(const struct why_facts *facts, const json_t *row, struct why_router *router)
{
	const struct wire_question *beyond = &facts->wires[1].questions[WHY_GUEST_BEYOND];

	*router = (struct why_router){.row = row,
				      .is_guest = json_is_true(json_object_get(row, "guest")),
				      .port = json_text(row, "port"),
				      .foreign = foreign_address(facts, row)};
	if (!mac_parse(router->mac, json_text(row, "mac")) || is_expected(facts, router->mac))
		return false;
	router->is_used = beyond->answered ? mac_equal(beyond->to, router->mac) : is_solicited(facts, row);
	return router->is_used || router->foreign;
}

/* A machine of which no advertisement was seen, to which the guest sends. */
static bool choose_unseen(const struct why_facts *facts, struct why_router *router)
{
	const struct wire_question *beyond = &facts->wires[1].questions[WHY_GUEST_BEYOND];
	char mac[MAC_TEXT_SIZE];
	const json_t *guest;

	if (!beyond->answered || is_expected(facts, beyond->to))
		return false;
	guest = bridge_problems_guest(facts->report, mac_format(mac, beyond->to));
	*router = (struct why_router){
		.is_guest = guest, .is_used = true, .port = guest ? json_text(guest, "port") : facts->uplink};
	mac_copy(router->mac, beyond->to);
	return true;
}

static bool find_router(const struct why_facts *facts, struct why_router *router)
{
	struct why_router found;
	json_t *row;
	size_t i;

	*router = (struct why_router){0};
	json_array_foreach(json_object_get(facts->report, "routers"), i, row)
	{
		if (choose(facts, row, &found) && (!router->row || found.is_used))
			*router = found;
	}
	return router->row || choose_unseen(facts, router);
}

static struct wire_question *ask(struct why_wire *wire, enum why_question number, enum wire_kind kind, int ifindex,
				 const uint8_t own_mac[6])
{
	struct wire_question *question = &wire->questions[number];

	*question = (struct wire_question){.kind = kind, .ip6 = true, .ifindex = ifindex, .needed = true};
	mac_copy(question->own_mac, own_mac);
	mac_copy(question->mac, wire->router.mac);
	wire->is_asked[number] = true;
	return question;
}

/*
 * A packet to another network with a hop limit of 1: a router refuses it with an error in any case, "time exceeded" if it has a route
 * (RFC 4443, 3.3). The link-local source brings the error here directly.
 */
void why_ask_router(struct why_facts *facts, const struct netdev_link *uplink, const struct netdev_link *links,
		    size_t count)
{
	static const uint8_t none[16];
	struct why_wire *wire = &facts->wires[1];
	const struct netdev_link *port;
	struct wire_question *question;

	if (!wire->asked || !wire->has_host || !find_router(facts, &wire->router))
		return;
	wire->router.is_found = true;
	port = wire->router.is_guest ? netdev_link_named(links, count, wire->router.port) : uplink;
	if (!port || !(port->flags & IFF_UP) || !port->carrier)
		return;
	question = ask(wire, WHY_OTHER_NEAR, WIRE_ECHO, port->ifindex, uplink->mac);
	question->ttl = 1;
	memcpy(question->source, memcmp(wire->local, none, 16) != 0 ? wire->local : wire->host, 16);
	memcpy(question->target, why_beyond6, 16);
}

/* A packet to this host, which it forwards if it forwards at all. */
void why_ask_router_again(struct why_facts *facts)
{
	struct why_wire *wire = &facts->wires[1];
	const struct wire_question *near = &wire->questions[WHY_OTHER_NEAR];
	struct wire_question *question;

	if (!wire->is_asked[WHY_OTHER_NEAR] || near->refused || !wire->routable)
		return;
	question = ask(wire, WHY_OTHER, WIRE_RETURN, near->ifindex, near->own_mac);
	memcpy(question->source, wire->address, 16);
	memcpy(question->target, wire->host, 16);
}
