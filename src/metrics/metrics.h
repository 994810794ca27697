/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics of what runs on this machine. Names and units follow the conventions of Prometheus: base units, `_total` for
 * counters, times as seconds since 1970. A label that would have no value is empty.
 */
#ifndef VIFI_METRICS_METRICS_H
#define VIFI_METRICS_METRICS_H

#include "base/exposition.h"

#include <jansson.h>
#include <stdint.h>

/* Adds the metrics of bridges. `reports`: a list of reports (bridge/report.h); `now_s`: seconds since 1970. */
void metrics_add_bridges(struct exposition *text, const json_t *reports, int64_t now_s);

/* Adds the metrics of a medium. `status`: what `vifi air show -j` prints. */
void metrics_add_air(struct exposition *text, const json_t *status);

/* Adds the metrics of access points and stations. `reports`: an array of the reports of wifi/report.h. */
void metrics_add_wifi(struct exposition *text, const json_t *reports);

/*
 * Asks everything of vifi that runs on this machine, in this network namespace, and adds its metrics. `air_socket`: of the
 * medium. A part that runs but does not answer has vifi_collect_success 0.
 */
void metrics_collect(struct exposition *text, const char *air_socket);

#endif
