/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/printable.h"

#include <stdint.h>
#include <string.h>

struct range {
	uint32_t first, last;
};

/* Format characters, separators, surrogates, private use and non-characters. */
static const struct range without_glyph[] = {
	{0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},    {0x034f, 0x034f}, {0x0600, 0x0605},
	{0x061c, 0x061c},   {0x070f, 0x070f},   {0x115f, 0x1160},    {0x17b4, 0x17b5}, {0x180b, 0x180f},
	{0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},    {0x3164, 0x3164}, {0xd800, 0xf8ff},
	{0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},    {0xfff0, 0xfffb}, {0xfffe, 0xffff},
	{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
};

/* Combining marks, which share the column of the character before. */
static const struct range combining[] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f}, {0x0e31, 0x0e31},
	{0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},
	{0x302a, 0x302d}, {0x3099, 0x309a}, {0xfe20, 0xfe2f},
};

/* East Asian wide and fullwidth characters, and emoji (Unicode Standard Annex 11). */
static const struct range wide[] = {
	{0x1100, 0x115e},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},   {0x2614, 0x2615},
	{0x2648, 0x2653},   {0x26a1, 0x26a1},   {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2795, 0x2797},
	{0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},
	{0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
	{0xffe0, 0xffe6},   {0x16fe0, 0x18aff}, {0x1b000, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf},
	{0x1f18e, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7f0},
	{0x1f900, 0x1faff}, {0x20000, 0x3fffd},
};

#define IN(table, code) is_in(table, sizeof(table) / sizeof((table)[0]), code)

static bool is_in(const struct range *table, size_t count, uint32_t code)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code > table[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && code >= table[low].first;
}

/* Reads one character (RFC 3629). Returns its length in bytes; 0: there is no valid one. */
static size_t decode(const char *text, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *byte = (const uint8_t *)text;
	size_t len = byte[0] < 0x80   ? 1
		     : byte[0] < 0xc0 ? 0
		     : byte[0] < 0xe0 ? 2
		     : byte[0] < 0xf0 ? 3
		     : byte[0] < 0xf8 ? 4
				      : 0;

	*code = len == 1 ? byte[0] : byte[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((byte[i] & 0xc0) != 0x80) /* also at the end of the text */
			return 0;
		*code = *code << 6 | (byte[i] & 0x3f);
	}
	return len && *code >= least[len] && *code <= 0x10ffff ? len : 0;
}

static unsigned columns_of(uint32_t code)
{
	return code < 0x300 ? 1 : IN(combining, code) ? 0 : IN(wide, code) ? 2 : 1;
}

unsigned printable_copy(char *out, size_t size, const char *text, bool utf8)
{
	unsigned columns = 0;
	size_t at = 0;

	while (*text && size) {
		uint32_t code;
		size_t len = decode(text, &code);
		bool shown = len && !IN(without_glyph, code) && (utf8 || code < 0x80);

		/* A combining mark at the beginning would combine with the text that precedes `out` on the screen. */
		if (shown && !columns && !columns_of(code))
			shown = false;
		if (at + (shown ? len : 1) + 1 > size)
			break;
		if (shown)
			memcpy(out + at, text, len);
		else
			out[at] = '?';
		at += shown ? len : 1;
		columns += shown ? columns_of(code) : 1;
		text += len ? len : 1;
	}
	if (size)
		out[at] = '\0';
	return columns;
}

size_t printable_fit(const char *text, unsigned columns, unsigned *used)
{
	size_t at = 0;

	*used = 0;
	while (text[at]) {
		uint32_t code;
		size_t len = decode(text + at, &code);
		unsigned width = len ? columns_of(code) : 1;

		if (*used + width > columns)
			break;
		*used += width;
		at += len ? len : 1;
	}
	return at;
}

unsigned printable_width(const char *text)
{
	unsigned used;

	printable_fit(text, UINT32_MAX, &used);
	return used;
}
