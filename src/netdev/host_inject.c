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
#include <netlink/netlink.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "netdev/rtnl.h"
#include "netdev/sysctl.h"

#define PREFERENCE 1

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

/* Sends a request and waits for the answer; frees the message. */
static int send_request(struct nl_msg *msg)
{
	struct nl_sock *sock = nl_socket_alloc();
	int ret = sock && msg ? nl_connect(sock, NETLINK_ROUTE) : -NLE_NOMEM;

	if (ret == 0)
		ret = nl_send_auto(sock, msg);
	if (ret >= 0)
		ret = nl_wait_for_ack(sock);
	nlmsg_free(msg);
	nl_socket_free(sock);
	if (ret >= 0)
		return 0;
	return ret == -NLE_OBJ_NOTFOUND ? -ENOENT
	       : ret == -NLE_PERM       ? -EPERM
	       : ret == -NLE_OPNOTSUPP  ? -EOPNOTSUPP
					: -EINVAL;
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
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);

	if (msg && (nlmsg_append(msg, &tc, sizeof(tc), NLMSG_ALIGNTO) < 0 || nla_put_string(msg, TCA_KIND, kind) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int add_clsact(int ifindex)
{
	return send_request(tc_request(RTM_NEWQDISC, ifindex, TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0), 0, "clsact"));
}

static int put_redirect(struct nl_msg *msg, int into)
{
	struct tc_mirred parms = {.action = TC_ACT_STOLEN, .eaction = TCA_INGRESS_REDIR, .ifindex = (uint32_t)into};
	struct nlattr *acts = nla_nest_start(msg, TCA_U32_ACT), *first, *options;

	if (!acts || !(first = nla_nest_start(msg, 1)) || nla_put_string(msg, TCA_ACT_KIND, "mirred") < 0 ||
	    !(options = nla_nest_start(msg, TCA_ACT_OPTIONS)) ||
	    nla_put(msg, TCA_MIRRED_PARMS, sizeof(parms), &parms) < 0)
		return -1;
	nla_nest_end(msg, options);
	nla_nest_end(msg, first);
	nla_nest_end(msg, acts);
	return 0;
}

/* Every frame that leaves `from` arrives by `into`: a u32 filter whose one key matches anything. */
static int add_redirect(int from, int into)
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
	return send_request(msg);
}

static int bring_up(const struct host_inject *inject, const char *name)
{
	struct netdev *nd;
	int ret = netdev_open(&nd);

	if (ret == 0)
		ret = netdev_quiet_ipv6(name, true);
	if (ret == 0)
		ret = netdev_set_flags(nd, inject->ifindex, IFF_UP | IFF_NOARP, IFF_UP | IFF_NOARP);
	netdev_close(nd);
	return ret;
}

int host_inject_open(struct host_inject *inject, const char *name, int into, const char **step)
{
	int ret;

	inject->fd = -1;
	inject->ifindex = 0;
	*step = "a tap (/dev/net/tun)";
	ret = make_tap(inject, name);
	if (ret == 0) {
		*step = "the clsact qdisc (CONFIG_NET_SCH_INGRESS)";
		ret = add_clsact(inject->ifindex);
	}
	if (ret == 0) {
		*step = "the redirection (CONFIG_NET_CLS_U32, CONFIG_NET_ACT_MIRRED)";
		ret = add_redirect(inject->ifindex, into);
	}
	if (ret == 0) {
		*step = "the tap";
		ret = bring_up(inject, name);
	}
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
