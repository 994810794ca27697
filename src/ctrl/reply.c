/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/reply.h"

#include "base/text.h"
#include "nl80211/driver_flags.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct ctrl_reply ctrl_reply_begin(char *text, size_t room)
{
	text[0] = '\0';
	return (struct ctrl_reply){.text = text, .room = room};
}

/* Forgets the line that did not fit. */
static void cut(struct ctrl_reply *reply)
{
	reply->full = true;
	while (reply->len && reply->text[reply->len - 1] != '\n')
		reply->len--;
	reply->text[reply->len] = '\0';
}

void ctrl_put(struct ctrl_reply *reply, const char *format, ...)
{
	size_t left = reply->room - reply->len;
	va_list args;
	int len;

	if (reply->full)
		return;
	va_start(args, format);
	len = vsnprintf(reply->text + reply->len, left, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= left)
		cut(reply);
	else
		reply->len += (size_t)len;
}

void ctrl_put_hex(struct ctrl_reply *reply, const void *bytes, size_t len)
{
	if (reply->full)
		return;
	if (HEX_TEXT(len) > reply->room - reply->len) {
		cut(reply);
		return;
	}
	hex_format(reply->text + reply->len, bytes, len);
	reply->len += 2 * len;
}

void ctrl_put_escaped(struct ctrl_reply *reply, const void *bytes, size_t len)
{
	if (reply->full)
		return;
	if (CTRL_ESCAPED(len) > reply->room - reply->len) {
		cut(reply);
		return;
	}
	ctrl_escape(reply->text + reply->len, reply->room - reply->len, bytes, len);
	reply->len += strlen(reply->text + reply->len);
}

void ctrl_answer(struct ctrl_reply *reply, const char *answer)
{
	*reply = ctrl_reply_begin(reply->text, reply->room);
	ctrl_put(reply, "%s", answer);
}

/* ---- escapes ---- */

static const char escaped[] = "\"\\\033\n\r\t", letters[] = "\"\\enrt";

char *ctrl_escape(char *text, size_t room, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	size_t at = 0;

	for (size_t i = 0; i < len && at + 5 <= room; i++) {
		const char *found = from[i] ? strchr(escaped, from[i]) : NULL;

		if (found)
			at += (size_t)snprintf(text + at, room - at, "\\%c", letters[found - escaped]);
		else if (from[i] >= 32 && from[i] <= 126)
			text[at++] = (char)from[i];
		else
			at += (size_t)snprintf(text + at, room - at, "\\x%02x", from[i]);
	}
	if (room)
		text[at] = '\0';
	return text;
}

/* Reads up to `max` digits of a base, at most 8 bits. Advances *text. */
static uint8_t read_digits(const char **text, unsigned base, unsigned max)
{
	unsigned value = 0;

	for (; max--; (*text)++) {
		int digit = hex_digit(**text);

		if (digit < 0 || (unsigned)digit >= base || value * base + (unsigned)digit > 255)
			break;
		value = value * base + (unsigned)digit;
	}
	return (uint8_t)value;
}

size_t ctrl_unescape(uint8_t *bytes, size_t room, const char *text)
{
	size_t len = 0;

	while (*text && len < room) {
		const char *found;

		if (*text != '\\') {
			bytes[len++] = (uint8_t)*text++;
			continue;
		}
		text++;
		found = *text ? strchr(letters, *text) : NULL;
		if (found) {
			bytes[len++] = (uint8_t)escaped[found - letters];
			text++;
		} else if (*text == 'x' && hex_digit(text[1]) >= 0) {
			text++;
			bytes[len++] = read_digits(&text, 16, 2);
		} else if (*text >= '0' && *text <= '7') {
			bytes[len++] = read_digits(&text, 8, 3);
		} /* else no escape: the character stands for itself */
	}
	return len;
}

void ctrl_put_driver_flags(struct ctrl_reply *reply, uint64_t flags)
{
	ctrl_put(reply, "%016" PRIX64 ":\n", flags);
	for (unsigned bit = 0; bit < 64; bit++)
		if (flags >> bit & 1 && nl80211_driver_flag_name(bit))
			ctrl_put(reply, "%s\n", nl80211_driver_flag_name(bit));
}
