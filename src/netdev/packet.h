/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends complete Ethernet frames out of an interface. */
#ifndef VIFI_NETDEV_PACKET_H
#define VIFI_NETDEV_PACKET_H

#include <stddef.h>
#include <stdint.h>

/*
 * Opens a socket for sending only; needs CAP_NET_RAW. mark: of the frames (SO_MARK), which needs CAP_NET_ADMIN; 0: none.
 * Returns the descriptor or a negative errno.
 */
int packet_open(uint32_t mark);

/* Sends one frame, Ethernet header included, through the interface's queue and hooks. Returns 0 or a negative errno. */
int packet_send(int fd, int ifindex, const uint8_t *frame, size_t size);

#endif
