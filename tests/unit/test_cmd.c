/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "cli/cmd.h"

/* What the command that ran was given. */
static char seen[256];

static int record(const char *name, int argc, char **argv)
{
	size_t n = (size_t)snprintf(seen, sizeof seen, "%s:", name);

	for (int i = 0; i <= argc && n < sizeof seen; i++)
		n += (size_t)snprintf(seen + n, sizeof seen - n, " %s", i < argc ? argv[i] : argv[i] ? "?" : ".");
	return 40 + argc;
}

static int up(int argc, char **argv)
{
	return record("up", argc, argv);
}

static int down(int argc, char **argv)
{
	return record("down", argc, argv);
}

static const struct opt_command up_line = {.name = "vifi test up", .sentence = "go up"};
static const struct opt_command down_line = {.name = "vifi test down", .sentence = "go down"};
static const struct command commands[] = {{"up", up, &up_line}, {"down", down, &down_line}, {0}};
static const struct opt_command *const lines[] = {&up_line, &down_line, NULL};
static const struct opt_page page = {.name = "vifi-test", .section = 1, .sentence = "try it", .commands = lines};
static const struct command_group group = {
	.name = "vifi test", .commands = commands, .page = &page, .version = "1.2.3"};

struct said {
	int code;
	char *out, *err;
};

/* Runs a command line of up to seven words, parted by one blank, and catches what it prints. */
static struct said run(const struct command_group *g, const char *words)
{
	FILE *out = stdout, *err = stderr;
	char text[128], *argv[8] = {0}, *at;
	struct said s = {0};
	size_t n;
	int argc = 0;

	snprintf(text, sizeof text, "%s", words);
	for (char *word = strtok_r(text, " ", &at); word; word = strtok_r(NULL, " ", &at))
		argv[argc++] = word;
	seen[0] = 0;
	stdout = open_memstream(&s.out, &n);
	stderr = open_memstream(&s.err, &n);
	s.code = command_run(g, argc, argv);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	return s;
}

static void forget(struct said *s)
{
	free(s->out);
	free(s->err);
}

static void a_command_gets_its_own_words(void **state)
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
		struct said s = run(&group, rows[i].words);

		assert_int_equal(s.code, rows[i].code);
		assert_string_equal(seen, rows[i].seen);
		assert_string_equal(s.out, "");
		assert_string_equal(s.err, "");
		forget(&s);
	}
}

static void wrong_words(void **state)
{
	static const struct {
		const char *words, *err;
	} rows[] = {
		{"test pu", "vifi test: there is no command `pu`; did you mean `up`?\n"},
		{"test dwon x", "vifi test: there is no command `dwon`; did you mean `down`?\n"},
		{"test sideways", "vifi test: there is no command `sideways`; `vifi test --help` lists them\n"},
		{"test --up",
		 "vifi test: `--up` is no option that stands before a command; `vifi test --help` tells more\n"},
		{"test -", "vifi test: `-` is no option that stands before a command; `vifi test --help` tells more\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct said s = run(&group, rows[i].words);

		assert_int_equal(s.code, EXIT_USAGE);
		assert_string_equal(s.err, rows[i].err);
		assert_string_equal(s.out, "");
		assert_string_equal(seen, "");
		forget(&s);
	}
}

static void the_list(void **state)
{
	static const char list[] = "vifi test: try it\n\nUsage: vifi test COMMAND [ARGUMENTS]\n\nCommands:\n"
				   "  up        go up\n  down      go down\n\n"
				   "`vifi test COMMAND --help` tells more about each.\n";
	struct said s = run(&group, "test --help");

	(void)state;
	assert_int_equal(s.code, EXIT_DONE);
	assert_string_equal(s.out, list);
	assert_string_equal(s.err, "");
	forget(&s);

	s = run(&group, "test -h");
	assert_string_equal(s.out, list);
	forget(&s);

	/* Without a command it is a mistake: to standard error, so that a script sees it. */
	s = run(&group, "test");
	assert_int_equal(s.code, EXIT_USAGE);
	assert_string_equal(s.err, list);
	assert_string_equal(s.out, "");
	forget(&s);
}

static void version_and_man_page(void **state)
{
	static const struct command_group plain = {.name = "vifi plain", .commands = commands, .page = &page};
	struct said s = run(&group, "test --version");

	(void)state;
	assert_int_equal(s.code, EXIT_DONE);
	assert_string_equal(s.out, "vifi test 1.2.3\n");
	forget(&s);
	s = run(&plain, "plain --version");
	assert_int_equal(s.code, EXIT_USAGE);
	forget(&s);
	s = run(&group, "test --man");
	assert_int_equal(s.code, EXIT_DONE);
	assert_ptr_equal(strstr(s.out, "vifi-test(1)\n"), s.out);
	forget(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_gets_its_own_words),
		cmocka_unit_test(wrong_words),
		cmocka_unit_test(the_list),
		cmocka_unit_test(version_and_man_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
