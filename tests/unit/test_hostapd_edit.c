/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "conf/hostapd_edit.h"

static void assert_text(const struct hostapd_edit *edit, const char *expected)
{
	char *text = hostapd_edit_text(edit);

	assert_string_equal(text, expected);
	text_file_free(text);
}

static void keys_are_set_in_any_order(void **state)
{
	struct hostapd_edit *edit = hostapd_edit_new("wlan3");
	struct error error = {{0}};

	(void)state;
	assert_true(hostapd_edit_set(edit, 0, "wpa", "2", &error));
	assert_true(hostapd_edit_set(edit, 0, "ssid", " a b ", &error));
	assert_true(hostapd_edit_set(edit, 0, "wpa_psk",
				     "0123456789012345678901234567890123456789012345678901234567890123", &error));
	assert_true(hostapd_edit_set(edit, 0, "wpa_passphrase", "one two three", &error));
	assert_true(hostapd_edit_set(edit, 0, "ssid", "home", &error));
	assert_true(hostapd_edit_set(edit, 0, "logger_syslog", "-1", &error)); /* of hostapd, without effect */
	assert_text(edit, "interface=wlan3\nwpa=2\nwpa_passphrase=one two three\nssid=home\nlogger_syslog=-1\n");
	assert_string_equal(hostapd_edit_get(edit, 0, "ssid"), "home");
	assert_null(hostapd_edit_get(edit, 0, "wpa_psk"));
	assert_true(hostapd_edit_set(edit, 0, "sae_password", "one", &error));
	assert_true(hostapd_edit_set(edit, 0, "sae_password", "two|id=b", &error)); /* each adds one */
	assert_string_equal(hostapd_edit_get(edit, 0, "sae_password"), "two|id=b");
	assert_true(hostapd_edit_set(edit, 0, "sae_password", "", &error)); /* an empty one removes all */
	assert_null(hostapd_edit_get(edit, 0, "sae_password"));
	for (int i = 0; i < 2; i++) /* each adds one */
		assert_true(hostapd_edit_set(edit, 0, "r0kh", "02:00:00:00:00:02 nas2 000102030405060708090a0b0c0d0e0f",
					     &error));
	assert_true(hostapd_edit_set(edit, 0, "r0kh", "", &error));
	assert_null(hostapd_edit_get(edit, 0, "r0kh"));
	assert_true(hostapd_edit_set(edit, 0, "logger_syslog", "", &error));
	assert_null(hostapd_edit_get(edit, 0, "logger_syslog"));
	hostapd_edit_free(edit);
}

static void wrong_line_is_refused_and_changes_nothing(void **state)
{
	static const char *const wrong[][2] = {{"wpa", "9"},     {"no_such_key", "1"},    {"wpa_passphrase", "short"},
					       {"bss", "a/b"},   {"interface", "wlan4"},  {"ssid", "a\nb"},
					       {"channel", "x"}, {"wpa_pairwise", "FOO"}, {"ssid=a", "b"}};
	struct hostapd_edit *edit = hostapd_edit_new("wlan3");
	struct error error = {{0}};

	(void)state;
	assert_true(hostapd_edit_set(edit, 0, "wpa", "2", &error));
	for (size_t i = 0; i < COUNT(wrong); i++) {
		error.text[0] = '\0';
		assert_false(hostapd_edit_set(edit, 0, wrong[i][0], wrong[i][1], &error));
		assert_true(error.text[0]);
	}
	assert_false(hostapd_edit_set(edit, 1, "wpa", "2", &error));
	assert_text(edit, "interface=wlan3\nwpa=2\n");
	assert_null(hostapd_edit_new("a/b"));
	assert_null(hostapd_edit_new(""));
	hostapd_edit_free(edit);
}

/* SET bss begins a network; a number of a channel is judged with its band. */
static void bss_is_set(void **state)
{
	struct hostapd_edit *edit = hostapd_edit_new("wlan3");
	struct error error = {{0}};

	(void)state;
	assert_true(hostapd_edit_set(edit, 0, "ssid", "a", &error));
	assert_true(hostapd_edit_set(edit, 0, "bss", "wlan3-2", &error));
	assert_false(hostapd_edit_set(edit, 0, "bss", "wlan3", &error));
	assert_false(hostapd_edit_set(edit, 1, "bss", "wlan3-2", &error));
	assert_true(hostapd_edit_set(edit, 1, "ssid", "b", &error));
	assert_true(hostapd_edit_set(edit, 0, "channel", "12345", &error));
	assert_text(edit, "interface=wlan3\nssid=a\nchannel=12345\nbss=wlan3-2\nssid=b\n");
	hostapd_edit_free(edit);
}

static void file_is_taken_over_and_networks_come_and_go(void **state)
{
	struct hostapd_edit *edit = hostapd_edit_new("wlan3");
	struct error error = {{0}};

	(void)state;
	assert_true(hostapd_edit_load(edit, "# a comment\ninterface=ap0\nssid= x \nchannel=6\nbss=ap1\nssid=guests\n",
				      NULL, &error));
	assert_text(edit, "interface=ap0\nssid= x \nchannel=6\nbss=ap1\nssid=guests\n");
	assert_true(hostapd_edit_add_bss(edit, "interface=ap2\nchannel=11\nssid=third\n", &error));
	assert_false(hostapd_edit_add_bss(edit, "interface=ap1\nssid=again\n", &error));
	assert_int_equal(hostapd_edit_count(edit), 3);
	assert_false(hostapd_edit_remove_bss(edit, 0));
	assert_true(hostapd_edit_remove_bss(edit, 1));
	assert_text(edit, "interface=ap0\nssid= x \nchannel=6\nbss=ap2\nssid=third\n"); /* the channel is the radio's */
	assert_false(hostapd_edit_load(edit, "interface=ap0\nnonsense\n", NULL, &error));
	assert_false(hostapd_edit_load(edit, "ssid=x\n", NULL, &error)); /* without interface */
	assert_text(edit, "interface=ap0\nssid= x \nchannel=6\nbss=ap2\nssid=third\n");
	assert_true(hostapd_edit_load(edit, "ssid=x\n", "wlan9", &error));
	assert_string_equal(hostapd_edit_interface(edit, 0), "wlan9");
	hostapd_edit_free(edit);
}

static void interface_comes_from_the_caller(void **state)
{
	static const char text[] = "ssid=x\n";
	struct hostapd_conf conf;
	struct error error = {{0}};

	(void)state;
	assert_false(hostapd_conf_read(&conf, text, "FILE", NULL, &error));
	hostapd_conf_free(&conf);
	assert_true(hostapd_conf_read(&conf, text, "FILE", "wlan9", &error));
	assert_string_equal(conf.bss[0].interface, "wlan9");
	hostapd_conf_free(&conf);
	assert_true(hostapd_conf_read(&conf, "interface=ap0\nssid=x\nbss=ap1\nssid=y\n", "FILE", "wlan9", &error));
	assert_string_equal(conf.bss[0].interface, "wlan9");
	assert_string_equal(conf.bss[1].interface, "ap1");
	hostapd_conf_free(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_set_in_any_order),
		cmocka_unit_test(bss_is_set),
		cmocka_unit_test(wrong_line_is_refused_and_changes_nothing),
		cmocka_unit_test(file_is_taken_over_and_networks_come_and_go),
		cmocka_unit_test(interface_comes_from_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
