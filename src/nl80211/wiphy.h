/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a radio can do, as GET_WIPHY reports it. The kernel splits the answer into many messages (NL80211_ATTR_SPLIT_WIPHY_DUMP);
 * each part is merged into the same structure, in any order.
 */
#ifndef VIFI_NL80211_WIPHY_H
#define VIFI_NL80211_WIPHY_H

#include "nl80211/request.h"

#define NL80211_WIPHY_BANDS    4 /* enum nl80211_band: 2.4, 5, 60, 6 GHz */
#define NL80211_CHANNELS_MAX   64
#define NL80211_RATES_MAX      16
#define NL80211_HE_MAX         4
#define NL80211_COMBINATIONS   8
#define NL80211_COMBINED_TYPES 8

struct nl80211_channel {
	uint16_t freq_mhz;
	bool disabled;
	bool no_ir; /* no initiation of radiation: passive scans only, no access point */
	bool radar; /* an access point must first listen for radars, for cac_ms */
	bool indoor_only, no_ht40_plus, no_ht40_minus, no_80mhz, no_160mhz, no_he;
	uint32_t max_power_mbm; /* 1/100 dBm */
	uint32_t dfs_state;     /* enum nl80211_dfs_state */
	uint32_t cac_ms;
};

/* HE capabilities (IEEE 802.11ax-2021 9.4.2.248), for interfaces of some types. */
struct nl80211_he {
	uint32_t iftypes; /* 1 << enum nl80211_iftype */
	uint8_t mac[6], phy[11], mcs[12], ppe[25];
	uint8_t mcs_len, ppe_len;
	bool has_6ghz;
	uint16_t capab_6ghz;
};

struct nl80211_band_info {
	struct nl80211_channel channels[NL80211_CHANNELS_MAX];
	size_t channel_count;              /* 0: the radio does not have the band */
	uint16_t rates[NL80211_RATES_MAX]; /* units of 100 kbit/s */
	size_t rate_count;
	bool ht, vht;
	uint16_t ht_capab; /* HT capability information (9.4.2.55.2) */
	uint8_t ht_ampdu_factor, ht_ampdu_density, ht_mcs[16];
	uint32_t vht_capab;
	uint8_t vht_mcs[8];
	struct nl80211_he he[NL80211_HE_MAX];
	size_t he_count;
};

/* So many interfaces of these types at once. */
struct nl80211_combination {
	struct {
		uint32_t max, iftypes;
	} limits[NL80211_COMBINED_TYPES];
	size_t limit_count;
	uint32_t interfaces_max, channels_max;
	uint32_t radar_widths;  /* 1 << enum nl80211_chan_width: on these it detects radar */
	uint32_t radar_regions; /* 1 << enum nl80211_dfs_regions: by the rules of these; 0: of all */
};

struct nl80211_wiphy {
	bool present;
	uint32_t index;
	char name[32];
	struct nl80211_band_info bands[NL80211_WIPHY_BANDS];
	uint64_t commands[4];     /* bits: enum nl80211_commands */
	uint8_t ext_features[32]; /* bits: enum nl80211_ext_feature_index */
	uint32_t features;        /* enum nl80211_feature_flags */
	uint32_t ciphers;         /* 1 << enum cipher */
	uint32_t iftypes;         /* 1 << enum nl80211_iftype */
	struct nl80211_combination combinations[NL80211_COMBINATIONS];
	size_t combination_count;
	uint8_t scan_ssids_max;
	uint16_t scan_ie_max;
	uint16_t akms_max; /* in the settings of a network; 0: NL80211_MAX_NR_AKM_SUITES */
	uint8_t schedule_ssids_max, schedule_matches_max; /* of a scheduled scan: probed, looked for */
	/* … that becomes rarer: numbers of plans, seconds between two scans, and scans of a plan */
	uint32_t schedule_plans_max, schedule_interval_max_s, schedule_iterations_max;
	uint32_t remain_on_channel_max_ms;
	uint32_t antennas_tx, antennas_rx;
	uint8_t csa_counters_max;
	uint8_t ext_capab[16], ext_capab_mask[16]; /* extended capabilities (9.4.2.26) that the driver implements */
	uint8_t ext_capab_len;
	bool ap_sme; /* an access point's authentication and association are the driver's */
	bool off_channel_tx, roams, four_addr_station, control_port_any;
	bool self_managed_regulatory;
	bool tdls, tdls_external; /* direct links; their setup is the program's */
	bool ap_uapsd;
};

/* Asks for all radios, or with `ifindex` for that of an interface. */
struct nl80211_request *nl80211_wiphy_query(struct nl80211_requests *requests, int ifindex);

/*
 * Merges a part of the answer, NEW_WIPHY. Parts of other radios than the first one are ignored. Returns false if the
 * message is malformed or something else.
 */
bool nl80211_wiphy_merge(struct nl80211_wiphy *wiphy, struct nlmsghdr *message);

bool nl80211_wiphy_has_command(const struct nl80211_wiphy *wiphy, uint8_t command);
bool nl80211_wiphy_has_feature(const struct nl80211_wiphy *wiphy,
			       uint32_t feature); /* enum nl80211_ext_feature_index */

/* The channel, or NULL if the radio does not have it. */
const struct nl80211_channel *nl80211_wiphy_channel(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz);

/* The band of a channel, or NULL. */
const struct nl80211_band_info *nl80211_wiphy_band(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz);

/* Does the radio authenticate and associate on our behalf (SME in the program)? Otherwise it only connects. */
static inline bool nl80211_wiphy_has_sme(const struct nl80211_wiphy *wiphy)
{
	return nl80211_wiphy_has_command(wiphy, NL80211_CMD_AUTHENTICATE) &&
	       nl80211_wiphy_has_command(wiphy, NL80211_CMD_ASSOCIATE);
}

#endif
