/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the network answers, to this host and to the guest's address (facts_wire.c). Both ask with the MAC address of the uplink,
 * so that a difference is the address's. An answer is the word of who gives it; silence has several causes, which the
 * sentences name.
 */
#include "why/judge_state.h"

#include "base/mac.h"
#include "daemon/json_text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { TEXT4 = INET_ADDRSTRLEN, QUIET_S = 5 };

struct names {
	char address[TEXT4], host[TEXT4], gateway[TEXT4], wanted[TEXT4];
};

static void name_addresses(struct names *names, const struct why_wire *wire)
{
	inet_ntop(AF_INET, wire->address, names->address, TEXT4);
	inet_ntop(AF_INET, wire->host, names->host, TEXT4);
	inet_ntop(AF_INET, wire->gateway, names->gateway, TEXT4);
	inet_ntop(AF_INET, wire->wanted, names->wanted, TEXT4);
}

static bool was_asked(const struct why_wire *wire, enum why_question number)
{
	return wire->asked && wire->is_asked[number];
}

static bool has_answered(const struct why_wire *wire, enum why_question number)
{
	return was_asked(wire, number) && wire->questions[number].answered;
}

bool judge_is_silent(const struct why_wire *wire, enum why_question number)
{
	return was_asked(wire, number) && !wire->questions[number].answered;
}

static void add_traffic(json_t *cause, const struct why_wire *wire, const struct names *names)
{
	const json_t *in_s = json_object_get(wire->asked, "in_s");

	if (json_is_integer(in_s))
		verdict_evidence(cause, "%s: last frame out %lld s ago, last packet in %lld s ago", names->address,
				 json_number(wire->asked, "seen_s"), json_number(wire->asked, "in_s"));
	else
		verdict_evidence(cause, "%s: last frame out %lld s ago, and no packet has come in", names->address,
				 json_number(wire->asked, "seen_s"));
}

/* Has the guest sent since the last packet came for it? */
static bool is_one_way(const struct why_wire *wire)
{
	return !json_is_integer(json_object_get(wire->asked, "in_s")) ||
	       json_number(wire->asked, "in_s") > json_number(wire->asked, "seen_s") + 1;
}

/* ---- who else answers ---- */

/* Does one machine answer for two addresses that probably nobody has? */
static bool is_proxied(const struct why_wire *wire)
{
	return has_answered(wire, WHY_PROXIED) &&
	       mac_equal(wire->questions[WHY_PROXIED].by, wire->questions[WHY_UNUSED].by);
}

static void add_proxy(struct judge *judge, const struct names *names)
{
	const struct why_wire *wire = &judge->facts->wire;
	char sentence[VERDICT_TEXT], mac[MAC_TEXT_SIZE], unused[TEXT4], other[TEXT4];
	bool contested = json_lists(wire->asked, "flags", "contest") || wire->questions[WHY_DUPLICATE].answered;

	mac_format(mac, wire->questions[WHY_PROXIED].by);
	inet_ntop(AF_INET, wire->questions[WHY_UNUSED].target, unused, TEXT4);
	inet_ntop(AF_INET, wire->questions[WHY_PROXIED].target, other, TEXT4);
	snprintf(sentence, sizeof(sentence),
		 "The machine %s of the network answers ARP requests for addresses of others (proxy ARP), perhaps also "
		 "for %s.",
		 mac, names->address);
	verdict_evidence(
		verdict_cause(&judge->verdict, "proxy_arp", contested ? "fail" : "warn", sentence,
			      "Turn proxy ARP off there (`sysctl -w net.ipv4.conf.all.proxy_arp=0` on Linux, and "
			      "that of its interface; \"ARP proxy\" in a router)."),
		"it answers for %s and for %s, which probably nobody has", unused, other);
}

void rule_wire_claims(struct judge *judge)
{
	const struct why_wire *wire = &judge->facts->wire;
	char mac[MAC_TEXT_SIZE], sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	struct names names;
	json_t *found;

	name_addresses(&names, wire);
	if (is_proxied(wire)) {
		add_proxy(judge, &names);
		return;
	}
	if (!has_answered(wire, WHY_DUPLICATE)) {
		if (was_asked(wire, WHY_DUPLICATE))
			verdict_exclude(&judge->verdict, "no station of the network answers for the guest's address");
		return;
	}
	mac_format(mac, wire->questions[WHY_DUPLICATE].by);
	snprintf(sentence, sizeof(sentence), "The guest's address %s is in use twice: the station %s has it, too.",
		 names.address, mac);
	snprintf(remedy, sizeof(remedy),
		 "Give the guest another address, or let it ask by DHCP; or change the address of %s.", mac);
	found = verdict_cause(&judge->verdict, "contest", "fail", sentence, remedy);
	verdict_evidence(found, "%s answers ARP requests for %s on %s", mac, names.address, judge->facts->uplink);
}

/* ---- the gateway ---- */

static void judge_silent_gateway(struct judge *judge, const struct names *names)
{
	const struct why_wire *wire = &judge->facts->wire;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	snprintf(sentence, sizeof(sentence), "The gateway %s answers no ARP requests, neither of this host nor of %s.",
		 names->gateway, names->address);
	snprintf(remedy, sizeof(remedy),
		 "`ip route show default` has the gateway, `ping %s` and `ip neigh show dev %s` whether it is there; "
		 "`vifi sta reconnect` or the network manager connects the uplink afresh.",
		 names->gateway, judge->facts->uplink);
	found = verdict_cause(&judge->verdict, "gateway_silent", "fail", sentence, remedy);
	verdict_evidence(found, "two requests each of %s and %s on %s", names->host, names->address,
			 judge->facts->uplink);
	add_traffic(found, wire, names);
}

/* The network passes addresses that it knows. `arp`: it drops ARP, too. */
static void judge_binding(struct judge *judge, const struct names *names, bool arp)
{
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	snprintf(
		sentence, sizeof(sentence),
		"The access point binds IP addresses to MAC addresses: it passes %s with the uplink's MAC address, and "
		"not the guest's %s.",
		names->host, names->address);
	snprintf(remedy, sizeof(remedy),
		 "Turn off \"IP source guard\", \"ARP inspection\" or \"IP-MAC binding\" there, or allow %s. If it "
		 "learns from DHCP, let the guest ask by DHCP; `vifi bridge up --rewrite-chaddr %s %s` asks with the "
		 "uplink's MAC address.",
		 names->address, judge->facts->uplink, judge->facts->bridge);
	found = verdict_cause(&judge->verdict, "ip_mac_binding", "fail", sentence, remedy);
	if (arp)
		verdict_evidence(found, "the gateway %s answers ARP requests of %s, and none of %s", names->gateway,
				 names->host, names->address);
	else if (has_answered(&judge->facts->wire, WHY_FORWARDED))
		verdict_evidence(found, "the gateway %s forwards a packet of %s to %s, and none back", names->gateway,
				 names->host, names->address);
	else
		verdict_evidence(found,
				 "the gateway %s answers ARP requests of both, and echo requests only of %s; no packet "
				 "of %s was seen to arrive there",
				 names->gateway, names->host, names->address);
	add_traffic(found, &judge->facts->wire, names);
}

static void judge_stale(struct judge *judge, const struct names *names)
{
	const struct wire_question *returned = &judge->facts->wire.questions[WHY_RETURNED];
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], mac[MAC_TEXT_SIZE];
	json_t *found;

	mac_format(mac, judge->facts->wire.questions[WHY_RETURNED].own_mac);
	snprintf(sentence, sizeof(sentence),
		 "The gateway %s sends packets for %s to another MAC address: its neighbour entry is stale or fixed.",
		 names->gateway, names->address);
	snprintf(
		remedy, sizeof(remedy),
		"Delete the entry at the gateway: `ip neigh del %s dev INTERFACE` on Linux, \"static ARP\" or \"IP-MAC "
		"binding\" in a router; the right address is %s.",
		names->address, mac);
	found = verdict_cause(&judge->verdict, "stale_neighbour", "fail", sentence, remedy);
	mac_format(mac, returned->by);
	verdict_evidence(found, "%s (%s) forwards a packet of %s to this host, so that it receives the guest", mac,
			 names->gateway, names->address);
	if (judge_is_silent(&judge->facts->wire, WHY_FORWARDED))
		verdict_evidence(found, "it forwards no packet of %s to %s", names->host, names->address);
	else
		verdict_evidence(found, "its answers to echo requests come for %s, and not for %s", names->host,
				 names->address);
	add_traffic(found, &judge->facts->wire, names);
}

static void judge_two_gateways(struct judge *judge, const struct names *names)
{
	const struct wire_question *one = &judge->facts->wire.questions[WHY_GATEWAY_BY_HOST],
				   *other = &judge->facts->wire.questions[WHY_GATEWAY_BY_GUEST];
	char sentence[VERDICT_TEXT], first[MAC_TEXT_SIZE], second[MAC_TEXT_SIZE];

	mac_format(first, one->by);
	mac_format(second, !mac_is_zero(one->also_by)     ? one->also_by
			   : !mac_is_zero(other->also_by) ? other->also_by
							  : other->by);
	if (!strcmp(first, second))
		return;
	snprintf(sentence, sizeof(sentence), "Two machines answer for the gateway %s: %s and %s.", names->gateway,
		 first, second);
	verdict_evidence(
		verdict_cause(&judge->verdict, "two_gateways", "warn", sentence,
			      "Find the wrong one by its MAC address: a second router with the same address, or "
			      "a machine with proxy ARP; `arping -I UPLINK GATEWAY` shows both."),
		"both answered ARP requests on %s", judge->facts->uplink);
}

/* A gateway that answers no echo requests may forward between its own clients: that shows which direction fails. */
static bool judge_forwarding(struct judge *judge, const struct names *names)
{
	const struct why_wire *wire = &judge->facts->wire;

	if (has_answered(wire, WHY_RETURNED) && judge_is_silent(wire, WHY_FORWARDED))
		judge_stale(judge, names);
	else if (judge_is_silent(wire, WHY_RETURNED) && has_answered(wire, WHY_FORWARDED))
		judge_binding(judge, names, false);
	else
		return false;
	return true;
}

/* ICMP may be filtered, so that a difference counts only as far as no packet comes for the guest. */
static void judge_echoes(struct judge *judge, const struct names *names)
{
	const struct why_wire *wire = &judge->facts->wire;
	char sentence[VERDICT_TEXT];

	if (judge_forwarding(judge, names))
		return;
	if (has_answered(wire, WHY_ECHO_BY_HOST) && judge_is_silent(wire, WHY_ECHO_BY_GUEST)) {
		if (has_answered(wire, WHY_RETURNED))
			judge_stale(judge, names);
		else if (is_one_way(wire))
			judge_binding(judge, names, false);
		return;
	}
	if (has_answered(wire, WHY_ECHO_BY_GUEST))
		verdict_exclude(&judge->verdict, "the gateway answers the guest's address");
	if (!has_answered(wire, WHY_ECHO_BY_HOST) || has_answered(wire, WHY_ECHO_FULL))
		return;
	snprintf(
		sentence, sizeof(sentence),
		"Packets of %d bytes do not come back from the gateway %s, shorter ones do: the path has a smaller MTU "
		"than %s.",
		wire->questions[WHY_ECHO_FULL].size, names->gateway, judge->facts->uplink);
	verdict_evidence(
		verdict_cause(&judge->verdict, "mtu_hole", "warn", sentence,
			      "Set the MTU of the access point's or router's interface right; or a smaller one "
			      "here and in the guests: `ip link set UPLINK mtu 1400`."),
		"`ping -M do -s %d %s` is lost", wire->questions[WHY_ECHO_FULL].size - 28, names->gateway);
}

/* ---- whom the guest asks for in vain ---- */

static void judge_netmask(struct judge *judge, const struct names *names)
{
	char sentence[VERDICT_TEXT];
	json_t *found;

	snprintf(sentence, sizeof(sentence),
		 "The guest looks for %s in its own network by ARP, but that is of another one: its prefix length is "
		 "wrong, or a route has no gateway.",
		 names->wanted);
	found = verdict_cause(&judge->verdict, "wrong_netmask", is_one_way(&judge->facts->wire) ? "fail" : "warn",
			      sentence,
			      "Correct the prefix length or the route inside the guest: `ip address`, `ip route`; "
			      "`vifi bridge show` has the networks of the uplink.");
	verdict_evidence(found, "its last ARP request was for %s, and nobody answered", names->wanted);
}

/* The first and the last address of a network are those that routers usually have. */
static bool looks_like_gateway(const uint8_t address[4])
{
	return address[3] == 1 || address[3] == 254;
}

static void judge_wanted(struct judge *judge, const struct names *names)
{
	const struct why_wire *wire = &judge->facts->wire;
	bool alone = !json_number(wire->asked, "in_packets") && !json_is_integer(json_object_get(wire->asked, "in_s"));
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	if (wire->has_gateway && (alone || looks_like_gateway(wire->wanted))) {
		snprintf(sentence, sizeof(sentence),
			 "The guest asks for %s, and nobody has that address: if it is the guest's gateway, that is "
			 "wrong; the network's is %s.",
			 names->wanted, names->gateway);
		snprintf(remedy, sizeof(remedy), "Inside the guest: `ip route replace default via %s`.",
			 names->gateway);
		found = verdict_cause(&judge->verdict, "wrong_gateway", is_one_way(wire) ? "fail" : "warn", sentence,
				      remedy);
	} else {
		snprintf(sentence, sizeof(sentence),
			 "%s does not answer the guest, nor this host%s%s%s: the access point isolates its clients, or "
			 "that machine is off.",
			 names->wanted, wire->has_gateway ? ", while the gateway " : "",
			 wire->has_gateway ? names->gateway : "", wire->has_gateway ? " does" : "");
		snprintf(remedy, sizeof(remedy),
			 "Turn off \"client isolation\" (\"AP isolation\", ap_isolate=1) at the access point, if %s is "
			 "another of its clients.",
			 names->wanted);
		found = verdict_cause(&judge->verdict, "ap_isolation", "warn", sentence, remedy);
	}
	verdict_evidence(found, "ARP requests of %s and of %s for %s are unanswered%s", names->address, names->host,
			 names->wanted, wire->has_gateway ? "; the gateway answers both" : "");
	add_traffic(found, wire, names);
}

/* ---- the rules ---- */

/* Returns whether the gateway answers the guest, or none is known. */
static bool judge_gateway(struct judge *judge, const struct names *names)
{
	const struct why_wire *wire = &judge->facts->wire;

	if (judge_is_silent(wire, WHY_GATEWAY_BY_GUEST)) {
		if (has_answered(wire, WHY_GATEWAY_BY_HOST))
			judge_binding(judge, names, true);
		else
			judge_silent_gateway(judge, names);
		return false;
	}
	if (has_answered(wire, WHY_GATEWAY_BY_HOST)) {
		judge_two_gateways(judge, names);
		judge_echoes(judge, names);
	}
	return true;
}

void rule_wire(struct judge *judge)
{
	const struct why_wire *wire = &judge->facts->wire;
	struct names names;

	if (!wire->asked || wire->questions[WHY_DUPLICATE].answered)
		return;
	name_addresses(&names, wire);
	if (!judge_gateway(judge, &names) || !wire->has_wanted || !judge_is_silent(wire, WHY_WANTED_BY_HOST) ||
	    !judge_is_silent(wire, WHY_WANTED_BY_GUEST))
		return;
	if (wire->wanted_in_network)
		judge_wanted(judge, &names);
	else
		judge_netmask(judge, &names);
}

/* Many systems drop echo requests by default: worth knowing, and no obstacle. */
static void note_guest_firewall(struct judge *judge)
{
	char sentence[VERDICT_TEXT];
	struct names names;

	name_addresses(&names, &judge->facts->wire);
	snprintf(sentence, sizeof(sentence),
		 "The guest answers ARP requests for %s and no echo request: its own firewall drops them, and perhaps "
		 "more.",
		 names.address);
	verdict_evidence(
		verdict_cause(&judge->verdict, "guest_firewall", "note", sentence,
			      "If connections to the guest fail, look inside it: `nft list ruleset`, `iptables "
			      "-vnL`, or the firewall of Windows."),
		"an echo request of this host was sent to %s on %s, past everything else of this host",
		judge->facts->mac, judge->facts->port.name);
}

void rule_guest_answers(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT];
	struct names names;

	if (has_answered(&facts->wire, WHY_GUEST) && judge_is_silent(&facts->wire, WHY_GUEST_ECHO))
		note_guest_firewall(judge);
	else if (has_answered(&facts->wire, WHY_GUEST))
		verdict_exclude(&judge->verdict, "the guest answers at its port");
	if (!judge_is_silent(&facts->wire, WHY_GUEST))
		return;
	name_addresses(&names, &facts->wire);
	snprintf(sentence, sizeof(sentence),
		 "The guest does not answer ARP requests for %s at its own port %s: it is paused or hung, has lost the "
		 "address, or filters ARP.",
		 names.address, facts->port.name);
	verdict_evidence(
		verdict_cause(&judge->verdict, "guest_silent",
			      json_number(facts->wire.asked, "seen_s") >= QUIET_S ? "fail" : "warn", sentence,
			      "Look at the guest's console (`virsh list`, `qm status`, `incus list`: is it paused?), "
			      "and inside it `ip address` and `nft list ruleset`."),
		"two requests of this host to %s on %s; its last frame came %lld s ago", facts->mac, facts->port.name,
		json_number(facts->wire.asked, "seen_s"));
}
