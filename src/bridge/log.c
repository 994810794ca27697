/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/log.h"

#include "base/printable.h"
#include "daemon/clock.h"
#include "daemon/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

uint64_t bridge_now(void)
{
	return monotonic_ns();
}

/* systemd sets JOURNAL_STREAM to device and inode of the stream that it connects to the journal (systemd.exec(5)). */
static bool logs_to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char own[64];

	if (!stream || fstat(STDERR_FILENO, &st) < 0)
		return false;
	snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return !strcmp(stream, own);
}

static void print_line(int priority, const char *format, va_list list)
{
	char text[600], line[600];

	vsnprintf(text, sizeof(text), format, list);
	printable_copy(line, sizeof(line), text, true); /* it may have the names of interfaces */
	if (logs_to_journal())
		fprintf(stderr, "<%d>%s\n", priority, line);
	else
		fprintf(stderr, "vifi: %s\n", line);
}

void bridge_log(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	print_line(LOG_INFO, format, list);
	va_end(list);
}

void bridge_warn(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	print_line(LOG_WARNING, format, list);
	va_end(list);
}

void bridge_status(const char *format, ...)
{
	char text[300], line[300] = "STATUS=";
	size_t used = strlen(line);
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	printable_copy(line + used, sizeof(line) - used, text, true);
	notify(line);
}

const char *bridge_tables_reason(int error)
{
	return error == ENOMEM ? "out of memory"
			       : "/sys is not mounted, as in a plain chroot; run `mount -t sysfs sysfs /sys`";
}
