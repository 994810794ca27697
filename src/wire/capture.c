/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/capture.h"

#include "wire/be.h"
#include "wire/le.h"

#include <string.h>

enum {
	BLOCK_SECTION_HEADER = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_ENHANCED_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d
};
enum { PCAP_HEADER_LEN = 24 };
enum { OPT_END = 0, OPT_COMMENT = 1, OPT_TSRESOL = 9, OPT_FCSLEN = 13 };

#define NS_PER_SECOND UINT64_C(1000000000)

static uint16_t get16(const struct capture *capture, const uint8_t *bytes)
{
	return capture->big_endian ? be16(bytes) : le16(bytes);
}

static uint32_t get32(const struct capture *capture, const uint8_t *bytes)
{
	return capture->big_endian ? be32(bytes) : le32(bytes);
}

/* ---- pcap ---- */

enum { PCAP_STANDARD = 16, PCAP_NOKIA = 20, PCAP_MODIFIED = 24, PCAP_MODIFIED_LONG = 28 };

struct pcap_format {
	uint32_t magic;
	uint64_t units;
	size_t header_lens[3]; /* of records, the likeliest first; 0: no more */
};

/* Do the first records follow one another, if record headers have this length? */
static bool records_make_sense(const struct capture *capture, size_t header_len)
{
	enum { RECORDS_MAX = 20, FRAME_MAX = 1 << 18 };
	size_t at = PCAP_HEADER_LEN;

	for (int i = 0; i < RECORDS_MAX && capture->len - at >= header_len; i++) {
		const uint8_t *record = capture->bytes + at;
		uint32_t len = get32(capture, record + 8), orig_len = get32(capture, record + 12);

		if (get32(capture, record + 4) >= capture->interfaces[0].units_per_second || len > FRAME_MAX ||
		    len > orig_len || orig_len > FRAME_MAX)
			return false;
		if (len > capture->len - at - header_len)
			return i > 0; /* the last record is cut */
		at += header_len + len;
	}
	return true;
}

/* If no length makes sense, the file is damaged: the first one finds the place. */
static size_t find_header_len(const struct capture *capture, const struct pcap_format *format)
{
	for (int i = 0; i < 3 && format->header_lens[i]; i++)
		if (records_make_sense(capture, format->header_lens[i]))
			return format->header_lens[i];
	return format->header_lens[0];
}

/* The upper bits of the link type hold the length of the FCS, in units of 16 bits, if a flag says so. */
static struct capture_interface pcap_interface(uint32_t link, uint64_t units)
{
	const uint32_t fcs_len_present = 0x04000000;

	return (struct capture_interface){.link_type = link & 0x03ffffff,
					  .fcs_len = link & fcs_len_present ? (int)(2 * (link >> 28))
									    : CAPTURE_FCS_UNKNOWN,
					  .units_per_second = units};
}

static bool open_pcap(struct capture *capture)
{
	static const struct pcap_format formats[] = {
		{0xa1b2c3d4, 1000000, {PCAP_STANDARD, PCAP_NOKIA, PCAP_MODIFIED}},
		{0xa1b23c4d, NS_PER_SECOND, {PCAP_STANDARD}},
		{0xa1b2cd34, 1000000, {PCAP_MODIFIED, PCAP_MODIFIED_LONG}},
	};

	if (capture->len < PCAP_HEADER_LEN)
		return false;
	for (int big = 0; big < 2; big++)
		for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
			if ((big ? be32(capture->bytes) : le32(capture->bytes)) == formats[i].magic) {
				capture->big_endian = big;
				capture->interfaces[0] =
					pcap_interface(get32(capture, capture->bytes + 20), formats[i].units);
				capture->interface_count = 1;
				capture->offset = PCAP_HEADER_LEN;
				capture->record_header_len = find_header_len(capture, &formats[i]);
				return true;
			}
	return false;
}

bool capture_open(struct capture *capture, const uint8_t *bytes, size_t len)
{
	*capture = (struct capture){.bytes = bytes, .len = len};
	if (len >= 12 && be32(bytes) == BLOCK_SECTION_HEADER) {
		capture->pcapng = true;
		return true;
	}
	return open_pcap(capture);
}

/* Does not overflow before the year 2554. */
static uint64_t to_nanoseconds(uint64_t ticks, uint64_t units_per_second)
{
	return ticks / units_per_second * NS_PER_SECOND +
	       (units_per_second <= NS_PER_SECOND ? ticks % units_per_second * NS_PER_SECOND / units_per_second
						  : ticks % units_per_second / (units_per_second / NS_PER_SECOND));
}

static int next_pcap(struct capture *capture, struct captured_frame *captured)
{
	const uint8_t *record = capture->bytes + capture->offset;
	size_t left = capture->len - capture->offset, header_len = capture->record_header_len;

	if (!left)
		return 0;
	if (left < header_len || get32(capture, record + 8) > left - header_len)
		return -1;
	captured->link_type = capture->interfaces[0].link_type;
	captured->interface = 0;
	captured->fcs_len = capture->interfaces[0].fcs_len;
	captured->time_ns = get32(capture, record) * NS_PER_SECOND +
			    to_nanoseconds(get32(capture, record + 4), capture->interfaces[0].units_per_second);
	captured->bytes = record + header_len;
	captured->len = get32(capture, record + 8);
	captured->orig_len = get32(capture, record + 12);
	capture->offset += header_len + captured->len;
	return 1;
}

/* if_tsresol: an exponent of ten, or of two if the highest bit is set; limited so that the unit fits 64 bits. */
static uint64_t parse_tsresol(uint8_t resolution)
{
	uint64_t units = 1, base = resolution & 0x80 ? 2 : 10;
	unsigned exponent = resolution & 0x7f, exponent_max = base == 2 ? 60 : 18;

	for (unsigned i = 0; i < (exponent < exponent_max ? exponent : exponent_max); i++)
		units *= base;
	return units;
}

/* if_fcslen: writers differ in its unit, bits or bytes; an FCS of 802.11 has 4 bytes. */
static int parse_fcslen(uint8_t len)
{
	return len == 32 ? 4 : len <= 4 ? len : CAPTURE_FCS_UNKNOWN;
}

static void add_interface(struct capture *capture, const uint8_t *body, size_t len)
{
	struct capture_interface interface = {.fcs_len = CAPTURE_FCS_UNKNOWN, .units_per_second = 1000000};

	if (len >= 8) {
		interface.link_type = get16(capture, body);
		for (size_t offset = 8; offset + 4 <= len;) {
			uint16_t code = get16(capture, body + offset), option_len = get16(capture, body + offset + 2);

			if (code == OPT_END || offset + 4 + option_len > len)
				break;
			if (code == OPT_TSRESOL && option_len >= 1)
				interface.units_per_second = parse_tsresol(body[offset + 4]);
			if (code == OPT_FCSLEN && option_len >= 1)
				interface.fcs_len = parse_fcslen(body[offset + 4]);
			offset += 4 + (option_len + 3u) / 4 * 4;
		}
	}
	if (capture->interface_count < CAPTURE_INTERFACES_MAX)
		capture->interfaces[capture->interface_count++] = interface;
}

/* Reads a packet block. Returns false if it is malformed or its interface is unknown. */
static bool parse_packet_block(struct capture *capture, uint32_t type, const uint8_t *body, size_t len,
			       struct captured_frame *captured)
{
	size_t header_len = type == BLOCK_SIMPLE_PACKET ? 4 : 20;
	uint32_t id = 0;

	if (len < header_len)
		return false;
	if (type == BLOCK_ENHANCED_PACKET)
		id = get32(capture, body);
	else if (type == BLOCK_PACKET)
		id = get16(capture, body);
	if (id >= capture->interface_count) {
		capture->skipped_frames++;
		return false;
	}
	captured->link_type = capture->interfaces[id].link_type;
	captured->interface = id;
	captured->fcs_len = capture->interfaces[id].fcs_len;
	captured->time_ns = 0;
	captured->bytes = body + header_len;
	if (type == BLOCK_SIMPLE_PACKET) {
		captured->orig_len = get32(capture, body);
		captured->len = captured->orig_len < len - header_len ? captured->orig_len : len - header_len;
		return true;
	}
	captured->time_ns = to_nanoseconds((uint64_t)get32(capture, body + 4) << 32 | get32(capture, body + 8),
					   capture->interfaces[id].units_per_second);
	captured->len = get32(capture, body + 12);
	captured->orig_len = get32(capture, body + 16);
	return captured->len <= len - header_len;
}

static bool begin_section(struct capture *capture, const uint8_t *block)
{
	capture->big_endian = be32(block + 8) == BYTE_ORDER_MAGIC;
	capture->interface_count = 0;
	return capture->big_endian || le32(block + 8) == BYTE_ORDER_MAGIC;
}

static int next_pcapng(struct capture *capture, struct captured_frame *captured)
{
	for (;;) {
		const uint8_t *block = capture->bytes + capture->offset;
		size_t left = capture->len - capture->offset;
		uint32_t type, len;

		if (!left)
			return 0;
		if (left < 12 || (be32(block) == BLOCK_SECTION_HEADER && !begin_section(capture, block)))
			return -1;
		type = get32(capture, block);
		len = get32(capture, block + 4);
		if (len < 12 || len % 4 || len > left)
			return -1;
		capture->offset += len;
		if (type == BLOCK_INTERFACE)
			add_interface(capture, block + 8, len - 12);
		else if ((type == BLOCK_ENHANCED_PACKET || type == BLOCK_SIMPLE_PACKET || type == BLOCK_PACKET) &&
			 parse_packet_block(capture, type, block + 8, len - 12, captured))
			return 1;
	}
}

int capture_next(struct capture *capture, struct captured_frame *captured)
{
	return capture->pcapng ? next_pcapng(capture, captured) : next_pcap(capture, captured);
}

static uint8_t *put32(uint8_t *out, uint32_t value)
{
	put_le32(out, value);
	return out + 4;
}

/* Writes an option with its padding. */
static uint8_t *put_option(uint8_t *out, uint16_t code, const void *value, size_t len)
{
	size_t padded = (len + 3) / 4 * 4;

	put_le16(out, code);
	put_le16(out + 2, (uint16_t)len);
	memset(out + 4, 0, padded);
	memcpy(out + 4, value, len);
	return out + 4 + padded;
}

/* Writes the two length fields of a block that ends at `end`. Returns its length. */
static size_t finish_block(uint8_t *start, uint8_t *end)
{
	size_t len = (size_t)(end + 4 - start);

	put_le32(start + 4, (uint32_t)len);
	put_le32(end, (uint32_t)len);
	return len;
}

size_t capture_write_interface(uint8_t *out, size_t room, uint32_t link_type)
{
	static const uint8_t nanosecond = 9;
	uint8_t *pos = out;

	if (room < CAPTURE_HEADER_MAX / 2)
		return 0;
	pos = put32(pos, BLOCK_INTERFACE);
	pos = put32(pos + 4, link_type);
	pos = put32(pos, 0); /* no limit */
	pos = put_option(pos, OPT_TSRESOL, &nanosecond, 1);
	pos = put32(pos, OPT_END);
	return finish_block(out, pos);
}

size_t capture_write_header(uint8_t *out, size_t room, uint32_t link_type)
{
	uint8_t *pos = out;
	size_t section;

	if (room < CAPTURE_HEADER_MAX)
		return 0;
	pos = put32(pos, BLOCK_SECTION_HEADER);
	pos = put32(pos + 4, BYTE_ORDER_MAGIC);
	put_le16(pos, 1); /* version 1.0 */
	put_le16(pos + 2, 0);
	memset(pos + 4, 0xff, 8); /* section length: unspecified */
	section = finish_block(out, pos + 12);
	return section + capture_write_interface(out + section, room - section, link_type);
}

size_t capture_write_frame(uint8_t *out, size_t room, const struct captured_frame *captured, const char *comment)
{
	size_t comment_len = comment ? strlen(comment) : 0, len = captured->prefix_len + captured->len,
	       padding = -len % 4;
	uint8_t *pos = out;

	if (comment_len > UINT16_MAX - 4 || captured->len > UINT32_MAX / 2 || captured->prefix_len > UINT32_MAX / 4 ||
	    room < CAPTURE_FRAME_MAX(len, comment_len))
		return 0;
	pos = put32(pos, BLOCK_ENHANCED_PACKET);
	pos = put32(pos + 4, captured->interface);
	pos = put32(pos, (uint32_t)(captured->time_ns >> 32));
	pos = put32(pos, (uint32_t)captured->time_ns);
	pos = put32(pos, (uint32_t)len);
	pos = put32(pos, (uint32_t)(captured->prefix_len + captured->orig_len));
	if (captured->prefix_len)
		memcpy(pos, captured->prefix, captured->prefix_len);
	memcpy(pos + captured->prefix_len, captured->bytes, captured->len);
	memset(pos + len, 0, padding);
	pos += len + padding;
	if (comment) {
		pos = put_option(pos, OPT_COMMENT, comment, comment_len);
		pos = put32(pos, OPT_END);
	}
	return finish_block(out, pos);
}
