/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments as the input says, four bytes each: sequence number and TID; number and More Fragments; key and step of the
 * packet number; time.  Each fragment's body says which it was, so that what comes out whole can be held against the
 * rules: all of one MSDU, in order, under one key, with packet numbers that follow one another, none too old.
 */
#include "fuzz.h"

#include "softmac/defrag.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"
#include "wire/be.h"

enum { MOST = 512, HDR = 26, BODY = 2 };

struct given {
	uint16_t control;
	uint8_t tid;
	bool more;
	struct defrag_in in;
};

static struct frame *fragment(const struct given *g, uint16_t which)
{
	struct frame *f = frame_new(0, HDR + BODY, 0);
	uint8_t *p = f ? frame_own(f) : NULL;

	must(p);
	put_le16(p, FC_DATA | FC_QOS | FC_TO_DS | (g->more ? FC_MORE_FRAGS : 0));
	put_le16(p + DOT11_SEQ, g->control);
	p[24] = g->tid;
	put_be16(p + HDR, which);
	return f;
}

static void check(const struct frame *whole, const struct given *all, size_t now)
{
	size_t n = (whole->len - HDR) / BODY;
	const struct given *before = NULL;

	must(n && n <= 16 && whole->len == HDR + n * BODY && !(le16(whole->data) & FC_MORE_FRAGS));
	for (size_t i = 0; i < n; i++) {
		const struct given *g = &all[be16(whole->data + HDR + i * BODY)];

		must((g->control & DOT11_FRAG) == i && g->more == (i < n - 1));
		if (before) {
			must(g > before && g->control >> 4 == before->control >> 4 && g->tid == before->tid);
			must(g->in.key == before->in.key && (!g->in.pn || g->in.pn == before->in.pn + 1));
		} else {
			must(all[now].in.now_ns - g->in.now_ns <= DEFRAG_NS);
		}
		before = g;
	}
	must(before == &all[now]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct key keys[2];
	struct given all[MOST];
	struct defrag d = {0};
	uint64_t now = 0, pn = 100;

	for (size_t n = 0; n < MOST && size >= 4; n++, data += 4, size -= 4) {
		struct given *g = &all[n];
		struct frame *f, *whole;
		enum drop drop;

		now += data[3] * (DEFRAG_NS / 8);
		pn += data[2] >> 4;
		*g = (struct given){.control = (uint16_t)((data[0] >> 4) << 4 | (data[1] & 15)),
				    .tid = data[0] & 15,
				    .more = data[1] & 0x80,
				    .in = {.now_ns = now, .key = data[2] & 2 ? &keys[data[2] & 1] : NULL}};
		g->in.pn = g->in.key && !(data[2] & 4) ? pn : 0;
		f = fragment(g, (uint16_t)n);
		drop = defrag_add(&d, f, &g->in, &whole);
		must(!drop || !whole);
		if (whole)
			check(whole, all, n);
		frame_free(whole);
		if (data[1] & 0x40)
			defrag_purge(&d);
	}
	defrag_purge(&d);
	return 0;
}
