/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/journal.h"

#include <stdio.h>
#include <string.h>

#define HEAD "vifi-bridge 1 "

static const struct made {
	const char *word;
	size_t offset;
} made[] = {
	{"bridge", offsetof(struct journal, made_bridge)},
	{"up", offsetof(struct journal, made_up)},
	{"allmulti", offsetof(struct journal, made_allmulti)},
	{"qdisc", offsetof(struct journal, made_qdisc)},
};

#define MADE (sizeof(made) / sizeof(made[0]))

void journal_format(const struct journal *j, char text[JOURNAL_MAX])
{
	int n = snprintf(text, JOURNAL_MAX, HEAD "uplink=%s bridge=%s made=", j->uplink, j->bridge);
	const char *comma = "";

	for (size_t i = 0; i < MADE; i++)
		if (*(const bool *)((const char *)j + made[i].offset)) {
			n += snprintf(text + n, JOURNAL_MAX - (size_t)n, "%s%s", comma, made[i].word);
			comma = ",";
		}
	for (size_t i = 0; i < j->n_blink; i++)
		n += snprintf(text + n, JOURNAL_MAX - (size_t)n, "%s%d", i ? "," : " blink=", j->blink[i]);
}

static void parse_made(struct journal *j, const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ",");

		for (size_t i = 0; i < MADE; i++)
			if (strlen(made[i].word) == n && !strncmp(list, made[i].word, n))
				*(bool *)((char *)j + made[i].offset) = true;
		list += n + (list[n] == ',');
	}
}

static void parse_blink(struct journal *j, const char *list)
{
	int end;

	while (j->n_blink < JOURNAL_BLINK && sscanf(list, "%9d%n", &j->blink[j->n_blink], &end) == 1 &&
	       j->blink[j->n_blink] > 0) {
		j->n_blink++;
		list += end;
		list += *list == ',';
	}
}

bool journal_parse(struct journal *j, const char *text)
{
	char line[JOURNAL_MAX], *rest = line;

	memset(j, 0, sizeof(*j));
	if (strncmp(text, HEAD, strlen(HEAD)))
		return false;
	snprintf(line, sizeof(line), "%s", text + strlen(HEAD));
	for (char *word; (word = strsep(&rest, " "));) {
		if (!strncmp(word, "uplink=", 7))
			snprintf(j->uplink, sizeof(j->uplink), "%.15s", word + 7);
		else if (!strncmp(word, "bridge=", 7))
			snprintf(j->bridge, sizeof(j->bridge), "%.15s", word + 7);
		else if (!strncmp(word, "made=", 5))
			parse_made(j, word + 5);
		else if (!strncmp(word, "blink=", 6))
			parse_blink(j, word + 6);
	}
	return j->uplink[0] && j->bridge[0];
}
