/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked of a running bridge, and the same things done to a kernel part without one.
 *
 *   {"ask": "show"}                                      → the view (view.h)
 *   {"ask": "pin", "mac": M, "keys": [text, …]}          → {"ok": true, "count": n} or {"error": sentence}
 *   {"ask": "forget", "key": text} or {…, "all": true}   → the same
 *   {"ask": "down"}                                      → {"ok": true}, and it ends
 *
 * A key is what bridge_parse_key() reads: an address, a MAC address, ethertype:0xNNNN, each with %VLAN where it has one.
 */
#ifndef VIFI_BRIDGE_REQUEST_H
#define VIFI_BRIDGE_REQUEST_H

#include "macnat/store.h"
#include "base/error.h"

#include <jansson.h>

struct bridge;

/* Answers a request but for "down"; the answer is the caller's. */
json_t *request_answer(struct bridge *bridge, const json_t *request);

/* Pins a key to a MAC address. 0, or a negative errno with the sentence in `why`. `port`: the guest's, or UINT32_MAX. */
int request_pin(struct store *store, const uint8_t mac[6], const struct mn_key *key, uint32_t port,
		struct error *error);

/*
 * Forgets what `key` means: an address, or everything of a MAC address.  NULL is everything that is not pinned. Pins go
 * when they are named. Returns how many bindings went, or a negative errno.
 */
int request_forget(struct store *store, const struct mn_key *key, struct error *error);

#endif
