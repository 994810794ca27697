/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "conf/opt.h"

struct settings {
	bool json, quiet;
	uint32_t ageing;
	char file[16];
	int engine;
	uint32_t list[4];
	uint32_t key;
};

/* A row that may be repeated. */
static bool read_number(void *field, size_t size, const char *value, struct error *error)
{
	uint32_t *list = field;

	assert_int_equal(size, sizeof(uint32_t[4]));
	if (value[0] == 'x')
		return error_set(error, false, "vlan must not be `%s`", value);
	list[list[0] ? 1 : 0] = (uint32_t)atoi(value);
	return true;
}

static const char *const engines[] = {"auto", "tcx", "user", NULL};

static const struct opt options[] = {
	{.name = "json", .letter = 'j', .type = OPT_FLAG, OPT_FIELD(struct settings, json), .help = "print JSON"},
	{.name = "quiet", .letter = 'q', .type = OPT_FLAG, OPT_FIELD(struct settings, quiet), .help = "print nothing"},
	{.name = "ageing",
	 .letter = 'a',
	 .argument = "SECONDS",
	 .type = OPT_NUMBER,
	 .min = 10,
	 .max = 4294967295u,
	 .default_value = "300",
	 OPT_FIELD(struct settings, ageing),
	 .help = "forget after SECONDS"},
	{.name = "config",
	 .letter = 'c',
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 .command_line_only = true,
	 OPT_FIELD(struct settings, file),
	 .help = "read FILE"},
	{.name = "engine",
	 .argument = "ENGINE",
	 .type = OPT_CHOICE,
	 .choices = engines,
	 .default_value = "tcx",
	 OPT_FIELD(struct settings, engine),
	 .help = "the engine that carries the frames"},
	{.name = "vlan",
	 .argument = "ID",
	 .type = OPT_CUSTOM,
	 .read = read_number,
	 OPT_FIELD(struct settings, list),
	 .help = "carry VLAN ID"},
	{.name = "key",
	 .argument = "N",
	 .type = OPT_NUMBER,
	 .max = 9,
	 .file_only = true,
	 OPT_FIELD(struct settings, key),
	 .help = "only in a file"},
	{0},
};

static const struct opt_command test_command = {
	.name = "vifi test",
	.operands = "UPLINK [BRIDGE]",
	.min_operands = 1,
	.max_operands = 2,
	.summary = "try the table of options",
	.description = "First.\n\nSecond paragraph, with a_name and *stars*.",
	.options = options,
};

struct parse_result {
	struct settings settings;
	struct error error;
	char text[256], *argv[16];
	int argc, first;
	bool ok;
};

/* Parses a line whose words are separated by one blank each; "''" is an empty word. */
static void parse(struct parse_result *result, const struct opt_command *command, const char *words)
{
	char *at, *word;

	memset(result, 0, sizeof(*result));
	snprintf(result->text, sizeof(result->text), "%s", words);
	result->argv[result->argc++] = result->text + strlen(result->text);
	for (word = strtok_r(result->text, " ", &at); word; word = strtok_r(NULL, " ", &at))
		result->argv[result->argc++] = strcmp(word, "''") ? word : word + 2;
	opt_defaults(command->options, &result->settings);
	result->ok = opt_parse_silent(command, result->argc, result->argv, &result->settings, &result->first,
				      &result->error);
}

static void valid_lines_are_parsed(void **state)
{
	/* Equivalent lines. */
	static const char *const rows[] = {
		"-j -a 60 -c f --engine user wlan0 br0",
		"-ja60 -cf --engine=user wlan0 br0",
		"wlan0 --json --ageing=60 br0 --config=f --engine user",
		"wlan0 br0 --json --ageing 0x3c --config f --engine user",
		"-ja 60 -c f --engine user -- wlan0 br0",
		"-a 99 --engine auto -c longer -j -a 60 -c f --engine user wlan0 br0", /* the last occurrence wins */
	};
	struct parse_result result;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		parse(&result, &test_command, rows[i]);
		assert_true(result.ok);
		assert_int_equal(result.first, result.argc - 2);
		assert_string_equal(result.argv[result.first], "wlan0");
		assert_string_equal(result.argv[result.first + 1], "br0");
		assert_true(result.settings.json);
		assert_false(result.settings.quiet);
		assert_int_equal(result.settings.ageing, 60);
		assert_string_equal(result.settings.file, "f");
		assert_int_equal(result.settings.engine, 2);
	}
}

static void defaults_and_limits(void **state)
{
	struct parse_result result;

	(void)state;
	parse(&result, &test_command, "wlan0");
	assert_true(result.ok);
	assert_int_equal(result.first, 1);
	assert_int_equal(result.settings.ageing, 300);
	assert_int_equal(result.settings.engine, 1);
	assert_string_equal(result.settings.file, "");
	parse(&result, &test_command, "wlan0 -a 4294967295 -c 123456789012345"); /* exact fit */
	assert_true(result.ok);
	assert_int_equal(result.settings.ageing, 4294967295u);
	parse(&result, &test_command, "wlan0 -a 10 --vlan 7 --vlan=9");
	assert_true(result.ok);
	assert_int_equal(result.settings.ageing, 10);
	assert_int_equal(result.settings.list[0], 7);
	assert_int_equal(result.settings.list[1], 9);
	parse(&result, &test_command, "-- --json -");
	assert_true(result.ok);
	assert_string_equal(result.argv[result.first], "--json");
	assert_string_equal(result.argv[result.first + 1], "-");
	assert_false(result.settings.json);
}

static void invalid_lines_are_refused(void **state)
{
	static const struct {
		const char *line, *error;
	} rows[] = {
		{"wlan0 --jsno", "unknown option `--jsno`; did you mean `--json`?"},
		{"wlan0 --js", "unknown option `--js`; did you mean `--json`?"}, /* no abbreviations */
		{"wlan0 --zzzzzz=1", "unknown option `--zzzzzz`; see `vifi test --help`"},
		{"wlan0 -x", "unknown option `-x`; see `vifi test --help`"},
		{"wlan0 -jx", "unknown option `-x`; see `vifi test --help`"},
		{"wlan0 --json=yes", "`--json` takes no value"},
		{"wlan0 --ageing", "`--ageing` needs a value: SECONDS"},
		{"wlan0 -a", "`--ageing` needs a value: SECONDS"},
		{"wlan0 -a 9", "--ageing must be a number from 10 to 4294967295, not 9"},
		{"wlan0 -a 4294967296", "--ageing must be a number from 10 to 4294967295, not 4294967296"},
		{"wlan0 -a 99999999999999999999999",
		 "--ageing must be a number from 10 to 4294967295, not 99999999999999999999999"},
		{"wlan0 -a -60", "--ageing must be a number from 10 to 4294967295, not `-60`"},
		{"wlan0 -a +60", "--ageing must be a number from 10 to 4294967295, not `+60`"},
		{"wlan0 -a 60s", "--ageing must be a number from 10 to 4294967295, not `60s`"},
		{"wlan0 -a 0x", "--ageing must be a number from 10 to 4294967295, not `0x`"},
		{"wlan0 --ageing=", "--ageing must be a number from 10 to 4294967295, not ``"},
		{"wlan0 -c ''", "--config is empty; give it a value or leave it out"},
		{"wlan0 -c 1234567890123456", "--config has at most 15 characters, but `1234567890123456` has 16"},
		{"wlan0 --engine tc", "--engine must be one of auto, tcx, user, not `tc`"},
		{"wlan0 --vlan x", "--vlan must not be `x`"},
		{"wlan0 --key 3", "unknown option `--key`; see `vifi test --help`"},
		{"", "missing operand; usage: vifi test UPLINK [BRIDGE]"},
		{"a b c", "unexpected argument `c`; usage: vifi test UPLINK [BRIDGE]"},
		{"a b c d", "unexpected argument `c`; usage: vifi test UPLINK [BRIDGE]"}, /* the first excess one */
	};
	struct parse_result result;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		parse(&result, &test_command, rows[i].line);
		assert_false(result.ok);
		assert_string_equal(result.error.text, rows[i].error);
	}
}

static void overlong_words_are_quoted_in_part(void **state)
{
	static char word[5000];
	char name[] = "x", *argv[] = {name, word, NULL};
	struct settings settings = {0};
	struct error error;
	int first;

	(void)state;
	memset(word, 'j', sizeof(word) - 1);
	memcpy(word, "--", 2);
	assert_false(opt_parse_silent(&test_command, 2, argv, &settings, &first, &error));
	assert_uint_in_range(strlen(error.text), 20, 200);
	memcpy(word, "--ageing=", 9);
	assert_false(opt_parse_silent(&test_command, 2, argv, &settings, &first, &error));
	assert_uint_in_range(strlen(error.text), 20, 200);
	memcpy(word, "--config=", 9);
	assert_false(opt_parse_silent(&test_command, 2, argv, &settings, &first, &error));
	assert_uint_in_range(strlen(error.text), 20, 200);
}

static void command_without_operands(void **state)
{
	static const struct opt_command bare = {.name = "vifi bare", .summary = "has no operands"};
	struct parse_result result;

	(void)state;
	parse(&result, &bare, "");
	assert_true(result.ok);
	assert_int_equal(result.first, 1);
	parse(&result, &bare, "wlan0");
	assert_false(result.ok);
	assert_string_equal(result.error.text, "unexpected argument `wlan0`; see `vifi bare --help`");
}

static void value_may_be_left_out(void **state)
{
	static const struct opt rows[] = {
		{.name = "json",
		 .letter = 'j',
		 .type = OPT_FLAG,
		 OPT_FIELD(struct settings, json),
		 .help = "print JSON"},
		{.name = "watch",
		 .letter = 'w',
		 .argument = "SECONDS",
		 .type = OPT_NUMBER,
		 .min = 1,
		 .max = 60,
		 .implied_value = "2",
		 OPT_FIELD(struct settings, ageing),
		 .help = "look again"},
		{0},
	};
	static const struct opt_command command = {
		.name = "vifi test", .operands = "[UPLINK]", .max_operands = 1, .summary = "try", .options = rows};
	static const struct {
		const char *line;
		unsigned seconds;
		bool json;
		const char *operand; /* NULL: none */
	} cases[] = {
		{"", 0, false, NULL},          {"-w", 2, false, NULL},          {"--watch", 2, false, NULL},
		{"-w5", 5, false, NULL},       {"-w 5", 5, false, NULL},        {"--watch=5", 5, false, NULL},
		{"--watch 5", 5, false, NULL}, {"-wj", 2, true, NULL},          {"-jw wlan0", 2, true, "wlan0"},
		{"-w -j", 2, true, NULL},      {"-w wlan0", 2, false, "wlan0"}, {"-w 5 wlan0", 5, false, "wlan0"},
		{"-w -- 5", 2, false, "5"},
	};
	struct parse_result result;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		parse(&result, &command, cases[i].line);
		assert_true(result.ok);
		assert_int_equal(result.settings.ageing, cases[i].seconds);
		assert_int_equal(result.settings.json, cases[i].json);
		assert_int_equal(result.argc - result.first, cases[i].operand != NULL);
		if (cases[i].operand)
			assert_string_equal(result.argv[result.first], cases[i].operand);
	}
	parse(&result, &command, "-w0");
	assert_false(result.ok);
	assert_string_equal(result.error.text, "--watch must be a number from 1 to 60, not 0");
	parse(&result, &command, "--watch=x");
	assert_false(result.ok);
}

static void help_overrides_missing_operands(void **state)
{
	static const char *const rows[] = {"--help", "-h", "-jh", "wlan0 br0 too many -h"};
	struct parse_result result;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		parse(&result, &test_command, rows[i]);
		assert_true(result.ok);
		assert_int_equal(result.first, OPT_HELP);
	}
}

static void file_keys_are_parsed(void **state)
{
	static const struct {
		const char *key, *value, *error;
	} rows[] = {
		{"ageing", "60", NULL},
		{"json", "yes", NULL},
		{"engine", "user", NULL},
		{"key", "9", NULL},
		{"json", "maybe", "json must be yes or no, not `maybe`"},
		{"ageing", "1", "ageing must be a number from 10 to 4294967295, not 1"},
		{"config", "x", "`config` is an option of the command line, not a key of a file"},
		{"agein", "60", "unknown key `agein`; did you mean `ageing`?"},
		{"wholly-else", "60", "unknown key `wholly-else`"},
	};
	struct settings settings = {0};
	struct error error;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool ok = opt_set_key(options, &settings, rows[i].key, rows[i].value, &error);

		assert_int_equal(ok, !rows[i].error);
		if (!ok)
			assert_string_equal(error.text, rows[i].error);
	}
	assert_int_equal(settings.ageing, 60);
	assert_int_equal(settings.engine, 2);
	assert_int_equal(settings.key, 9);
	assert_true(settings.json);
	assert_true(opt_set_key(options, &settings, "json", "off", &error));
	assert_false(settings.json);
}

static char *help_text(const struct opt_command *command)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	opt_help(command, to);
	fclose(to);
	return text;
}

static void help_fits_and_names_each_option(void **state)
{
	char *text = help_text(&test_command), *line, *at;

	(void)state;
	for (const struct opt *opt = options; opt->name; opt++) {
		char name[32];

		snprintf(name, sizeof(name), "--%s", opt->name);
		if (opt->file_only)
			assert_null(strstr(text, name));
		else
			assert_non_null(strstr(text, name));
	}
	assert_non_null(strstr(text, "Usage: vifi test [OPTIONS] UPLINK [BRIDGE]\n"));
	assert_non_null(strstr(text, "First.\n\nSecond paragraph"));
	assert_non_null(strstr(text, "  -a, --ageing SECONDS      forget after SECONDS (default: 300)\n"));
	assert_non_null(strstr(text, "  -h, --help                print this help\n"));
	for (line = strtok_r(text, "\n", &at); line; line = strtok_r(NULL, "\n", &at))
		assert_uint_in_range(strlen(line), 0, 80);
	free(text);
}

static void long_help_text_is_wrapped(void **state)
{
	static const char words[] = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
				    "fifteen sixteen seventeen eighteen\nnineteen twenty";
	char *text = NULL;
	size_t count;
	FILE *to = open_memstream(&text, &count);

	(void)state;
	opt_wrap(to, words, 4, 0);
	fclose(to);
	assert_string_equal(text, "    one two three four five six seven eight nine ten eleven twelve thirteen\n"
				  "    fourteen fifteen sixteen seventeen eighteen nineteen twenty\n");
	free(text);
}

static void man_page_escapes_markup(void **state)
{
	static const struct opt_command *const commands[] = {&test_command, NULL};
	static const struct opt_page page = {
		.name = "vifi-test",
		.section = 1,
		.summary = "try it",
		.description = "A snake_case word.\n# no heading\n  no indent\n`vifi test_it` and `half",
		.commands = commands,
		.keys = options,
		.keys_description = "Keys:",
	};
	char *text = NULL;
	size_t count;
	FILE *to = open_memstream(&text, &count);

	(void)state;
	opt_man(&page, to);
	fclose(to);
	assert_ptr_equal(strstr(text, "vifi-test(1)\n\n# NAME\n\nvifi-test - try it\n"), text);
	assert_non_null(strstr(text, "*vifi test* [_options_] _UPLINK_ [_BRIDGE_]\n"));
	assert_non_null(strstr(text, "A snake\\_case word.\n\\# no heading\nno indent\n"));
	assert_non_null(strstr(text, "\n*vifi test\\_it* and `half\n"));
	assert_non_null(strstr(text, "a\\_name and \\*stars\\*"));
	assert_non_null(strstr(
		text, "*-a*, *--ageing* _SECONDS_\n\tForget after SECONDS. From 10 to 4294967295. Default: 300.\n"));
	assert_non_null(strstr(text, "*key* = _N_\n\tOnly in a file."));
	assert_null(strstr(text, "*--key*"));
	assert_null(strstr(text, "*config* = "));
	free(text);
}

static void occurrences_are_counted(void **state)
{
	static const struct opt counting[] = {
		{.name = "debug",
		 .letter = 'd',
		 .type = OPT_COUNT,
		 .command_line_only = true,
		 OPT_FIELD(struct settings, key),
		 .help = "more"},
		{.name = "json",
		 .letter = 'j',
		 .type = OPT_FLAG,
		 OPT_FIELD(struct settings, json),
		 .help = "print JSON"},
		{0},
	};
	static const struct opt_command command = {.name = "vifi test", .options = counting};
	static const struct {
		const char *argv[4];
		int argc;
		uint32_t times;
	} rows[] = {{{"x"}, 1, 0}, {{"x", "-d"}, 2, 1}, {{"x", "-djd"}, 2, 2}, {{"x", "--debug", "-dd"}, 3, 3}};
	const char *valued[] = {"x", "--debug=3", NULL};
	struct settings settings;
	struct error error;
	int first;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		settings = (struct settings){0};
		assert_true(opt_parse_silent(&command, rows[i].argc, (char **)(uintptr_t)rows[i].argv, &settings,
					     &first, &error));
		assert_int_equal(settings.key, rows[i].times);
	}
	assert_false(opt_parse_silent(&command, 2, (char **)(uintptr_t)valued, &settings, &first, &error));
	assert_non_null(strstr(error.text, "takes no value"));
	assert_false(opt_set_key(counting, &settings, "debug", "1", &error));
}

/* The first word may have one letter only, and the text may begin with markup. */
static void first_word_stays_separate_from_the_second(void **state)
{
	static const struct opt keys[] = {
		{.name = "one", .argument = "X", .type = OPT_TEXT, .size = 9, .help = "a bridge of guests"},
		{.name = "two", .argument = "X", .type = OPT_TEXT, .size = 9, .help = "`vifi air` serves it"},
		{.name = "three", .argument = "X", .type = OPT_TEXT, .size = 9, .help = "*.conf files"},
		{0},
	};
	static const struct opt_command command = {
		.name = "vifi test", .operands = "a_b", .max_operands = 1, .summary = "a virtual medium"};
	static const struct opt_command *const commands[] = {&command, NULL};
	static const struct opt_page page = {
		.name = "vifi-test", .section = 8, .summary = "a test", .commands = commands, .keys = keys};
	char *text = NULL;
	size_t count;
	FILE *to = open_memstream(&text, &count);

	(void)state;
	opt_man(&page, to);
	fclose(to);
	assert_non_null(strstr(text, "vifi-test - a test\n"));
	assert_non_null(strstr(text, "\nA virtual medium.\n"));
	assert_non_null(strstr(text, "## vifi test a\\_b\n"));
	assert_non_null(strstr(text, "\tA bridge of guests.\n"));
	assert_non_null(strstr(text, "\t*vifi air* serves it.\n"));
	assert_non_null(strstr(text, "\t\\*.conf files.\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_lines_are_parsed),
		cmocka_unit_test(occurrences_are_counted),
		cmocka_unit_test(defaults_and_limits),
		cmocka_unit_test(invalid_lines_are_refused),
		cmocka_unit_test(overlong_words_are_quoted_in_part),
		cmocka_unit_test(command_without_operands),
		cmocka_unit_test(value_may_be_left_out),
		cmocka_unit_test(help_overrides_missing_operands),
		cmocka_unit_test(file_keys_are_parsed),
		cmocka_unit_test(help_fits_and_names_each_option),
		cmocka_unit_test(long_help_text_is_wrapped),
		cmocka_unit_test(man_page_escapes_markup),
		cmocka_unit_test(first_word_stays_separate_from_the_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
