/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule looks for one cause. Rules are in the order in which causes hide others: without a bridge nothing else matters, behind
 * a port that is down no address can be wrong. A rule that finds nothing says what it has excluded.
 */
#include "why/judge_state.h"

#include "base/mac.h"
#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>

enum { SILENT_S = 300, TEXT_SIZE = VERDICT_TEXT };

/* ---- the bridge and its uplink ---- */

static void rule_bridge(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	json_t *found;

	if (facts->stopped) {
		char remedy[TEXT_SIZE];

		snprintf(remedy, sizeof(remedy),
			 "Run `kill -CONT %d` to continue it, or `systemctl restart vifi-bridge@NAME`.",
			 facts->stopped);
		found = verdict_cause(&judge->verdict, "process", "fail",
				      "The vifi process of this bridge is suspended by a signal or a debugger.",
				      remedy);
		verdict_evidence(found, "/proc/%d/stat says T", facts->stopped);
	}
	if (facts->report) {
		verdict_exclude(&judge->verdict, "a bridge runs");
		return;
	}
	if (facts->stopped)
		return;
	if (facts->uplink[0]) {
		found = verdict_cause(
			&judge->verdict, "process", "fail",
			"The vifi process of this bridge has ended without cleaning up, and nothing translates frames.",
			"Run `systemctl restart vifi-bridge@NAME`, or `vifi bridge up` again.");
		verdict_evidence(
			found,
			"the interfaces that vifi created for %s exist, but its process and its eBPF programs do not",
			facts->uplink);
		return;
	}
	if (facts->others[0]) {
		char sentence[TEXT_SIZE];

		snprintf(sentence, sizeof(sentence), "No vifi bridge uses that uplink; bridges run on %s.",
			 facts->others);
		found = verdict_cause(&judge->verdict, "no_bridge", "fail", sentence,
				      "Name one of these after --uplink, or leave it out: then all are searched.");
		verdict_evidence(found, "`vifi bridge show` lists them");
		return;
	}
	found = verdict_cause(&judge->verdict, "no_bridge", "fail",
			      "No vifi bridge runs here, so no frame of a guest reaches the network.",
			      "Run `vifi bridge up`, or `systemctl start vifi-bridge@NAME` for a configured bridge.");
	verdict_evidence(found, "no interface of this network namespace has vifi's programs or a process");
}

/* Problems of the whole bridge, as `show` finds them. */
static void rule_problem(struct judge *judge, const char *id, const char *excluded)
{
	const struct why_facts *facts = judge->facts;
	json_t *problem;
	bool found = false;
	size_t i;

	if (verdict_has(&judge->verdict, id))
		return;
	json_array_foreach(json_object_get(facts->report, "problems"), i, problem)
	{
		const char *mac = json_text(problem, "mac");

		if (strcmp(json_text(problem, "id"), id) != 0 || (*mac && strcmp(mac, facts->mac) != 0))
			continue;
		found = true;
		verdict_evidence(verdict_cause(&judge->verdict, id, json_text(problem, "level"),
					       json_text(problem, "sentence"), json_text(problem, "remedy")),
				 "`vifi bridge show %s`", facts->uplink);
	}
	if (!found && facts->report && excluded)
		verdict_exclude(&judge->verdict, excluded);
}

/* The words of what is ruled out about the guest; NULL if there is no guest about which it could be said. */
static const char *of_guest(const struct judge *judge, const char *excluded)
{
	return judge->facts->guest || judge->facts->port.exists ? excluded : NULL;
}

/* ---- the guest and its port ---- */

/* All its ports stop forwarding then. */
static void rule_bridge_down(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[TEXT_SIZE], remedy[TEXT_SIZE];

	snprintf(sentence, sizeof(sentence), "The bridge %s is down: it forwards no frames of guests.", facts->bridge);
	snprintf(remedy, sizeof(remedy), "Run `ip link set %s up`.", facts->bridge);
	verdict_evidence(verdict_cause(&judge->verdict, "bridge_down", "fail", sentence, remedy), "`ip link show %s`",
			 facts->bridge);
}

static void rule_port(struct judge *judge)
{
	const struct why_port *port = &judge->facts->port;
	const char *bridge = judge->facts->bridge;
	char sentence[TEXT_SIZE], remedy[TEXT_SIZE];
	json_t *found = NULL;

	if (!port->exists || !judge->facts->bridge[0])
		return;
	if (!port->in_bridge) {
		snprintf(sentence, sizeof(sentence), "%s is not a port of %s.", port->name, bridge);
		snprintf(
			remedy, sizeof(remedy),
			"Run `ip link set %s master %s`; to make it permanent, change the configuration of the guest's "
			"network.",
			port->name, bridge);
		found = verdict_cause(&judge->verdict, "port_not_in_bridge", "fail", sentence, remedy);
	} else if (!port->up) {
		snprintf(sentence, sizeof(sentence), "The guest's port %s is down.", port->name);
		snprintf(remedy, sizeof(remedy), "Run `ip link set %s up`.", port->name);
		found = verdict_cause(&judge->verdict, "port_down", "fail", sentence, remedy);
	} else if (!port->carrier) {
		snprintf(sentence, sizeof(sentence),
			 "The guest's port %s has no carrier: the guest is off, or its network card is down.",
			 port->name);
		found = verdict_cause(&judge->verdict, "port_no_carrier", "fail", sentence,
				      "Start the guest, or set its interface up inside the guest (`ip link set eth0 "
				      "up`). In the hypervisor the virtual cable may be unplugged.");
	} else if (!port->forwarding) {
		snprintf(sentence, sizeof(sentence),
			 "%s does not forward on the guest's port %s yet: the spanning tree protocol delays it by up "
			 "to 30 s.",
			 bridge, port->name);
		snprintf(remedy, sizeof(remedy), "Run `ip link set %s type bridge stp_state 0`.", bridge);
		found = verdict_cause(&judge->verdict, "port_blocked", "fail", sentence, remedy);
	} else if (port->locked) {
		snprintf(sentence, sizeof(sentence), "The guest's port %s is locked: %s drops unknown MAC addresses.",
			 port->name, bridge);
		snprintf(remedy, sizeof(remedy), "Run `bridge link set dev %s locked off`.", port->name);
		found = verdict_cause(&judge->verdict, "port_locked", "fail", sentence, remedy);
	}
	if (found)
		verdict_evidence(found, "`ip -d link show %s`", port->name);
	else
		verdict_exclude(&judge->verdict, "the guest's port is up and forwards");
}

static void rule_unknown(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[TEXT_SIZE];
	json_t *found;

	if (facts->guest || !facts->report || facts->no_guest)
		return;
	if (facts->departed && !facts->port.exists) {
		found = verdict_cause(
			&judge->verdict, "port_gone", "fail",
			"The guest's port was deleted: the guest was stopped, or its network card removed.",
			"Start the guest, and look at its network configuration: it must be on the bridge.");
		verdict_evidence(found, "%s was at the port until %lld s ago", json_text(facts->departed, "address"),
				 json_number(facts->departed, "seen_s"));
		return;
	}
	if (facts->claimant.answered) {
		char mac[MAC_TEXT_SIZE];

		snprintf(sentence, sizeof(sentence),
			 "No guest has the address %.64s: the station %s of the network uses it.", facts->asked,
			 mac_format(mac, facts->claimant.by));
		found = verdict_cause(&judge->verdict, "contest", "fail", sentence,
				      "Give the guest another address; it gives up one that is in use (`ip address` in "
				      "the guest shows dadfailed), or never got this one.");
		verdict_evidence(found, "%s answers for it on %s", mac, facts->uplink);
		return;
	}
	if (facts->port.exists && why_dhcp_asked(facts))
		return; /* rule_lease() has the cause */
	if (facts->port.exists)
		snprintf(sentence, sizeof(sentence),
			 "vifi has seen no address of the guest on %s: the guest has sent no ARP, neighbour discovery "
			 "or DHCP message.",
			 facts->port.name);
	else
		snprintf(sentence, sizeof(sentence),
			 "No guest has the name or address %.200s: vifi has seen no frame from it.", facts->asked);
	found = verdict_cause(&judge->verdict, "unknown_guest", "fail", sentence,
			      "Look inside the guest: is its interface up, and does it have an address or run a DHCP "
			      "client? `vifi bridge show` lists the known guests.");
	if (facts->mac[0])
		verdict_evidence(found, "its MAC address is %s", facts->mac);
}

static void rule_silent(struct judge *judge)
{
	const json_t *guest = judge->facts->guest;
	long long seen = json_number(guest, "seen_s");
	char sentence[TEXT_SIZE];

	if (!guest || !json_is_integer(json_object_get(guest, "seen_s")))
		return;
	if (seen < SILENT_S || judge_has_answered(&judge->facts->wires[0], WHY_GUEST) ||
	    judge_has_answered(&judge->facts->wires[1], WHY_GUEST)) {
		verdict_exclude(&judge->verdict, seen < SILENT_S ? "the guest has sent frames in the last five minutes"
								 : "the guest answers now, after a longer silence");
		return;
	}
	snprintf(sentence, sizeof(sentence), "The guest has sent nothing for %lld s.", seen);
	verdict_evidence(
		verdict_cause(&judge->verdict, "silent", "warn", sentence,
			      "Look inside the guest: has it stopped, or lost its address? Nothing is wrong with "
			      "a guest that only answers requests and has received none."),
		"`vifi bridge show %s %s`", judge->facts->uplink, judge->facts->mac);
}

/* Does a sentence name the guest, by its MAC address, or its port as a word? */
static bool names_guest(const struct why_facts *facts, const char *sentence)
{
	size_t len = strlen(facts->port.name);

	if (facts->mac[0] && strstr(sentence, facts->mac))
		return true;
	for (const char *at = sentence; len && (at = strstr(at, facts->port.name)); at += len)
		if ((at == sentence || at[-1] == ' ') && strchr(" .,:;", at[len]))
			return true;
	return false;
}

/* What `vifi bridge check` finds of this guest, by the FDB and the events, which `show` does not look at. */
static void rule_checked(struct judge *judge)
{
	static const char *const ids[] = {"clone", "contest", "limit"};
	const struct findings *check = &judge->facts->check;

	for (size_t k = 0; k < sizeof(ids) / sizeof(ids[0]); k++)
		for (size_t i = 0; i < check->count && !verdict_has(&judge->verdict, ids[k]); i++)
			if (!strcmp(check->list[i].id, ids[k]) && check->list[i].level == FINDING_FAIL &&
			    names_guest(judge->facts, check->list[i].sentence))
				verdict_evidence(verdict_cause(&judge->verdict, ids[k], "fail", check->list[i].sentence,
							       check->list[i].remedy),
						 "`vifi bridge check %s %s`", judge->facts->uplink,
						 judge->facts->bridge);
}

/* Obstacles on this host that keep all frames of guests back; others only some, or those to this host. */
static bool blocks_all(const char *id)
{
	static const char *const ids[] = {"br_netfilter", "uplink_kind", "four_address",
					  "bridge",       "mounts",      "proc_sys"};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (!strcmp(id, ids[i]))
			return true;
	return false;
}

/* Rules above name these with the guest. */
static bool has_own_rule(const char *id)
{
	static const char *const ids[] = {"process",     "uplink", "uplink_state", "contest", "clone",
					  "refused",     "limit",  "drops",        "mtu",     "privilege",
					  "dhcp_server", "loop",   "firewall"};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (!strcmp(id, ids[i]))
			return true;
	return false;
}

/* The obstacles that `vifi bridge check` finds. */
static void rule_host(struct judge *judge, bool all)
{
	const struct findings *check = &judge->facts->check;

	for (size_t i = 0; i < check->count; i++) {
		const struct finding *finding = &check->list[i];

		if (finding->level == FINDING_FAIL && !has_own_rule(finding->id) && blocks_all(finding->id) == all)
			verdict_evidence(
				verdict_cause(&judge->verdict, finding->id, "fail", finding->sentence, finding->remedy),
				"`vifi bridge check %s %s`", judge->facts->uplink, judge->facts->bridge);
	}
}

/* Adds the causes of another verdict that have no like yet, and what it ruled out. */
static void merge(struct verdict *verdict, const struct verdict *other)
{
	json_t *item, *known;
	size_t i, k;

	json_array_foreach(other->causes, i, item)
	{
		if (!verdict_has(verdict, json_text(item, "id")))
			json_array_append(verdict->causes, item);
	}
	json_array_foreach(other->excluded, i, item)
	{
		bool any = false;

		json_array_foreach(verdict->excluded, k, known)
		{
			any |= json_equal(item, known);
		}
		if (!any)
			json_array_append(verdict->excluded, item);
	}
}

/* Judges what the network answers, of the family that was asked for first. */
static void judge_families(struct judge *judge, void (*rule)(struct judge *judge))
{
	const struct why_wire *wires = judge->facts->wires;
	bool ip6_first = !wires[0].asked || !strcmp(json_text(wires[1].asked, "address"), judge->facts->asked);

	for (int i = 0; i < WHY_FAMILIES; i++) {
		struct judge one = {.facts = judge->facts, .wire = &wires[ip6_first ? 1 - i : i]};

		if (!one.wire->asked)
			continue;
		verdict_init(&one.verdict);
		rule(&one);
		merge(&judge->verdict, &one.verdict);
		json_decref(one.verdict.causes);
		json_decref(one.verdict.excluded);
	}
}

json_t *why_judge(const struct why_facts *facts)
{
	struct judge judge = {.facts = facts};

	verdict_init(&judge.verdict);
	rule_bridge(&judge);
	rule_problem(&judge, "uplink", "the uplink is up and connected");
	if (facts->bridge_down)
		rule_bridge_down(&judge);
	else
		rule_port(&judge);
	rule_links(&judge);
	rule_programs(&judge);
	rule_loop(&judge);
	rule_checked(&judge);
	rule_problem(&judge, "clone", of_guest(&judge, "no other port uses the guest's MAC address"));
	judge_families(&judge, rule_wire_claims);
	rule_problem(&judge, "contest", of_guest(&judge, "no other machine claims the guest's address"));
	rule_refused(&judge);
	rule_taken(&judge);
	rule_lost(&judge);
	rule_host(&judge, true);
	rule_firewall(&judge);
	judge_families(&judge, rule_guest_link);
	judge_families(&judge, rule_wire);
	if (!verdict_has_obstacle(&judge.verdict)) {
		judge_families(&judge, rule_path);
		judge_families(&judge, rule_beyond);
	}
	rule_dropped(&judge);
	rule_vlan_silent(&judge);
	rule_forwarding(&judge);
	rule_router(&judge);
	rule_rogue(&judge);
	rule_roamed(&judge);
	if (!judge_is_address_of_network(facts))
		rule_problem(&judge, "other_network",
			     of_guest(&judge, "the guest's addresses are of the uplink's network"));
	if (!verdict_has_obstacle(&judge.verdict) && !verdict_has(&judge.verdict, "other_network")) {
		rule_unknown(&judge);
		rule_advertisement(&judge);
		rule_lease(&judge);
	}
	rule_host(&judge, false);
	rule_problem(&judge, "process", "a process serves the uplink");
	rule_limits(&judge);
	judge_families(&judge, rule_host_route);
	judge_families(&judge, rule_host_firewall);
	rule_this_host(&judge);
	rule_mtu(&judge);
	judge_families(&judge, rule_guest_answers);
	judge_families(&judge, rule_guest_gateway);
	rule_silent(&judge);
	verdict_sort(&judge.verdict);
	return json_pack("{s:o, s:O?, s:o, s:i, s:o, s:o}", "asked", verdict_text(facts->asked), "guest", facts->guest,
			 "uplink", verdict_text(facts->uplink), "waited_ms", WAIT_BUDGET_MS - facts->budget.left_ms,
			 "causes", judge.verdict.causes, "excluded", judge.verdict.excluded);
}
