/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/subbands.h"

#include "nl80211/ap/channel.h"
#include "wire/mgmt.h"

#define FIRST_CLASS 81  /* 2.4 GHz, 20 MHz */
#define LAST_CLASS  136 /* 6 GHz; 130 and 135 are of 80+80 MHz, which is not supported */
#define CLASS_80_80 130

#define HT_WIDTH_40 0x0002 /* HT capability information */
#define VHT_WIDTH   0x0000000cu

size_t nl80211_ap_subbands(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz, struct nl80211_ap_subband *list,
			   size_t max)
{
	const struct nl80211_band_info *band = nl80211_wiphy_band(wiphy, freq_mhz);
	unsigned step = freq_is_2ghz(freq_mhz) ? 1 : 4;
	struct nl80211_ap_subband *last = NULL;
	size_t count = 0;

	for (size_t i = 0; band && i < band->channel_count; i++) {
		const struct nl80211_channel *channel = &band->channels[i];
		unsigned number = freq_to_channel(channel->freq_mhz), power = channel->max_power_mbm / 100;

		if (channel->disabled || !number)
			continue;
		if (last && number == last->first_channel + last->count * step && power == last->max_power_dbm) {
			last->count++;
			continue;
		}
		if (count == max)
			break;
		last = &list[count++];
		*last = (struct nl80211_ap_subband){(uint8_t)number, 1, (uint8_t)power};
	}
	return count;
}

/* ---- operating classes ---- */

static bool has_width(const struct nl80211_band_info *band, uint16_t width_mhz)
{
	bool is_6ghz = freq_is_6ghz(band->channels[0].freq_mhz);

	switch (width_mhz) {
	case 20:
		return true;
	case 40:
		return is_6ghz || (band->ht && band->ht_capab & HT_WIDTH_40);
	case 80:
		return is_6ghz || band->vht;
	default:
		return is_6ghz || (band->vht && band->vht_capab & VHT_WIDTH);
	}
}

static bool has_channel_of(const struct nl80211_wiphy *wiphy, const struct nl80211_band_info *band, uint8_t class)
{
	for (size_t i = 0; i < band->channel_count; i++) {
		unsigned number = freq_to_channel(band->channels[i].freq_mhz);
		uint16_t freq_mhz, width_mhz;
		bool above;

		if (number && class != CLASS_80_80 &&
		    channel_of_class(class, (uint8_t)number, &freq_mhz, &width_mhz, &above) &&
		    freq_mhz == band->channels[i].freq_mhz && has_width(band, width_mhz) &&
		    nl80211_ap_channel_allows(wiphy, freq_mhz, width_mhz,
					      width_mhz > 40 ? channel_center(freq_mhz, 40) > freq_mhz : above))
			return true;
	}
	return false;
}

size_t nl80211_ap_operating_classes(const struct nl80211_wiphy *wiphy, uint8_t *list, size_t max)
{
	size_t count = 0;

	for (unsigned class = FIRST_CLASS; class <= LAST_CLASS && count < max; class ++)
		for (size_t i = 0; i < NL80211_WIPHY_BANDS; i++)
			if (has_channel_of(wiphy, &wiphy->bands[i], (uint8_t) class)) {
				list[count++] = (uint8_t) class;
				break;
			}
	return count;
}
