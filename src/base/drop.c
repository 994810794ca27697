/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/drop.h"

struct row {
	const char *name, *sentence, *hint;
};

/* clang-format off */
static const struct row rows[DROP_COUNT] = {
	[NOT_DROPPED] = {"none", "The frame was not dropped.", ""},
#define X(id, name, sentence, hint) [DROP_##id] = {name, sentence, hint},
	DROP_LIST(X)
#undef X
};
/* clang-format on */

static const struct row unknown = {"unknown", "The number is not one of this version's reasons.", ""};

static const struct row *row(enum drop d)
{
	return (unsigned)d < DROP_COUNT ? &rows[d] : &unknown;
}

const char *drop_name(enum drop d)
{
	return row(d)->name;
}

const char *drop_sentence(enum drop d)
{
	return row(d)->sentence;
}

const char *drop_hint(enum drop d)
{
	return row(d)->hint;
}
