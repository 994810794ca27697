/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/ini_file.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

struct reading {
	const struct opt *options;
	const char *section, *path;
	void *target;
	struct why *why;
	FILE *file;
	unsigned line;
	bool bad;
};

static bool fail(struct reading *r, const char *what)
{
	if (!r->bad)
		why_set(r->why, false, "%.120s:%u: %s", r->path, r->line, what);
	r->bad = true;
	return false;
}

/* inih's reader, with a count of lines; a line that does not fit would otherwise be read as two. */
static char *read_line(char *line, int size, void *stream)
{
	struct reading *r = stream;

	if (r->bad || !fgets(line, size, r->file))
		return NULL;
	r->line++;
	if (!strchr(line, '\n') && !feof(r->file)) {
		fail(r, "this line is too long");
		return NULL;
	}
	return line;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	struct why why;
	char text[200];

	if (r->bad)
		return 0;
	if (*section && strcmp(section, r->section)) {
		snprintf(text, sizeof(text), "there is no section [%.60s]; everything stands in [%.60s]", section,
			 r->section);
		return fail(r, text);
	}
	/* inih gives an empty value for a line without one: that is a mistake here, not a wish. */
	if (!value || !*value) {
		snprintf(text, sizeof(text), "`%.60s` has no value; a line is KEY = VALUE", name);
		return fail(r, text);
	}
	return opt_set_key(r->options, r->target, name, value, &why) || fail(r, why.text);
}

bool ini_file_read(const char *name, const char *section, const struct opt *options, void *target, struct why *why)
{
	char path[300];

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "/etc/vifi/%s%s", name,
			 strlen(name) > 5 && !strcmp(name + strlen(name) - 5, ".conf") ? "" : ".conf");
	struct reading r = {.options = options, .section = section, .target = target, .why = why, .path = path};
	r.file = fopen(path, "re");
	if (!r.file)
		return why_set(why, false, "%.200s: %s", path, strerror(errno));
	int line = ini_parse_stream(read_line, &r, on_key, &r);
	fclose(r.file);
	if (r.bad)
		return false;
	if (line) {
		r.line = line > 0 ? (unsigned)line : r.line;
		return fail(&r, "this is neither [SECTION] nor KEY = VALUE");
	}
	return true;
}
