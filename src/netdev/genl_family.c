/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/genl_family.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

static void add_group(struct genl_family *family, struct nlattr *nested)
{
	struct nlattr *attrs[CTRL_ATTR_MCAST_GRP_MAX + 1];

	if (family->group_count == GENL_FAMILY_GROUPS ||
	    nla_parse_nested(attrs, CTRL_ATTR_MCAST_GRP_MAX, nested, NULL) < 0 || !attrs[CTRL_ATTR_MCAST_GRP_NAME] ||
	    !attrs[CTRL_ATTR_MCAST_GRP_ID] || nla_len(attrs[CTRL_ATTR_MCAST_GRP_ID]) < (int)sizeof(uint32_t))
		return;
	nla_strlcpy(family->groups[family->group_count].name, attrs[CTRL_ATTR_MCAST_GRP_NAME], GENL_FAMILY_NAME);
	family->groups[family->group_count++].id = nla_get_u32(attrs[CTRL_ATTR_MCAST_GRP_ID]);
}

static int parse_family(struct nlmsghdr *nlh, void *arg)
{
	struct genl_family *family = arg;
	struct nlattr *attrs[CTRL_ATTR_MAX + 1], *group;
	int rest;

	if (nlmsg_parse(nlh, GENL_HDRLEN, attrs, CTRL_ATTR_MAX, NULL) < 0 || !attrs[CTRL_ATTR_FAMILY_ID] ||
	    nla_len(attrs[CTRL_ATTR_FAMILY_ID]) < (int)sizeof(uint16_t))
		return -EPROTO;
	family->id = nla_get_u16(attrs[CTRL_ATTR_FAMILY_ID]);
	if (attrs[CTRL_ATTR_MCAST_GROUPS])
		nla_for_each_nested(group, attrs[CTRL_ATTR_MCAST_GROUPS], rest) add_group(family, group);
	return 0;
}

int genl_family_find(struct netlink *netlink, const char *name, struct genl_family *family)
{
	const struct genlmsghdr header = {.cmd = CTRL_CMD_GETFAMILY, .version = 1};
	struct nl_msg *msg = netlink_message(GENL_ID_CTRL, 0, &header, sizeof(header));
	int ret;

	*family = (struct genl_family){0};
	if (msg && nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, name) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	ret = netlink_request(netlink, msg, parse_family, family);
	if (ret == -ENOENT || (ret == 0 && !family->id))
		return -EOPNOTSUPP;
	return ret;
}

uint32_t genl_family_group(const struct genl_family *family, const char *name)
{
	for (unsigned i = 0; i < family->group_count; i++)
		if (!strcmp(family->groups[i].name, name))
			return family->groups[i].id;
	return 0;
}
