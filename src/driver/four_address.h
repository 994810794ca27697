/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the access point accept 4-address mode? No frame says whether it does. One that refuses it ignores our frames
 * and sends frames with three addresses, which the kernel drops: the interface sends, and receives nothing.
 */
#ifndef VIFI_DRIVER_FOUR_ADDRESS_H
#define VIFI_DRIVER_FOUR_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* A zero struct has not begun. */
struct driver_four_address {
	bool connected, known;
	bool begun;      /* the counters at the beginning of the connection are read */
	uint64_t due_ns; /* when to read them again */
	uint64_t rx_base, tx_base;
};

/* The time of the next question; UINT64_MAX: never. */
uint64_t driver_four_address_deadline(const struct driver_four_address *watch);

/* Follows the connection. Returns whether driver_four_address_update() wants the counters of the interface now. */
bool driver_four_address_is_due(struct driver_four_address *watch, bool connected, uint64_t now_ns);

/* The packets that the interface has received and sent so far. Returns true, once, if the access point seems to refuse. */
bool driver_four_address_update(struct driver_four_address *watch, uint64_t rx, uint64_t tx, uint64_t now_ns);

#endif
