/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reports of all bridges of this network namespace. */
#ifndef VIFI_BRIDGE_REPORTS_H
#define VIFI_BRIDGE_REPORTS_H

#include <jansson.h>

/*
 * Returns an array, which the caller releases: of each bridge its report (bridge/report.h) with machines and problems, or
 * {"uplink", "error": sentence} if it cannot be read.
 */
json_t *bridge_reports_read(void);

#endif
