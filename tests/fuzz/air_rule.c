/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule of the medium: a rule that was read can be written and read again unchanged. */
#include "fuzz.h"

#include "conf/air_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), once[1024], again[1024];
	struct air_rules *rules = calloc(1, sizeof(*rules));
	struct air_rule rule, reread;
	struct medium_link link;
	struct error error;

	must(rules);
	if (air_rule_parse(&rule, text, &error)) {
		must(strlen(rule.from) <= AIR_NAME_MAX && strlen(rule.to) <= AIR_NAME_MAX);
		must(rule.link.loss_ppm <= 1000000 && rule.link.duplicate_ppm <= 1000000 &&
		     rule.link.reorder_ppm <= 1000000);
		must(rule.link.delay_ns <= UINT64_C(60000000000) && rule.link.jitter_ns <= UINT64_C(60000000000));
		must(air_rules_add(rules, &rule, &error));
		air_rules_resolve(rules, rule.from, rule.to, &link);
		if (rules->count) {
			must((size_t)air_rule_format(&rule, once, sizeof(once)) < sizeof(once));
			must(air_rule_parse(&reread, once, &error));
			must((size_t)air_rule_format(&reread, again, sizeof(again)) < sizeof(again));
			must(!strcmp(once, again));
		}
	} else {
		must(error.text[0]);
	}
	free(rules);
	free(text);
	return 0;
}
