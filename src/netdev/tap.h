/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TAP interface: an Ethernet interface of this host whose other side is this process.
 *
 * The kernel leaves checksums and the cutting of TCP frames to the reader (TUNSETOFFLOAD), so one read may bring 64 KiB;
 * the reader gets whole frames that fit the MTU, cut and summed up.  The interface goes when it is closed.
 */
#ifndef VIFI_NETDEV_TAP_H
#define VIFI_NETDEV_TAP_H

#include "base/frame_list.h"
#include "base/error.h"

#include <stdbool.h>

struct tap;

struct tap_setup {
	const char *name;          /* "wlan0" */
	uint8_t addr[6];           /* of the interface */
	int mtu;                   /* bytes; 1500 is what hosts expect */
	const char *bridge;        /* NULL or empty: none; it is made if it is not there, and stays */
	size_t headroom, tailroom; /* room that frames get in front and behind */
};

/*
 * Makes the interface, up and without carrier.  Needs CAP_NET_ADMIN here and nowhere later.  Returns NULL and why;
 * -EPERM in *error where a privilege is missing.
 */
struct tap *tap_open(const struct tap_setup *setup, int *err, struct error *error);
void tap_close(struct tap *tap);

/* Was its bridge not there before? */
bool tap_made_bridge(const struct tap *tap);

/* NULL is taken.  Closes one that will not be used, and takes away the bridge that was made for it: as if nothing had been. */
void tap_discard(struct tap *tap);

/* Readable when the host sends something. */
int tap_fd(const struct tap *tap);

/* The link of the interface: whether there is somebody beyond it.  Returns 0 or a negative errno. */
int tap_set_carrier(struct tap *tap, bool on);

/*
 * Reads without waiting and adds what came to `frames`, until they are `most` or, by what one read brought, a few more.
 * Returns whether there may be more to read; *lost counts what was malformed or found no memory.
 */
bool tap_read(struct tap *tap, struct frame_list *frames, size_t max, uint64_t *lost);

/* Gives Ethernet frames to the host, which takes them or not; the frames stay the caller's.  Returns how many it took. */
size_t tap_write(struct tap *tap, struct frame *const *frames, size_t count);

#endif
