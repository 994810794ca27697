/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/host_inject.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "netdev/netlink.h"
#include "netdev/rtnl.h"
#include "netdev/sysctl.h"

#define PREFERENCE 1

/* The largest MTU of a TAP: frames of any uplink must pass, whatever MTU that has or will get. */
enum { TAP_MTU_MAX = 65521 };

static int make_tap(struct host_inject *inject, const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL};

	inject->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (inject->fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (ioctl(inject->fd, TUNSETIFF, &ifr) < 0)
		return -errno;
	inject->ifindex = (int)if_nametoindex(name);
	return inject->ifindex ? 0 : -errno;
}

static struct nl_msg *tc_request(int type, int ifindex, uint32_t parent, uint32_t handle, uint32_t info,
				 const char *kind)
{
	struct tcmsg tc = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = ifindex,
		.tcm_parent = parent,
		.tcm_handle = handle,
		.tcm_info = info,
	};
	struct nl_msg *msg = netlink_message(type, NLM_F_CREATE | NLM_F_EXCL, &tc, sizeof(tc));

	if (msg && nla_put_string(msg, TCA_KIND, kind) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int add_clsact(struct netlink *netlink, int ifindex)
{
	return netlink_request(netlink,
			       tc_request(RTM_NEWQDISC, ifindex, TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0), 0, "clsact"),
			       NULL, NULL);
}

static int put_redirect(struct nl_msg *msg, int into)
{
	struct tc_mirred parms = {.action = TC_ACT_STOLEN, .eaction = TCA_INGRESS_REDIR, .ifindex = (uint32_t)into};
	struct nlattr *actions = nla_nest_start(msg, TCA_U32_ACT);
	struct nlattr *action = actions ? nla_nest_start(msg, 1) : NULL;
	struct nlattr *options;

	if (!action || nla_put_string(msg, TCA_ACT_KIND, "mirred") < 0)
		return -1;
	options = nla_nest_start(msg, TCA_ACT_OPTIONS);
	if (!options || nla_put(msg, TCA_MIRRED_PARMS, sizeof(parms), &parms) < 0)
		return -1;
	nla_nest_end(msg, options);
	nla_nest_end(msg, action);
	nla_nest_end(msg, actions);
	return 0;
}

/* Redirects every frame that leaves `from` to the ingress of `into`: a u32 filter whose one key matches anything. */
static int add_redirect(struct netlink *netlink, int from, int into)
{
	struct {
		struct tc_u32_sel sel;
		struct tc_u32_key key;
	} any = {.sel = {.flags = TC_U32_TERMINAL, .nkeys = 1}};
	struct nl_msg *msg = tc_request(RTM_NEWTFILTER, from, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), 0,
					TC_H_MAKE(PREFERENCE << 16, htons(ETH_P_ALL)), "u32");
	struct nlattr *options = msg ? nla_nest_start(msg, TCA_OPTIONS) : NULL;

	if (!options || nla_put(msg, TCA_U32_SEL, sizeof(any), &any) < 0 || put_redirect(msg, into) < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	nla_nest_end(msg, options);
	return netlink_request(netlink, msg, NULL, NULL);
}

static int set_up_redirect(const struct host_inject *inject, int into, struct error *error)
{
	struct netlink netlink;
	int ret = netlink_open(&netlink, NETLINK_ROUTE);

	if (ret < 0)
		return error_set(error, ret, "cannot open rtnetlink: %s", strerror(-ret));
	ret = add_clsact(&netlink, inject->ifindex);
	if (ret < 0) {
		error_set(error, ret, "cannot add the clsact qdisc (CONFIG_NET_SCH_INGRESS): %s",
			  netlink_reason(&netlink, ret));
	} else {
		ret = add_redirect(&netlink, inject->ifindex, into);
		if (ret < 0)
			error_set(error, ret,
				  "cannot add the redirection (CONFIG_NET_CLS_U32, CONFIG_NET_ACT_MIRRED): %s",
				  netlink_reason(&netlink, ret));
	}
	netlink_close(&netlink);
	return ret;
}

static int bring_up(const struct host_inject *inject, const char *name, struct error *error)
{
	struct netdev *nd;
	int ret = netdev_open(&nd);

	if (ret == 0)
		ret = netdev_quiet_ipv6(name, true);
	if (ret == 0)
		ret = netdev_set_mtu(nd, inject->ifindex, TAP_MTU_MAX);
	if (ret == 0)
		ret = netdev_set_flags(nd, inject->ifindex, IFF_UP | IFF_NOARP, IFF_UP | IFF_NOARP);
	if (ret < 0)
		error_set(error, ret, "cannot bring %s up: %s", name, netdev_reason(nd, ret));
	netdev_close(nd);
	return ret;
}

int host_inject_open(struct host_inject *inject, const char *name, int into, struct error *error)
{
	int ret;

	inject->fd = -1;
	inject->ifindex = 0;
	ret = make_tap(inject, name);
	if (ret < 0)
		error_set(error, ret, "cannot create the TAP %s (/dev/net/tun): %s", name, strerror(-ret));
	if (ret == 0)
		ret = set_up_redirect(inject, into, error);
	if (ret == 0)
		ret = bring_up(inject, name, error);
	if (ret < 0)
		host_inject_close(inject);
	return ret;
}

void host_inject_close(struct host_inject *inject)
{
	if (inject->fd >= 0)
		close(inject->fd);
	inject->fd = -1;
}
