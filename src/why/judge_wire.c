/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the network answers to this host, and to the guest's address (facts_wire.c). All questions have the MAC address
 * of the uplink, so a difference between the answers is due to the IP address. An answer proves only what its sender
 * says; silence has several causes, which the sentences name.
 */
#include "why/judge_state.h"

#include "base/mac.h"
#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>

enum { QUIET_S = 5, ASKED_LATELY_S = 2, ISOLATED_S = 60 };

void judge_name_addresses(struct wire_names *names, const struct why_wire *wire)
{
	int family = wire->ip6 ? AF_INET6 : AF_INET;

	inet_ntop(family, wire->address, names->address, sizeof(names->address));
	inet_ntop(family, wire->host, names->host, sizeof(names->host));
	inet_ntop(family, wire->gateway, names->gateway, sizeof(names->gateway));
	inet_ntop(family, wire->wanted, names->wanted, sizeof(names->wanted));
	inet_ntop(family, wire->peer, names->peer, sizeof(names->peer));
	inet_ntop(family, wire->dns, names->dns, sizeof(names->dns));
}

/* How the MAC address of a neighbour is asked for. */
static const char *requests_of(const struct why_wire *wire)
{
	return wire->ip6 ? "neighbour solicitations" : "ARP requests";
}

static bool was_asked(const struct why_wire *wire, enum why_question number)
{
	return wire->asked && wire->is_asked[number];
}

bool judge_has_answered(const struct why_wire *wire, enum why_question number)
{
	return was_asked(wire, number) && wire->questions[number].answered;
}

bool judge_is_silent(const struct why_wire *wire, enum why_question number)
{
	return was_asked(wire, number) && !wire->questions[number].answered;
}

static void add_traffic(json_t *cause, const struct why_wire *wire, const struct wire_names *names)
{
	const json_t *in_s = json_object_get(wire->asked, "in_s");

	if (json_is_integer(in_s))
		verdict_evidence(cause, "%s: last frame sent %lld s ago, last packet received %lld s ago",
				 names->address, json_number(wire->asked, "seen_s"), json_number(wire->asked, "in_s"));
	else
		verdict_evidence(cause, "%s: last frame sent %lld s ago, no packet received", names->address,
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
	return judge_has_answered(wire, WHY_PROXIED) &&
	       mac_equal(wire->questions[WHY_PROXIED].by, wire->questions[WHY_UNUSED].by);
}

static void add_proxy(struct judge *judge, const struct wire_names *names)
{
	const struct why_wire *wire = judge->wire;
	char sentence[VERDICT_TEXT], mac[MAC_TEXT_SIZE], unused[INET6_ADDRSTRLEN], other[INET6_ADDRSTRLEN];
	bool contested = json_lists(wire->asked, "flags", "contest") || wire->questions[WHY_DUPLICATE].answered;

	mac_format(mac, wire->questions[WHY_PROXIED].by);
	inet_ntop(AF_INET, wire->questions[WHY_UNUSED].target, unused, INET6_ADDRSTRLEN);
	inet_ntop(AF_INET, wire->questions[WHY_PROXIED].target, other, INET6_ADDRSTRLEN);
	snprintf(sentence, sizeof(sentence),
		 "The machine %s on the network answers ARP requests for other machines' addresses (proxy ARP), "
		 "perhaps also for %s.",
		 mac, names->address);
	verdict_evidence(verdict_cause(&judge->verdict, "proxy_arp", contested ? "fail" : "warn", sentence,
				       "Disable proxy ARP there (on Linux `sysctl -w net.ipv4.conf.all.proxy_arp=0`, "
				       "and the same for its interface; \"ARP proxy\" in a router)."),
			 "it answers for %s and for %s, which are probably unused", unused, other);
}

void rule_wire_claims(struct judge *judge)
{
	const struct why_wire *wire = judge->wire;
	char mac[MAC_TEXT_SIZE], sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	struct wire_names names;
	json_t *found;

	judge_name_addresses(&names, wire);
	if (is_proxied(wire)) {
		add_proxy(judge, &names);
		return;
	}
	if (!judge_has_answered(wire, WHY_DUPLICATE)) {
		if (was_asked(wire, WHY_DUPLICATE))
			verdict_exclude(&judge->verdict, "no station of the network answers for the guest's address");
		return;
	}
	mac_format(mac, wire->questions[WHY_DUPLICATE].by);
	snprintf(sentence, sizeof(sentence), "The guest's address %s is in use twice: the station %s uses it, too.",
		 names.address, mac);
	snprintf(remedy, sizeof(remedy),
		 "Give the guest another address, or let it use DHCP; or change the address of %s.", mac);
	found = verdict_cause(&judge->verdict, "contest", "fail", sentence, remedy);
	verdict_evidence(found, "%s answers %s for %s on %s", mac, requests_of(wire), names.address,
			 judge->facts->uplink);
}

/* ---- the gateway ---- */

static void judge_silent_gateway(struct judge *judge, const struct wire_names *names)
{
	const struct why_wire *wire = judge->wire;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	snprintf(sentence, sizeof(sentence), "The gateway %s answers no %s, neither from this host nor from %s.",
		 names->gateway, requests_of(wire), names->address);
	snprintf(remedy, sizeof(remedy),
		 "Check the gateway with `ip %s route show default`, `ping %s` and `ip neigh show dev %s`. To "
		 "reconnect the uplink, use `vifi sta reconnect` or the network manager.",
		 wire->ip6 ? "-6" : "-4", names->gateway, judge->facts->uplink);
	found = verdict_cause(&judge->verdict, "gateway_silent", "fail", sentence, remedy);
	verdict_evidence(found, "three requests each from %s and %s on %s", names->host, names->address,
			 judge->facts->uplink);
	add_traffic(found, wire, names);
}

/* The network passes addresses that it knows. `arp`: it drops ARP, too. */
static void judge_binding(struct judge *judge, const struct wire_names *names, bool arp)
{
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	snprintf(sentence, sizeof(sentence),
		 "The access point binds IP addresses to MAC addresses: with the uplink's MAC address it passes frames "
		 "of %s, but not those of the guest's address %s.",
		 names->host, names->address);
	snprintf(remedy, sizeof(remedy),
		 "Disable \"IP source guard\", \"ARP inspection\" or \"IP-MAC binding\" there, or permit %s. If the "
		 "access point learns from DHCP, let the guest use DHCP; with `vifi bridge up --rewrite-chaddr %s %s` "
		 "its requests carry the uplink's MAC address.",
		 names->address, judge->facts->uplink, judge->facts->bridge);
	found = verdict_cause(&judge->verdict, "ip_mac_binding", "fail", sentence, remedy);
	if (arp)
		verdict_evidence(found, "the gateway %s answers %s from %s, and none from %s", names->gateway,
				 requests_of(judge->wire), names->host, names->address);
	else if (judge_has_answered(judge->wire, WHY_FORWARDED))
		verdict_evidence(found, "the gateway %s forwards a packet of %s to %s, and none back", names->gateway,
				 names->host, names->address);
	else
		verdict_evidence(found,
				 "the gateway %s answers %s from both, but echo requests only from %s; no packet from "
				 "%s was seen to arrive there",
				 names->gateway, requests_of(judge->wire), names->host, names->address);
	add_traffic(found, judge->wire, names);
}

static void judge_stale(struct judge *judge, const struct wire_names *names)
{
	const struct wire_question *returned = &judge->wire->questions[WHY_RETURNED];
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], mac[MAC_TEXT_SIZE];
	json_t *found;

	mac_format(mac, judge->wire->questions[WHY_RETURNED].own_mac);
	snprintf(sentence, sizeof(sentence),
		 "The gateway %s sends packets for %s to another place: its neighbour entry is stale or fixed, or one "
		 "of its routes leads nowhere.",
		 names->gateway, names->address);
	snprintf(
		remedy, sizeof(remedy),
		"Delete the entry at the gateway: `ip neigh del %s dev INTERFACE` on Linux, \"static ARP\" or \"IP-MAC "
		"binding\" in a router; the right address is %s. `ip route get %s` there shows the route.",
		names->address, mac, names->address);
	found = verdict_cause(&judge->verdict, "stale_neighbour", "fail", sentence, remedy);
	mac_format(mac, returned->by);
	verdict_evidence(found, "%s (%s) forwards a packet of %s to this host, so frames of the guest do reach it", mac,
			 names->gateway, names->address);
	if (judge_is_silent(judge->wire, WHY_FORWARDED))
		verdict_evidence(found, "it forwards no packet of %s to %s", names->host, names->address);
	else
		verdict_evidence(found, "its answers to echo requests arrive for %s, and not for %s", names->host,
				 names->address);
	add_traffic(found, judge->wire, names);
}

static void judge_two_gateways(struct judge *judge, const struct wire_names *names)
{
	const struct wire_question *one = &judge->wire->questions[WHY_GATEWAY_BY_HOST],
				   *other = &judge->wire->questions[WHY_GATEWAY_BY_GUEST];
	char sentence[VERDICT_TEXT], first[MAC_TEXT_SIZE], second[MAC_TEXT_SIZE];

	mac_format(first, one->by);
	mac_format(second, !mac_is_zero(one->also_by)     ? one->also_by
			   : !mac_is_zero(other->also_by) ? other->also_by
							  : other->by);
	if (!strcmp(first, second))
		return;
	snprintf(sentence, sizeof(sentence), "Two machines answer for the gateway %s: %s and %s.", names->gateway,
		 first, second);
	verdict_evidence(verdict_cause(&judge->verdict, "two_gateways", "warn", sentence,
				       "Find the wrong one by its MAC address: it is a second router with the same "
				       "address, or a machine with proxy ARP; `arping -I UPLINK GATEWAY` shows both."),
			 "both answered %s on %s", requests_of(judge->wire), judge->facts->uplink);
}

/* A gateway that answers no echo requests may forward between its own clients: that shows which direction fails. */
static bool judge_forwarding(struct judge *judge, const struct wire_names *names)
{
	const struct why_wire *wire = judge->wire;

	if (judge_has_answered(wire, WHY_ECHO_BY_GUEST))
		return false;
	if (judge_has_answered(wire, WHY_RETURNED) && judge_is_silent(wire, WHY_FORWARDED))
		judge_stale(judge, names);
	else if (judge_is_silent(wire, WHY_RETURNED) && judge_has_answered(wire, WHY_FORWARDED))
		judge_binding(judge, names, false);
	else
		return false;
	return true;
}

/* ICMP may be filtered, so that a difference counts only as far as no packet comes for the guest. */
static void judge_echoes(struct judge *judge, const struct wire_names *names)
{
	const struct why_wire *wire = judge->wire;
	char sentence[VERDICT_TEXT];

	if (judge_forwarding(judge, names))
		return;
	rule_gateway_firewall(judge);
	if (judge_has_answered(wire, WHY_ECHO_BY_HOST) && judge_is_silent(wire, WHY_ECHO_BY_GUEST)) {
		if (judge_is_silent(wire, WHY_RETURNED) && is_one_way(wire))
			judge_binding(judge, names, false);
		return;
	}
	if (judge_has_answered(wire, WHY_ECHO_BY_GUEST))
		verdict_exclude(&judge->verdict, "the gateway answers the guest's address");
	if (!judge_has_answered(wire, WHY_ECHO_BY_HOST) || judge_has_answered(wire, WHY_ECHO_FULL))
		return;
	snprintf(
		sentence, sizeof(sentence),
		"Packets of %d bytes do not come back from the gateway %s, shorter ones do: the path has a smaller MTU "
		"than %s.",
		wire->questions[WHY_ECHO_FULL].size, names->gateway, judge->facts->uplink);
	verdict_evidence(verdict_cause(&judge->verdict, "mtu_hole", "warn", sentence,
				       "Correct the MTU of the interface on the access point or router, or use a "
				       "smaller one here and in the guests: `ip link set UPLINK mtu 1400`."),
			 "`ping -M do -s %d %s%s%s` is lost",
			 wire->questions[WHY_ECHO_FULL].size - (wire->ip6 ? 48 : 28), names->gateway,
			 wire->ip6 ? "%" : "", wire->ip6 ? judge->facts->uplink : "");
}

/* ---- whom the guest asks for in vain ---- */

static void judge_netmask(struct judge *judge, const struct wire_names *names)
{
	char sentence[VERDICT_TEXT];
	json_t *found;

	snprintf(sentence, sizeof(sentence),
		 "The guest sends ARP requests for %s, which is in another network: the guest's prefix length is "
		 "wrong, or a route has no gateway.",
		 names->wanted);
	found = verdict_cause(&judge->verdict, "wrong_netmask", is_one_way(judge->wire) ? "fail" : "warn", sentence,
			      "Correct the prefix length or the route inside the guest: `ip address`, `ip route`; "
			      "`vifi bridge show` has the networks of the uplink.");
	verdict_evidence(found, "its last ARP request was for %s, and got no answer", names->wanted);
}

/* The first and the last address of a network are those that routers usually have. */
static bool looks_like_gateway(const uint8_t address[4])
{
	return address[3] == 1 || address[3] == 254;
}

/*
 * Does the guest send what is for other networks to the gateway? Then it looks for another machine. One whose answers to other
 * networks enter a tunnel, or that answers only its own network, shows that by its other packets.
 */
static bool sends_to_gateway(const struct why_wire *wire)
{
	return wire->uses_gateway ||
	       (judge_has_answered(wire, WHY_GUEST_BEYOND) &&
		mac_equal(wire->questions[WHY_GUEST_BEYOND].to, wire->questions[WHY_GATEWAY_BY_HOST].by));
}

/*
 * Does the guest answer this host, but no machine in other networks? Its packet counters do not tell: they include
 * answers to our questions.
 */
static bool has_lost_gateway(const struct why_wire *wire)
{
	return judge_has_answered(wire, WHY_GUEST_ECHO) && judge_is_silent(wire, WHY_GUEST_BEYOND);
}

/*
 * A guest whose answers to other networks enter a tunnel does not ask for a gateway then, as one with a wrong gateway does: at
 * once, or each second while it waits for the answer (RFC 4861, 10). `asked_s` is a difference of whole seconds: of two, more
 * than one has passed.
 */
static bool answers_by_tunnel(const struct judge *judge)
{
	const struct why_wire *wire = judge->wire;

	return has_lost_gateway(wire) && memcmp(judge->facts->watch.wanted, wire->wanted, 4) != 0 &&
	       json_number(wire->asked, "asked_s") >= ASKED_LATELY_S;
}

/*
 * The machine exists, since a packet of the gateway made it send an ARP request; but it answers neither the guest nor
 * this host.
 */
static void judge_isolation(struct judge *judge, const struct wire_names *names)
{
	const struct wire_question *heard = &judge->wire->questions[WHY_WANTED_BY_GATEWAY];
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], mac[MAC_TEXT_SIZE];
	json_t *found;

	mac_format(mac, heard->heard_mac);
	snprintf(
		sentence, sizeof(sentence),
		"The access point isolates its clients: %s (%s) is in the network, but frames of the guest and of this "
		"host do not get to it.",
		names->wanted, mac);
	snprintf(remedy, sizeof(remedy),
		 "Turn off \"client isolation\" (\"AP isolation\", \"guest network\"; hostapd and `vifi ap`: "
		 "ap_isolate=0) at the access point, or connect %s to the network by cable.",
		 names->wanted);
	found = verdict_cause(&judge->verdict, "ap_isolation", "fail", sentence, remedy);
	verdict_evidence(found, "ARP requests from %s and from %s for %s got no answer; the gateway %s answers both",
			 names->address, names->host, names->wanted, names->gateway);
	verdict_evidence(found, "a packet for %s by the gateway arrived: %s then asked for its sender, heard on %s",
			 names->wanted, mac, judge->facts->uplink);
}

static void judge_wanted(struct judge *judge, const struct wire_names *names)
{
	const struct why_wire *wire = judge->wire;
	bool alone = !json_number(wire->asked, "in_packets") && !json_is_integer(json_object_get(wire->asked, "in_s"));
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	if (wire->questions[WHY_WANTED_BY_GATEWAY].heard) {
		judge_isolation(judge, names);
		return;
	}
	if (answers_by_tunnel(judge))
		return;
	if (wire->has_gateway && (alone || looks_like_gateway(wire->wanted) || has_lost_gateway(wire)) &&
	    !sends_to_gateway(wire)) {
		snprintf(sentence, sizeof(sentence),
			 "The guest asks for %s, but no machine has that address. If it is the guest's gateway, it is "
			 "wrong: the network's gateway is %s.",
			 names->wanted, names->gateway);
		snprintf(remedy, sizeof(remedy), "Run `ip route replace default via %s` inside the guest.",
			 names->gateway);
		found = verdict_cause(&judge->verdict, "wrong_gateway", is_one_way(wire) ? "fail" : "warn", sentence,
				      remedy);
	} else if (json_number(wire->asked, "asked_s") > ISOLATED_S) {
		return; /* of long ago: that machine may have been off for as long */
	} else {
		snprintf(sentence, sizeof(sentence),
			 "%s answers neither the guest nor this host%s%s%s: the access point isolates its clients, or "
			 "that machine is off.",
			 names->wanted, wire->has_gateway ? ", while the gateway " : "",
			 wire->has_gateway ? names->gateway : "", wire->has_gateway ? " does" : "");
		snprintf(remedy, sizeof(remedy),
			 "Turn off \"client isolation\" (\"AP isolation\", ap_isolate=1) at the access point, if %s is "
			 "another of its clients.",
			 names->wanted);
		found = verdict_cause(&judge->verdict, "ap_isolation", "note", sentence, remedy);
	}
	verdict_evidence(found, "ARP requests from %s and from %s for %s got no answer%s", names->address, names->host,
			 names->wanted, wire->has_gateway ? "; the gateway answers both" : "");
	add_traffic(found, wire, names);
}

/* ---- the rules ---- */

/* Returns whether the gateway answers the guest, or none is known. */
static bool judge_gateway(struct judge *judge, const struct wire_names *names)
{
	const struct why_wire *wire = judge->wire;

	if (judge_is_silent(wire, WHY_GATEWAY_BY_GUEST)) {
		if (judge_has_answered(wire, WHY_GATEWAY_BY_HOST) && judge_has_answered(wire, WHY_RETURNED))
			judge_stale(judge, names);
		else if (judge_has_answered(wire, WHY_GATEWAY_BY_HOST))
			judge_binding(judge, names, true);
		else
			judge_silent_gateway(judge, names);
		return false;
	}
	if (judge_has_answered(wire, WHY_GATEWAY_BY_HOST)) {
		judge_two_gateways(judge, names);
		judge_echoes(judge, names);
	}
	return true;
}

void rule_wire(struct judge *judge)
{
	const struct why_wire *wire = judge->wire;
	struct wire_names names;

	if (!wire->asked || wire->questions[WHY_DUPLICATE].answered)
		return;
	judge_name_addresses(&names, wire);
	if (!judge_gateway(judge, &names) || !wire->has_wanted || !judge_is_silent(wire, WHY_WANTED_BY_HOST) ||
	    !judge_is_silent(wire, WHY_WANTED_BY_GUEST))
		return;
	if (wire->wanted_in_network)
		judge_wanted(judge, &names);
	else
		judge_netmask(judge, &names);
}

/* Of a guest that answers short packets. Without IPv6 in it, the MTU may be the reason (RFC 8200, 5). */
static void judge_guest_mtu(struct judge *judge)
{
	const struct why_wire *wire = judge->wire;
	const struct wire_question *full = &wire->questions[WHY_GUEST_FULL];
	bool below = judge_is_silent(wire, WHY_GUEST_MIN6);
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!judge_has_answered(wire, WHY_GUEST_ECHO) || !judge_is_silent(wire, WHY_GUEST_FULL))
		return;
	snprintf(
		sentence, sizeof(sentence),
		"The guest answers short packets, but none of %d bytes: its MTU is smaller than that of its port %s%s.",
		full->size, judge->facts->port.name, below ? ", and less than the 1280 that IPv6 needs" : "");
	snprintf(remedy, sizeof(remedy),
		 "Run `ip link set eth0 mtu %d` inside the guest, or use the smaller MTU on all machines of the "
		 "network.",
		 full->size);
	verdict_evidence(verdict_cause(&judge->verdict, "guest_mtu", "warn", sentence, remedy),
			 "echo requests of %d bytes%s are unanswered at %s", full->size, below ? " and of 1280" : "",
			 judge->facts->port.name);
}

/* An interface without ARP sends to its own MAC address. */
static void judge_guest_arp(struct judge *judge)
{
	const struct why_wire *wire = judge->wire;
	uint8_t mac[6];

	if (!mac_parse(mac, judge->facts->mac))
		return;
	for (enum why_question number = WHY_GUEST; number <= WHY_GUEST_BEYOND; number++)
		if (judge_has_answered(wire, number) && mac_equal(wire->questions[number].to, mac)) {
			verdict_evidence(
				verdict_cause(&judge->verdict, "guest_arp_off", "fail",
					      "The guest sends to its own MAC address: ARP is off at its interface.",
					      "Run `ip link set eth0 arp on` inside the guest."),
				"its answers to this host go to %s", judge->facts->mac);
			return;
		}
}

void rule_guest_link(struct judge *judge)
{
	judge_guest_arp(judge);
	judge_guest_mtu(judge);
}

/* Many systems drop echo requests by default: worth knowing, and no obstacle. */
static void note_guest_firewall(struct judge *judge)
{
	char sentence[VERDICT_TEXT];
	struct wire_names names;

	judge_name_addresses(&names, judge->wire);
	snprintf(sentence, sizeof(sentence),
		 "The guest answers %s for %s but no echo requests: its own firewall drops them, and perhaps other "
		 "packets, or its prefix length is wrong and it has no route back.",
		 requests_of(judge->wire), names.address);
	verdict_evidence(
		verdict_cause(&judge->verdict, "guest_firewall", "note", sentence,
			      "If connections to the guest fail, look inside it: `nft list ruleset`, `iptables "
			      "-vnL`, or the firewall of Windows; and at `ip address`, `ip route`."),
		"an echo request was sent to %s directly on %s, bypassing the firewall and bridge of this host",
		judge->facts->mac, judge->facts->port.name);
}

/* Has the guest sent with another address since? */
static bool is_superseded(const struct judge *judge)
{
	const json_t *asked = judge->wire->asked;
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(judge->facts->guest, "addresses"), i, address)
	{
		if (strncmp(json_text(address, "address"), "fe80:", 5) != 0 &&
		    json_number(address, "seen_s") < json_number(asked, "seen_s"))
			return true;
	}
	return false;
}

/*
 * An address that was not asked for, of a guest that answers for one of the other family, or sends with another one: it may have
 * given it up (RFC 8981).
 */
static bool may_be_given_up(const struct judge *judge)
{
	const struct why_wire *other = &judge->facts->wires[judge->wire->ip6 ? 0 : 1];
	const char *asked = judge->facts->asked;
	uint8_t address[16];

	if (!strcmp(json_text(judge->wire->asked, "address"), asked))
		return false;
	return judge_has_answered(other, WHY_GUEST) || is_superseded(judge) ||
	       inet_pton(AF_INET, asked, address) == 1 || inet_pton(AF_INET6, asked, address) == 1;
}

/* Without an address this host can only ask by ARP or ND who has the guest's; frames of guests pass nevertheless. */
static void note_no_host_address(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const char *family = judge->wire->ip6 ? "IPv6" : "IPv4", *address = json_text(judge->wire->asked, "address");
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!judge->wire->no_family || strcmp(address, facts->asked) != 0)
		return;
	snprintf(sentence, sizeof(sentence),
		 "This host has no %s address on the uplink %s: it cannot reach %s, and cannot ask the network for it.",
		 family, facts->uplink, address);
	snprintf(remedy, sizeof(remedy),
		 "Let the network manager get one (`networkctl renew %s`, `dhclient %s`), or `ip address add` it%s.",
		 facts->uplink, facts->uplink,
		 judge->wire->ip6 ? "; `sysctl net.ipv6.conf.all.disable_ipv6` must be 0" : "");
	verdict_evidence(verdict_cause(&judge->verdict, "no_host_address", "note", sentence, remedy),
			 "`ip %s address show dev %s`", judge->wire->ip6 ? "-6" : "-4", facts->uplink);
}

void rule_guest_answers(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct why_wire *wire = judge->wire;
	char sentence[VERDICT_TEXT];
	struct wire_names names;

	note_no_host_address(judge);
	if (judge_has_answered(wire, WHY_GUEST) && judge_is_silent(wire, WHY_GUEST_ECHO))
		note_guest_firewall(judge);
	else if (judge_has_answered(wire, WHY_GUEST))
		verdict_exclude(&judge->verdict, "the guest answers at its port");
	if (!judge_is_silent(wire, WHY_GUEST) || may_be_given_up(judge))
		return;
	judge_name_addresses(&names, wire);
	snprintf(sentence, sizeof(sentence),
		 "The guest does not answer %s for %s at its own port %s: it is paused or hung, has lost the address, "
		 "or filters %s.",
		 requests_of(wire), names.address, facts->port.name, wire->ip6 ? "ICMPv6" : "ARP");
	verdict_evidence(verdict_cause(&judge->verdict, "guest_silent",
				       json_number(wire->asked, "seen_s") >= QUIET_S ? "fail" : "warn", sentence,
				       "Check whether the guest is paused (`virsh list`, `qm status`, `incus list`), "
				       "and run `ip address` and `nft list ruleset` on its console."),
			 "three requests were sent to %s on %s; its last frame arrived %lld s ago", facts->mac,
			 facts->port.name, json_number(wire->asked, "seen_s"));
}
