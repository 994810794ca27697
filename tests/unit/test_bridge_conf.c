/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "conf/bridge_conf.h"

#include <unistd.h>

static char path[] = "/tmp/vifi-test-XXXXXX";

static int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	return fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static struct bridge_conf conf;

static bool read_text(const char *text, struct error *error)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	memset(&conf, 0, sizeof(conf));
	opt_defaults(bridge_conf_options, &conf);
	return bridge_conf_read(&conf, path, error);
}

static void complete_file_is_read(void **state)
{
	struct error error = {{0}};

	(void)state;
	assert_true(read_text("# a comment\n"
			      "[bridge]\n"
			      "uplink = wlan0\n"
			      "bridge = virbr1\n"
			      "engine = clsact\n"
			      "vlans = 10, 20-22\n"
			      "age = 120\n"
			      "carrier = off\n"
			      "rewrite-chaddr = no\n"
			      "pin = 52:54:00:12:34:56 192.0.2.5 2001:db8::5%10\n"
			      "pin = 52:54:00:12:34:57 ethertype:0x88b5",
			      &error));
	assert_string_equal(conf.uplink, "wlan0");
	assert_string_equal(conf.bridge, "virbr1");
	assert_int_equal(conf.engine, BRIDGE_ENGINE_CLSACT);
	assert_int_equal(conf.vlans[0], 1ull << 10 | 7ull << 20);
	assert_int_equal(conf.age_s, 120);
	assert_int_equal(conf.port_cap, MN_PORT_CAP_DEFAULT);
	assert_int_equal(conf.pins.count, 3);
	assert_int_equal(conf.pins.pin[0].key.family, MN_IP4);
	assert_int_equal(conf.pins.pin[1].key.family, MN_IP6);
	assert_int_equal(conf.pins.pin[1].key.vlan, 10);
	assert_int_equal(conf.pins.pin[2].key.family, MN_ETHERTYPE);
	assert_int_equal(conf.pins.pin[2].key.addr[0], 0x88);
	assert_int_equal(conf.pins.pin[2].mac[5], 0x57);
}

/* Messages name the file, the line, the key, and the nearest known key. */
static void errors_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"uplink = wlan0\nagee = 5\n", ":2: unknown key `agee`; did you mean `age`?"},
		{"\n\nage = 5\n", ":3: age must be a number from 60 to 86400, not 5"},
		{"age = 100\nage = ten\n", ":2: age must be a number"},
		{"[bridge]\nengine = xdp\n", ":2: engine must be one of auto, tcx, clsact, user, not `xdp`"},
		{"[wifi]\nage = 100\n", ":2: unknown section [wifi]; all keys belong in [bridge]"},
		{"uplink\n", ":1: expected [SECTION] or KEY = VALUE"},
		{"uplink =\n", ":1: `uplink` has no value"},
		{"config = x\n", ":1: `config` is an option of the command line"},
		{"vlans = 4095\n", ":1: vlans must be VLAN ids"},
		{"vlans = 0\n", ":1: vlans must be VLAN ids"},
		{"vlans = 30-20\n",
		 ":1: vlans must be VLAN ids from 1 to 4094 and ranges of them (10, 20-29), not `30-20`"},
		{"pin = 192.0.2.5\n", ":1: pin must begin with the unicast MAC address of a guest"},
		{"pin = 01:00:5e:00:00:01 192.0.2.5\n", ":1: pin must begin with the unicast MAC address of a guest"},
		{"pin = 52:54:00:12:34:56\n", ":1: pin needs a MAC address and at least one address"},
		{"pin = 52:54:00:12:34:56 224.0.0.1\n", ":1: `224.0.0.1` cannot be pinned to a guest"},
		{"pin = 52:54:00:12:34:56 127.0.0.1\n", ":1: `127.0.0.1` cannot be pinned to a guest"},
		{"pin = 52:54:00:12:34:56 ::1\n", ":1: `::1` cannot be pinned to a guest"},
		{"pin = 52:54:00:12:34:56 ethertype:0x05ff\n", ":1: `ethertype:0x05ff` cannot be pinned to a guest"},
		{"pin = 52:54:00:12:34:56 192.0.2.5\npin = 52:54:00:12:34:57 192.0.2.5\n",
		 ":2: `192.0.2.5` is pinned to two guests"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error error = {{0}};
		assert_false(read_text(rows[i].text, &error));
		if (strncmp(error.text, path, strlen(path)) || !strstr(error.text, rows[i].message))
			fail_msg("row %zu: `%s` does not contain `%s`", i, error.text, rows[i].message);
	}
}

static void overlong_line_is_refused(void **state)
{
	char text[600];
	struct error error = {{0}};

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "age = 100\nuplink = ", 19);
	strcpy(text + sizeof(text) - 12, "\nage = 70\n");
	assert_false(read_text(text, &error));
	assert_non_null(strstr(error.text, ":2: line too long"));
}

static void what_is_no_text_is_refused(void **state)
{
	static const char text[] = "age = 100\nuplink = wlan0\0x\n";
	struct error error = {{0}};
	FILE *file = fopen(path, "w");

	(void)state;
	assert_non_null(file);
	fwrite(text, 1, sizeof(text) - 1, file);
	fclose(file);
	assert_false(bridge_conf_read(&conf, path, &error));
	assert_non_null(strstr(error.text, ":2: a zero byte"));
	assert_false(read_text("uplink = \033[31mwlan0\n", &error));
	assert_non_null(strstr(error.text, ":1: a control character"));
	assert_true(read_text("\tage = 100\r\n", &error));
	assert_false(bridge_conf_read(&conf, "/tmp/", &error)); /* the folder itself */
	assert_string_equal(error.text, "/tmp/: Is a directory");
}

static void missing_file_is_reported(void **state)
{
	struct error error = {{0}};

	(void)state;
	assert_false(bridge_conf_read(&conf, "/nonexistent/x.conf", &error));
	assert_string_equal(error.text, "/nonexistent/x.conf: No such file or directory");
	assert_false(bridge_conf_read(&conf, "no-such-name", &error));
	assert_string_equal(error.text, "/etc/vifi/no-such-name.conf: No such file or directory");
}

static void every_key_is_known(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint8_t family;
		uint16_t vlan;
	} rows[] = {
		{"192.0.2.5", true, MN_IP4, 0},
		{"192.0.2.5%4094", true, MN_IP4, 4094},
		{"192.0.2.5%4095", false, 0, 0},
		{"192.0.2.5%", false, 0, 0},
		{"192.0.2", false, 0, 0},
		{"2001:db8::5", true, MN_IP6, 0},
		{"52:54:00:12:34:56", true, MN_MAC, 0},
		{"52-54-00-12-34-56%7", true, MN_MAC, 7},
		{"52:54:00:12:34:5", false, 0, 0},
		{"52:54:00:12:34:567", false, 0, 0},
		{"ethertype:88b5", true, MN_ETHERTYPE, 0},
		{"ethertype:0x88b5", true, MN_ETHERTYPE, 0},
		{"ethertype:0x10000", false, 0, 0},
		{"ethertype:", false, 0, 0},
		{"10.9.0.0/24", true, MN_NET4, 0},
		{"0.0.0.0/0", true, MN_NET4, 0},
		{"2001:db8:9::/64", true, MN_NET6, 0},
		{"::/0", true, MN_NET6, 0},
		{"192.0.2.5/32", true, MN_IP4, 0},
		{"2001:db8::5/128", true, MN_IP6, 0},
		{"10.9.0.5/24", false, 0, 0}, /* not a network */
		{"10.9.0.0/33", false, 0, 0},
		{"10.9.0.0/24%7", false, 0, 0},
		{"10.9.0.0/", false, 0, 0},
		{"/24", false, 0, 0},
		{"", false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mn_key key;
		assert_int_equal(bridge_parse_key(&key, rows[i].text), rows[i].ok);
		if (!rows[i].ok)
			continue;
		assert_int_equal(key.family, rows[i].family);
		assert_int_equal(key.vlan, rows[i].vlan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(complete_file_is_read),    cmocka_unit_test(errors_name_file_and_line),
		cmocka_unit_test(overlong_line_is_refused), cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(missing_file_is_reported), cmocka_unit_test(every_key_is_known),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
