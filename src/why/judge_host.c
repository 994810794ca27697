/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/judge_state.h"

#include "base/mac.h"
#include "bridge/problems.h"
#include "daemon/json_text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* ---- the programs ---- */

void rule_programs(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct why_programs *programs = &facts->host.programs;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	if (programs->missing[0]) {
		snprintf(sentence, sizeof(sentence),
			 "The eBPF program %s is no longer attached: another program has removed or replaced it.",
			 programs->missing);
		snprintf(remedy, sizeof(remedy),
			 "Run `vifi bridge up %s %s` to attach it again (or `systemctl restart vifi-bridge@NAME`).",
			 facts->uplink, facts->bridge);
		found = verdict_cause(&judge->verdict, "programs", "fail", sentence, remedy);
		verdict_evidence(found, "`bpftool net show dev %s` and `tc filter show dev %s ingress` do not list it",
				 programs->missing_at, programs->missing_at);
	} else if (programs->ahead) {
		snprintf(sentence, sizeof(sentence),
			 "Another tc program runs on %s before vifi's, and may redirect or drop the frames.",
			 programs->ahead_at);
		snprintf(remedy, sizeof(remedy),
			 "`bpftool net show dev %s` names it; detach it, or restart the bridge, which puts vifi's "
			 "program first.",
			 programs->ahead_at);
		found = verdict_cause(&judge->verdict, "program_ahead", judge_uplink_is_silent(facts) ? "fail" : "warn",
				      sentence, remedy);
		verdict_evidence(found, "the program with the id %u is the first on %s", programs->ahead,
				 programs->ahead_at);
	} else if (facts->report) {
		verdict_exclude(&judge->verdict, "vifi's programs are attached");
	}
}

/* ---- the network ---- */

/* vifi sends a frame out of the uplink and has seen it at that port (bridge/loop_probe.h). */
void rule_loop(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const char *port = json_text(facts->report, "loop_port");
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	if (!*port)
		return;
	snprintf(sentence, sizeof(sentence), "%s, a port of %s, leads to the network of %s: the two paths form a loop.",
		 port, facts->bridge, facts->uplink);
	snprintf(remedy, sizeof(remedy), "Run `ip link set %s nomaster`.", port);
	found = verdict_cause(&judge->verdict, "loop", "fail", sentence, remedy);
	verdict_evidence(found, "a frame that vifi sent on %s came back on %s", facts->uplink, port);
	verdict_evidence(found, "dropped because of the loop: %lld frames",
			 json_number(json_object_get(facts->report, "drops"), "loop"));
}

/* An address of another network that was answered before: the network has changed, not the guest. */
static bool was_answered(const json_t *guest)
{
	json_t *address;
	bool answered = false;
	size_t i;

	json_array_foreach(json_object_get(guest, "addresses"), i, address)
	{
		if (json_is_true(json_object_get(address, "in_network")) &&
		    strncmp(json_text(address, "address"), "fe80:", 5) != 0)
			return false;
		answered |= json_is_false(json_object_get(address, "in_network")) &&
			    (json_number(address, "in_packets") || json_lists(address, "flags", "dhcp"));
	}
	return answered;
}

void rule_roamed(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT], networks[200];
	json_t *found, *address;
	size_t i;

	if (!facts->guest || !was_answered(facts->guest) || judge_two_servers(judge))
		return;
	bridge_problems_networks(facts->report, networks, sizeof(networks));
	snprintf(
		sentence, sizeof(sentence),
		"The uplink has moved to another network (%s), and the guest still has an address of the previous one.",
		networks);
	found = verdict_cause(
		&judge->verdict, "roamed", "fail", sentence,
		"Renew the DHCP lease in the guest (`dhclient -r && dhclient`, `networkctl renew eth0`), or "
		"set its "
		"interface down and up.");
	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		if (json_is_false(json_object_get(address, "in_network")))
			verdict_evidence(found, "%s was in use here: %lld packets arrived for it%s",
					 json_text(address, "address"), json_number(address, "in_packets"),
					 json_lists(address, "flags", "dhcp") ? ", leased by DHCP" : "");
	}
}

/* ---- routing by this host ---- */

void rule_forwarding(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct why_host *host = &facts->host;
	long long returned = json_number(json_object_get(facts->report, "drops"), "returned");
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	if (host->routed_network[0] && !host->forwards) {
		snprintf(sentence, sizeof(sentence),
			 "This host is the router of the guest's network %s, but does not forward packets.",
			 host->routed_network);
		snprintf(remedy, sizeof(remedy), "Run `sysctl -w %s=1`.",
			 host->routed_ip6 ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward");
		found = verdict_cause(&judge->verdict, "ip_forward", "fail", sentence, remedy);
		verdict_evidence(found, "%s has an address in %s, and the sysctl is 0", facts->bridge,
				 host->routed_network);
	}
	if (returned) {
		snprintf(sentence, sizeof(sentence),
			 "This host forwards packets for a network behind a guest back to the router that sent them, "
			 "so vifi drops them (%lld so far).",
			 returned);
		snprintf(remedy, sizeof(remedy),
			 "Pin the network to its guest with `vifi bridge pin %s MAC NETWORK`, or run `sysctl -w "
			 "net.ipv4.ip_forward=0`.",
			 facts->uplink);
		found = verdict_cause(&judge->verdict, "forward_loop", "warn", sentence, remedy);
		verdict_evidence(found, "`vifi bridge show %s` counts them under the reason `returned`", facts->uplink);
	}
}

/* ---- what concerns this host more than its guests ---- */

static void judge_advertisements(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char remedy[VERDICT_TEXT];

	if (!facts->host.ra_ignored || !facts->wires[1].asked || facts->wires[1].has_gateway)
		return;
	snprintf(remedy, sizeof(remedy), "Run `sysctl -w net.ipv6.conf.%s.accept_ra=2`.", facts->uplink);
	verdict_evidence(
		verdict_cause(&judge->verdict, "ra_ignored", "warn",
			      "This host forwards IPv6, and therefore ignores router advertisements: it has no "
			      "IPv6 default route through the uplink.",
			      remedy),
		"net.ipv6.conf.%s.forwarding is 1 and accept_ra is 1; `ip -6 route show default` has no route "
		"through %s",
		facts->uplink, facts->uplink);
}

static void judge_neighbours(struct judge *judge)
{
	const struct why_host *host = &judge->facts->host;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!host->neighbours_max || host->neighbours < host->neighbours_max)
		return;
	snprintf(sentence, sizeof(sentence),
		 "The neighbour table of this host is full (%lld entries): this host cannot reach further machines.",
		 host->neighbours);
	snprintf(remedy, sizeof(remedy),
		 "Run `sysctl -w net.ipv4.neigh.default.gc_thresh3=%lld`, and look for a scan of the network.",
		 4 * host->neighbours_max);
	verdict_evidence(verdict_cause(&judge->verdict, "neighbours_full", "warn", sentence, remedy),
			 "/proc/net/stat/arp_cache: %lld entries; gc_thresh3 %lld", host->neighbours,
			 host->neighbours_max);
}

static void judge_own_address(struct judge *judge)
{
	const struct why_wire *wire = &judge->facts->wires[0];
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], mac[MAC_TEXT_SIZE], address[INET_ADDRSTRLEN];

	if (!judge_has_answered(wire, WHY_OWN) || judge_has_answered(wire, WHY_PROXIED))
		return;
	mac_format(mac, wire->questions[WHY_OWN].by);
	inet_ntop(AF_INET, wire->host, address, sizeof(address));
	snprintf(sentence, sizeof(sentence),
		 "The address %s of this host is in use twice: the station %s uses it, too.", address, mac);
	snprintf(remedy, sizeof(remedy), "Change the address of %s, or that of this host.", mac);
	verdict_evidence(verdict_cause(&judge->verdict, "host_duplicate", "warn", sentence, remedy),
			 "%s answers ARP requests for %s on %s", mac, address, judge->facts->uplink);
}

void rule_this_host(struct judge *judge)
{
	judge_own_address(judge);
	judge_advertisements(judge);
	judge_neighbours(judge);
}

/* ---- MTU ---- */

static void add_mtu(struct judge *judge, const char *level, const char *sentence, const char *remedy, long long dropped)
{
	const struct why_facts *facts = judge->facts;

	verdict_evidence(verdict_cause(&judge->verdict, "mtu", level, sentence, remedy),
			 "MTU of %s: %d, of %s: %d; frames of the guest dropped so far: %lld", facts->port.name,
			 facts->port.mtu, facts->uplink, facts->uplink_mtu, dropped);
}

/* An MTU matters to long frames only, so the rule comes late. */
void rule_mtu(struct judge *judge)
{
	enum { IP6_MTU_MIN = 1280 }; /* RFC 8200, 5 */
	const struct why_facts *facts = judge->facts;
	long long dropped = json_number(json_object_get(judge_port_row(judge), "drops"), "mtu");
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!facts->port.exists || !facts->uplink_mtu)
		return;
	if (facts->port.mtu > facts->uplink_mtu || dropped) {
		snprintf(sentence, sizeof(sentence),
			 "The guest's port has an MTU of %d, and the uplink one of %d: longer frames are dropped.",
			 facts->port.mtu, facts->uplink_mtu);
		snprintf(remedy, sizeof(remedy), "Set the MTU to %d inside the guest, and `ip link set %s mtu %d`.",
			 facts->uplink_mtu, facts->port.name, facts->uplink_mtu);
		add_mtu(judge, dropped ? "fail" : "warn", sentence, remedy, dropped);
	} else if (facts->port.mtu < facts->uplink_mtu) {
		snprintf(sentence, sizeof(sentence),
			 "The guest's port has an MTU of %d, and the uplink one of %d: %s drops longer frames for the "
			 "guest%s.",
			 facts->port.mtu, facts->uplink_mtu, facts->bridge[0] ? facts->bridge : "the bridge",
			 facts->port.mtu < IP6_MTU_MIN ? ", and IPv6 needs 1280" : "");
		snprintf(remedy, sizeof(remedy), "Run `ip link set %s mtu %d`, and the same inside the guest.",
			 facts->port.name, facts->uplink_mtu);
		add_mtu(judge, "warn", sentence, remedy, dropped);
	} else {
		verdict_exclude(&judge->verdict, "the MTU of the guest's port fits that of the uplink");
	}
}
