/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_DAEMON_CLOCK_H
#define VIFI_DAEMON_CLOCK_H

#include <stdint.h>

/* Returns CLOCK_MONOTONIC in nanoseconds. */
uint64_t monotonic_ns(void);

/* Returns how long the machine was suspended since its start, which monotonic_ns() does not count. */
uint64_t suspended_ns(void);

#endif
