/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/subbands.h"

#include "wire/mgmt.h"

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
