/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/frag.h"

#include "base/mac.h"
#include "softmac/mpdu.h"

#include <errno.h>
#include <string.h>

static struct frame *new_fragment(const struct frame *frame, const struct mpdu *mpdu, size_t offset, size_t len,
				  uint16_t number, size_t headroom, size_t tailroom)
{
	struct frame *part = frame_new(headroom, mpdu->hdr_len + len, tailroom);
	uint8_t *bytes;

	if (!part)
		return NULL;
	bytes = frame_make_writable(part);
	memcpy(bytes, frame->data, mpdu->hdr_len);
	memcpy(bytes + mpdu->hdr_len, frame->data + mpdu->hdr_len + offset, len);
	if (mpdu->hdr_len + offset + len < frame->len)
		put_le16(bytes, mpdu->fc | FC_MORE_FRAGS);
	put_le16(bytes + DOT11_OFF_SEQ, (le16(bytes + DOT11_OFF_SEQ) & ~DOT11_FRAG_MASK) | number);
	part->meta = frame->meta;
	return part;
}

int frag_split(const struct frame *frame, size_t body_len, size_t headroom, size_t tailroom, struct frame **out,
	       size_t room)
{
	struct mpdu mpdu;
	size_t total_len, count;

	if (mpdu_parse(&mpdu, frame) || mac_is_group(frame->data + DOT11_OFF_ADDR1) || !body_len || body_len % 2)
		return -EINVAL;
	total_len = frame->len - mpdu.hdr_len;
	count = total_len ? (total_len + body_len - 1) / body_len : 1;
	if (count > room || count > FRAGMENTS_MAX)
		return -EMSGSIZE;
	for (size_t i = 0; i < count; i++) {
		size_t len = total_len - i * body_len < body_len ? total_len - i * body_len : body_len;

		out[i] = new_fragment(frame, &mpdu, i * body_len, len, (uint16_t)i, headroom, tailroom);
		if (!out[i]) {
			while (i--)
				frame_free(out[i]);
			return -ENOMEM;
		}
	}
	return (int)count;
}
