/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/wifi.h"

#include <limits.h>
#include <linux/nl80211.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int on_interface(struct nl_msg *msg, void *arg)
{
	struct wifi_facts *f = arg;
	struct nlattr *at[NL80211_ATTR_MAX + 1];
	struct genlmsghdr *g = nlmsg_data(nlmsg_hdr(msg));

	if (nla_parse(at, NL80211_ATTR_MAX, genlmsg_attrdata(g, 0), genlmsg_attrlen(g, 0), NULL) < 0)
		return NL_OK;
	f->station = at[NL80211_ATTR_IFTYPE] && nla_get_u32(at[NL80211_ATTR_IFTYPE]) == NL80211_IFTYPE_STATION;
	f->four_addr = at[NL80211_ATTR_4ADDR] && nla_get_u8(at[NL80211_ATTR_4ADDR]);
	return NL_OK;
}

static void ask(int ifindex, struct wifi_facts *f)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc();
	int family = -1;

	if (sock && msg && genl_connect(sock) == 0)
		family = genl_ctrl_resolve(sock, "nl80211");
	if (family >= 0 && genlmsg_put(msg, 0, 0, family, 0, 0, NL80211_CMD_GET_INTERFACE, 0) &&
	    nla_put_u32(msg, NL80211_ATTR_IFINDEX, (uint32_t)ifindex) == 0) {
		nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_interface, f);
		if (nl_send_auto(sock, msg) >= 0)
			nl_recvmsgs_default(sock);
	}
	nlmsg_free(msg);
	nl_socket_free(sock);
}

/* The kernel does not tell which drivers take 4addr; those that stand on mac80211 do. */
static bool on_mac80211(const char *name)
{
	char path[PATH_MAX], module[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/driver/module", name);
	ssize_t n = readlink(path, module, sizeof(module) - 1);
	if (n <= 0)
		return false;
	module[n] = '\0';
	const char *base = strrchr(module, '/');
	snprintf(path, sizeof(path), "/sys/module/mac80211/holders/%.200s", base ? base + 1 : module);
	return access(path, F_OK) == 0;
}

bool wifi_look(const char *name, int ifindex, struct wifi_facts *facts)
{
	char path[128];

	memset(facts, 0, sizeof(*facts));
	snprintf(path, sizeof(path), "/sys/class/net/%s/phy80211", name);
	if (access(path, F_OK) < 0)
		return false;
	ask(ifindex, facts);
	facts->mac80211 = on_mac80211(name);
	return true;
}
