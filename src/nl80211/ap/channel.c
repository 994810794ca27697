/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/channel.h"

#include "wire/mgmt.h"

#include <errno.h>
#include <stdio.h>

/* Weather radars: ETSI EN 301 893 demands a channel availability check of ten minutes. */
#define WEATHER_MIN_MHZ 5600
#define WEATHER_MAX_MHZ 5650
#define WEATHER_CAC_MS  600000

/* ---- a channel ---- */

static uint16_t width_of(const struct plane_channel *channel)
{
	return channel->width_mhz >= 40 ? channel->width_mhz : 20;
}

static uint16_t center_of(const struct plane_channel *channel)
{
	return channel->width_mhz >= 40 && channel->center_mhz ? channel->center_mhz : channel->freq_mhz;
}

size_t nl80211_ap_channel_parts(const struct plane_channel *channel, uint16_t parts[NL80211_AP_PARTS_MAX])
{
	unsigned width = width_of(channel), first = center_of(channel) - width / 2u + 10;
	size_t count = 0;

	for (; count < NL80211_AP_PARTS_MAX && 20 * count < width; count++)
		parts[count] = (uint16_t)(first + 20 * count);
	return count;
}

uint32_t nl80211_ap_channel_width(uint16_t width_mhz)
{
	switch (width_mhz) {
	case 20:
		return NL80211_CHAN_WIDTH_20;
	case 40:
		return NL80211_CHAN_WIDTH_40;
	case 80:
		return NL80211_CHAN_WIDTH_80;
	case 160:
		return NL80211_CHAN_WIDTH_160;
	}
	return NL80211_CHAN_WIDTH_20_NOHT;
}

void nl80211_ap_channel_put(struct nl80211_request *request, const struct plane_channel *channel)
{
	nl80211_put_u32(request, NL80211_ATTR_WIPHY_FREQ, channel->freq_mhz);
	nl80211_put_u32(request, NL80211_ATTR_CHANNEL_WIDTH, nl80211_ap_channel_width(channel->width_mhz));
	nl80211_put_u32(request, NL80211_ATTR_CENTER_FREQ1, center_of(channel));
}

bool nl80211_ap_channel_overlaps(const struct plane_channel *channel, const struct plane_channel *other)
{
	int distance = center_of(channel) - center_of(other);

	return 2 * (distance < 0 ? -distance : distance) < width_of(channel) + width_of(other);
}

const char *nl80211_ap_channel_text(const struct plane_channel *channel, char text[NL80211_AP_CHANNEL_TEXT])
{
	char width[24] = "";

	if (channel->width_mhz >= 40)
		snprintf(width, sizeof(width), ", %u MHz wide", channel->width_mhz);
	snprintf(text, NL80211_AP_CHANNEL_TEXT, "channel %u (%u MHz%s)", freq_to_channel(channel->freq_mhz),
		 channel->freq_mhz, width);
	return text;
}

/* ---- what the regulatory domain says ---- */

static bool primary_allows(const struct nl80211_channel *primary, uint16_t width_mhz, bool above)
{
	if (width_mhz >= 40 && (above ? primary->no_ht40_plus : primary->no_ht40_minus))
		return false;
	return !(width_mhz >= 80 && primary->no_80mhz) && !(width_mhz >= 160 && primary->no_160mhz);
}

bool nl80211_ap_channel_allows(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz, uint16_t width_mhz, bool above)
{
	const struct nl80211_channel *primary = nl80211_wiphy_channel(wiphy, freq_mhz);
	struct plane_channel channel = {.freq_mhz = freq_mhz, .width_mhz = width_mhz};
	uint16_t parts[NL80211_AP_PARTS_MAX];
	size_t count;

	channel.center_mhz =
		width_mhz == 40 ? (uint16_t)(freq_mhz + (above ? 10 : -10)) : channel_center(freq_mhz, width_mhz);
	if (!primary || (width_mhz > 40 && !channel.center_mhz) || !primary_allows(primary, width_mhz, above))
		return false;
	count = nl80211_ap_channel_parts(&channel, parts);
	for (size_t i = 0; i < count; i++) {
		const struct nl80211_channel *part = nl80211_wiphy_channel(wiphy, parts[i]);

		if (!part || part->disabled)
			return false;
	}
	return true;
}

static void add_part(struct nl80211_ap_channel_facts *facts, const struct nl80211_channel *part)
{
	facts->indoor_only |= part->indoor_only;
	if (!facts->max_power_mbm || part->max_power_mbm < facts->max_power_mbm)
		facts->max_power_mbm = part->max_power_mbm;
	if (!part->radar)
		return;
	facts->available = (!facts->radar || facts->available) && part->dfs_state == NL80211_DFS_AVAILABLE;
	facts->radar = true;
	facts->radar_was_heard |= part->dfs_state == NL80211_DFS_UNAVAILABLE;
	if (part->cac_ms > facts->cac_ms)
		facts->cac_ms = part->cac_ms;
}

struct nl80211_ap_channel_facts nl80211_ap_channel_facts(const struct nl80211_wiphy *wiphy,
							 const struct plane_channel *channel)
{
	struct nl80211_ap_channel_facts facts = {0};
	uint16_t parts[NL80211_AP_PARTS_MAX];
	size_t count = nl80211_ap_channel_parts(channel, parts);

	for (size_t i = 0; i < count; i++) {
		const struct nl80211_channel *part = nl80211_wiphy_channel(wiphy, parts[i]);

		if (part)
			add_part(&facts, part);
	}
	return facts;
}

bool nl80211_ap_offloads_dfs(const struct nl80211_wiphy *wiphy)
{
	return nl80211_wiphy_has_feature(wiphy, NL80211_EXT_FEATURE_DFS_OFFLOAD);
}

/* ---- may an access point be there? ---- */

/* The list of commands does not have RADAR_DETECT: the widths say it. */
static bool detects_radar(const struct nl80211_wiphy *wiphy, const struct plane_channel *channel, uint8_t region)
{
	uint32_t width = 1u << nl80211_ap_channel_width(channel->width_mhz);

	for (size_t i = 0; i < wiphy->combination_count; i++) {
		const struct nl80211_combination *combination = &wiphy->combinations[i];

		if (combination->radar_widths & width &&
		    (!combination->radar_regions || combination->radar_regions & 1u << (region & 31)))
			return true;
	}
	return false;
}

static bool is_weather_radar(const struct plane_channel *channel)
{
	unsigned half = width_of(channel) / 2u, center = center_of(channel);

	return center + half > WEATHER_MIN_MHZ && center - half < WEATHER_MAX_MHZ;
}

/* The kernel listens; it and the driver must be able to do so by the rules of the region. */
static int check_radar(const struct nl80211_wiphy *wiphy, const struct plane_channel *channel,
		       const struct nl80211_ap_domain *domain, struct error *error)
{
	struct nl80211_ap_channel_facts facts = nl80211_ap_channel_facts(wiphy, channel);
	char text[NL80211_AP_CHANNEL_TEXT];

	if (!facts.radar || nl80211_ap_offloads_dfs(wiphy))
		return 0;
	nl80211_ap_channel_text(channel, text);
	if (!domain->dfs)
		return error_set(
			error, -EOPNOTSUPP,
			"%s needs radar detection (DFS): set ieee80211h=1, ieee80211d=1 and country_code, or choose "
			"another channel, such as 36 to 48",
			text);
	if (!domain->dfs_region)
		return error_set(
			error, -EACCES,
			"%s needs radar detection (DFS), and the present regulatory domain has no rules for it: set "
			"country_code to the country where you are; is wireless-regdb installed?",
			text);
	if (!detects_radar(wiphy, channel, domain->dfs_region))
		return error_set(error, -EOPNOTSUPP,
				 "%s needs radar detection (DFS), which the driver of the radio %s does not support "
				 "for this width: choose another channel, such as 36 to 48, or a smaller width",
				 text, wiphy->name);
	if (domain->dfs_region == NL80211_DFS_ETSI && is_weather_radar(channel) && facts.cac_ms < WEATHER_CAC_MS)
		return error_set(
			error, -EACCES,
			"%s lies in the band of weather radars (5600 to 5650 MHz), where ETSI EN 301 893 demands ten "
			"minutes of listening, but the kernel's regulatory database says %u s: choose another channel",
			text, facts.cac_ms / 1000);
	return 0;
}

/* Where radar detection is needed, it takes the place of another transmitter as the sign that one may begin to transmit. */
static int check_part(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz, const struct nl80211_ap_domain *domain,
		      struct error *error)
{
	const struct nl80211_channel *part = nl80211_wiphy_channel(wiphy, freq_mhz);
	unsigned number = freq_to_channel(freq_mhz);
	const char *remedy = domain->has_country
				     ? "choose another channel"
				     : "set country_code to the country where you are, or choose another channel";

	if (!part)
		return error_set(error, -ENODEV,
				 "the radio %s has no channel %u (%u MHz): choose another channel, hw_mode or width",
				 wiphy->name, number, freq_mhz);
	if (part->disabled)
		return error_set(error, -EACCES,
				 "channel %u (%u MHz) is forbidden in the present regulatory domain: %s", number,
				 freq_mhz, remedy);
	if (part->indoor_only && domain->outdoors)
		return error_set(error, -EACCES,
				 "channel %u (%u MHz) is for indoor use only, and country3 says that the network is "
				 "outdoors: choose another channel",
				 number, freq_mhz);
	if (part->no_ir && !(part->radar && domain->has_country))
		return error_set(error, -EACCES,
				 "channel %u (%u MHz): the present regulatory domain permits no access point to start "
				 "there (no-IR): %s",
				 number, freq_mhz, remedy);
	return 0;
}

int nl80211_ap_channel_check(const struct nl80211_wiphy *wiphy, const struct plane_channel *channel,
			     const struct nl80211_ap_domain *domain, struct error *error)
{
	uint16_t parts[NL80211_AP_PARTS_MAX];
	size_t count = nl80211_ap_channel_parts(channel, parts);
	int ret = 0;

	for (size_t i = 0; !ret && i < count; i++)
		ret = check_part(wiphy, parts[i], domain, error);
	return ret ? ret : check_radar(wiphy, channel, domain, error);
}
