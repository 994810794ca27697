/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A binding in a report. */
#ifndef VIFI_BRIDGE_REPORT_BINDING_H
#define VIFI_BRIDGE_REPORT_BINDING_H

#include "bridge/policy/traffic.h"
#include "bridge/report_facts.h"

/* Writes the address of a key as in the report: 192.0.2.5, ethertype:0x88b5, … Returns `text`. */
#define BRIDGE_ADDRESS_TEXT 64
const char *bridge_report_address(char text[BRIDGE_ADDRESS_TEXT], const struct mn_key *key);

/* Adds what a binding and an address of a guest have in common: address, flags, times, counters. */
void bridge_report_add_address(json_t *json, const struct report_facts *facts, const struct store_item *item);

/* Adds out_packets, out_bytes, in_packets and in_bytes. */
void bridge_report_add_counts(json_t *json, const struct traffic_counts *counts);

/* A row of `bindings`. `names`: of guests, by MAC address (bridge/names.h). */
json_t *bridge_report_binding_json(const struct report_facts *facts, const struct store_item *item,
				   const json_t *names);

#endif
