/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/capture.h"

#include "wire/be.h"
#include "wire/le.h"

#include <string.h>

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, OLD_PACKET = 2, SIMPLE = 3, ENHANCED = 6, ORDER = 0x1a2b3c4d };
enum { PCAP_HEAD = 24, PCAP_RECORD = 16, OPT_END = 0, OPT_COMMENT = 1, OPT_TSRESOL = 9 };

#define NS UINT64_C(1000000000)

static uint16_t get16(const struct capture *c, const uint8_t *p)
{
	return c->big ? be16(p) : le16(p);
}

static uint32_t get32(const struct capture *c, const uint8_t *p)
{
	return c->big ? be32(p) : le32(p);
}

static bool open_pcap(struct capture *c)
{
	static const struct {
		uint32_t magic;
		uint64_t units;
	} kinds[] = {{0xa1b2c3d4, 1000000}, {0xa1b23c4d, NS}};

	if (c->len < PCAP_HEAD)
		return false;
	for (int big = 0; big < 2; big++)
		for (int i = 0; i < 2; i++)
			if ((big ? be32(c->bytes) : le32(c->bytes)) == kinds[i].magic) {
				c->big = big;
				/* The upper bits of the link type are for the length of the FCS. */
				c->interface[0] = (struct capture_interface){get32(c, c->bytes + 20) & 0x03ffffff,
									     kinds[i].units};
				c->interfaces = 1;
				c->at = PCAP_HEAD;
				return true;
			}
	return false;
}

bool capture_open(struct capture *c, const uint8_t *bytes, size_t len)
{
	*c = (struct capture){.bytes = bytes, .len = len};
	if (len >= 12 && be32(bytes) == SECTION) {
		c->ng = true;
		return true;
	}
	return open_pcap(c);
}

/* Without overflow for any time that is one. */
static uint64_t nanoseconds(uint64_t t, uint64_t units)
{
	return t / units * NS + (units <= NS ? t % units * NS / units : t % units / (units / NS));
}

static int next_pcap(struct capture *c, struct captured *f)
{
	const uint8_t *p = c->bytes + c->at;
	size_t left = c->len - c->at;

	if (!left)
		return 0;
	if (left < PCAP_RECORD || get32(c, p + 8) > left - PCAP_RECORD)
		return -1;
	f->link = c->interface[0].link;
	f->interface = 0;
	f->time_ns = get32(c, p) * NS + nanoseconds(get32(c, p + 4), c->interface[0].units);
	f->bytes = p + PCAP_RECORD;
	f->len = get32(c, p + 8);
	f->was = get32(c, p + 12);
	c->at += PCAP_RECORD + f->len;
	return 1;
}

/* The exponent of if_tsresol: of ten, or with the highest bit of two. Nothing above 10^18 is a clock. */
static uint64_t units_of(uint8_t resolution)
{
	uint64_t units = 1, base = resolution & 0x80 ? 2 : 10;
	unsigned exponent = resolution & 0x7f, most = base == 2 ? 60 : 18;

	for (unsigned i = 0; i < (exponent < most ? exponent : most); i++)
		units *= base;
	return units;
}

static void add_interface(struct capture *c, const uint8_t *body, size_t len)
{
	struct capture_interface i = {.units = 1000000};

	if (len >= 8) {
		i.link = get16(c, body);
		for (size_t at = 8; at + 4 <= len;) {
			uint16_t code = get16(c, body + at), n = get16(c, body + at + 2);

			if (code == OPT_END || at + 4 + n > len)
				break;
			if (code == OPT_TSRESOL && n >= 1)
				i.units = units_of(body[at + 4]);
			at += 4 + (n + 3u) / 4 * 4;
		}
	}
	if (c->interfaces < CAPTURE_INTERFACES)
		c->interface[c->interfaces++] = i;
}

/* A frame of an interface. Returns false if the block is not one that we can read. */
static bool take_frame(const struct capture *c, uint32_t type, const uint8_t *body, size_t len, struct captured *f)
{
	size_t head = type == SIMPLE ? 4 : 20;
	uint32_t id = 0;

	if (len < head)
		return false;
	if (type == ENHANCED)
		id = get32(c, body);
	else if (type == OLD_PACKET)
		id = get16(c, body);
	if (id >= c->interfaces)
		return false;
	f->link = c->interface[id].link;
	f->interface = id;
	f->time_ns = 0;
	f->bytes = body + head;
	if (type == SIMPLE) {
		f->was = get32(c, body);
		f->len = f->was < len - head ? f->was : len - head;
		return true;
	}
	f->time_ns = nanoseconds((uint64_t)get32(c, body + 4) << 32 | get32(c, body + 8), c->interface[id].units);
	f->len = get32(c, body + 12);
	f->was = get32(c, body + 16);
	return f->len <= len - head;
}

static bool new_section(struct capture *c, const uint8_t *p)
{
	c->big = be32(p + 8) == ORDER;
	c->interfaces = 0;
	return c->big || le32(p + 8) == ORDER;
}

static int next_ng(struct capture *c, struct captured *f)
{
	for (;;) {
		const uint8_t *p = c->bytes + c->at;
		size_t left = c->len - c->at;
		uint32_t type, len;

		if (!left)
			return 0;
		if (left < 12 || (be32(p) == SECTION && !new_section(c, p)))
			return -1;
		type = get32(c, p);
		len = get32(c, p + 4);
		if (len < 12 || len % 4 || len > left)
			return -1;
		c->at += len;
		if (type == INTERFACE)
			add_interface(c, p + 8, len - 12);
		else if ((type == ENHANCED || type == SIMPLE || type == OLD_PACKET) &&
			 take_frame(c, type, p + 8, len - 12, f))
			return 1;
	}
}

int capture_next(struct capture *c, struct captured *f)
{
	return c->ng ? next_ng(c, f) : next_pcap(c, f);
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	put_le32(p, v);
	return p + 4;
}

/* An option, padded. */
static uint8_t *put_option(uint8_t *p, uint16_t code, const void *value, size_t len)
{
	size_t padded = (len + 3) / 4 * 4;

	put_le16(p, code);
	put_le16(p + 2, (uint16_t)len);
	memset(p + 4, 0, padded);
	memcpy(p + 4, value, len);
	return p + 4 + padded;
}

/* A block's two lengths, when its end is known. */
static size_t close_block(uint8_t *start, uint8_t *end)
{
	size_t len = (size_t)(end + 4 - start);

	put_le32(start + 4, (uint32_t)len);
	put_le32(end, (uint32_t)len);
	return len;
}

size_t capture_interface(uint8_t *out, size_t room, uint32_t link)
{
	static const uint8_t nanosecond = 9;
	uint8_t *p = out;

	if (room < CAPTURE_HEAD_ROOM / 2)
		return 0;
	p = put32(p, INTERFACE);
	p = put32(p + 4, link);
	p = put32(p, 0); /* no limit */
	p = put_option(p, OPT_TSRESOL, &nanosecond, 1);
	p = put32(p, OPT_END);
	return close_block(out, p);
}

size_t capture_head(uint8_t *out, size_t room, uint32_t link)
{
	uint8_t *p = out;
	size_t section;

	if (room < CAPTURE_HEAD_ROOM)
		return 0;
	p = put32(p, SECTION);
	p = put32(p + 4, ORDER);
	put_le16(p, 1); /* version 1.0 */
	put_le16(p + 2, 0);
	memset(p + 4, 0xff, 8); /* the section's length: not said */
	section = close_block(out, p + 12);
	return section + capture_interface(out + section, room - section, link);
}

size_t capture_frame(uint8_t *out, size_t room, const struct captured *f, const char *comment)
{
	size_t text = comment ? strlen(comment) : 0, len = f->head_len + f->len, padding = -len % 4;
	uint8_t *p = out;

	if (text > UINT16_MAX - 4 || f->len > UINT32_MAX / 2 || f->head_len > UINT32_MAX / 4 ||
	    room < CAPTURE_ROOM(len, text))
		return 0;
	p = put32(p, ENHANCED);
	p = put32(p + 4, f->interface);
	p = put32(p, (uint32_t)(f->time_ns >> 32));
	p = put32(p, (uint32_t)f->time_ns);
	p = put32(p, (uint32_t)len);
	p = put32(p, (uint32_t)(f->head_len + f->was));
	if (f->head_len)
		memcpy(p, f->head, f->head_len);
	memcpy(p + f->head_len, f->bytes, f->len);
	memset(p + len, 0, padding);
	p += len + padding;
	if (comment) {
		p = put_option(p, OPT_COMMENT, comment, text);
		p = put32(p, OPT_END);
	}
	return close_block(out, p);
}
