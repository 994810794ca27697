/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/frag.h"
#include "softmac/mpdu.h"

#include "base/mac.h"

#include <errno.h>
#include <string.h>

static struct frame *fragment(const struct frame *f, const struct mpdu *m, size_t at, size_t len, uint16_t number,
			      size_t head, size_t tail)
{
	struct frame *one = frame_new(head, m->hdr + len, tail);
	uint8_t *p;

	if (!one)
		return NULL;
	p = frame_own(one);
	memcpy(p, f->data, m->hdr);
	memcpy(p + m->hdr, f->data + m->hdr + at, len);
	if (m->hdr + at + len < f->len)
		put_le16(p, m->fc | FC_MORE_FRAGS);
	put_le16(p + DOT11_SEQ, (le16(p + DOT11_SEQ) & ~DOT11_FRAG) | number);
	one->meta = f->meta;
	return one;
}

int frag_split(const struct frame *f, size_t body, size_t head, size_t tail, struct frame **out, size_t room)
{
	struct mpdu m;
	size_t all, count;

	if (mpdu_parse(&m, f) || mac_is_group(f->data + DOT11_ADDR1) || !body || body % 2)
		return -EINVAL;
	all = f->len - m.hdr;
	count = all ? (all + body - 1) / body : 1;
	if (count > room || count > FRAGMENTS_MAX)
		return -EMSGSIZE;
	for (size_t i = 0; i < count; i++) {
		size_t len = all - i * body < body ? all - i * body : body;

		out[i] = fragment(f, &m, i * body, len, (uint16_t)i, head, tail);
		if (!out[i]) {
			while (i--)
				frame_free(out[i]);
			return -ENOMEM;
		}
	}
	return (int)count;
}
