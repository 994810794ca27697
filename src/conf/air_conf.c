/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/air_conf.h"

#include "base/suggest.h"
#include "conf/ini_file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rules ---- */

enum value { PERCENT, TIME, SIGNAL, RATE, YES_NO };

#define MEMBER(name) offsetof(struct medium_link, name)

/* The words of a rule; their order is that of the bits in `set`. */
static const struct word {
	const char *name;
	enum value value;
	size_t offset;
} words[] = {
	{"loss", PERCENT, MEMBER(loss)},        {"duplicate", PERCENT, MEMBER(duplicate)},
	{"reorder", PERCENT, MEMBER(reorder)},  {"delay", TIME, MEMBER(delay_ns)},
	{"jitter", TIME, MEMBER(jitter_ns)},    {"reorder-by", TIME, MEMBER(reorder_ns)},
	{"signal", SIGNAL, MEMBER(signal_dbm)}, {"rate", RATE, MEMBER(rate_kbps)},
	{"deaf", YES_NO, MEMBER(deaf)},
};

enum { WORDS = sizeof words / sizeof words[0], REORDER_BY_NS = 5000000, MILLION = 1000000 };

/* A number and its unit, by which it is multiplied. */
static bool number(const char *text, const char *const *suffix, const double *factor, double low, double high,
		   double *n)
{
	char *end;

	*n = strtod(text, &end);
	if (end == text || !isfinite(*n))
		return false;
	for (int i = 0; suffix[i]; i++)
		if (!strcmp(end, suffix[i])) {
			*n *= factor[i];
			return *n >= low && *n <= high;
		}
	return false;
}

static bool read_value(struct medium_link *l, const struct word *w, const char *text, struct why *why)
{
	static const char *const percent[] = {"%", NULL}, *const time[] = {"us", "µs", "ms", "s", NULL},
				 *const dbm[] = {"", "dBm", NULL}, *const rate[] = {"", "M", "Mbit/s", NULL};
	static const double of_a_million[] = {10000}, ns[] = {1e3, 1e3, 1e6, 1e9}, one[] = {1, 1},
			    kbps[] = {1000, 1000, 1000};
	char *at = (char *)l + w->offset;
	double n;

	switch (w->value) {
	case PERCENT:
		if (!number(text, percent, of_a_million, 0, MILLION, &n))
			return why_set(why, false, "%s takes a share of frames from 0%% to 100%%, not `%.40s`", w->name,
				       text);
		*(uint32_t *)at = (uint32_t)(n + 0.5);
		return true;
	case TIME:
		if (!number(text, time, ns, 0, 60e9, &n))
			return why_set(why, false, "%s takes a time up to 60 s (500us, 2ms, 1s), not `%.40s`", w->name,
				       text);
		*(uint64_t *)at = (uint64_t)(n + 0.5);
		return true;
	case SIGNAL:
		if (!number(text, dbm, one, -120, -1, &n))
			return why_set(why, false, "%s takes dBm from -120 to -1, not `%.40s`", w->name, text);
		*(int8_t *)at = (int8_t)(n - 0.5);
		return true;
	case RATE:
		if (!number(text, rate, kbps, 1000, 1e7, &n))
			return why_set(why, false, "%s takes Mbit/s from 1 to 10000, not `%.40s`", w->name, text);
		*(uint32_t *)at = (uint32_t)(n + 0.5);
		return true;
	case YES_NO:
		if (strcmp(text, "yes") && strcmp(text, "no"))
			return why_set(why, false, "%s takes yes or no, not `%.40s`", w->name, text);
		*(bool *)at = !strcmp(text, "yes");
		return true;
	}
	return false;
}

static bool read_name(char *to, const char *key, const char *value, struct why *why)
{
	size_t len = strlen(value);

	if (strcmp(value, "*") && !air_is_name((const uint8_t *)value, len))
		return why_set(why, false, "%s takes the name of a radio, of 1 to %d letters, digits and signs, or *",
			       key, AIR_NAME);
	strcpy(to, value);
	return true;
}

static bool unknown(const char *word, struct why *why)
{
	struct nearest best = NEAREST_NONE;

	nearest_offer(&best, word, "from");
	nearest_offer(&best, word, "to");
	nearest_offer(&best, word, "both");
	nearest_offer(&best, word, "clear");
	for (int i = 0; i < WORDS; i++)
		nearest_offer(&best, word, words[i].name);
	if (best.word)
		return why_set(why, false, "a rule has no word `%.40s`; did you mean `%s`?", word, best.word);
	return why_set(why, false, "a rule has no word `%.40s`; it has from, to, both, clear, loss, delay and others",
		       word);
}

static bool read_word(struct air_rule *r, char *word, struct why *why)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	if (!value && !strcmp(word, "both"))
		return r->both = true;
	if (!value && !strcmp(word, "clear"))
		return r->clear = true;
	if (value && !strcmp(word, "from"))
		return read_name(r->from, word, value, why);
	if (value && !strcmp(word, "to"))
		return read_name(r->to, word, value, why);
	for (int i = 0; i < WORDS; i++)
		if (!strcmp(word, words[i].name)) {
			r->set |= 1u << i;
			return value ? read_value(&r->link, &words[i], value, why)
				     : why_set(why, false, "`%s` needs a value: %s=…", word, word);
		}
	return unknown(word, why);
}

bool air_rule_read(struct air_rule *rule, const char *text, struct why *why)
{
	char line[1025], *rest = line, *word;

	*rule = (struct air_rule){.from = "*", .to = "*"};
	if (strlen(text) >= sizeof line)
		return why_set(why, false, "a rule has at most %zu characters", sizeof line - 1);
	strcpy(line, text);
	while ((word = strsep(&rest, " \t,")))
		if (*word && !read_word(rule, word, why))
			return false;
	if (!rule->set && !rule->clear)
		return why_set(why, false, "the rule says nothing: from=ap1 to=sta1 loss=5%%");
	return true;
}

bool air_rules_add(struct air_rules *rules, const struct air_rule *rule, struct why *why)
{
	size_t kept = 0;

	if (rule->clear) {
		for (size_t i = 0; i < rules->count; i++)
			if (strcmp(rules->rule[i].from, rule->from) || strcmp(rules->rule[i].to, rule->to))
				rules->rule[kept++] = rules->rule[i];
		rules->count = kept;
	}
	if (!rule->set)
		return true;
	if (rules->count == AIR_RULES_MAX)
		return why_set(why, false, "there are more than %d rules; clear some", AIR_RULES_MAX);
	rules->rule[rules->count] = *rule;
	rules->rule[rules->count++].clear = false;
	return true;
}

static bool named(const char *pattern, const char *name)
{
	return !strcmp(pattern, "*") || (name && !strcmp(pattern, name));
}

static size_t size_of(const struct word *w)
{
	switch (w->value) {
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

bool air_rules_link(const struct air_rules *rules, const char *from, const char *to, struct medium_link *l)
{
	bool by_name = false;

	*l = (struct medium_link){0};
	for (size_t i = 0; i < rules->count; i++) {
		const struct air_rule *r = &rules->rule[i];

		if (!(named(r->from, from) && named(r->to, to)) &&
		    !(r->both && named(r->from, to) && named(r->to, from)))
			continue;
		by_name |= strcmp(r->from, "*") || strcmp(r->to, "*");
		for (int k = 0; k < WORDS; k++)
			if (r->set & 1u << k)
				memcpy((char *)l + words[k].offset, (const char *)&r->link + words[k].offset,
				       size_of(&words[k]));
	}
	if (l->reorder && !l->reorder_ns)
		l->reorder_ns = REORDER_BY_NS;
	return by_name;
}

bool air_rules_name(const struct air_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!strcmp(rules->rule[i].to, name) || (rules->rule[i].both && !strcmp(rules->rule[i].from, name)))
			return true;
	return false;
}

bool air_rules_speak_of(const struct air_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!strcmp(rules->rule[i].to, name) || !strcmp(rules->rule[i].from, name))
			return true;
	return false;
}

static double value_of(const struct medium_link *l, const struct word *w)
{
	const char *at = (const char *)l + w->offset;

	switch (w->value) {
	case PERCENT:
		return *(const uint32_t *)at / 1e4;
	case RATE:
		return *(const uint32_t *)at / 1e3;
	case TIME:
		return (double)*(const uint64_t *)at / 1e6;
	case SIGNAL:
		return *(const int8_t *)at;
	case YES_NO:
		break;
	}
	return 0;
}

int air_rule_text(const struct air_rule *rule, char *out, size_t size)
{
	static const char *const unit[] = {[PERCENT] = "%", [TIME] = "ms", [SIGNAL] = "", [RATE] = ""};
	int n = snprintf(out, size, "from=%s to=%s%s", rule->from, rule->to, rule->both ? " both" : "");

	for (int i = 0; i < WORDS; i++) {
		const struct word *w = &words[i];
		size_t at = (size_t)n < size ? (size_t)n : size;

		if (!(rule->set & 1u << i))
			continue;
		if (w->value == YES_NO)
			n += snprintf(out + at, size - at, " %s=%s", w->name,
				      *((const bool *)&rule->link + w->offset) ? "yes" : "no");
		else
			n += snprintf(out + at, size - at, " %s=%.12g%s", w->name, value_of(&rule->link, w),
				      unit[w->value]);
	}
	return n;
}

/* ---- the table ---- */

static bool read_rule(void *field, size_t size, const char *value, struct why *why)
{
	struct air_rule rule;

	(void)size;
	return air_rule_read(&rule, value, why) && air_rules_add(field, &rule, why);
}

static bool read_airtime(void *field, size_t size, const char *value, struct why *why)
{
	char *end;
	double n = strtod(value, &end);

	(void)size;
	if (!strcmp(value, "no"))
		n = 0;
	else if (!strcmp(value, "yes"))
		n = 100;
	else if (end == value || strcmp(end, "%") || !(n >= 0 && n <= 1000))
		return why_set(why, false, "airtime takes yes, no, or a share of the real time (10%%), not `%.40s`",
			       value);
	*(uint32_t *)field = (uint32_t)n;
	return true;
}

#define FIELD(name) OPT_FIELD(struct air_conf, name)

const struct opt air_conf_options[] = {
	{.name = "config",
	 .letter = 'c',
	 .line_only = true,
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 FIELD(file),
	 .help = "read FILE; a name without a slash means /etc/vifi/NAME.conf"},
	{.name = "socket",
	 .letter = 's',
	 .argument = "PATH",
	 .type = OPT_TEXT,
	 FIELD(socket),
	 .fallback = AIR_SOCKET,
	 .help = "where radios join; its owner and its group may"},
	{.name = "rule",
	 .letter = 'r',
	 .argument = "'from=NAME to=NAME WORD=VALUE…'",
	 .type = OPT_OTHER,
	 FIELD(rules),
	 .read = read_rule,
	 .help = "how well one radio hears another; may be given more than once"},
	{.name = "airtime",
	 .argument = "SHARE",
	 .type = OPT_OTHER,
	 FIELD(airtime),
	 .read = read_airtime,
	 .fallback = "yes",
	 .help = "frames take the time that they take in the world (yes), a share of it (10%), or none (no)"},
	{.name = "capture",
	 .letter = 'w',
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 FIELD(capture),
	 .help = "write every transmission into FILE, pcapng with radiotap headers"},
	{.name = "seed",
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 FIELD(seed),
	 .max = UINT32_MAX,
	 .help = "throw the dice of losses and delays always the same; 0 is by chance"},
	{0},
};

bool air_conf_read(struct air_conf *conf, const char *name, struct why *why)
{
	return ini_file_read(name, "air", air_conf_options, conf, why);
}
