/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers of a family of generic netlink, which the kernel assigns when it registers the family. */
#ifndef VIFI_NETDEV_GENL_FAMILY_H
#define VIFI_NETDEV_GENL_FAMILY_H

#include "netdev/netlink.h"

#include <stdint.h>

enum { GENL_FAMILY_GROUPS = 16, GENL_FAMILY_NAME = 16 };

struct genl_family {
	int id;
	struct {
		char name[GENL_FAMILY_NAME];
		uint32_t id;
	} groups[GENL_FAMILY_GROUPS]; /* further ones are left out */
	unsigned group_count;
};

/*
 * Asks the kernel once for a family and its multicast groups. `netlink` is a socket of NETLINK_GENERIC. Returns 0 or a
 * negative errno; -EOPNOTSUPP: the kernel has no such family.
 */
int genl_family_find(struct netlink *netlink, const char *name, struct genl_family *family);

/* Returns the number of a group for NETLINK_ADD_MEMBERSHIP, or 0: the family has no such group. */
uint32_t genl_family_group(const struct genl_family *family, const char *name);

#endif
