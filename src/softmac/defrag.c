/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/defrag.h"
#include "softmac/mpdu.h"

#include "crypto/michael.h"

#include <string.h>

enum { NO_TID = 16, FRAGMENTS = 16 };

/* What the body of all fragments may be: an MSDU with its Michael code. */
static const size_t whole_max = MSDU_MAX + MICHAEL_LEN;

static void give_up(struct defrag_entry *e)
{
	frame_free(e->frame);
	*e = (struct defrag_entry){0};
}

void defrag_purge(struct defrag *d)
{
	for (int i = 0; i < DEFRAG_AT_ONCE; i++)
		give_up(&d->entry[i]);
}

void defrag_purge_key(struct defrag *d, const struct key *key)
{
	for (int i = 0; i < DEFRAG_AT_ONCE; i++)
		if (d->entry[i].key == key)
			give_up(&d->entry[i]);
}

static void expire(struct defrag *d, uint64_t now_ns)
{
	for (int i = 0; i < DEFRAG_AT_ONCE; i++)
		if (d->entry[i].frame && now_ns - d->entry[i].since_ns > DEFRAG_NS)
			give_up(&d->entry[i]);
}

static struct defrag_entry *find(struct defrag *d, uint16_t seq, uint8_t tid)
{
	for (int i = 0; i < DEFRAG_AT_ONCE; i++)
		if (d->entry[i].frame && d->entry[i].seq == seq && d->entry[i].tid == tid)
			return &d->entry[i];
	return NULL;
}

/* A free entry, or that of the oldest MSDU, which is given up. */
static struct defrag_entry *place(struct defrag *d)
{
	struct defrag_entry *e = &d->entry[0];

	for (int i = 0; i < DEFRAG_AT_ONCE && e->frame; i++)
		if (!d->entry[i].frame || d->entry[i].since_ns < e->since_ns)
			e = &d->entry[i];
	give_up(e);
	return e;
}

/* The first one becomes the frame to which the others are added; so it gets the room that they will need. */
static enum drop begin(struct defrag_entry *e, struct frame *f, const struct mpdu *m, const struct defrag_in *in)
{
	size_t body = f->len - m->hdr, more = body * (FRAGMENTS - 1);

	if (body > whole_max)
		return DROP_MTU;
	if (more > whole_max - body)
		more = whole_max - body;
	if (frame_room(f, 0, more))
		return DROP_NO_MEMORY;
	e->frame = f;
	e->since_ns = in->now_ns;
	e->pn = in->pn;
	e->key = in->key;
	e->next = 1;
	return NOT_DROPPED;
}

/* May this fragment follow those that are there? */
static enum drop judge(const struct defrag_entry *e, const struct frame *f, const struct mpdu *m,
		       const struct defrag_in *in)
{
	const uint8_t *first = e->frame->data;

	if ((le16(f->data + DOT11_SEQ) & DOT11_FRAG) != e->next)
		return DROP_FRAGMENT_ORDER;
	if (in->key != e->key || memcmp(first + DOT11_ADDR1, f->data + DOT11_ADDR1, 18) != 0)
		return DROP_FRAGMENT_MIXED;
	/* WEP has no packet numbers: there they are zero. */
	if (in->pn && in->pn != e->pn + 1)
		return DROP_FRAGMENT_PN;
	if (e->frame->len - dot11_hdr_len(le16(first)) + f->len - m->hdr > whole_max)
		return DROP_MTU;
	return NOT_DROPPED;
}

static enum drop append(struct defrag_entry *e, const struct frame *f, const struct mpdu *m, const struct defrag_in *in)
{
	size_t body = f->len - m->hdr;
	enum drop d = judge(e, f, m, in);
	uint8_t *at;

	if (d)
		return d;
	at = frame_put(e->frame, body);
	if (!at)
		return DROP_NO_MEMORY;
	memcpy(at, f->data + m->hdr, body);
	e->pn = in->pn;
	e->next++;
	return NOT_DROPPED;
}

static enum drop take_whole(struct defrag_entry *e, struct frame **out)
{
	uint8_t *hdr = frame_own(e->frame);

	if (!hdr)
		return DROP_NO_MEMORY;
	put_le16(hdr, le16(hdr) & ~FC_MORE_FRAGS);
	*out = e->frame;
	e->frame = NULL;
	return NOT_DROPPED;
}

enum drop defrag_add(struct defrag *d, struct frame *f, const struct defrag_in *in, struct frame **out)
{
	struct defrag_entry *e;
	struct mpdu m;
	uint16_t control, seq;
	uint8_t tid;
	enum drop drop = mpdu_parse(&m, f);

	*out = NULL;
	if (drop) {
		frame_free(f);
		return drop;
	}
	control = le16(f->data + DOT11_SEQ);
	seq = control >> 4;
	tid = dot11_is_qos(m.fc) ? m.tid : NO_TID;
	expire(d, in->now_ns);
	e = find(d, seq, tid);
	if (!(control & DOT11_FRAG)) {
		if (!(m.fc & FC_MORE_FRAGS)) {
			*out = f;
			return NOT_DROPPED;
		}
		if (!e)
			e = place(d);
		give_up(e);
		e->seq = seq;
		e->tid = tid;
		drop = begin(e, f, &m, in);
		if (drop)
			frame_free(f);
		return drop;
	}
	drop = e ? append(e, f, &m, in) : DROP_FRAGMENT_ORDER;
	frame_free(f);
	if (!drop && !(m.fc & FC_MORE_FRAGS))
		drop = take_whole(e, out);
	if (e && (drop || *out))
		give_up(e);
	return drop;
}
