/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others on a terminal of any width: the first byte is the width, the rest is a name, or the arguments of a process. */
#include "fuzz.h"

#include "base/printable.h"
#include "bridge/policy/qemu_command.h"
#include "bridge/policy/screen.h"

static const struct screen_column columns[] = {
	{.title = "NAME", .importance = 1, .max = 20, .optional = true},
	{.title = "ADDRESS", .importance = 0},
	{.title = "OUT", .importance = 2, .right = true},
	{.title = "IN", .importance = 2, .right = true},
	{.title = "MORE ADDRESSES", .importance = 3, .list_importance = 4, .optional = true},
	{0},
};

static void check_lines(char *text, unsigned width)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		for (const char *at = line; *at; at++)
			must((uint8_t)*at >= 0x20 && *at != 0x7f);
		if (width)
			must(printable_width(line) <= width);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct screen screen = {.width = size ? data[0] : 0, .utf8 = size > 1 && data[1] & 1};
	struct screen_table *table = screen_table_new(columns);
	char text[4096] = "", name[64];
	struct screen_cell cells[] = {{text, 0}, {text, 0}, {"5 B", 0}, {name, 0}, {text, 0}};

	if (size > sizeof(text))
		size = sizeof(text);
	if (size > 1)
		memcpy(text, data + 1, size - 1);
	qemu_command_name(name, sizeof(name), text, size ? size - 1 : 0);
	must(strlen(name) < sizeof(name));
	screen_table_row(table, cells, screen.utf8);
	screen_table_row(table, cells, screen.utf8);
	screen_table_put(&screen, table, 2);
	if (screen.width > 8 || !screen.width)
		screen_wrap(&screen, 4, "  ! ", SCREEN_WARN, text);
	must(!screen.failed && screen.text);
	check_lines(screen.text, screen.width);
	screen_table_free(table);
	screen_free(&screen);
	return 0;
}
