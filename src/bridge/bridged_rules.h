/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host's IP firewall does to the frames that guests exchange on the bridge, if br_netfilter passes them to it
 * (bridge-nf-call-iptables): input and output interface are the bridge.
 */
#ifndef VIFI_BRIDGE_BRIDGED_RULES_H
#define VIFI_BRIDGE_BRIDGED_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum bridged_fate {
	BRIDGED_PASS, /* every frame passes */
	BRIDGED_SOME, /* that depends on more than the interfaces */
	BRIDGED_DROP, /* no frame passes */
};

struct bridged_verdict {
	enum bridged_fate fate;
	bool rewrites;    /* a NAT rule matches every frame */
	char chain[128];  /* "ip filter FORWARD": the chain that drops or rewrites */
	bool is_iptables; /* it is the chain FORWARD of iptables */
	bool docker_user; /* there is a chain DOCKER-USER, which Docker leaves to the operator */
};

/*
 * Judges a ruleset, the output of `nft -j list ruleset`, for IPv4 or IPv6 packets. Returns false when it cannot be read.
 */
bool bridged_rules_judge(struct bridged_verdict *verdict, const char *json, const char *bridge, bool ip6);

/* Writes the command that lets the frames pass. */
void bridged_rules_remedy(char *text, size_t size, const struct bridged_verdict *verdict, const char *bridge, bool ip6);

#endif
