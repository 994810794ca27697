/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The switch of a radio, in hardware or software (linux/rfkill.h). While it is off, its interfaces cannot be up. */
#ifndef VIFI_DRIVER_RFKILL_H
#define VIFI_DRIVER_RFKILL_H

#include <stdbool.h>
#include <stdint.h>

struct rfkill {
	int fd; /* readable when a switch changes; -1: this system has no /dev/rfkill, or the radio no switch */
	uint32_t index;
	bool off;
};

/* Finds the switch of a radio, "phy0", and its state. */
void rfkill_open(struct rfkill *rfkill, const char *radio);

/* Another radio has taken the place of the first one. A file descriptor that is open stays the same. */
void rfkill_follow(struct rfkill *rfkill, const char *radio);
void rfkill_close(struct rfkill *rfkill);

/* Reads what has changed. */
void rfkill_read(struct rfkill *rfkill);

#endif
