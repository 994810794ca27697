/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "cli/cmd.h"

/* The name and the arguments of the command that ran. */
static char recorded_call[256];

static int record_call(const char *name, int argc, char **argv)
{
	size_t count = (size_t)snprintf(recorded_call, sizeof(recorded_call), "%s:", name);

	for (int i = 0; i <= argc && count < sizeof(recorded_call); i++)
		count += (size_t)snprintf(recorded_call + count, sizeof(recorded_call) - count, " %s",
					  i < argc  ? argv[i]
					  : argv[i] ? "?"
						    : ".");
	return 40 + argc;
}

static int run_up(int argc, char **argv)
{
	return record_call("up", argc, argv);
}

static int run_down(int argc, char **argv)
{
	return record_call("down", argc, argv);
}

static const struct opt_command up_line = {.name = "vifi test up", .summary = "go up"};
static const struct opt_command down_line = {.name = "vifi test down", .summary = "go down"};
static const struct command commands[] = {{"up", run_up, &up_line}, {"down", run_down, &down_line}, {0}};
static const struct opt_command *const command_lines[] = {&up_line, &down_line, NULL};
static const struct opt_page page = {.name = "vifi-test", .section = 8, .summary = "try it", .commands = command_lines};
static const struct command_group test_group = {
	.name = "vifi test", .commands = commands, .page = &page, .version = "1.2.3"};

struct command_result {
	int code;
	char *out, *err;
};

/* Runs a command line of up to seven words, separated by one blank each, and captures its output. */
static struct command_result run_command(const struct command_group *group, const char *words)
{
	FILE *out = stdout, *err = stderr;
	char text[128], *argv[8] = {0}, *at;
	struct command_result result = {0};
	size_t count;
	int argc = 0;

	snprintf(text, sizeof(text), "%s", words);
	for (char *word = strtok_r(text, " ", &at); word; word = strtok_r(NULL, " ", &at))
		argv[argc++] = word;
	recorded_call[0] = 0;
	stdout = open_memstream(&result.out, &count);
	stderr = open_memstream(&result.err, &count);
	result.code = command_run(group, argc, argv);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	return result;
}

static void result_free(struct command_result *result)
{
	free(result->out);
	free(result->err);
}

static void command_gets_its_arguments(void **state)
{
	static const struct {
		const char *words, *seen;
		int code;
	} rows[] = {
		{"test up", "up: up .", 41},
		{"test down wlan0 --help", "down: down wlan0 --help .", 43},
		{"test up --version down", "up: up --version down .", 43},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct command_result result = run_command(&test_group, rows[i].words);

		assert_int_equal(result.code, rows[i].code);
		assert_string_equal(recorded_call, rows[i].seen);
		assert_string_equal(result.out, "");
		assert_string_equal(result.err, "");
		result_free(&result);
	}
}

static void unknown_commands_are_refused(void **state)
{
	static const struct {
		const char *words, *err;
	} rows[] = {
		{"test pu", "vifi test: unknown command `pu`; did you mean `up`?\n"},
		{"test dwon x", "vifi test: unknown command `dwon`; did you mean `down`?\n"},
		{"test sideways", "vifi test: unknown command `sideways`; see `vifi test --help`\n"},
		{"test --versoin", "vifi test: unknown option `--versoin`; did you mean `--version`?\n"},
		{"test --up", "vifi test: unknown option `--up`; see `vifi test --help`\n"},
		{"test -", "vifi test: unknown option `-`; see `vifi test --help`\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct command_result result = run_command(&test_group, rows[i].words);

		assert_int_equal(result.code, EXIT_USAGE);
		assert_string_equal(result.err, rows[i].err);
		assert_string_equal(result.out, "");
		assert_string_equal(recorded_call, "");
		result_free(&result);
	}
}

static void help_lists_commands(void **state)
{
	static const char list[] = "vifi test: try it\n\nUsage: vifi test COMMAND [ARGUMENTS]\n\nCommands:\n"
				   "  up        go up\n  down      go down\n\n"
				   "See `vifi test COMMAND --help` for details.\n"
				   "`vifi test --version` prints the version.\n";
	struct command_result result = run_command(&test_group, "test --help");

	(void)state;
	assert_int_equal(result.code, EXIT_DONE);
	assert_string_equal(result.out, list);
	assert_string_equal(result.err, "");
	result_free(&result);

	result = run_command(&test_group, "test -h");
	assert_string_equal(result.out, list);
	result_free(&result);

	/* A missing command is an error, so the list goes to standard error. */
	result = run_command(&test_group, "test");
	assert_int_equal(result.code, EXIT_USAGE);
	assert_string_equal(result.err, list);
	assert_string_equal(result.out, "");
	result_free(&result);
}

static void version_and_man_page_are_printed(void **state)
{
	static const struct command_group plain = {.name = "vifi plain", .commands = commands, .page = &page};
	struct command_result result = run_command(&test_group, "test --version");

	(void)state;
	assert_int_equal(result.code, EXIT_DONE);
	assert_string_equal(result.out, "vifi test 1.2.3\n");
	result_free(&result);
	result = run_command(&plain, "plain --version");
	assert_int_equal(result.code, EXIT_USAGE);
	result_free(&result);
	result = run_command(&test_group, "test --man");
	assert_int_equal(result.code, EXIT_DONE);
	assert_ptr_equal(strstr(result.out, ".TH vifi-test 8 "), result.out);
	result_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_gets_its_arguments),
		cmocka_unit_test(unknown_commands_are_refused),
		cmocka_unit_test(help_lists_commands),
		cmocka_unit_test(version_and_man_page_are_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
