/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channels of a band by the power that the regulatory domain allows: what a Country element announces (9.4.2.8). */
#ifndef VIFI_NL80211_AP_SUBBANDS_H
#define VIFI_NL80211_AP_SUBBANDS_H

#include "nl80211/wiphy.h"

struct nl80211_ap_subband {
	uint8_t first_channel, count, max_power_dbm; /* `count` channels of 20 MHz, in the steps of the band */
};

/* Writes at most `max` subbands of the band of this channel, in rising order, and returns their number. */
size_t nl80211_ap_subbands(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz, struct nl80211_ap_subband *list,
			   size_t max);

#endif
