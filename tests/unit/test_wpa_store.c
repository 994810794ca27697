/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/wpa_store.h"
#include "unit.h"

static const char file[] = "# my laptop\n"
			   "ctrl_interface=/run/wpa\n"
			   "update_config=1\n"
			   "\n"
			   "network={\n"
			   "\t# at home\n"
			   "\tssid=\"home\" # not \"work\"\n"
			   "\tpsk=\"correct horse\"\n"
			   "}\n"
			   "cred={\n"
			   "\trealm=\"x\"\n"
			   "}\n"
			   "network={\n"
			   "\tssid=\"cafe\"\n"
			   "\tkey_mgmt=NONE\n"
			   "}\n";

static struct wpa_store store;
static struct crypto *crypto;

static void expect_text(const char *expected)
{
	char *text = wpa_store_write(&store);

	assert_string_equal(text, expected);
	text_file_free(text);
}

static void begin(const char *text)
{
	struct error error;

	assert_true(wpa_store_parse(&store, text, &error));
}

static void unchanged_file_is_written_as_it_was(void **state)
{
	(void)state;
	begin(file);
	expect_text(file);
	assert_string_equal(wpa_store_get(wpa_store_find(&store, 0), "ssid"), "\"home\"");
	assert_string_equal(wpa_store_get(wpa_store_find(&store, 1), "key_mgmt"), "NONE");
	assert_null(wpa_store_find(&store, 2));
	assert_null(wpa_store_get_global(&store, "realm"));
	wpa_store_free(&store);
}

static void changes_keep_comments(void **state)
{
	struct wpa_store_network *network;
	struct error error;

	(void)state;
	begin(file);
	assert_true(wpa_store_set(wpa_store_find(&store, 0), "psk", "\"battery staple\"", &error));
	assert_true(wpa_store_set(wpa_store_find(&store, 0), "priority", "3", &error));
	assert_true(wpa_store_set_global(&store, "country", "DE", &error));
	assert_true(wpa_store_remove(&store, 1));
	network = wpa_store_add(&store);
	assert_int_equal(network->id, 1);
	assert_true(wpa_store_is_disabled(network));
	assert_true(wpa_store_set(network, "ssid", "\"new\"", &error));
	assert_true(wpa_store_disable(network, false));
	expect_text("# my laptop\n"
		    "ctrl_interface=/run/wpa\n"
		    "update_config=1\n"
		    "\n"
		    "country=DE\n"
		    "network={\n"
		    "\t# at home\n"
		    "\tssid=\"home\" # not \"work\"\n"
		    "\tpsk=\"battery staple\"\n"
		    "\tpriority=3\n"
		    "}\n"
		    "cred={\n"
		    "\trealm=\"x\"\n"
		    "}\n"
		    "network={\n"
		    "\tssid=\"new\"\n"
		    "}\n");
	wpa_store_free(&store);
}

static void invalid_values_change_nothing(void **state)
{
	static const char *const invalid[][2] = {
		{"ssid", "home"},    {"psk", "\"short\""}, {"no_such_key", "1"},  {"key_mgmt", "FOO"},
		{"psk", "\"a\nb\""}, {"bssid", "nobody"},  {"priority", "first"}, {"ssid", "\"a\"\n}\nnetwork={"}};
	struct error error;

	(void)state;
	begin(file);
	for (size_t i = 0; i < COUNT(invalid); i++)
		assert_false(wpa_store_set(wpa_store_find(&store, 0), invalid[i][0], invalid[i][1], &error));
	assert_false(wpa_store_set_global(&store, "no_such_key", "1", &error));
	assert_false(wpa_store_set_global(&store, "passive_scan", "maybe", &error));
	expect_text(file);
	wpa_store_free(&store);
}

static void networks_are_compiled_one_by_one(void **state)
{
	struct wpa_store_network *home, *cafe;
	struct error error;
	uint8_t pmk[PMK_LEN];

	(void)state;
	begin(file);
	home = wpa_store_find(&store, 0);
	cafe = wpa_store_find(&store, 1);
	wpa_store_compile(&store, crypto);
	assert_true(home->usable && cafe->usable);
	assert_string_equal((const char *)home->sta.ssid, "home");
	assert_int_equal(home->sta.id, home->handle);
	assert_true(cafe->sta.open);
	memcpy(pmk, home->sta.pmk, PMK_LEN);
	assert_true(wpa_store_set(home, "ssid", "\"other\"", &error));
	assert_true(home->stale && !cafe->stale);
	assert_true(wpa_store_set(cafe, "psk", "\"12345678\"", &error)); /* with key_mgmt=NONE */
	wpa_store_compile(&store, crypto);
	assert_memory_not_equal(pmk, home->sta.pmk, PMK_LEN); /* of the other SSID */
	assert_false(cafe->usable || cafe->complete);
	assert_true(cafe->why[0]);
	assert_true(wpa_store_set(cafe, "psk", NULL, &error));
	wpa_store_compile(&store, crypto);
	assert_true(cafe->usable);
	wpa_store_free(&store);
}

static void handles_survive_a_reload(void **state)
{
	struct wpa_store old, *new = &store;
	struct error error;

	(void)state;
	assert_true(wpa_store_parse(&old, file, &error));
	wpa_store_compile(&old, crypto);
	begin("network={\nssid=\"first\"\nkey_mgmt=NONE\n}\n"
	      "network={\nssid=\"cafe\"\nkey_mgmt=NONE\npriority=2\n}\n"
	      "network={\nssid=\"home\"\npsk=\"another one\"\n}\n");
	wpa_store_compile(new, crypto);
	wpa_store_adopt_handles(new, &old);
	assert_int_equal(wpa_store_find(new, 1)->handle, wpa_store_find(&old, 1)->handle);
	assert_int_equal(wpa_store_find(new, 1)->sta.id, wpa_store_find(&old, 1)->handle);
	assert_int_not_equal(wpa_store_find(new, 0)->handle, wpa_store_find(&old, 0)->handle);
	assert_int_not_equal(wpa_store_find(new, 2)->handle, wpa_store_find(&old, 0)->handle);
	wpa_store_free(&old);
	wpa_store_free(new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unchanged_file_is_written_as_it_was),
		cmocka_unit_test(changes_keep_comments),
		cmocka_unit_test(invalid_values_change_nothing),
		cmocka_unit_test(networks_are_compiled_one_by_one),
		cmocka_unit_test(handles_survive_a_reload),
	};
	int failed;

	crypto = crypto_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_free(crypto);
	return failed;
}
