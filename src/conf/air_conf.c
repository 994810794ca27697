/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/air_conf.h"

#include "base/suggest.h"
#include "conf/ini_file.h"
#include "conf/recorder_options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rules ---- */

enum rule_value { PERCENT, TIME, SIGNAL, RATE, YES_NO };

#define LINK_FIELD(name) offsetof(struct medium_link, name)

/* The properties of a rule; their indexes are the bits of `set`. */
static const struct rule_property {
	const char *name;
	enum rule_value value;
	size_t offset;
} rule_properties[] = {
	{"loss", PERCENT, LINK_FIELD(loss_ppm)},       {"duplicate", PERCENT, LINK_FIELD(duplicate_ppm)},
	{"reorder", PERCENT, LINK_FIELD(reorder_ppm)}, {"delay", TIME, LINK_FIELD(delay_ns)},
	{"jitter", TIME, LINK_FIELD(jitter_ns)},       {"reorder-by", TIME, LINK_FIELD(reorder_ns)},
	{"signal", SIGNAL, LINK_FIELD(signal_dbm)},    {"rate", RATE, LINK_FIELD(rate_kbps)},
	{"deaf", YES_NO, LINK_FIELD(out_of_range)},
};

enum {
	RULE_PROPERTIES = sizeof(rule_properties) / sizeof(rule_properties[0]),
	REORDER_DEFAULT_NS = 5000000,
	MILLION = 1000000
};

/* Reads a number and its unit, and multiplies them. The unit must be one of `suffixes`. */
static bool parse_scaled(const char *text, const char *const *suffixes, const double *factors, double min, double max,
			 double *result)
{
	char *end;

	*result = strtod(text, &end);
	if (end == text || !isfinite(*result))
		return false;
	for (int i = 0; suffixes[i]; i++)
		if (!strcmp(end, suffixes[i])) {
			*result *= factors[i];
			return *result >= min && *result <= max;
		}
	return false;
}

static bool parse_value(struct medium_link *link, const struct rule_property *property, const char *text,
			struct error *error)
{
	static const char *const percent[] = {"%", NULL}, *const time[] = {"us", "µs", "ms", "s", NULL},
				 *const dbm[] = {"", "dBm", NULL}, *const rate[] = {"", "M", "Mbit/s", NULL};
	static const double ppm[] = {10000}, ns[] = {1e3, 1e3, 1e6, 1e9}, unity[] = {1, 1}, kbps[] = {1000, 1000, 1000};
	char *field = (char *)link + property->offset;
	double number;

	switch (property->value) {
	case PERCENT:
		if (!parse_scaled(text, percent, ppm, 0, MILLION, &number))
			return error_set(error, false, "%s must be a share of frames from 0%% to 100%%, not `%.40s`",
					 property->name, text);
		*(uint32_t *)field = (uint32_t)(number + 0.5);
		return true;
	case TIME:
		if (!parse_scaled(text, time, ns, 0, 60e9, &number))
			return error_set(error, false, "%s must be a time of up to 60 s (500us, 2ms, 1s), not `%.40s`",
					 property->name, text);
		*(uint64_t *)field = (uint64_t)(number + 0.5);
		return true;
	case SIGNAL:
		if (!parse_scaled(text, dbm, unity, -120, -1, &number))
			return error_set(error, false, "%s must be from -120 to -1 dBm, not `%.40s`", property->name,
					 text);
		*(int8_t *)field = (int8_t)(number - 0.5);
		return true;
	case RATE:
		if (!parse_scaled(text, rate, kbps, 1000, 1e7, &number))
			return error_set(error, false, "%s must be from 1 to 10000 Mbit/s, not `%.40s`", property->name,
					 text);
		*(uint32_t *)field = (uint32_t)(number + 0.5);
		return true;
	case YES_NO:
		if (strcmp(text, "yes") && strcmp(text, "no"))
			return error_set(error, false, "%s must be yes or no, not `%.40s`", property->name, text);
		*(bool *)field = !strcmp(text, "yes");
		return true;
	}
	return false;
}

static bool parse_name(char *to, const char *key, const char *value, struct error *error)
{
	size_t len = strlen(value);

	if (strcmp(value, "*") && !air_name_valid((const uint8_t *)value, len))
		return error_set(
			error, false,
			"%s must be * or the name of a radio: 1 to %d letters, digits and punctuation characters", key,
			AIR_NAME_MAX);
	strcpy(to, value);
	return true;
}

static bool unknown_word(const char *word, struct error *error)
{
	struct suggestion best = SUGGESTION_NONE;

	suggestion_consider(&best, word, "from");
	suggestion_consider(&best, word, "to");
	suggestion_consider(&best, word, "both");
	suggestion_consider(&best, word, "clear");
	for (int i = 0; i < RULE_PROPERTIES; i++)
		suggestion_consider(&best, word, rule_properties[i].name);
	if (best.word)
		return error_set(error, false, "unknown word `%.40s` in a rule; did you mean `%s`?", word, best.word);
	return error_set(error, false, "unknown word `%.40s` in a rule; `vifi air up --help` describes rules", word);
}

static bool parse_word(struct air_rule *rule, char *word, struct error *error)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	if (!value && !strcmp(word, "both"))
		return rule->both = true;
	if (!value && !strcmp(word, "clear"))
		return rule->clear_earlier = true;
	if (value && !strcmp(word, "from"))
		return parse_name(rule->from, word, value, error);
	if (value && !strcmp(word, "to"))
		return parse_name(rule->to, word, value, error);
	for (int i = 0; i < RULE_PROPERTIES; i++)
		if (!strcmp(word, rule_properties[i].name)) {
			rule->set |= 1u << i;
			return value ? parse_value(&rule->link, &rule_properties[i], value, error)
				     : error_set(error, false, "`%s` needs a value: %s=…", word, word);
		}
	return unknown_word(word, error);
}

bool air_rule_parse(struct air_rule *rule, const char *text, struct error *error)
{
	char line[1025], *rest = line, *word;

	*rule = (struct air_rule){.from = "*", .to = "*"};
	if (strlen(text) >= sizeof(line))
		return error_set(error, false, "rule longer than %zu characters", sizeof(line) - 1);
	strcpy(line, text);
	while ((word = strsep(&rest, " \t,")))
		if (*word && !parse_word(rule, word, error))
			return false;
	if (!rule->set && !rule->clear_earlier)
		return error_set(error, false,
				 "the rule sets no property; write for example from=ap1 to=sta1 loss=5%%");
	return true;
}

bool air_rules_add(struct air_rules *rules, const struct air_rule *rule, struct error *error)
{
	size_t kept = 0;

	if (rule->clear_earlier) {
		for (size_t i = 0; i < rules->count; i++)
			if (strcmp(rules->rule[i].from, rule->from) || strcmp(rules->rule[i].to, rule->to))
				rules->rule[kept++] = rules->rule[i];
		rules->count = kept;
	}
	if (!rule->set)
		return true;
	if (rules->count == AIR_RULES_MAX)
		return error_set(error, false, "too many rules; at most %d are possible; clear some", AIR_RULES_MAX);
	rules->rule[rules->count] = *rule;
	rules->rule[rules->count++].clear_earlier = false;
	return true;
}

static bool name_matches(const char *pattern, const char *name)
{
	return !strcmp(pattern, "*") || (name && !strcmp(pattern, name));
}

static size_t value_size(const struct rule_property *property)
{
	switch (property->value) {
	case PERCENT:
	case RATE:
		return sizeof(uint32_t);
	case TIME:
		return sizeof(uint64_t);
	case SIGNAL:
		return sizeof(int8_t);
	case YES_NO:
		break;
	}
	return sizeof(bool);
}

bool air_rules_resolve(const struct air_rules *rules, const char *from, const char *to, struct medium_link *link)
{
	bool is_named = false;

	*link = (struct medium_link){0};
	for (size_t i = 0; i < rules->count; i++) {
		const struct air_rule *rule = &rules->rule[i];

		if (!(name_matches(rule->from, from) && name_matches(rule->to, to)) &&
		    !(rule->both && name_matches(rule->from, to) && name_matches(rule->to, from)))
			continue;
		is_named |= strcmp(rule->from, "*") || strcmp(rule->to, "*");
		for (int k = 0; k < RULE_PROPERTIES; k++)
			if (rule->set & 1u << k)
				memcpy((char *)link + rule_properties[k].offset,
				       (const char *)&rule->link + rule_properties[k].offset,
				       value_size(&rule_properties[k]));
	}
	if (link->reorder_ppm && !link->reorder_ns)
		link->reorder_ns = REORDER_DEFAULT_NS;
	return is_named;
}

bool air_rules_has_receiver(const struct air_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!strcmp(rules->rule[i].to, name) || (rules->rule[i].both && !strcmp(rules->rule[i].from, name)))
			return true;
	return false;
}

bool air_rules_has_radio(const struct air_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!strcmp(rules->rule[i].to, name) || !strcmp(rules->rule[i].from, name))
			return true;
	return false;
}

static double value_in_unit(const struct medium_link *link, const struct rule_property *property)
{
	const char *field = (const char *)link + property->offset;

	switch (property->value) {
	case PERCENT:
		return *(const uint32_t *)field / 1e4;
	case RATE:
		return *(const uint32_t *)field / 1e3;
	case TIME:
		return (double)*(const uint64_t *)field / 1e6;
	case SIGNAL:
		return *(const int8_t *)field;
	case YES_NO:
		break;
	}
	return 0;
}

int air_rule_format(const struct air_rule *rule, char *out, size_t size)
{
	static const char *const unit[] = {[PERCENT] = "%", [TIME] = "ms", [SIGNAL] = "", [RATE] = ""};
	int len = snprintf(out, size, "from=%s to=%s%s", rule->from, rule->to, rule->both ? " both" : "");

	for (int i = 0; i < RULE_PROPERTIES; i++) {
		const struct rule_property *property = &rule_properties[i];
		size_t at = (size_t)len < size ? (size_t)len : size;

		if (!(rule->set & 1u << i))
			continue;
		if (property->value == YES_NO)
			len += snprintf(out + at, size - at, " %s=%s", property->name,
					*((const bool *)&rule->link + property->offset) ? "yes" : "no");
		else
			len += snprintf(out + at, size - at, " %s=%.12g%s", property->name,
					value_in_unit(&rule->link, property), unit[property->value]);
	}
	return len;
}

/* ---- the table ---- */

static bool read_rule(void *field, size_t size, const char *value, struct error *error)
{
	struct air_rule rule;

	(void)size;
	return air_rule_parse(&rule, value, error) && air_rules_add(field, &rule, error);
}

static bool read_airtime(void *field, size_t size, const char *value, struct error *error)
{
	char *end;
	double percent = strtod(value, &end);

	(void)size;
	if (!strcmp(value, "no"))
		percent = 0;
	else if (!strcmp(value, "yes"))
		percent = 100;
	else if (end == value || strcmp(end, "%") || !(percent >= 0 && percent <= 1000))
		return error_set(error, false,
				 "airtime must be yes, no, or a share of the real air time (10%%), not `%.40s`", value);
	*(uint32_t *)field = (uint32_t)percent;
	return true;
}

#define CONF_FIELD(name) OPT_FIELD(struct air_conf, name)

const struct opt air_conf_options[] = {
	{.name = "config",
	 .letter = 'c',
	 .command_line_only = true,
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 CONF_FIELD(file),
	 .help = "read FILE; a name without a slash means /etc/vifi/NAME.conf"},
	{.name = "socket",
	 .letter = 's',
	 .argument = "PATH",
	 .type = OPT_TEXT,
	 CONF_FIELD(socket),
	 .default_value = AIR_SOCKET,
	 .help = "the socket at which radios join; open to its owner and group"},
	{.name = "rule",
	 .letter = 'r',
	 .argument = "'from=NAME to=NAME WORD=VALUE…'",
	 .type = OPT_CUSTOM,
	 CONF_FIELD(rules),
	 .read = read_rule,
	 .help = "how well one radio receives another; may be repeated"},
	{.name = "airtime",
	 .argument = "SHARE",
	 .type = OPT_CUSTOM,
	 CONF_FIELD(airtime),
	 .read = read_airtime,
	 .default_value = "yes",
	 .help = "let frames occupy the channel for their real airtime (yes), a share of it (10%), or no time (no)"},
	{.name = "capture",
	 .letter = 'w',
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 CONF_FIELD(capture),
	 .help = "write every transmission to FILE, in pcapng with radiotap headers"},
	{.name = "seed",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 CONF_FIELD(seed),
	 .max = UINT32_MAX,
	 .help = "seed for reproducible losses and delays; 0 is a random seed"},
	RECORDER_OPTIONS(CONF_FIELD, false),
	{0},
};

bool air_conf_read(struct air_conf *conf, const char *name, struct error *error)
{
	return ini_file_read(name, "air", air_conf_options, conf, error);
}
