/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/medium/airtime.h"

#define US UINT64_C(1000)

enum { ACK_BYTES = 10, TAIL_BITS = 22 /* SERVICE and tail */, BAND_5GHZ = 4000 };

bool airtime_is_dsss(uint32_t rate_kbps)
{
	return rate_kbps == 1000 || rate_kbps == 2000 || rate_kbps == 5500 || rate_kbps == 11000;
}

uint64_t airtime_ppdu(size_t len, uint32_t rate_kbps, uint16_t freq_mhz)
{
	uint64_t bits = 8 * (uint64_t)(len + AIRTIME_FCS), symbol;

	if (airtime_is_dsss(rate_kbps))
		return 192 * US + (bits * 1000000 + rate_kbps - 1) / rate_kbps;
	/* A symbol takes 4 µs: so many thousandths of bits are in it. */
	symbol = 4 * (uint64_t)rate_kbps;
	return 20 * US + ((bits + TAIL_BITS) * 1000 + symbol - 1) / symbol * 4 * US +
	       (freq_mhz < BAND_5GHZ ? 6 * US : 0); /* signal extension */
}

/* The highest basic rate that is not above that of the frame (10.7.6.5.2). */
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
	uint64_t sifs = freq_mhz < BAND_5GHZ ? 10 * US : 16 * US;

	return sifs + airtime_ppdu(ACK_BYTES, ack_rate(rate_kbps), freq_mhz);
}

uint64_t airtime_access(unsigned slots, uint32_t rate_kbps)
{
	return airtime_is_dsss(rate_kbps) ? (50 + 20 * slots) * US : (34 + 9 * slots) * US;
}

uint32_t airtime_fallback(uint32_t rate_kbps, unsigned tries)
{
	static const uint32_t ladder[] = {6000, 9000, 12000, 18000, 24000, 36000, 48000, 54000};
	unsigned at = sizeof ladder / sizeof *ladder - 1, down = tries / 2;

	if (!down || rate_kbps <= ladder[0] || airtime_is_dsss(rate_kbps))
		return rate_kbps;
	if (rate_kbps > ladder[at])
		return rate_kbps >> down > ladder[0] ? rate_kbps >> down : ladder[0];
	while (ladder[at] > rate_kbps)
		at--;
	return ladder[down < at ? at - down : 0];
}
