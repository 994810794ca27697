/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/pcapng.h"

#include "base/drop.h"
#include "trace/hop.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/le.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_STATISTICS = 5, BLOCK_PACKET = 6 };
enum { LINK_ETHERNET = 1, LINK_WIFI = 105, LINK_RADIOTAP = 127 };
enum { BYTE_ORDER_MAGIC = 0x1a2b3c4d };

enum {
	OPT_END = 0,
	OPT_COMMENT = 1,
	SHB_PROGRAM = 4,
	IF_NAME = 2,
	IF_DESCRIPTION = 3,
	IF_TSRESOL = 9,
	EPB_FLAGS = 2,
	EPB_DROPCOUNT = 4,
	EPB_PACKETID = 5,
	EPB_VERDICT = 7,
	ISB_STARTTIME = 2,
	ISB_ENDTIME = 3,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5,
};

/* The kinds of epb_verdict, and the values of the second: what a tc program returns. */
enum { VERDICT_HARDWARE = 0, VERDICT_TC = 1 };
enum { TC_ACT_OK = 0, TC_ACT_SHOT = 2, TC_ACT_REDIRECT = 7 };

/* A block in the making. The first piece that does not fit makes it fail. */
struct block {
	struct pcapng *out;
	size_t start;
	int failed;
};

static uint8_t *append(struct block *block, size_t len)
{
	struct pcapng *out = block->out;
	uint8_t *at = out->bytes + out->len;

	if (block->failed || len > out->room - out->len) {
		block->failed = 1;
		return NULL;
	}
	out->len += len;
	return at;
}

static void append32(struct block *block, uint32_t value)
{
	uint8_t *at = append(block, 4);

	if (at)
		put_le32(at, value);
}

/* Appends bytes, and zeros up to a multiple of four. */
static void append_bytes(struct block *block, const void *bytes, size_t len)
{
	uint8_t *at = append(block, (len + 3) / 4 * 4);

	if (!at)
		return;
	if (len)
		memcpy(at, bytes, len);
	memset(at + len, 0, (len + 3) / 4 * 4 - len);
}

static void append_option(struct block *block, uint16_t code, const void *value, size_t len)
{
	append32(block, code | (uint32_t)len << 16);
	append_bytes(block, value, len);
}

static void append_text(struct block *block, uint16_t code, const char *text)
{
	append_option(block, code, text, strlen(text));
}

static void append_number(struct block *block, uint16_t code, uint64_t value)
{
	uint8_t bytes[8];

	put_le32(bytes, (uint32_t)value);
	put_le32(bytes + 4, (uint32_t)(value >> 32));
	append_option(block, code, bytes, sizeof(bytes));
}

/* Times in options and packets have their upper half first. */
static void append_time(struct block *block, uint64_t time)
{
	append32(block, (uint32_t)(time >> 32));
	append32(block, (uint32_t)time);
}

static struct block begin(struct pcapng *out, uint32_t type)
{
	struct block block = {.out = out, .start = out->len};

	append32(&block, type);
	append32(&block, 0); /* the length */
	return block;
}

static size_t end(struct block *block)
{
	struct pcapng *out = block->out;
	size_t len = out->len + 4 - block->start;

	append32(block, (uint32_t)len);
	if (block->failed) {
		out->len = block->start;
		return 0;
	}
	put_le32(out->bytes + block->start + 4, (uint32_t)len);
	return len;
}

size_t pcapng_section(struct pcapng *out, const char *program)
{
	struct block block = begin(out, BLOCK_SECTION);

	append32(&block, BYTE_ORDER_MAGIC);
	append32(&block, 1);          /* version 1.0 */
	append32(&block, UINT32_MAX); /* the section's length: unspecified */
	append32(&block, UINT32_MAX);
	append_text(&block, SHB_PROGRAM, program);
	append32(&block, OPT_END);
	return end(&block);
}

size_t pcapng_interface(struct pcapng *out, const struct trace_event *event, const char *name, uint32_t snap_len)
{
	struct block block = begin(out, BLOCK_INTERFACE);
	const uint8_t nanoseconds = 9;

	append32(&block, event->link == TRACE_WIFI       ? LINK_WIFI
			 : event->link == TRACE_RADIOTAP ? LINK_RADIOTAP
							 : LINK_ETHERNET);
	append32(&block, snap_len);
	append_text(&block, IF_NAME, name);
	append_text(&block, IF_DESCRIPTION, trace_hop_sentence(event->hop));
	append_option(&block, IF_TSRESOL, &nanoseconds, 1);
	append32(&block, OPT_END);
	return end(&block);
}

static void append_verdict(struct block *block, const struct trace_event *event)
{
	uint64_t verdict = event->reason                                    ? TC_ACT_SHOT
			   : event->to & ~(TRACE_TO_BRIDGE | TRACE_ARRIVED) ? TC_ACT_REDIRECT
									    : TC_ACT_OK;
	uint8_t bytes[9] = {VERDICT_TC};

	if (event->by_tc) {
		put_le32(bytes + 1, (uint32_t)verdict);
		append_option(block, EPB_VERDICT, bytes, sizeof(bytes));
	} else {
		uint8_t own[2] = {VERDICT_HARDWARE, event->reason ? 1 : 0};

		append_option(block, EPB_VERDICT, own, sizeof(own));
	}
}

static void append_comment(struct block *block, const struct trace_event *event)
{
	char verdict[TRACE_VERDICT_SIZE], text[1024];
	enum drop reason = (enum drop)event->reason;

	trace_verdict(verdict, event);
	if (reason)
		snprintf(text, sizeof(text), "%s. %s %s", verdict, drop_sentence(reason), drop_hint(reason));
	else
		snprintf(text, sizeof(text), "%s", verdict);
	append_text(block, OPT_COMMENT, text);
}

/* The frame, with the VLAN tag that was outside it. */
static void append_frame(struct block *block, const struct trace_event *event, const uint8_t *bytes)
{
	size_t tag = event->tci && event->captured >= 2 * ETHER_ALEN ? ETHER_VLAN_HLEN : 0, len = event->captured + tag;
	uint8_t *at;

	append32(block, (uint32_t)len);
	append32(block, event->len + (uint32_t)tag);
	if (!tag) {
		append_bytes(block, bytes, event->captured);
		return;
	}
	at = append(block, (len + 3) / 4 * 4);
	if (!at)
		return;
	memcpy(at, bytes, 2 * ETHER_ALEN);
	put_be16(at + 2 * ETHER_ALEN, ETHERTYPE_VLAN);
	put_be16(at + 2 * ETHER_ALEN + 2, (uint16_t)event->tci);
	memcpy(at + 2 * ETHER_ALEN + tag, bytes + 2 * ETHER_ALEN, event->captured - 2 * ETHER_ALEN);
	memset(at + len, 0, (len + 3) / 4 * 4 - len);
}

size_t pcapng_packet(struct pcapng *out, uint32_t interface, const struct trace_event *event, const uint8_t *bytes,
		     uint64_t missing)
{
	struct block block = begin(out, BLOCK_PACKET);
	uint8_t flags[4] = {event->direction};

	append32(&block, interface);
	append_time(&block, event->time);
	append_frame(&block, event, bytes);
	append_comment(&block, event);
	append_option(&block, EPB_FLAGS, flags, sizeof(flags));
	if (missing)
		append_number(&block, EPB_DROPCOUNT, missing);
	if (event->id)
		append_number(&block, EPB_PACKETID, event->id);
	append_verdict(&block, event);
	append32(&block, OPT_END);
	return end(&block);
}

static void append_time_option(struct block *block, uint16_t code, uint64_t time)
{
	append32(block, code | 8u << 16);
	append_time(block, time);
}

size_t pcapng_statistics(struct pcapng *out, uint32_t interface, uint64_t start, uint64_t stop, uint64_t received,
			 uint64_t lost)
{
	struct block block = begin(out, BLOCK_STATISTICS);

	append32(&block, interface);
	append_time(&block, stop);
	append_time_option(&block, ISB_STARTTIME, start);
	append_time_option(&block, ISB_ENDTIME, stop);
	append_number(&block, ISB_IFRECV, received);
	append_number(&block, ISB_IFDROP, lost);
	append32(&block, OPT_END);
	return end(&block);
}
