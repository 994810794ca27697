/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/candidates.h"

#include "wire/mgmt.h"

static bool contains(const struct nl80211_ap_ranges *ranges, unsigned value)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (value >= ranges->list[i].first && value <= ranges->list[i].last)
			return true;
	return !ranges->count;
}

/*
 * Channel 14 is for 802.11b only. In the 6 GHz band, stations look for an access point on the preferred scanning channels: 5, 21, 37
 * and so on (802.11ax-2021, 26.17.2.3.3).
 */
static bool is_wanted(const struct nl80211_ap_choice *choice, uint16_t freq_mhz)
{
	unsigned number = freq_to_channel(freq_mhz);
	bool is_6ghz = freq_is_6ghz(freq_mhz), band = freq_is_2ghz(freq_mhz) ? choice->band_2ghz && number != 14
						      : is_6ghz              ? choice->band_6ghz && number % 16 == 5
									     : choice->band_5ghz;

	return band && number && contains(&choice->channels, number) && contains(&choice->freqs, freq_mhz);
}

/* Where channels pair up is fixed in the 5 GHz band; the configuration may fit another channel than this one. */
struct nl80211_ap_phy_setup nl80211_ap_candidate_phy(const struct plane_channel *channel,
						     const struct nl80211_ap_phy_setup *phy)
{
	struct nl80211_ap_phy_setup setup = *phy;

	setup.width_mhz = channel->width_mhz;
	setup.center_mhz = 0;
	setup.may_narrow = false; /* each width is a candidate of its own */
	if (!freq_is_2ghz(channel->freq_mhz))
		setup.secondary = 0;
	return setup;
}

struct job {
	struct nl80211_ap_candidates *candidates;
	const struct nl80211_wiphy *wiphy;
	const struct nl80211_ap_choice *choice;
	const struct nl80211_ap_phy_setup *phy;
	const struct nl80211_ap_domain *domain;
};

static void consider(struct job *job, uint16_t freq_mhz, uint16_t width_mhz)
{
	struct plane_channel channel = {.freq_mhz = freq_mhz, .width_mhz = width_mhz};
	struct nl80211_ap_phy_setup setup = nl80211_ap_candidate_phy(&channel, job->phy);
	struct nl80211_ap_candidates *candidates = job->candidates;
	struct nl80211_ap_channel_facts facts;
	struct nl80211_ap_phy phy;
	struct error ignored;

	if (candidates->count == NL80211_AP_CANDIDATES_MAX || !is_wanted(job->choice, freq_mhz) ||
	    nl80211_ap_phy(job->wiphy, freq_mhz, &setup, &phy, &ignored))
		return;
	channel.width_mhz = phy.width_mhz;
	channel.center_mhz = phy.width_mhz ? phy.center_mhz : freq_mhz;
	if (nl80211_ap_channel_check(job->wiphy, &channel, job->domain, &ignored))
		return;
	facts = nl80211_ap_channel_facts(job->wiphy, &channel);
	if (facts.max_power_mbm < 100 * job->choice->min_power_dbm)
		return;
	candidates->list[candidates->count++] = (struct nl80211_ap_candidate){.channel = channel, .radar = facts.radar};
}

void nl80211_ap_candidates_find(struct nl80211_ap_candidates *candidates, const struct nl80211_wiphy *wiphy,
				const struct nl80211_ap_choice *choice, const struct nl80211_ap_phy_setup *phy,
				const struct nl80211_ap_domain *domain, bool narrower)
{
	struct job job = {candidates, wiphy, choice, phy, domain};
	uint16_t width = phy->n ? phy->width_mhz : 0;

	candidates->count = 0;
	do {
		for (size_t band = 0; band < NL80211_WIPHY_BANDS; band++)
			for (size_t i = 0; i < wiphy->bands[band].channel_count; i++)
				consider(&job, wiphy->bands[band].channels[i].freq_mhz, width);
		width = width > 20 ? width / 2 : 0;
	} while (width && (narrower || !candidates->count));
}
