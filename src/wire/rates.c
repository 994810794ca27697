/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/rates.h"

#define DSSS_SET 0x000f
#define OFDM_SET 0x0ff0

/* 1, 2, 5.5 and 11 Mbit/s; 6, 9, 12, 18, 24, 36, 48 and 54 Mbit/s. */
static const uint8_t units[RATES_COUNT] = {2, 4, 11, 22, 12, 18, 24, 36, 48, 72, 96, 108};

/* The mandatory rates of OFDM: 6, 12 and 24 Mbit/s (17.2.3.3). */
#define OFDM_BASIC 0x0150

int rate_number(unsigned rate)
{
	for (int i = 0; i < RATES_COUNT; i++)
		if (units[i] == rate)
			return i;
	return -1;
}

size_t rates_list(const struct rate_choice *choice, bool dsss, bool ofdm, uint8_t rates[RATES_COUNT])
{
	unsigned supported = (dsss ? DSSS_SET : 0) | (ofdm ? OFDM_SET : 0), basic = dsss ? DSSS_SET : OFDM_BASIC;
	size_t count = 0;

	if (choice->has_supported)
		supported &= choice->supported;
	if (choice->has_basic)
		basic = choice->basic;
	for (unsigned i = 0; supported & basic && i < RATES_COUNT; i++)
		if (supported >> i & 1)
			rates[count++] = (uint8_t)(units[i] | (basic >> i & 1 ? RATE_BASIC : 0));
	return count;
}
