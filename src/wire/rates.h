/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rates of 802.11b and of OFDM at 20 MHz (IEEE 802.11-2020, 15.2.3, 16.2.3, 17.2.3), as an access point announces them in
 * the elements Supported Rates and Extended Supported Rates (9.4.2.3, 9.4.2.13).
 */
#ifndef VIFI_WIRE_RATES_H
#define VIFI_WIRE_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATES_COUNT 12
#define RATE_BASIC  0x80 /* with a rate of an element: each station must have it */

/* Sets of rates: bit n is rate number n. */
struct rate_choice {
	bool has_supported, has_basic; /* without: all rates of the band, and the usual basic ones */
	uint16_t supported, basic;
};

/* The number of a rate in 500 kbit/s; -1: there is no such rate. */
int rate_number(unsigned rate);

/*
 * Writes the rates of a network in the order of the elements; `dsss`: the band has those of 802.11b, `ofdm`: 6 to 54 Mbit/s. Returns
 * their number, which is 0 if the choice leaves no rate, or no basic one.
 */
size_t rates_list(const struct rate_choice *choice, bool dsss, bool ofdm, uint8_t rates[RATES_COUNT]);

#endif
