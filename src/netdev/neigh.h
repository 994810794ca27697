/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's neighbour table: one entry at a time, whatever the size of the table. */
#ifndef VIFI_NETDEV_NEIGH_H
#define VIFI_NETDEV_NEIGH_H

#include <stdint.h>

struct netdev;

/*
 * Looks up the MAC address of a neighbour on an interface; family AF_INET (4 bytes at addr) or AF_INET6 (16).  Returns 0,
 * -ENOENT for an unknown neighbour or one whose address is not usable now, or another negative errno.
 */
int netdev_neighbour(struct netdev *nd, int ifindex, int family, const uint8_t *addr, uint8_t mac[6]);

#endif
