/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine that advertises itself as a router of IPv6, and does not route. */
#include "why/judge_state.h"

#include "base/mac.h"
#include "daemon/json_text.h"
#include "why/wire_frame.h"

#include <stdio.h>
#include <string.h>

/* Does it have a route to other networks? One that forwards without sending errors is believed to have. */
static bool routes(const struct why_wire *wire)
{
	const struct wire_question *near = &wire->questions[WHY_OTHER_NEAR];

	return near->refused ? near->error_type == ICMP6_EXCEEDED : judge_has_answered(wire, WHY_OTHER);
}

static void name_router(char *text, size_t size, const struct why_router *router)
{
	char mac[MAC_TEXT_SIZE];

	mac_format(mac, router->mac);
	if (router->is_guest)
		snprintf(text, size, "another guest, %s on %s", mac,
			 *router->port ? router->port : "a port that is gone");
	else
		snprintf(text, size, "the machine %s of the network", mac);
}

/* A prefix that it advertises, and that is not of the network; NULL: none. */
static const char *foreign_prefix(const struct judge *judge, const json_t *row)
{
	json_t *prefix, *network;
	size_t i, k;

	json_array_foreach(json_object_get(row, "prefixes"), i, prefix)
	{
		bool known = false;

		json_array_foreach(json_object_get(json_object_get(judge->facts->report, "link"), "networks"), k,
				   network)
		{
			known |= json_equal(prefix, network);
		}
		if (!known)
			return json_string_value(prefix);
	}
	return NULL;
}

static void write_remedy(const struct judge *judge, char *text, size_t size, const struct why_router *router)
{
	const char *address = json_text(router->row, "address"), *prefix = foreign_prefix(judge, router->row);
	char undo[160] = "";

	if (prefix)
		snprintf(undo, sizeof(undo), ", `ip -6 address flush dev eth0 to %s`", prefix);
	if (!router->row)
		snprintf(text, size,
			 "Correct the default route in the guest: `ip -6 route` shows it; `ip -6 route del default dev "
			 "eth0` lets it take the router that advertises itself.");
	else if (router->is_guest)
		snprintf(
			text, size,
			"Stop the router advertisements in that guest (radvd, dnsmasq, connection sharing), or keep "
			"them from the others with `guest-services = drop` and `vifi bridge reload`. The guest deletes "
			"the route when it hears a last advertisement; otherwise delete it there: `ip -6 route del "
			"default via %s dev eth0`%s.",
			address, undo);
	else
		snprintf(text, size,
			 "Stop the router advertisements of that machine (radvd, dnsmasq, connection sharing), or turn "
			 "on "
			 "\"RA guard\" in the access point. If it has stopped already, delete the route in the guest: "
			 "`ip "
			 "-6 route del default via %s dev eth0`%s.",
			 address, undo);
}

static void add_evidence(const struct judge *judge, json_t *found)
{
	const struct why_wire *wire = &judge->facts->wires[1];
	const struct why_router *router = &wire->router;
	const json_t *prefix = json_array_get(json_object_get(router->row, "prefixes"), 0);
	char mac[MAC_TEXT_SIZE];
	struct wire_names names;

	mac_format(mac, router->mac);
	if (router->row)
		verdict_evidence(
			found,
			"router advertisements of %s (%s) seen on %s: %lld, the last %lld s ago, lifetime %lld "
			"s, preference %s%s%s",
			json_text(router->row, "address"), mac, router->port, json_number(router->row, "count"),
			json_number(router->row, "seen_s"), json_number(router->row, "lifetime_s"),
			json_text(router->row, "preference"), prefix ? ", prefix " : "",
			prefix ? json_string_value(prefix) : "");
	if (judge_has_answered(wire, WHY_GUEST_BEYOND))
		verdict_evidence(found,
				 "the guest's answer to an echo request from 3fff::1, which stands for all other "
				 "networks, went to %s",
				 mac);
	else if (router->is_used)
		verdict_evidence(found, "the guest solicits %s and gets no answer", json_text(router->row, "address"));
	if (wire->questions[WHY_OTHER_NEAR].refused)
		verdict_evidence(found, "%s refuses a packet for another network: it has no route", mac);
	else if (wire->is_asked[WHY_OTHER_NEAR])
		verdict_evidence(found, "%s neither forwards nor refuses a packet for another network", mac);
	else
		verdict_evidence(found, "its port is down or gone");
	judge_name_addresses(&names, wire);
	if (judge_has_answered(wire, WHY_GATEWAY_BY_HOST))
		verdict_evidence(found, "the router of the network is %s (%s), by this host's default route",
				 names.gateway, mac_format(mac, wire->questions[WHY_GATEWAY_BY_HOST].by));
	else
		verdict_evidence(found, "this host has no IPv6 router on %s", judge->facts->uplink);
}

/*
 * The only router of the network is no rogue: many advertise themselves for a network that has no IPv6 beyond. Is another one
 * known, which this host uses?
 */
static bool is_second(const struct why_wire *wire)
{
	return judge_has_answered(wire, WHY_GATEWAY_BY_HOST) &&
	       !mac_equal(wire->questions[WHY_GATEWAY_BY_HOST].by, wire->router.mac);
}

void rule_router(struct judge *judge)
{
	const struct why_wire *wire = &judge->facts->wires[1];
	const struct why_router *router = &wire->router;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], who[80];
	bool is_known = router->row || router->is_guest, /* else it may be a router that sends no errors */
		fails = (router->is_used && is_known) ||
			(router->foreign && !strcmp(router->foreign, judge->facts->asked));

	if (!router->is_found) {
		if (wire->asked && judge->facts->report)
			verdict_exclude(&judge->verdict, "no machine that does not route is the guest's IPv6 router");
		return;
	}
	if (routes(wire) || (!router->is_guest && !is_second(wire)))
		return;
	name_router(who, sizeof(who), router);
	if (router->is_used)
		snprintf(sentence, sizeof(sentence),
			 "The guest sends its IPv6 packets for other networks to %s, which %sdoes not route them.", who,
			 router->row ? "advertises itself as a router and " : "");
	else
		snprintf(
			sentence, sizeof(sentence),
			"The guest has the IPv6 address %s from a router advertisement of %s, which does not route it.",
			router->foreign, who);
	write_remedy(judge, remedy, sizeof(remedy), router);
	add_evidence(judge, verdict_cause(&judge->verdict, "rogue_router", fails ? "fail" : "warn", sentence, remedy));
}
