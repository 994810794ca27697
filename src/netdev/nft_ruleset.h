/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nftables ruleset of this network namespace, as libnftables prints it; rules of iptables-nft are part of it. */
#ifndef VIFI_NETDEV_NFT_RULESET_H
#define VIFI_NETDEV_NFT_RULESET_H

#include <stdbool.h>

/* Whether the kernel has nftables. libnftables ends the process on a kernel without it: ask first. */
bool nft_is_available(void);

/*
 * `nft -j list ruleset` without the families netdev and bridge, which are not part of the host's IP stack. The caller frees
 * the text. NULL: no nftables, no permission, or no memory.
 */
char *nft_ruleset_json(void);

/* The same of the families bridge and netdev, without vifi's own tables. */
char *nft_link_ruleset_json(void);

/* Whether the name of an interface in a ruleset, "br0" or the wildcard "br*", includes this interface. */
bool nft_name_matches(const char *pattern, const char *interface);

#endif
