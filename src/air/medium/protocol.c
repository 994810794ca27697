/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/medium/protocol.h"

#include "wire/le.h"

#include <string.h>

enum { HEADER = 4, KINDS = 72, FIELDS = 5 };

struct field {
	uint8_t at, size; /* in struct air_message */
};

#define FIELD(name)                                                                                \
	{                                                                                          \
		offsetof(struct air_message, name), (uint8_t)sizeof((struct air_message *)0)->name \
	}

/* The one description of each kind: its fields, and what may be behind them. */
static const struct layout {
	bool known, text;
	struct field field[FIELDS];
	uint16_t unit, least, most; /* of the rest */
} layouts[KINDS] = {
	[AIR_HELLO] = {true, true, {FIELD(magic), FIELD(version)}, 1, 1, AIR_NAME},
	[AIR_ADDRESSES] = {true, false, {{0}}, 6, 0, 6 * 64},
	[AIR_TUNE] = {true, false, {FIELD(freq_mhz)}, 0, 0, 0},
	[AIR_DOZE] = {true, false, {FIELD(time_ns)}, 0, 0, 0},
	[AIR_MONITOR] = {true, false, {FIELD(on)}, 0, 0, 0},
	[AIR_SEND] = {true, false, {FIELD(cookie), FIELD(rate_kbps), FIELD(freq_mhz)}, 1, 1, AIR_FRAME},
	[AIR_RULE] = {true, true, {{0}}, 1, 1, 1024},
	[AIR_SHOW] = {true, false, {{0}}, 0, 0, 0},
	[AIR_WELCOME] = {true, false, {FIELD(version), FIELD(radio)}, 0, 0, 0},
	[AIR_RECEIVED] = {true,
			  false,
			  {FIELD(time_ns), FIELD(rate_kbps), FIELD(freq_mhz), FIELD(signal_dbm), FIELD(tries)},
			  1,
			  1,
			  AIR_FRAME},
	[AIR_STATUS] = {true, false, {FIELD(cookie), FIELD(on), FIELD(tries)}, 0, 0, 0},
	[AIR_DONE] = {true, false, {{0}}, 0, 0, 0},
	[AIR_ERROR] = {true, true, {FIELD(code)}, 1, 0, 512},
	[AIR_ANSWER] = {true, true, {FIELD(on)}, 1, 0, AIR_TEXT},
};

bool air_is_name(const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '*' || name[i] == ',')
			return false;
	return len > 0 && len <= AIR_NAME;
}

static const struct layout *layout_of(unsigned kind)
{
	return kind < KINDS && layouts[kind].known ? &layouts[kind] : NULL;
}

static size_t fields_len(const struct layout *l)
{
	size_t len = 0;

	for (int i = 0; i < FIELDS; i++)
		len += l->field[i].size;
	return len;
}

/* Nothing that a terminal would obey. */
static bool is_text(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((bytes[i] < 0x20 && bytes[i] != '\n') || bytes[i] == 0x7f)
			return false;
	return true;
}

static bool fits(const struct layout *l, const struct air_message *m)
{
	if (m->len < l->least || m->len > l->most || (l->unit && m->len % l->unit))
		return false;
	return !l->text || !m->len || is_text(m->bytes, m->len);
}

static void take(struct air_message *m, struct field f, const uint8_t *p)
{
	uint8_t *to = (uint8_t *)m + f.at;

	switch (f.size) {
	case 1:
		*to = *p;
		return;
	case 2:
		memcpy(to, &(uint16_t){le16(p)}, 2);
		return;
	case 4:
		memcpy(to, &(uint32_t){le32(p)}, 4);
		return;
	case 8:
		memcpy(to, &(uint64_t){(uint64_t)le32(p + 4) << 32 | le32(p)}, 8);
		return;
	}
}

static void put(uint8_t *p, struct field f, const struct air_message *m)
{
	const uint8_t *from = (const uint8_t *)m + f.at;
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	switch (f.size) {
	case 1:
		*p = *from;
		return;
	case 2:
		memcpy(&two, from, 2);
		put_le16(p, two);
		return;
	case 4:
		memcpy(&four, from, 4);
		put_le32(p, four);
		return;
	case 8:
		memcpy(&eight, from, 8);
		put_le32(p, (uint32_t)eight);
		put_le32(p + 4, (uint32_t)(eight >> 32));
		return;
	}
}

int air_read(const uint8_t *record, size_t len, size_t *at, struct air_message *m)
{
	const uint8_t *p = record + *at;
	size_t left = len - *at, body, fields;
	const struct layout *l;

	*m = (struct air_message){0};
	if (!left)
		return 0;
	if (left < HEADER || le16(p) > left - HEADER || p[3])
		return -1;
	body = le16(p);
	l = layout_of(p[2]);
	fields = l ? fields_len(l) : 0;
	if (!l || body < fields)
		return -1;
	m->kind = (enum air_kind)p[2];
	p += HEADER;
	for (int i = 0; i < FIELDS; p += l->field[i++].size)
		take(m, l->field[i], p);
	m->len = body - fields;
	m->bytes = m->len ? p : NULL;
	if (!fits(l, m))
		return -1;
	*at += HEADER + body;
	return 1;
}

size_t air_write(uint8_t *out, const struct air_message *m)
{
	const struct layout *l = layout_of(m->kind);
	uint8_t *p = out + HEADER;

	if (!l || !fits(l, m))
		return 0;
	put_le16(out, (uint16_t)(fields_len(l) + m->len));
	out[2] = (uint8_t)m->kind;
	out[3] = 0;
	for (int i = 0; i < FIELDS; p += l->field[i++].size)
		put(p, l->field[i], m);
	return (size_t)(p - out);
}

bool air_record_add(struct air_record *r, const struct air_message *m)
{
	size_t len;

	if (r->count == AIR_BATCH)
		return false;
	len = air_write(r->heads[r->count], m);
	if (r->bytes + len + m->len > AIR_RECORD)
		return false;
	r->bytes += len + m->len;
	r->parts[2 * r->count] = (struct iovec){r->heads[r->count], len};
	r->parts[2 * r->count + 1] = (struct iovec){(void *)m->bytes, m->len};
	r->count++;
	return true;
}
