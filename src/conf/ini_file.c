/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/ini_file.h"

#include <errno.h>
#include <ini.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct ini_parser {
	const struct opt *options;
	const char *section, *path;
	void *target;
	struct error *error;
	FILE *file;
	unsigned line;
	bool failed;
};

static bool fail_at_line(struct ini_parser *parser, const char *text)
{
	if (!parser->failed)
		error_set(parser->error, false, "%.120s:%u: %s", parser->path, parser->line, text);
	parser->failed = true;
	return false;
}

static bool has_control_character(const char *line)
{
	for (const char *p = line; *p; p++)
		if (((unsigned char)*p < ' ' && !strchr("\t\r\n", *p)) || *p == 0x7f)
			return true;
	return false;
}

/*
 * The reader for inih. It counts lines, and refuses what is no text, and a line that does not fit, which inih would read as
 * two.
 */
static char *read_line(char *line, int size, void *stream)
{
	struct ini_parser *parser = stream;

	if (parser->failed || !fgets(line, size, parser->file))
		return NULL;
	parser->line++;
	if (!strchr(line, '\n') && !feof(parser->file)) {
		fail_at_line(parser, strlen(line) < (size_t)size - 1 ? "a zero byte; this is not a text file"
								     : "line too long");
		return NULL;
	}
	if (has_control_character(line)) {
		fail_at_line(parser, "a control character; this is not a text file");
		return NULL;
	}
	return line;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct ini_parser *parser = user;
	struct error error;
	char text[200];

	if (parser->failed)
		return 0;
	if (*section && strcmp(section, parser->section)) {
		snprintf(text, sizeof(text), "unknown section [%.60s]; all keys belong in [%.60s]", section,
			 parser->section);
		return fail_at_line(parser, text);
	}
	/* inih passes an empty value for a line without one. */
	if (!value || !*value) {
		snprintf(text, sizeof(text), "`%.60s` has no value; write KEY = VALUE", name);
		return fail_at_line(parser, text);
	}
	return opt_set_key(parser->options, parser->target, name, value, &error) || fail_at_line(parser, error.text);
}

void ini_file_path(const char *name, char path[INI_PATH_MAX])
{
	if (strchr(name, '/'))
		snprintf(path, INI_PATH_MAX, "%s", name);
	else
		snprintf(path, INI_PATH_MAX, "/etc/vifi/%s%s", name,
			 strlen(name) > 5 && !strcmp(name + strlen(name) - 5, ".conf") ? "" : ".conf");
}

bool ini_file_unreadable(const char *name, const char *path, int reason, struct error *error)
{
	if (reason == ENOENT && !strchr(name, '/') && !access(name, F_OK))
		return error_set(error, false, "%.200s: %s; for the file in this folder write ./%.60s", path,
				 strerror(reason), name);
	return error_set(error, false, "%.200s: %s", path, strerror(reason));
}

/* Parses parser->file, and closes it. */
static bool parse(struct ini_parser *parser)
{
	int line = ini_parse_stream(read_line, parser, on_key, parser);
	bool unreadable = ferror(parser->file); /* a folder, for instance */
	int reason = errno;

	fclose(parser->file);
	if (parser->failed)
		return false;
	if (unreadable)
		return error_set(parser->error, false, "%.200s: %s", parser->path, strerror(reason));
	if (line) {
		parser->line = line > 0 ? (unsigned)line : parser->line;
		return fail_at_line(parser, "expected [SECTION] or KEY = VALUE");
	}
	return true;
}

bool ini_file_read(const char *name, const char *section, const struct opt *options, void *target, struct error *error)
{
	char path[INI_PATH_MAX];
	struct ini_parser parser = {
		.options = options, .section = section, .target = target, .error = error, .path = path};

	ini_file_path(name, path);
	parser.file = fopen(path, "re");
	if (!parser.file)
		return ini_file_unreadable(name, path, errno, error);
	return parse(&parser);
}

bool ini_text_read(const char *text, const char *path, const char *section, const struct opt *options, void *target,
		   struct error *error)
{
	struct ini_parser parser = {
		.options = options, .section = section, .target = target, .error = error, .path = path};

	if (!*text) /* fmemopen(3) refuses an empty buffer */
		return true;
	parser.file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	if (!parser.file)
		return error_set(error, false, "%.200s: %s", path, strerror(errno));
	return parse(&parser);
}
