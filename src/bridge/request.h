/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests to a running bridge, and the same operations on a kernel part without a process.
 *
 *   {"ask": "show"} or {…, "bindings": false}            → the report (report.h), or one without bindings
 *   {"ask": "process"}                                   → what the tables lack (request_process_json), for a report of them
 *   {"ask": "pin", "mac": MAC, "keys": [text, …]}        → {"ok": true, "count": n} or {"error": sentence}
 *   {"ask": "forget", "key": text} or {…, "all": true}   → the same
 *   {"ask": "down"}                                      → {"ok": true}, and the process ends (run.c)
 *
 * bridge_parse_key() reads a key: an IP or MAC address or ethertype:0xNNNN, with %VLAN for a tagged one.
 */
#ifndef VIFI_BRIDGE_REQUEST_H
#define VIFI_BRIDGE_REQUEST_H

#include "macnat/store.h"
#include "base/error.h"

#include <jansson.h>

struct bridge;

/* Answers a request other than "down"; the caller releases the answer. NULL: an unknown request. */
json_t *request_answer(struct bridge *bridge, const json_t *request);

/* Is a request a question, which changes nothing? */
bool request_only_reads(const json_t *request);

/*
 * What only the process knows: {"names": names.h, "traffic": report_guests.h, "shortcut": {"state", "why"}, "clones": clones.h,
 * "departed": departed.h, "events": events.h}. The caller releases it.
 */
json_t *request_process_json(const struct bridge *bridge);

/*
 * Pins a key to a MAC address; `port` is the guest's, or UINT32_MAX if unknown. Returns 0, or a negative errno with an
 * error.
 */
int request_pin(struct store *store, const uint8_t mac[6], const struct mn_key *key, uint32_t port,
		struct error *error);

/*
 * Deletes the guest's binding of an address, or all bindings of a MAC address, pins included; NULL: all bindings that
 * are not pinned. Returns their number, or a negative errno with an error.
 */
int request_forget(struct store *store, const struct mn_key *key, struct error *error);

#endif
