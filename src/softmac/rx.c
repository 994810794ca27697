/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/rx.h"
#include "softmac/amsdu.h"
#include "softmac/llc.h"
#include "softmac/mpdu.h"

#include "base/mac.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#include <stdlib.h>

enum { NO_TID = 16, BATCH = 64, CF_BITS = 0x0030, IGTKS = 2 };

/* One MPDU between the stages. */
struct work {
	struct peer *peer;
	struct frame *frame;
	struct mpdu m;
	struct key *key;    /* that opens it; NULL: it is in the clear */
	struct frame *kept; /* as it came, where there is another key to try */
	uint64_t pn;
	uint16_t control; /* sequence control */
	enum drop drop;
	bool group, part, amsdu;
	bool closed; /* what its sender sends must be protected */
};

/* ---- what comes of it ---- */

static void note_drop(struct rx_out *out, const struct work *w, enum drop d)
{
	if (out->drops == out->drop_room) {
		size_t room = out->drop_room ? 2 * out->drop_room : 16;
		struct rx_dropped *more = reallocarray(out->dropped, room, sizeof *more);

		if (!more)
			return; /* no memory even to say so */
		out->dropped = more;
		out->drop_room = room;
	}
	out->dropped[out->drops++] = (struct rx_dropped){w->peer, d, w->group};
}

static enum drop deliver(struct rx_out *out, const struct work *w, struct frame *f, bool eapol)
{
	if (out->msdus == out->msdu_room) {
		size_t room = out->msdu_room ? 2 * out->msdu_room : 16;
		struct rx_msdu *more = reallocarray(out->msdu, room, sizeof *more);

		if (!more) {
			frame_free(f);
			return DROP_NO_MEMORY;
		}
		out->msdu = more;
		out->msdu_room = room;
	}
	f->meta.queue = w->m.tid & 7;
	out->msdu[out->msdus++] =
		(struct rx_msdu){f, w->peer, eapol, w->key, w->key && w->peer->other && w->key == &w->peer->other->key};
	return NOT_DROPPED;
}

void rx_out_clear(struct rx_out *out)
{
	for (size_t i = 0; i < out->msdus; i++)
		frame_free(out->msdu[i].frame);
	out->msdus = 0;
	out->drops = 0;
}

void rx_out_free(struct rx_out *out)
{
	rx_out_clear(out);
	free(out->msdu);
	free(out->dropped);
	*out = (struct rx_out){0};
}

/* ---- header, duplicate, choice of the key ---- */

static enum drop check_addresses(struct work *w)
{
	const struct peer *p = w->peer;
	const uint8_t *hdr = w->frame->data, *to = hdr + DOT11_ADDR1;
	uint16_t ds = w->m.fc & (FC_TO_DS | FC_FROM_DS);

	if (ds == (FC_TO_DS | FC_FROM_DS))
		return DROP_FOUR_ADDRESSES;
	if (ds != (p->ap ? FC_TO_DS : FC_FROM_DS) || !mac_equal(hdr + DOT11_ADDR2, p->addr))
		return DROP_ADDRESSES;
	if (!(w->group && !p->ap) && !mac_equal(to, p->own))
		return DROP_ADDRESSES;
	/* An access point sends to its group what one of its stations sent: our own comes back. */
	if (mac_equal(dot11_sa(hdr), p->own))
		return DROP_REFLECTION;
	return mac_is_group(dot11_sa(hdr)) ? DROP_BAD_SOURCE : NOT_DROPPED;
}

static enum drop check_header(struct work *w)
{
	const uint8_t *hdr = w->frame->data;
	enum drop d = mpdu_parse(&w->m, w->frame);

	if (!d && (!dot11_is_data(w->m.fc) || (w->m.fc & CF_BITS)))
		d = DROP_FRAME_TYPE;
	if (d)
		return d;
	w->control = le16(hdr + DOT11_SEQ);
	w->group = mac_is_group(hdr + DOT11_ADDR1);
	w->part = (w->m.fc & FC_MORE_FRAGS) || (w->control & DOT11_FRAG);
	/* Behind QoS Control there may be HT Control; four addresses are refused. */
	w->amsdu = dot11_is_qos(w->m.fc) && (hdr[DOT11_HDR_MIN] & DOT11_AMSDU);
	d = check_addresses(w);
	if (!d && w->part && (w->group || w->amsdu))
		d = DROP_FRAGMENT_REFUSED;
	if (!d && w->amsdu && w->group)
		d = DROP_AMSDU;
	return d;
}

static uint16_t *seen_of(const struct work *w)
{
	return &w->peer->seen[dot11_is_qos(w->m.fc) ? w->m.tid : NO_TID];
}

static bool is_duplicate(const struct work *w)
{
	return !w->group && (w->m.fc & FC_RETRY) && w->control == *seen_of(w);
}

/* A network that has WEP keys: it has neither RSN nor pairwise keys, but what is in the clear is foreign. */
static bool has_wep(const struct peer *p)
{
	for (int id = 0; !p->rsn && p->group && id < 4; id++)
		if (p->group->gtk[id].set)
			return true;
	return false;
}

static bool is_closed(const struct peer *p)
{
	return p->rsn || p->pairwise.set || has_wep(p);
}

/*
 * In the clear on a protected link there is only EAPOL to ourselves; whether it is that shows when it is whole.  In
 * parts it may be as long as there is no key: behind one, it could be put together with what a forger sent.
 */
static enum drop check_clear(const struct work *w)
{
	if (!w->closed)
		return NOT_DROPPED;
	if (w->amsdu)
		return DROP_UNPROTECTED;
	return w->part && w->peer->pairwise.set ? DROP_UNPROTECTED : NOT_DROPPED;
}

static enum drop choose_key(struct work *w)
{
	struct peer *p = w->peer;
	unsigned id;

	if (!(w->m.fc & FC_PROTECTED))
		return check_clear(w);
	if (w->frame->len < w->m.hdr + 4u)
		return DROP_TRUNCATED;
	id = w->frame->data[w->m.hdr + 3] >> 6;
	if (!w->group && p->pairwise.set)
		w->key = &p->pairwise;
	else if (p->group && (w->group || has_wep(p)))
		w->key = &p->group->gtk[id];
	return w->key && w->key->set ? NOT_DROPPED : DROP_NO_KEY;
}

static enum drop before_opening(struct work *w)
{
	enum drop d = check_header(w);

	/* Null frames say all in their header, and are numbered as they like (10.3.2.11.2). */
	if (d || (w->m.fc & FC_NULL))
		return d;
	w->closed = is_closed(w->peer);
	return is_duplicate(w) ? DROP_DUPLICATE : choose_key(w);
}

/* ---- the other key of the two ---- */

static void keep_for_other(struct work *w, uint64_t now_ns)
{
	struct peer *p = w->peer;

	if (p->other && !p->other->next && now_ns >= p->other->until_ns)
		peer_forget_other(p);
	if (p->other && w->key == &p->pairwise)
		w->kept = frame_clone(w->frame); /* no memory: then it is not tried */
}

static enum drop open_other(struct peer *p, struct frame *f, enum drop as_yet, uint64_t *pn)
{
	enum drop d = key_open(&p->other->key, f, pn);

	/* A replay under either is one; else the first key says why. */
	return !d || d == DROP_REPLAY ? d : as_yet;
}

/* The pairwise key did not open it, or it did: then the other end has that, and the one before has had its time. */
static void settle_other(struct work *w)
{
	struct peer *p = w->peer;

	if (!w->drop && w->key == &p->pairwise && p->other && !p->other->next)
		peer_forget_other(p);
	if (w->drop && w->kept && p->other) {
		w->drop = open_other(p, w->kept, w->drop, &w->pn);
		if (!w->drop) {
			struct frame *opened = w->kept;

			w->kept = w->frame;
			w->frame = opened;
			w->key = &p->other->key;
		}
	}
	frame_free(w->kept);
	w->kept = NULL;
}

/* ---- opened: defrag, Michael, A-MSDU, port, Ethernet header ---- */

static enum drop check_port(const struct work *w, const struct llc_ends *e, bool *eapol)
{
	const struct peer *p = w->peer;

	*eapol = e->type == ETHERTYPE_EAPOL;
	if (*eapol)
		return mac_equal(e->dst, p->own) && mac_equal(e->src, p->addr) ? NOT_DROPPED : DROP_EAPOL_FOREIGN;
	if (!w->key && w->closed)
		return DROP_UNPROTECTED;
	return p->authorised ? NOT_DROPPED : DROP_PORT_CLOSED;
}

/* A frame that is nothing but a body.  Takes it over. */
static enum drop finish(struct rx_out *out, const struct work *w, const struct llc_ends *e, struct frame *f)
{
	bool eapol;
	enum drop d = check_port(w, e, &eapol);

	if (!d)
		d = llc_to_ethernet(e, f);
	if (!d)
		return deliver(out, w, f, eapol);
	frame_free(f);
	return d;
}

static enum drop check_part(const struct work *w, const struct amsdu_part *part)
{
	const struct peer *p = w->peer;

	/* A station speaks for itself, and to a station speaks who speaks to it. */
	if (p->ap ? !mac_equal(part->src, p->addr) : !mac_equal(part->dst, p->own) && !mac_is_group(part->dst))
		return DROP_AMSDU_ADDRESS;
	if (mac_equal(part->src, p->own))
		return DROP_REFLECTION;
	if (mac_is_group(part->src))
		return DROP_BAD_SOURCE;
	return llc_type(part->body, part->len) == ETHERTYPE_EAPOL ? DROP_EAPOL_FOREIGN : NOT_DROPPED;
}

static void take_apart(struct rx_out *out, const struct work *w, const struct frame *f)
{
	const uint8_t *bytes = f->data + w->m.hdr;
	size_t len = f->len - w->m.hdr, at = 0;
	struct amsdu_part part;
	enum drop d = amsdu_check(bytes, len);

	if (d)
		note_drop(out, w, d);
	while (!d && amsdu_next(&part, bytes, len, &at)) {
		struct llc_ends e = {.type = llc_type(part.body, part.len)};
		struct frame *one = NULL;
		enum drop of_part = check_part(w, &part);

		if (!of_part) {
			one = frame_from(part.body, part.len, ETHER_HLEN, 0);
			of_part = one ? NOT_DROPPED : DROP_NO_MEMORY;
		}
		if (!of_part) {
			mac_copy(e.dst, part.dst);
			mac_copy(e.src, part.src);
			one->meta = f->meta;
			of_part = finish(out, w, &e, one);
		}
		if (of_part)
			note_drop(out, w, of_part);
	}
}

/* Takes the frame out of `w`. */
static enum drop after_opening(struct rx_out *out, struct work *w, uint64_t now_ns)
{
	struct defrag_in in = {.now_ns = now_ns, .pn = w->pn, .key = w->key};
	struct frame *f = w->frame;
	struct llc_ends e;
	enum drop d = NOT_DROPPED;

	w->frame = NULL;
	if (w->part)
		d = defrag_add(&w->peer->defrag, f, &in, &f);
	if (d || !f)
		return d;
	mpdu_parse(&w->m, f);
	if (w->key)
		d = key_open_msdu(w->key, f, w->pn);
	if (d || w->amsdu) {
		if (!d)
			take_apart(out, w, f);
		frame_free(f);
		return d;
	}
	mac_copy(e.dst, dot11_da(f->data));
	mac_copy(e.src, dot11_sa(f->data));
	frame_pull(f, w->m.hdr);
	e.type = llc_type(f->data, f->len);
	return finish(out, w, &e, f);
}

/*
 * What is authentic has been seen.  What came in the clear on a protected link has not: else a forger's frame would make
 * duplicates of real ones.
 */
static enum drop note_seen(struct work *w)
{
	/* Again, as the frame of which it is a retry may have been in the same batch. */
	if (is_duplicate(w))
		return DROP_DUPLICATE;
	if (!w->drop && !w->group && (w->key || !w->closed))
		*seen_of(w) = w->control;
	return w->drop;
}

static void settle(struct rx_out *out, struct work *w, uint64_t now_ns)
{
	enum drop d = w->drop;

	if ((!d || d == DROP_REPLAY) && !(w->m.fc & FC_NULL)) {
		d = note_seen(w);
		if (!d)
			d = after_opening(out, w, now_ns);
	}
	frame_free(w->frame);
	if (d)
		note_drop(out, w, d);
}

static void rx_batch(struct rx_in *in, size_t n, uint64_t now_ns, struct rx_out *out)
{
	struct work work[BATCH];
	struct key *keys[BATCH];
	struct frame *frames[BATCH];
	uint64_t pns[BATCH];
	enum drop drops[BATCH];
	size_t place[BATCH], sealed = 0;

	for (size_t i = 0; i < n; i++) {
		struct work *w = &work[i];

		*w = (struct work){.peer = in[i].peer, .frame = in[i].frame};
		in[i].frame = NULL;
		w->drop = before_opening(w);
		if (!w->drop && w->key) {
			keep_for_other(w, now_ns);
			keys[sealed] = w->key;
			frames[sealed] = w->frame;
			place[sealed++] = i;
		}
	}
	key_open_batch(keys, frames, pns, drops, sealed);
	for (size_t i = 0; i < sealed; i++) {
		work[place[i]].drop = drops[i];
		work[place[i]].pn = pns[i];
	}
	for (size_t i = 0; i < n; i++) {
		settle_other(&work[i]);
		settle(out, &work[i], now_ns);
	}
}

void rx_data(struct rx_in *in, size_t n, uint64_t now_ns, struct rx_out *out)
{
	for (size_t i = 0; i < n; i += BATCH)
		rx_batch(in + i, n - i < BATCH ? n - i : BATCH, now_ns, out);
}

/* ---- management ---- */

/* The element at the end names the key: whichever of the two it is, says so. */
static enum drop open_group(struct group_keys *g, struct frame *f)
{
	enum drop d = DROP_NO_KEY;
	uint64_t ipn;

	for (int i = 0; g && i < IGTKS && d == DROP_NO_KEY; i++)
		if (g->igtk[i].set)
			d = key_open(&g->igtk[i], f, &ipn);
	return d;
}

static enum drop open_unicast(struct peer *p, struct frame *f)
{
	struct frame *kept = p->other ? frame_clone(f) : NULL;
	struct frame_meta meta = f->meta;
	uint64_t pn;
	enum drop d = key_open(&p->pairwise, f, &pn);

	if (!d && p->other && !p->other->next)
		peer_forget_other(p);
	if (d && kept) {
		d = open_other(p, kept, d, &pn);
		if (!d && frame_set(f, kept->data, kept->len, 0, 0))
			d = DROP_NO_MEMORY;
		f->meta = meta;
	}
	frame_free(kept);
	return d;
}

enum drop rx_management(struct peer *p, struct frame *f)
{
	struct mpdu m;
	enum drop d = mpdu_parse(&m, f);

	if (!d && !dot11_is_management(m.fc))
		d = DROP_FRAME_TYPE;
	if (!d && ((m.fc & FC_MORE_FRAGS) || (le16(f->data + DOT11_SEQ) & DOT11_FRAG)))
		d = DROP_FRAGMENT_REFUSED;
	if (d)
		return d;
	if (m.fc & FC_PROTECTED) {
		if (!p->mfp || mac_is_group(f->data + DOT11_ADDR1))
			return DROP_NO_KEY;
		return open_unicast(p, f);
	}
	if (!p->mfp || !mpdu_is_robust(&m, f))
		return NOT_DROPPED;
	if (mac_is_group(f->data + DOT11_ADDR1))
		return open_group(p->group, f);
	/* Before there is a key, nobody could protect it. */
	return p->pairwise.set ? DROP_UNPROTECTED : NOT_DROPPED;
}
