/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup/plan/change.h"

#include <stdlib.h>
#include <string.h>

const char *setup_action_name(enum setup_action action)
{
	static const char *const names[] = {
		[SETUP_CREATE] = "create", [SETUP_EXTEND] = "extend",   [SETUP_UPDATE] = "update",
		[SETUP_KEEP] = "keep",     [SETUP_FOREIGN] = "foreign",
	};

	return names[action];
}

/* Compares one line of a file, up to its end, with a line that has no blanks. */
static bool line_matches(const char *line, const char *wanted)
{
	for (; *line && *line != '\n'; line++) {
		if (*line == ' ' || *line == '\t' || *line == '\r')
			continue;
		if (*line != *wanted)
			return false;
		wanted++;
	}
	return !*wanted;
}

static bool has_line(const char *text, const char *wanted)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line_matches(line, wanted))
			return true;
	}
	return false;
}

static bool has_all(const char *text, const char lines[SETUP_LINES][64])
{
	for (int i = 0; i < SETUP_LINES; i++)
		if (lines[i][0] && !has_line(text, lines[i]))
			return false;
	return lines[0][0];
}

static bool has_any(const char *text, const char lines[SETUP_LINES][64])
{
	for (int i = 0; i < SETUP_LINES; i++)
		if (lines[i][0] && has_line(text, lines[i]))
			return true;
	return false;
}

/* Where `part` begins in `text`, at the start of a line, or NULL. */
static const char *find_text(const char *text, const char *part)
{
	for (const char *found = strstr(text, part); found; found = strstr(found + 1, part))
		if (found == text || found[-1] == '\n' || *part == '\n')
			return found;
	return NULL;
}

static char *join(const char *first, size_t first_len, const char *middle, const char *last)
{
	size_t middle_len = strlen(middle), last_len = strlen(last);
	/* A last line without its end would merge with ours. */
	bool line_end = first_len && middle_len && first[first_len - 1] != '\n';
	char *text = malloc(first_len + line_end + middle_len + last_len + 1), *to = text;

	if (!text)
		return NULL;
	memcpy(to, first, first_len);
	to += first_len;
	if (line_end)
		*to++ = '\n';
	memcpy(to, middle, middle_len);
	memcpy(to + middle_len, last, last_len + 1);
	return text;
}

/* The action, if its contents could be allocated. */
static enum setup_action with_result(enum setup_action action, char **result, char *text)
{
	*result = text;
	return text ? action : SETUP_FOREIGN;
}

static enum setup_action compare_whole(const struct setup_file *file, const char *present, const char *recorded,
				       char **result)
{
	if (!strcmp(present, file->text) || has_all(present, file->enough))
		return SETUP_KEEP;
	if (recorded && !strcmp(present, recorded))
		return with_result(SETUP_UPDATE, result, join("", 0, file->text, ""));
	return SETUP_FOREIGN;
}

enum setup_action setup_compare(const struct setup_file *file, const char *present, const char *recorded, char **result)
{
	const char *old;

	*result = NULL;
	if (!present)
		return with_result(SETUP_CREATE, result,
				   join("", 0, file->text + (file->place == SETUP_APPEND && *file->text == '\n'), ""));
	if (file->place == SETUP_WHOLE)
		return compare_whole(file, present, recorded, result);
	if (has_any(present, file->against))
		return SETUP_FOREIGN;
	if (find_text(present, file->text) || has_all(present, file->enough))
		return SETUP_KEEP;
	old = recorded ? find_text(present, recorded) : NULL;
	if (old)
		return with_result(SETUP_UPDATE, result,
				   join(present, (size_t)(old - present), file->text, old + strlen(recorded)));
	if (file->place == SETUP_PREPEND)
		return with_result(SETUP_EXTEND, result, join("", 0, file->text, present));
	return with_result(SETUP_EXTEND, result, join(present, strlen(present), file->text, ""));
}

enum setup_removal setup_remove(enum setup_place place, bool created, const char *present, const char *recorded,
				char **result)
{
	const char *found = find_text(present, recorded);

	*result = NULL;
	if (!strcmp(present, recorded) && (created || place == SETUP_WHOLE))
		return SETUP_REMOVE_FILE;
	if (place == SETUP_WHOLE || !found)
		return SETUP_LEAVE;
	*result = join(present, (size_t)(found - present), "", found + strlen(recorded));
	return *result ? SETUP_REMOVE_TEXT : SETUP_LEAVE;
}
