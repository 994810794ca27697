/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What needs attention in a report (bridge/report.h), in sentences: for `vifi bridge show`. `vifi bridge check` looks further, at
 * the machine, too.
 */
#ifndef VIFI_BRIDGE_PROBLEMS_H
#define VIFI_BRIDGE_PROBLEMS_H

#include <jansson.h>

/*
 * Adds to the report:
 *
 *   problems   [{"id", "level": "fail", "warn" or "note", "sentence", "remedy": text or null, "mac": of the guest or null}, …],
 *              the most serious first
 *   dropped    [{"reason", "count", "sentence", "remedy", "harmless": the remedy is to do nothing}, …], those that occurred
 */
void bridge_problems_add(json_t *report);

/* Writes the networks of the uplink: "192.0.2.0/24, 2001:db8::/64". */
void bridge_problems_networks(const json_t *report, char *text, size_t size);

#endif
