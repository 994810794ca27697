/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line in the ifalias of an interface, which anybody may have written. */
#include "fuzz.h"

#include "bridge/policy/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), line[JOURNAL_MAX];
	struct journal j, again;

	if (journal_parse(&j, text)) {
		must(j.uplink[0] && memchr(j.uplink, 0, sizeof j.uplink));
		must(j.bridge[0] && memchr(j.bridge, 0, sizeof j.bridge));
		/* What it understood it says again in the same words. */
		journal_format(&j, line);
		must(memchr(line, 0, sizeof line));
		must(journal_parse(&again, line));
		must(!strcmp(j.uplink, again.uplink) && !strcmp(j.bridge, again.bridge));
		must(j.made_bridge == again.made_bridge && j.made_up == again.made_up);
		must(j.made_allmulti == again.made_allmulti && j.made_qdisc == again.made_qdisc);
	}
	free(text);
	return 0;
}
