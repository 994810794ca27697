/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/wifi.h"

#include <errno.h>
#include <limits.h>
#include <linux/nl80211.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netdev/genl_family.h"

static int parse_interface(struct nlmsghdr *nlh, void *arg)
{
	struct netdev_wifi_info *info = arg;
	struct nlattr *attrs[NL80211_ATTR_MAX + 1];
	struct genlmsghdr *genl = nlmsg_data(nlh);

	if (nla_parse(attrs, NL80211_ATTR_MAX, genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0), NULL) < 0)
		return 0;
	info->station = attrs[NL80211_ATTR_IFTYPE] && nla_get_u32(attrs[NL80211_ATTR_IFTYPE]) == NL80211_IFTYPE_STATION;
	info->four_addr = attrs[NL80211_ATTR_4ADDR] && nla_get_u8(attrs[NL80211_ATTR_4ADDR]);
	return 0;
}

/* Sends a request about an interface to nl80211. Returns 0 or a negative errno; -EOPNOTSUPP: there is no nl80211. */
static int request(int ifindex, uint8_t command, int flags, netlink_parser *parse, void *arg)
{
	struct netlink netlink;
	const struct genlmsghdr header = {.cmd = command};
	struct genl_family family;
	struct nl_msg *msg = NULL;
	int ret = netlink_open(&netlink, NETLINK_GENERIC);

	if (ret < 0)
		return ret;
	ret = genl_family_find(&netlink, "nl80211", &family);
	if (ret == 0)
		msg = netlink_message(family.id, flags, &header, sizeof(header));
	if (msg && nla_put_u32(msg, NL80211_ATTR_IFINDEX, (uint32_t)ifindex) == 0) {
		ret = netlink_request(&netlink, msg, parse, arg);
	} else {
		nlmsg_free(msg);
		ret = ret < 0 ? ret : -ENOMEM;
	}
	netlink_close(&netlink);
	return ret;
}

/* The kernel does not report which drivers support 4-address mode; those based on mac80211 do. */
static bool uses_mac80211(const char *name)
{
	char path[PATH_MAX], module[PATH_MAX];
	const char *base;
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/driver/module", name);
	len = readlink(path, module, sizeof(module) - 1);
	if (len <= 0)
		return false;
	module[len] = '\0';
	base = strrchr(module, '/');
	snprintf(path, sizeof(path), "/sys/module/mac80211/holders/%.200s", base ? base + 1 : module);
	return access(path, F_OK) == 0;
}

bool netdev_wifi_query(const char *name, int ifindex, struct netdev_wifi_info *info)
{
	char path[128];

	memset(info, 0, sizeof(*info));
	snprintf(path, sizeof(path), "/sys/class/net/%s/phy80211", name);
	if (access(path, F_OK) < 0)
		return false;
	request(ifindex, NL80211_CMD_GET_INTERFACE, 0, parse_interface, info);
	info->mac80211 = uses_mac80211(name);
	return true;
}

/* The station entry of a client is its access point. */
static int parse_station(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *attrs[NL80211_ATTR_MAX + 1];
	struct genlmsghdr *genl = nlh ? nlmsg_data(nlh) : NULL;

	if (genl &&
	    nla_parse(attrs, NL80211_ATTR_MAX, genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0), NULL) >= 0 &&
	    attrs[NL80211_ATTR_MAC] && nla_len(attrs[NL80211_ATTR_MAC]) == 6)
		memcpy(arg, nla_data(attrs[NL80211_ATTR_MAC]), 6);
	return 0;
}

int netdev_wifi_bssid(int ifindex, uint8_t bssid[6])
{
	uint8_t found[6] = {0};
	int ret = request(ifindex, NL80211_CMD_GET_STATION, NLM_F_DUMP, parse_station, found);

	if (ret == 0 && !memcmp(found, (const uint8_t[6]){0}, 6))
		ret = -ENOTCONN;
	if (ret == 0)
		memcpy(bssid, found, 6);
	return ret;
}
