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

/* "capa.rrm_flags": what the driver does of radio measurement. */
#define NL80211_RRM_DS_PARAMETER 0x01 /* its probe requests name the channel */
#define NL80211_RRM_TPC_REPORT   0x02 /* … and the transmit power */
#define NL80211_RRM_QUIET        0x04 /* it obeys quiet periods */
#define NL80211_RRM_TX_POWER     0x08 /* it writes its transmit power into frames of ours */
#define NL80211_RRM_ANY          0x10 /* nothing of it is needed: the kernel claims radio measurement when we ask it to */
#define NL80211_RRM_DWELL        0x20 /* it scans for just the time that we want */
#define NL80211_RRM_BEACON_TIMES 0x40 /* it reports TSF times of scans and results */
uint32_t nl80211_rrm_flags(const struct nl80211_wiphy *wiphy);

/* May association requests claim radio measurement (NL80211_ATTR_USE_RRM)? */
bool nl80211_claims_rrm(const struct nl80211_wiphy *wiphy);

#endif
