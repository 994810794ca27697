/* SPDX-License-Identifier: GPL-2.0-or-later */
/* supported_rates, basic_rates and beacon_rate: what a file may say, and what becomes of it in the elements. */
#include "hostapd_parse.h"

#include "conf/hostapd_rates.h"

#define FILE_2GHZ "interface=wlan0\nssid=test\nhw_mode=g\nchannel=1\n"
#define FILE_5GHZ "interface=wlan0\nssid=test\nhw_mode=a\nchannel=36\n"

static void assert_rates(const char *text, const uint8_t *expected, size_t count)
{
	struct rate_choice choice;
	uint8_t rates[RATES_COUNT];
	bool is_2ghz;

	first_bss(text);
	choice = hostapd_rate_choice(&conf.radio);
	is_2ghz = freq_is_2ghz(conf.freq_mhz);
	assert_int_equal(rates_list(&choice, is_2ghz, conf.radio.hw_mode != HOSTAPD_MODE_B, rates), count);
	assert_memory_equal(rates, expected, count);
}

#define ASSERT_RATES(text, ...)                                  \
	do {                                                     \
		static const uint8_t expected[] = {__VA_ARGS__}; \
		assert_rates(text, expected, sizeof(expected));  \
	} while (0)

static void rates_are_in_the_order_of_the_elements(void **state)
{
	(void)state;
	ASSERT_RATES(FILE_2GHZ, 0x82, 0x84, 0x8b, 0x96, 12, 18, 24, 36, 48, 72, 96, 108);
	ASSERT_RATES(FILE_5GHZ, 0x8c, 18, 0x98, 36, 0xb0, 72, 96, 108);
	ASSERT_RATES("interface=wlan0\nssid=test\nhw_mode=b\nchannel=1\nsupported_rates=10\nbasic_rates=10\n", 0x82);
	ASSERT_RATES(FILE_2GHZ "supported_rates=540 60 55 7 1000\n", 0x8b, 12, 108);
	ASSERT_RATES(FILE_2GHZ "basic_rates=60 120\nsupported_rates=60\t120 240\n", 0x8c, 0x98, 48);
	ASSERT_RATES(FILE_5GHZ "basic_rates=10 90\n", 12, 0x92, 24, 36, 48, 72, 96, 108);
}

static void rates_that_leave_nothing_are_refused(void **state)
{
	static const char *const texts[] = {
		FILE_2GHZ "supported_rates=60 120\n",
		FILE_2GHZ "basic_rates=65\n",
		FILE_5GHZ "supported_rates=10 20\n",
		FILE_5GHZ "supported_rates=\n",
		FILE_2GHZ "basic_rates=60\nsupported_rates=120\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(parse(texts[i]));
		assert_non_null(strstr(error.text, "leave the band no basic rate"));
	}
	assert_false(parse(FILE_2GHZ "supported_rates=60,120\n"));
	assert_non_null(strstr(error.text, "ap.conf:5: "));
	assert_non_null(strstr(error.text, "as in 60 120 240"));
}

static void beacon_rates_fit_the_network(void **state)
{
	static const char *const bad[] = {
		FILE_2GHZ "beacon_rate=9\n",
		FILE_2GHZ "beacon_rate=10001\n",
		FILE_2GHZ "beacon_rate=ht:32\n",
		FILE_2GHZ "beacon_rate=ht:\n",
		FILE_2GHZ "beacon_rate=ht:0\n",
		FILE_2GHZ "beacon_rate=vht:10\n",
		FILE_5GHZ "beacon_rate=55\n",
		FILE_2GHZ "beacon_rate=61\n",
		FILE_2GHZ "beacon_rate=ht:-1\n",
		FILE_2GHZ "beacon_rate=60 60\n",
		FILE_2GHZ "beacon_rate=120\nsupported_rates=10 60\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i]))
			fail_msg("%s", bad[i]);
	first_bss(FILE_2GHZ "beacon_rate=55\n");
	assert_int_equal(conf.radio.beacon_rate.kind, BEACON_RATE_LEGACY);
	assert_int_equal(conf.radio.beacon_rate.value, 55);
	first_bss(FILE_2GHZ "ieee80211n=1\nwmm_enabled=1\nbeacon_rate=ht:3\n");
	assert_int_equal(conf.radio.beacon_rate.kind, BEACON_RATE_HT);
	assert_int_equal(conf.radio.beacon_rate.value, 3);
	first_bss(FILE_2GHZ);
	assert_int_equal(conf.radio.beacon_rate.kind, BEACON_RATE_DEFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(rates_are_in_the_order_of_the_elements, tear_down),
		cmocka_unit_test_teardown(rates_that_leave_nothing_are_refused, tear_down),
		cmocka_unit_test_teardown(beacon_rates_fit_the_network, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
