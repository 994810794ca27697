/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/drop.h"

#include <stdint.h>
#include <string.h>

struct drop_row {
	const char *name, *sentence, *hint;
	uint8_t layer, mender;
};

/* clang-format off */
static const struct drop_row rows[DROP_COUNT] = {
	[NOT_DROPPED] = {"none", "The frame was not dropped.", "", DROP_LAYER_PROGRAM, DROP_MENDER_HOST},
#define X(id, name, layer, mender, sentence, hint) \
	[DROP_##id] = {name, sentence, hint, DROP_LAYER_##layer, DROP_MENDER_##mender},
	DROP_LIST(X)
#undef X
};
/* clang-format on */

static const struct drop_row unknown = {"unknown", "This version has no reason of that number.", "", DROP_LAYER_PROGRAM,
					DROP_MENDER_HOST};

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

enum drop_layer drop_layer(enum drop drop)
{
	return (enum drop_layer)find_row(drop)->layer;
}

enum drop_mender drop_mender(enum drop drop)
{
	return (enum drop_mender)find_row(drop)->mender;
}

const char *drop_layer_name(enum drop_layer layer)
{
	static const char *const names[] = {
#define X(id, name) [DROP_LAYER_##id] = name,
		DROP_LAYER_LIST(X)
#undef X
	};

	return names[layer];
}

const char *drop_mender_name(enum drop_mender mender)
{
	static const char *const names[] = {
#define X(id, name) [DROP_MENDER_##id] = name,
		DROP_MENDER_LIST(X)
#undef X
	};

	return names[mender];
}

enum drop drop_named(const char *name)
{
	int reason = NOT_DROPPED + 1;

	while (reason < DROP_COUNT && strcmp(rows[reason].name, name))
		reason++;
	return reason < DROP_COUNT ? (enum drop)reason : NOT_DROPPED;
}
