/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/phy.h"

#include "wire/suite.h"

#include <errno.h>

static int check_ciphers(const struct nl80211_wiphy *wiphy, const struct nl80211_ap_needs *needs, struct error *error)
{
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		if (needs->ciphers & ~wiphy->ciphers & 1u << cipher)
			return error_set(
				error, -EOPNOTSUPP,
				"the radio %s does not have the cipher %s: choose others by rsn_pairwise, group_cipher "
				"or group_mgmt_cipher",
				wiphy->name, cipher_name(cipher));
	return 0;
}

static int check_beacon_rate(const struct nl80211_wiphy *wiphy, const struct nl80211_ap_beacon_rate *rate,
			     struct error *error)
{
	static const struct {
		unsigned feature;
		const char *name;
	} needed[] = {
		[BEACON_RATE_LEGACY] = {NL80211_EXT_FEATURE_BEACON_RATE_LEGACY, "a chosen rate"},
		[BEACON_RATE_HT] = {NL80211_EXT_FEATURE_BEACON_RATE_HT, "a rate of 802.11n"},
		[BEACON_RATE_VHT] = {NL80211_EXT_FEATURE_BEACON_RATE_VHT, "a rate of 802.11ac"},
		[BEACON_RATE_HE] = {NL80211_EXT_FEATURE_BEACON_RATE_HE, "a rate of 802.11ax"},
	};

	if (rate->kind == BEACON_RATE_DEFAULT || nl80211_wiphy_has_feature(wiphy, needed[rate->kind].feature))
		return 0;
	return error_set(error, -EOPNOTSUPP,
			 "the radio %s cannot send beacons at %s: its driver chooses it; remove beacon_rate%s",
			 wiphy->name, needed[rate->kind].name,
			 rate->kind != BEACON_RATE_LEGACY &&
					 nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_BEACON_RATE_LEGACY)
				 ? ", or set it to a rate as in beacon_rate=60"
				 : "");
}

/* So many access points at once, by one of the combinations. */
unsigned nl80211_ap_count_max(const struct nl80211_wiphy *wiphy)
{
	unsigned max = 1;

	for (size_t i = 0; i < wiphy->combination_count; i++) {
		const struct nl80211_combination *combination = &wiphy->combinations[i];

		for (size_t k = 0; k < combination->limit_count; k++) {
			uint32_t limit = combination->limits[k].max;

			if (!(combination->limits[k].iftypes & 1u << NL80211_IFTYPE_AP))
				continue;
			limit = limit < combination->interfaces_max ? limit : combination->interfaces_max;
			max = limit > max ? limit : max;
		}
	}
	return max;
}

int nl80211_ap_check(const struct nl80211_wiphy *wiphy, const struct nl80211_ap_needs *needs, struct error *error)
{
	unsigned max = nl80211_ap_count_max(wiphy);
	int ret = 0;

	if (!(wiphy->iftypes & 1u << NL80211_IFTYPE_AP) || !nl80211_wiphy_has_command(wiphy, NL80211_CMD_START_AP))
		return error_set(
			error, -EOPNOTSUPP,
			"the radio %s cannot be an access point: its driver lacks this mode; `iw phy` lists the modes",
			wiphy->name);
	if (needs->bss_count > max)
		return error_set(error, -EOPNOTSUPP, "the radio %s can be %u access point%s at a time, not %u",
				 wiphy->name, max, max == 1 ? "" : "s", needs->bss_count);
	if (needs->freq_mhz)
		ret = nl80211_ap_channel_check(wiphy, &(struct plane_channel){.freq_mhz = needs->freq_mhz},
					       &needs->domain, error);
	if (!ret)
		ret = check_ciphers(wiphy, needs, error);
	return ret ? ret : check_beacon_rate(wiphy, &needs->beacon_rate, error);
}
