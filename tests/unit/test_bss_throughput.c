/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast a BSS may be: the numbers are those that wpa_supplicant shows as est_throughput for the same elements. */
#include "fake_ap.h"

#include "mlme/bss_throughput.h"

#define RATES_G   1, 8, 0x82, 0x84, 0x8b, 0x96, 12, 18, 24, 36, 50, 4, 48, 72, 96, 108
#define HT        45, 1, 0
#define HT_40     61, 2, 1, 1
#define VHT       191, 1, 0
#define VHT_80    192, 3, 1, 42, 0
#define VHT_160   192, 3, 1, 42, 50
#define HE        255, 2, 35, 0
#define ALL_MODES (PLANE_HT | PLANE_VHT | PLANE_HE)

static uint32_t estimate(const uint8_t *elements, size_t len, uint16_t freq, int8_t signal, struct bss_radio radio)
{
	const struct bss_phy phy = bss_phy_read(freq, (struct span){elements, len});

	return bss_throughput_kbps(&phy, &radio, freq, signal);
}

#define ESTIMATE(freq, signal, modes, width, ...)                                                      \
	estimate((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), freq, signal, \
		 (struct bss_radio){modes, width})

static void fastest_common_mode_counts(void **state)
{
	(void)state;
	assert_int_equal(ESTIMATE(2412, -30, ALL_MODES, 40, RATES_G), 54000);
	assert_int_equal(ESTIMATE(2412, -30, ALL_MODES, 40, RATES_G, HT), 65000);
	assert_int_equal(ESTIMATE(2412, -30, ALL_MODES, 40, RATES_G, HT, HT_40), 135000);
	assert_int_equal(ESTIMATE(2412, -30, ALL_MODES, 20, RATES_G, HT, HT_40), 65000);
	assert_int_equal(ESTIMATE(2412, -30, 0, 0, RATES_G, HT, HT_40), 54000);
	assert_int_equal(ESTIMATE(2412, -30, ALL_MODES, 40, RATES_G, HT, HE), 143402);
	assert_int_equal(ESTIMATE(5180, -30, PLANE_HT | PLANE_VHT, 80, RATES_G, HT, HT_40, VHT), 180001);
	assert_int_equal(ESTIMATE(5180, -30, PLANE_HT | PLANE_VHT, 80, RATES_G, HT, HT_40, VHT, VHT_80), 390001);
	assert_int_equal(ESTIMATE(5180, -30, ALL_MODES, 160, RATES_G, HT, HT_40, VHT, VHT_80, HE), 600502);
	assert_int_equal(ESTIMATE(5180, -30, PLANE_HT | PLANE_VHT, 160, RATES_G, HT, HT_40, VHT, VHT_160), 780001);
	assert_int_equal(ESTIMATE(5180, -30, ALL_MODES, 160, RATES_G, HT, HT_40, VHT, VHT_160, HE), 1201002);
}

/* At 0 dB nothing, and in between in proportion. */
static void weak_signal_limits_the_estimate(void **state)
{
	(void)state;
	assert_int_equal(ESTIMATE(2412, -89, ALL_MODES, 40, RATES_G, HT, HT_40), 1000);
	assert_int_equal(ESTIMATE(2412, -127, ALL_MODES, 40, RATES_G, HT, HT_40), 1000);
	assert_int_equal(ESTIMATE(2412, -89 + 20, PLANE_HT, 20, RATES_G, HT), 58500);
	assert_int_equal(ESTIMATE(2412, -89 + 19, PLANE_HT, 20, RATES_G, HT), 55250);
	assert_int_equal(ESTIMATE(2412, -89 + 12, PLANE_HT, 40, RATES_G, HT, HT_40), 40500);
	for (int signal = -127; signal < 0; signal++)
		assert_true(ESTIMATE(5180, (int8_t)signal, ALL_MODES, 160, RATES_G, HT, HT_40, VHT, VHT_160, HE) <=
			    ESTIMATE(5180, (int8_t)(signal + 1), ALL_MODES, 160, RATES_G, HT, HT_40, VHT, VHT_160, HE));
}

static void speed_decides_between_similar_signals(void **state)
{
	const struct bss_quality slow = {2412, -50, 54000}, fast = {2412, -64, 65000}, weak = {2412, -75, 60000},
				 other_band = {5180, -60, 54000}, stronger = {2412, -45, 54000};

	(void)state;
	assert_true(bss_quality_is_better(&fast, &slow)); /* both are beyond 25 dB */
	assert_false(bss_quality_is_better(&slow, &fast));
	assert_true(bss_quality_is_better(&slow, &weak));
	assert_true(bss_quality_is_better(&other_band, &slow));
	assert_true(bss_quality_is_better(&stronger, &slow));
	assert_false(bss_quality_is_better(&slow, &slow));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fastest_common_mode_counts),
		cmocka_unit_test(weak_signal_limits_the_estimate),
		cmocka_unit_test(speed_decides_between_similar_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
