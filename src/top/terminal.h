/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal of `vifi top`, by ncurses. */
#ifndef VIFI_TOP_TERMINAL_H
#define VIFI_TOP_TERMINAL_H

#include "base/error.h"
#include "bridge/policy/screen.h"

enum top_key { TOP_KEY_NONE, TOP_KEY_QUIT, TOP_KEY_ORDER, TOP_KEY_PAUSE, TOP_KEY_REDRAW };

/* Takes the terminal. Returns 0, or -ENOTTY with a sentence. */
int top_terminal_open(struct error *error);
void top_terminal_close(void);

/* Its size, for the screen; after a change of the size TOP_KEY_REDRAW comes. */
unsigned top_terminal_width(void);

/* Shows the text of a screen, from the line that was scrolled to. `status`: the last line. */
void top_terminal_show(const struct screen *screen, const char *status);

/* Waits for a key, at most `timeout_ms`. Keys that scroll are carried out: TOP_KEY_REDRAW. */
enum top_key top_terminal_wait(int timeout_ms);

#endif
