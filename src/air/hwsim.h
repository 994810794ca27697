/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Radios of Linux's mac80211 on the medium of `vifi air`, so that hostapd, wpa_supplicant, iwd and the kernel are peers of
 * `vifi ap` and `vifi sta`:
 *
 *	  mac80211 ── mac80211_hwsim ──generic netlink── this process ──SOCK_SEQPACKET── vifi air
 *
 * Each name becomes a wiphy in this network namespace, and a radio of the medium. The kernel reports the channel of a
 * radio only with each frame that it transmits, and the radio of the medium follows. So it receives nothing on a channel
 * that it scans passively. The radios disappear with the process. While the medium is away they transmit in vain, and
 * join it again when it is back.
 */
#ifndef VIFI_AIR_HWSIM_H
#define VIFI_AIR_HWSIM_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HWSIM_RADIOS_MAX 64

struct hwsim;

struct hwsim_options {
	const char *socket; /* of the medium */
	uint8_t addr[6];    /* of the first radio, the next ones count up; zero: each depends on the name */
	bool interfaces;    /* each radio gets an interface wlanN */
	char *const *names; /* of the radios, valid ones (hwsim_name_valid) */
	size_t count;       /* 1 to HWSIM_RADIOS_MAX */
};

/* Is it a name for a radio of the medium, and for a wiphy? */
bool hwsim_name_valid(const char *name);

/*
 * Makes the radios and joins the medium. Returns NULL with an error; *code is then -EOPNOTSUPP without the module,
 * -EPERM without CAP_NET_ADMIN, -EBUSY if the kernel's radios have another medium, -ENOTCONN if the medium of vifi cannot
 * be joined, or another errno.
 */
struct hwsim *hwsim_open(const struct hwsim_options *options, int *code, struct error *error);

/* Confines the process (daemon/sandbox.h) to its open descriptors and Unix sockets. Returns as sandbox_enter(). */
int hwsim_confine(struct error *error);

/* Runs until SIGTERM or SIGINT. Returns 0, or a negative errno with an error if the kernel is lost. `socket` of the
 * options is used until then. */
int hwsim_run(struct hwsim *hwsim, struct error *error);

void hwsim_close(struct hwsim *hwsim);

#endif
