/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/units.h"

#include <stdio.h>

static const char *const multiples[] = {"", "k", "M", "G", "T", "P", "E"};

/* 1234 is "1.2 k": the value is rounded first, so that 999,999 is "1.0 M" and not "1000 k". */
static const char *decimal(char out[UNITS_TEXT], uint64_t value, const char *unit)
{
	uint64_t scale = 1; /* of the multiple */
	unsigned multiple = 0;

	while (multiple + 1 < sizeof(multiples) / sizeof(multiples[0]) && value / scale >= 1000) {
		scale *= 1000;
		multiple++;
	}
	if (scale > 1 && value / scale < 10) {
		uint64_t tenths = (value + scale / 20) / (scale / 10);

		if (tenths < 100) {
			snprintf(out, UNITS_TEXT, "%u.%u %s%s", (unsigned)(tenths / 10), (unsigned)(tenths % 10),
				 multiples[multiple], unit);
			return out;
		}
	}
	value = scale > 1 ? value / scale + (value % scale >= scale / 2) : value;
	if (value == 1000 && multiple + 1 < sizeof(multiples) / sizeof(multiples[0])) {
		snprintf(out, UNITS_TEXT, "1.0 %s%s", multiples[multiple + 1], unit);
		return out;
	}
	snprintf(out, UNITS_TEXT, "%u %s%s", (unsigned)value, multiples[multiple], unit);
	return out;
}

const char *units_bytes(char out[UNITS_TEXT], uint64_t bytes)
{
	return decimal(out, bytes, "B");
}

const char *units_rate(char out[UNITS_TEXT], uint64_t bytes_per_s)
{
	if (!bytes_per_s) {
		snprintf(out, UNITS_TEXT, "0");
		return out;
	}
	return decimal(out, bytes_per_s > UINT64_MAX / 8 ? UINT64_MAX : 8 * bytes_per_s, "bit");
}

const char *units_duration(char out[UNITS_TEXT], uint64_t seconds)
{
	if (seconds < 100)
		snprintf(out, UNITS_TEXT, "%u s", (unsigned)seconds);
	else if (seconds < 100 * 60)
		snprintf(out, UNITS_TEXT, "%u min", (unsigned)(seconds / 60));
	else if (seconds < 72 * 3600)
		snprintf(out, UNITS_TEXT, "%u h", (unsigned)(seconds / 3600));
	else
		snprintf(out, UNITS_TEXT, "%llu d", (unsigned long long)(seconds / 86400));
	return out;
}
