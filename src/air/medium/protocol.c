/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/medium/protocol.h"

#include "wire/le.h"

#include <string.h>

enum { HEADER_LEN = 4, KINDS_MAX = 72, FIELDS_MAX = 5 };

struct message_field {
	uint8_t offset, size; /* in struct air_message */
};

#define FIELD(name)                                                                                \
	{                                                                                          \
		offsetof(struct air_message, name), (uint8_t)sizeof((struct air_message *)0)->name \
	}

/* The layout of each kind: its fields and the bytes after them. */
static const struct message_layout {
	bool known, text; /* text: the bytes are text */
	struct message_field fields[FIELDS_MAX];
	uint16_t unit, len_min, len_max; /* of the bytes after the fields */
} layouts[KINDS_MAX] = {
	[AIR_HELLO] = {true, true, {FIELD(magic), FIELD(version)}, 1, 1, AIR_NAME_MAX},
	[AIR_ADDRESSES] = {true, false, {{0}}, 6, 0, 6 * AIR_ADDRESSES_MAX},
	[AIR_TUNE] = {true, false, {FIELD(freq_mhz)}, 0, 0, 0},
	[AIR_DOZE] = {true, false, {FIELD(time_ns)}, 0, 0, 0},
	[AIR_MONITOR] = {true, false, {FIELD(on)}, 0, 0, 0},
	[AIR_SEND] = {true, false, {FIELD(cookie), FIELD(rate_kbps), FIELD(freq_mhz)}, 1, 1, AIR_FRAME_MAX},
	[AIR_RULE] = {true, true, {{0}}, 1, 1, 1024},
	[AIR_SHOW] = {true, false, {{0}}, 0, 0, 0},
	[AIR_WELCOME] = {true, false, {FIELD(version), FIELD(radio)}, 0, 0, 0},
	[AIR_RECEIVED] = {true,
			  false,
			  {FIELD(time_ns), FIELD(rate_kbps), FIELD(freq_mhz), FIELD(signal_dbm), FIELD(tries)},
			  1,
			  1,
			  AIR_FRAME_MAX},
	[AIR_STATUS] = {true, false, {FIELD(cookie), FIELD(on), FIELD(tries)}, 0, 0, 0},
	[AIR_DONE] = {true, false, {{0}}, 0, 0, 0},
	[AIR_ERROR] = {true, true, {FIELD(code)}, 1, 0, 512},
	[AIR_ANSWER] = {true, true, {FIELD(on)}, 1, 0, AIR_TEXT_MAX},
};

bool air_name_valid(const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '*' || name[i] == ',')
			return false;
	return len > 0 && len <= AIR_NAME_MAX;
}

static const struct message_layout *find_layout(unsigned kind)
{
	return kind < KINDS_MAX && layouts[kind].known ? &layouts[kind] : NULL;
}

static size_t fields_len(const struct message_layout *layout)
{
	size_t len = 0;

	for (int i = 0; i < FIELDS_MAX; i++)
		len += layout->fields[i].size;
	return len;
}

/* Control characters could move the cursor of a terminal. */
static bool is_text(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((text[i] < 0x20 && text[i] != '\n') || text[i] == 0x7f)
			return false;
	return true;
}

static bool message_fits(const struct message_layout *layout, const struct air_message *message)
{
	if (message->len < layout->len_min || message->len > layout->len_max ||
	    (layout->unit && message->len % layout->unit))
		return false;
	return !layout->text || !message->len || is_text(message->bytes, message->len);
}

static void read_field(struct air_message *message, struct message_field field, const uint8_t *in)
{
	uint8_t *to = (uint8_t *)message + field.offset;

	switch (field.size) {
	case 1:
		*to = *in;
		return;
	case 2:
		memcpy(to, &(uint16_t){le16(in)}, 2);
		return;
	case 4:
		memcpy(to, &(uint32_t){le32(in)}, 4);
		return;
	case 8:
		memcpy(to, &(uint64_t){(uint64_t)le32(in + 4) << 32 | le32(in)}, 8);
		return;
	}
}

static void write_field(uint8_t *out, struct message_field field, const struct air_message *message)
{
	const uint8_t *from = (const uint8_t *)message + field.offset;
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	switch (field.size) {
	case 1:
		*out = *from;
		return;
	case 2:
		memcpy(&two, from, 2);
		put_le16(out, two);
		return;
	case 4:
		memcpy(&four, from, 4);
		put_le32(out, four);
		return;
	case 8:
		memcpy(&eight, from, 8);
		put_le32(out, (uint32_t)eight);
		put_le32(out + 4, (uint32_t)(eight >> 32));
		return;
	}
}

int air_message_read(const uint8_t *record, size_t len, size_t *at, struct air_message *message)
{
	const uint8_t *pos = record + *at;
	size_t left = len - *at, body, fields;
	const struct message_layout *layout;

	*message = (struct air_message){0};
	if (!left)
		return 0;
	if (left < HEADER_LEN || le16(pos) > left - HEADER_LEN || pos[3])
		return -1;
	body = le16(pos);
	layout = find_layout(pos[2]);
	fields = layout ? fields_len(layout) : 0;
	if (!layout || body < fields)
		return -1;
	message->kind = (enum air_message_kind)pos[2];
	pos += HEADER_LEN;
	for (int i = 0; i < FIELDS_MAX; pos += layout->fields[i++].size)
		read_field(message, layout->fields[i], pos);
	message->len = body - fields;
	message->bytes = message->len ? pos : NULL;
	if (!message_fits(layout, message))
		return -1;
	*at += HEADER_LEN + body;
	return 1;
}

size_t air_message_write(uint8_t *out, const struct air_message *message)
{
	const struct message_layout *layout = find_layout(message->kind);
	uint8_t *pos = out + HEADER_LEN;

	if (!layout || !message_fits(layout, message))
		return 0;
	put_le16(out, (uint16_t)(fields_len(layout) + message->len));
	out[2] = (uint8_t)message->kind;
	out[3] = 0;
	for (int i = 0; i < FIELDS_MAX; pos += layout->fields[i++].size)
		write_field(pos, layout->fields[i], message);
	return (size_t)(pos - out);
}

bool air_record_add(struct air_record *record, const struct air_message *message)
{
	size_t len;

	if (record->count == AIR_BATCH_MAX)
		return false;
	len = air_message_write(record->headers[record->count], message);
	if (record->bytes + len + message->len > AIR_RECORD_MAX)
		return false;
	record->bytes += len + message->len;
	record->iov[2 * record->count] = (struct iovec){record->headers[record->count], len};
	record->iov[2 * record->count + 1] = (struct iovec){(void *)message->bytes, message->len};
	record->count++;
	return true;
}
