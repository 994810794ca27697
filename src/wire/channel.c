/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels (IEEE 802.11-2020, Annex E). */
#include "wire/mgmt.h"

#define LAST_6GHZ        233
#define FIRST_CLASS_6GHZ 131

/* In the 6 GHz band, channels pair up from 1 on. */
static uint16_t center_6ghz(unsigned channel, unsigned count)
{
	unsigned start = 1 + (channel - 1) / (4 * count) * (4 * count), last = start + 4 * (count - 1);

	return channel == 2 || last > LAST_6GHZ ? 0 : (uint16_t)(5950 + 5 * (start + 2 * (count - 1)));
}

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
	if (freq_is_6ghz(freq_mhz))
		return center_6ghz(channel, count);
	start = first + (channel - first) / (4 * count) * (4 * count);
	return start + 4 * (count - 1) > last ? 0 : (uint16_t)(5000 + 5 * (start + 2 * (count - 1)));
}

/* A row of Table E-4. */
struct class_row {
	uint8_t class, first, last, step; /* primary channels */
	uint8_t width_20mhz;              /* width in units of 20 MHz */
	bool above;                       /* of 40 MHz: the secondary channel is the upper one */
};

static const struct class_row class_rows[] = {
	{81, 1, 13, 1, 1, false},     {82, 14, 14, 1, 1, false},    {83, 1, 9, 1, 2, true},
	{84, 5, 13, 1, 2, false},     {115, 36, 48, 4, 1, false},   {116, 36, 44, 8, 2, true},
	{117, 40, 48, 8, 2, false},   {118, 52, 64, 4, 1, false},   {119, 52, 60, 8, 2, true},
	{120, 56, 64, 8, 2, false},   {121, 100, 144, 4, 1, false}, {122, 100, 140, 8, 2, true},
	{123, 104, 144, 8, 2, false}, {124, 149, 161, 4, 1, false}, {125, 149, 177, 4, 1, false},
	{126, 149, 173, 8, 2, true},  {127, 153, 177, 8, 2, false}, {128, 36, 64, 4, 4, false},
	{128, 100, 144, 4, 4, false}, {128, 149, 177, 4, 4, false}, {129, 36, 64, 4, 8, false},
	{129, 100, 128, 4, 8, false}, {129, 149, 177, 4, 8, false}, {130, 36, 64, 4, 8, false},
	{130, 100, 144, 4, 8, false}, {130, 149, 177, 4, 8, false}, {131, 1, 233, 4, 1, false},
	{132, 1, 229, 4, 2, false},   {133, 1, 221, 4, 4, false},   {134, 1, 221, 4, 8, false},
	{136, 2, 2, 1, 1, false},
};

bool channel_of_class(uint8_t operating_class, uint8_t channel, uint16_t *freq_mhz, uint16_t *width_mhz, bool *above)
{
	for (size_t i = 0; i < sizeof(class_rows) / sizeof(class_rows[0]); i++) {
		const struct class_row *row = &class_rows[i];

		if (row->class != operating_class || channel < row->first || channel > row->last ||
		    (channel - row->first) % row->step)
			continue;
		*freq_mhz =
			operating_class >= FIRST_CLASS_6GHZ ? channel_to_freq_6ghz(channel) : channel_to_freq(channel);
		*width_mhz = (uint16_t)(20 * row->width_20mhz);
		*above = operating_class >= FIRST_CLASS_6GHZ ? channel_center(*freq_mhz, 40) > *freq_mhz : row->above;
		return *freq_mhz;
	}
	return false;
}

uint8_t channel_operating_class(uint16_t freq_mhz, uint16_t width_mhz, uint16_t center_mhz)
{
	unsigned channel = freq_to_channel(freq_mhz);
	bool above = center_mhz > freq_mhz;
	uint8_t class_20;

	if (!channel)
		return 0;
	if (freq_is_6ghz(freq_mhz))
		return channel == 2       ? 136
		       : width_mhz >= 160 ? 134
		       : width_mhz == 80  ? 133
		       : width_mhz == 40  ? 132
					  : 131;
	if (freq_is_2ghz(freq_mhz))
		return channel == 14 ? 82 : width_mhz == 40 ? (above ? 83 : 84) : 81;
	if (width_mhz >= 80)
		return width_mhz == 80 ? 128 : 129;
	class_20 = channel <= 48 ? 115 : channel <= 64 ? 118 : channel <= 144 ? 121 : 125;
	if (width_mhz != 40)
		return class_20;
	return class_20 == 125 ? (above ? 126 : 127) : (uint8_t)(class_20 + (above ? 1 : 2));
}
