/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launch: notes the time, in nanoseconds since 1970, and becomes a program.
 *
 *	usage: launch PHASE FILE PROGRAM [ARGUMENT…]
 *
 * bench/card.py measures from this time to frames on the air. Radios of mac80211_hwsim send beacons at multiples of the beacon
 * interval since 1970, so the time to the first one depends on when in an interval the program starts. launch waits until PHASE
 * microseconds of an interval of 102,400 have passed; `-` does not wait.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_US 102400

static void wait_for_phase(long long phase_us)
{
	struct timespec now, until;
	long long now_us, wait_us;

	clock_gettime(CLOCK_REALTIME, &now);
	now_us = (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	wait_us = (phase_us + INTERVAL_US - now_us % INTERVAL_US) % INTERVAL_US;
	until.tv_sec = (now_us + wait_us) / 1000000;
	until.tv_nsec = (now_us + wait_us) % 1000000 * 1000;
	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

int main(int argc, char **argv)
{
	struct timespec now;
	FILE *file = argc > 3 ? fopen(argv[2], "w") : NULL;

	if (!file) {
		fprintf(stderr, "usage: launch PHASE FILE PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	if (strcmp(argv[1], "-") != 0)
		wait_for_phase(atoll(argv[1]));
	clock_gettime(CLOCK_REALTIME, &now);
	fprintf(file, "%lld%09ld\n", (long long)now.tv_sec, now.tv_nsec);
	fclose(file);
	execvp(argv[3], argv + 3);
	fprintf(stderr, "launch: cannot run %s: %s\n", argv[3], strerror(errno));
	return 127;
}
