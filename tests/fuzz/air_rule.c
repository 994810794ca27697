/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule of the air: what is read of it can be written, and read again as the same. */
#include "fuzz.h"

#include "conf/air_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), once[1024], again[1024];
	struct air_rules *rules = calloc(1, sizeof *rules);
	struct air_rule rule, same;
	struct medium_link l;
	struct why why;

	must(rules);
	if (air_rule_read(&rule, text, &why)) {
		must(strlen(rule.from) <= AIR_NAME && strlen(rule.to) <= AIR_NAME);
		must(rule.link.loss <= 1000000 && rule.link.duplicate <= 1000000 && rule.link.reorder <= 1000000);
		must(rule.link.delay_ns <= UINT64_C(60000000000) && rule.link.jitter_ns <= UINT64_C(60000000000));
		must(air_rules_add(rules, &rule, &why));
		air_rules_link(rules, rule.from, rule.to, &l);
		if (rules->count) {
			must((size_t)air_rule_text(&rule, once, sizeof once) < sizeof once);
			must(air_rule_read(&same, once, &why));
			must((size_t)air_rule_text(&same, again, sizeof again) < sizeof again);
			must(!strcmp(once, again));
		}
	} else {
		must(why.text[0]);
	}
	free(rules);
	free(text);
	return 0;
}
