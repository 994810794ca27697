/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/findings.h"

#include "base/printable.h"

#include <stdio.h>

void findings_print_text(const char *text)
{
	char clean[1024];

	printable_copy(clean, sizeof(clean), text, true);
	fputs(clean, stdout);
}

/* A name that is not UTF-8 must not make the finding vanish. */
json_t *findings_json(const struct findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		char sentence[sizeof(finding->sentence)], remedy[sizeof(finding->remedy)];

		printable_copy(sentence, sizeof(sentence), finding->sentence, true);
		printable_copy(remedy, sizeof(remedy), finding->remedy, true);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "id", finding->id, "level",
						      finding_level_name(finding->level), "sentence", sentence,
						      "remedy", remedy));
	}
	return list;
}

void findings_print_json(const struct findings *findings)
{
	json_t *list = findings_json(findings);

	json_dumpf(list, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(list);
}

static void print_count(size_t count, const char *word)
{
	printf("%zu %s%s", count, word, count == 1 ? "" : "s");
}

void findings_print_lines(const struct findings *findings, bool all)
{
	static const char *const words[] = {[FINDING_OK] = "ok     ",
					    [FINDING_NOTE] = "note   ",
					    [FINDING_WARN] = "WARNING",
					    [FINDING_FAIL] = "PROBLEM"};

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];

		if (finding->level == FINDING_OK && !all)
			continue;
		printf("%s %s: ", words[finding->level], finding->id);
		findings_print_text(finding->sentence);
		printf("%s", finding->remedy[0] ? "\n        " : "");
		findings_print_text(finding->remedy);
		printf("\n");
	}
}

void findings_print_sum(size_t obstacles, size_t warnings)
{
	if (obstacles)
		print_count(obstacles, "obstacle");
	else
		printf("No obstacles");
	if (warnings) {
		printf(", ");
		print_count(warnings, "warning");
	}
	printf("%s\n", obstacles ? "" : ".");
}

void findings_print(const struct findings *findings, bool all)
{
	findings_print_lines(findings, all);
	findings_print_sum(findings_count(findings, FINDING_FAIL), findings_count(findings, FINDING_WARN));
}
