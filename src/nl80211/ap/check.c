/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/phy.h"

#include "wire/mgmt.h"
#include "wire/suite.h"

#include <errno.h>

static int check_channel(const struct nl80211_wiphy *wiphy, const struct nl80211_ap_needs *needs, struct error *error)
{
	const struct nl80211_channel *channel = nl80211_wiphy_channel(wiphy, needs->freq_mhz);
	unsigned number = freq_to_channel(needs->freq_mhz);
	const char *remedy = needs->has_country
				     ? "choose another channel"
				     : "set country_code to the country where you are, or choose another channel";

	if (!channel)
		return error_set(error, -ENODEV,
				 "the radio %s has no channel %u (%u MHz): choose another channel or hw_mode",
				 wiphy->name, number, needs->freq_mhz);
	if (channel->disabled)
		return error_set(error, -EACCES,
				 "channel %u (%u MHz) is forbidden in the present regulatory domain: %s", number,
				 needs->freq_mhz, remedy);
	if (channel->radar)
		return error_set(
			error, -EOPNOTSUPP,
			"channel %u (%u MHz) needs radar detection (DFS), which vifi does not have: choose another "
			"channel, such as 36 to 48",
			number, needs->freq_mhz);
	if (channel->no_ir)
		return error_set(
			error, -EACCES,
			"on channel %u (%u MHz) the present regulatory domain lets no access point begin to transmit "
			"(no-IR): %s",
			number, needs->freq_mhz, remedy);
	return 0;
}

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

/* So many access points at once, by one of the combinations. */
static unsigned access_points_max(const struct nl80211_wiphy *wiphy)
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
	unsigned max = access_points_max(wiphy);
	int ret;

	if (!(wiphy->iftypes & 1u << NL80211_IFTYPE_AP) || !nl80211_wiphy_has_command(wiphy, NL80211_CMD_START_AP))
		return error_set(error, -EOPNOTSUPP,
				 "the radio %s cannot be an access point: its driver has no such mode; \"iw phy\" "
				 "lists the modes",
				 wiphy->name);
	if (needs->bss_count > max)
		return error_set(error, -EOPNOTSUPP, "the radio %s can be %u access point%s at a time, not %u",
				 wiphy->name, max, max == 1 ? "" : "s", needs->bss_count);
	ret = check_channel(wiphy, needs, error);
	return ret ? ret : check_ciphers(wiphy, needs, error);
}
