/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receives frames of an interface with their mark (SO_RCVMARK, Linux 5.19), which the ring (ring.h) cannot tell; for the few
 * frames of the port guard.
 */
#ifndef VIFI_NETDEV_MARKED_RX_H
#define VIFI_NETDEV_MARKED_RX_H

#include <stdbool.h>
#include <stdint.h>

#include "netdev/ring.h"

struct marked_rx {
	int fd;          /* readable when there is a frame */
	uint8_t *memory; /* of one frame */
};

/* Receives the frames whose mark has these bits under the mask. Returns 0 or a negative errno; the caller closes it. */
int marked_rx_open(struct marked_rx *rx, int ifindex, uint32_t mark, uint32_t mask);
void marked_rx_close(struct marked_rx *rx);

/* Takes the next frame, whose memory is valid until the next call; false: there is none. */
bool marked_rx_take(struct marked_rx *rx, struct ring_frame *frame, uint32_t *mark);

/* Returns the number of frames lost to a full queue since the last call. */
uint32_t marked_rx_dropped(struct marked_rx *rx);

#endif
