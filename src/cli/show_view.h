/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi bridge show` for people: a report (bridge/report.h) on a screen. */
#ifndef VIFI_CLI_SHOW_VIEW_H
#define VIFI_CLI_SHOW_VIEW_H

#include "bridge/policy/screen.h"

#include <jansson.h>

struct show_view_options {
	bool verbose;  /* a row for each address, and what was delivered */
	bool all;      /* `verbose`, also with short-lived and internal bindings */
	bool watch;    /* rates are more important than totals */
	bool filtered; /* the report has only the guests that were asked for (show_filter) */
};

/* Appends the view of one uplink. The report has problems (bridge/problems.h). */
void show_view(struct screen *screen, const json_t *report, const struct show_view_options *options);

/*
 * Removes all guests, bindings and problems from a report but those of the guest with this name, MAC address, IP address or port. Returns
 * the number of guests that remain.
 */
size_t show_filter(json_t *report, const char *guest);

/*
 * Replaces the rates of a report by those since an earlier one of the same uplink, `seconds` ago; null for guests that it does
 * not have. NULL: there is no earlier one, and the rates become null.
 */
void show_rates(json_t *report, const json_t *earlier, double seconds);

#endif
