/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 802.11n, ac and ax of an access point: the elements for what the configuration asks of a radio, and the sentences for what
 * it cannot have.
 */
#include "unit.h"

#include "nl80211/ap/phy.h"

#include <errno.h>

static struct nl80211_wiphy wiphy;
static struct nl80211_ap_phy phy;
static struct error error;

/* A radio with everything, as mac80211_hwsim has it. */
static int setup(void **state)
{
	static const uint16_t freqs[2][12] = {{2412, 2437, 2467, 2484, 2417, 2427, 2447, 2457},
					      {5180, 5200, 5260, 5745, 5220, 5240, 5280, 5300, 5320, 5765, 5785, 5805}};

	(void)state;
	wiphy = (struct nl80211_wiphy){.present = true, .name = "phy0", .iftypes = 1u << NL80211_IFTYPE_AP};
	wiphy.commands[0] = UINT64_C(1) << NL80211_CMD_START_AP;
	wiphy.ciphers = 1u << CIPHER_CCMP_128 | 1u << CIPHER_TKIP;
	wiphy.ext_capab[0] = 4;
	wiphy.ext_capab_len = 3;
	for (size_t i = 0; i < 2; i++) {
		struct nl80211_band_info *band = &wiphy.bands[i];

		for (; band->channel_count < 12 && freqs[i][band->channel_count]; band->channel_count++)
			band->channels[band->channel_count].freq_mhz = freqs[i][band->channel_count];
		band->ht = true;
		band->ht_capab = 0x107e;
		band->ht_ampdu_factor = 3;
		band->ht_ampdu_density = 4;
		band->ht_mcs[0] = band->ht_mcs[1] = 0xff;
		band->he_count = 1;
		band->he[0] = (struct nl80211_he){.iftypes = 1u << NL80211_IFTYPE_AP, .mcs_len = 4};
		band->he[0].mac[0] = 0x01;
		band->he[0].phy[0] = 0x0e;
		band->he[0].mcs[0] = 0xaa;
	}
	wiphy.bands[0].channels[3].disabled = true;
	wiphy.bands[1].channels[2].radar = true;
	wiphy.bands[1].vht = true;
	wiphy.bands[1].vht_capab = 0x33c07030;
	wiphy.bands[1].vht_mcs[0] = 0xaa;
	return 0;
}

static int make(uint16_t freq_mhz, struct nl80211_ap_phy_setup asked)
{
	error.text[0] = '\0';
	return nl80211_ap_phy(&wiphy, freq_mhz, &asked, &phy, &error);
}

static void assert_elements(const uint8_t *bytes, size_t len)
{
	assert_int_equal(phy.elements_len, len);
	assert_memory_equal(phy.elements, bytes, len);
}

static void without_802_11n_there_are_no_elements(void **state)
{
	(void)state;
	assert_int_equal(make(2412, (struct nl80211_ap_phy_setup){.ac = true}), 0);
	assert_int_equal(phy.width_mhz, 0);
	assert_int_equal(phy.elements_len, 0);
}

/* 20 MHz: no capability of 40 MHz, SM power save off, which is 3 in bits 2 and 3. */
static void ht20_has_all_that_the_radio_has(void **state)
{
	static const uint8_t
		elements[] =
			{
				45,  26, 0x3c, 0x00, 0x13, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0,
				0,   0,  0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, /* HT */
				61,  22, 1,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0,
				0,   0,  0,    0,    0,    0,    0,    0, 0, 0, /* operation, channel 1 */
				127, 3,  4,    0,    0,
			};

	(void)state;
	assert_int_equal(make(2412, (struct nl80211_ap_phy_setup){.n = true, .width_mhz = 20}), 0);
	assert_int_equal(phy.width_mhz, 20);
	assert_int_equal(phy.center_mhz, 2412);
	assert_elements(elements, sizeof(elements));
}

static void ht40_has_a_secondary_channel(void **state)
{
	(void)state;
	assert_int_equal(make(2437, (struct nl80211_ap_phy_setup){.n = true, .width_mhz = 40, .secondary = -1}), 0);
	assert_int_equal(phy.center_mhz, 2427);
	assert_int_equal(phy.elements[2] | phy.elements[3] << 8, 0x107e | 0x000c);
	assert_int_equal(phy.elements[28 + 2], 6);
	assert_int_equal(phy.elements[28 + 3], 3 | 4); /* below, any width */
	assert_int_equal(make(2437, (struct nl80211_ap_phy_setup){.n = true, .width_mhz = 40, .secondary = 1}), 0);
	assert_int_equal(phy.center_mhz, 2447);
	assert_int_equal(phy.elements[28 + 3], 1 | 4);
	/* In the 5 GHz band the pairs are fixed. */
	assert_int_equal(make(5200, (struct nl80211_ap_phy_setup){.n = true, .width_mhz = 40}), 0);
	assert_int_equal(phy.center_mhz, 5190);
	assert_int_equal(phy.elements[28 + 3], 3 | 4);
}

static void add_6ghz(void)
{
	struct nl80211_band_info *band = &wiphy.bands[NL80211_BAND_6GHZ];

	for (unsigned i = 0; i < 8; i++)
		band->channels[band->channel_count++] =
			(struct nl80211_channel){.freq_mhz = (uint16_t)(5955 + 20 * i), .max_power_mbm = 2300};
	band->he_count = 1;
	band->he[0] = (struct nl80211_he){.iftypes = 1u << NL80211_IFTYPE_AP,
					  .mcs_len = 4,
					  .has_6ghz = true,
					  .capab_6ghz = 0x1234,
					  .phy = {0x04}};
}

/* Neither HT nor VHT: the channel is in the operation element of 802.11ax, whose last five bytes are those of the 6 GHz band. */
static void the_6ghz_band_has_elements_of_80211ax_only(void **state)
{
	static const uint8_t start[] = {127, 3, 4, 0, 0, 195, 4, 2, 46, 46, 46, 255, 22, 35},
			     operation[] = {255, 12, 36, 0, 0, 0x02, 0x81, 0, 0, 5, 2, 7, 0, 6},
			     band[] = {255, 3, 59, 0x34, 0x12};
	struct nl80211_ap_phy_setup asked = {.n = true, .ax = true, .width_mhz = 80};

	(void)state;
	add_6ghz();
	assert_int_equal(make(5975, asked), 0);
	assert_int_equal(phy.width_mhz, 80);
	assert_int_equal(phy.center_mhz, 5985);
	assert_int_equal(phy.elements_len, sizeof(start) + 21 + sizeof(operation) + sizeof(band));
	assert_memory_equal(phy.elements, start, sizeof(start));
	assert_memory_equal(phy.elements + sizeof(start) + 21, operation, sizeof(operation));
	assert_memory_equal(phy.elements + sizeof(start) + 21 + sizeof(operation), band, sizeof(band));
	asked.width_mhz = 160;
	assert_int_equal(make(5975, asked), -EOPNOTSUPP);
	assert_string_equal(error.text, "the radio does not have channels of 160 MHz in the 6 GHz band");
	asked.center_mhz = 5965;
	asked.width_mhz = 80;
	assert_int_equal(make(5975, asked), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "centre at channel 7 of the 6 GHz band, not 3"));
}

static void listed_capabilities_are_exactly_those(void **state)
{
	struct nl80211_ap_phy_setup asked = {
		.n = true, .width_mhz = 20, .has_ht_capab = true, .ht_capab = 0x000c | 0x20};

	(void)state;
	assert_int_equal(make(2412, asked), 0);
	assert_int_equal(phy.elements[2] | phy.elements[3] << 8, 0x2c);
	asked.ht_capab |= 0x4000; /* 40 MHz intolerant is the operator's wish, not the radio's */
	assert_int_equal(make(2412, asked), 0);
	assert_int_equal(phy.elements[2] | phy.elements[3] << 8, 0x402c);
	asked.ht_capab |= 0x0001; /* LDPC, which the radio does not have */
	assert_int_equal(make(2412, asked), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "ht_capab lists capabilities that the radio lacks (bits 0x0001 of"));
}

static void vht80_and_160_have_their_centres(void **state)
{
	static const uint8_t capabilities[] = {191, 12, 0x30, 0x70, 0xc0, 0x33, 0xaa, 0, 0, 0, 0, 0, 0, 0},
			     operation[] = {192, 5, 1, 42, 0, 0xfc, 0xff},
			     operation_160[] = {192, 5, 1, 42, 50, 0xfc, 0xff};
	struct nl80211_ap_phy_setup asked = {.n = true, .ac = true, .width_mhz = 80};
	size_t vht = 28 + 24 + 5;

	(void)state;
	assert_int_equal(make(5180, asked), 0);
	assert_int_equal(phy.center_mhz, 5210);
	assert_int_equal(phy.elements_len, vht + sizeof(capabilities) + sizeof(operation));
	assert_memory_equal(phy.elements + vht, capabilities, sizeof(capabilities));
	assert_memory_equal(phy.elements + vht + sizeof(capabilities), operation, sizeof(operation));
	asked.width_mhz = 160;
	assert_int_equal(make(5180, asked), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "does not have channels of 160 MHz"));
	wiphy.bands[1].vht_capab |= 4;
	assert_int_equal(make(5180, asked), 0);
	assert_int_equal(phy.center_mhz, 5250);
	assert_memory_equal(phy.elements + vht + sizeof(capabilities), operation_160, sizeof(operation_160));
}

static const struct nl80211_ap_phy_setup ax = {
	.n = true,
	.ax = true,
	.width_mhz = 20,
	.he = {.pe_duration = 4, .rts_threshold = 1023, .basic_mcs = 0xfffc},
};

static void he_is_at_the_end(void **state)
{
	static const uint8_t capabilities[] = {255,  22, 35, 0x01, 0, 0, 0, 0, 0, /* MAC */
					       0x04, 0,  0,  0,    0, 0, 0, 0, 0,
					       0,    0, /* PHY: neither 160 nor 40 in 2.4 GHz */
					       0xaa, 0,  0,  0},
			     operation[] = {255, 7, 36, 0xf4, 0x3f, 0x00, 0x81, 0xfc, 0xff};
	size_t he = 28 + 24 + 5;

	(void)state;
	assert_int_equal(make(2412, ax), 0);
	assert_int_equal(phy.elements_len, he + sizeof(capabilities) + sizeof(operation));
	assert_memory_equal(phy.elements + he, capabilities, sizeof(capabilities));
	assert_memory_equal(phy.elements + he + sizeof(capabilities), operation, sizeof(operation));
}

/* Of the three kinds of beamforming, the radio has two. */
static void he_obeys_the_wishes(void **state)
{
	static const uint8_t operation[] = {255, 7, 36, 0x0a, 0x06, 0x00, 0x6a, 0xfa, 0xff};
	const uint8_t *phy_capabilities = phy.elements + 28 + 24 + 5 + 9;
	struct nl80211_ap_phy_setup asked = ax;

	(void)state;
	wiphy.bands[0].he[0].phy[3] = 0x80;
	wiphy.bands[0].he[0].phy[4] = 0x03 & ~0x02;
	assert_int_equal(make(2412, asked), 0);
	assert_int_equal(phy_capabilities[3], 0x80);
	assert_int_equal(phy_capabilities[4], 0x01);
	asked.he = (struct nl80211_ap_he_setup){.su_beamformer = AP_WISH_OFF,
						.su_beamformee = AP_WISH_ON,
						.mu_beamformer = AP_WISH_OFF,
						.bss_color = 42,
						.partial_color = true,
						.twt_required = true,
						.pe_duration = 2,
						.rts_threshold = 96,
						.basic_mcs = 0xfffa};
	assert_int_equal(make(2412, asked), 0);
	assert_int_equal(phy_capabilities[3], 0);
	assert_int_equal(phy_capabilities[4], 0x01);
	assert_memory_equal(phy.elements + phy.elements_len - sizeof(operation), operation, sizeof(operation));
	assert_string_equal(phy.unmet.text, "");
	asked.he.mu_beamformer = AP_WISH_ON;
	assert_int_equal(make(2412, asked), 0);
	assert_int_equal(phy_capabilities[4], 0x01);
	assert_non_null(strstr(phy.unmet.text, "he_mu_beamformer=1: the radio does not support this"));
	wiphy.bands[0].channels[0].no_he = true;
	assert_int_equal(make(2412, ax), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "channel 1 may not be used with 802.11ax in this regulatory domain"));
	assert_int_equal(make(2437, ax), 0);
}

/* Spatial Reuse Parameter Set and MU EDCA Parameter Set, 9.4.2.252 and 9.4.2.251. */
static void he_parameter_sets_follow_the_operation(void **state)
{
	static const uint8_t mu_edca[] = {255,  14, 38,   0x22, 0x08, 0xa9, 255,  0x3f,
					  0xa9, 1,  0x45, 0x75, 2,    0x65, 0x75, 3},
			     whole[] = {255, 21, 39,   0x0c, 20, 5, 10, 0x02, 0, 0, 0, 0,
					0,   0,  0x80, 0,    1,  0, 0,  0,    0, 0, 0},
			     brief[] = {255, 2, 39, 0x03};
	struct nl80211_ap_phy_setup asked = ax;
	size_t before;

	(void)state;
	assert_int_equal(make(2412, asked), 0);
	before = phy.elements_len;
	asked.he.reuse = (struct nl80211_ap_spatial_reuse){.control = 0x0c,
							   .other_max_offset = 20,
							   .group_min_offset = 5,
							   .group_max_offset = 10,
							   .group_colors = UINT64_C(1) << 63 | 2,
							   .group_bssids = 256};
	asked.he.mu_edca.update_count = 2;
	asked.he.mu_edca.queue_request = true;
	asked.he.mu_edca.ac[0] = (struct nl80211_ap_mu_edca){8, 0, 9, 10, 255, false};
	asked.he.mu_edca.ac[1] = (struct nl80211_ap_mu_edca){15, 1, 9, 10, 1, true};
	asked.he.mu_edca.ac[2] = (struct nl80211_ap_mu_edca){5, 2, 5, 7, 2, false};
	asked.he.mu_edca.ac[3] = (struct nl80211_ap_mu_edca){5, 3, 5, 7, 3, false};
	assert_int_equal(make(2412, asked), 0);
	assert_int_equal(phy.elements_len, before + sizeof(whole) + sizeof(mu_edca));
	assert_memory_equal(phy.elements + before, whole, sizeof(whole));
	assert_memory_equal(phy.elements + before + sizeof(whole), mu_edca, sizeof(mu_edca));
	asked.he = ax.he;
	asked.he.reuse.control = 3;
	assert_int_equal(make(2412, asked), 0);
	assert_int_equal(phy.elements_len, before + sizeof(brief));
	assert_memory_equal(phy.elements + before, brief, sizeof(brief));
}

static void impossible_wishes_are_named(void **state)
{
	(void)state;
	assert_int_equal(make(2412, (struct nl80211_ap_phy_setup){.n = true, .width_mhz = 40}), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "need ht_capab=[HT40+] or [HT40-]"));
	assert_int_equal(make(5180, (struct nl80211_ap_phy_setup){.n = true, .width_mhz = 40, .secondary = -1}),
			 -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "channel 36 pairs with the channel above it: set ht_capab=[HT40+]"));
	assert_int_equal(
		make(5180, (struct nl80211_ap_phy_setup){.n = true, .ac = true, .width_mhz = 80, .center_mhz = 5290}),
		-EOPNOTSUPP);
	assert_non_null(strstr(error.text, "has its centre at channel 42, not 58"));
	wiphy.bands[1].channels[0].no_80mhz = true;
	assert_int_equal(make(5180, (struct nl80211_ap_phy_setup){.n = true, .ac = true, .width_mhz = 80}),
			 -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "may not be used 80 MHz wide"));
	wiphy.bands[1].he_count = 0;
	assert_int_equal(make(5200, (struct nl80211_ap_phy_setup){.n = true, .ax = true, .width_mhz = 20}),
			 -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "802.11ax"));
}

/* The file may ask for more than the regulatory domain allows: hostapd goes on with less, too. */
static void a_width_becomes_one_that_is_allowed(void **state)
{
	struct nl80211_ap_phy_setup asked = {.n = true, .ac = true, .width_mhz = 80, .may_narrow = true};

	(void)state;
	assert_int_equal(make(5180, asked), 0);
	assert_int_equal(phy.width_mhz, 80);
	assert_string_equal(phy.remark.text, "");
	wiphy.bands[1].channels[5].disabled = true; /* 5240 */
	assert_int_equal(make(5180, asked), 0);
	assert_int_equal(phy.width_mhz, 40);
	assert_int_equal(phy.center_mhz, 5190);
	assert_non_null(strstr(phy.remark.text, "channel 36 may not be used 80 MHz wide"));
	wiphy.bands[1].channels[0].no_ht40_plus = true;
	assert_int_equal(make(5180, asked), 0);
	assert_int_equal(phy.width_mhz, 20);
	assert_int_equal(phy.center_mhz, 5180);
	/* Channel 36 has no half below. */
	asked = (struct nl80211_ap_phy_setup){.n = true, .width_mhz = 40, .secondary = -1, .may_narrow = true};
	assert_int_equal(make(5180, asked), 0);
	assert_int_equal(phy.width_mhz, 20);
	assert_non_null(strstr(phy.remark.text, "pairs with the channel above it"));
	/* A centre is a mistake of the file. */
	asked = (struct nl80211_ap_phy_setup){
		.n = true, .ac = true, .width_mhz = 80, .center_mhz = 5290, .may_narrow = true};
	assert_int_equal(make(5260, asked), 0);
	assert_int_equal(make(5180, asked), -EOPNOTSUPP);
}

/* ---- can it be an access point at all? ---- */

static int check(struct nl80211_ap_needs needs)
{
	needs.bss_count = needs.bss_count ? needs.bss_count : 1;
	error.text[0] = '\0';
	return nl80211_ap_check(&wiphy, &needs, &error);
}

static void a_radio_must_have_the_mode_and_the_channel(void **state)
{
	(void)state;
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 2412, .ciphers = 1u << CIPHER_CCMP_128}), 0);
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 2484}), -EACCES);
	assert_non_null(strstr(error.text, "channel 14 (2484 MHz) is forbidden"));
	assert_non_null(strstr(error.text, "set country_code"));
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 2484, .domain = {.has_country = true}}), -EACCES);
	assert_null(strstr(error.text, "set country_code"));
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 5260}), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "needs radar detection (DFS)"));
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 5825}), -ENODEV);
	assert_non_null(strstr(error.text, "has no channel 165"));
	wiphy.bands[0].channels[0].no_ir = true;
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 2412}), -EACCES);
	assert_non_null(strstr(error.text, "no-IR"));
	wiphy.iftypes = 1u << NL80211_IFTYPE_STATION;
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 2437}), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "cannot be an access point"));
}

static void a_radio_must_have_the_ciphers_and_the_interfaces(void **state)
{
	(void)state;
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 2412, .ciphers = 1u << CIPHER_GCMP_256}),
			 -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "does not have the cipher GCMP-256"));
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 2412, .bss_count = 2}), -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "can be 1 access point at a time, not 2"));
	wiphy.combinations[0] = (struct nl80211_combination){
		.limits = {{.max = 4, .iftypes = 1u << NL80211_IFTYPE_AP}}, .limit_count = 1, .interfaces_max = 2};
	wiphy.combination_count = 1;
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 2412, .bss_count = 2}), 0);
	assert_int_equal(check((struct nl80211_ap_needs){.freq_mhz = 2412, .bss_count = 3}), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_802_11n_there_are_no_elements, setup),
		cmocka_unit_test_setup(ht20_has_all_that_the_radio_has, setup),
		cmocka_unit_test_setup(ht40_has_a_secondary_channel, setup),
		cmocka_unit_test_setup(the_6ghz_band_has_elements_of_80211ax_only, setup),
		cmocka_unit_test_setup(listed_capabilities_are_exactly_those, setup),
		cmocka_unit_test_setup(vht80_and_160_have_their_centres, setup),
		cmocka_unit_test_setup(he_is_at_the_end, setup),
		cmocka_unit_test_setup(he_obeys_the_wishes, setup),
		cmocka_unit_test_setup(he_parameter_sets_follow_the_operation, setup),
		cmocka_unit_test_setup(impossible_wishes_are_named, setup),
		cmocka_unit_test_setup(a_width_becomes_one_that_is_allowed, setup),
		cmocka_unit_test_setup(a_radio_must_have_the_mode_and_the_channel, setup),
		cmocka_unit_test_setup(a_radio_must_have_the_ciphers_and_the_interfaces, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
