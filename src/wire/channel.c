/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels (IEEE 802.11-2020, Annex E). */
#include "wire/mgmt.h"

/* In the 5 GHz band, channels pair up from 36, 100 and 149 on. */
uint16_t channel_center(uint16_t freq_mhz, uint16_t width_mhz)
{
	unsigned channel = freq_to_channel(freq_mhz), count = width_mhz / 20,
		 first = channel < 100   ? 36
			 : channel < 149 ? 100
					 : 149,
		 last = first == 36    ? 64
			: first == 100 ? 144
				       : 177,
		 start;

	if (!channel || freq_is_2ghz(freq_mhz) || !count)
		return 0;
	start = first + (channel - first) / (4 * count) * (4 * count);
	return start + 4 * (count - 1) > last ? 0 : (uint16_t)(5000 + 5 * (start + 2 * (count - 1)));
}

uint8_t channel_operating_class(uint16_t freq_mhz, uint16_t width_mhz, uint16_t center_mhz)
{
	unsigned channel = freq_to_channel(freq_mhz);
	bool above = center_mhz > freq_mhz;
	uint8_t class_20;

	if (!channel)
		return 0;
	if (freq_is_2ghz(freq_mhz))
		return channel == 14 ? 82 : width_mhz == 40 ? (above ? 83 : 84) : 81;
	if (width_mhz >= 80)
		return width_mhz == 80 ? 128 : 129;
	class_20 = channel <= 48 ? 115 : channel <= 64 ? 118 : channel <= 144 ? 121 : channel <= 161 ? 124 : 125;
	if (width_mhz != 40)
		return class_20;
	return class_20 >= 124 ? (above ? 126 : 127) : (uint8_t)(class_20 + (above ? 1 : 2));
}
