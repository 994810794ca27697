/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_rates.h"

#include "wire/ieee80211.h"

#include <stdlib.h>
#include <string.h>

bool hostapd_read_rates(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_rates rates = {.given = true};
	const char *next = value + strspn(value, " \t");

	(void)size;
	while (*next) {
		char *end;
		unsigned long rate = strtoul(next, &end, 10);
		int number = rate % 5 ? -1 : rate_number((unsigned)(rate / 5));

		if (*next < '0' || *next > '9' || (*end && *end != ' ' && *end != '\t'))
			return error_set(
				error, false,
				"supported_rates and basic_rates must be rates in 100 kbit/s, as in 60 120 240 "
				"for 6, 12 and 24 Mbit/s, not `%.60s`",
				value);
		if (number >= 0)
			rates.set |= (uint16_t)(1u << number);
		next = end + strspn(end, " \t");
	}
	memcpy(field, &rates, sizeof(rates));
	return true;
}

bool hostapd_read_beacon_rate(void *field, size_t size, const char *value, struct error *error)
{
	static const struct {
		const char *prefix;
		enum nl80211_ap_beacon_rate_kind kind;
		unsigned long min, max;
	} kinds[] = {{"ht:", BEACON_RATE_HT, 0, 31},
		     {"vht:", BEACON_RATE_VHT, 0, 9},
		     {"he:", BEACON_RATE_HE, 0, 11},
		     {"", BEACON_RATE_LEGACY, 10, 10000}};
	struct nl80211_ap_beacon_rate rate = {0};
	size_t i = 0, len;
	unsigned long number;
	char *end;

	(void)size;
	while (strncmp(value, kinds[i].prefix, strlen(kinds[i].prefix)) != 0)
		i++;
	len = strlen(kinds[i].prefix);
	number = strtoul(value + len, &end, 10);
	if (value[len] < '0' || value[len] > '9' || *end || number < kinds[i].min || number > kinds[i].max)
		return error_set(
			error, false,
			"beacon_rate must be a rate in 100 kbit/s (60), or an MCS as in ht:0, vht:0 or he:0, not "
			"`%.60s`",
			value);
	rate.kind = kinds[i].kind;
	rate.value = (uint16_t)number;
	memcpy(field, &rate, sizeof(rate));
	return true;
}

struct rate_choice hostapd_rate_choice(const struct hostapd_radio *radio)
{
	return (struct rate_choice){.has_supported = radio->supported_rates.given,
				    .supported = radio->supported_rates.set,
				    .has_basic = radio->basic_rates.given,
				    .basic = radio->basic_rates.set};
}

size_t hostapd_announced_rates(const struct hostapd_radio *radio, uint16_t freq_mhz, uint8_t rates[RATES_COUNT])
{
	struct rate_choice choice = hostapd_rate_choice(radio);
	bool is_2ghz = freq_is_2ghz(freq_mhz);

	return rates_list(&choice, is_2ghz, !is_2ghz || radio->hw_mode != HOSTAPD_MODE_B, rates);
}

static const char *check_beacon_rate(const struct hostapd_radio *radio, const uint8_t *rates, size_t count,
				     struct error *error)
{
	const struct nl80211_ap_beacon_rate *rate = &radio->beacon_rate;
	const struct hostapd_phy *phy = &radio->phy;
	bool met = true;

	switch (rate->kind) {
	case BEACON_RATE_DEFAULT:
		return NULL;
	case BEACON_RATE_LEGACY:
		met = false;
		for (size_t i = 0; i < count; i++)
			met |= 5u * (rates[i] & ~RATE_BASIC) == rate->value;
		error_set(error, 0, "beacon_rate=%u is not a rate of the network; name one of them, in 100 kbit/s",
			  rate->value);
		break;
	case BEACON_RATE_HT:
		met = phy->n;
		error_set(error, 0, "beacon_rate=ht:%u needs ieee80211n=1", rate->value);
		break;
	case BEACON_RATE_VHT:
		met = phy->ac;
		error_set(error, 0, "beacon_rate=vht:%u needs ieee80211ac=1", rate->value);
		break;
	case BEACON_RATE_HE:
		met = phy->ax;
		error_set(error, 0, "beacon_rate=he:%u needs ieee80211ax=1", rate->value);
		break;
	}
	return met ? NULL : "beacon_rate";
}

const char *hostapd_check_rates(const struct hostapd_radio *radio, uint16_t freq_mhz, struct error *error)
{
	uint8_t rates[RATES_COUNT];
	size_t count = hostapd_announced_rates(radio, freq_mhz, rates);

	if (radio->choice.automatic && radio->choice.band_2ghz && radio->choice.band_5ghz)
		return NULL;
	if (count)
		return check_beacon_rate(radio, rates, count, error);
	error_set(error, 0,
		  "supported_rates and basic_rates leave the band no basic rate, which each station must have; set "
		  "basic_rates to rates of supported_rates, as in basic_rates=60 120 240");
	return radio->basic_rates.given ? "basic_rates" : "supported_rates";
}
