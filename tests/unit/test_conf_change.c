/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reload may change, from the text of a file to the list of keys. */
#include "unit.h"

#include "bridge/policy/carrier.h"
#include "bridge/policy/conf_change.h"

static const struct opt_command up = {
	.name = "vifi bridge up", .operands = "[UPLINK [BRIDGE]]", .max_operands = 2, .options = bridge_conf_options};

static bool read_conf(struct bridge_conf *conf, const char *text, char **argv, struct error *error)
{
	struct bridge_command_line line = {&up, 0, argv};

	while (argv[line.argc])
		line.argc++;
	return bridge_conf_assemble(conf, &line, text, error);
}

static struct bridge_conf before, after;

static void compare_with_engine(bool user_engine, const char *old_text, const char *new_text, const char *refused,
				const char *list)
{
	char *argv[] = {(char *)"up", (char *)"-c", (char *)"/etc/vifi/home.conf", (char *)"--wait", NULL};
	char changed[CONF_CHANGE_TEXT];
	struct error error;
	const char *key;

	assert_true(read_conf(&before, old_text, argv, &error));
	assert_true(read_conf(&after, new_text, argv, &error));
	key = conf_change_refused(&before, &after, user_engine);
	if (refused)
		assert_string_equal(key, refused);
	else
		assert_null(key);
	conf_change_list(&before, &after, changed);
	assert_string_equal(changed, list);
}

static void compare(const char *old_text, const char *new_text, const char *refused, const char *list)
{
	compare_with_engine(false, old_text, new_text, refused, list);
}

static void changes_are_listed(void **state)
{
	(void)state;
	compare("uplink=wlan0\n", "# the same\n[bridge]\nuplink = wlan0\nport-cap = 256\n", NULL, "");
	compare("uplink=wlan0\n", "uplink=wlan0\nage=120\ncarrier=off\n", NULL, "age, carrier");
	compare("uplink=wlan0\npin=52:54:00:12:34:56 192.0.2.5\n", "uplink=wlan0\npin=52:54:00:12:34:56 192.0.2.6\n",
		NULL, "pin");
	compare("uplink=wlan0\nvlans=10\n", "uplink=wlan0\nvlans=11\n", NULL, "vlans");
}

static void some_changes_need_a_restart(void **state)
{
	(void)state;
	compare("uplink=wlan0\n", "uplink=wlan1\nage=120\n", "uplink", "uplink, age");
	compare("uplink=wlan0\n", "uplink=wlan0\nuplink-mac=02:00:00:00:00:07\n", "uplink-mac", "uplink-mac");
	compare("uplink=wlan0\n", "uplink=wlan0\nbridge=br1\n", "bridge", "bridge");
	compare("uplink=wlan0\n", "uplink=wlan0\nengine=user\n", "engine", "engine");
	compare("uplink=wlan0\n", "uplink=wlan0\nstate=/var/lib/vifi\n", "state", "state");
}

/* The nft guard of the user-space engine has a rule for DHCP messages, which does not change while it runs. */
static void guest_services_need_a_restart_of_the_user_engine(void **state)
{
	const char *guests = "uplink=wlan0\n", *drop = "uplink=wlan0\nguest-services=drop\n",
		   *all = "uplink=wlan0\nguest-services=all\n";

	(void)state;
	compare(guests, all, NULL, "guest-services");
	compare_with_engine(true, guests, all, "guest-services", "guest-services");
	compare_with_engine(true, all, drop, "guest-services", "guest-services");
	compare_with_engine(true, guests, drop, NULL, "guest-services");
}

static void command_line_takes_precedence(void **state)
{
	char *argv[] = {
		(char *)"up", (char *)"wlan7", (char *)"--carrier=off", (char *)"-c", (char *)"/etc/vifi/home.conf",
		NULL};
	struct error error;

	(void)state;
	assert_true(read_conf(&after, "uplink=wlan0\ncarrier=guests\nbridge=br5\n", argv, &error));
	assert_string_equal(after.uplink, "wlan7");
	assert_string_equal(after.bridge, "br5");
	assert_int_equal(after.carrier, CARRIER_OFF);
	assert_string_equal(argv[1], "wlan7"); /* the arguments are not reordered */
}

static void mistakes_name_file_and_line(void **state)
{
	char *argv[] = {(char *)"up", (char *)"-c", (char *)"/etc/vifi/home.conf", NULL};
	struct error error;

	(void)state;
	assert_false(read_conf(&after, "[bridge]\nuplink = wlan0\nnonsense = 1\n", argv, &error));
	assert_non_null(strstr(error.text, "/etc/vifi/home.conf:3: "));
	assert_true(read_conf(&after, "", argv, &error));
	assert_string_equal(after.uplink, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_listed),
		cmocka_unit_test(some_changes_need_a_restart),
		cmocka_unit_test(guest_services_need_a_restart_of_the_user_engine),
		cmocka_unit_test(command_line_takes_precedence),
		cmocka_unit_test(mistakes_name_file_and_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
