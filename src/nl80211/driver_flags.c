/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/driver_flags.h"

/* What a flag follows from; `value` is a number of the kernel. */
enum basis {
	ALWAYS,
	COMMAND,     /* enum nl80211_commands */
	FEATURE,     /* enum nl80211_feature_flags */
	EXT_FEATURE, /* enum nl80211_ext_feature_index */
	INTERFACE,   /* enum nl80211_iftype */
	OWN_SME,     /* an access point's authentication and association are the program's */
	TX_STATUS_OF_EAPOL,
	OFF_CHANNEL,
	ROAMS,
	TDLS,
	TDLS_SETUP, /* … by the program */
	UAPSD,
	RADAR,
	P2P,
	P2P_BESIDE, /* … beside another interface */
};

static const struct row {
	unsigned bit;
	const char *name;
	enum basis basis;
	uint32_t value;
} rows[] = {
	{2, "DFS_OFFLOAD", EXT_FEATURE, NL80211_EXT_FEATURE_DFS_OFFLOAD},
	{3, "4WAY_HANDSHAKE_8021X", EXT_FEATURE, NL80211_EXT_FEATURE_4WAY_HANDSHAKE_STA_1X},
	{5, "SME", COMMAND, NL80211_CMD_AUTHENTICATE},
	{6, "AP", INTERFACE, NL80211_IFTYPE_AP},
	{7, "SET_KEYS_AFTER_ASSOC_DONE", ALWAYS, 0},
	{8, "HT_2040_COEX", FEATURE, NL80211_FEATURE_AP_MODE_CHAN_WIDTH_CHANGE},
	{9, "P2P_CONCURRENT", P2P_BESIDE, 0},
	{11, "P2P_CAPABLE", P2P, 0},
	{12, "AP_TEARDOWN_SUPPORT", ALWAYS, 0},
	{13, "P2P_MGMT_AND_NON_P2P", P2P_BESIDE, 0},
	{14, "VALID_ERROR_CODES", ALWAYS, 0},
	{15, "OFFCHANNEL_TX", OFF_CHANNEL, 0},
	{16, "EAPOL_TX_STATUS", TX_STATUS_OF_EAPOL, 0},
	{17, "DEAUTH_TX_STATUS", OWN_SME, 0},
	{18, "BSS_SELECTION", ROAMS, 0},
	{19, "TDLS_SUPPORT", TDLS, 0},
	{20, "TDLS_EXTERNAL_SETUP", TDLS_SETUP, 0},
	{22, "AP_UAPSD", UAPSD, 0},
	{23, "INACTIVITY_TIMER", FEATURE, NL80211_FEATURE_INACTIVITY_TIMER},
	{24, "AP_MLME", OWN_SME, 0},
	{25, "SAE", FEATURE, NL80211_FEATURE_SAE},
	{26, "OBSS_SCAN", FEATURE, NL80211_FEATURE_NEED_OBSS_SCAN},
	{27, "IBSS", INTERFACE, NL80211_IFTYPE_ADHOC},
	{28, "RADAR", RADAR, 0},
	{29, "DEDICATED_P2P_DEVICE", INTERFACE, NL80211_IFTYPE_P2P_DEVICE},
	{30, "QOS_MAPPING", COMMAND, NL80211_CMD_SET_QOS_MAP},
	{31, "AP_CSA", COMMAND, NL80211_CMD_CHANNEL_SWITCH},
	{32, "MESH", INTERFACE, NL80211_IFTYPE_MESH_POINT},
	{35, "TDLS_CHANNEL_SWITCH", FEATURE, NL80211_FEATURE_TDLS_CHANNEL_SWITCH},
	{36, "HT_IBSS", FEATURE, NL80211_FEATURE_HT_IBSS},
	{37, "VHT_IBSS", EXT_FEATURE, NL80211_EXT_FEATURE_VHT_IBSS},
	{40, "FULL_AP_CLIENT_STATE", FEATURE, NL80211_FEATURE_FULL_AP_CLIENT_STATE},
	{42, "SUPPORT_FILS", EXT_FEATURE, NL80211_EXT_FEATURE_FILS_STA},
	{43, "BEACON_RATE_LEGACY", EXT_FEATURE, NL80211_EXT_FEATURE_BEACON_RATE_LEGACY},
	{44, "BEACON_RATE_HT", EXT_FEATURE, NL80211_EXT_FEATURE_BEACON_RATE_HT},
	{45, "BEACON_RATE_VHT", EXT_FEATURE, NL80211_EXT_FEATURE_BEACON_RATE_VHT},
	{46, "MGMT_TX_RANDOM_TA", EXT_FEATURE, NL80211_EXT_FEATURE_MGMT_TX_RANDOM_TA},
	{47, "MGMT_TX_RANDOM_TA_CONNECTED", EXT_FEATURE, NL80211_EXT_FEATURE_MGMT_TX_RANDOM_TA_CONNECTED},
	{48, "SCHED_SCAN_RELATIVE_RSSI", EXT_FEATURE, NL80211_EXT_FEATURE_SCHED_SCAN_RELATIVE_RSSI},
	{50, "FILS_SK_OFFLOAD", EXT_FEATURE, NL80211_EXT_FEATURE_FILS_SK_OFFLOAD},
	{54, "MFP_OPTIONAL", EXT_FEATURE, NL80211_EXT_FEATURE_MFP_OPTIONAL},
	{56, "FTM_RESPONDER", EXT_FEATURE, NL80211_EXT_FEATURE_ENABLE_FTM_RESPONDER},
	{57, "4WAY_HANDSHAKE_PSK", EXT_FEATURE, NL80211_EXT_FEATURE_4WAY_HANDSHAKE_STA_PSK},
	{58, "CONTROL_PORT", EXT_FEATURE, NL80211_EXT_FEATURE_CONTROL_PORT_OVER_NL80211},
	{59, "VLAN_OFFLOAD", EXT_FEATURE, NL80211_EXT_FEATURE_VLAN_OFFLOAD},
	{60, "UPDATE_FT_IES", COMMAND, NL80211_CMD_UPDATE_FT_IES},
	{61, "SAFE_PTK0_REKEYS", EXT_FEATURE, NL80211_EXT_FEATURE_CAN_REPLACE_PTK0},
	{62, "BEACON_PROTECTION", EXT_FEATURE, NL80211_EXT_FEATURE_BEACON_PROTECTION},
	{63, "EXTENDED_KEY_ID", EXT_FEATURE, NL80211_EXT_FEATURE_EXT_KEY_ID},
};

#define P2P_TYPES (1u << NL80211_IFTYPE_P2P_GO | 1u << NL80211_IFTYPE_P2P_CLIENT)

static bool detects_radar(const struct nl80211_wiphy *wiphy)
{
	for (size_t i = 0; i < wiphy->combination_count; i++)
		if (wiphy->combinations[i].radar_widths)
			return true;
	return false;
}

/* Does a combination have a P2P interface beside another one of a station? */
static bool has_p2p_beside(const struct nl80211_wiphy *wiphy)
{
	for (size_t i = 0; i < wiphy->combination_count; i++) {
		const struct nl80211_combination *combination = &wiphy->combinations[i];
		uint32_t types = 0;

		for (size_t k = 0; k < combination->limit_count; k++)
			types |= combination->limits[k].iftypes;
		if ((types & P2P_TYPES) && (types & 1u << NL80211_IFTYPE_STATION))
			return true;
	}
	return false;
}

static bool has(const struct nl80211_wiphy *wiphy, const struct row *row)
{
	switch (row->basis) {
	case ALWAYS:
		return true;
	case COMMAND:
		return nl80211_wiphy_has_command(wiphy, (uint8_t)row->value);
	case FEATURE:
		return wiphy->features & row->value;
	case EXT_FEATURE:
		return nl80211_wiphy_has_feature(wiphy, row->value);
	case INTERFACE:
		return wiphy->iftypes >> row->value & 1;
	case OWN_SME:
		return !wiphy->ap_sme;
	case TX_STATUS_OF_EAPOL:
		return wiphy->features & NL80211_FEATURE_SK_TX_STATUS;
	case OFF_CHANNEL:
		return wiphy->off_channel_tx;
	case ROAMS:
		return wiphy->roams;
	case TDLS:
		return wiphy->tdls;
	case TDLS_SETUP:
		return wiphy->tdls && wiphy->tdls_external;
	case UAPSD:
		return wiphy->ap_uapsd;
	case RADAR:
		return detects_radar(wiphy);
	case P2P:
		return (wiphy->iftypes & P2P_TYPES) == P2P_TYPES;
	case P2P_BESIDE:
		return has_p2p_beside(wiphy);
	}
	return false;
}

uint64_t nl80211_driver_flags(const struct nl80211_wiphy *wiphy)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (has(wiphy, &rows[i]))
			flags |= UINT64_C(1) << rows[i].bit;
	return flags;
}

const char *nl80211_driver_flag_name(unsigned bit)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].bit == bit)
			return rows[i].name;
	return NULL;
}

uint32_t nl80211_rrm_flags(const struct nl80211_wiphy *wiphy)
{
	static const struct {
		uint32_t flag, feature;
	} features[] = {
		{NL80211_RRM_DS_PARAMETER, NL80211_FEATURE_DS_PARAM_SET_IE_IN_PROBES},
		{NL80211_RRM_TPC_REPORT, NL80211_FEATURE_WFA_TPC_IE_IN_PROBES},
		{NL80211_RRM_QUIET, NL80211_FEATURE_QUIET},
		{NL80211_RRM_TX_POWER, NL80211_FEATURE_TX_POWER_INSERTION},
	};
	uint32_t flags = 0;

	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++)
		if (wiphy->features & features[i].feature)
			flags |= features[i].flag;
	if (nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_RRM))
		flags |= NL80211_RRM_ANY;
	if (nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_SET_SCAN_DWELL))
		flags |= NL80211_RRM_DWELL;
	if (nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_SCAN_START_TIME) &&
	    nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_BSS_PARENT_TSF))
		flags |= NL80211_RRM_BEACON_TIMES;
	return flags;
}

bool nl80211_claims_rrm(const struct nl80211_wiphy *wiphy)
{
	uint32_t flags = nl80211_rrm_flags(wiphy), both = NL80211_RRM_DS_PARAMETER | NL80211_RRM_QUIET;

	return (flags & NL80211_RRM_ANY) || (flags & both) == both;
}
