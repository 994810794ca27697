/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks that are pinned to guests (rule 36). */
#ifndef VIFI_BRIDGE_NETWORK_PIN_H
#define VIFI_BRIDGE_NETWORK_PIN_H

#include "macnat/store.h"

/*
 * Deletes the learned bindings of other guests for addresses in a network that has just been pinned to `mac`. Does nothing
 * for another key, and for a network of length 0, which excludes no guest.
 */
void network_pin_clear(struct store *store, const struct mn_key *network, const uint8_t mac[6]);

#endif
