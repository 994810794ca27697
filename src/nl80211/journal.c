/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/journal.h"

#include "base/mac.h"

#include <stdio.h>
#include <string.h>

#define PREFIX    "vifi: before, "
#define TYPES_MAX 31 /* of enum nl80211_iftype; there are 13 */

void nl80211_journal_write(char text[NL80211_JOURNAL_MAX], const struct nl80211_journal *journal)
{
	char addr[MAC_TEXT_SIZE], now[MAC_TEXT_SIZE];

	snprintf(text, NL80211_JOURNAL_MAX, PREFIX "type %u, %s, %s, %s, now %s", journal->type,
		 journal->up ? "up" : "down", journal->four_addr ? "4 addresses" : "3 addresses",
		 mac_format(addr, journal->addr), mac_format(now, journal->now));
}

bool nl80211_journal_read(struct nl80211_journal *journal, const char *text)
{
	char state[8], addr[MAC_TEXT_SIZE], now[MAC_TEXT_SIZE];
	unsigned type, addresses;
	struct nl80211_journal read = {0};
	int end = 0;

	if (sscanf(text, PREFIX "type %2u, %7[a-z], %1u addresses, %17[0-9a-f:], now %17[0-9a-f:]%n", &type, state,
		   &addresses, addr, now, &end) != 5 ||
	    text[end] || type > TYPES_MAX || (addresses != 3 && addresses != 4) ||
	    (strcmp(state, "up") != 0 && strcmp(state, "down") != 0) || !mac_parse(read.addr, addr) ||
	    !mac_parse(read.now, now) || mac_is_group(read.addr) || mac_is_zero(read.addr))
		return false;
	read.type = type;
	read.up = !strcmp(state, "up");
	read.four_addr = addresses == 4;
	*journal = read;
	return true;
}

bool nl80211_journal_is_ours(const char *text)
{
	return !strncmp(text, PREFIX, strlen(PREFIX));
}
