/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an interface was before vifi, as a text for its alias: a process that is killed cannot restore that, but the next
 * one reads it there. `ip link` shows it: "vifi: before, type 2, down, …".
 */
#ifndef VIFI_NL80211_JOURNAL_H
#define VIFI_NL80211_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NL80211_JOURNAL_MAX 128

struct nl80211_journal {
	uint32_t type; /* enum nl80211_iftype */
	bool up, four_addr;
	uint8_t addr[6]; /* before vifi … */
	uint8_t now[6];  /* and since: another one was set by somebody else */
};

void nl80211_journal_write(char text[NL80211_JOURNAL_MAX], const struct nl80211_journal *journal);

/* Returns false for any other text. */
bool nl80211_journal_read(struct nl80211_journal *journal, const char *text);

/* Is it a text of vifi, whether or not it can be read? Others belong to the user. */
bool nl80211_journal_is_ours(const char *text);

#endif
