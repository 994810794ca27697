/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether br_netfilter makes the host's IP firewall drop or rewrite the frames of a bridge, on this machine. */
#ifndef VIFI_BRIDGE_BRIDGE_FILTER_H
#define VIFI_BRIDGE_BRIDGE_FILTER_H

#include "netdev/firewall_probe.h"
#include "netdev/rtnl.h"

#include <stdbool.h>
#include <stddef.h>

struct bridge_filter {
	bool unreadable; /* the ruleset, and the kernel has nftables */
	size_t count;
	struct {
		bool certain; /* every frame; otherwise that depends on the frame */
		char sentence[320];
		char remedy[320];
	} list[4];
};

/* Whether br_netfilter passes frames of this bridge to the IP firewall at all. */
bool bridge_filter_is_on(const struct netdev_link *bridge);

/* Judges the rules of this network namespace. `ruleset`: of nftables as JSON; NULL: it cannot be read. */
void bridge_filter_judge(struct bridge_filter *filter, const char *ruleset, const struct netdev_link *bridge);

/*
 * Logs what the firewall does to the frames of a bridge. The ruleset, which takes long to read, is read only if br_netfilter
 * is on and there is a chain that it would apply.
 */
void bridge_filter_warn(struct netdev *nd, const struct netdev_link *bridge, const struct firewall_files *files);

#endif
