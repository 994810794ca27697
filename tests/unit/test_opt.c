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

/* A row that may be given more than once. */
static bool read_number(void *field, size_t size, const char *value, struct error *error)
{
	uint32_t *list = field;

	assert_int_equal(size, sizeof(uint32_t[4]));
	if (value[0] == 'x') {
		snprintf(error->text, sizeof error->text, "vlan is not `%s`", value);
		return false;
	}
	list[list[0] ? 1 : 0] = (uint32_t)atoi(value);
	return true;
}

static const char *const engines[] = {"auto", "tcx", "user", NULL};

static const struct opt options[] = {
	{.name = "json", .letter = 'j', .type = OPT_FLAG, OPT_FIELD(struct settings, json), .help = "print JSON"},
	{.name = "quiet", .letter = 'q', .type = OPT_FLAG, OPT_FIELD(struct settings, quiet), .help = "say nothing"},
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
	 .help = "what carries the frames"},
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
	struct error why;
	char text[256], *argv[16];
	int argc, first;
	bool good;
};

/* Parses a line that is given as one text; words are parted by one blank, "''" is an empty word. */
static void parse(struct parse_result *result, const struct opt_command *command, const char *words)
{
	char *at, *word;

	memset(result, 0, sizeof *result);
	snprintf(result->text, sizeof result->text, "%s", words);
	result->argv[result->argc++] = result->text + strlen(result->text);
	for (word = strtok_r(result->text, " ", &at); word; word = strtok_r(NULL, " ", &at))
		result->argv[result->argc++] = strcmp(word, "''") ? word : word + 2;
	opt_defaults(command->options, &result->settings);
	result->good =
		opt_parse_silent(command, result->argc, result->argv, &result->settings, &result->first, &result->why);
}

static void valid_lines_are_parsed(void **state)
{
	/* All these mean the same. */
	static const char *const rows[] = {
		"-j -a 60 -c f --engine user wlan0 br0",
		"-ja60 -cf --engine=user wlan0 br0",
		"wlan0 --json --ageing=60 br0 --config=f --engine user",
		"wlan0 br0 --json --ageing 0x3c --config f --engine user",
		"-ja 60 -c f --engine user -- wlan0 br0",
		"-a 99 --engine auto -c longer -j -a 60 -c f --engine user wlan0 br0", /* the last one counts */
	};
	struct parse_result result;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		parse(&result, &test_command, rows[i]);
		assert_true(result.good);
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
	assert_true(result.good);
	assert_int_equal(result.first, 1);
	assert_int_equal(result.settings.ageing, 300);
	assert_int_equal(result.settings.engine, 1);
	assert_string_equal(result.settings.file, "");
	parse(&result, &test_command, "wlan0 -a 4294967295 -c 123456789012345"); /* an exact fit is a fit */
	assert_true(result.good);
	assert_int_equal(result.settings.ageing, 4294967295u);
	parse(&result, &test_command, "wlan0 -a 10 --vlan 7 --vlan=9");
	assert_true(result.good);
	assert_int_equal(result.settings.ageing, 10);
	assert_int_equal(result.settings.list[0], 7);
	assert_int_equal(result.settings.list[1], 9);
	parse(&result, &test_command, "-- --json -");
	assert_true(result.good);
	assert_string_equal(result.argv[result.first], "--json");
	assert_string_equal(result.argv[result.first + 1], "-");
	assert_false(result.settings.json);
}

static void invalid_lines_are_refused(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{"wlan0 --jsno", "there is no option `--jsno`; did you mean `--json`?"},
		{"wlan0 --js", "there is no option `--js`; did you mean `--json`?"}, /* no abbreviations */
		{"wlan0 --zzzzzz=1", "there is no option `--zzzzzz`; `vifi test --help` lists them"},
		{"wlan0 -x", "there is no option `-x`; `vifi test --help` lists them"},
		{"wlan0 -jx", "there is no option `-x`; `vifi test --help` lists them"},
		{"wlan0 --json=yes", "`--json` takes no value"},
		{"wlan0 --ageing", "`--ageing` needs a value: SECONDS"},
		{"wlan0 -a", "`--ageing` needs a value: SECONDS"},
		{"wlan0 -a 9", "--ageing is a number from 10 to 4294967295, not 9"},
		{"wlan0 -a 4294967296", "--ageing is a number from 10 to 4294967295, not 4294967296"},
		{"wlan0 -a 99999999999999999999999",
		 "--ageing is a number from 10 to 4294967295, not 99999999999999999999999"},
		{"wlan0 -a -60", "--ageing is a number, not `-60`"},
		{"wlan0 -a +60", "--ageing is a number, not `+60`"},
		{"wlan0 -a 60s", "--ageing is a number, not `60s`"},
		{"wlan0 -a 0x", "--ageing is a number, not `0x`"},
		{"wlan0 --ageing=", "--ageing is a number, not ``"},
		{"wlan0 -c ''", "--config is empty; give it a value or leave it out"},
		{"wlan0 -c 1234567890123456", "--config has at most 15 characters, and `1234567890123456` has 16"},
		{"wlan0 --engine tc", "--engine is one of auto, tcx, user; not `tc`"},
		{"wlan0 --vlan x", "--vlan is not `x`"},
		{"wlan0 --key 3", "there is no option `--key`; `vifi test --help` lists them"},
		{"", "something is missing: vifi test UPLINK [BRIDGE]"},
		{"a b c", "`c` is one too many: vifi test UPLINK [BRIDGE]"},
	};
	struct parse_result result;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		parse(&result, &test_command, rows[i].line);
		assert_false(result.good);
		assert_string_equal(result.why.text, rows[i].why);
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
	memset(word, 'j', sizeof word - 1);
	memcpy(word, "--", 2);
	assert_false(opt_parse_silent(&test_command, 2, argv, &settings, &first, &error));
	assert_in_range(strlen(error.text), 20, 200);
	memcpy(word, "--ageing=", 9);
	assert_false(opt_parse_silent(&test_command, 2, argv, &settings, &first, &error));
	assert_in_range(strlen(error.text), 20, 200);
	memcpy(word, "--config=", 9);
	assert_false(opt_parse_silent(&test_command, 2, argv, &settings, &first, &error));
	assert_in_range(strlen(error.text), 20, 200);
}

static void command_without_operands(void **state)
{
	static const struct opt_command bare = {.name = "vifi bare", .summary = "take nothing"};
	struct parse_result result;

	(void)state;
	parse(&result, &bare, "");
	assert_true(result.good);
	assert_int_equal(result.first, 1);
	parse(&result, &bare, "wlan0");
	assert_false(result.good);
	assert_string_equal(result.why.text, "it takes no `wlan0`; `vifi bare --help` tells what it takes");
}

static void help_overrides_missing_operands(void **state)
{
	static const char *const rows[] = {"--help", "-h", "-jh", "wlan0 br0 too many -h"};
	struct parse_result result;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		parse(&result, &test_command, rows[i]);
		assert_true(result.good);
		assert_int_equal(result.first, OPT_HELP);
	}
}

static void file_keys_are_parsed(void **state)
{
	static const struct {
		const char *key, *value, *why;
	} rows[] = {
		{"ageing", "60", NULL},
		{"json", "yes", NULL},
		{"engine", "user", NULL},
		{"key", "9", NULL},
		{"json", "maybe", "json is yes or no, not `maybe`"},
		{"ageing", "1", "ageing is a number from 10 to 4294967295, not 1"},
		{"config", "x", "`config` belongs on the command line, not into a file"},
		{"agein", "60", "there is no key `agein`; did you mean `ageing`?"},
		{"wholly-else", "60", "there is no key `wholly-else`"},
	};
	struct settings settings = {0};
	struct error error;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool good = opt_set_key(options, &settings, rows[i].key, rows[i].value, &error);

		assert_int_equal(good, !rows[i].why);
		if (!good)
			assert_string_equal(error.text, rows[i].why);
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

		snprintf(name, sizeof name, "--%s", opt->name);
		if (opt->file_only)
			assert_null(strstr(text, name));
		else
			assert_non_null(strstr(text, name));
	}
	assert_non_null(strstr(text, "Usage: vifi test [OPTIONS] UPLINK [BRIDGE]\n"));
	assert_non_null(strstr(text, "First.\n\nSecond paragraph"));
	assert_non_null(strstr(text, "  -a, --ageing SECONDS      forget after SECONDS (default: 300)\n"));
	assert_non_null(strstr(text, "  -h, --help                print this\n"));
	for (line = strtok_r(text, "\n", &at); line; line = strtok_r(NULL, "\n", &at))
		assert_in_range(strlen(line), 0, 80);
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

static void man_page_escapes_scdoc_markup(void **state)
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

static void occurrence_limits_are_enforced(void **state)
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
	struct error error;
	int first;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct settings got = {0};

		assert_true(opt_parse_silent(&command, rows[i].argc, (char **)(uintptr_t)rows[i].argv, &got, &first,
					     &error));
		assert_int_equal(got.key, rows[i].times);
	}
	struct settings got = {0};
	const char *valued[] = {"x", "--debug=3", NULL};
	assert_false(opt_parse_silent(&command, 2, (char **)(uintptr_t)valued, &got, &first, &error));
	assert_non_null(strstr(error.text, "takes no value"));
	assert_false(opt_set_key(counting, &got, "debug", "1", &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_lines_are_parsed),
		cmocka_unit_test(occurrence_limits_are_enforced),
		cmocka_unit_test(defaults_and_limits),
		cmocka_unit_test(invalid_lines_are_refused),
		cmocka_unit_test(overlong_words_are_quoted_in_part),
		cmocka_unit_test(command_without_operands),
		cmocka_unit_test(help_overrides_missing_operands),
		cmocka_unit_test(file_keys_are_parsed),
		cmocka_unit_test(help_fits_and_names_each_option),
		cmocka_unit_test(long_help_text_is_wrapped),
		cmocka_unit_test(man_page_escapes_scdoc_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
