/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A screen is text with the colour sequences that bridge/policy/screen.c writes, and no other control characters. They become
 * attributes of ncurses, which knows the terminal and draws only what has changed.
 */
#include "top/terminal.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The terminal is a resource of the process. */
static struct {
	bool open;
	int first; /* line of the text at the top */
	int lines; /* of the text */
} terminal;

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

int top_terminal_open(struct error *error)
{
	const char *kind = getenv("TERM");
	struct sigaction action = {.sa_handler = on_signal};

	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO) || !kind || !*kind)
		return error_set(
			error, -ENOTTY,
			"standard output is not a terminal; `vifi top --batch` prints the tables one after the other");
	setlocale(LC_ALL, "");
	if (!newterm(NULL, stdout, stdin))
		return error_set(error, -ENOTTY,
				 "the terminal type \"%.40s\" (TERM) is unknown; `vifi top --batch` needs no terminal",
				 kind);
	terminal.open = true;
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	if (has_colors() && !getenv("NO_COLOR")) {
		start_color();
		use_default_colors();
		for (short colour = COLOR_RED; colour <= COLOR_YELLOW; colour++)
			init_pair(colour, colour, -1);
	}
	sigaction(SIGTERM, &action, NULL); /* ncurses handles SIGINT and SIGWINCH itself */
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	return 0;
}

void top_terminal_close(void)
{
	if (terminal.open)
		endwin();
	terminal.open = false;
}

unsigned top_terminal_width(void)
{
	return COLS > 0 ? (unsigned)COLS : 80;
}

/* ---- drawing ---- */

/* The attribute of an SGR parameter (ECMA-48, 8.3.117). */
static attr_t attribute_of(long parameter)
{
	switch (parameter) {
	case 1:
		return A_BOLD;
	case 2:
		return A_DIM;
	case 31:
	case 32:
	case 33:
		return (attr_t)COLOR_PAIR(parameter - 30);
	default:
		return A_NORMAL;
	}
}

/* Reads "\033[1;31m"; returns what follows. */
static const char *apply_sequence(const char *text, attr_t *attribute)
{
	char *end = (char *)text + 1;

	*attribute = A_NORMAL;
	do
		*attribute |= attribute_of(strtol(end + 1, &end, 10));
	while (*end == ';');
	return *end == 'm' ? end + 1 : end;
}

static void draw_line(int row, const char *line, size_t len)
{
	const char *end = line + len;
	attr_t attribute = A_NORMAL;

	move(row, 0);
	while (line < end) {
		const char *stop;

		if (line[0] == '\033' && line + 1 < end && line[1] == '[') {
			line = apply_sequence(line, &attribute);
			continue;
		}
		stop = memchr(line, '\033', (size_t)(end - line));
		stop = stop ? stop : end;
		attrset(attribute);
		addnstr(line, (int)(stop - line));
		line = stop;
	}
	attrset(A_NORMAL);
}

static void draw_status(const char *status)
{
	attrset(A_REVERSE);
	mvprintw(LINES - 1, 0, "%-*.*s", COLS - 1, COLS - 1, status);
	attrset(A_NORMAL);
}

void top_terminal_show(const struct screen *screen, const char *status)
{
	const char *line = screen->text ? screen->text : "";
	int number = 0, last;

	terminal.lines = 0;
	for (const char *at = line; *at; at++)
		terminal.lines += *at == '\n';
	last = terminal.lines - (LINES - 1);
	if (terminal.first > last)
		terminal.first = last;
	if (terminal.first < 0)
		terminal.first = 0;
	erase();
	for (; *line; number++) {
		size_t len = strcspn(line, "\n");

		if (number >= terminal.first && number - terminal.first < LINES - 1)
			draw_line(number - terminal.first, line, len);
		line += len + (line[len] == '\n');
	}
	draw_status(status);
	refresh();
}

/* ---- keys ---- */

enum top_key top_terminal_wait(int timeout_ms)
{
	int key;

	timeout(timeout_ms);
	key = getch();
	if (ended)
		return TOP_KEY_QUIT;
	switch (key) {
	case ERR:
		return TOP_KEY_NONE;
	case 'q':
	case 'Q':
	case 27:
		return TOP_KEY_QUIT;
	case 's':
		return TOP_KEY_ORDER;
	case 'p':
	case ' ':
		return TOP_KEY_PAUSE;
	case KEY_UP:
	case 'k':
		terminal.first--;
		return TOP_KEY_REDRAW;
	case KEY_DOWN:
	case 'j':
		terminal.first++;
		return TOP_KEY_REDRAW;
	case KEY_PPAGE:
		terminal.first -= LINES - 2;
		return TOP_KEY_REDRAW;
	case KEY_NPAGE:
		terminal.first += LINES - 2;
		return TOP_KEY_REDRAW;
	case KEY_HOME:
		terminal.first = 0;
		return TOP_KEY_REDRAW;
	default:
		return TOP_KEY_REDRAW;
	}
}
