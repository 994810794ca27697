/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/clock.h"

#include <time.h>

#define PREEMPTED_NS 100000000
#define TRIES        100

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t monotonic_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* The clocks are read one after the other: a process that is preempted in between tries again. */
uint64_t suspended_ns(void)
{
	uint64_t before_ns, boot_ns, after_ns;
	int tries = 0;

	do {
		before_ns = read_clock(CLOCK_MONOTONIC);
		boot_ns = read_clock(CLOCK_BOOTTIME);
		after_ns = read_clock(CLOCK_MONOTONIC);
	} while (after_ns - before_ns > PREEMPTED_NS && ++tries < TRIES);
	return boot_ns > after_ns ? boot_ns - after_ns : 0;
}
