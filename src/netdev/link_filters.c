/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/link_filters.h"

#include <netinet/in.h> /* before the kernel's headers, as in netdev/rtnl.h */

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/if_bridge.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "netdev/rtnl_read.h"

/* ---- traffic control ---- */

struct drop_search {
	struct netdev_tc_drop *found;
	bool egress, any;
};

/* The attribute with the actions of a kind of filter; 0: not known. */
static int actions_of(const char *kind)
{
	static const struct {
		const char *kind;
		int attribute;
	} kinds[] = {{"flower", TCA_FLOWER_ACT},
		     {"u32", TCA_U32_ACT},
		     {"matchall", TCA_MATCHALL_ACT},
		     {"basic", TCA_BASIC_ACT},
		     {"fw", TCA_FW_ACT}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].attribute;
	return 0;
}

static uint64_t packets_of(struct nlattr *stats)
{
	struct nlattr *basic = stats ? nla_find(nla_data(stats), nla_len(stats), TCA_STATS_BASIC) : NULL;
	struct gnet_stats_basic value = {0};

	if (basic)
		nla_memcpy(&value, basic, sizeof(value));
	return value.packets;
}

static uint64_t drops_of(struct nlattr *stats)
{
	struct nlattr *queue = stats ? nla_find(nla_data(stats), nla_len(stats), TCA_STATS_QUEUE) : NULL;
	struct gnet_stats_queue value = {0};

	if (queue)
		nla_memcpy(&value, queue, sizeof(value));
	return value.drops;
}

/* Copies the parameters of an action, the attribute `number` of its options. */
static void read_parameters(struct nlattr *options, int number, void *out, int size)
{
	struct nlattr *parameters = nla_find(nla_data(options), nla_len(options), number);

	if (parameters)
		nla_memcpy(out, parameters, size);
}

/* Does an action take frames away? `drop`: gets which one, and how many. */
static bool takes(struct nlattr *action, struct netdev_tc_drop *drop)
{
	struct nlattr *attrs[TCA_ACT_MAX + 1];
	struct tc_mirred mirred = {0};
	struct tc_gact gact = {0};
	const char *kind;

	if (nla_parse_nested(attrs, TCA_ACT_MAX, action, NULL) < 0 || !attrs[TCA_ACT_KIND] || !attrs[TCA_ACT_OPTIONS])
		return false;
	kind = nla_get_string(attrs[TCA_ACT_KIND]);
	drop->packets = packets_of(attrs[TCA_ACT_STATS]);
	if (!strcmp(kind, "gact")) {
		drop->action = NETDEV_TC_DROPS;
		read_parameters(attrs[TCA_ACT_OPTIONS], TCA_GACT_PARMS, &gact, sizeof(gact));
		return gact.action == TC_ACT_SHOT;
	}
	if (!strcmp(kind, "mirred")) {
		drop->action = NETDEV_TC_REDIRECTS;
		read_parameters(attrs[TCA_ACT_OPTIONS], TCA_MIRRED_PARMS, &mirred, sizeof(mirred));
		return mirred.eaction == TCA_EGRESS_REDIR || mirred.eaction == TCA_INGRESS_REDIR;
	}
	drop->action = NETDEV_TC_LIMITS;
	drop->packets = drops_of(attrs[TCA_ACT_STATS]);
	return !strcmp(kind, "police") && drop->packets;
}

static int parse_filter(struct nlmsghdr *nlh, void *arg)
{
	struct drop_search *search = arg;
	struct nlattr *attrs[TCA_MAX + 1], *actions = NULL, *action;
	const struct tcmsg *tc;
	struct netdev_tc_drop one = {.egress = search->egress};
	const char *kind;
	int left;

	if (!nlh || nlh->nlmsg_type != RTM_NEWTFILTER || nlmsg_parse(nlh, sizeof(*tc), attrs, TCA_MAX, NULL) < 0 ||
	    !attrs[TCA_KIND] || !attrs[TCA_OPTIONS])
		return 0;
	tc = nlmsg_data(nlh);
	kind = nla_get_string(attrs[TCA_KIND]);
	if (actions_of(kind))
		actions = nla_find(nla_data(attrs[TCA_OPTIONS]), nla_len(attrs[TCA_OPTIONS]), actions_of(kind));
	if (!actions)
		return 0;
	nla_for_each_nested(action, actions, left)
	{
		if (!takes(action, &one) || (search->any && one.packets <= search->found->packets))
			continue;
		search->any = true;
		one.preference = TC_H_MAJ(tc->tcm_info) >> 16;
		nla_strlcpy(one.kind, attrs[TCA_KIND], sizeof(one.kind));
		*search->found = one;
	}
	return 0;
}

int netdev_tc_drop_find(struct netdev *nd, int ifindex, struct netdev_tc_drop *found)
{
	struct drop_search search = {.found = found};
	struct tcmsg header = {.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex};
	int ret = 0;

	*found = (struct netdev_tc_drop){0};
	for (int egress = 0; egress < 2 && ret == 0; egress++) {
		search.egress = egress;
		header.tcm_parent = TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
		ret = netlink_dump(&nd->netlink, RTM_GETTFILTER, &header, sizeof(header), parse_filter, &search);
	}
	return ret ? ret : search.any ? 0 : -ENOENT;
}

struct qdisc_search {
	int ifindex;
	uint64_t *drops;
};

static int parse_qdisc(struct nlmsghdr *nlh, void *arg)
{
	struct qdisc_search *search = arg;
	struct nlattr *attrs[TCA_MAX + 1], *queue;
	struct gnet_stats_queue value = {0};
	const struct tcmsg *tc;

	if (!nlh || nlh->nlmsg_type != RTM_NEWQDISC || nlmsg_parse(nlh, sizeof(*tc), attrs, TCA_MAX, NULL) < 0)
		return 0;
	tc = nlmsg_data(nlh);
	if (tc->tcm_ifindex != search->ifindex || tc->tcm_parent != TC_H_ROOT || !attrs[TCA_STATS2])
		return 0;
	queue = nla_find(nla_data(attrs[TCA_STATS2]), nla_len(attrs[TCA_STATS2]), TCA_STATS_QUEUE);
	if (queue)
		nla_memcpy(&value, queue, sizeof(value));
	*search->drops = value.drops;
	return 0;
}

int netdev_qdisc_drops(struct netdev *nd, int ifindex, uint64_t *drops)
{
	const struct tcmsg header = {.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex};
	struct qdisc_search search = {.ifindex = ifindex, .drops = drops};

	*drops = 0;
	return netlink_dump(&nd->netlink, RTM_GETQDISC, &header, sizeof(header), parse_qdisc, &search);
}

/* ---- VLANs ---- */

struct vlan_search {
	int ifindex;
	uint16_t begin;
	struct netdev_port_vlans *found;
};

static void note_vlan(struct vlan_search *search, const struct bridge_vlan_info *info)
{
	uint16_t first = info->flags & BRIDGE_VLAN_INFO_RANGE_END ? search->begin : info->vid;

	search->begin = info->vid;
	if (info->flags & BRIDGE_VLAN_INFO_PVID)
		search->found->pvid = info->vid;
	for (unsigned id = first; id <= info->vid && id < 4096; id++) {
		search->found->vlans[id / 64] |= 1ull << (id & 63);
		if (info->flags & BRIDGE_VLAN_INFO_UNTAGGED)
			search->found->untagged[id / 64] |= 1ull << (id & 63);
	}
}

static int parse_vlans(struct nlmsghdr *nlh, void *arg)
{
	struct vlan_search *search = arg;
	struct nlattr *attrs[IFLA_MAX + 1], *attr;
	struct bridge_vlan_info info;
	int left;

	if (nlh->nlmsg_type != RTM_NEWLINK || nlmsg_parse(nlh, sizeof(struct ifinfomsg), attrs, IFLA_MAX, NULL) < 0 ||
	    ((struct ifinfomsg *)nlmsg_data(nlh))->ifi_index != search->ifindex || !attrs[IFLA_AF_SPEC])
		return 0;
	nla_for_each_nested(attr, attrs[IFLA_AF_SPEC], left)
	{
		if (nla_type(attr) != IFLA_BRIDGE_VLAN_INFO || nla_len(attr) < (int)sizeof(info))
			continue;
		nla_memcpy(&info, attr, sizeof(info));
		note_vlan(search, &info);
	}
	return 0;
}

int netdev_port_vlans_read(struct netdev *nd, int ifindex, struct netdev_port_vlans *vlans)
{
	const struct ifinfomsg header = {.ifi_family = AF_BRIDGE};
	struct nl_msg *msg = netlink_message(RTM_GETLINK, NLM_F_DUMP, &header, sizeof(header));
	struct vlan_search search = {.ifindex = ifindex, .found = vlans};

	*vlans = (struct netdev_port_vlans){0};
	if (msg && nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return netlink_request(&nd->netlink, msg, parse_vlans, &search);
}

int netdev_port_vlans_add(struct netdev *nd, int ifindex, uint16_t first, uint16_t last)
{
	const struct ifinfomsg header = {.ifi_family = AF_BRIDGE, .ifi_index = ifindex};
	const struct bridge_vlan_info begin = {.vid = first, .flags = BRIDGE_VLAN_INFO_RANGE_BEGIN};
	const struct bridge_vlan_info end = {.vid = last, .flags = first == last ? 0 : BRIDGE_VLAN_INFO_RANGE_END};
	struct nl_msg *msg = netlink_message(RTM_SETLINK, 0, &header, sizeof(header));
	struct nlattr *spec = msg ? nla_nest_start(msg, IFLA_AF_SPEC) : NULL;

	if (!spec || (first != last && nla_put(msg, IFLA_BRIDGE_VLAN_INFO, sizeof(begin), &begin) < 0) ||
	    nla_put(msg, IFLA_BRIDGE_VLAN_INFO, sizeof(end), &end) < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	nla_nest_end(msg, spec);
	return netlink_request(&nd->netlink, msg, NULL, NULL);
}
