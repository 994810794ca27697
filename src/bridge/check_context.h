/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the items of `vifi bridge check` share: check.c, check_uplink.c, check_firewall.c, check_ports.c, check_running.c. */
#ifndef VIFI_BRIDGE_CHECK_CONTEXT_H
#define VIFI_BRIDGE_CHECK_CONTEXT_H

#include "base/error.h"
#include "bridge/check.h"
#include "netdev/rtnl.h"

#include <jansson.h>

struct check_context {
	struct findings *findings;
	const char *id; /* of the item that runs */
	struct netdev *nd;
	struct netdev_link *links;
	struct netdev_addr *addrs;
	size_t n_links, n_addrs;
	const struct netdev_link *uplink, *bridge; /* NULL: not named or missing */
	const char *uplink_name, *bridge_name;     /* as named; NULL: not named */
	char *ruleset;                             /* of nftables, as JSON; NULL: not readable */
	json_t *report;                            /* of a running bridge (bridge/report.h); NULL: none runs */
	bool has_veth;                             /* `up` has run for the uplink, and was not reverted */
	bool abandoned;                            /* there is a veth of vifi, but nothing translates */
	struct error silence;                      /* the process of the bridge does not answer; empty: it does */
	json_t *events;                            /* of its process (bridge/events.h); NULL: none */
};

/* check_uplink.c */
void check_uplink_kind(struct check_context *ctx);
void check_uplink_state(struct check_context *ctx);
void check_uplink_address(struct check_context *ctx);
void check_wifi(struct check_context *ctx);
void check_rp_filter(struct check_context *ctx);
void check_proxy_arp(struct check_context *ctx);
void check_other_programs(struct check_context *ctx);
void check_mac_randomisation(struct check_context *ctx);
void check_network_manager(struct check_context *ctx);

/* check_firewall.c */
void check_br_netfilter(struct check_context *ctx);
void check_firewall(struct check_context *ctx);

/* check_ports.c */
void check_ports(struct check_context *ctx);
void check_port_vlans(struct check_context *ctx);

/* check_running.c; all but the first need ctx->report */
void check_process(struct check_context *ctx);
void check_loop(struct check_context *ctx);
void check_contests(struct check_context *ctx);
void check_clones(struct check_context *ctx);
void check_pins(struct check_context *ctx);
void check_refusals(struct check_context *ctx);
void check_limits(struct check_context *ctx);
void check_drops(struct check_context *ctx);

#endif
