/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/acs.h"

#include "wire/mgmt.h"

#include <stdarg.h>
#include <stdio.h>

#define NOISE_PER_DB     10
#define WEAK_DBM         (-90)
#define STRONG_DBM       (-50)
#define WEAK_NETWORK     10
#define STRONG_NETWORK   250
#define OVERLAP_2GHZ_MHZ 25 /* channels that are so far apart do not overlap */
#define DEFAULT_BIAS     800
#define NO_BIAS          1000
#define UNKNOWN_SIGNAL   (-70)

/* ---- a channel of 20 MHz ---- */

static const struct nl80211_acs_measurement *find_measurement(const struct nl80211_acs_input *input, uint16_t freq_mhz)
{
	for (size_t i = 0; i < input->measurement_count; i++)
		if (input->measurements[i].freq_mhz == freq_mhz)
			return &input->measurements[i];
	return NULL;
}

static int quietest_noise(const struct nl80211_acs_input *input)
{
	int quietest = INT8_MAX;

	for (size_t i = 0; i < input->measurement_count; i++)
		if (input->measurements[i].has_noise && input->measurements[i].noise_dbm < quietest)
			quietest = input->measurements[i].noise_dbm;
	return quietest;
}

static unsigned network_weight(int8_t signal_dbm)
{
	int signal = signal_dbm ? signal_dbm : UNKNOWN_SIGNAL;

	if (signal <= WEAK_DBM)
		return WEAK_NETWORK;
	if (signal >= STRONG_DBM)
		return STRONG_NETWORK;
	return (unsigned)(WEAK_NETWORK +
			  (signal - WEAK_DBM) * (STRONG_NETWORK - WEAK_NETWORK) / (STRONG_DBM - WEAK_DBM));
}

/* How much of the spectrum of one channel the other one occupies, in 1/25. */
static unsigned overlap(uint16_t freq_mhz, uint16_t other_mhz)
{
	int distance = freq_mhz - other_mhz;

	distance = distance < 0 ? -distance : distance;
	if (!freq_is_2ghz(freq_mhz))
		return distance < 20 ? OVERLAP_2GHZ_MHZ : 0;
	return distance < OVERLAP_2GHZ_MHZ ? (unsigned)(OVERLAP_2GHZ_MHZ - distance) : 0;
}

static unsigned interference_of_networks(const struct nl80211_acs_input *input, uint16_t freq_mhz)
{
	unsigned sum = 0;

	for (size_t i = 0; i < input->network_count; i++)
		sum += network_weight(input->networks[i].signal_dbm) * overlap(freq_mhz, input->networks[i].freq_mhz);
	return sum / OVERLAP_2GHZ_MHZ;
}

static unsigned interference_of_part(const struct nl80211_acs_input *input, uint16_t freq_mhz)
{
	const struct nl80211_acs_measurement *measurement = find_measurement(input, freq_mhz);
	unsigned sum = interference_of_networks(input, freq_mhz);

	if (measurement && measurement->load > 0)
		sum += (unsigned)measurement->load;
	if (measurement && measurement->has_noise)
		sum += (unsigned)(measurement->noise_dbm - quietest_noise(input)) * NOISE_PER_DB;
	return sum;
}

/* ---- a candidate ---- */

static uint32_t bias_of(const struct nl80211_ap_choice *choice, uint16_t freq_mhz)
{
	unsigned number = freq_to_channel(freq_mhz);

	for (size_t i = 0; i < choice->bias_count; i++)
		if (choice->biases[i].channel == number)
			return choice->biases[i].permille;
	if (!choice->bias_count && (number == 1 || number == 6 || number == 11))
		return DEFAULT_BIAS;
	return NO_BIAS;
}

static unsigned interference_of(const struct nl80211_acs_input *input, const struct nl80211_ap_candidate *candidate)
{
	uint16_t parts[NL80211_AP_PARTS_MAX];
	size_t count = nl80211_ap_channel_parts(&candidate->channel, parts);
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += interference_of_part(input, parts[i]);
	sum = sum / count + interference_of_part(input, candidate->channel.freq_mhz) / 8 + NL80211_ACS_BASE +
	      (candidate->radar ? NL80211_ACS_RADAR : 0);
	return (unsigned)(sum * bias_of(input->choice, candidate->channel.freq_mhz) / NO_BIAS);
}

static bool is_surveyed(const struct nl80211_acs_input *input, uint16_t freq_mhz)
{
	const struct nl80211_acs_measurement *measurement = find_measurement(input, freq_mhz);

	return measurement && measurement->load >= 0;
}

/* ---- the reason ---- */

struct text {
	char *bytes;
	size_t size, len;
};

static void append(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(struct text *text, const char *format, ...)
{
	va_list list;
	int len;

	va_start(list, format);
	len = vsnprintf(text->bytes + text->len, text->size - text->len, format, list);
	va_end(list);
	if (len > 0)
		text->len = text->len + (size_t)len < text->size ? text->len + (size_t)len : text->size - 1;
}

static void append_networks(struct text *text, const struct nl80211_acs_input *input,
			    const struct plane_channel *channel)
{
	uint16_t parts[NL80211_AP_PARTS_MAX];
	size_t count = nl80211_ap_channel_parts(channel, parts), heard = 0;
	int strongest = INT8_MIN;

	for (size_t i = 0; i < input->network_count; i++)
		for (size_t k = 0; k < count; k++)
			if (overlap(parts[k], input->networks[i].freq_mhz)) {
				heard++;
				if (input->networks[i].signal_dbm > strongest)
					strongest = input->networks[i].signal_dbm;
				break;
			}
	append(text, "%zu other network%s", heard, heard == 1 ? "" : "s");
	if (heard && strongest)
		append(text, " at up to %d dBm", strongest);
}

static void append_candidate(struct text *text, const struct nl80211_acs_input *input,
			     const struct plane_channel *channel, unsigned interference)
{
	const struct nl80211_acs_measurement *measurement = find_measurement(input, channel->freq_mhz);
	char name[NL80211_AP_CHANNEL_TEXT];

	append(text, "%s: ", nl80211_ap_channel_text(channel, name));
	if (is_surveyed(input, channel->freq_mhz))
		append(text, "busy for %d.%d %% of the time, ", measurement->load / 10, measurement->load % 10);
	if (measurement && measurement->has_noise)
		append(text, "noise %d dBm, ", measurement->noise_dbm);
	append_networks(text, input, channel);
	append(text, " (interference %u)", interference);
}

/* ---- the choice ---- */

bool nl80211_acs_choose(const struct nl80211_acs_input *input, struct nl80211_acs_result *result)
{
	const struct nl80211_ap_candidate *best = NULL, *second = NULL;
	unsigned best_sum = 0, second_sum = 0;
	struct text text = {.bytes = result->reason, .size = sizeof(result->reason)};

	for (size_t i = 0; i < input->candidates->count; i++) {
		const struct nl80211_ap_candidate *candidate = &input->candidates->list[i];
		unsigned sum = interference_of(input, candidate);

		if (!best || sum < best_sum) {
			second = best;
			second_sum = best_sum;
			best = candidate;
			best_sum = sum;
		} else if (!second || sum < second_sum) {
			second = candidate;
			second_sum = sum;
		}
	}
	result->reason[0] = '\0';
	if (!best)
		return false;
	result->channel = best->channel;
	result->interference = best_sum;
	result->surveyed = is_surveyed(input, best->channel.freq_mhz);
	append_candidate(&text, input, &best->channel, best_sum);
	if (second) {
		append(&text, "; next is ");
		append_candidate(&text, input, &second->channel, second_sum);
	}
	return true;
}
