/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Obstacles at interfaces of this host other than firewalls, and frames of the guest that vifi itself drops. */
#include "why/judge_state.h"

#include "base/drop.h"
#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>

bool judge_uplink_is_silent(const struct why_facts *facts)
{
	bool any = false;

	for (int i = 0; i < WHY_FAMILIES; i++) {
		const struct why_wire *wire = &facts->wires[i];

		if (!wire->asked || !wire->has_gateway)
			continue;
		if (!judge_is_silent(wire, WHY_GATEWAY_BY_HOST) || !judge_is_silent(wire, WHY_GATEWAY_BY_GUEST))
			return false;
		any = true;
	}
	return any;
}

/* Has the guest not been heard of, or does it not answer at its port? */
static bool port_is_silent(const struct why_facts *facts)
{
	return !facts->guest || judge_is_silent(&facts->wires[0], WHY_GUEST) ||
	       judge_is_silent(&facts->wires[1], WHY_GUEST);
}

/* ---- the bridge ---- */

static void rule_uplink_port(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct why_host *host = &facts->host;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!facts->report || !facts->bridge[0] || !host->veth_port[0] || facts->bridge_down)
		return;
	if (!host->uplink_port[0]) {
		snprintf(sentence, sizeof(sentence), "%s, which leads to the uplink, is no longer a port of %s.",
			 host->veth_port, facts->bridge);
		snprintf(remedy, sizeof(remedy), "Run `ip link set %s master %s`.", host->veth_port, facts->bridge);
	} else if (!host->veth_up) {
		snprintf(sentence, sizeof(sentence), "%s, the port of %s that leads to the uplink, is down.",
			 host->veth_port, facts->bridge);
		snprintf(remedy, sizeof(remedy), "Run `ip link set %s up`.", host->veth_port);
	} else if (host->veth_end_down[0]) {
		snprintf(sentence, sizeof(sentence), "%s, between %s and the uplink %s, is down.", host->veth_end_down,
			 host->veth_port, facts->uplink);
		snprintf(remedy, sizeof(remedy), "Run `ip link set %s up`.", host->veth_end_down);
	} else if (!host->veth_forwarding) {
		snprintf(sentence, sizeof(sentence),
			 "%s does not forward on %s, the port that leads to the uplink: the spanning tree protocol is "
			 "still waiting, or has found a loop.",
			 facts->bridge, host->veth_port);
		snprintf(remedy, sizeof(remedy), "Run `ip link set %s type bridge stp_state 0`.", facts->bridge);
	} else {
		return;
	}
	verdict_evidence(verdict_cause(&judge->verdict, "uplink_port", "fail", sentence, remedy),
			 "`bridge link show dev %s`", host->veth_port);
}

static void rule_port_vlan(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct why_host *host = &facts->host;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!host->vlan_filtering || !host->uplink_port[0] || !facts->port.in_bridge ||
	    (host->shares_vlan && !host->tags_guest))
		return;
	if (host->shares_vlan)
		snprintf(sentence, sizeof(sentence),
			 "%s sends the untagged frames of the uplink (VLAN %u) to the guest's port %s with a tag.",
			 facts->bridge, host->uplink_pvid, facts->port.name);
	else if (host->port_pvid)
		snprintf(sentence, sizeof(sentence),
			 "The guest's port %s is in VLAN %u of %s, and %s, which leads to the uplink, is not.",
			 facts->port.name, host->port_pvid, facts->bridge, host->uplink_port);
	else
		snprintf(sentence, sizeof(sentence), "The guest's port %s has no VLAN of %s for untagged frames.",
			 facts->port.name, facts->bridge);
	snprintf(remedy, sizeof(remedy), "Run `bridge vlan add dev %s vid %u pvid untagged`.", facts->port.name,
		 host->uplink_pvid ? host->uplink_pvid : 1u);
	verdict_evidence(verdict_cause(&judge->verdict, "port_vlan", "fail", sentence, remedy),
			 "`bridge vlan show`: the PVID of %s is %u, that of %s is %u; vlan_filtering is on",
			 facts->port.name, host->port_pvid, host->uplink_port, host->uplink_pvid);
}

static void rule_isolated(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!facts->port.isolated || !facts->host.veth_isolated)
		return;
	snprintf(sentence, sizeof(sentence),
		 "The guest's port %s and %s, which leads to the uplink, are both isolated: %s forwards nothing "
		 "between them.",
		 facts->port.name, facts->host.uplink_port, facts->bridge);
	snprintf(remedy, sizeof(remedy), "Run `bridge link set dev %s isolated off`.", facts->host.uplink_port);
	verdict_evidence(verdict_cause(&judge->verdict, "port_isolated", "fail", sentence, remedy),
			 "`bridge -d link show dev %s`", facts->port.name);
}

static void rule_flooding(struct judge *judge)
{
	const struct why_host *host = &judge->facts->host;
	bool broadcast = host->flood && strcmp(host->flood, "mcast_flood") != 0;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	bool proxy;

	if (!host->flood)
		return;
	snprintf(sentence, sizeof(sentence), "%s sends no %s to its port %s: %s.", judge->facts->bridge,
		 broadcast ? "broadcasts" : "frames to groups", host->flood_at,
		 broadcast ? "no ARP request gets through" : "IPv6 neighbour discovery fails");
	proxy = !strcmp(host->flood, "proxy_arp");
	snprintf(remedy, sizeof(remedy), "Run `bridge link set dev %s %s %s`.", host->flood_at, host->flood,
		 proxy ? "off" : "on");
	verdict_evidence(verdict_cause(&judge->verdict, "port_flood",
				       broadcast || judge_path_is_broken(judge->facts, false) ? "fail" : "warn",
				       sentence, remedy),
			 "`bridge -d link show dev %s`: %s %s", host->flood_at, host->flood, proxy ? "on" : "off");
}

/* ---- programs and traffic control ---- */

static void add_xdp(struct judge *judge, const char *interface, uint32_t id)
{
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	snprintf(sentence, sizeof(sentence),
		 "An XDP program on %s handles frames before vifi does, and no answer gets through it.", interface);
	snprintf(remedy, sizeof(remedy), "Run `ip link set %s xdp off`; `bpftool prog show id %u` names it.", interface,
		 id);
	verdict_evidence(verdict_cause(&judge->verdict, "xdp", "fail", sentence, remedy),
			 "`ip link show %s`: xdp, program %u", interface, id);
}

/* Does it drop frames on purpose? Those that share a link fairly drop a few, too, and are left out. */
static bool is_lossy(const char *qdisc, uint64_t drops, bool silent)
{
	static const char *const limits[] = {"tbf", "htb", "hfsc", "red", "police"};
	static const char *const queues[] = {"pfifo", "bfifo"}; /* a host sets these by itself nowhere */

	if (!strcmp(qdisc, "netem") || !strcmp(qdisc, "plug") || !strcmp(qdisc, "blackhole"))
		return true;
	for (size_t i = 0; (drops || silent) && i < sizeof(limits) / sizeof(limits[0]); i++)
		if (!strcmp(qdisc, limits[i]))
			return true;
	for (size_t i = 0; drops && silent && i < sizeof(queues) / sizeof(queues[0]); i++)
		if (!strcmp(qdisc, queues[i]))
			return true;
	return false;
}

static void judge_qdisc(struct judge *judge, const char *interface, const char *qdisc, uint64_t drops, bool silent)
{
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!is_lossy(qdisc, drops, silent))
		return;
	snprintf(sentence, sizeof(sentence), "The queueing discipline %s of %s delays or drops frames.", qdisc,
		 interface);
	snprintf(remedy, sizeof(remedy),
		 "Run `tc qdisc del dev %s root`; if the hypervisor limits the guest's bandwidth, change that in the "
		 "guest's configuration.",
		 interface);
	verdict_evidence(verdict_cause(&judge->verdict, "qdisc", silent ? "fail" : "warn", sentence, remedy),
			 "it has dropped %llu frames: `tc -s qdisc show dev %s`", (unsigned long long)drops, interface);
}

/* Questions by ARP would not be answered then. */
static void rule_uplink_arp(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!facts->host.uplink_arp_off)
		return;
	snprintf(sentence, sizeof(sentence),
		 "ARP is off on the uplink %s: this host cannot find machines of the network, and vifi cannot ask them "
		 "about the guest.",
		 facts->uplink);
	snprintf(remedy, sizeof(remedy), "Run `ip link set %s arp on`.", facts->uplink);
	verdict_evidence(verdict_cause(&judge->verdict, "uplink_arp", "warn", sentence, remedy),
			 "`ip link show %s` says NOARP", facts->uplink);
}

static void rule_port_program(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!facts->host.port_program[0])
		return;
	snprintf(sentence, sizeof(sentence),
		 "A tc program other than vifi's runs on the guest's port %s, and may redirect or drop its frames.",
		 facts->port.name);
	snprintf(remedy, sizeof(remedy),
		 "`bpftool prog show id %s` names it; `tc filter del dev %s ingress` removes filters.",
		 facts->host.port_program, facts->port.name);
	verdict_evidence(verdict_cause(&judge->verdict, "port_program", port_is_silent(facts) ? "fail" : "note",
				       sentence, remedy),
			 "`bpftool net show dev %s` lists the program with the id %s", facts->port.name,
			 facts->host.port_program);
}

static void rule_tc_drop(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct netdev_tc_drop *drop = &facts->host.tc_drop;
	static const char *const verbs[] = {
		[NETDEV_TC_DROPS] = "drops",
		[NETDEV_TC_REDIRECTS] = "redirects",
		[NETDEV_TC_LIMITS] = "limits the rate of",
	};
	bool silent = judge_uplink_is_silent(facts) || port_is_silent(facts) || judge_path_is_broken(facts, false) ||
		      judge_path_is_broken(facts, true);
	bool all = silent || (drop->action == NETDEV_TC_DROPS && !strcmp(drop->kind, "matchall"));
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	/* Shapers redirect frames on purpose (ifb), and hypervisors limit rates: only if frames do not arrive. */
	if (!drop->packets || (drop->action != NETDEV_TC_DROPS && !silent))
		return;
	snprintf(sentence, sizeof(sentence), "A filter of traffic control %s frames at %s (%s, %s).",
		 verbs[drop->action], facts->host.tc_drop_at, drop->egress ? "egress" : "ingress", drop->kind);
	snprintf(remedy, sizeof(remedy), "Run `tc filter del dev %s %s pref %u`.", facts->host.tc_drop_at,
		 drop->egress ? "egress" : "ingress", drop->preference);
	verdict_evidence(verdict_cause(&judge->verdict, "tc_filter", all ? "fail" : "warn", sentence, remedy),
			 "it has taken %llu packets: `tc -s filter show dev %s %s`", (unsigned long long)drop->packets,
			 facts->host.tc_drop_at, drop->egress ? "egress" : "ingress");
}

static void rule_conntrack(struct judge *judge)
{
	const struct why_host *host = &judge->facts->host;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];

	if (!host->conntrack_max || host->conntrack_count < host->conntrack_max ||
	    (!host->nf_call && !host->routed_network[0]))
		return;
	snprintf(sentence, sizeof(sentence),
		 "The connection tracking table of this host is full (%d entries): new connections are dropped.",
		 host->conntrack_count);
	snprintf(remedy, sizeof(remedy), "Run `sysctl -w net.netfilter.nf_conntrack_max=%d`.", 4 * host->conntrack_max);
	verdict_evidence(verdict_cause(&judge->verdict, "conntrack_full", "fail", sentence, remedy),
			 "nf_conntrack_count %d, nf_conntrack_max %d; %s", host->conntrack_count, host->conntrack_max,
			 host->nf_call ? "br_netfilter passes bridged packets to it"
				       : "this host routes for the guest");
}

void rule_links(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct why_host *host = &facts->host;

	rule_uplink_port(judge);
	rule_port_vlan(judge);
	rule_isolated(judge);
	rule_flooding(judge);
	rule_fdb(judge);
	if (host->xdp_uplink && judge_uplink_is_silent(facts))
		add_xdp(judge, facts->uplink, host->xdp_uplink);
	if (host->xdp_port && port_is_silent(facts))
		add_xdp(judge, facts->port.name, host->xdp_port);
	judge_qdisc(judge, facts->uplink, host->qdisc_uplink, host->qdisc_uplink_drops, judge_uplink_is_silent(facts));
	judge_qdisc(judge, facts->port.name, host->qdisc_port, host->qdisc_port_drops, port_is_silent(facts));
	judge_qdisc(judge, host->veth_end, host->qdisc_veth, host->qdisc_veth_drops,
		    judge_path_is_broken(facts, false));
	rule_uplink_arp(judge);
	rule_port_program(judge);
	rule_tc_drop(judge);
	rule_conntrack(judge);
}

/* ---- frames that vifi drops at the guest's port ---- */

/* Counted since the start of the process, without a time: a few of the frames that a guest has sent may be of long ago. */
static const char *level_of_drops(const json_t *guest, long long count)
{
	if (!judge_has_address(guest))
		return "fail";
	return count * 100 < json_number(guest, "out_packets") ? "note" : "warn";
}

void rule_dropped(struct judge *judge)
{
	static const enum drop reasons[] = {DROP_UPLINK_MAC,   DROP_VLAN,        DROP_VLAN_NESTED,
					    DROP_BAD_SOURCE,   DROP_ARP_SENDER,  DROP_ND_SENDER,
					    DROP_SOURCE_GUARD, DROP_DHCP_FORGED, DROP_CLAIM_INVALID};
	const json_t *drops = json_object_get(judge_port_row(judge), "drops");

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		long long count = json_number(drops, drop_name(reasons[i]));

		if (!count)
			continue;
		verdict_evidence(verdict_cause(&judge->verdict, drop_name(reasons[i]),
					       level_of_drops(judge->facts->guest, count), drop_sentence(reasons[i]),
					       drop_hint(reasons[i])),
				 "%lld frames that arrived on %s were dropped", count, judge->facts->port.name);
	}
}
