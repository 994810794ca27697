/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/tx.h"

#include "base/array.h"
#include "base/mac.h"
#include "softmac/classify.h"
#include "softmac/frag.h"
#include "softmac/llc.h"
#include "softmac/mpdu.h"
#include "wire/ether.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NO_TID = 16, BATCH = 64, IGTK_FIRST = 4 };

/* ---- the queue ---- */

static enum drop enqueue(struct tx_queue *queue, struct frame *frame, struct key *key, uint32_t cookie)
{
	if (array_reserve(&queue->mpdus, &queue->room, queue->count + 1, sizeof(*queue->mpdus))) {
		frame_free(frame);
		return DROP_NO_MEMORY;
	}
	queue->mpdus[queue->count++] = (struct tx_mpdu){.frame = frame, .key = key, .cookie = cookie};
	return NOT_DROPPED;
}

void tx_queue_seal(struct tx_queue *queue)
{
	struct key *keys[BATCH];
	struct frame *frames[BATCH];
	enum drop drops[BATCH];
	size_t index[BATCH], count = 0;

	for (size_t i = 0; i < queue->count; i++) {
		struct tx_mpdu *mpdu = &queue->mpdus[i];

		if (mpdu->key) {
			keys[count] = mpdu->key;
			frames[count] = mpdu->frame;
			index[count++] = i;
			mpdu->key = NULL; /* never sealed twice */
		}
		if (count == BATCH || (count && i + 1 == queue->count)) {
			key_seal_batch(keys, frames, drops, count);
			while (count--)
				queue->mpdus[index[count]].drop = drops[count];
			count = 0;
		}
	}
}

void tx_queue_clear(struct tx_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++)
		frame_free(queue->mpdus[i].frame);
	queue->count = 0;
}

void tx_queue_free(struct tx_queue *queue)
{
	tx_queue_clear(queue);
	free(queue->mpdus);
	*queue = (struct tx_queue){0};
}

/* ---- data ---- */

/* The decisions of the first stages. */
struct tx_plan {
	struct llc_ether ether;
	uint16_t fc;
	const uint8_t *addr1, *addr2, *addr3, *addr4; /* addr4: NULL without */
	uint8_t tid;                                  /* or NO_TID */
	uint16_t *seq;                                /* next sequence number */
	struct key *key;                              /* NULL: in the clear */
	size_t fragment_body_max;                     /* 0: never fragment */
	uint32_t cookie;
};

static uint16_t frame_control_flags(const struct tx_options *options)
{
	return (options->more_data ? FC_MORE_DATA : 0) | (options->power_save ? FC_PM : 0);
}

/* Returns the transmit group key, which a WEP network also uses for unicast frames, or NULL. */
static struct key *current_gtk(struct group_keys *group)
{
	return group && group->gtk_id < 4 && group->gtk[group->gtk_id].set ? &group->gtk[group->gtk_id] : NULL;
}

static void put_header(uint8_t *hdr, const struct tx_plan *plan)
{
	put_le16(hdr, plan->fc);
	put_le16(hdr + DOT11_OFF_DURATION, 0); /* the radio fills it in: it knows the rate */
	mac_copy(hdr + DOT11_OFF_ADDR1, plan->addr1);
	mac_copy(hdr + DOT11_OFF_ADDR2, plan->addr2);
	mac_copy(hdr + DOT11_OFF_ADDR3, plan->addr3);
	put_le16(hdr + DOT11_OFF_SEQ, (uint16_t)((*plan->seq)++ << 4));
	if (plan->addr4)
		mac_copy(hdr + DOT11_OFF_ADDR4, plan->addr4);
	if (plan->fc & FC_QOS)
		put_le16(hdr + DOT11_HDR_MIN + (plan->addr4 ? 6 : 0), plan->tid);
}

static enum drop enqueue_fragments(struct tx_queue *queue, const struct frame *frame, const struct tx_plan *plan,
				   size_t head, size_t tail)
{
	struct frame *fragments[FRAGMENTS_MAX];
	int count = frag_split(frame, plan->fragment_body_max, head, tail, fragments, FRAGMENTS_MAX);
	enum drop drop = NOT_DROPPED;

	if (count < 0)
		return count == -ENOMEM ? DROP_NO_MEMORY : DROP_MTU;
	for (int i = 0; i < count; i++) {
		if (drop)
			frame_free(fragments[i]);
		else
			drop = enqueue(queue, fragments[i], plan->key, plan->cookie);
	}
	return drop;
}

/* Runs the stages from room to fragment. Takes ownership of `frame`. */
static enum drop build_mpdus(struct tx_queue *queue, struct frame *frame, const struct tx_plan *plan)
{
	size_t head = 0, tail = 0, hdr = dot11_hdr_len(plan->fc);
	enum drop drop = NOT_DROPPED;
	uint8_t *bytes;

	if (plan->key)
		key_overhead(plan->key->cipher, &head, &tail);
	/* Reserve the room for all stages, less the Ethernet addresses, which are removed first. */
	if (frame_reserve(frame, head + hdr + SNAP_OFF_TYPE - 2 * ETHER_ALEN, tail))
		drop = DROP_NO_MEMORY;
	if (!drop)
		drop = llc_from_ethernet(&plan->ether, frame);
	bytes = drop ? NULL : frame_push(frame, hdr);
	if (!bytes) {
		frame_free(frame);
		return drop ? drop : DROP_NO_MEMORY;
	}
	put_header(bytes, plan);
	if (plan->key)
		drop = key_seal_msdu(plan->key, frame);
	if (!drop && plan->fragment_body_max && frame->len - hdr > plan->fragment_body_max)
		drop = enqueue_fragments(queue, frame, plan, head, tail);
	else if (!drop)
		return enqueue(queue, frame, plan->key, plan->cookie);
	frame_free(frame);
	return drop;
}

/* Chooses the key; NULL: in the clear. */
static enum drop choose_key(struct peer *peer, bool eapol, const struct tx_options *options, struct key **key)
{
	if (eapol && options->alternate_key && peer->alternate)
		*key = &peer->alternate->key;
	else if (peer->pairwise.set)
		*key = eapol && options->cleartext ? NULL : &peer->pairwise;
	else if (peer->rsn)
		return eapol ? NOT_DROPPED : DROP_NO_KEY;
	else
		*key = current_gtk(peer->group);
	return NOT_DROPPED;
}

static enum drop plan_data(struct tx_plan *plan, struct peer *peer, const struct frame *frame,
			   const struct tx_options *options)
{
	enum drop drop = llc_parse_ethernet(&plan->ether, frame);
	bool eapol = plan->ether.type == ETHERTYPE_EAPOL;

	if (drop)
		return drop;
	/*
	 * A station sends only from its own address; an access point sends to the peer only what is addressed to it. With
	 * four addresses the station is a bridge.
	 */
	if (!peer->four_address && !peer->is_ap && !mac_equal(plan->ether.src, peer->own_addr))
		return DROP_FOREIGN_SOURCE;
	if (!peer->four_address && peer->is_ap && !mac_equal(plan->ether.dst, peer->addr))
		return DROP_ADDRESSES;
	if (eapol && (!mac_equal(plan->ether.dst, peer->addr) || !mac_equal(plan->ether.src, peer->own_addr)))
		return DROP_EAPOL_FOREIGN;
	if (!eapol && !peer->authorised)
		return DROP_PORT_CLOSED;
	drop = choose_key(peer, eapol, options, &plan->key);
	if (drop)
		return drop;
	plan->fc = FC_DATA | (peer->is_ap ? FC_FROM_DS : FC_TO_DS) | (peer->qos ? FC_QOS : 0) |
		   frame_control_flags(options);
	plan->addr1 = peer->is_ap ? peer->addr : peer->bssid;
	plan->addr2 = peer->is_ap ? peer->bssid : peer->own_addr;
	plan->addr3 = peer->is_ap ? plan->ether.src : plan->ether.dst;
	if (peer->four_address && !eapol) {
		plan->fc |= FC_TO_DS | FC_FROM_DS;
		plan->addr3 = plan->ether.dst;
		plan->addr4 = plan->ether.src;
	}
	plan->tid = peer->qos ? classify_priority(frame) : NO_TID;
	plan->seq = &peer->next_seq[plan->tid];
	plan->fragment_body_max = peer->fragment_body_max;
	plan->cookie = options->cookie;
	return NOT_DROPPED;
}

enum drop tx_data(struct tx_queue *queue, struct peer *peer, struct frame *frame, const struct tx_options *options)
{
	struct tx_plan plan = {0};
	enum drop drop = plan_data(&plan, peer, frame, options);

	if (!drop)
		return build_mpdus(queue, frame, &plan);
	frame_free(frame);
	return drop;
}

static enum drop plan_group(struct tx_plan *plan, struct group_keys *group, const uint8_t *bssid, bool rsn,
			    const struct frame *frame, const struct tx_options *options)
{
	enum drop drop = llc_parse_ethernet(&plan->ether, frame);

	if (drop)
		return drop;
	if (!mac_is_group(plan->ether.dst))
		return DROP_ADDRESSES;
	if (plan->ether.type == ETHERTYPE_EAPOL)
		return DROP_EAPOL_FOREIGN;
	plan->key = current_gtk(group);
	if (rsn && !plan->key)
		return DROP_NO_KEY;
	plan->fc = FC_DATA | FC_FROM_DS | frame_control_flags(options);
	plan->addr1 = plan->ether.dst;
	plan->addr2 = bssid;
	plan->addr3 = plan->ether.src;
	plan->tid = NO_TID;
	plan->seq = &group->next_seq;
	plan->cookie = options->cookie;
	return NOT_DROPPED;
}

enum drop tx_group_data(struct tx_queue *queue, struct group_keys *group, const uint8_t bssid[6], bool rsn,
			struct frame *frame, const struct tx_options *options)
{
	struct tx_plan plan = {0};
	enum drop drop = plan_group(&plan, group, bssid, rsn, frame, options);

	if (!drop)
		return build_mpdus(queue, frame, &plan);
	frame_free(frame);
	return drop;
}

/* The MIC does not cover the bits that can differ in a retry (12.5.3.3.3). */
enum drop tx_retry(struct tx_queue *queue, struct frame *frame, const struct tx_options *options)
{
	uint8_t *hdr = frame_make_writable(frame);

	if (!hdr) {
		frame_free(frame);
		return DROP_NO_MEMORY;
	}
	put_le16(hdr, (uint16_t)((le16(hdr) & ~(FC_MORE_DATA | FC_PM)) | FC_RETRY | frame_control_flags(options)));
	return enqueue(queue, frame, NULL, options->cookie);
}

/* A Null frame has no body to protect (12.2.2). */
enum drop tx_null(struct tx_queue *queue, struct peer *peer, const struct tx_options *options)
{
	struct tx_plan plan = {
		.fc = FC_DATA | FC_NULL | (peer->qos ? FC_QOS : 0) | (peer->is_ap ? FC_FROM_DS : FC_TO_DS) |
		      (options->four_address ? FC_FROM_DS | FC_TO_DS : 0) | frame_control_flags(options),
		.addr1 = peer->addr,
		.addr2 = peer->own_addr,
		.addr3 = peer->bssid,
		.addr4 = options->four_address ? peer->own_addr : NULL,
		.seq = &peer->next_seq[NO_TID],
	};
	struct frame *frame = frame_new(0, dot11_hdr_len(plan.fc), 0);

	if (!frame)
		return DROP_NO_MEMORY;
	put_header(frame_make_writable(frame), &plan);
	return enqueue(queue, frame, NULL, options->cookie);
}

/* ---- management ---- */

static enum drop enqueue_management(struct tx_queue *queue, struct frame *frame, struct key *key, uint16_t *seq,
				    const struct tx_options *options)
{
	size_t head = 0, tail = 0;
	uint8_t *hdr;

	if (key)
		key_overhead(key->cipher, &head, &tail);
	hdr = frame_reserve(frame, head, tail) ? NULL : frame_make_writable(frame);
	if (!hdr) {
		frame_free(frame);
		return DROP_NO_MEMORY;
	}
	put_le16(hdr, le16(hdr) | frame_control_flags(options));
	put_le16(hdr + DOT11_OFF_SEQ, (uint16_t)((*seq)++ << 4));
	return enqueue(queue, frame, key, options->cookie);
}

/* Checks that it is a management frame. Writes whether it is a robust one. */
static enum drop check_management(const struct frame *frame, bool *robust)
{
	struct mpdu mpdu;
	enum drop drop = mpdu_parse(&mpdu, frame);

	if (!drop && !dot11_is_management(mpdu.fc))
		drop = DROP_FRAME_TYPE;
	*robust = !drop && mpdu_is_robust(&mpdu, frame);
	return drop;
}

enum drop tx_management(struct tx_queue *queue, struct peer *peer, struct frame *frame, uint16_t *seq,
			const struct tx_options *options)
{
	bool robust;
	enum drop drop = check_management(frame, &robust);

	if (drop) {
		frame_free(frame);
		return drop;
	}
	/* Before a key is installed a robust frame goes in the clear, for example to abort a handshake. */
	return enqueue_management(queue, frame,
				  peer && peer->mfp && robust && peer->pairwise.set ? &peer->pairwise : NULL,
				  peer ? &peer->next_seq[NO_TID] : seq, options);
}

enum drop tx_management_group(struct tx_queue *queue, struct group_keys *group, bool mfp, struct frame *frame)
{
	static const struct tx_options options = {0};
	struct key *key = NULL;
	bool robust;
	enum drop drop = check_management(frame, &robust);

	if (!drop && mfp && robust) {
		if (group->igtk_id == IGTK_FIRST || group->igtk_id == IGTK_FIRST + 1)
			key = &group->igtk[group->igtk_id - IGTK_FIRST];
		if (!key || !key->set)
			drop = DROP_NO_KEY;
	}
	if (!drop)
		return enqueue_management(queue, frame, key, &group->next_seq, &options);
	frame_free(frame);
	return drop;
}
