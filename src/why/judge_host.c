/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/judge_state.h"

#include "bridge/problems.h"
#include "daemon/json_text.h"
#include "why/firewall.h"

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
			 "The eBPF program %s is not attached any more: something has removed or replaced it.",
			 programs->missing);
		snprintf(remedy, sizeof(remedy),
			 "`vifi bridge up %s %s` attaches it again (`systemctl restart vifi-bridge@NAME`).",
			 facts->uplink, facts->bridge);
		found = verdict_cause(&judge->verdict, "programs", "fail", sentence, remedy);
		verdict_evidence(found, "`bpftool net show dev %s` and `tc filter show dev %s ingress` do not list it",
				 programs->missing_at, programs->missing_at);
	} else if (programs->ahead) {
		snprintf(sentence, sizeof(sentence),
			 "Another tc program runs on %s before vifi's, and may take or drop the frames.",
			 programs->ahead_at);
		snprintf(remedy, sizeof(remedy),
			 "`bpftool net show dev %s` names it; detach it, or start the bridge again, which puts vifi's "
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
	snprintf(sentence, sizeof(sentence), "%s, a port of %s, leads to the network of %s: the two paths are a loop.",
		 port, facts->bridge, facts->uplink);
	snprintf(remedy, sizeof(remedy), "`ip link set %s nomaster`.", port);
	found = verdict_cause(&judge->verdict, "loop", "fail", sentence, remedy);
	verdict_evidence(found, "a frame that vifi sent out of %s has come back by %s", facts->uplink, port);
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

	if (!facts->guest || !was_answered(facts->guest))
		return;
	bridge_problems_networks(facts->report, networks, sizeof(networks));
	snprintf(sentence, sizeof(sentence),
		 "The uplink is in another network now (%s), and the guest still has an address of the former one.",
		 networks);
	found = verdict_cause(
		&judge->verdict, "roamed", "fail", sentence,
		"Renew the DHCP lease in the guest (`dhclient -r && dhclient`, `networkctl renew eth0`), or "
		"set its "
		"interface down and up.");
	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		if (json_is_false(json_object_get(address, "in_network")))
			verdict_evidence(found, "%s was in use here: %lld packets came for it%s",
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
			 "This host is the router of the guest's network %s, and does not forward packets.",
			 host->routed_network);
		snprintf(remedy, sizeof(remedy), "`sysctl -w %s=1`.",
			 host->routed_ip6 ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward");
		found = verdict_cause(&judge->verdict, "ip_forward", "fail", sentence, remedy);
		verdict_evidence(found, "%s has an address in %s, and the sysctl is 0", facts->bridge,
				 host->routed_network);
	}
	if (returned) {
		snprintf(sentence, sizeof(sentence),
			 "Packets for a network behind a guest go round in a circle: this host forwards them back to "
			 "the "
			 "router (%lld dropped).",
			 returned);
		snprintf(remedy, sizeof(remedy),
			 "`vifi bridge pin %s MAC NETWORK` gives the network to its guest; or `sysctl -w "
			 "net.ipv4.ip_forward=0`.",
			 facts->uplink);
		found = verdict_cause(&judge->verdict, "forward_loop", "warn", sentence, remedy);
		verdict_evidence(found, "`vifi bridge show %s` counts them as returned", facts->uplink);
	}
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
		snprintf(remedy, sizeof(remedy), "`ip link set %s mtu %d`, and the same inside the guest.",
			 facts->port.name, facts->uplink_mtu);
		add_mtu(judge, "warn", sentence, remedy, dropped);
	} else {
		verdict_exclude(&judge->verdict, "the MTU of the guest's port fits that of the uplink");
	}
}

/* ---- firewalls ---- */

static void describe_hit(const struct firewall_hit *hit, char text[VERDICT_TEXT])
{
	if (hit->handle < 0)
		snprintf(text, VERDICT_TEXT, "table %s %s, chain %s, its policy", hit->family, hit->table, hit->chain);
	else
		snprintf(text, VERDICT_TEXT, "table %s %s, chain %s, rule with handle %lld", hit->family, hit->table,
			 hit->chain, hit->handle);
}

static void firewall_remedy(const struct firewall_hit *hit, char text[VERDICT_TEXT])
{
	if (hit->handle < 0)
		snprintf(text, VERDICT_TEXT, "`nft chain %s %s %s '{ policy accept ; }'`.", hit->family, hit->table,
			 hit->chain);
	else
		snprintf(text, VERDICT_TEXT,
			 "`nft delete rule %s %s %s handle %lld`; `nft -a list chain %s %s %s` shows it.", hit->family,
			 hit->table, hit->chain, hit->handle, hit->family, hit->table, hit->chain);
}

static void judge_legacy(struct judge *judge)
{
	const struct iptables_legacy_drop *drop = &judge->facts->host.legacy_drop;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	snprintf(sentence, sizeof(sentence),
		 "The firewall of this host drops packets of the guest or for it: iptables-legacy, table filter, %s.",
		 drop->in_forward ? "chain FORWARD" : "a chain of its own");
	if (drop->in_forward)
		snprintf(remedy, sizeof(remedy), "`iptables-legacy -D FORWARD %u`.", drop->number);
	else
		snprintf(remedy, sizeof(remedy),
			 "`iptables-legacy -vnL` shows the rule; `iptables-legacy -D CHAIN NUMBER`.");
	found = verdict_cause(&judge->verdict, "firewall", drop->names_guest ? "fail" : "warn", sentence, remedy);
	verdict_evidence(found, "the rule has dropped %llu packets", (unsigned long long)drop->packets);
	verdict_evidence(found, "br_netfilter passes the frames of %s to it", judge->facts->bridge);
}

void rule_firewall(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	struct firewall_guest guest = {
		.port = facts->port.name,
		.bridge = facts->bridge,
		.uplink_port = facts->host.uplink_port,
		.mac = facts->mac,
		.addresses = json_object_get(facts->guest, "addresses"),
		.ip_too = facts->host.nf_call,
	};
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], where[VERDICT_TEXT];
	struct firewall_hit hit;
	json_t *found;

	if (facts->host.has_legacy_drop) {
		judge_legacy(judge);
		return;
	}
	if (!facts->port.name[0] || !facts->host.firewall)
		return;
	if (!firewall_find(&hit, facts->host.firewall, &guest)) {
		verdict_exclude(&judge->verdict, "no rule of nftables is known to drop the guest's frames");
		return;
	}
	describe_hit(&hit, where);
	firewall_remedy(&hit, remedy);
	snprintf(sentence, sizeof(sentence), "The firewall of this host drops %sframes %s the guest: %.300s.",
		 hit.certain ? "" : "some ", hit.from ? "of" : "for", where);
	found = verdict_cause(&judge->verdict, "firewall",
			      hit.certain || (hit.specific && hit.count > 0) ? "fail" : "warn", sentence, remedy);
	if (hit.count >= 0)
		verdict_evidence(found, "the rule has dropped %lld packets", hit.count);
	else
		verdict_evidence(found, "`nft -a list chain %s %s %s`; it does not count", hit.family, hit.table,
				 hit.chain);
	if (strcmp(hit.family, "bridge") != 0 && strcmp(hit.family, "netdev") != 0)
		verdict_evidence(found, "br_netfilter passes the frames of %s to it", facts->bridge);
}
