/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h> /* before <linux/if.h>, or <linux/in.h> defines the same anew */

#include "netdev/firewall_probe.h"

#include "netdev/sysctl.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DUMP_TRIES = 5 };

struct firewall_search {
	const struct netdev_link *links;
	size_t count;
	int bridge;
	bool found;    /* a chain for the bridge or one of its ports */
	bool ip_chain; /* a chain for packets that are routed, and with br_netfilter for those that are bridged */
};

static bool is_port(const struct firewall_search *search, const char *name)
{
	for (size_t i = 0; i < search->count; i++)
		if (search->links[i].master == search->bridge && !strcmp(search->links[i].name, name))
			return true;
	return false;
}

/* Does a chain at the ingress or egress of devices concern a port? One that names none is taken for one that does. */
static bool concerns_port(const struct firewall_search *search, struct nlattr *hook[])
{
	struct nlattr *one;
	int left;

	if (hook[NFTA_HOOK_DEV])
		return is_port(search, nla_get_string(hook[NFTA_HOOK_DEV]));
	if (!hook[NFTA_HOOK_DEVS])
		return true;
	nla_for_each_nested(one, hook[NFTA_HOOK_DEVS], left) if (is_port(search, nla_get_string(one))) return true;
	return false;
}

static uint32_t hook_number(struct nlattr *hook[])
{
	return hook[NFTA_HOOK_HOOKNUM] ? ntohl(nla_get_u32(hook[NFTA_HOOK_HOOKNUM])) : UINT32_MAX;
}

static int on_chain(struct nl_msg *msg, void *arg)
{
	struct firewall_search *search = arg;
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	const struct nfgenmsg *nf = nlmsg_data(nlh);
	struct nlattr *chain[NFTA_CHAIN_MAX + 1], *hook[NFTA_HOOK_MAX + 1];

	if (nlmsg_parse(nlh, sizeof(*nf), chain, NFTA_CHAIN_MAX, NULL) < 0 || !chain[NFTA_CHAIN_HOOK] ||
	    nla_parse_nested(hook, NFTA_HOOK_MAX, chain[NFTA_CHAIN_HOOK], NULL) < 0)
		return NL_OK;
	if (nf->nfgen_family == NFPROTO_BRIDGE)
		search->found = true;
	else if (nf->nfgen_family == NFPROTO_NETDEV)
		search->found |= concerns_port(search, hook);
	else if (nf->nfgen_family == NFPROTO_INET && hook_number(hook) == NF_INET_INGRESS)
		search->found |= concerns_port(search, hook);
	else if (nf->nfgen_family == NFPROTO_INET || nf->nfgen_family == NFPROTO_IPV4 ||
		 nf->nfgen_family == NFPROTO_IPV6)
		search->ip_chain |= hook_number(hook) == NF_INET_PRE_ROUTING || hook_number(hook) == NF_INET_FORWARD ||
				    hook_number(hook) == NF_INET_POST_ROUTING;
	return NL_OK;
}

/* Fills s->found and s->ip.  0, or negative: nobody can tell. */
static int find_chains(struct firewall_search *search)
{
	struct nfgenmsg nf = {.nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0};
	struct nl_sock *sock = nl_socket_alloc();
	int ret = -NLE_NOMEM;

	if (!sock)
		return -ENOMEM;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_chain, search);
	ret = nl_connect(sock, NETLINK_NETFILTER);
	/* Rules that change while they are listed make the list void. */
	for (int i = 0; (i == 0 && ret >= 0) || (ret == -NLE_DUMP_INTR && i < DUMP_TRIES); i++) {
		ret = nl_send_simple(sock, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, NLM_F_DUMP, &nf, sizeof(nf));
		if (ret >= 0)
			ret = nl_recvmsgs_default(sock);
	}
	nl_socket_free(sock);
	/* A kernel without nftables has no chains: it says that it does not know the subsystem. */
	if (ret == -NLE_INVAL || ret == -NLE_OPNOTSUPP || ret == -NLE_PROTO_MISMATCH)
		return 0;
	return ret < 0 ? ret : 0;
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

/* Does br_netfilter give the bridge's packets to iptables and to nftables' chains for IP? */
static bool has_br_netfilter(const struct netdev_link *links, size_t count, int bridge)
{
	const struct netdev_link *br = netdev_link_in(links, count, bridge);
	int value;

	return (br && br->bridge.nf_call) ||
	       (netdev_sysctl_get("bridge/bridge-nf-call-iptables", &value) == 0 && value) ||
	       (netdev_sysctl_get("bridge/bridge-nf-call-ip6tables", &value) == 0 && value);
}

/* Has this network namespace a table of iptables' own?  The file is not there, or empty, when it has none. */
static bool has_iptables(void)
{
	static const char *const names[] = {"/proc/thread-self/net/ip_tables_names",
					    "/proc/thread-self/net/ip6_tables_names"};
	bool found = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		FILE *file = fopen(names[i], "re");

		found |= file ? fgetc(file) != EOF : errno != ENOENT;
		if (file)
			fclose(file);
	}
	return found;
}

enum firewall firewall_probe(const struct netdev_link *links, size_t count, int bridge)
{
	struct firewall_search search = {.links = links, .count = count, .bridge = bridge};

	if (has_ebtables())
		return FIREWALL_EBTABLES;
	if (find_chains(&search) < 0)
		return FIREWALL_UNKNOWN;
	if (search.found)
		return FIREWALL_NFT;
	return has_br_netfilter(links, count, bridge) && (search.ip_chain || has_iptables()) ? FIREWALL_BR_NETFILTER
											     : FIREWALL_NONE;
}

int firewall_watch_open(void)
{
	int group = NFNLGRP_NFTABLES,
	    fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0) {
		int ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

void firewall_watch_drain(int fd)
{
	char buffer[4096];

	while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) >= 0 || errno == ENOBUFS || errno == EINTR)
		;
}
