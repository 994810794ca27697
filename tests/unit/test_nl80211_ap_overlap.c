/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which networks forbid 40 MHz, and which half of a channel becomes the primary one. */
#include "nl80211_messages.h"

#include "nl80211/ap/overlap.h"
#include "nl80211/attributes.h"
#include "wire/mgmt.h"

static const uint8_t other[6] = {2, 0, 0, 0, 7, 7};

/* A network found by the scan; `width` is that byte of HT operation, or negative: without 802.11n. */
static void hear(struct nl80211_ap_overlap *overlap, uint16_t freq_mhz, int width, uint16_t ht_capab)
{
	const uint8_t elements[] = {
		EID_HT_CAPABILITIES, 2, (uint8_t)ht_capab, (uint8_t)(ht_capab >> 8), EID_HT_OPERATION, 2, 1,
		(uint8_t)width};
	const struct nl80211_bss_entry bss = {
		.bssid = other, .freq_mhz = freq_mhz, .elements = {elements, width < 0 ? 0 : sizeof(elements)}};

	nl80211_ap_overlap_add(overlap, &bss);
}

/* Channel 1, with channel 5 as the secondary one. */
static const struct nl80211_ap_overlap channel_1_above = {.freq_mhz = 2412, .center_mhz = 2422};

static void networks_on_a_part_of_the_channel_forbid_40_mhz(void **state)
{
	static const struct {
		uint16_t freq_mhz;
		int width;
		uint16_t ht_capab;
		bool narrow;
	} cases[] = {
		{2412, -1, 0, false},                 /* our primary channel */
		{2422, -1, 0, true},                  /* 20 MHz on channel 3 */
		{2432, 0, 0, true},                   /* 20 MHz on our secondary channel */
		{2447, 0, 0, true},                   /* the last channel that is affected */
		{2452, -1, 0, false},                 /* the next one */
		{2412, HT_SECONDARY_ABOVE, 0, false}, /* the same 40 MHz */
		{2432, HT_SECONDARY_BELOW, 0, true},  /* the same, the other way round */
		{2437, HT_SECONDARY_BELOW, 0, true},  /* 40 MHz across it */
		{2412, 0, HT_CAPAB_INTOLERANT_40, true},
		{2462, 0, HT_CAPAB_INTOLERANT_40, false},
		{2467, HT_SECONDARY_BELOW, 0, true},  /* its secondary channel is the last one that is affected */
		{2472, HT_SECONDARY_BELOW, 0, false}, /* … the next one */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nl80211_ap_overlap overlap = channel_1_above;

		hear(&overlap, cases[i].freq_mhz, cases[i].width, cases[i].ht_capab);
		if (overlap.narrow != cases[i].narrow)
			fail_msg("case %zu", i);
		assert_int_equal(overlap.reason[0] != '\0', cases[i].narrow);
		assert_false(nl80211_ap_overlap_swaps(&overlap));
	}
}

/* A defective access point: nothing says that it lies across the channel. */
static void capabilities_without_operation_say_nothing(void **state)
{
	static const uint8_t elements[] = {EID_HT_CAPABILITIES, 2, 0x0e, 0};
	const struct nl80211_bss_entry bss = {
		.bssid = other, .freq_mhz = 2422, .elements = {elements, sizeof(elements)}};
	struct nl80211_ap_overlap overlap = channel_1_above;

	(void)state;
	nl80211_ap_overlap_add(&overlap, &bss);
	assert_false(overlap.narrow);
}

static void the_reason_names_the_network(void **state)
{
	struct nl80211_ap_overlap overlap = channel_1_above;

	(void)state;
	hear(&overlap, 2422, -1, 0);
	assert_string_equal(overlap.reason,
			    "a network of 20 MHz is on a part of this channel (02:00:00:00:07:07, channel 3)");
}

static void the_primary_channel_in_5_ghz_is_that_of_others(void **state)
{
	static const struct {
		unsigned on_primary, on_secondary;
		bool swaps;
	} cases[] = {{0, 0, false}, {1, 0, false}, {0, 1, true}, {1, 2, false}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nl80211_ap_overlap overlap = {.freq_mhz = 5180, .center_mhz = 5190};

		for (unsigned k = 0; k < cases[i].on_primary; k++)
			hear(&overlap, 5180, 0, 0);
		for (unsigned k = 0; k < cases[i].on_secondary; k++)
			hear(&overlap, 5200, 0, 0);
		assert_int_equal(nl80211_ap_overlap_swaps(&overlap), cases[i].swaps);
		assert_false(overlap.narrow);
	}
}

/* A network of 20 MHz on the secondary channel counts only where none has 40 MHz. */
static void networks_of_40_mhz_decide_in_5_ghz(void **state)
{
	struct nl80211_ap_overlap overlap = {.freq_mhz = 5200, .center_mhz = 5190};

	(void)state;
	hear(&overlap, 5200, 0, 0);
	hear(&overlap, 5180, HT_SECONDARY_ABOVE, 0);
	assert_true(nl80211_ap_overlap_swaps(&overlap));
	assert_string_equal(overlap.reason,
			    "the primary channel of 1 other network of 40 MHz is channel 36, and none has channel 40");
	hear(&overlap, 5200, HT_SECONDARY_BELOW, 0);
	assert_false(nl80211_ap_overlap_swaps(&overlap));
}

static void the_scan_visits_the_affected_channels(void **state)
{
	struct nl80211_wiphy wiphy = {0};
	struct nl80211_requests out = {0};
	struct nl80211_request request;
	const struct nlattr *freqs;

	(void)state;
	for (unsigned channel = 1; channel <= 13; channel++)
		wiphy.bands[NL80211_BAND_2GHZ].channels[wiphy.bands[NL80211_BAND_2GHZ].channel_count++].freq_mhz =
			channel_to_freq(channel);
	wiphy.bands[NL80211_BAND_2GHZ].channels[1].disabled = true;
	nl80211_ap_overlap_scan(&channel_1_above, &wiphy, 7, &out);
	assert_true(nl80211_requests_take(&out, &request));
	assert_int_equal(request.command, NL80211_CMD_TRIGGER_SCAN);
	assert_false(request.too_long);
	assert_u32(request_attribute(&request, NL80211_ATTR_SCAN_FLAGS),
		   NL80211_SCAN_FLAG_FLUSH | NL80211_SCAN_FLAG_AP);
	freqs = request_attribute(&request, NL80211_ATTR_SCAN_FREQUENCIES);
	assert_non_null(freqs);
	assert_int_equal(nla_len(freqs), 11 * 8); /* channels 1 to 12 without 2 */
	nl80211_request_free(&request);
	nl80211_requests_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_on_a_part_of_the_channel_forbid_40_mhz),
		cmocka_unit_test(capabilities_without_operation_say_nothing),
		cmocka_unit_test(the_reason_names_the_network),
		cmocka_unit_test(the_primary_channel_in_5_ghz_is_that_of_others),
		cmocka_unit_test(networks_of_40_mhz_decide_in_5_ghz),
		cmocka_unit_test(the_scan_visits_the_affected_channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
