/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of `vifi air`, and the rules for the links between its radios. */
#ifndef VIFI_CONF_AIR_CONF_H
#define VIFI_CONF_AIR_CONF_H

#include "conf/opt.h"
#include "air/medium/protocol.h"
#include "air/medium/medium.h"

#define AIR_RULES_MAX 1024

/*
 * A rule: properties of the link from one radio to another. Radios are named; "*" matches every radio. A property that
 * the rule does not set keeps the value of earlier rules.
 */
struct air_rule {
	char from[AIR_NAME_MAX + 1], to[AIR_NAME_MAX + 1];
	bool both;          /* also for the opposite direction */
	bool clear_earlier; /* discard earlier rules for the same names */
	uint32_t set;       /* which members of `link` are set; private */
	struct medium_link link;
};

struct air_rules {
	size_t count;
	struct air_rule rule[AIR_RULES_MAX];
};

struct air_conf {
	char file[256];
	char socket[108];
	char capture[256];      /* empty: none */
	uint32_t airtime;       /* percent */
	uint32_t seed;          /* 0: random */
	int recorder;           /* enum trace_mode */
	uint32_t recorder_size; /* MiB */
	struct air_rules rules;
};

/* The target is a struct air_conf. */
extern const struct opt air_conf_options[];

/* As bridge_conf_read(); the section is [air]. */
bool air_conf_read(struct air_conf *conf, const char *name, struct error *error);

/* Reads "from=NAME to=NAME loss=5% …". Returns false with an error if the text is no rule. */
bool air_rule_parse(struct air_rule *rule, const char *text, struct error *error);

/* Adds a rule, or discards the rules that it clears. Returns false with an error if there are AIR_RULES_MAX already. */
bool air_rules_add(struct air_rules *rules, const struct air_rule *rule, struct error *error);

/*
 * Computes the properties of the link between two radios; NULL stands for a radio that no rule names. Returns whether a
 * rule names one of the two.
 */
bool air_rules_resolve(const struct air_rules *rules, const char *from, const char *to, struct medium_link *link);

/* Returns whether a rule names this radio as the receiver. */
bool air_rules_has_receiver(const struct air_rules *rules, const char *name);

/* Returns whether a rule names this radio as the sender or the receiver. */
bool air_rules_has_radio(const struct air_rules *rules, const char *name);

/* Writes a rule in the form that air_rule_parse() reads. Returns the length as snprintf() does. */
int air_rule_format(const struct air_rule *rule, char *out, size_t size);

#endif
