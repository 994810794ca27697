/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What needs attention in a report (bridge/report.h), in sentences: for `vifi bridge show`. `vifi bridge check` looks further, at
 * the machine, too.
 */
#ifndef VIFI_BRIDGE_PROBLEMS_H
#define VIFI_BRIDGE_PROBLEMS_H

#include "base/drop.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * Adds to the report:
 *
 *   problems   [{"id", "level": "fail", "warn" or "note", "sentence", "remedy": text or null, "mac": of the guest or null}, …],
 *              the most serious first
 *   dropped    [{"reason", "count", "ports", "sentence", "remedy", "harmless": the remedy is to do nothing}, …], those that occurred
 */
void bridge_problems_add(json_t *report);

/* Whether a port leads to the network of the uplink: what else is wrong with its frames follows from that. */
bool bridge_problems_loop_port(const json_t *report, const char *port);

/* Whether one of the two ports of an event is such a port. */
bool bridge_problems_loop_event(const json_t *report, const json_t *event);

/* The row of the guest with this MAC address, borrowed; NULL: none. */
const json_t *bridge_problems_guest(const json_t *report, const char *mac);

/*
 * Is an address of the guest outside the networks of the uplink, and neither of a network that the guest routes for, so that packets
 * come for it, nor of a network behind a router among the guests?
 */
bool bridge_problems_elsewhere(const json_t *report, const json_t *guest, const json_t *address);

/*
 * Whether the guest of a port, a row of "ports", has no address that other machines can use, and was refused one. A MAC address that
 * it was refused, and has now, does not count.
 */
bool bridge_problems_locked_out(const json_t *report, const json_t *port);

/* The names of the ports other than the uplink where frames arrived that were dropped for this reason; the caller releases the list. */
json_t *bridge_problems_ports(const json_t *report, enum drop reason);

enum { BRIDGE_PORTS_NAMED = 4, BRIDGE_PORTS_TEXT = 96 };

/* Writes " on vif-a, vif-b" for such a list; nothing if it is empty, or longer than BRIDGE_PORTS_NAMED. Returns the text. */
const char *bridge_problems_port_words(char text[BRIDGE_PORTS_TEXT], const json_t *ports);

/* Writes the networks of the uplink: "192.0.2.0/24, 2001:db8::/64". */
void bridge_problems_networks(const json_t *report, char *text, size_t size);

#endif
