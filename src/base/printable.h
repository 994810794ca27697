/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text for a terminal: no control characters, and a known width in columns.
 *
 * Names of guests, machines and interfaces come from others. An escape sequence, a line feed, or a character that changes the
 * direction of the text, would let them rewrite the screen.
 */
#ifndef VIFI_BASE_PRINTABLE_H
#define VIFI_BASE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies `text` into `out` of `size` bytes, cut at a whole character. Bytes that are not valid UTF-8, control characters (C0,
 * C1, DEL), and characters without a glyph (zero width, direction, private use) each become '?'; without `utf8` every character
 * that is not ASCII does. Returns the width in columns.
 */
unsigned printable_copy(char *out, size_t size, const char *text, bool utf8);

/* The columns of a text from printable_copy(). */
unsigned printable_width(const char *text);

/*
 * The number of bytes of the longest beginning of such a text that has at most `columns` columns; *used: its columns, one less
 * than `columns` before a wide character that does not fit.
 */
size_t printable_fit(const char *text, unsigned columns, unsigned *used);

#endif
