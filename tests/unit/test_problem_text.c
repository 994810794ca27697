/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The remedies of contests: a command that is printed must be valid. */
#include "unit.h"

#include "bridge/problem_text.h"

static const char mac[] = "52:54:00:00:00:01", label[] = "web-1 (52:54:00:00:00:01 on vnet0)";

static void contest_text(struct problem_text *text, const char *address, const char *flag)
{
	json_t *binding = json_pack("{s:s, s:[s, s]}", "address", address, "flags", "contest", flag);

	problem_text_contest(text, binding, label, mac, "wlan0");
	json_decref(binding);
}

static void contested_address_can_be_reserved(void **state)
{
	struct problem_text text;

	(void)state;
	contest_text(&text, "192.0.2.41", "dhcp");
	assert_non_null(strstr(text.sentence, "another guest claims it"));
	assert_non_null(strstr(text.remedy, "`vifi bridge pin wlan0 52:54:00:00:00:01 192.0.2.41`"));
}

/* `vifi bridge pin` takes no MAC address for ADDRESS. */
static void contested_mac_address_must_change(void **state)
{
	struct problem_text text;

	(void)state;
	contest_text(&text, mac, "wire");
	assert_non_null(strstr(text.sentence, "52:54:00:00:00:01 of guest web-1"));
	assert_non_null(strstr(text.sentence, "a station of the network claims it"));
	assert_string_equal(text.remedy, "Give the guest another MAC address; vifi translates it.");
}

static void station_cannot_have_a_pinned_address(void **state)
{
	struct problem_text text;

	(void)state;
	contest_text(&text, "192.0.2.41", "pin");
	assert_non_null(strstr(text.sentence, "a station of the network claims it"));
	assert_string_equal(text.remedy,
			    "Change the address of the station, or that of the guest to which it is pinned.");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(contested_address_can_be_reserved),
		cmocka_unit_test(contested_mac_address_must_change),
		cmocka_unit_test(station_cannot_have_a_pinned_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
