/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Before an access point begins on a channel of 40 MHz, it looks for the networks that this would disturb (IEEE 802.11-2020,
 * 11.15.3, 11.15.8). In the 2.4 GHz band these forbid 40 MHz; in the 5 GHz band the primary channel should be that of the
 * networks which are there.
 */
#ifndef VIFI_NL80211_AP_OVERLAP_H
#define VIFI_NL80211_AP_OVERLAP_H

#include "nl80211/request.h"
#include "nl80211/wiphy.h"

struct nl80211_ap_overlap {
	uint16_t freq_mhz, center_mhz;     /* of the planned channel of 40 MHz; set by the caller, all else zero */
	bool narrow;                       /* 2.4 GHz: 40 MHz are forbidden */
	unsigned on_primary, on_secondary; /* 5 GHz: networks whose primary channel is this half */
	unsigned wide_on_primary, wide_on_secondary; /* … of them, those of 40 MHz */
	char reason[128];                            /* a sentence without full stop, for `narrow` and for a swap */
};

/*
 * Adds the request for a scan of the channels on which such networks can be, and returns it; NULL: no memory. The interface is that
 * of an access point.
 */
struct nl80211_request *nl80211_ap_overlap_scan(const struct nl80211_ap_overlap *overlap,
						const struct nl80211_wiphy *wiphy, int ifindex,
						struct nl80211_requests *out);

/* Considers a network that the scan has found. */
void nl80211_ap_overlap_add(struct nl80211_ap_overlap *overlap, const struct nl80211_bss_entry *bss);

/* Should the halves of the channel be exchanged? */
bool nl80211_ap_overlap_swaps(struct nl80211_ap_overlap *overlap);

#endif
