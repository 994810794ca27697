/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single entries of the kernel's neighbour table, and of the forwarding database of a bridge. */
#ifndef VIFI_NETDEV_NEIGH_H
#define VIFI_NETDEV_NEIGH_H

#include <stdint.h>

struct netdev;

/*
 * A neighbour on an interface has another MAC address now: corrects its entry, unless that is permanent. family AF_INET (4
 * bytes at addr) or AF_INET6 (16). Returns 0, -ENOENT without an entry that is usable now, or another negative errno.
 */
int netdev_neighbour_moved(struct netdev *nd, int ifindex, int family, const uint8_t *addr, const uint8_t mac[6]);

/*
 * Finds an address of a neighbour with this MAC address on an interface, usable or not. Returns 0, -ENOENT, or another
 * negative errno. addr: 4 bytes for AF_INET, 16 for AF_INET6.
 */
int netdev_neighbour_by_mac(struct netdev *nd, int ifindex, int family, const uint8_t mac[6], uint8_t addr[16]);

/*
 * Binds a MAC address to a bridge port, regardless of frames with that source from other ports (`bridge fdb replace MAC
 * dev PORT master static sticky`), and undoes that. The entry ends with the port. Returns 0 or a negative errno.
 */
int netdev_fdb_set_sticky(struct netdev *nd, int port, const uint8_t mac[6]);
int netdev_fdb_delete(struct netdev *nd, int port, const uint8_t mac[6]);

#endif
