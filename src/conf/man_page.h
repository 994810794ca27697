/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A man page in the macros of man(7), from the markup that opt_man() prints. */
#ifndef VIFI_CONF_MAN_PAGE_H
#define VIFI_CONF_MAN_PAGE_H

#include <stdio.h>

/*
 * Prints `markup` as a man page. The markup is a subset of scdoc(5): a first line NAME(SECTION), headings after `#` and
 * `##`, *bold* or between backquotes, _underlined_, a line and the lines below it that begin with a tab as an item of a list, ``` around
 * literal lines, `++` at the end of a line for a line break, and a backslash before a character that is no markup.
 */
void man_page_print(const char *markup, FILE *to);

#endif
