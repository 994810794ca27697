/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/check_context.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *check_level_name(enum check_level level)
{
	static const char *const names[] = {
		[CHECK_OK] = "ok", [CHECK_NOTE] = "note", [CHECK_WARN] = "warn", [CHECK_FAIL] = "fail"};

	return names[level];
}

struct check_finding *check_add(struct check_context *ctx, enum check_level level, const char *format, ...)
{
	struct check_findings *findings = ctx->findings;
	struct check_finding *finding = &findings->list[findings->count];
	va_list list;

	if (findings->count + 1 < sizeof(findings->list) / sizeof(findings->list[0]))
		findings->count++;
	memset(finding, 0, sizeof(*finding));
	finding->id = ctx->id;
	finding->level = level;
	va_start(list, format);
	vsnprintf(finding->sentence, sizeof(finding->sentence), format, list);
	va_end(list);
	return finding;
}

void check_remedy(struct check_finding *finding, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(finding->remedy, sizeof(finding->remedy), format, list);
	va_end(list);
}
