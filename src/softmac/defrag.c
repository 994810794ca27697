/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/defrag.h"

#include "crypto/michael.h"
#include "softmac/mpdu.h"

#include <string.h>

enum { NO_TID = 16, FRAGMENTS = 16 };

/* The longest body of all fragments together: an MSDU and its Michael MIC. */
static const size_t msdu_max = MSDU_MAX + MICHAEL_LEN;

static void discard_entry(struct defrag_entry *entry)
{
	frame_free(entry->frame);
	*entry = (struct defrag_entry){0};
}

void defrag_purge(struct defrag *defrag)
{
	for (int i = 0; i < DEFRAG_ENTRIES; i++)
		discard_entry(&defrag->entries[i]);
}

void defrag_purge_key(struct defrag *defrag, const struct key *key)
{
	for (int i = 0; i < DEFRAG_ENTRIES; i++)
		if (defrag->entries[i].key == key)
			discard_entry(&defrag->entries[i]);
}

static void expire_entries(struct defrag *defrag, uint64_t now_ns)
{
	for (int i = 0; i < DEFRAG_ENTRIES; i++)
		if (defrag->entries[i].frame && now_ns - defrag->entries[i].started_ns > DEFRAG_TIMEOUT_NS)
			discard_entry(&defrag->entries[i]);
}

static struct defrag_entry *find_entry(struct defrag *defrag, uint16_t seq, uint8_t tid)
{
	for (int i = 0; i < DEFRAG_ENTRIES; i++)
		if (defrag->entries[i].frame && defrag->entries[i].seq == seq && defrag->entries[i].tid == tid)
			return &defrag->entries[i];
	return NULL;
}

/* Returns a free entry, or that of the oldest MSDU after discarding it. */
static struct defrag_entry *allocate_entry(struct defrag *defrag)
{
	struct defrag_entry *entry = &defrag->entries[0];

	for (int i = 0; i < DEFRAG_ENTRIES && entry->frame; i++)
		if (!defrag->entries[i].frame || defrag->entries[i].started_ns < entry->started_ns)
			entry = &defrag->entries[i];
	discard_entry(entry);
	return entry;
}

/* Keeps the first fragment, to which the others are appended, and reserves room for them. */
static enum drop begin_msdu(struct defrag_entry *entry, struct frame *frame, const struct mpdu *mpdu,
			    const struct defrag_in *in)
{
	size_t body = frame->len - mpdu->hdr_len, more = body * (FRAGMENTS - 1);

	if (body > msdu_max)
		return DROP_MTU;
	if (more > msdu_max - body)
		more = msdu_max - body;
	if (frame_reserve(frame, 0, more))
		return DROP_NO_MEMORY;
	entry->frame = frame;
	entry->started_ns = in->now_ns;
	entry->pn = in->pn;
	entry->key = in->key;
	entry->next_fragment = 1;
	return NOT_DROPPED;
}

/* Does this fragment continue the received ones? */
static enum drop check_fragment(const struct defrag_entry *entry, const struct frame *frame, const struct mpdu *mpdu,
				const struct defrag_in *in)
{
	const uint8_t *first = entry->frame->data;

	if ((le16(frame->data + DOT11_OFF_SEQ) & DOT11_FRAG_MASK) != entry->next_fragment)
		return DROP_FRAGMENT_ORDER;
	if (in->key != entry->key || memcmp(first + DOT11_OFF_ADDR1, frame->data + DOT11_OFF_ADDR1, 18) != 0)
		return DROP_FRAGMENT_MIXED;
	/* WEP has no packet numbers: pn is 0. */
	if (in->pn && in->pn != entry->pn + 1)
		return DROP_FRAGMENT_PN;
	if (entry->frame->len - dot11_hdr_len(le16(first)) + frame->len - mpdu->hdr_len > msdu_max)
		return DROP_MTU;
	return NOT_DROPPED;
}

static enum drop append_fragment(struct defrag_entry *entry, const struct frame *frame, const struct mpdu *mpdu,
				 const struct defrag_in *in)
{
	size_t body = frame->len - mpdu->hdr_len;
	enum drop drop = check_fragment(entry, frame, mpdu, in);
	uint8_t *tail;

	if (drop)
		return drop;
	tail = frame_put(entry->frame, body);
	if (!tail)
		return DROP_NO_MEMORY;
	memcpy(tail, frame->data + mpdu->hdr_len, body);
	entry->pn = in->pn;
	entry->next_fragment++;
	return NOT_DROPPED;
}

static enum drop take_msdu(struct defrag_entry *entry, struct frame **out)
{
	uint8_t *hdr = frame_make_writable(entry->frame);

	if (!hdr)
		return DROP_NO_MEMORY;
	put_le16(hdr, le16(hdr) & ~FC_MORE_FRAGS);
	*out = entry->frame;
	entry->frame = NULL;
	return NOT_DROPPED;
}

enum drop defrag_add(struct defrag *defrag, struct frame *frame, const struct defrag_in *in, struct frame **out)
{
	struct defrag_entry *entry;
	struct mpdu mpdu;
	uint16_t seq_control, seq;
	uint8_t tid;
	enum drop drop = mpdu_parse(&mpdu, frame);

	*out = NULL;
	if (drop) {
		frame_free(frame);
		return drop;
	}
	seq_control = le16(frame->data + DOT11_OFF_SEQ);
	seq = seq_control >> 4;
	tid = dot11_is_qos(mpdu.fc) ? mpdu.tid : NO_TID;
	expire_entries(defrag, in->now_ns);
	entry = find_entry(defrag, seq, tid);
	if (!(seq_control & DOT11_FRAG_MASK)) {
		if (!(mpdu.fc & FC_MORE_FRAGS)) {
			*out = frame;
			return NOT_DROPPED;
		}
		if (!entry)
			entry = allocate_entry(defrag);
		discard_entry(entry);
		entry->seq = seq;
		entry->tid = tid;
		drop = begin_msdu(entry, frame, &mpdu, in);
		if (drop)
			frame_free(frame);
		return drop;
	}
	drop = entry ? append_fragment(entry, frame, &mpdu, in) : DROP_FRAGMENT_ORDER;
	frame_free(frame);
	if (!drop && !(mpdu.fc & FC_MORE_FRAGS))
		drop = take_msdu(entry, out);
	if (entry && (drop || *out))
		discard_entry(entry);
	return drop;
}
