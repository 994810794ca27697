/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/drop.h"

#include <string.h>

struct drop_row {
	const char *name, *sentence, *hint;
};

/* clang-format off */
static const struct drop_row rows[DROP_COUNT] = {
	[NOT_DROPPED] = {"none", "The frame was not dropped.", ""},
#define X(id, name, sentence, hint) [DROP_##id] = {name, sentence, hint},
	DROP_LIST(X)
#undef X
};
/* clang-format on */

static const struct drop_row unknown = {"unknown", "This version has no reason of that number.", ""};

static const struct drop_row *find_row(enum drop drop)
{
	return (unsigned)drop < DROP_COUNT ? &rows[drop] : &unknown;
}

const char *drop_name(enum drop drop)
{
	return find_row(drop)->name;
}

const char *drop_sentence(enum drop drop)
{
	return find_row(drop)->sentence;
}

const char *drop_hint(enum drop drop)
{
	return find_row(drop)->hint;
}

enum drop drop_named(const char *name)
{
	int reason = NOT_DROPPED + 1;

	while (reason < DROP_COUNT && strcmp(rows[reason].name, name))
		reason++;
	return reason < DROP_COUNT ? (enum drop)reason : NOT_DROPPED;
}
