/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channels among which an access point chooses by itself: at its start (channel=0, automatic channel selection), and after a
 * radar.
 */
#ifndef VIFI_NL80211_AP_CANDIDATES_H
#define VIFI_NL80211_AP_CANDIDATES_H

#include "nl80211/ap/phy.h"

#define NL80211_AP_RANGES_MAX     32
#define NL80211_AP_BIASES_MAX     32
#define NL80211_AP_CANDIDATES_MAX 160

struct nl80211_ap_range {
	uint16_t first, last;
};

struct nl80211_ap_ranges {
	struct nl80211_ap_range list[NL80211_AP_RANGES_MAX];
	size_t count; /* 0: everything */
};

/* acs_chan_bias: the interference of this channel is multiplied by this number of 1/1000. */
struct nl80211_ap_bias {
	uint16_t channel;
	uint32_t permille;
};

/* What the configuration says about the choice. */
struct nl80211_ap_choice {
	bool automatic;                       /* at the start; else only after a radar */
	bool band_2ghz, band_5ghz, band_6ghz; /* in these bands */
	bool exclude_dfs;                     /* acs_exclude_dfs: at the start, no channels with radar detection */
	struct nl80211_ap_ranges channels;    /* chanlist: numbers of channels */
	struct nl80211_ap_ranges freqs;       /* freqlist: MHz */
	uint32_t min_power_dbm;               /* min_tx_power: the country must allow at least that */
	unsigned scans;                       /* acs_num_scans */
	struct nl80211_ap_bias biases[NL80211_AP_BIASES_MAX];
	size_t bias_count; /* 0: 0.8 for the channels 1, 6 and 11 */
};

struct nl80211_ap_candidate {
	struct plane_channel channel;
	bool radar;
};

struct nl80211_ap_candidates {
	struct nl80211_ap_candidate list[NL80211_AP_CANDIDATES_MAX];
	size_t count;
};

/*
 * Lists the channels that radio, regulatory domain and configuration permit: first those of the configured width, from the lowest
 * frequency on, then those of each smaller width. `narrower`: also of smaller widths.
 */
void nl80211_ap_candidates_find(struct nl80211_ap_candidates *candidates, const struct nl80211_wiphy *wiphy,
				const struct nl80211_ap_choice *choice, const struct nl80211_ap_phy_setup *phy,
				const struct nl80211_ap_domain *domain, bool narrower);

/* What the elements of 802.11n and later need for a channel that was chosen. */
struct nl80211_ap_phy_setup nl80211_ap_candidate_phy(const struct plane_channel *channel,
						     const struct nl80211_ap_phy_setup *phy);

#endif
