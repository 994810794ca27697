/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/rrb.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ft.h"
#include "wire/le.h"

#include <string.h>

/* ---- actions of stations ---- */

#define REMOTE_FRAME_FT 1
#define ACTION_HEADER   (2 + 2 * MAC_LEN) /* category, action, addresses of the station and of the target */

static bool take_ethernet(struct span *frame, const uint8_t **dst, const uint8_t **src, uint16_t type)
{
	const uint8_t *header = span_take(frame, ETHER_HLEN);

	*dst = header;
	*src = header ? header + MAC_LEN : NULL;
	return header && be16(header + 2 * MAC_LEN) == type && !mac_is_group(*src);
}

bool rrb_parse_action(struct rrb_action *action, struct span frame)
{
	const uint8_t *header;

	if (!take_ethernet(&frame, &action->dst, &action->src, RRB_ETHERTYPE_ACTION))
		return false;
	header = span_take(&frame, 4 + MAC_LEN);
	if (!header || header[0] != REMOTE_FRAME_FT || header[1] > 1)
		return false;
	action->response = header[1];
	action->action = (struct span){frame.bytes, le16(header + 2)};
	return action->action.len >= ACTION_HEADER && action->action.len <= frame.len;
}

static struct frame_writer begin_ethernet(const uint8_t *dst, const uint8_t *src, uint16_t type)
{
	struct frame_writer writer = frame_writer_begin(frame_new(0, 0, 768));

	write_bytes(&writer, dst, MAC_LEN);
	write_bytes(&writer, src, MAC_LEN);
	write_be16(&writer, type);
	return writer;
}

struct frame *rrb_make_action(const struct rrb_action *action)
{
	struct frame_writer writer = begin_ethernet(action->dst, action->src, RRB_ETHERTYPE_ACTION);

	write_u8(&writer, REMOTE_FRAME_FT);
	write_u8(&writer, action->response);
	write_le16(&writer, (uint16_t)action->action.len);
	write_bytes(&writer, action->src, MAC_LEN);
	write_bytes(&writer, action->action.bytes, action->action.len);
	return frame_writer_end(&writer);
}

/* ---- messages between key holders ---- */

static const uint8_t protocol[] = {0x00, 0x13, 0x74, 0x00, 0x01};

bool rrb_parse(struct rrb_message *message, struct span frame)
{
	const uint8_t *header;

	if (!take_ethernet(&frame, &message->dst, &message->src, RRB_ETHERTYPE_KEY))
		return false;
	header = span_take(&frame, sizeof(protocol) + 1 + 2);
	if (!header || memcmp(header, protocol, sizeof(protocol)) != 0 || header[5] < RRB_PULL ||
	    header[5] > RRB_SEQ_RESPONSE)
		return false;
	message->kind = header[5];
	message->clear.len = le16(header + 6);
	message->clear.bytes = span_take(&frame, message->clear.len);
	message->sealed = frame;
	return message->clear.bytes;
}

void rrb_read(struct rrb_fields *fields, struct span list)
{
	const struct {
		enum rrb_field type;
		size_t min, max;
		struct span *to;
	} rows[] = {
		{RRB_SEQ, RRB_SEQ_LEN, RRB_SEQ_LEN, &fields->seq},
		{RRB_NONCE, RRB_NONCE_LEN, RRB_NONCE_LEN, &fields->nonce},
		{RRB_R0KH, 1, FT_R0KH_MAX, &fields->r0kh},
		{RRB_R1KH, FT_R1KH_LEN, FT_R1KH_LEN, &fields->r1kh},
		{RRB_SPA, MAC_LEN, MAC_LEN, &fields->spa},
		{RRB_R0_NAME, PMKID_LEN, PMKID_LEN, &fields->r0_name},
		{RRB_R1_NAME, PMKID_LEN, PMKID_LEN, &fields->r1_name},
		{RRB_R1, 32, 64, &fields->r1},
		{RRB_PAIRWISE, 2, 2, &fields->pairwise},
		{RRB_EXPIRES, 2, 2, &fields->expires},
		{RRB_VLAN, 2, 2, &fields->vlan},
	};
	const uint8_t *header, *contents;

	*fields = (struct rrb_fields){0};
	while ((header = span_take(&list, 4)) && (contents = span_take(&list, le16(header + 2))))
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (rows[i].type == le16(header) && !rows[i].to->bytes && le16(header + 2) >= rows[i].min &&
			    le16(header + 2) <= rows[i].max)
				*rows[i].to = (struct span){contents, le16(header + 2)};
}

struct frame_writer rrb_begin(enum rrb_kind kind, const uint8_t *dst, const uint8_t *src, size_t clear_len)
{
	struct frame_writer writer = begin_ethernet(dst, src, RRB_ETHERTYPE_KEY);

	write_bytes(&writer, protocol, sizeof(protocol));
	write_u8(&writer, (uint8_t)kind);
	write_le16(&writer, (uint16_t)clear_len);
	return writer;
}

void rrb_write(struct frame_writer *writer, enum rrb_field type, const void *bytes, size_t len)
{
	write_le16(writer, (uint16_t)type);
	write_le16(writer, (uint16_t)len);
	write_bytes(writer, bytes, len);
}

/* Padding at the end of the frame would become a part of what is encrypted. */
size_t rrb_padding(size_t clear_len, size_t sealed_len)
{
	const size_t len = 2 + clear_len + sealed_len, want = 64;

	return len >= want ? 0 : want - len < 4 ? 4 : want - len;
}

/* The bits of hostapd. */
static const struct {
	enum cipher cipher;
	uint16_t bit;
} ciphers[] = {{CIPHER_TKIP, 1 << 3},
	       {CIPHER_CCMP_128, 1 << 4},
	       {CIPHER_GCMP_128, 1 << 6},
	       {CIPHER_GCMP_256, 1 << 8},
	       {CIPHER_CCMP_256, 1 << 9}};

uint16_t rrb_cipher_bit(enum cipher cipher)
{
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (ciphers[i].cipher == cipher)
			return ciphers[i].bit;
	return 0;
}

enum cipher rrb_cipher_of(uint16_t bit)
{
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (ciphers[i].bit == bit)
			return ciphers[i].cipher;
	return CIPHER_NONE;
}
