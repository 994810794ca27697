/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/screen.h"

#include "base/array.h"
#include "base/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_SIZE = 4096 }; /* bytes of one text; a longer one is cut */

void screen_free(struct screen *screen)
{
	free(screen->text);
	screen->text = NULL;
	screen->len = screen->room = 0;
}

static void append(struct screen *screen, const char *text, size_t len)
{
	if (array_reserve(&screen->text, &screen->room, screen->len + len + 1, 1)) {
		screen->failed = true;
		return;
	}
	memcpy(screen->text + screen->len, text, len);
	screen->len += len;
	screen->text[screen->len] = '\0';
}

static void append_blanks(struct screen *screen, unsigned count)
{
	for (; count; count--)
		append(screen, " ", 1);
}

/* Appends text that is printable already. */
static void append_styled(struct screen *screen, enum screen_style style, const char *text, size_t len)
{
	static const char *const codes[] = {
		[SCREEN_PLAIN] = "",        [SCREEN_BOLD] = "\033[1m",  [SCREEN_DIM] = "\033[2m",
		[SCREEN_GOOD] = "\033[32m", [SCREEN_WARN] = "\033[33m", [SCREEN_BAD] = "\033[31m",
	};
	bool coloured = screen->colour && style != SCREEN_PLAIN && len;

	if (coloured)
		append(screen, codes[style], strlen(codes[style]));
	append(screen, text, len);
	if (coloured)
		append(screen, "\033[0m", 4);
}

void screen_put(struct screen *screen, enum screen_style style, const char *text)
{
	char line[LINE_MAX_SIZE];

	printable_copy(line, sizeof(line), text, screen->utf8);
	append_styled(screen, style, line, strlen(line));
}

void screen_format(struct screen *screen, enum screen_style style, const char *format, ...)
{
	char line[LINE_MAX_SIZE];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	screen_put(screen, style, line);
}

void screen_newline(struct screen *screen)
{
	append(screen, "\n", 1);
}

/* The length of the words that fit into `room` columns: at least one, cut if it is too long for a line. */
static size_t fitting_words(const char *text, unsigned room)
{
	unsigned used;
	size_t len = printable_fit(text, room, &used), word;

	if (!text[len] || text[len] == ' ')
		return len;
	for (word = len; word && text[word - 1] != ' '; word--)
		;
	while (word && text[word - 1] == ' ')
		word--;
	return word ? word : len ? len : strcspn(text, " ");
}

void screen_wrap(struct screen *screen, unsigned indent, const char *head, enum screen_style style, const char *text)
{
	char line[LINE_MAX_SIZE], start[LINE_MAX_SIZE];
	unsigned column = printable_copy(start, sizeof(start), head, screen->utf8);
	const char *rest = line;

	printable_copy(line, sizeof(line), text, screen->utf8);
	append_styled(screen, style, start, strlen(start));
	do {
		unsigned room = screen->width > column ? screen->width - column : 1;
		size_t len = screen->width ? fitting_words(rest, room) : strlen(rest);

		append_styled(screen, style == SCREEN_DIM ? style : SCREEN_PLAIN, rest, len);
		screen_newline(screen);
		rest += len;
		rest += strspn(rest, " ");
		column = screen->width && indent >= screen->width ? 0 : indent;
		if (*rest)
			append_blanks(screen, column);
	} while (*rest);
}

/* ---- tables ---- */

struct cell {
	size_t text; /* offset in the pool */
	unsigned width, items;
	enum screen_style style;
};

struct screen_table {
	const struct screen_column *columns;
	unsigned n_columns;
	struct cell *cells;
	size_t count, room;
	char *pool;
	size_t pool_len, pool_room;
};

/* The widths of the columns for one screen. */
struct layout {
	bool shown[SCREEN_COLUMNS_MAX];
	unsigned width[SCREEN_COLUMNS_MAX];
};

struct screen_table *screen_table_new(const struct screen_column *columns)
{
	struct screen_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->columns = columns;
	while (table->n_columns < SCREEN_COLUMNS_MAX && columns[table->n_columns].title)
		table->n_columns++;
	return table;
}

void screen_table_free(struct screen_table *table)
{
	if (!table)
		return;
	free(table->cells);
	free(table->pool);
	free(table);
}

static const char *cell_text(const struct screen_table *table, const struct cell *cell)
{
	return table->pool + cell->text;
}

/* Copies an item to the pool, with its zero. Returns its width. */
static unsigned pool_add(struct screen_table *table, const char *text, size_t len, bool utf8)
{
	char item[LINE_MAX_SIZE], clean[LINE_MAX_SIZE];
	unsigned width;

	snprintf(item, sizeof(item), "%.*s", (int)len, text);
	width = printable_copy(clean, sizeof(clean), item, utf8);
	len = strlen(clean) + 1;
	if (array_reserve(&table->pool, &table->pool_room, table->pool_len + len, 1))
		return 0;
	memcpy(table->pool + table->pool_len, clean, len);
	table->pool_len += len;
	return width;
}

void screen_table_row(struct screen_table *table, const struct screen_cell *cells, bool utf8)
{
	if (!table ||
	    array_reserve(&table->cells, &table->room, table->count + table->n_columns, sizeof(*table->cells)))
		return;
	for (unsigned i = 0; i < table->n_columns; i++) {
		const char *text = cells[i].text ? cells[i].text : "-";
		bool list = table->columns[i].list_importance;
		struct cell *cell = &table->cells[table->count++];

		*cell = (struct cell){.text = table->pool_len, .style = cells[i].style};
		do { /* the items of a list follow one another in the pool */
			size_t len = list ? strcspn(text, "\n") : strlen(text);

			cell->width += (cell->items ? 2 : 0) + pool_add(table, text, len, utf8);
			cell->items++;
			text += len;
		} while (*text && *++text);
		if (!table->pool) { /* no memory: no table */
			table->count = 0;
			return;
		}
	}
}

static unsigned digits_of(unsigned number)
{
	return number < 10 ? 1 : number < 100 ? 2 : number < 1000 ? 3 : 6;
}

/* Whether an item after the first `shown` ends with !; then the count of the hidden items does, too: "+3!". */
static bool hides_mark(const struct screen_table *table, const struct cell *cell, unsigned shown)
{
	const char *item = cell_text(table, cell);
	bool marked = false;

	for (unsigned i = 0; i < cell->items; i++, item += strlen(item) + 1)
		marked |= i >= shown && *item && item[strlen(item) - 1] == '!';
	return marked;
}

/* The columns of "first, second +3" with the first `shown` of the items; without a rest, only of the items. */
static unsigned list_width(const struct screen_table *table, const struct cell *cell, unsigned shown)
{
	const char *item = cell_text(table, cell);
	unsigned width = 0;

	for (unsigned i = 0; i < shown; i++, item += strlen(item) + 1)
		width += printable_width(item) + (i ? 2 : 0);
	if (shown < cell->items)
		width += (shown ? 1 : 0) + 1 + digits_of(cell->items - shown) + hides_mark(table, cell, shown);
	return width;
}

static bool is_empty(const struct screen_table *table, unsigned column)
{
	for (size_t i = column; i < table->count; i += table->n_columns) {
		const char *text = cell_text(table, &table->cells[i]);

		if (*text && strcmp(text, "-"))
			return false;
	}
	return true;
}

/* The widest cell, title included; of a list with the first `shown` items of each cell. */
static unsigned widest(const struct screen_table *table, unsigned column, unsigned shown)
{
	bool list = table->columns[column].list_importance;
	unsigned width = list && !shown ? 0 : printable_width(table->columns[column].title);

	for (size_t i = column; i < table->count; i += table->n_columns) {
		const struct cell *cell = &table->cells[i];
		unsigned own = !list ? cell->width : list_width(table, cell, shown < cell->items ? shown : cell->items);

		/* "+1" instead of an address is no gain where it would be as long; an empty list needs nothing. */
		if (list && !strcmp(cell_text(table, cell), "-"))
			own = 1;
		if (own > width)
			width = own;
	}
	return width;
}

/* The widths that a column can have. */
struct widths {
	unsigned base;  /* of a list: of "+3" */
	unsigned first; /* of a list: with the first item of each cell */
	unsigned full;
};

static struct widths widths_of(const struct screen_table *table, unsigned column, bool limited)
{
	const struct screen_column *about = &table->columns[column];
	struct widths widths = {.base = widest(table, column, 0)};

	if (limited && about->max && widths.base > about->max)
		widths.base = about->max;
	widths.first = about->list_importance ? widest(table, column, 1) : widths.base;
	widths.full = about->list_importance ? widest(table, column, ~0u) : widths.base;
	if (widths.first < widths.base) /* an item may be shorter than "+100" */
		widths.first = widths.base;
	return widths;
}

static unsigned lowest_importance(const struct screen_table *table)
{
	unsigned lowest = 0;

	for (unsigned i = 0; i < table->n_columns; i++) {
		const struct screen_column *column = &table->columns[i];

		lowest = column->importance > lowest ? column->importance : lowest;
		lowest = column->list_importance > lowest ? column->list_importance : lowest;
	}
	return lowest;
}

/* Shows the columns of one importance, if there is room for all of them; the first one is cut rather than left out. */
static void show_columns(const struct screen_table *table, const struct widths *widths, unsigned importance,
			 struct layout *layout, unsigned *room)
{
	unsigned needed = 0;

	for (unsigned i = 0; i < table->n_columns; i++)
		if (widths[i].base && table->columns[i].importance == importance)
			needed += widths[i].base + 2;
	if (needed > *room && importance)
		return;
	for (unsigned i = 0; i < table->n_columns; i++)
		if (widths[i].base && table->columns[i].importance == importance) {
			layout->shown[i] = true;
			layout->width[i] = needed <= *room ? widths[i].base : *room > 2 ? *room - 2 : 1;
		}
	*room -= needed <= *room ? needed : *room;
}

/* Gives the list of this importance room for its first item. */
static void widen_list(const struct screen_table *table, const struct widths *widths, unsigned importance,
		       struct layout *layout, unsigned *room)
{
	for (unsigned i = 0; i < table->n_columns; i++) {
		unsigned more = widths[i].first - widths[i].base;

		if (table->columns[i].list_importance == importance && importance && layout->shown[i] &&
		    more <= *room) {
			layout->width[i] += more;
			*room -= more;
		}
	}
}

/* All columns, or those for which there is room, in the order of their importance. A column of width 0 is left out. */
static void make_layout(const struct screen_table *table, unsigned width, struct layout *layout)
{
	unsigned room = width ? width + 2 : ~0u / 2; /* the last column needs no gap */
	struct widths widths[SCREEN_COLUMNS_MAX];

	memset(layout, 0, sizeof(*layout));
	for (unsigned i = 0; i < table->n_columns; i++) {
		widths[i] = widths_of(table, i, width);
		if (table->columns[i].optional && is_empty(table, i))
			widths[i] = (struct widths){0};
	}
	for (unsigned step = 0; step <= lowest_importance(table); step++) {
		show_columns(table, widths, step, layout, &room);
		widen_list(table, widths, step, layout, &room);
	}
	for (unsigned i = 0; i < table->n_columns; i++) {
		unsigned more = layout->shown[i] ? widths[i].full - layout->width[i] : 0;

		if (table->columns[i].list_importance && widths[i].full > layout->width[i])
			layout->width[i] += more < room ? more : room;
	}
}

/* Writes at most `width` columns of a text; a cut text ends with a mark. Returns the columns. */
static unsigned put_cut(struct screen *screen, enum screen_style style, const char *text, unsigned width)
{
	const char *mark = screen->utf8 ? "\xe2\x80\xa6" : "~";
	char line[LINE_MAX_SIZE];
	unsigned used = printable_width(text);

	if (used <= width) {
		append_styled(screen, style, text, strlen(text));
		return used;
	}
	if (!width)
		return 0;
	snprintf(line, sizeof(line), "%.*s%s", (int)printable_fit(text, width - 1, &used), text, mark);
	append_styled(screen, style, line, strlen(line));
	return used + 1;
}

static void put_list(struct screen *screen, const struct screen_table *table, const struct cell *cell, unsigned width)
{
	const char *item = cell_text(table, cell);
	unsigned shown = cell->items;
	char line[LINE_MAX_SIZE];
	size_t len = 0;

	while (shown && list_width(table, cell, shown) > width)
		shown--;
	line[0] = '\0';
	for (unsigned i = 0; i < shown && len < sizeof(line); i++, item += strlen(item) + 1)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s", i ? ", " : "", item);
	if (shown < cell->items && len < sizeof(line))
		snprintf(line + len, sizeof(line) - len, "%s+%u%s", shown ? " " : "", cell->items - shown,
			 hides_mark(table, cell, shown) ? "!" : "");
	put_cut(screen, cell->style, line, width);
}

static bool is_last_shown(const struct screen_table *table, const struct layout *layout, unsigned column)
{
	for (column++; column < table->n_columns; column++)
		if (layout->shown[column])
			return false;
	return true;
}

/* One cell, with the gap after it. */
static void put_cell(struct screen *screen, const struct screen_table *table, const struct layout *layout,
		     unsigned column, const char *text, const struct cell *cell)
{
	unsigned width = layout->width[column], used = printable_width(text);
	bool right = table->columns[column].right, last = is_last_shown(table, layout, column);
	unsigned blanks = used < width ? width - used : 0;

	if (cell && table->columns[column].list_importance) {
		put_list(screen, table, cell, width);
		return; /* the last column */
	}
	if (right)
		append_blanks(screen, blanks);
	used = put_cut(screen, cell ? cell->style : SCREEN_DIM, text, width);
	if (!right && !last)
		append_blanks(screen, width > used ? width - used : 0);
	if (!last)
		append_blanks(screen, 2);
}

/* A list that is only counted ("+2") has no room for its title. */
static const char *title_of(const struct screen_table *table, const struct layout *layout, unsigned column)
{
	const struct screen_column *about = &table->columns[column];

	return about->list_importance && layout->width[column] < printable_width(about->title) ? "+" : about->title;
}

void screen_table_put(struct screen *screen, const struct screen_table *table, unsigned indent)
{
	struct layout layout;

	if (!table || !table->count) {
		screen->failed |= !table;
		return;
	}
	if (screen->width && indent * 4 > screen->width)
		indent = 0;
	make_layout(table, screen->width ? screen->width - indent : 0, &layout);
	append_blanks(screen, indent);
	for (unsigned i = 0; i < table->n_columns; i++)
		if (layout.shown[i])
			put_cell(screen, table, &layout, i, title_of(table, &layout, i), NULL);
	screen_newline(screen);
	for (size_t at = 0; at < table->count; at += table->n_columns) {
		append_blanks(screen, indent);
		for (unsigned i = 0; i < table->n_columns; i++)
			if (layout.shown[i])
				put_cell(screen, table, &layout, i, cell_text(table, &table->cells[at + i]),
					 &table->cells[at + i]);
		while (screen->len && screen->text[screen->len - 1] == ' ') /* an empty last cell */
			screen->len--;
		screen_newline(screen);
	}
}
