/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface of mac80211_hwsim, the kernel's simulated radios, for a medium in user space (generic netlink, family
 * MAC80211_HWSIM).
 *
 * A process can be the medium of the radios that were created in its network namespace, even after they move to another
 * one. The kernel passes each transmitted frame to it and keeps the frame until its TX status is reported; the process
 * passes frames to the radios that receive them. Radios that this process adds disappear with its socket.
 */
#ifndef VIFI_AIR_HWSIM_KERNEL_H
#define VIFI_AIR_HWSIM_KERNEL_H

#include "base/error.h"
#include "base/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HWSIM_RATES = 4 };

/* A frame that a radio transmits. The status is kept by the medium until hwsim_kernel_report(). */
struct hwsim_status {
	uint64_t cookie;
	uint32_t flags;
	struct {
		int8_t index; /* -1: end of the list */
		uint8_t count;
	} rates[HWSIM_RATES];
};

struct hwsim_transmission {
	const uint8_t *frame; /* an MPDU without FCS; valid during the call */
	size_t len;
	uint16_t freq_mhz;
	struct hwsim_status status;
};

/* What the kernel reports. `radio` is the address that the radio was added with. */
struct hwsim_handler {
	void (*transmit)(void *user, const uint8_t radio[6], const struct hwsim_transmission *transmission);
	/* The radio begins, or ceases, to acknowledge frames to an address. Each beginning has an end. */
	void (*address)(void *user, const uint8_t radio[6], const uint8_t addr[6], bool begins);
	void *user;
};

struct hwsim_kernel;

/*
 * Becomes the medium of this network namespace. Returns NULL with an error: *code is -EOPNOTSUPP without the module,
 * -EBUSY if another process is the medium, -EPERM without CAP_NET_ADMIN.
 */
struct hwsim_kernel *hwsim_kernel_open(const struct hwsim_handler *handler, int *code, struct error *error);
void hwsim_kernel_close(struct hwsim_kernel *kernel);

/* Becomes readable when hwsim_kernel_read() has something to report. */
int hwsim_kernel_fd(const struct hwsim_kernel *kernel);

/*
 * Reports what the kernel has sent. Returns 0 or a negative errno; *overflows is incremented if the kernel had no room
 * in the socket, so that frames are lost.
 */
int hwsim_kernel_read(struct hwsim_kernel *kernel, unsigned *overflows);

/* Adds a radio: a wiphy called `name`, without an interface unless `with_interface`. Returns 0 or a negative errno. */
int hwsim_kernel_add_radio(struct hwsim_kernel *kernel, const char *name, const uint8_t addr[6], bool with_interface,
			   struct error *error);

/* The radio receives a frame. Returns 0 or a negative errno. */
int hwsim_kernel_deliver(struct hwsim_kernel *kernel, const uint8_t radio[6], const struct frame *frame);

/* The TX status of a frame that `radio` transmitted in `tries` transmissions. Returns 0 or a negative errno. */
int hwsim_kernel_report(struct hwsim_kernel *kernel, const uint8_t radio[6], const struct hwsim_status *status,
			bool acked, unsigned tries);

#endif
