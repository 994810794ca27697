/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/bridge_filter.h"

#include "bridge/bridged_rules.h"
#include "bridge/log.h"
#include "netdev/iptables_legacy.h"
#include "netdev/nft_ruleset.h"
#include "netdev/sysctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_on(const struct netdev_link *bridge, bool ip6)
{
	int value;

	return bridge->bridge.nf_call ||
	       (netdev_sysctl_get(ip6 ? "bridge/bridge-nf-call-ip6tables" : "bridge/bridge-nf-call-iptables", &value) ==
			0 &&
		value);
}

bool bridge_filter_is_on(const struct netdev_link *bridge)
{
	return is_on(bridge, false) || is_on(bridge, true);
}

static const char *family_name(bool ip6)
{
	return ip6 ? "IPv6" : "IPv4";
}

static void judge_nftables(struct bridge_filter *filter, const char *ruleset, const struct netdev_link *bridge,
			   bool ip6)
{
	struct bridged_verdict verdict;
	char command[200];

	if (!bridged_rules_judge(&verdict, ruleset, bridge->name, ip6)) {
		filter->unreadable = nft_is_available();
		return;
	}
	if (verdict.fate == BRIDGED_PASS && !verdict.rewrites)
		return;
	bridged_rules_remedy(command, sizeof(command), &verdict, bridge->name, ip6);
	filter->list[filter->count].certain = verdict.fate != BRIDGED_SOME;
	snprintf(filter->list[filter->count].sentence, sizeof(filter->list[0].sentence),
		 "br_netfilter passes the frames of %s to the host's firewall, and the chain `%s` %s of %s%s.",
		 bridge->name, verdict.chain, verdict.fate == BRIDGED_PASS ? "rewrites those" : "drops those",
		 family_name(ip6), verdict.fate == BRIDGED_SOME ? " that no rule accepts" : "");
	if (verdict.fate == BRIDGED_PASS)
		snprintf(filter->list[filter->count].remedy, sizeof(filter->list[0].remedy),
			 "Limit the rule to the interfaces that it is for, or run `sysctl -w net.bridge.%s=0`.",
			 ip6 ? "bridge-nf-call-ip6tables" : "bridge-nf-call-iptables");
	else
		snprintf(filter->list[filter->count].remedy, sizeof(filter->list[0].remedy), "Run `%s`%s.", command,
			 verdict.docker_user ? " after each start of Docker; `vifi setup` installs a unit that does"
					     : "");
	filter->count++;
}

/* The tables of iptables-legacy are not part of the ruleset of nftables. */
static void judge_legacy(struct bridge_filter *filter, const struct netdev_link *bridge, bool ip6)
{
	enum iptables_legacy forward = iptables_legacy_forward(ip6);
	const char *program = ip6 ? "ip6tables-legacy" : "iptables-legacy";

	if (forward == IPTABLES_LEGACY_NONE || forward == IPTABLES_LEGACY_ACCEPT)
		return;
	filter->list[filter->count].certain = forward == IPTABLES_LEGACY_DROP;
	snprintf(filter->list[filter->count].sentence, sizeof(filter->list[0].sentence),
		 "br_netfilter passes the frames of %s to the host's firewall, and the chain FORWARD of %s %s.",
		 bridge->name, program,
		 forward == IPTABLES_LEGACY_DROP ? "drops them" : "has rules, which may drop them");
	snprintf(filter->list[filter->count].remedy, sizeof(filter->list[0].remedy),
		 "Look at `%s -S FORWARD`, and run `%s -I FORWARD -i %s -o %s -j ACCEPT` if it drops them.", program,
		 program, bridge->name, bridge->name);
	filter->count++;
}

void bridge_filter_judge(struct bridge_filter *filter, const char *ruleset, const struct netdev_link *bridge)
{
	memset(filter, 0, sizeof(*filter));
	for (int ip6 = 0; ip6 < 2; ip6++) {
		if (!is_on(bridge, ip6))
			continue;
		judge_nftables(filter, ruleset, bridge, ip6);
		judge_legacy(filter, bridge, ip6);
	}
}

static bool has_chains(struct netdev *nd, const struct netdev_link *bridge, const struct firewall_files *files)
{
	struct netdev_link *links;
	size_t count;
	bool found;

	if (netdev_links(nd, &links, &count) < 0)
		return true;
	found = firewall_probe(links, count, bridge->ifindex, files) != FIREWALL_NONE;
	free(links);
	return found;
}

void bridge_filter_warn(struct netdev *nd, const struct netdev_link *bridge, const struct firewall_files *files)
{
	struct bridge_filter filter;
	char *ruleset;

	if (!bridge_filter_is_on(bridge) || !has_chains(nd, bridge, files))
		return;
	ruleset = nft_ruleset_json();
	bridge_filter_judge(&filter, ruleset, bridge);
	free(ruleset);
	if (filter.unreadable)
		bridge_warn("cannot read the nftables ruleset, which br_netfilter applies to the frames of %s; check "
			    "`nft list ruleset` yourself",
			    bridge->name);
	for (size_t i = 0; i < filter.count; i++)
		bridge_log("%s %s", filter.list[i].sentence, filter.list[i].remedy);
}
