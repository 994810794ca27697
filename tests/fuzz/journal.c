/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal in the ifalias of an interface, which any program may have written. */
#include "fuzz.h"

#include "bridge/policy/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), line[JOURNAL_MAX];
	struct journal journal, again;

	if (journal_parse(&journal, text)) {
		must(journal.uplink[0] && memchr(journal.uplink, 0, sizeof(journal.uplink)));
		must(journal.bridge[0] && memchr(journal.bridge, 0, sizeof(journal.bridge)));
		/* A parsed journal keeps its contents when it is written and parsed again. */
		journal_format(&journal, line);
		must(memchr(line, 0, sizeof(line)));
		must(journal_parse(&again, line));
		must(!strcmp(journal.uplink, again.uplink) && !strcmp(journal.bridge, again.bridge));
		must(journal.made_bridge == again.made_bridge && journal.made_up == again.made_up);
		must(journal.made_allmulti == again.made_allmulti && journal.made_qdisc == again.made_qdisc);
	}
	free(text);
	return 0;
}
