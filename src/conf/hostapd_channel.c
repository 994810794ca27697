/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_channel.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BIAS_MAX 1000000 /* in 1/1000 */

/* Reads the decimal number at *text, at most `max`, and moves *text behind it. Returns false if there is none. */
static bool take_number(const char **text, unsigned max, unsigned *number)
{
	*number = 0;
	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); ++*text) {
		*number = 10 * *number + (unsigned)(**text - '0');
		if (*number > max)
			return false;
	}
	return true;
}

bool hostapd_read_channel(void *field, size_t size, const char *value, struct error *error)
{
	const char *text = value;
	unsigned number = 0;

	(void)size;
	if (strcmp(value, "acs_survey") != 0 && (!take_number(&text, 196, &number) || *text))
		return error_set(error, false, "channel must be a number from 0 to 196, or acs_survey, not `%.60s`",
				 value);
	*(uint32_t *)field = number;
	return true;
}

uint16_t hostapd_channel_freq(bool is_5ghz, uint32_t channel)
{
	if (!is_5ghz)
		return channel >= 1 && channel <= 13 ? (uint16_t)(2407 + 5 * channel) : channel == 14 ? 2484 : 0;
	if ((channel >= 36 && channel <= 64 && channel % 4 == 0) ||
	    (channel >= 100 && channel <= 144 && channel % 4 == 0) ||
	    (channel >= 149 && channel <= 177 && channel % 4 == 1))
		return (uint16_t)(5000 + 5 * channel);
	return 0;
}

/* One number or range. */
static bool take_range(const char **text, struct nl80211_ap_range *range)
{
	unsigned first, last;

	if (!take_number(text, UINT16_MAX, &first))
		return false;
	last = first;
	if (**text == '-' && (++*text, !take_number(text, UINT16_MAX, &last)))
		return false;
	*range = (struct nl80211_ap_range){(uint16_t)first, (uint16_t)last};
	return first && first <= last;
}

static bool read_ranges(struct nl80211_ap_ranges *ranges, const char *key, const char *example, const char *value,
			struct error *error)
{
	const char *text = value;

	ranges->count = 0;
	for (text += strspn(text, " ,"); *text; text += strspn(text, " ,")) {
		if (ranges->count == NL80211_AP_RANGES_MAX)
			return error_set(error, false, "%s has more than %d entries; join some to ranges", key,
					 NL80211_AP_RANGES_MAX);
		if (!take_range(&text, &ranges->list[ranges->count++]) || !strchr(" ,", *text))
			return error_set(error, false, "%s must be numbers and ranges like `%s`, not `%.60s`", key,
					 example, value);
	}
	return ranges->count || error_set(error, false, "%s is empty; leave it out to allow everything", key);
}

bool hostapd_read_chanlist(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return read_ranges(field, "chanlist", "1 6 11-13", value, error);
}

bool hostapd_read_freqlist(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return read_ranges(field, "freqlist", "2437,5180-5240", value, error);
}

/* A decimal fraction, to three places. */
static bool take_permille(const char **text, uint32_t *permille)
{
	unsigned number, scale = 100;

	if (!take_number(text, BIAS_MAX / 1000, &number))
		return false;
	*permille = 1000 * number;
	if (**text != '.')
		return true;
	for (++*text; isdigit((unsigned char)**text); ++*text, scale /= 10)
		*permille += scale * (unsigned)(**text - '0');
	return true;
}

bool hostapd_read_bias(void *field, size_t size, const char *value, struct error *error)
{
	struct nl80211_ap_choice *choice = field;
	const char *text = value;
	unsigned channel;

	(void)size;
	choice->bias_count = 0;
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		uint32_t permille = 0;

		if (!take_number(&text, 196, &channel) || *text++ != ':' || !take_permille(&text, &permille) ||
		    !strchr(" ", *text))
			return error_set(error, false,
					 "acs_chan_bias must be pairs CHANNEL:FACTOR like `1:0.8 6:0.8`, not `%.60s`",
					 value);
		if (choice->bias_count == NL80211_AP_BIASES_MAX)
			return error_set(error, false, "acs_chan_bias has more than %d pairs", NL80211_AP_BIASES_MAX);
		choice->biases[choice->bias_count++] = (struct nl80211_ap_bias){(uint16_t)channel, permille};
	}
	return true;
}

bool hostapd_read_power_constraint(void *field, size_t size, const char *value, struct error *error)
{
	const char *text = value;
	unsigned number;

	(void)size;
	if (!take_number(&text, 255, &number) || *text)
		return error_set(error, false, "local_pwr_constraint must be a number of dB from 0 to 255, not `%.60s`",
				 value);
	*(int *)field = (int)number;
	return true;
}
