/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/tx.h"
#include "softmac/classify.h"
#include "softmac/frag.h"
#include "softmac/llc.h"
#include "softmac/mpdu.h"

#include "base/mac.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NO_TID = 16, BATCH = 64, IGTK_FIRST = 4 };

/* ---- the queue ---- */

static enum drop enqueue(struct tx_queue *q, struct frame *f, struct key *key, uint32_t cookie)
{
	if (q->count == q->room) {
		size_t room = q->room ? 2 * q->room : 16;
		struct tx_mpdu *more = reallocarray(q->mpdu, room, sizeof *more);

		if (!more) {
			frame_free(f);
			return DROP_NO_MEMORY;
		}
		q->mpdu = more;
		q->room = room;
	}
	q->mpdu[q->count++] = (struct tx_mpdu){.frame = f, .key = key, .cookie = cookie};
	return NOT_DROPPED;
}

void tx_finish(struct tx_queue *q)
{
	struct key *keys[BATCH];
	struct frame *frames[BATCH];
	enum drop drops[BATCH];
	size_t place[BATCH], n = 0;

	for (size_t i = 0; i < q->count; i++) {
		struct tx_mpdu *m = &q->mpdu[i];

		if (m->key) {
			keys[n] = m->key;
			frames[n] = m->frame;
			place[n++] = i;
			m->key = NULL; /* never sealed twice */
		}
		if (n == BATCH || (n && i + 1 == q->count)) {
			key_seal_batch(keys, frames, drops, n);
			while (n--)
				q->mpdu[place[n]].drop = drops[n];
			n = 0;
		}
	}
}

void tx_queue_clear(struct tx_queue *q)
{
	for (size_t i = 0; i < q->count; i++)
		frame_free(q->mpdu[i].frame);
	q->count = 0;
}

void tx_queue_free(struct tx_queue *q)
{
	tx_queue_clear(q);
	free(q->mpdu);
	*q = (struct tx_queue){0};
}

/* ---- data ---- */

/* What the stages behind the port have decided. */
struct plan {
	struct llc_ends ends;
	uint16_t fc;
	const uint8_t *addr1, *addr2, *addr3;
	uint8_t tid;     /* NO_TID: none */
	uint16_t *seq;   /* the counter that numbers it */
	struct key *key; /* NULL: in the clear */
	size_t fragment; /* 0: never */
	uint32_t cookie;
};

static uint16_t flags_of(const struct tx_how *how)
{
	return (how->more_data ? FC_MORE_DATA : 0) | (how->power_save ? FC_PM : 0);
}

/* The key with which a network without RSN protects its frames: WEP's, where it has one. */
static struct key *wep_key(struct group_keys *g)
{
	return g && g->gtk_id < 4 && g->gtk[g->gtk_id].set ? &g->gtk[g->gtk_id] : NULL;
}

static void put_header(uint8_t *hdr, const struct plan *w)
{
	put_le16(hdr, w->fc);
	put_le16(hdr + DOT11_DURATION, 0); /* whoever sends it knows the rate */
	mac_copy(hdr + DOT11_ADDR1, w->addr1);
	mac_copy(hdr + DOT11_ADDR2, w->addr2);
	mac_copy(hdr + DOT11_ADDR3, w->addr3);
	put_le16(hdr + DOT11_SEQ, (uint16_t)((*w->seq)++ << 4));
	if (w->fc & FC_QOS)
		put_le16(hdr + DOT11_HDR_MIN, w->tid);
}

static enum drop send_fragments(struct tx_queue *q, const struct frame *f, const struct plan *w, size_t head,
				size_t tail)
{
	struct frame *part[FRAGMENTS_MAX];
	int n = frag_split(f, w->fragment, head, tail, part, FRAGMENTS_MAX);
	enum drop d = NOT_DROPPED;

	if (n < 0)
		return n == -ENOMEM ? DROP_NO_MEMORY : DROP_MTU;
	for (int i = 0; i < n; i++) {
		if (d)
			frame_free(part[i]);
		else
			d = enqueue(q, part[i], w->key, w->cookie);
	}
	return d;
}

/* Room, header, Michael, fragments, number.  Takes `f` over. */
static enum drop build(struct tx_queue *q, struct frame *f, const struct plan *w)
{
	size_t head = 0, tail = 0, hdr = dot11_hdr_len(w->fc);
	enum drop d = NOT_DROPPED;
	uint8_t *bytes;

	if (w->key)
		key_room(w->key->cipher, &head, &tail);
	/* The room for all that comes; the two Ethernet addresses go before it does. */
	if (frame_room(f, head + hdr + LLC_SNAP_OUI - 2 * ETHER_ALEN, tail))
		d = DROP_NO_MEMORY;
	if (!d)
		d = llc_from_ethernet(&w->ends, f);
	bytes = d ? NULL : frame_push(f, hdr);
	if (!bytes) {
		frame_free(f);
		return d ? d : DROP_NO_MEMORY;
	}
	put_header(bytes, w);
	if (w->key)
		d = key_seal_msdu(w->key, f);
	if (!d && w->fragment && f->len - hdr > w->fragment)
		d = send_fragments(q, f, w, head, tail);
	else if (!d)
		return enqueue(q, f, w->key, w->cookie);
	frame_free(f);
	return d;
}

/* Which key, or why not at all. */
static enum drop choose_key(struct peer *p, bool eapol, const struct tx_how *how, struct key **key)
{
	if (eapol && how->other && p->other)
		*key = &p->other->key;
	else if (p->pairwise.set)
		*key = eapol && how->in_clear ? NULL : &p->pairwise;
	else if (p->rsn)
		return eapol ? NOT_DROPPED : DROP_NO_KEY;
	else
		*key = wep_key(p->group);
	return NOT_DROPPED;
}

static enum drop plan_data(struct plan *w, struct peer *p, const struct frame *f, const struct tx_how *how)
{
	enum drop d = llc_read(&w->ends, f);
	bool eapol = w->ends.type == ETHERTYPE_EAPOL;

	if (d)
		return d;
	/* A station speaks for itself alone; an access point sends to the peer what is for the peer. */
	if (!p->ap && !mac_equal(w->ends.src, p->own))
		return DROP_FOREIGN_SOURCE;
	if (p->ap && !mac_equal(w->ends.dst, p->addr))
		return DROP_ADDRESSES;
	if (eapol && (!mac_equal(w->ends.dst, p->addr) || !mac_equal(w->ends.src, p->own)))
		return DROP_EAPOL_FOREIGN;
	if (!eapol && !p->authorised)
		return DROP_PORT_CLOSED;
	d = choose_key(p, eapol, how, &w->key);
	if (d)
		return d;
	w->fc = FC_DATA | (p->ap ? FC_FROM_DS : FC_TO_DS) | (p->qos ? FC_QOS : 0) | flags_of(how);
	w->addr1 = p->ap ? p->addr : p->bssid;
	w->addr2 = p->ap ? p->bssid : p->own;
	w->addr3 = p->ap ? w->ends.src : w->ends.dst;
	w->tid = p->qos ? classify(f) : NO_TID;
	w->seq = &p->seq[w->tid];
	w->fragment = p->fragment;
	w->cookie = how->cookie;
	return NOT_DROPPED;
}

enum drop tx_data(struct tx_queue *q, struct peer *p, struct frame *f, const struct tx_how *how)
{
	struct plan w = {0};
	enum drop d = plan_data(&w, p, f, how);

	if (!d)
		return build(q, f, &w);
	frame_free(f);
	return d;
}

static enum drop plan_group(struct plan *w, struct group_keys *g, const uint8_t *bssid, bool rsn, const struct frame *f,
			    const struct tx_how *how)
{
	enum drop d = llc_read(&w->ends, f);

	if (d)
		return d;
	if (!mac_is_group(w->ends.dst))
		return DROP_ADDRESSES;
	if (w->ends.type == ETHERTYPE_EAPOL)
		return DROP_EAPOL_FOREIGN;
	w->key = wep_key(g);
	if (rsn && !w->key)
		return DROP_NO_KEY;
	w->fc = FC_DATA | FC_FROM_DS | flags_of(how);
	w->addr1 = w->ends.dst;
	w->addr2 = bssid;
	w->addr3 = w->ends.src;
	w->tid = NO_TID;
	w->seq = &g->seq;
	w->cookie = how->cookie;
	return NOT_DROPPED;
}

enum drop tx_group(struct tx_queue *q, struct group_keys *g, const uint8_t bssid[6], bool rsn, struct frame *f,
		   const struct tx_how *how)
{
	struct plan w = {0};
	enum drop d = plan_group(&w, g, bssid, rsn, f, how);

	if (!d)
		return build(q, f, &w);
	frame_free(f);
	return d;
}

/* What may differ between the first try and this, no MIC covers (12.5.3.3.3). */
enum drop tx_again(struct tx_queue *q, struct frame *f, const struct tx_how *how)
{
	uint8_t *hdr = frame_own(f);

	if (!hdr) {
		frame_free(f);
		return DROP_NO_MEMORY;
	}
	put_le16(hdr, (uint16_t)((le16(hdr) & ~(FC_MORE_DATA | FC_PM)) | FC_RETRY | flags_of(how)));
	return enqueue(q, f, NULL, how->cookie);
}

/* It has no body, so there is nothing to protect (12.2.2). */
enum drop tx_null(struct tx_queue *q, struct peer *p, const struct tx_how *how)
{
	struct plan w = {
		.fc = FC_DATA | FC_NULL | (p->qos ? FC_QOS : 0) | (p->ap ? FC_FROM_DS : FC_TO_DS) | flags_of(how),
		.addr1 = p->addr,
		.addr2 = p->own,
		.addr3 = p->bssid,
		.seq = &p->seq[NO_TID],
	};
	struct frame *f = frame_new(0, dot11_hdr_len(w.fc), 0);

	if (!f)
		return DROP_NO_MEMORY;
	put_header(frame_own(f), &w);
	return enqueue(q, f, NULL, how->cookie);
}

/* ---- management ---- */

static enum drop send_management(struct tx_queue *q, struct frame *f, struct key *key, uint16_t *seq,
				 const struct tx_how *how)
{
	size_t head = 0, tail = 0;
	uint8_t *hdr;

	if (key)
		key_room(key->cipher, &head, &tail);
	hdr = frame_room(f, head, tail) ? NULL : frame_own(f);
	if (!hdr) {
		frame_free(f);
		return DROP_NO_MEMORY;
	}
	put_le16(hdr, le16(hdr) | flags_of(how));
	put_le16(hdr + DOT11_SEQ, (uint16_t)((*seq)++ << 4));
	return enqueue(q, f, key, how->cookie);
}

/* Is it a management frame, and one that PMF protects? */
static enum drop look_at(const struct frame *f, bool *robust)
{
	struct mpdu m;
	enum drop d = mpdu_parse(&m, f);

	if (!d && !dot11_is_management(m.fc))
		d = DROP_FRAME_TYPE;
	*robust = !d && mpdu_is_robust(&m, f);
	return d;
}

enum drop tx_management(struct tx_queue *q, struct peer *p, struct frame *f, uint16_t *seq, const struct tx_how *how)
{
	bool robust;
	enum drop d = look_at(f, &robust);

	if (d) {
		frame_free(f);
		return d;
	}
	/* Before there is a key, a robust one goes as it is: that is how a handshake is given up. */
	return send_management(q, f, p && p->mfp && robust && p->pairwise.set ? &p->pairwise : NULL,
			       p ? &p->seq[NO_TID] : seq, how);
}

enum drop tx_management_group(struct tx_queue *q, struct group_keys *g, bool mfp, struct frame *f)
{
	static const struct tx_how how = {0};
	struct key *key = NULL;
	bool robust;
	enum drop d = look_at(f, &robust);

	if (!d && mfp && robust) {
		if (g->igtk_id == IGTK_FIRST || g->igtk_id == IGTK_FIRST + 1)
			key = &g->igtk[g->igtk_id - IGTK_FIRST];
		if (!key || !key->set)
			d = DROP_NO_KEY;
	}
	if (!d)
		return send_management(q, f, key, &g->seq, &how);
	frame_free(f);
	return d;
}
