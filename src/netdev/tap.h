/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TAP interface: an Ethernet interface of this host whose other side is this process.
 *
 * The kernel leaves checksums and TCP segmentation to the reader (TUNSETOFFLOAD), so that one read may return 64 KiB;
 * callers get complete frames that fit the MTU, segmented and with checksums. The interface disappears when it is
 * closed.
 */
#ifndef VIFI_NETDEV_TAP_H
#define VIFI_NETDEV_TAP_H

#include "base/drop.h"
#include "base/frame_list.h"
#include "base/error.h"

#include <stdbool.h>

struct tap;

struct tap_setup {
	const char *name;          /* "wlan0" */
	uint8_t addr[6];           /* of the interface */
	int mtu;                   /* bytes */
	const char *bridge;        /* NULL or empty: none. A missing bridge is created, and stays. */
	size_t headroom, tailroom; /* room in the frames read */
};

/*
 * Creates the interface, up and without carrier. Needs CAP_NET_ADMIN here and nowhere later. On failure returns NULL
 * with a sentence in *error and a negative errno in *err, -EPERM for a missing privilege.
 */
struct tap *tap_open(const struct tap_setup *setup, int *err, struct error *error);
void tap_close(struct tap *tap);

/*
 * Moves the interface of this name to another bridge, which is created if it is missing and stays; empty: to none. Needs
 * CAP_NET_ADMIN. Returns 0 or a negative errno with a sentence.
 */
int tap_change_bridge(struct tap *tap, const char *name, const char *bridge, struct error *error);

/* Whether tap_open() created the bridge. */
bool tap_made_bridge(const struct tap *tap);

/* Closes an interface that will not be used, and removes the bridge that tap_open() created. NULL is fine. */
void tap_discard(struct tap *tap);

/* Readable when the host sends a frame. */
int tap_fd(const struct tap *tap);

/* Sets the carrier of the interface. Returns 0 or a negative errno. */
int tap_set_carrier(struct tap *tap, bool on);

/*
 * Reads without blocking and appends to `frames` until they are `max`, or a few more from one read. Returns whether
 * more may be waiting; `drops` counts lost frames by reason.
 */
bool tap_read(struct tap *tap, struct frame_list *frames, size_t max, uint64_t drops[DROP_COUNT]);

/* Sends Ethernet frames to the host; the frames stay the caller's. Returns how many the host accepted. */
size_t tap_write(struct tap *tap, struct frame *const *frames, size_t count);

#endif
