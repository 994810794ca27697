/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver/four_address.h"

#define WAIT_NS  UINT64_C(10000000000) /* in which an answer should have come */
#define SENT_MIN 3

uint64_t driver_four_address_deadline(const struct driver_four_address *watch)
{
	return watch->connected && !watch->known ? watch->due_ns : UINT64_MAX;
}

bool driver_four_address_is_due(struct driver_four_address *watch, bool connected, uint64_t now_ns)
{
	if (connected && !watch->connected)
		*watch = (struct driver_four_address){.connected = true, .due_ns = now_ns};
	watch->connected = connected;
	return connected && !watch->known && now_ns >= watch->due_ns;
}

bool driver_four_address_update(struct driver_four_address *watch, uint64_t rx, uint64_t tx, uint64_t now_ns)
{
	bool answered = rx != watch->rx_base;

	watch->due_ns = now_ns + WAIT_NS;
	if (!watch->begun) {
		watch->begun = true;
		watch->rx_base = rx;
		watch->tx_base = tx;
		return false;
	}
	if (!answered && tx - watch->tx_base < SENT_MIN)
		return false;
	watch->known = true;
	return !answered;
}
