/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *finding_level_name(enum finding_level level)
{
	static const char *const names[] = {
		[FINDING_OK] = "ok", [FINDING_NOTE] = "note", [FINDING_WARN] = "warn", [FINDING_FAIL] = "fail"};

	return names[level];
}

struct finding *findings_add(struct findings *findings, const char *id, enum finding_level level, const char *format,
			     ...)
{
	struct finding *finding = &findings->list[findings->count];
	va_list list;

	if (findings->count + 1 < sizeof(findings->list) / sizeof(findings->list[0]))
		findings->count++;
	memset(finding, 0, sizeof(*finding));
	finding->id = id;
	finding->level = level;
	va_start(list, format);
	vsnprintf(finding->sentence, sizeof(finding->sentence), format, list);
	va_end(list);
	return finding;
}

void finding_set_remedy(struct finding *finding, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(finding->remedy, sizeof(finding->remedy), format, list);
	va_end(list);
}

size_t findings_count(const struct findings *findings, enum finding_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->list[i].level == level;
	return count;
}
