/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channel of an access point: its parts of 20 MHz, what the regulatory domain says about them, and whether the radio may and
 * can be an access point there.
 */
#ifndef VIFI_NL80211_AP_CHANNEL_H
#define VIFI_NL80211_AP_CHANNEL_H

#include "base/error.h"
#include "nl80211/wiphy.h"
#include "plane/plane.h"

#define NL80211_AP_PARTS_MAX 8 /* of 160 MHz */

/* Writes the centres of its parts, the lowest one first, and returns their number. */
size_t nl80211_ap_channel_parts(const struct plane_channel *channel, uint16_t parts[NL80211_AP_PARTS_MAX]);

/* enum nl80211_chan_width of a width. */
uint32_t nl80211_ap_channel_width(uint16_t width_mhz);

/* NL80211_ATTR_WIPHY_FREQ, CHANNEL_WIDTH and CENTER_FREQ1. */
void nl80211_ap_channel_put(struct nl80211_request *request, const struct plane_channel *channel);

/* Do they share spectrum? */
bool nl80211_ap_channel_overlaps(const struct plane_channel *channel, const struct plane_channel *other);

/*
 * Does the regulatory domain allow this width around the primary channel, and does the radio have all parts? `above`: the secondary
 * channel of 40 MHz is the upper one; channels of 80 and 160 MHz are those of Annex E.
 */
bool nl80211_ap_channel_allows(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz, uint16_t width_mhz, bool above);

/* What the regulatory domain demands of an access point; of all parts together. */
struct nl80211_ap_channel_facts {
	bool radar;           /* it must listen for radar before it starts, and leave the channel when it detects one */
	bool available;       /* … it has listened already */
	bool radar_was_heard; /* … in the last half hour, so that the channel may not be used yet */
	bool indoor_only;     /* not for use outdoors */
	uint32_t cac_ms;      /* with `radar`: the channel availability check, the longest one of the parts */
	uint32_t max_power_mbm; /* 1/100 dBm, the least of the parts; 0: not given */
};

struct nl80211_ap_channel_facts nl80211_ap_channel_facts(const struct nl80211_wiphy *wiphy,
							 const struct plane_channel *channel);

/* What decides whether the channel is possible, besides the radio. */
struct nl80211_ap_domain {
	bool has_country;   /* the configuration names one */
	bool outdoors;      /* by country3: no channels for indoor use */
	bool dfs;           /* ieee80211h: channels with radar detection may be used */
	uint8_t dfs_region; /* enum nl80211_dfs_regions; 0: the regulatory domain has no rules for radar detection */
};

/*
 * May and can an access point be there? Returns 0, or a negative errno with a sentence: -ENODEV, -EACCES if the regulatory domain
 * forbids it, -EOPNOTSUPP if radio, driver or configuration lack radar detection.
 */
int nl80211_ap_channel_check(const struct nl80211_wiphy *wiphy, const struct plane_channel *channel,
			     const struct nl80211_ap_domain *domain, struct error *error);

/* Does the driver listen for radar and leave the channel by itself (DFS_OFFLOAD)? */
bool nl80211_ap_offloads_dfs(const struct nl80211_wiphy *wiphy);

/* "channel 36 (5180 MHz)", or "channel 36 (5180 MHz, 80 MHz wide)"; returns `text`. */
#define NL80211_AP_CHANNEL_TEXT 64
const char *nl80211_ap_channel_text(const struct plane_channel *channel, char text[NL80211_AP_CHANNEL_TEXT]);

#endif
