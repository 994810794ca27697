/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi bridge show` on a screen, made of reports as they are in each state of a bridge. */
#include "unit.h"

#include "base/printable.h"
#include "bridge/problems.h"
#include "cli/show_view.h"

#include <jansson.h>

static const char head[] =
	"{'uplink': 'wlan0', 'bridge': 'br0', 'mac': '02:00:00:00:00:01', 'engine': 'tcx', 'running': true, 'pid': 7,"
	" 'link': {'present': true, 'up': true, 'carrier': true, 'mtu': 1500, 'addresses': ['192.0.2.20/24'],"
	" 'networks': ['192.0.2.0/24']}, 'limits': {'ports': 1018, 'port_cap': 256, 'learn_rate': 16, 'learn_burst': "
	"64},"
	" 'bindings': [], 'ports': [], 'counts': {}, 'drops': {}, 'shortcut': null, 'clones': [], 'events': [],"
	" 'interval_s': null, 'totals': {'guests': 1, 'addresses': 1, 'out_bytes': 1200000000, 'in_bytes': 44000000,"
	" 'out_bytes_per_s': null, 'in_bytes_per_s': null}, 'guests': []}";

static const char guest[] = "{'name': 'web-1', 'hostname': 'web-1', 'machine': null, 'mac': '52:54:00:00:00:01', "
			    "'port': 'vnet0', 'age_s': 9,"
			    " 'seen_s': 3, 'expires_s': 40000, 'out_packets': 9, 'out_bytes': 1200000000, "
			    "'in_packets': 9, 'in_bytes': 44000000,"
			    " 'out_bytes_per_s': null, 'in_bytes_per_s': null, 'addresses': [{'address': '192.0.2.41', "
			    "'family': 'ip4', 'vlan': 0,"
			    " 'flags': ['dhcp'], 'in_network': true, 'age_s': 9, 'seen_s': 3, 'expires_s': 40000, "
			    "'out_bytes': 5, 'in_bytes': 5}]}";

static json_t *parse(const char *text)
{
	char json[4096];
	json_t *parsed;
	size_t i;

	for (i = 0; text[i] && i + 1 < sizeof(json); i++)
		json[i] = text[i] == '\'' ? '"' : text[i];
	json[i] = '\0';
	parsed = json_loads(json, 0, NULL);
	assert_non_null(parsed);
	return parsed;
}

static json_t *make_report(json_t **first)
{
	json_t *report = parse(head);

	*first = parse(guest);
	json_array_append_new(json_object_get(report, "guests"), *first);
	return report;
}

static json_t *address_of(json_t *guest_json)
{
	return json_array_get(json_object_get(guest_json, "addresses"), 0);
}

/* The screen; the caller frees it. Releases the report. */
static char *view(json_t *report, unsigned width, const struct show_view_options *options)
{
	struct screen screen = {.width = width, .utf8 = true};

	bridge_problems_add(report);
	show_view(&screen, report, options);
	json_decref(report);
	assert_false(screen.failed);
	assert_non_null(screen.text);
	return screen.text;
}

static void assert_view(json_t *report, unsigned width, const struct show_view_options *options, const char *expected)
{
	char *text = view(report, width, options);

	assert_string_equal(text, expected);
	free(text);
}

static const struct show_view_options once;

static void one_guest(void **state)
{
	json_t *first;

	(void)state;
	assert_view(make_report(&first), 80, &once,
		    "wlan0 (02:00:00:00:00:01) serves br0, engine tcx, process 7\n"
		    "1 guest, 1.2 GB sent, 44 MB received\n"
		    "\n"
		    "  NAME   ADDRESS     MAC                PORT   SEEN  LEASE     OUT     IN\n"
		    "  web-1  192.0.2.41  52:54:00:00:00:01  vnet0   3 s   11 h  1.2 GB  44 MB\n");
}

static void guest_without_an_address_has_a_row(void **state)
{
	const struct show_view_options verbose = {.verbose = true};
	json_t *first, *report = make_report(&first);
	char *text;

	(void)state;
	json_array_clear(json_object_get(first, "addresses"));
	text = view(json_deep_copy(report), 0, &once);
	assert_non_null(strstr(text, "\n  web-1  -        52:54:00:00:00:01  vnet0 "));
	free(text);
	text = view(report, 0, &verbose);
	assert_non_null(strstr(text, "\n  -        52:54:00:00:00:01  web-1  vnet0 "));
	free(text);
}

static void no_guest(void **state)
{
	json_t *report = parse(head);

	(void)state;
	json_object_set_new(json_object_get(report, "totals"), "guests", json_integer(0));
	assert_view(report, 80, &once,
		    "wlan0 (02:00:00:00:00:01) serves br0, engine tcx, process 7\n"
		    "No guest has sent a frame towards the network yet.\n");
}

static void watch_has_rates_where_there_is_little_room(void **state)
{
	const struct show_view_options watch = {.watch = true};
	json_t *first, *report = make_report(&first), *earlier = make_report(&first);

	(void)state;
	json_object_set_new(first, "out_bytes", json_integer(1200000000 - 250000));
	show_rates(report, earlier, 2);
	json_decref(earlier);
	assert_view(report, 60, &watch,
		    "wlan0 (02:00:00:00:00:01) serves br0, engine tcx, process 7\n"
		    "1 guest, 1.2 GB sent, 44 MB received; now 1.0 Mbit/s out,\n"
		    "0/s in\n"
		    "\n"
		    "  NAME   ADDRESS     PORT      OUT     IN     OUT/s  IN/s\n"
		    "  web-1  192.0.2.41  vnet0  1.2 GB  44 MB  1.0 Mbit     0\n");
}

static void rates_of_the_first_look_are_unknown(void **state)
{
	json_t *first, *report = make_report(&first);

	(void)state;
	show_rates(report, NULL, 2);
	assert_true(json_is_null(json_object_get(first, "out_bytes_per_s")));
	assert_true(json_is_null(json_object_get(report, "interval_s")));
	json_decref(report);
}

/* A restart of the process loses what expired addresses had counted. */
static void counters_that_fall_are_no_rate(void **state)
{
	json_t *first, *report = make_report(&first), *earlier = make_report(&first);

	(void)state;
	json_object_set_new(first, "out_bytes", json_integer(2000000000));
	show_rates(report, earlier, 2);
	first = json_array_get(json_object_get(report, "guests"), 0);
	assert_int_equal(json_integer_value(json_object_get(first, "out_bytes_per_s")), 0);
	json_decref(earlier);
	json_decref(report);
}

static void contest_is_marked_and_explained(void **state)
{
	json_t *first, *report = make_report(&first);

	(void)state;
	json_array_append_new(json_object_get(address_of(first), "flags"), json_string("contest"));
	assert_view(report, 80, &once,
		    "wlan0 (02:00:00:00:00:01) serves br0, engine tcx, process 7\n"
		    "1 guest, 1.2 GB sent, 44 MB received\n"
		    "\n"
		    "  NAME   ADDRESS      MAC                PORT   SEEN  LEASE     OUT     IN\n"
		    "  web-1  192.0.2.41!  52:54:00:00:00:01  vnet0   3 s   11 h  1.2 GB  44 MB\n"
		    "\n"
		    "  ! 192.0.2.41 of guest web-1 (52:54:00:00:00:01 on vnet0) is contested: another\n"
		    "    guest claims it, too.\n"
		    "    Change one of the two addresses. `vifi bridge pin wlan0 52:54:00:00:00:01\n"
		    "    192.0.2.41` reserves it for this guest.\n");
}

static void roamed_uplink_is_explained_once(void **state)
{
	json_t *first, *report = make_report(&first), *second;
	char *text;

	(void)state;
	json_object_set_new(address_of(first), "in_network", json_false());
	second = json_deep_copy(first);
	json_array_append_new(json_object_get(report, "guests"), second);
	text = view(report, 0, &once);
	assert_non_null(strstr(text, "192.0.2.41!"));
	assert_non_null(strstr(text,
			       "\n  ! 2 guests have addresses (marked !) outside the networks of wlan0: 192.0.2.0/24.\n"
			       "    Renew the DHCP lease"));
	assert_null(strstr(strstr(text, "  ! ") + 1, "  ! "));
	free(text);
}

static void states_of_the_uplink_and_the_process_are_in_the_first_line(void **state)
{
	static const struct {
		const char *object, *member, *words, *problem;
	} cases[] = {
		{"link", "present", ", uplink gone\n", "  ! The uplink is gone"},
		{"link", "up", ", uplink down\n", "  ! wlan0 is down"},
		{"link", "carrier", ", no carrier\n", "  ! wlan0 has no carrier"},
		{NULL, "running", ", without a process\n", "  ! No process serves wlan0"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *first, *report = make_report(&first);
		char *text;

		json_object_set_new(cases[i].object ? json_object_get(report, cases[i].object) : report,
				    cases[i].member, json_false());
		json_object_set_new(report, "pid", cases[i].object ? json_integer(7) : json_null());
		text = view(report, 0, &once);
		assert_non_null(strstr(text, cases[i].words));
		assert_true(strchr(text, '\n') == strstr(text, cases[i].words) + strlen(cases[i].words) - 1);
		assert_non_null(strstr(text, cases[i].problem));
		free(text);
	}
}

static void harmless_drops_are_one_line(void **state)
{
	json_t *first, *report = make_report(&first), *drops = json_object_get(report, "drops");
	const struct show_view_options verbose = {.verbose = true};
	char *text;

	(void)state;
	json_object_set_new(drops, "reflection", json_integer(63));
	json_object_set_new(drops, "rarp", json_integer(2));
	text = view(json_deep_copy(report), 0, &once);
	assert_non_null(strstr(text, "\n  Dropped:\n          65  harmless: rarp 2, reflection 63\n"));
	free(text);
	json_object_set_new(drops, "mtu", json_integer(5));
	text = view(json_deep_copy(report), 0, &once);
	assert_non_null(strstr(
		text, "\n  Dropped:\n           5  mtu: The frame is longer than the outgoing interface can carry.\n"
		      "              Give the guest's interface the MTU of the uplink.\n"
		      "          65  more are harmless: rarp 2, reflection 63\n"));
	free(text);
	text = view(report, 0, &verbose);
	assert_non_null(strstr(text, "          63  reflection: The access point sent our own frame back.\n"));
	free(text);
}

static void hostile_names_do_not_reach_the_terminal(void **state)
{
	static const char hostile[] = "\033[2J\033]0;owned\a\nwlan0 (all is well)\302\233m\342\200\256";
	static const char *const members[] = {"name", "hostname", "port"};
	json_t *first, *report = make_report(&first);
	const struct show_view_options all = {.all = true};

	(void)state;
	for (size_t i = 0; i < COUNT(members); i++)
		json_object_set_new(first, members[i], json_string(hostile));
	json_array_append_new(json_object_get(address_of(first), "flags"), json_string("contest"));
	json_array_append(json_object_get(report, "bindings"), address_of(first));
	json_object_set_new(report, "bridge", json_string(hostile));
	json_object_set_new(address_of(first), "address", json_string(hostile));
	for (unsigned width = 0; width < 200; width += 40) {
		const struct show_view_options *const options[] = {&once, &all};

		for (size_t i = 0; i < COUNT(options); i++) {
			char *text = view(json_deep_copy(report), width, options[i]), *line;

			assert_null(strpbrk(text, "\033\a\r"));
			assert_null(strstr(text, "\302\233"));
			assert_null(strstr(text, "\342\200\256"));
			assert_null(strstr(text, "\nwlan0 (all"));
			for (line = strtok(text, "\n"); line && width; line = strtok(NULL, "\n"))
				assert_true(printable_width(line) <= width);
			free(text);
		}
	}
	json_decref(report);
}

static void filter_finds_one_guest(void **state)
{
	static const struct {
		const char *word;
		size_t found;
	} cases[] = {
		{"web-1", 1},
		{"WEB-1", 1},
		{"52:54:00:00:00:01", 1},
		{"52-54-00-00-00-01", 1},
		{"vnet0", 1},
		{"192.0.2.41", 1},
		{"192.0.2.4", 0},
		{"web", 0},
		{"", 0},
		{"52:54:00:00:00:0", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *first, *report = make_report(&first);

		assert_int_equal(show_filter(report, cases[i].word), cases[i].found);
		assert_int_equal(json_array_size(json_object_get(report, "guests")), cases[i].found);
		json_decref(report);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_guest),
		cmocka_unit_test(no_guest),
		cmocka_unit_test(guest_without_an_address_has_a_row),
		cmocka_unit_test(watch_has_rates_where_there_is_little_room),
		cmocka_unit_test(rates_of_the_first_look_are_unknown),
		cmocka_unit_test(counters_that_fall_are_no_rate),
		cmocka_unit_test(contest_is_marked_and_explained),
		cmocka_unit_test(roamed_uplink_is_explained_once),
		cmocka_unit_test(states_of_the_uplink_and_the_process_are_in_the_first_line),
		cmocka_unit_test(harmless_drops_are_one_line),
		cmocka_unit_test(hostile_names_do_not_reach_the_terminal),
		cmocka_unit_test(filter_finds_one_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
