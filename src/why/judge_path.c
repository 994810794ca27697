/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where frames for the guest go on this host, and where they are lost. Other rules name the
 * known causes; a test frame on the same path (path_probe.h) finds what remains.
 */
#include "why/judge_state.h"

#include "base/mac.h"
#include "bridge/problems.h"
#include "daemon/json_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- the forwarding database ---- */

void rule_fdb(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct why_host *host = &facts->host;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (host->mac_owner[0]) {
		snprintf(sentence, sizeof(sentence),
			 "%s has the same MAC address as the guest (%s), so %s keeps the guest's frames.",
			 host->mac_owner, facts->mac, facts->bridge);
		snprintf(remedy, sizeof(remedy),
			 "Give %s another MAC address, for example with fe: as its first byte, as libvirt does: `ip "
			 "link set %s address fe:%.14s`. If only the forwarding entry is wrong, run `bridge fdb del %s "
			 "dev %s master`.",
			 host->mac_owner, host->mac_owner, facts->mac + 3, facts->mac, host->mac_owner);
		verdict_evidence(verdict_cause(&judge->verdict, "port_mac", "fail", sentence, remedy),
				 "`bridge fdb show br %s`: %s is a local address", facts->bridge, facts->mac);
	} else if (host->fixed_at[0]) {
		snprintf(sentence, sizeof(sentence),
			 "A static entry in the forwarding database of %s sends the guest's frames to %s, not to %s.",
			 facts->bridge, host->fixed_at, facts->port.name);
		snprintf(remedy, sizeof(remedy), "Run `bridge fdb del %s dev %s master`.", facts->mac, host->fixed_at);
		verdict_evidence(verdict_cause(&judge->verdict, "fdb_fixed", "fail", sentence, remedy),
				 "`bridge fdb show br %s`: %s dev %s, static", facts->bridge, facts->mac,
				 host->fixed_at);
	} else if (host->unlearned) {
		snprintf(sentence, sizeof(sentence),
			 "%s does not know where the guest is, and sends no frames for unknown addresses to %s.",
			 facts->bridge, facts->port.name);
		snprintf(remedy, sizeof(remedy),
			 "Run `bridge link set dev %s learning on flood on`; a hypervisor that turns both off adds an "
			 "entry: "
			 "`bridge fdb add %s dev %s master static`.",
			 facts->port.name, facts->mac, facts->port.name);
		verdict_evidence(verdict_cause(&judge->verdict, "port_flood", "fail", sentence, remedy),
				 "`bridge -d link show dev %s`: flood off; no entry for %s", facts->port.name,
				 facts->mac);
	}
}

/* ---- the path ---- */

static bool is_lost(const struct path_probe *path, bool from)
{
	return from ? path->answered && !path->left : !path->delivered;
}

bool judge_path_is_broken(const struct why_facts *facts, bool from)
{
	for (int i = 0; i < WHY_FAMILIES; i++)
		for (int k = 0; facts->wires[i].path_asked && k < WHY_PATHS; k++)
			if (is_lost(&facts->wires[i].paths[k], from))
				return true;
	return false;
}

/* `arp`: nothing gets through; otherwise ARP does, and packets do not. */
static void add_lost(struct judge *judge, bool from, bool arp)
{
	const struct why_facts *facts = judge->facts;
	const char *what = !arp ? (judge->wire->ip6 ? "IPv6 packets" : "IPv4 packets")
				: (judge->wire->ip6 ? "Neighbour discovery" : "ARP");
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (from)
		snprintf(sentence, sizeof(sentence),
			 "%s from the guest %s lost on this host, between its port %s and the uplink %s.", what,
			 arp ? "gets" : "get", facts->port.name, facts->uplink);
	else
		snprintf(sentence, sizeof(sentence),
			 "%s for the guest %s lost on this host, between the uplink %s and the port %s.", what,
			 arp ? "gets" : "get", facts->uplink, facts->port.name);
	snprintf(remedy, sizeof(remedy),
		 "Find what drops it: `nft list ruleset`, `iptables-save -c`, `ebtables -L --Lc`, `tc -s filter "
		 "show "
		 "dev %s ingress` and `egress`, `bridge -d link show dev %s`, `bpftool net show`.",
		 facts->port.name, facts->port.name);
	verdict_evidence(
		verdict_cause(&judge->verdict, from ? "path_out" : "path_in", "fail", sentence, remedy),
		from ? "the guest's answer arrived on %s, and was not sent on %s"
		     : "a test frame that imitates the gateway entered the bridge at %s, and was not sent on %s",
		from ? facts->port.name : facts->uplink, from ? facts->uplink : facts->port.name);
}

/* A bridge that snoops sends a solicitation only to ports that have joined the group, and a guest may not say so (RFC 3810). */
static bool judge_snooping(struct judge *judge)
{
	const struct why_wire *wire = judge->wire;
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!wire->ip6 || !facts->host.snooping || wire->paths[WHY_PATH_ARP].delivered ||
	    !wire->paths[WHY_PATH_ECHO].delivered)
		return false;
	snprintf(
		sentence, sizeof(sentence),
		"%s snoops for group members, and does not send neighbour solicitations to %s: the guest's MLD reports "
		"are missing.",
		facts->bridge, facts->port.name);
	snprintf(remedy, sizeof(remedy), "Run `ip link set %s type bridge mcast_snooping 0`.", facts->bridge);
	verdict_evidence(
		verdict_cause(&judge->verdict, "mcast_snooping", "fail", sentence, remedy),
		"a solicitation that imitates the gateway entered the bridge at %s, and was not sent on %s; an "
		"echo request was",
		facts->uplink, facts->port.name);
	return true;
}

void rule_path(struct judge *judge)
{
	const struct why_wire *wire = judge->wire;

	if (!wire->path_asked || judge_snooping(judge))
		return;
	for (int from = 0; from < 2; from++)
		for (int k = 0; k < WHY_PATHS; k++)
			if (is_lost(&wire->paths[k], from)) {
				add_lost(judge, from, k == WHY_PATH_ARP);
				return;
			}
	verdict_exclude(&judge->verdict, "frames of the guest pass through this host in both directions");
}

/* ---- routes of this host ---- */

static const char *words_of(int error)
{
	return error == EINVAL        ? "a blackhole route or rule drops them"
	       : error == EACCES      ? "a route or rule prohibits them"
	       : error == ENETUNREACH ? "it has no route"
				      : "a route makes it unreachable";
}

void rule_host_route(struct judge *judge)
{
	const struct why_wire *wire = judge->wire;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], address[INET6_ADDRSTRLEN];
	const char *option = wire->ip6 ? "-6 " : "";

	inet_ntop(wire->ip6 ? AF_INET6 : AF_INET, wire->address, address, sizeof(address));
	if (wire->route_error)
		snprintf(sentence, sizeof(sentence),
			 "This host sends no packets to the guest's address %s: %s. The network reaches the guest.",
			 address, words_of(wire->route_error));
	else if (wire->route_by[0])
		snprintf(sentence, sizeof(sentence),
			 "This host sends packets for the guest's address %s through %s, not through the uplink %s. "
			 "The network reaches the guest.",
			 address, wire->route_by, judge->facts->uplink);
	else
		return;
	snprintf(remedy, sizeof(remedy),
		 "`ip %srule show` and `ip %sroute show table all` show the rule or route: it belongs to a VPN, a "
		 "container network or policy routing, where you have to change it.",
		 option, option);
	verdict_evidence(verdict_cause(&judge->verdict, "host_route", "warn", sentence, remedy), "`ip %sroute get %s`",
			 option, address);
}

/* ---- where the guest sends ---- */

static void note_no_route(struct judge *judge)
{
	verdict_evidence(
		verdict_cause(&judge->verdict, "no_default_route", "note",
			      "The guest answers this host, but no machine in other networks: it has no "
			      "default route, sends them into a tunnel (VPN), or its firewall drops packets from "
			      "there.",
			      "Look inside the guest: `ip route` must show a line that begins with \"default "
			      "via\". A DHCP server announces the gateway as option 3."),
		"an echo request from 192.0.2.1, which stands for all other networks, got no answer at %s",
		judge->facts->port.name);
}

/* Has the machine with this MAC address forwarded a packet? */
static bool is_router(const struct why_wire *wire, const uint8_t mac[6])
{
	return judge_has_answered(wire, WHY_OTHER) && mac_equal(wire->questions[WHY_OTHER].by, mac);
}

/* The answer to another network goes to the gateway that the guest has, as its neighbour entry says. */
void rule_guest_gateway(struct judge *judge)
{
	const struct why_wire *wire = judge->wire;
	const struct wire_question *beyond = &wire->questions[WHY_GUEST_BEYOND],
				   *gateway = &wire->questions[WHY_GATEWAY_BY_HOST];
	char sentence[VERDICT_TEXT], mac[MAC_TEXT_SIZE], right[MAC_TEXT_SIZE];
	bool to_host = mac_equal(beyond->to, beyond->own_mac);

	if (wire->ip6 || !wire->is_asked[WHY_GUEST_BEYOND] || !wire->questions[WHY_GUEST_ECHO].answered)
		return; /* rule_router() judges routers of IPv6 */
	if (!beyond->answered) {
		if (!strcmp(json_text(wire->asked, "address"), judge->facts->asked))
			note_no_route(judge);
		return;
	}
	mac_format(mac, beyond->to);
	mac_format(right, gateway->by);
	if (mac_equal(beyond->to, gateway->by) || mac_equal(beyond->to, gateway->also_by) ||
	    is_router(wire, beyond->to) || bridge_problems_guest(judge->facts->report, mac) ||
	    verdict_has(&judge->verdict, "two_gateways"))
		return; /* or another router of the network, or one among the guests */
	snprintf(sentence, sizeof(sentence),
		 "The guest sends packets for other networks to %s%s, but the gateway is %s.", mac,
		 to_host ? ", which is this host" : "", right);
	verdict_evidence(
		verdict_cause(&judge->verdict, "guest_gateway", "warn", sentence,
			      to_host ? "Set the gateway of the network in the guest (`ip route replace default via "
					"GATEWAY`), or let this host forward: `sysctl -w net.ipv4.ip_forward=1`."
				      : "Check the default route in the guest (`ip route`), and renew its neighbour "
					"entries (`ip neigh flush all`)."),
		"its answer to an echo request from 192.0.2.1 went to %s", mac);
}
