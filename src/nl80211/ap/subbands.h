/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an access point announces of the radio's channels: those of a band by the power that the regulatory domain allows (Country
 * element, 9.4.2.8), and the operating classes (9.4.2.53).
 */
#ifndef VIFI_NL80211_AP_SUBBANDS_H
#define VIFI_NL80211_AP_SUBBANDS_H

#include "nl80211/wiphy.h"

struct nl80211_ap_subband {
	uint8_t first_channel, count, max_power_dbm; /* `count` channels of 20 MHz, in the steps of the band */
};

/* Writes at most `max` subbands of the band of this channel, in rising order, and returns their number. */
size_t nl80211_ap_subbands(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz, struct nl80211_ap_subband *list,
			   size_t max);

/*
 * Writes at most `max` global operating classes (Table E-4), in rising order, in which the radio has a channel of the class's width
 * that the regulatory domain allows, and returns their number.
 */
size_t nl80211_ap_operating_classes(const struct nl80211_wiphy *wiphy, uint8_t *list, size_t max);

#endif
