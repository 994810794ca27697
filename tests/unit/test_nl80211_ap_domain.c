/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels of an access point: their parts, the demands of the regulatory domain, the candidates, the subbands. */
#include "unit.h"

#include "nl80211/ap/candidates.h"
#include "nl80211/ap/subbands.h"

#include <errno.h>
#include <string.h>

static struct nl80211_wiphy wiphy;
static struct error error;

/* Germany: 36 to 48 and 52 to 64 indoors, radar from 52 on, 120 to 128 weather radar, 144 missing, 149 forbidden. */
static int setup(void **state)
{
	static const uint16_t freqs_5ghz[] = {5180, 5200, 5220, 5240, 5260, 5280, 5300, 5320, 5500, 5520,
					      5540, 5560, 5580, 5600, 5620, 5640, 5660, 5680, 5700, 5745};
	struct nl80211_band_info *low = &wiphy.bands[0], *high = &wiphy.bands[1];

	(void)state;
	wiphy = (struct nl80211_wiphy){.present = true, .name = "phy0", .iftypes = 1u << NL80211_IFTYPE_AP};
	wiphy.combinations[0] =
		(struct nl80211_combination){.radar_widths = 1u << NL80211_CHAN_WIDTH_20_NOHT |
							     1u << NL80211_CHAN_WIDTH_20 | 1u << NL80211_CHAN_WIDTH_80};
	wiphy.combination_count = 1;
	low->ht = high->ht = high->vht = true;
	low->ht_capab = high->ht_capab = 0x107e;
	for (size_t i = 0; i < 13; i++)
		low->channels[i] =
			(struct nl80211_channel){.freq_mhz = (uint16_t)(2412 + 5 * i), .max_power_mbm = 2000};
	low->channel_count = 13;
	for (size_t i = 0; i < sizeof(freqs_5ghz) / sizeof(freqs_5ghz[0]); i++)
		high->channels[i] = (struct nl80211_channel){.freq_mhz = freqs_5ghz[i],
							     .radar = freqs_5ghz[i] >= 5260 && freqs_5ghz[i] <= 5700,
							     .indoor_only = freqs_5ghz[i] < 5400,
							     .disabled = freqs_5ghz[i] == 5745,
							     .cac_ms = freqs_5ghz[i] >= 5260 ? 60000 : 0,
							     .max_power_mbm = freqs_5ghz[i] < 5400 ? 2000 : 2600};
	high->channel_count = sizeof(freqs_5ghz) / sizeof(freqs_5ghz[0]);
	return 0;
}

static struct nl80211_channel *at(uint16_t freq_mhz)
{
	return (struct nl80211_channel *)nl80211_wiphy_channel(&wiphy, freq_mhz);
}

static const struct nl80211_ap_domain germany = {.has_country = true, .dfs = true, .dfs_region = NL80211_DFS_ETSI};

static int check(struct plane_channel channel, struct nl80211_ap_domain domain)
{
	error.text[0] = '\0';
	return nl80211_ap_channel_check(&wiphy, &channel, &domain, &error);
}

static void a_channel_consists_of_parts(void **state)
{
	static const uint16_t wide[] = {5180, 5200, 5220, 5240, 5260, 5280, 5300, 5320};
	uint16_t parts[NL80211_AP_PARTS_MAX];

	(void)state;
	assert_int_equal(nl80211_ap_channel_parts(&(struct plane_channel){5220, 160, 5250}, parts), 8);
	assert_memory_equal(parts, wide, sizeof(wide));
	assert_int_equal(nl80211_ap_channel_parts(&(struct plane_channel){5220, 80, 5210}, parts), 4);
	assert_memory_equal(parts, wide, 4 * sizeof(wide[0]));
	assert_int_equal(nl80211_ap_channel_parts(&(struct plane_channel){2437, 40, 2427}, parts), 2);
	assert_int_equal(parts[0], 2417);
	assert_int_equal(parts[1], 2437);
	assert_int_equal(nl80211_ap_channel_parts(&(struct plane_channel){5745, 0, 0}, parts), 1);
	assert_int_equal(parts[0], 5745);
}

static void channels_overlap_where_they_share_spectrum(void **state)
{
	const struct plane_channel wide = {5180, 80, 5210}, inside = {5240, 20, 5240}, beside = {5260, 20, 5260};

	(void)state;
	assert_true(nl80211_ap_channel_overlaps(&wide, &inside));
	assert_true(nl80211_ap_channel_overlaps(&inside, &wide));
	assert_false(nl80211_ap_channel_overlaps(&wide, &beside));
}

static void facts_are_those_of_all_parts(void **state)
{
	const struct plane_channel wide = {5180, 160, 5250};
	struct nl80211_ap_channel_facts facts;

	(void)state;
	at(5300)->max_power_mbm = 1700;
	at(5300)->cac_ms = 600000;
	facts = nl80211_ap_channel_facts(&wiphy, &wide);
	assert_true(facts.radar && facts.indoor_only && !facts.available && !facts.radar_was_heard);
	assert_int_equal(facts.cac_ms, 600000);
	assert_int_equal(facts.max_power_mbm, 1700);
	for (uint16_t freq = 5260; freq <= 5320; freq += 20)
		at(freq)->dfs_state = NL80211_DFS_AVAILABLE;
	assert_true(nl80211_ap_channel_facts(&wiphy, &wide).available);
	at(5260)->dfs_state = NL80211_DFS_UNAVAILABLE;
	facts = nl80211_ap_channel_facts(&wiphy, &wide);
	assert_true(!facts.available && facts.radar_was_heard);
	assert_false(nl80211_ap_channel_facts(&wiphy, &(struct plane_channel){5180, 80, 5210}).radar);
}

static void radar_detection_needs_configuration_domain_and_driver(void **state)
{
	struct nl80211_ap_domain domain = germany;

	(void)state;
	assert_int_equal(check((struct plane_channel){5260, 20, 5260}, germany), 0);
	domain.dfs = false;
	assert_int_equal(check((struct plane_channel){5260, 20, 5260}, domain), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "channel 52 (5260 MHz) needs radar detection (DFS): set ieee80211h=1"));
	domain = germany;
	domain.dfs_region = NL80211_DFS_UNSET;
	assert_int_equal(check((struct plane_channel){5260, 20, 5260}, domain), -EACCES);
	assert_non_null(strstr(error.text, "set country_code"));
	assert_int_equal(check((struct plane_channel){5260, 40, 5270}, germany), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "the driver of the radio phy0 does not support for this width"));
	wiphy.combinations[0].radar_regions = 1u << NL80211_DFS_FCC;
	assert_int_equal(check((struct plane_channel){5260, 20, 5260}, germany), -EOPNOTSUPP);
	wiphy.ext_features[NL80211_EXT_FEATURE_DFS_OFFLOAD / 8] |= 1 << NL80211_EXT_FEATURE_DFS_OFFLOAD % 8;
	domain.dfs = false;
	assert_int_equal(check((struct plane_channel){5260, 40, 5270}, domain), 0);
}

static void every_part_must_be_allowed(void **state)
{
	(void)state;
	at(5240)->disabled = true;
	assert_int_equal(check((struct plane_channel){5180, 80, 5210}, germany), -EACCES);
	assert_non_null(strstr(error.text, "channel 48 (5240 MHz) is forbidden"));
	assert_int_equal(check((struct plane_channel){5765, 80, 5775}, germany), -EACCES);
	at(5745)->disabled = false;
	assert_int_equal(check((struct plane_channel){5745, 80, 5775}, germany), -ENODEV);
	/* No-IR with radar detection: having listened is the permission. */
	at(5260)->no_ir = true;
	assert_int_equal(check((struct plane_channel){5260, 20, 5260}, germany), 0);
	assert_int_equal(check((struct plane_channel){5260, 20, 5260}, (struct nl80211_ap_domain){.dfs = true}),
			 -EACCES);
	assert_non_null(strstr(error.text, "no-IR"));
}

static void channels_for_indoor_use_are_refused_outdoors(void **state)
{
	struct nl80211_ap_domain domain = germany;

	(void)state;
	domain.outdoors = true;
	assert_int_equal(check((struct plane_channel){5180, 20, 5180}, germany), 0);
	assert_int_equal(check((struct plane_channel){5180, 20, 5180}, domain), -EACCES);
	assert_non_null(strstr(error.text, "channel 36 (5180 MHz) is for indoor use only"));
	assert_int_equal(check((struct plane_channel){5500, 20, 5500}, domain), 0);
}

/* Ten minutes by ETSI EN 301 893; a kernel that listens for one minute only does not do. */
static void weather_radars_need_ten_minutes_in_europe(void **state)
{
	struct nl80211_ap_domain domain = germany;

	(void)state;
	assert_int_equal(check((struct plane_channel){5600, 20, 5600}, germany), -EACCES);
	assert_non_null(strstr(error.text, "weather radars"));
	assert_int_equal(check((struct plane_channel){5580, 20, 5580}, germany), 0);
	assert_int_equal(check((struct plane_channel){5660, 20, 5660}, germany), 0);
	at(5600)->cac_ms = 600000;
	assert_int_equal(check((struct plane_channel){5600, 20, 5600}, germany), 0);
	at(5620)->cac_ms = 60000;
	domain.dfs_region = NL80211_DFS_FCC;
	assert_int_equal(check((struct plane_channel){5620, 20, 5620}, domain), 0);
}

/* ---- candidates ---- */

static struct nl80211_ap_candidates candidates;

static void find(struct nl80211_ap_choice choice, struct nl80211_ap_phy_setup phy, bool narrower)
{
	nl80211_ap_candidates_find(&candidates, &wiphy, &choice, &phy, &germany, narrower);
}

static void candidates_are_the_channels_of_the_band(void **state)
{
	(void)state;
	find((struct nl80211_ap_choice){.band_2ghz = true}, (struct nl80211_ap_phy_setup){0}, false);
	assert_int_equal(candidates.count, 13);
	assert_int_equal(candidates.list[12].channel.freq_mhz, 2472);
	find((struct nl80211_ap_choice){.band_5ghz = true}, (struct nl80211_ap_phy_setup){.n = true, .width_mhz = 20},
	     false);
	assert_int_equal(candidates.count, 16); /* 5600 to 5640 are those of weather radars, 5745 is forbidden */
}

static void lists_restrict_the_candidates(void **state)
{
	struct nl80211_ap_choice choice = {.band_2ghz = true, .channels = {.list = {{1, 1}, {11, 13}}, .count = 2}};

	(void)state;
	find(choice, (struct nl80211_ap_phy_setup){0}, false);
	assert_int_equal(candidates.count, 4);
	choice.freqs = (struct nl80211_ap_ranges){.list = {{2462, 2467}}, .count = 1};
	find(choice, (struct nl80211_ap_phy_setup){0}, false);
	assert_int_equal(candidates.count, 2);
	at(2467)->max_power_mbm = 1000;
	choice.min_power_dbm = 13;
	find(choice, (struct nl80211_ap_phy_setup){0}, false);
	assert_int_equal(candidates.count, 1);
	assert_int_equal(candidates.list[0].channel.freq_mhz, 2462);
	choice.channels = (struct nl80211_ap_ranges){.list = {{36, 36}}, .count = 1};
	find(choice, (struct nl80211_ap_phy_setup){0}, false);
	assert_int_equal(candidates.count, 0);
}

/* Wide ones come first; where the wide one is impossible, the next width takes its place. */
static void candidates_become_narrower(void **state)
{
	struct nl80211_ap_choice choice = {.band_5ghz = true};
	const struct nl80211_ap_phy_setup wide = {
		.n = true, .ac = true, .width_mhz = 80, .secondary = -1, .center_mhz = 5210};

	(void)state;
	find(choice, wide, false);
	/* 36 to 48, 52 to 64, 100 to 112: each can be the primary channel */
	assert_int_equal(candidates.count, 12);
	assert_int_equal(candidates.list[0].channel.center_mhz, 5210);
	assert_false(candidates.list[0].radar);
	assert_int_equal(candidates.list[4].channel.center_mhz, 5290);
	assert_true(candidates.list[4].radar);
	find(choice, wide, true);
	assert_true(candidates.count > 12);
	assert_int_equal(candidates.list[12].channel.width_mhz, 40);
	assert_int_equal(candidates.list[candidates.count - 1].channel.width_mhz, 20);
	choice.channels = (struct nl80211_ap_ranges){.list = {{140, 140}}, .count = 1};
	find(choice, wide, false);
	assert_int_equal(candidates.count, 1);
	assert_int_equal(candidates.list[0].channel.width_mhz, 20);
}

/* ---- subbands ---- */

static void subbands_join_channels_of_equal_power(void **state)
{
	struct nl80211_ap_subband list[4];

	(void)state;
	assert_int_equal(nl80211_ap_subbands(&wiphy, 2412, list, 4), 1);
	assert_int_equal(list[0].first_channel, 1);
	assert_int_equal(list[0].count, 13);
	assert_int_equal(list[0].max_power_dbm, 20);
	assert_int_equal(nl80211_ap_subbands(&wiphy, 5180, list, 4), 2);
	assert_int_equal(list[0].first_channel, 36);
	assert_int_equal(list[0].count, 8);
	assert_int_equal(list[1].first_channel, 100);
	assert_int_equal(list[1].count, 11);
	assert_int_equal(list[1].max_power_dbm, 26);
	at(5200)->max_power_mbm = 1700;
	assert_int_equal(nl80211_ap_subbands(&wiphy, 5180, list, 2), 2);
	assert_int_equal(list[1].first_channel, 40);
	assert_int_equal(list[1].count, 1);
}

/* 144 is missing and 149 forbidden, so 116 to 123 have pairs but 128 has no block around 132; there are no 160 MHz. */
static void operating_classes_follow_channels_and_widths(void **state)
{
	static const uint8_t all[] = {81, 83, 84, 115, 116, 117, 118, 119, 120, 121, 122, 123, 128},
			     narrow[] = {81, 115, 118, 121};
	uint8_t list[32];

	(void)state;
	assert_int_equal(nl80211_ap_operating_classes(&wiphy, list, sizeof(list)), sizeof(all));
	assert_memory_equal(list, all, sizeof(all));
	wiphy.bands[1].vht_capab = 4;
	at(5180)->no_80mhz = at(5180)->no_ht40_plus = at(5220)->no_ht40_plus = true;
	assert_int_equal(nl80211_ap_operating_classes(&wiphy, list, sizeof(list)), sizeof(all)); /* 129 for 116 */
	assert_memory_equal(list, "\x51\x53\x54\x73\x75", 5);
	assert_int_equal(list[sizeof(all) - 1], 129);
	wiphy.bands[0].ht_capab = wiphy.bands[1].ht_capab = 0;
	wiphy.bands[1].vht = false;
	assert_int_equal(nl80211_ap_operating_classes(&wiphy, list, sizeof(list)), sizeof(narrow));
	assert_memory_equal(list, narrow, sizeof(narrow));
	assert_int_equal(nl80211_ap_operating_classes(&wiphy, list, 2), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_channel_consists_of_parts, setup),
		cmocka_unit_test_setup(channels_overlap_where_they_share_spectrum, setup),
		cmocka_unit_test_setup(facts_are_those_of_all_parts, setup),
		cmocka_unit_test_setup(radar_detection_needs_configuration_domain_and_driver, setup),
		cmocka_unit_test_setup(every_part_must_be_allowed, setup),
		cmocka_unit_test_setup(channels_for_indoor_use_are_refused_outdoors, setup),
		cmocka_unit_test_setup(weather_radars_need_ten_minutes_in_europe, setup),
		cmocka_unit_test_setup(candidates_are_the_channels_of_the_band, setup),
		cmocka_unit_test_setup(lists_restrict_the_candidates, setup),
		cmocka_unit_test_setup(candidates_become_narrower, setup),
		cmocka_unit_test_setup(subbands_join_channels_of_equal_power, setup),
		cmocka_unit_test_setup(operating_classes_follow_channels_and_widths, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
