/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `vifi doctor` finds on a Wi-Fi card: each finding by the one fact that causes it. */
#include "unit.h"

#include "doctor/policy/card.h"
#include "wire/suite.h"

#include <string.h>

static struct doctor_card card;
static struct findings findings;

/* A card without a fault: two bands, a country, on. */
static int setup(void **state)
{
	(void)state;
	card = (struct doctor_card){
		.country = "DE",
		.interface = {.name = "wlan0", .type = NL80211_IFTYPE_STATION, .addr = {2, 0, 0, 0, 0, 1}}};
	card.wiphy = (struct nl80211_wiphy){.present = true, .name = "phy0"};
	card.wiphy.iftypes = 1u << NL80211_IFTYPE_STATION | 1u << NL80211_IFTYPE_AP;
	card.wiphy.ciphers = 1u << CIPHER_CCMP_128 | 1u << CIPHER_TKIP | 1u << CIPHER_BIP_CMAC_128;
	card.wiphy.bands[NL80211_BAND_2GHZ].channel_count = 2;
	card.wiphy.bands[NL80211_BAND_2GHZ].channels[0].freq_mhz = 2412;
	card.wiphy.bands[NL80211_BAND_2GHZ].channels[1] = (struct nl80211_channel){.freq_mhz = 2484, .disabled = true};
	card.wiphy.bands[NL80211_BAND_5GHZ].channel_count = 3;
	card.wiphy.bands[NL80211_BAND_5GHZ].channels[0].freq_mhz = 5180;
	card.wiphy.bands[NL80211_BAND_5GHZ].channels[1] = (struct nl80211_channel){.freq_mhz = 5260, .radar = true};
	card.wiphy.bands[NL80211_BAND_5GHZ].channels[2] = (struct nl80211_channel){.freq_mhz = 5745, .no_ir = true};
	card.wiphy.combination_count = 1;
	card.wiphy.combinations[0] =
		(struct nl80211_combination){.limits = {{.max = 1, .iftypes = 1u << NL80211_IFTYPE_STATION},
							{.max = 1, .iftypes = 1u << NL80211_IFTYPE_AP}},
					     .limit_count = 2,
					     .interfaces_max = 2,
					     .channels_max = 1};
	return 0;
}

static const struct finding *find(const char *id)
{
	findings.count = 0;
	doctor_card_judge(&card, &findings);
	for (size_t i = 0; i < findings.count; i++)
		if (!strcmp(findings.list[i].id, id))
			return &findings.list[i];
	return NULL;
}

#define assert_finding(id, wanted, words)                        \
	do {                                                     \
		const struct finding *found = find(id);          \
		assert_non_null(found);                          \
		assert_int_equal(found->level, wanted);          \
		assert_non_null(strstr(found->sentence, words)); \
	} while (0)

static void good_card_has_no_finding_that_needs_attention(void **state)
{
	(void)state;
	assert_null(find("owner"));
	assert_int_equal(findings_count(&findings, FINDING_OK), findings.count);
	assert_finding("both", FINDING_OK, "the same channel");
	assert_finding("regulatory", FINDING_OK, "DE");
}

static void channels_of_a_band_are_counted_by_what_an_access_point_may(void **state)
{
	struct doctor_band low = doctor_card_band(&card, NL80211_BAND_2GHZ),
			   high = doctor_card_band(&card, NL80211_BAND_5GHZ);

	(void)state;
	assert_int_equal(low.channels, 1);
	assert_int_equal(low.ap, 1);
	assert_int_equal(high.channels, 3);
	assert_int_equal(high.ap, 1);
	assert_int_equal(high.radar, 1);
}

static void switch_is_an_obstacle(void **state)
{
	(void)state;
	card.rfkill_soft = true;
	assert_finding("rfkill", FINDING_FAIL, "soft");
	assert_non_null(strstr(find("rfkill")->remedy, "rfkill unblock wifi"));
	card.rfkill_hard = true; /* a program cannot undo it, so it comes first */
	assert_finding("rfkill", FINDING_FAIL, "hard");
	assert_null(strstr(find("rfkill")->remedy, "unblock"));
}

static void missing_modes_and_ciphers_are_named(void **state)
{
	(void)state;
	card.wiphy.iftypes = 1u << NL80211_IFTYPE_AP;
	assert_finding("station", FINDING_WARN, "station");
	card.wiphy.iftypes = 1u << NL80211_IFTYPE_STATION;
	assert_finding("access_point", FINDING_NOTE, "access point");
	assert_null(find("both"));
	card.wiphy.ciphers &= ~(1u << CIPHER_BIP_CMAC_128);
	assert_finding("ciphers", FINDING_WARN, "WPA3");
	card.wiphy.ciphers &= ~(1u << CIPHER_CCMP_128);
	assert_finding("ciphers", FINDING_FAIL, "CCMP");
	card.wiphy.ciphers = 0;
	assert_finding("tkip", FINDING_NOTE, "TKIP");
}

/* A limit of one interface of either kind is room for one of them, not for both. */
static void shared_limit_of_one_is_not_both(void **state)
{
	uint32_t either = 1u << NL80211_IFTYPE_STATION | 1u << NL80211_IFTYPE_AP;

	(void)state;
	card.wiphy.combinations[0].limits[0].iftypes = either;
	card.wiphy.combinations[0].limit_count = 1;
	assert_finding("both", FINDING_NOTE, "cannot");
	card.wiphy.combinations[0].limits[0].max = 2;
	assert_finding("both", FINDING_OK, "at the same time");
	card.wiphy.combinations[0].interfaces_max = 1;
	assert_finding("both", FINDING_NOTE, "cannot");
	card.wiphy.combinations[0].interfaces_max = 2;
	card.wiphy.combinations[0].channels_max = 2;
	assert_finding("both", FINDING_OK, "different channels");
}

static void regulatory_domain_is_judged(void **state)
{
	(void)state;
	strcpy(card.country, "00");
	assert_finding("regulatory", FINDING_WARN, "1 of 3 channels at 5 GHz");
	card.wiphy.self_managed_regulatory = true;
	assert_finding("regulatory", FINDING_NOTE, "itself decides");
	card.country[0] = '\0';
	assert_finding("regulatory", FINDING_NOTE, "does not report");
	card.wiphy.bands[NL80211_BAND_2GHZ].channels[0].no_ir = true;
	card.wiphy.bands[NL80211_BAND_5GHZ].channel_count = 0;
	assert_finding("channels", FINDING_WARN, "No channel");
}

static void state_of_the_interface_is_noted(void **state)
{
	(void)state;
	card.power_save = DOCTOR_POWER_SAVE_ON;
	assert_finding("power_save", FINDING_NOTE, "100 ms");
	card.interface.type = NL80211_IFTYPE_AP;
	assert_null(find("power_save"));
	card.has_permanent_addr = true;
	memcpy(card.permanent_addr, card.interface.addr, 6);
	assert_null(find("address"));
	card.permanent_addr[0] = 0;
	assert_finding("address", FINDING_NOTE, "00:00:00:00:00:01");
	card.interface.four_addr = true;
	assert_finding("four_address", FINDING_NOTE, "plain bridge");
}

static void owner_is_named_with_how_sure_that_is(void **state)
{
	(void)state;
	card.owners[0] = (struct doctor_owner){.program = "wpa_supplicant", .certain = true};
	card.owners[1] = (struct doctor_owner){.program = "iwd"};
	card.owners[2] = (struct doctor_owner){.program = "NetworkManager", .certain = true};
	card.owner_count = 3;
	assert_finding("owner", FINDING_NOTE, "wpa_supplicant uses wlan0");
	assert_non_null(strstr(findings.list[findings.count - 2].sentence, "iwd is running, and may use wlan0"));
	assert_non_null(strstr(findings.list[findings.count - 1].remedy, "nmcli device set wlan0 managed no"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(good_card_has_no_finding_that_needs_attention, setup),
		cmocka_unit_test_setup(channels_of_a_band_are_counted_by_what_an_access_point_may, setup),
		cmocka_unit_test_setup(switch_is_an_obstacle, setup),
		cmocka_unit_test_setup(missing_modes_and_ciphers_are_named, setup),
		cmocka_unit_test_setup(shared_limit_of_one_is_not_both, setup),
		cmocka_unit_test_setup(regulatory_domain_is_judged, setup),
		cmocka_unit_test_setup(state_of_the_interface_is_noted, setup),
		cmocka_unit_test_setup(owner_is_named_with_how_sure_that_is, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
