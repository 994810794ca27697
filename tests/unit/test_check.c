/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/check_context.h"
#include "netdev/nft_ruleset.h"

#include <unistd.h>

/* The settings for a random MAC address: NetworkManager.conf(5), nm-settings-nmcli(5). */
static void random_mac_settings_are_detected(void **state)
{
	static const struct {
		const char *text;
		bool random;
	} rows[] = {
		{"[connection]\nwifi.cloned-mac-address=random\n", true},
		{"[connection-wifi]\nmatch-device=type:wifi\nwifi.cloned-mac-address = random\n", true},
		{"[connection]\nethernet.cloned-mac-address=random", true},
		{"[wifi]\ncloned-mac-address=random\nssid=home\n", true},
		{"[802-11-wireless]\ncloned-mac-address=random\n", true},
		{"[connection]\nwifi.cloned-mac-address=stable\n", false},
		{"[connection]\nwifi.cloned-mac-address=permanent\n", false},
		{"[wifi]\ncloned-mac-address=02:00:00:00:00:01\n", false},
		{"#wifi.cloned-mac-address=random\n", false},
		/* for scans only, without an association */
		{"[device]\nwifi.scan-rand-mac-address=yes\n", false},
		{"random\n=\n[\n", false},
		{"", false},
	};
	char path[] = "/tmp/vifi-check-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, rows[i].text, strlen(rows[i].text), 0), strlen(rows[i].text));
		if (check_nm_randomises(path) != rows[i].random)
			fail_msg("row %zu: %s", i, rows[i].text);
	}
	close(fd);
	unlink(path);
	assert_false(check_nm_randomises(path));
}

static struct findings found;

/* What the checks of the firewall tell of a ruleset that they cannot read; other findings are about this machine. */
static size_t count_unreadable(char *ruleset)
{
	static const struct netdev_link uplink = {.name = "wlan0"}, bridge = {.name = "br0", .bridge.nf_call = true};
	struct check_context ctx = {.findings = &found, .uplink = &uplink, .bridge = &bridge, .ruleset = ruleset};
	size_t count = 0;

	found.count = 0;
	check_firewall(&ctx);
	check_br_netfilter(&ctx);
	for (size_t i = 0; i < found.count; i++)
		if (!strcmp(found.list[i].sentence, "The ruleset of nftables cannot be read.")) {
			assert_int_equal(found.list[i].level, geteuid() == 0 ? FINDING_WARN : FINDING_NOTE);
			count++;
		}
	return count;
}

/* A ruleset that is missing, or that ends early, is no sign that there is no rule. */
static void unreadable_ruleset_is_reported(void **state)
{
	static char cut_off[] = "{\"nftables\": [{\"chain\": {\"family\": \"inet\"", empty[] = "{\"nftables\": []}";
	size_t expected = nft_is_available() ? 2 : 0;

	(void)state;
	assert_int_equal(count_unreadable(NULL), expected);
	assert_int_equal(count_unreadable(cut_off), expected);
	assert_int_equal(count_unreadable(empty), 0);
}

/* What check_limits() finds in a report. */
static size_t count_limits(const char *report)
{
	static const struct netdev_link uplink = {.name = "wlan0"};
	struct check_context ctx = {.findings = &found, .uplink = &uplink, .report = json_loads(report, 0, NULL)};

	assert_non_null(ctx.report);
	found.count = 0;
	check_limits(&ctx);
	json_decref(ctx.report);
	return found.count;
}

/* The user-space engine counts frames whose port is unknown in a row of their own. */
static void only_ports_with_a_name_are_locked_out(void **state)
{
	(void)state;
	assert_int_equal(
		count_limits("{\"ports\": [{\"port\": null, \"refused\": 7, \"limited\": 7, \"evicted\": 7}]}"), 0);
	assert_int_equal(count_limits("{\"ports\": [{\"port\": \"vnet0\", \"refused\": 7}]}"), 1);
	assert_string_equal(found.list[0].sentence,
			    "The guest on vnet0 is locked out: it has no address, and vifi refused 7 of its frames.");
}

/* clang-format off */
#define REFUSED_REPORT(owner_port, is_mac) \
	"{\"ports\": [{\"port\": \"vnet0\", \"refused\": 2}]," \
	" \"guests\": [{\"mac\": \"02:00:00:00:00:08\", \"port\": \"" owner_port "\", \"addresses\": []}]," \
	" \"events\": [{\"event\": \"refused\", \"port\": \"vnet0\", \"mac\": \"02:00:00:00:00:08\", \"is_mac\": " is_mac "}]}"
/* clang-format on */

/* A contest for its MAC address that it has won: its frames pass. */
static void guest_that_has_its_mac_address_is_not_locked_out(void **state)
{
	(void)state;
	assert_int_equal(count_limits(REFUSED_REPORT("vnet0", "true")), 0);
	assert_int_equal(count_limits(REFUSED_REPORT("vnet1", "true")), 1);
	assert_int_equal(count_limits(REFUSED_REPORT("vnet0", "false")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_mac_settings_are_detected),
		cmocka_unit_test(unreadable_ruleset_is_reported),
		cmocka_unit_test(only_ports_with_a_name_are_locked_out),
		cmocka_unit_test(guest_that_has_its_mac_address_is_not_locked_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
