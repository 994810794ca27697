/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guests of a report, and their sums. */
#ifndef VIFI_BRIDGE_REPORT_GUESTS_H
#define VIFI_BRIDGE_REPORT_GUESTS_H

#include "bridge/policy/traffic.h"
#include "bridge/report_facts.h"

/* Adds `guests`, `totals` and `interval_s`. Returns 0 or -ENOMEM. */
int bridge_report_add_guests(json_t *report, const struct report_facts *facts, const struct store_item *items,
			     size_t count);

/*
 * What the process knows of the traffic of guests: {"interval_ns": number, "guests": {"MAC@PORT": [eight counts: lately, ended],
 * …}}. The report reads it.
 */
json_t *bridge_traffic_json(const struct traffic *traffic, uint64_t now);

#endif
