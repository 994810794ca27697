/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of `vifi ap` and `vifi sta`: standard error, a file, or syslog. */
#ifndef VIFI_WIFI_LOG_H
#define VIFI_WIFI_LOG_H

#include "plane/action.h"

#include <stdio.h>

struct wifi_log {
	uint32_t debug;  /* 1 (-d): changes of state; 2: drops and frames too; 3: beacons too */
	bool timestamps; /* -t */
	unsigned
		quiet_level; /* what LOG_LEVEL asked for: 3 to 5, INFO, WARNING or ERROR, are the same here; 0: nothing */
	bool use_syslog;
	FILE *file;
	const char *path;        /* of `file`; NULL: standard error */
	uint64_t limited_second; /* the current second of wifi_log_limited() */
	unsigned limited_lines;  /* its lines so far */
	char *reason; /* receives a copy of each line, the last one stays (wifi/explain.h); NULL: nobody asks */
	size_t reason_room;
};

/* Writes a line, after the name of the interface unless that is NULL. */
void wifi_log_printf(struct wifi_log *log, const char *interface, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for lines that any sender on the channel can cause: writes only some in a second. */
void wifi_log_limited(struct wifi_log *log, const char *interface, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Opens the file again, which may have been renamed. Returns false if it cannot: it goes on with the old one. */
bool wifi_log_reopen(struct wifi_log *log);

void wifi_log_note(struct wifi_log *log, const char *interface, const struct action *action);

/* A dropped frame from or to `addr`; NULL or zero: unknown. */
void wifi_log_drop(struct wifi_log *log, const char *interface, const uint8_t *addr, enum drop drop);

/* A frame on the channel; `direction` is '<' for received, '>' for sent. */
void wifi_log_frame(struct wifi_log *log, const char *interface, char direction, const struct frame *frame);

/* A line for each reason whose counter in `drops` is not 0. */
void wifi_log_drop_counts(struct wifi_log *log, const char *interface, const uint64_t drops[DROP_COUNT]);

#endif
