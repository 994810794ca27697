/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/check_context.h"

#include "bridge/bridge_filter.h"
#include "bridge/firewall_rules.h"
#include "netdev/nft_ruleset.h"

#include <unistd.h>

/* Without nftables in the kernel there is no ruleset. */
static void add_unreadable(struct check_context *ctx)
{
	bool root = geteuid() == 0;

	if (nft_is_available())
		finding_set_remedy(findings_add(ctx->findings, ctx->id, root ? FINDING_WARN : FINDING_NOTE,
						"The ruleset of nftables cannot be read."),
				   "%s", root ? "Look at `nft list ruleset` yourself." : "Run this command as root.");
}

/* A finding is an obstacle where a rule blocks something: the firewall's author relies on it. */
void check_firewall(struct check_context *ctx)
{
	struct firewall_rules rules;

	if (!firewall_rules_search(&rules, ctx->ruleset, ctx->bridge->name))
		add_unreadable(ctx);
	else if (rules.count)
		finding_set_remedy(findings_add(ctx->findings, ctx->id, rules.blocks ? FINDING_FAIL : FINDING_NOTE,
						"%zu nftables rule%s match%s the input interface %s (%s), but frames "
						"from guests to %s do not arrive there.",
						rules.count, rules.count > 1 ? "s" : "", rules.count > 1 ? "" : "es",
						ctx->bridge->name, rules.first, ctx->uplink->name),
				   "Match iifname { \"%s\", \"%s\" }, and distinguish guests from the network by their "
				   "MAC or IP addresses (ether saddr, ip saddr, ip6 saddr).",
				   ctx->bridge->name, ctx->uplink->name);
}

void check_br_netfilter(struct check_context *ctx)
{
	struct bridge_filter filter;

	bridge_filter_judge(&filter, ctx->ruleset, ctx->bridge);
	if (filter.unreadable)
		add_unreadable(ctx);
	for (size_t i = 0; i < filter.count; i++)
		finding_set_remedy(findings_add(ctx->findings, ctx->id,
						filter.list[i].certain ? FINDING_FAIL : FINDING_WARN, "%s",
						filter.list[i].sentence),
				   "%s", filter.list[i].remedy);
}
