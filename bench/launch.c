/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launch: notes the time, in nanoseconds since 1970, and becomes a program.
 *
 *	usage: launch FILE PROGRAM [ARGUMENT…]
 *
 * bench/card.py measures from this time to frames on the air.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec now;
	FILE *file = argc > 2 ? fopen(argv[1], "w") : NULL;

	if (!file) {
		fprintf(stderr, "usage: launch FILE PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	fprintf(file, "%lld%09ld\n", (long long)now.tv_sec, now.tv_nsec);
	fclose(file);
	execvp(argv[2], argv + 2);
	fprintf(stderr, "launch: cannot run %s: %s\n", argv[2], strerror(errno));
	return 127;
}
