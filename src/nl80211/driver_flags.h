/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a driver can do, in the words of hostapd and wpa_supplicant (DRIVER_FLAGS, "capa.flags" of STATUS-DRIVER): front
 * ends and scripts look for them.
 */
#ifndef VIFI_NL80211_DRIVER_FLAGS_H
#define VIFI_NL80211_DRIVER_FLAGS_H

#include "nl80211/wiphy.h"

/* A set of bits, of which nl80211_driver_flag_name() knows the names. */
uint64_t nl80211_driver_flags(const struct nl80211_wiphy *wiphy);

/* The name of a bit, 0 to 63; NULL: none that vifi knows. */
const char *nl80211_driver_flag_name(unsigned bit);

#endif
