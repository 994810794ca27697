/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal of `vifi bridge show`: what it understands, and a full screen that leaves it as it was.
 *
 * The full screen uses the alternate buffer (xterm's private mode 1049), reads keys without echo, and gives the terminal back at
 * the end, at a signal that ends or stops the process, and takes it again when the process goes on.
 */
#ifndef VIFI_CLI_SHOW_TERMINAL_H
#define VIFI_CLI_SHOW_TERMINAL_H

#include "bridge/policy/screen.h"

enum show_color { SHOW_COLOR_AUTO, SHOW_COLOR_ALWAYS, SHOW_COLOR_NEVER };

/*
 * Sets width, colour and encoding of a screen. The width is $COLUMNS if that is a number, that of the terminal if standard output
 * is one, and otherwise unlimited. Without --color there are colours on a terminal that is not "dumb", unless $NO_COLOR is set and
 * not empty (https://no-color.org).
 */
void show_terminal_detect(struct screen *screen, enum show_color color);

/* Whether standard output is a terminal on which show_terminal_open() works. */
bool show_terminal_exists(void);

/* Takes the screen. Call show_terminal_close() before the process ends. Returns 0 or a negative errno. */
int show_terminal_open(void);
void show_terminal_close(void);

enum show_event {
	SHOW_TIMEOUT,
	SHOW_QUIT,   /* q or a signal */
	SHOW_REDRAW, /* another size, or the process was stopped */
};

/*
 * Draws as much of the text as fits, from the line `*top` on, which it limits. The last line tells how much is missing.
 */
void show_terminal_draw(const struct screen *screen, unsigned *top);

/* Waits `ms` milliseconds for a key or a signal. Keys that scroll change *top. Without a full screen only signals end it early. */
enum show_event show_terminal_wait(unsigned ms, unsigned *top);

#endif
