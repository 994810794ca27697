/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small decisions of the driver: does the access point accept 4-address mode, whose is a packet, and what can a card do? */
#include "unit.h"

#include "driver/driver.h"
#include "driver/four_address.h"
#include "driver/sta.h"

#include <string.h>

#define SECOND UINT64_C(1000000000)

static struct driver_four_address connected(void)
{
	struct driver_four_address watch = {0};

	assert_int_equal(driver_four_address_deadline(&watch), UINT64_MAX);
	assert_false(driver_four_address_is_due(&watch, false, SECOND));
	assert_true(driver_four_address_is_due(&watch, true, SECOND));
	assert_false(driver_four_address_update(&watch, 100, 200, SECOND)); /* the counters of an earlier connection */
	assert_false(driver_four_address_is_due(&watch, true, 2 * SECOND));
	assert_int_equal(driver_four_address_deadline(&watch), 11 * SECOND);
	return watch;
}

static void silence_is_a_refusal_once_enough_was_sent(void **state)
{
	struct driver_four_address watch = connected();

	(void)state;
	assert_true(driver_four_address_is_due(&watch, true, 11 * SECOND));
	assert_false(driver_four_address_update(&watch, 100, 202, 11 * SECOND));
	assert_true(driver_four_address_is_due(&watch, true, 21 * SECOND));
	assert_true(driver_four_address_update(&watch, 100, 203, 21 * SECOND));
	assert_int_equal(driver_four_address_deadline(&watch), UINT64_MAX); /* said once */
	assert_false(driver_four_address_is_due(&watch, true, 31 * SECOND));
	/* The next connection may be to another access point. */
	assert_false(driver_four_address_is_due(&watch, false, 32 * SECOND));
	assert_true(driver_four_address_is_due(&watch, true, 33 * SECOND));
}

static void an_answer_ends_the_watch(void **state)
{
	struct driver_four_address watch = connected();

	(void)state;
	assert_true(driver_four_address_is_due(&watch, true, 11 * SECOND));
	assert_false(driver_four_address_update(&watch, 101, 300, 11 * SECOND));
	assert_int_equal(driver_four_address_deadline(&watch), UINT64_MAX);
}

/* EAPOL without a control port: of several networks, ports of bridges, and stations with interfaces of their own. */
static void packets_find_their_interface(void **state)
{
	static const uint8_t first[6] = {2, 0, 0, 0, 1, 0}, second[6] = {2, 0, 0, 0, 1, 1},
			     other[6] = {2, 0, 0, 0, 1, 2};
	struct driver_interface interfaces[2] = {{.info = {.ifindex = 5}}, {.info = {.ifindex = 6}}};

	(void)state;
	memcpy(interfaces[0].info.addr, first, 6);
	memcpy(interfaces[1].info.addr, second, 6);
	assert_int_equal(driver_packet_interface(interfaces, 2, 6, first), 6);
	assert_int_equal(driver_packet_interface(interfaces, 2, 40, second), 6); /* its bridge */
	assert_int_equal(driver_packet_interface(interfaces, 2, 40, other), 0);
}

/* Of what many programs write into each network block. */
static void a_card_with_an_sme_of_its_own_uses_no_fast_transition(void **state)
{
	const uint32_t psk = 1u << AKM_PSK, ft_psk = 1u << AKM_FT_PSK, sae = 1u << AKM_SAE, ft_sae = 1u << AKM_FT_SAE;
	struct nl80211_wiphy wiphy = {.present = true};
	struct sta_network network = {.akms = psk | ft_psk | sae | ft_sae};

	(void)state;
	driver_sta_limit_network(&network, &wiphy);
	assert_int_equal(network.akms, psk);
	network.akms = ft_psk; /* for a first association it may do */
	driver_sta_limit_network(&network, &wiphy);
	assert_int_equal(network.akms, ft_psk);
	memset(wiphy.commands, 0xff, sizeof(wiphy.commands));
	network.akms = psk | ft_psk | sae | ft_sae;
	driver_sta_limit_network(&network, &wiphy);
	assert_int_equal(network.akms, psk | ft_psk | sae | ft_sae);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_is_a_refusal_once_enough_was_sent),
		cmocka_unit_test(an_answer_ends_the_watch),
		cmocka_unit_test(packets_find_their_interface),
		cmocka_unit_test(a_card_with_an_sme_of_its_own_uses_no_fast_transition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
