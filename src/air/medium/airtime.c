/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/medium/airtime.h"

#define NS_PER_US UINT64_C(1000)

enum { ACK_LEN = 10, TAIL_BITS = 22 /* SERVICE and tail */, BAND_5GHZ_MIN = 4000 };

bool airtime_is_dsss(uint32_t rate_kbps)
{
	return rate_kbps == 1000 || rate_kbps == 2000 || rate_kbps == 5500 || rate_kbps == 11000;
}

uint64_t airtime_ppdu(size_t len, uint32_t rate_kbps, uint16_t freq_mhz)
{
	uint64_t bits = 8 * (uint64_t)(len + AIRTIME_FCS_LEN), symbol_bits_1000;

	if (airtime_is_dsss(rate_kbps))
		return 192 * NS_PER_US + (bits * 1000000 + rate_kbps - 1) / rate_kbps;
	/* Bits per symbol of 4 µs, in thousandths. */
	symbol_bits_1000 = 4 * (uint64_t)rate_kbps;
	return 20 * NS_PER_US + ((bits + TAIL_BITS) * 1000 + symbol_bits_1000 - 1) / symbol_bits_1000 * 4 * NS_PER_US +
	       (freq_mhz < BAND_5GHZ_MIN ? 6 * NS_PER_US : 0); /* signal extension */
}

/* The highest basic rate that is not above the frame's rate (10.7.6.5.2). */
static uint32_t ack_rate(uint32_t rate_kbps)
{
	if (airtime_is_dsss(rate_kbps))
		return rate_kbps < 2000 ? 1000 : 2000;
	if (rate_kbps < 12000)
		return 6000;
	return rate_kbps < 24000 ? 12000 : 24000;
}

uint64_t airtime_ack(uint32_t rate_kbps, uint16_t freq_mhz)
{
	uint64_t sifs = freq_mhz < BAND_5GHZ_MIN ? 10 * NS_PER_US : 16 * NS_PER_US;

	return sifs + airtime_ppdu(ACK_LEN, ack_rate(rate_kbps), freq_mhz);
}

uint64_t airtime_access(unsigned slots, uint32_t rate_kbps)
{
	return airtime_is_dsss(rate_kbps) ? (50 + 20 * slots) * NS_PER_US : (34 + 9 * slots) * NS_PER_US;
}

uint32_t airtime_fallback(uint32_t rate_kbps, unsigned tries)
{
	static const uint32_t rates[] = {6000, 9000, 12000, 18000, 24000, 36000, 48000, 54000};
	unsigned index = sizeof(rates) / sizeof(*rates) - 1, steps = tries / 2;

	if (!steps || rate_kbps <= rates[0] || airtime_is_dsss(rate_kbps))
		return rate_kbps;
	if (rate_kbps > rates[index])
		return rate_kbps >> steps > rates[0] ? rate_kbps >> steps : rates[0];
	while (rates[index] > rate_kbps)
		index--;
	return rates[steps < index ? index - steps : 0];
}
