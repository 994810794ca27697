/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/wiphy.h"

#include "nl80211/attributes.h"
#include "nl80211/key.h"

#include <linux/genetlink.h>
#include <netlink/msg.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The children of a nested attribute. */
#define FOR_EACH_NESTED(child, rest, parent)                                              \
	for (int rest = (child = nla_data(parent), nla_len(parent)); nla_ok(child, rest); \
	     child = nla_next(child, &rest))

struct nl80211_request *nl80211_wiphy_query(struct nl80211_requests *requests, int ifindex)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_GET_WIPHY, ifindex);

	nl80211_put_flag(request, NL80211_ATTR_SPLIT_WIPHY_DUMP);
	if (request)
		request->dump = true;
	return request;
}

/* Copies as many bytes as fit, and returns their number. */
static uint8_t copy_bytes(const struct nlattr *attribute, uint8_t *to, size_t size)
{
	struct span bytes = attribute_span(attribute);
	size_t len = bytes.len < size ? bytes.len : size;

	if (len)
		memcpy(to, bytes.bytes, len);
	return (uint8_t)len;
}

/* ---- bands ---- */

static void merge_channel(struct nl80211_band_info *band, struct nlattr *nest)
{
	struct nlattr *attrs[NL80211_FREQUENCY_ATTR_MAX + 1];
	struct nl80211_channel channel;
	size_t i = 0;

	if (nla_parse_nested(attrs, NL80211_FREQUENCY_ATTR_MAX, nest, NULL) < 0)
		return;
	channel = (struct nl80211_channel){
		.freq_mhz = (uint16_t)attribute_u32(attrs[NL80211_FREQUENCY_ATTR_FREQ]),
		.disabled = attrs[NL80211_FREQUENCY_ATTR_DISABLED],
		.no_ir = attrs[NL80211_FREQUENCY_ATTR_NO_IR],
		.radar = attrs[NL80211_FREQUENCY_ATTR_RADAR],
		.indoor_only = attrs[NL80211_FREQUENCY_ATTR_INDOOR_ONLY],
		.no_ht40_plus = attrs[NL80211_FREQUENCY_ATTR_NO_HT40_PLUS],
		.no_ht40_minus = attrs[NL80211_FREQUENCY_ATTR_NO_HT40_MINUS],
		.no_80mhz = attrs[NL80211_FREQUENCY_ATTR_NO_80MHZ],
		.no_160mhz = attrs[NL80211_FREQUENCY_ATTR_NO_160MHZ],
		.no_he = attrs[NL80211_FREQUENCY_ATTR_NO_HE],
		.max_power_mbm = attribute_u32(attrs[NL80211_FREQUENCY_ATTR_MAX_TX_POWER]),
		.dfs_state = attribute_u32(attrs[NL80211_FREQUENCY_ATTR_DFS_STATE]),
		.cac_ms = attribute_u32(attrs[NL80211_FREQUENCY_ATTR_DFS_CAC_TIME]),
	};
	while (i < band->channel_count && band->channels[i].freq_mhz != channel.freq_mhz)
		i++;
	if (i == NL80211_CHANNELS_MAX || !channel.freq_mhz)
		return;
	band->channels[i] = channel;
	if (i == band->channel_count)
		band->channel_count++;
}

static void merge_rates(struct nl80211_band_info *band, struct nlattr *nest)
{
	struct nlattr *attrs[NL80211_BITRATE_ATTR_MAX + 1], *child;

	band->rate_count = 0;
	FOR_EACH_NESTED(child, rest, nest)
	if (band->rate_count < NL80211_RATES_MAX && nla_parse_nested(attrs, NL80211_BITRATE_ATTR_MAX, child, NULL) >= 0)
		band->rates[band->rate_count++] = (uint16_t)attribute_u32(attrs[NL80211_BITRATE_ATTR_RATE]);
}

static void merge_he(struct nl80211_band_info *band, struct nlattr *nest)
{
	struct nlattr *attrs[NL80211_BAND_IFTYPE_ATTR_MAX + 1], *type;
	struct nl80211_he he = {0};

	if (nla_parse_nested(attrs, NL80211_BAND_IFTYPE_ATTR_MAX, nest, NULL) < 0 ||
	    !attrs[NL80211_BAND_IFTYPE_ATTR_IFTYPES] || !attrs[NL80211_BAND_IFTYPE_ATTR_HE_CAP_PHY])
		return;
	FOR_EACH_NESTED(type, rest, attrs[NL80211_BAND_IFTYPE_ATTR_IFTYPES])
	he.iftypes |= 1u << (nla_type(type) & 31);
	copy_bytes(attrs[NL80211_BAND_IFTYPE_ATTR_HE_CAP_MAC], he.mac, sizeof(he.mac));
	copy_bytes(attrs[NL80211_BAND_IFTYPE_ATTR_HE_CAP_PHY], he.phy, sizeof(he.phy));
	he.mcs_len = copy_bytes(attrs[NL80211_BAND_IFTYPE_ATTR_HE_CAP_MCS_SET], he.mcs, sizeof(he.mcs));
	he.ppe_len = copy_bytes(attrs[NL80211_BAND_IFTYPE_ATTR_HE_CAP_PPE], he.ppe, sizeof(he.ppe));
	he.has_6ghz = attrs[NL80211_BAND_IFTYPE_ATTR_HE_6GHZ_CAPA];
	he.capab_6ghz = attribute_u16(attrs[NL80211_BAND_IFTYPE_ATTR_HE_6GHZ_CAPA]);
	if (band->he_count < NL80211_HE_MAX)
		band->he[band->he_count++] = he;
}

static void merge_band(struct nl80211_band_info *band, struct nlattr *nest)
{
	struct nlattr *attrs[NL80211_BAND_ATTR_MAX + 1], *child;

	if (nla_parse_nested(attrs, NL80211_BAND_ATTR_MAX, nest, NULL) < 0)
		return;
	if (attrs[NL80211_BAND_ATTR_FREQS])
		FOR_EACH_NESTED(child, rest, attrs[NL80211_BAND_ATTR_FREQS])
	merge_channel(band, child);
	if (attrs[NL80211_BAND_ATTR_RATES])
		merge_rates(band, attrs[NL80211_BAND_ATTR_RATES]);
	if (attrs[NL80211_BAND_ATTR_HT_CAPA] && attrs[NL80211_BAND_ATTR_HT_MCS_SET]) {
		band->ht = true;
		band->ht_capab = attribute_u16(attrs[NL80211_BAND_ATTR_HT_CAPA]);
		band->ht_ampdu_factor = attribute_u8(attrs[NL80211_BAND_ATTR_HT_AMPDU_FACTOR]);
		band->ht_ampdu_density = attribute_u8(attrs[NL80211_BAND_ATTR_HT_AMPDU_DENSITY]);
		copy_bytes(attrs[NL80211_BAND_ATTR_HT_MCS_SET], band->ht_mcs, sizeof(band->ht_mcs));
	}
	if (attrs[NL80211_BAND_ATTR_VHT_CAPA] && attrs[NL80211_BAND_ATTR_VHT_MCS_SET]) {
		band->vht = true;
		band->vht_capab = attribute_u32(attrs[NL80211_BAND_ATTR_VHT_CAPA]);
		copy_bytes(attrs[NL80211_BAND_ATTR_VHT_MCS_SET], band->vht_mcs, sizeof(band->vht_mcs));
	}
	if (attrs[NL80211_BAND_ATTR_IFTYPE_DATA])
		FOR_EACH_NESTED(child, rest, attrs[NL80211_BAND_ATTR_IFTYPE_DATA])
	merge_he(band, child);
}

/* ---- interfaces ---- */

/* A set of interface types, as flags whose numbers are the types. */
static uint32_t read_types(struct nlattr *nest)
{
	struct nlattr *child;
	uint32_t types = 0;

	FOR_EACH_NESTED(child, rest, nest)
	types |= 1u << (nla_type(child) & 31);
	return types;
}

static void merge_limits(struct nl80211_combination *combination, struct nlattr *nest)
{
	struct nlattr *attrs[MAX_NL80211_IFACE_LIMIT + 1], *child;

	FOR_EACH_NESTED(child, rest, nest)
	{
		if (combination->limit_count == NL80211_COMBINED_TYPES ||
		    nla_parse_nested(attrs, MAX_NL80211_IFACE_LIMIT, child, NULL) < 0 ||
		    !attrs[NL80211_IFACE_LIMIT_TYPES])
			continue;
		combination->limits[combination->limit_count].max = attribute_u32(attrs[NL80211_IFACE_LIMIT_MAX]);
		combination->limits[combination->limit_count++].iftypes = read_types(attrs[NL80211_IFACE_LIMIT_TYPES]);
	}
}

static void merge_combinations(struct nl80211_wiphy *wiphy, struct nlattr *nest)
{
	struct nlattr *attrs[MAX_NL80211_IFACE_COMB + 1], *child;

	wiphy->combination_count = 0;
	FOR_EACH_NESTED(child, rest, nest)
	{
		struct nl80211_combination *combination = &wiphy->combinations[wiphy->combination_count];

		if (wiphy->combination_count == NL80211_COMBINATIONS ||
		    nla_parse_nested(attrs, MAX_NL80211_IFACE_COMB, child, NULL) < 0 ||
		    !attrs[NL80211_IFACE_COMB_LIMITS])
			continue;
		*combination = (struct nl80211_combination){
			.interfaces_max = attribute_u32(attrs[NL80211_IFACE_COMB_MAXNUM]),
			.channels_max = attribute_u32(attrs[NL80211_IFACE_COMB_NUM_CHANNELS]),
			.radar_widths = attribute_u32(attrs[NL80211_IFACE_COMB_RADAR_DETECT_WIDTHS]),
			.radar_regions = attribute_u32(attrs[NL80211_IFACE_COMB_RADAR_DETECT_REGIONS])};
		merge_limits(combination, attrs[NL80211_IFACE_COMB_LIMITS]);
		wiphy->combination_count++;
	}
}

/* ---- all ---- */

static void merge_commands(struct nl80211_wiphy *wiphy, struct nlattr *nest)
{
	struct nlattr *child;

	FOR_EACH_NESTED(child, rest, nest)
	{
		uint32_t command = attribute_u32(child);

		if (command < 64 * COUNT(wiphy->commands))
			wiphy->commands[command / 64] |= UINT64_C(1) << command % 64;
	}
}

static void merge_schedules(struct nl80211_wiphy *wiphy, struct nlattr **attrs)
{
	if (attrs[NL80211_ATTR_MAX_NUM_SCHED_SCAN_SSIDS])
		wiphy->schedule_ssids_max = attribute_u8(attrs[NL80211_ATTR_MAX_NUM_SCHED_SCAN_SSIDS]);
	if (attrs[NL80211_ATTR_MAX_MATCH_SETS])
		wiphy->schedule_matches_max = attribute_u8(attrs[NL80211_ATTR_MAX_MATCH_SETS]);
	if (attrs[NL80211_ATTR_MAX_NUM_SCHED_SCAN_PLANS])
		wiphy->schedule_plans_max = attribute_u32(attrs[NL80211_ATTR_MAX_NUM_SCHED_SCAN_PLANS]);
	if (attrs[NL80211_ATTR_MAX_SCAN_PLAN_INTERVAL])
		wiphy->schedule_interval_max_s = attribute_u32(attrs[NL80211_ATTR_MAX_SCAN_PLAN_INTERVAL]);
	if (attrs[NL80211_ATTR_MAX_SCAN_PLAN_ITERATIONS])
		wiphy->schedule_iterations_max = attribute_u32(attrs[NL80211_ATTR_MAX_SCAN_PLAN_ITERATIONS]);
}

static void merge_numbers(struct nl80211_wiphy *wiphy, struct nlattr **attrs)
{
	if (attrs[NL80211_ATTR_MAX_NUM_AKM_SUITES])
		wiphy->akms_max = attribute_u16(attrs[NL80211_ATTR_MAX_NUM_AKM_SUITES]);
	if (attrs[NL80211_ATTR_WIPHY_NAME])
		attribute_text(attrs[NL80211_ATTR_WIPHY_NAME], wiphy->name, sizeof(wiphy->name));
	if (attrs[NL80211_ATTR_FEATURE_FLAGS])
		wiphy->features = attribute_u32(attrs[NL80211_ATTR_FEATURE_FLAGS]);
	if (attrs[NL80211_ATTR_EXT_FEATURES])
		copy_bytes(attrs[NL80211_ATTR_EXT_FEATURES], wiphy->ext_features, sizeof(wiphy->ext_features));
	if (attrs[NL80211_ATTR_CIPHER_SUITES])
		wiphy->ciphers = nl80211_cipher_set(attribute_span(attrs[NL80211_ATTR_CIPHER_SUITES]));
	if (attrs[NL80211_ATTR_MAX_NUM_SCAN_SSIDS])
		wiphy->scan_ssids_max = attribute_u8(attrs[NL80211_ATTR_MAX_NUM_SCAN_SSIDS]);
	if (attrs[NL80211_ATTR_MAX_SCAN_IE_LEN])
		wiphy->scan_ie_max = attribute_u16(attrs[NL80211_ATTR_MAX_SCAN_IE_LEN]);
	if (attrs[NL80211_ATTR_MAX_REMAIN_ON_CHANNEL_DURATION])
		wiphy->remain_on_channel_max_ms = attribute_u32(attrs[NL80211_ATTR_MAX_REMAIN_ON_CHANNEL_DURATION]);
	if (attrs[NL80211_ATTR_WIPHY_ANTENNA_AVAIL_TX])
		wiphy->antennas_tx = attribute_u32(attrs[NL80211_ATTR_WIPHY_ANTENNA_AVAIL_TX]);
	if (attrs[NL80211_ATTR_WIPHY_ANTENNA_AVAIL_RX])
		wiphy->antennas_rx = attribute_u32(attrs[NL80211_ATTR_WIPHY_ANTENNA_AVAIL_RX]);
	if (attrs[NL80211_ATTR_MAX_CSA_COUNTERS])
		wiphy->csa_counters_max = attribute_u8(attrs[NL80211_ATTR_MAX_CSA_COUNTERS]);
	if (attrs[NL80211_ATTR_EXT_CAPA] && attrs[NL80211_ATTR_EXT_CAPA_MASK]) {
		wiphy->ext_capab_len =
			copy_bytes(attrs[NL80211_ATTR_EXT_CAPA], wiphy->ext_capab, sizeof(wiphy->ext_capab));
		copy_bytes(attrs[NL80211_ATTR_EXT_CAPA_MASK], wiphy->ext_capab_mask, sizeof(wiphy->ext_capab_mask));
	}
}

static void merge_flags(struct nl80211_wiphy *wiphy, struct nlattr **attrs)
{
	wiphy->ap_sme |= attrs[NL80211_ATTR_DEVICE_AP_SME] != NULL;
	wiphy->off_channel_tx |= attrs[NL80211_ATTR_OFFCHANNEL_TX_OK] != NULL;
	wiphy->roams |= attrs[NL80211_ATTR_ROAM_SUPPORT] != NULL;
	wiphy->tdls |= attrs[NL80211_ATTR_TDLS_SUPPORT] != NULL;
	wiphy->tdls_external |= attrs[NL80211_ATTR_TDLS_EXTERNAL_SETUP] != NULL;
	wiphy->ap_uapsd |= attrs[NL80211_ATTR_SUPPORT_AP_UAPSD] != NULL;
	wiphy->four_addr_station |= attrs[NL80211_ATTR_4ADDR] != NULL;
	wiphy->control_port_any |= attrs[NL80211_ATTR_CONTROL_PORT_ETHERTYPE] != NULL;
	wiphy->self_managed_regulatory |= attrs[NL80211_ATTR_WIPHY_SELF_MANAGED_REG] != NULL;
}

bool nl80211_wiphy_merge(struct nl80211_wiphy *wiphy, struct nlmsghdr *message)
{
	struct nlattr *attrs[NL80211_ATTR_MAX + 1], *child;
	struct genlmsghdr header;
	uint32_t index;

	if (!nlmsg_valid_hdr(message, sizeof(header)) ||
	    nlmsg_parse(message, sizeof(header), attrs, NL80211_ATTR_MAX, NULL) < 0)
		return false;
	memcpy(&header, nlmsg_data(message), sizeof(header));
	if (header.cmd != NL80211_CMD_NEW_WIPHY || !attrs[NL80211_ATTR_WIPHY])
		return false;
	index = attribute_u32(attrs[NL80211_ATTR_WIPHY]);
	if (wiphy->present && wiphy->index != index)
		return true;
	wiphy->present = true;
	wiphy->index = index;
	merge_numbers(wiphy, attrs);
	merge_schedules(wiphy, attrs);
	merge_flags(wiphy, attrs);
	if (attrs[NL80211_ATTR_WIPHY_BANDS])
		FOR_EACH_NESTED(child, rest, attrs[NL80211_ATTR_WIPHY_BANDS])
	if (nla_type(child) < NL80211_WIPHY_BANDS)
		merge_band(&wiphy->bands[nla_type(child)], child);
	if (attrs[NL80211_ATTR_SUPPORTED_COMMANDS])
		merge_commands(wiphy, attrs[NL80211_ATTR_SUPPORTED_COMMANDS]);
	if (attrs[NL80211_ATTR_SUPPORTED_IFTYPES])
		wiphy->iftypes = read_types(attrs[NL80211_ATTR_SUPPORTED_IFTYPES]);
	if (attrs[NL80211_ATTR_INTERFACE_COMBINATIONS])
		merge_combinations(wiphy, attrs[NL80211_ATTR_INTERFACE_COMBINATIONS]);
	return true;
}

/* ---- questions ---- */

bool nl80211_wiphy_has_command(const struct nl80211_wiphy *wiphy, uint8_t command)
{
	return wiphy->commands[command / 64] >> command % 64 & 1;
}

bool nl80211_wiphy_has_feature(const struct nl80211_wiphy *wiphy, uint32_t feature)
{
	return feature / 8 < sizeof(wiphy->ext_features) && wiphy->ext_features[feature / 8] >> feature % 8 & 1;
}

const struct nl80211_channel *nl80211_wiphy_channel(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz)
{
	const struct nl80211_band_info *band = nl80211_wiphy_band(wiphy, freq_mhz);

	for (size_t i = 0; band && i < band->channel_count; i++)
		if (band->channels[i].freq_mhz == freq_mhz)
			return &band->channels[i];
	return NULL;
}

const struct nl80211_band_info *nl80211_wiphy_band(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz)
{
	for (size_t band = 0; band < NL80211_WIPHY_BANDS; band++)
		for (size_t i = 0; i < wiphy->bands[band].channel_count; i++)
			if (wiphy->bands[band].channels[i].freq_mhz == freq_mhz)
				return &wiphy->bands[band];
	return NULL;
}
