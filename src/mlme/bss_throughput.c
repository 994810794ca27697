/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mlme/bss_throughput.h"

#include "plane/plane.h"
#include "wire/ieee80211.h"
#include "wire/oci.h"

/*
 * The modulation and coding schemes of one stream (19.5, 21.5, 27.5): data bits per subcarrier and symbol, in twelfths, and the
 * signal to noise ratio that each needs on 20 MHz, as wpa_supplicant assumes. Each doubling of the width takes 3 dB more.
 */
static const struct scheme {
	uint8_t twelfths, snr_db;
} schemes[] = {{6, 2},   {12, 5},  {18, 9},  {24, 11}, {36, 15}, {48, 18},
	       {54, 20}, {60, 25}, {72, 29}, {80, 31}, {90, 34}, {100, 36}};

#define SCHEMES_HT  8
#define SCHEMES_VHT 10
#define SCHEMES_HE  12

/* A format of PPDUs: data subcarriers of 20 to 160 MHz, and the duration of a symbol in 100 ns, with the shortest guard interval that
 * the estimate assumes. */
struct format {
	uint16_t subcarriers[4];
	uint16_t symbol_100ns;
};

static const struct format vht_format = {{52, 108, 234, 468}, 40}, he_format = {{234, 468, 980, 1960}, 136};

/* In kbit/s, rounded to 100 kbit/s as the tables of the standard are. */
static unsigned rate_of(const struct format *format, unsigned width, unsigned scheme)
{
	return (format->subcarriers[width] * schemes[scheme].twelfths * 10000u / 12 / format->symbol_100ns + 50) / 100 *
	       100;
}

/* The rate at this ratio, between those of two schemes in proportion. `width`: 0 for 20 MHz, 1 for 40 MHz … */
static unsigned rate_at(const struct format *format, unsigned width, unsigned count, int snr_db)
{
	int low_db = 0;
	unsigned low = 0;

	snr_db -= 3 * (int)width;
	for (unsigned i = 0; i < count; i++) {
		unsigned high = rate_of(format, width, i);

		if (format == &vht_format && !width && i == 9) /* there is no such scheme with 20 MHz (21.5) */
			break;
		if (snr_db < schemes[i].snr_db) {
			if (snr_db <= low_db)
				return low;
			return low +
			       (high - low) * (unsigned)(snr_db - low_db) / (unsigned)(schemes[i].snr_db - low_db);
		}
		low = high;
		low_db = schemes[i].snr_db;
	}
	return low;
}

struct bss_phy bss_phy_read(uint16_t freq_mhz, struct span elements)
{
	struct bss_phy phy = {.width_mhz = oci_of_operation(freq_mhz, elements).width_mhz};
	struct span rest = elements;
	struct element element;

	if (element_find_extension(elements, EID_EXT_HE_CAPABILITIES).bytes)
		phy.modes |= PLANE_HE;
	while (element_next(&rest, &element)) {
		if (element.id == EID_HT_CAPABILITIES)
			phy.modes |= PLANE_HT;
		if (element.id == EID_VHT_CAPABILITIES)
			phy.modes |= PLANE_VHT;
		if (element.id != EID_RATES && element.id != EID_EXT_RATES)
			continue;
		for (size_t i = 0; i < element.body.len; i++) {
			uint8_t rate = element.body.bytes[i] & 0x7f;

			if (rate > phy.rate && rate <= 108) /* others are selectors (Table 9-93) */
				phy.rate = rate;
		}
	}
	return phy;
}

/* Without HT: a rate needs this ratio at least. In 500 kbit/s. */
static unsigned limit_legacy(unsigned rate, int snr_db)
{
	static const struct {
		int8_t snr_db;
		uint8_t rate;
	} limits[] = {{1, 2}, {4, 4}, {5, 12}, {6, 18}, {7, 24}, {10, 36}, {11, 48}, {15, 72}, {19, 96}};

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if (snr_db < limits[i].snr_db)
			return rate < limits[i].rate ? rate : limits[i].rate;
	return rate;
}

int bss_snr_db(uint16_t freq_mhz, int8_t signal_dbm)
{
	enum { NOISE_2GHZ_DBM = -89, NOISE_5GHZ_DBM = -92 };

	return signal_dbm - (freq_is_2ghz(freq_mhz) ? NOISE_2GHZ_DBM : NOISE_5GHZ_DBM);
}

uint32_t bss_throughput_kbps(const struct bss_phy *phy, const struct bss_radio *radio, uint16_t freq_mhz,
			     int8_t signal_dbm)
{
	int snr_db = bss_snr_db(freq_mhz, signal_dbm);
	uint8_t modes = phy->modes & radio->modes;
	uint16_t width_mhz = phy->width_mhz < radio->width_mhz ? phy->width_mhz : radio->width_mhz;
	uint32_t best = limit_legacy(phy->rate, snr_db) * 500;

	/* A newer mode is taken for a little faster than an older one with the same schemes. */
	for (unsigned width = 0; width < 4 && (!width || 20u << width <= width_mhz); width++) {
		uint32_t rates[] = {
			modes & PLANE_HT && width < 2 ? rate_at(&vht_format, width, SCHEMES_HT, snr_db) : 0,
			modes & PLANE_VHT ? rate_at(&vht_format, width, SCHEMES_VHT, snr_db) + 1 : 0,
			modes & PLANE_HE ? rate_at(&he_format, width, SCHEMES_HE, snr_db) + 2 : 0,
		};

		for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++)
			best = rates[i] > best ? rates[i] : best;
	}
	return best;
}

bool bss_quality_is_better(const struct bss_quality *one, const struct bss_quality *other)
{
	enum { GOOD_DB = 25, SIMILAR_DB = 7, EQUAL_DB = 5 };
	int snr = bss_snr_db(one->freq_mhz, one->signal_dbm),
	    other_snr = bss_snr_db(other->freq_mhz, other->signal_dbm);
	int difference;

	snr = snr < GOOD_DB ? snr : GOOD_DB;
	other_snr = other_snr < GOOD_DB ? other_snr : GOOD_DB;
	difference = snr > other_snr ? snr - other_snr : other_snr - snr;
	if (difference < SIMILAR_DB && one->throughput_kbps != other->throughput_kbps)
		return one->throughput_kbps > other->throughput_kbps;
	if (difference < EQUAL_DB && freq_is_2ghz(one->freq_mhz) != freq_is_2ghz(other->freq_mhz))
		return !freq_is_2ghz(one->freq_mhz);
	return one->signal_dbm > other->signal_dbm;
}
