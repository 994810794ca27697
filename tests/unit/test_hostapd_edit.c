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
/* Each line is refused where it contradicts the other one, not only when all is read. */
static void contradictory_window_is_refused(void **state)
{
	struct hostapd_edit *edit = hostapd_edit_new("wlan3");
	struct error error = {{0}};

	(void)state;
	assert_true(hostapd_edit_set(edit, 0, "tx_queue_data2_cwmin", "7", &error));
	assert_true(hostapd_edit_set(edit, 0, "tx_queue_data2_cwmax", "7", &error));
	assert_false(hostapd_edit_set(edit, 0, "tx_queue_data2_cwmax", "3", &error));
	assert_string_equal(error.text, "tx_queue_data2_cwmax=3 contradicts tx_queue_data2_cwmin=7: cwmin must not be "
					"above cwmax");
	assert_false(hostapd_edit_set(edit, 0, "tx_queue_data2_cwmin", "15", &error));
	assert_true(hostapd_edit_set(edit, 0, "tx_queue_data1_cwmax", "3", &error));
	assert_true(hostapd_edit_set(edit, 0, "wmm_ac_bk_cwmin", "4", &error));
	assert_false(hostapd_edit_set(edit, 0, "wmm_ac_bk_cwmax", "3", &error));
	assert_true(hostapd_edit_set(edit, 0, "wmm_ac_bk_cwmax", "10", &error));
	hostapd_edit_free(edit);
}

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
				      "ap.conf", NULL, &error));
	assert_text(edit, "interface=ap0\nssid= x \nchannel=6\nbss=ap1\nssid=guests\n");
	assert_true(hostapd_edit_add_bss(edit,
					 "interface=ap2\nchannel=11\nhe_bss_color=3\nvht_oper_chwidth=1\nssid=third\n",
					 "ap2.conf", &error));
	assert_false(hostapd_edit_add_bss(edit, "interface=ap1\nssid=again\n", "ap1.conf", &error));
	assert_int_equal(hostapd_edit_count(edit), 3);
	assert_false(hostapd_edit_remove_bss(edit, 0));
	assert_true(hostapd_edit_remove_bss(edit, 1));
	assert_text(edit, "interface=ap0\nssid= x \nchannel=6\nbss=ap2\nssid=third\n"); /* the channel is the radio's */
	assert_false(hostapd_edit_load(edit, "interface=ap0\nnonsense\n", "/etc/ap.conf", NULL, &error));
	assert_string_equal(error.text, "/etc/ap.conf:2: expected KEY=VALUE or a comment (#)");
	assert_false(hostapd_edit_add_bss(edit, "interface=ap3\n\nnonsense\n", "/etc/ap3.conf", &error));
	assert_string_equal(error.text, "/etc/ap3.conf:3: expected KEY=VALUE or a comment (#)");
	assert_false(hostapd_edit_load(edit, "ssid=x\n", "ap.conf", NULL, &error)); /* without interface */
	assert_text(edit, "interface=ap0\nssid= x \nchannel=6\nbss=ap2\nssid=third\n");
	assert_true(hostapd_edit_load(edit, "ssid=x\n", "ap.conf", "wlan9", &error));
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

/* The whole is refused with a line of a text that nobody sees: where is it from? */
static void assert_refusal(const struct hostapd_edit *edit, const char *expected)
{
	char *text = hostapd_edit_text(edit);
	struct hostapd_conf conf;
	struct error error = {{0}};

	assert_false(hostapd_conf_read(&conf, text, hostapd_edit_interface(edit, 0), NULL, &error));
	hostapd_edit_relocate(edit, &error);
	assert_string_equal(error.text, expected);
	hostapd_conf_free(&conf);
	text_file_free(text);
}

static void messages_name_the_file_or_the_command(void **state)
{
	struct hostapd_edit *edit = hostapd_edit_new("wlan3");
	struct error error = {{0}};

	(void)state;
	assert_true(hostapd_edit_load(edit, "# comment\ninterface=wlan3\n\nssid=x\nwpa=2\n", "ap.conf", NULL, &error));
	assert_refusal(edit, "ap.conf:5: wpa needs wpa_passphrase, wpa_psk or wpa_psk_file");
	assert_true(hostapd_edit_set(edit, 0, "wpa", "1", &error));
	assert_refusal(edit, "wlan3: SET wpa: wpa needs wpa_passphrase, wpa_psk or wpa_psk_file");
	assert_true(hostapd_edit_set(edit, 0, "wpa_passphrase", "SesameSesame", &error));
	assert_true(hostapd_edit_add_bss(edit, "interface=wlan4\n#\nssid=y\nwpa=2\n", "other.conf", &error));
	assert_refusal(edit, "other.conf:4: wpa needs wpa_passphrase, wpa_psk or wpa_psk_file");
	assert_true(hostapd_edit_set(edit, 1, "wpa", "2", &error));
	assert_refusal(edit, "wlan4: SET wpa: wpa needs wpa_passphrase, wpa_psk or wpa_psk_file");
	hostapd_edit_free(edit);
	for (const char *const *other = (const char *const[]){"no memory", "wlan3:x: y", "wlan3:5", "", NULL}; *other;
	     other++) {
		edit = hostapd_edit_new("wlan3");
		error_set(&error, 0, "%s", *other);
		hostapd_edit_relocate(edit, &error);
		assert_string_equal(error.text, *other);
		error_set(&error, 0, "wlan3:999: y");
		hostapd_edit_relocate(edit, &error);
		assert_string_equal(error.text, "wlan3: y");
		hostapd_edit_free(edit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_set_in_any_order),
		cmocka_unit_test(contradictory_window_is_refused),
		cmocka_unit_test(bss_is_set),
		cmocka_unit_test(wrong_line_is_refused_and_changes_nothing),
		cmocka_unit_test(file_is_taken_over_and_networks_come_and_go),
		cmocka_unit_test(interface_comes_from_the_caller),
		cmocka_unit_test(messages_name_the_file_or_the_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
