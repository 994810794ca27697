/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends complete Ethernet frames out of an interface, and receives those of one protocol. */
#ifndef VIFI_NETDEV_PACKET_H
#define VIFI_NETDEV_PACKET_H

#include <stddef.h>
#include <stdint.h>

/*
 * Opens a socket for sending only; needs CAP_NET_RAW. mark: of the frames (SO_MARK), which needs CAP_NET_ADMIN; 0: none.
 * Returns the descriptor or a negative errno.
 */
int packet_open(uint32_t mark);

/* Opens a socket that receives the frames of one ethertype from all interfaces, and sends. Returns as packet_open(). */
int packet_listen(uint16_t ethertype);

/* Sends one frame, Ethernet header included, through the interface's queue and hooks. Returns 0 or a negative errno. */
int packet_send(int fd, int ifindex, const uint8_t *frame, size_t size);

#endif
