/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text for people, made in memory: lines, wrapped sentences, and tables that fit the width of a terminal.
 *
 * All text goes through printable_copy(), so that no text of others can contain a control character; only this file writes line
 * feeds and colours. The owner writes `text` somewhere and calls screen_free(). When memory runs out `failed` is set, and `text`
 * lacks what came afterwards.
 */
#ifndef VIFI_BRIDGE_POLICY_SCREEN_H
#define VIFI_BRIDGE_POLICY_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

enum screen_style {
	SCREEN_PLAIN,
	SCREEN_BOLD,
	SCREEN_DIM,
	SCREEN_GOOD, /* green */
	SCREEN_WARN, /* yellow */
	SCREEN_BAD,  /* red */
};

struct screen {
	unsigned width; /* columns; 0: unlimited */
	bool colour;    /* the terminal understands SGR sequences (ECMA-48, 8.3.117) */
	bool utf8;      /* it displays UTF-8; otherwise ASCII */
	char *text;     /* of `len` bytes, with a terminating zero; NULL: empty */
	size_t len, room;
	bool failed;
};

void screen_free(struct screen *screen);

/* Appends to the line; a number or other text of our own may be formatted. The text is not wrapped. */
void screen_put(struct screen *screen, enum screen_style style, const char *text);
void screen_format(struct screen *screen, enum screen_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void screen_newline(struct screen *screen);

/*
 * Appends whole lines: the text is wrapped at blanks, each line begins with `indent` blanks, the first one with `head` instead,
 * which may be longer.
 */
void screen_wrap(struct screen *screen, unsigned indent, const char *head, enum screen_style style, const char *text);

/* ---- tables ---- */

enum { SCREEN_COLUMNS_MAX = 16 };

struct screen_column {
	const char *title;
	/*
	 * Where there is no room for all columns those with the lowest numbers stay; those with the same number stay together. 0:
	 * this one column is always there.
	 */
	unsigned importance;
	unsigned max;  /* longer cells are cut, but not where the width is unlimited; 0: no limit */
	bool right;    /* aligned to the right */
	bool optional; /* left out if all cells are empty or "-" */
	/*
	 * The last column only: a cell is a list, with line feeds between its items. The column is at first as wide as "+3"; from
	 * `list_importance` on, as wide as the first item and "+2"; and it takes the rest of the line. 0: no list.
	 */
	unsigned list_importance;
};

struct screen_cell {
	const char *text; /* NULL: "-" */
	enum screen_style style;
};

struct screen_table;

/* `columns` is borrowed, and ends with a title of NULL. NULL: no memory; the other functions accept that. */
struct screen_table *screen_table_new(const struct screen_column *columns);
void screen_table_free(struct screen_table *table);

/* Adds a row: one cell for each column. The texts are copied. */
void screen_table_row(struct screen_table *table, const struct screen_cell *cells, bool utf8);

/* Appends the table, each line after `indent` blanks; nothing without rows. No line is longer than the width. */
void screen_table_put(struct screen *screen, const struct screen_table *table, unsigned indent);

#endif
