/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h> /* before <linux/if.h>: <linux/in.h> would define the same types again */

#include "netdev/firewall_probe.h"

#include "netdev/netlink.h"
#include "netdev/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <string.h>
#include <unistd.h>

struct firewall_search {
	const struct netdev_link *links;
	size_t count;
	int bridge;
	bool found;    /* a chain for the bridge or one of its ports */
	bool ip_chain; /* a chain for routed packets; with br_netfilter it also sees bridged ones */
};

static bool is_port(const struct firewall_search *search, const char *name)
{
	for (size_t i = 0; i < search->count; i++)
		if (search->links[i].master == search->bridge && !strcmp(search->links[i].name, name))
			return true;
	return false;
}

/* Does a chain at the ingress or egress of devices apply to a port? A chain that names no device may. */
static bool applies_to_port(const struct firewall_search *search, struct nlattr *hook[])
{
	struct nlattr *device;
	int left;

	if (hook[NFTA_HOOK_DEV])
		return is_port(search, nla_get_string(hook[NFTA_HOOK_DEV]));
	if (!hook[NFTA_HOOK_DEVS])
		return true;
	nla_for_each_nested(device, hook[NFTA_HOOK_DEVS],
			    left) if (is_port(search, nla_get_string(device))) return true;
	return false;
}

static uint32_t hook_number(struct nlattr *hook[])
{
	return hook[NFTA_HOOK_HOOKNUM] ? ntohl(nla_get_u32(hook[NFTA_HOOK_HOOKNUM])) : UINT32_MAX;
}

static int parse_chain(struct nlmsghdr *nlh, void *arg)
{
	struct firewall_search *search = arg;
	struct nlattr *chain[NFTA_CHAIN_MAX + 1], *hook[NFTA_HOOK_MAX + 1];
	const struct nfgenmsg *nf;

	if (!nlh) {
		search->found = search->ip_chain = false;
		return 0;
	}
	if (nlmsg_parse(nlh, sizeof(*nf), chain, NFTA_CHAIN_MAX, NULL) < 0 || !chain[NFTA_CHAIN_HOOK] ||
	    nla_parse_nested(hook, NFTA_HOOK_MAX, chain[NFTA_CHAIN_HOOK], NULL) < 0)
		return 0;
	nf = nlmsg_data(nlh);
	if (nf->nfgen_family == NFPROTO_BRIDGE)
		search->found = true;
	else if (nf->nfgen_family == NFPROTO_NETDEV)
		search->found |= applies_to_port(search, hook);
	else if (nf->nfgen_family == NFPROTO_INET && hook_number(hook) == NF_INET_INGRESS)
		search->found |= applies_to_port(search, hook);
	else if (nf->nfgen_family == NFPROTO_INET || nf->nfgen_family == NFPROTO_IPV4 ||
		 nf->nfgen_family == NFPROTO_IPV6)
		search->ip_chain |= hook_number(hook) == NF_INET_PRE_ROUTING || hook_number(hook) == NF_INET_FORWARD ||
				    hook_number(hook) == NF_INET_POST_ROUTING;
	return 0;
}

/* Fills search->found and search->ip_chain. Returns 0 or a negative errno. */
static int find_chains(struct firewall_search *search)
{
	struct nfgenmsg nf = {.nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0};
	struct netlink netlink;
	int ret = netlink_open(&netlink, NETLINK_NETFILTER);

	if (ret == 0) {
		ret = netlink_dump(&netlink, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, &nf, sizeof(nf), parse_chain,
				   search);
		netlink_close(&netlink);
	}
	/* A kernel without nftables has no chains: it reports an unknown protocol or subsystem. */
	return ret == -EINVAL || ret == -EOPNOTSUPP || ret == -EPROTONOSUPPORT ? 0 : ret;
}

static bool has_ebtables(void)
{
	static const char *const modules[] = {"/sys/module/ebtable_filter", "/sys/module/ebtable_nat",
					      "/sys/module/ebtable_broute"};

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (access(modules[i], F_OK) == 0)
			return true;
	return false;
}

/* Does br_netfilter pass the bridge's packets to iptables and to nftables' chains for IP? */
static bool has_br_netfilter(const struct netdev_link *links, size_t count, int bridge)
{
	const struct netdev_link *br = netdev_link_in(links, count, bridge);
	int value;

	return (br && br->bridge.nf_call) ||
	       (netdev_sysctl_get("bridge/bridge-nf-call-iptables", &value) == 0 && value) ||
	       (netdev_sysctl_get("bridge/bridge-nf-call-ip6tables", &value) == 0 && value);
}

static const char *const table_lists[] = {"/proc/thread-self/net/ip_tables_names",
					  "/proc/thread-self/net/ip6_tables_names"};

void firewall_files_open(struct firewall_files *files)
{
	for (int i = 0; i < 2; i++)
		files->iptables[i] = open(table_lists[i], O_RDONLY | O_CLOEXEC);
}

void firewall_files_close(struct firewall_files *files)
{
	for (int i = 0; i < 2; i++)
		if (files->iptables[i] >= 0)
			close(files->iptables[i]);
}

/*
 * Does this network namespace have an iptables table? Without one the list is missing or empty. A list that appears
 * after the process has dropped its privileges cannot be read, and counts as a table.
 */
static bool has_iptables(const struct firewall_files *files)
{
	char first;

	for (int i = 0; i < 2; i++)
		if (files->iptables[i] >= 0 ? pread(files->iptables[i], &first, 1, 0) != 0
					    : access(table_lists[i], F_OK) == 0)
			return true;
	return false;
}

enum firewall firewall_probe(const struct netdev_link *links, size_t count, int bridge,
			     const struct firewall_files *files)
{
	struct firewall_search search = {.links = links, .count = count, .bridge = bridge};

	if (has_ebtables())
		return FIREWALL_EBTABLES;
	if (find_chains(&search) < 0)
		return FIREWALL_UNKNOWN;
	if (search.found)
		return FIREWALL_NFT;
	return has_br_netfilter(links, count, bridge) && (search.ip_chain || has_iptables(files))
		       ? FIREWALL_BR_NETFILTER
		       : FIREWALL_NONE;
}

int firewall_watch_open(void)
{
	static const int group = NFNLGRP_NFTABLES;

	return netlink_watch_open(NETLINK_NETFILTER, &group, 1);
}

void firewall_watch_drain(int fd)
{
	netlink_watch_drain(fd);
}
