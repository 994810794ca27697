/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <stdlib.h>
#include <string.h>

#define TAG_ROOM 4 /* before the header, as in a ring */

/* The IP address that a frame without a tag is from, as the key of its binding. Returns false if there is none. */
static bool find_source(const struct ring_frame *frame, struct mn_key *key)
{
	enum { ARP_SENDER = 14, IP4_SOURCE = 12, IP6_SOURCE = 8 }; /* from the network header */
	uint16_t type = be16(frame->data + 12);
	uint32_t offset = type == ETHERTYPE_ARP ? ARP_SENDER : type == ETHERTYPE_IP4 ? IP4_SOURCE : IP6_SOURCE;
	uint32_t len = type == ETHERTYPE_IP6 ? 16 : 4;

	*key = (struct mn_key){.family = type == ETHERTYPE_IP6 ? MN_IP6 : MN_IP4};
	if ((type != ETHERTYPE_ARP && type != ETHERTYPE_IP4 && type != ETHERTYPE_IP6) ||
	    frame->len < ETHER_HLEN + offset + len)
		return false;
	memcpy(key->addr, frame->data + ETHER_HLEN + offset, len);
	return true;
}

/* source: of the frame; NULL if it has none */
static bool is_listed(const struct user_guard_changes *changes, const struct ring_frame *frame,
		      const struct mn_key *source)
{
	if (changes->rebuild || changes->networks)
		return true;
	for (uint32_t i = 0; i < changes->count; i++) {
		const struct user_guard_change *change = &changes->list[i];

		if (!change->guest)
			continue;
		if (change->set == NFT_GUARD_MAC
			    ? mac_equal(change->address, frame->data + ETHER_ALEN)
			    : source && change->set == (source->family == MN_IP6 ? NFT_GUARD_IP6 : NFT_GUARD_IP4) &&
				      !memcmp(change->address, source->addr, source->family == MN_IP6 ? 16 : 4))
			return true;
	}
	return false;
}

/* Does the nft guard not know the sender yet? */
static bool is_of_new_guest(const struct user_engine *engine, const struct ring_frame *frame)
{
	struct mn_key source;
	bool has_source;

	if (!engine->guard_running || frame->len < ETHER_HLEN || frame->tci)
		return false;
	has_source = find_source(frame, &source);
	return is_listed(&engine->changes, frame, has_source ? &source : NULL) ||
	       is_listed(&engine->in_flight, frame, has_source ? &source : NULL);
}

/*
 * Why a frame that has waited must go no further: meanwhile a station or another guest has won the contest for its source address, and
 * this host, whose neighbour entry was corrected, would believe the loser. NOT_DROPPED: it may go on.
 */
static enum drop find_objection(const struct user_engine *engine, const struct ring_frame *frame)
{
	struct mn_key source;
	const struct mn_binding *binding = find_source(frame, &source) ? mn_engine_get(engine->rules, &source) : NULL;

	if (!binding || (binding->kind == MN_GUEST && mac_equal(binding->mac, frame->data + ETHER_ALEN)))
		return NOT_DROPPED;
	return binding->kind == MN_GUEST ? DROP_CLAIM_TAKEN : DROP_CLAIM_STATION;
}

/* A copy, with its own memory. Returns false without memory. */
static bool copy_frame(struct ring_frame *copy, const struct ring_frame *frame)
{
	uint8_t *memory = malloc(TAG_ROOM + sizeof(*frame->vnet) + frame->len);

	if (!memory)
		return false;
	*copy = *frame;
	copy->vnet = (struct vnet_hdr *)(memory + TAG_ROOM);
	copy->data = memory + TAG_ROOM + sizeof(*copy->vnet);
	copy->room = 0;
	*copy->vnet = *frame->vnet;
	memcpy(copy->data, frame->data, frame->len);
	return true;
}

static void free_frame(struct ring_frame *copy)
{
	free((uint8_t *)copy->vnet - TAG_ROOM);
}

enum user_hold_verdict user_engine_hold(struct user_engine *engine, const struct ring_frame *frame, uint32_t port)
{
	struct user_hold *hold = &engine->hold;
	uint32_t of_port = 0;

	user_engine_dispatch_events(engine); /* the changes follow from them */
	if (!is_of_new_guest(engine, frame))
		return USER_HOLD_PASS;
	for (uint32_t i = 0; i < hold->count; i++)
		of_port += hold->list[i].port == port;
	if (hold->count == USER_HOLD_MAX || of_port == USER_HOLD_PORT_MAX ||
	    !copy_frame(&hold->list[hold->count].frame, frame))
		return USER_HOLD_FULL;
	hold->list[hold->count++].port = port;
	return USER_HOLD_KEPT;
}

void user_engine_release(struct user_engine *engine)
{
	struct user_hold *hold = &engine->hold;
	struct ring_frame sent[USER_HOLD_MAX];
	uint32_t kept = 0, n_sent = 0;

	if (!hold->count)
		return;
	for (uint32_t i = 0; i < hold->count; i++) {
		enum drop objection = find_objection(engine, &hold->list[i].frame);

		if (objection) {
			user_engine_drop(engine, MN_FROM_GUEST, &hold->list[i].frame, objection);
			free_frame(&hold->list[i].frame);
			continue;
		}
		if (is_of_new_guest(engine, &hold->list[i].frame)) {
			hold->list[kept++] = hold->list[i];
			continue;
		}
		sent[n_sent] = hold->list[i].frame;
		ring_out_add(&engine->host_tx, &sent[n_sent++]);
	}
	hold->count = kept;
	ring_out_flush(&engine->host_tx);
	for (uint32_t i = 0; i < n_sent; i++)
		free_frame(&sent[i]);
}

void user_engine_hold_clear(struct user_engine *engine)
{
	for (uint32_t i = 0; i < engine->hold.count; i++)
		free_frame(&engine->hold.list[i].frame);
	engine->hold.count = 0;
}
