/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's neighbour table, and one entry of a bridge's. */
#ifndef VIFI_NETDEV_NEIGH_H
#define VIFI_NETDEV_NEIGH_H

#include <stdint.h>

/*
 * The MAC address of a neighbour on an interface, as this host knows it now; family AF_INET (4 bytes at addr) or
 * AF_INET6 (16).  Returns 0, -ENOENT where it is not known, or another negative errno.
 */
int netdev_neighbour(int ifindex, int family, const uint8_t *addr, uint8_t mac[6]);

/*
 * Tells the bridge that a MAC address is behind this port of it and stays there, whoever else sends with it as source
 * (`bridge fdb replace MAC dev PORT master static sticky`).  It ends with the port.  Returns 0 or a negative errno.
 */
int netdev_fdb_set_sticky(int port, const uint8_t mac[6]);

#endif
