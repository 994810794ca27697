/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of `vifi air`, and the rules of its links. */
#ifndef VIFI_CONF_AIR_CONF_H
#define VIFI_CONF_AIR_CONF_H

#include "conf/opt.h"
#include "air/medium/protocol.h"
#include "air/medium/medium.h"

#define AIR_RULES_MAX 1024

/*
 * One rule: what holds for frames from one radio to another, by their names; "*" is each that has no rule by its name.
 * What a rule does not speak of stays as earlier rules have it.
 */
struct air_rule {
	char from[AIR_NAME_MAX + 1], to[AIR_NAME_MAX + 1];
	bool both;          /* also the other way round */
	bool clear_earlier; /* all earlier ones for the same names are void */
	uint32_t set;       /* which members of `link`: private */
	struct medium_link link;
};

struct air_rules {
	size_t count;
	struct air_rule rule[AIR_RULES_MAX];
};

struct air_conf {
	char file[256];
	char socket[108];
	char capture[256]; /* empty: none */
	uint32_t airtime;  /* percent */
	uint32_t seed;     /* 0: by chance */
	struct air_rules rules;
};

/* The table; ends with a row whose name is NULL. The target is a struct air_conf. */
extern const struct opt air_conf_options[];

/* As bridge_conf_read(); keys stand in the section [air]. */
bool air_conf_read(struct air_conf *conf, const char *name, struct error *error);

/* Reads "from=NAME to=NAME loss=5% …".  Returns false and says what is wrong. */
bool air_rule_parse(struct air_rule *rule, const char *text, struct error *error);

/* Adds one, or takes those away that it makes void.  Returns false: there are too many. */
bool air_rules_add(struct air_rules *rules, const struct air_rule *rule, struct error *error);

/*
 * What the rules say of a pair. Returns true if a rule names one of the two; then `link` is all that holds for them.
 * With NULL for both: what holds for everybody else.
 */
bool air_rules_resolve(const struct air_rules *rules, const char *from, const char *to, struct medium_link *link);

/* Does a rule name this one as the receiver? */
bool air_rules_has_receiver(const struct air_rules *rules, const char *name);

/* Or as either end? */
bool air_rules_has_radio(const struct air_rules *rules, const char *name);

/* Writes a rule as it can be read again.  Returns what snprintf() does. */
int air_rule_format(const struct air_rule *rule, char *out, size_t size);

#endif
