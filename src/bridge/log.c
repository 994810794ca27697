/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/log.h"

#include "macnat/model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

uint64_t bridge_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * MN_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

void bridge_log(const char *format, ...)
{
	char line[600];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	fprintf(stderr, "vifi: %s\n", line);
}

const char *bridge_tables_reason(int error)
{
	return error == ENOMEM ? "out of memory"
			       : "/sys is not mounted, as in a plain chroot; run `mount -t sysfs sysfs /sys`";
}
