/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/journal.h"

#include <stdio.h>
#include <string.h>

#define JOURNAL_HEAD "vifi-bridge 1 "

static const struct journal_flag {
	const char *word;
	size_t offset;
} made_flags[] = {
	{"bridge", offsetof(struct journal, made_bridge)},
	{"up", offsetof(struct journal, made_up)},
	{"allmulti", offsetof(struct journal, made_allmulti)},
	{"qdisc", offsetof(struct journal, made_qdisc)},
};

#define MADE_COUNT (sizeof(made_flags) / sizeof(made_flags[0]))

void journal_format(const struct journal *journal, char text[JOURNAL_MAX])
{
	int len =
		snprintf(text, JOURNAL_MAX, JOURNAL_HEAD "uplink=%s bridge=%s made=", journal->uplink, journal->bridge);
	const char *comma = "";

	for (size_t i = 0; i < MADE_COUNT; i++)
		if (*(const bool *)((const char *)journal + made_flags[i].offset)) {
			len += snprintf(text + len, JOURNAL_MAX - (size_t)len, "%s%s", comma, made_flags[i].word);
			comma = ",";
		}
	for (size_t i = 0; i < journal->n_bounce_ports; i++)
		len += snprintf(text + len, JOURNAL_MAX - (size_t)len, "%s%d",
				i ? "," : " blink=", journal->bounce_ports[i]);
}

static void parse_made(struct journal *journal, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ",");

		for (size_t i = 0; i < MADE_COUNT; i++)
			if (strlen(made_flags[i].word) == len && !strncmp(list, made_flags[i].word, len))
				*(bool *)((char *)journal + made_flags[i].offset) = true;
		list += len + (list[len] == ',');
	}
}

static void parse_bounce(struct journal *journal, const char *list)
{
	int end;

	while (journal->n_bounce_ports < JOURNAL_BOUNCE_MAX &&
	       sscanf(list, "%9d%n", &journal->bounce_ports[journal->n_bounce_ports], &end) == 1 &&
	       journal->bounce_ports[journal->n_bounce_ports] > 0) {
		journal->n_bounce_ports++;
		list += end;
		list += *list == ',';
	}
}

bool journal_parse(struct journal *journal, const char *text)
{
	char line[JOURNAL_MAX], *rest = line;

	memset(journal, 0, sizeof(*journal));
	if (strncmp(text, JOURNAL_HEAD, strlen(JOURNAL_HEAD)))
		return false;
	snprintf(line, sizeof(line), "%s", text + strlen(JOURNAL_HEAD));
	for (char *word; (word = strsep(&rest, " "));) {
		if (!strncmp(word, "uplink=", 7))
			snprintf(journal->uplink, sizeof(journal->uplink), "%.15s", word + 7);
		else if (!strncmp(word, "bridge=", 7))
			snprintf(journal->bridge, sizeof(journal->bridge), "%.15s", word + 7);
		else if (!strncmp(word, "made=", 5))
			parse_made(journal, word + 5);
		else if (!strncmp(word, "blink=", 6))
			parse_bounce(journal, word + 6);
	}
	return journal->uplink[0] && journal->bridge[0];
}
