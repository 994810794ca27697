/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reports of all `vifi ap` and `vifi sta` of this network namespace (wifi/report.h). */
#ifndef VIFI_DAEMON_WIFI_REPORTS_H
#define VIFI_DAEMON_WIFI_REPORTS_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Asks them one after the other, each for at most two seconds. Returns an array, which the caller releases: of each
 * process its answer, or {"name": "ap-wlan0", "error": sentence} if it runs and has not answered. Processes that were killed
 * are left out.
 */
json_t *wifi_reports_read(void);

/*
 * Finds the first interface of any process of this role ("ap", "sta") that was killed, as wifi_report_left_behind() does. Returns
 * false if there is none.
 */
bool wifi_report_find_left(const char *role, char interface[16]);

/* Has a process of this role ("ap", "sta") with this interface ended without removing its socket: was it killed? */
bool wifi_report_left_behind(const char *role, const char *interface);

#endif
