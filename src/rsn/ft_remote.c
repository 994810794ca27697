/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/ft_remote_state.h"

#include "base/mac.h"
#include "wire/le.h"

#include <stdlib.h>
#include <string.h>

#define PULL_RETRY_NS SECOND
#define PULL_TRIES    4

/* A received message, and whom it is from. */
struct received {
	struct rrb_message message;
	struct span frame;
	struct rrb_fields clear, secret;
	const struct ft_member *member; /* whom it is for */
	const struct ft_peer *line;     /* r0kh or r1kh */
	struct peer *peer;
	bool waited; /* for a SEQ_RESPONSE */
	uint64_t now_ns;
};

struct ft_remote *ft_remote_new(struct ft_store *store, struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN])
{
	struct ft_remote *remote = calloc(1, sizeof(*remote));

	if (!remote)
		return NULL;
	remote->store = store;
	remote->crypto = crypto;
	random_init(&remote->random, crypto, seed);
	random_bytes(&remote->random, &remote->number, sizeof(remote->number));
	random_bytes(&remote->random, &remote->domain, sizeof(remote->domain));
	remote->domain |= 1;
	return remote;
}

void ft_remote_free(struct ft_remote *remote)
{
	if (!remote)
		return;
	for (size_t i = 0; i < WAITING_MAX; i++)
		frame_free(remote->waiting[i].message);
	frame_list_free(&remote->out);
	crypto_wipe(remote, sizeof(*remote));
	free(remote);
}

/* ---- the R0KH ---- */

/* The fields of a PMK-R1; the memory that they point to. */
struct key_fields {
	struct ft_key r1;
	uint8_t pairwise[2], expires[2], vlan[2];
};

static bool add_key(struct ft_remote *remote, const struct ft_entry *entry, const uint8_t *r1kh, uint64_t now_ns,
		    struct fields *fields, struct key_fields *key)
{
	const uint64_t left_s = (entry->until_ns - now_ns) / SECOND;

	if (ft_derive_r1(remote->crypto, &entry->r0, r1kh, entry->spa, &key->r1))
		return false;
	put_le16(key->pairwise, rrb_cipher_bit(entry->pairwise));
	put_le16(key->expires, (uint16_t)(left_s > UINT16_MAX ? UINT16_MAX : left_s + !left_s));
	put_le16(key->vlan, entry->vlan);
	ft_remote_add_field(fields, RRB_R1, key->r1.pmk, key->r1.pmk_len);
	ft_remote_add_field(fields, RRB_R1_NAME, key->r1.name, PMKID_LEN);
	ft_remote_add_field(fields, RRB_PAIRWISE, key->pairwise, 2);
	ft_remote_add_field(fields, RRB_EXPIRES, key->expires, 2);
	if (entry->vlan)
		ft_remote_add_field(fields, RRB_VLAN, key->vlan, 2);
	return true;
}

static void answer_pull(struct ft_remote *remote, const struct received *received)
{
	const struct rrb_fields *in = &received->secret;
	struct fields clear = {0}, secret = {0};
	uint8_t seq[RRB_SEQ_LEN];
	struct key_fields key;
	struct ft_entry *entry;

	if (!in->r0_name.bytes || !in->spa.bytes || !received->clear.nonce.bytes)
		return;
	ft_remote_next_number(remote, received->now_ns, seq);
	ft_remote_add_field(&clear, RRB_NONCE, received->clear.nonce.bytes, RRB_NONCE_LEN);
	ft_remote_add_field(&clear, RRB_SEQ, seq, RRB_SEQ_LEN);
	ft_remote_add_key_holders(&clear, received->peer, received->member);
	ft_remote_add_field(&secret, RRB_SPA, in->spa.bytes, MAC_LEN);
	entry = ft_store_find(remote->store, received->member, in->spa.bytes, in->r0_name.bytes, received->now_ns);
	if (entry && !entry->remote)
		add_key(remote, entry, received->peer->id, received->now_ns, &secret, &key);
	ft_remote_send(remote, RRB_RESPONSE, received->line, received->message.src, received->member->bssid, &clear,
		       &secret);
	crypto_wipe(&key, sizeof(key));
}

void ft_remote_push(struct ft_remote *remote, const struct ft_entry *entry, uint64_t now_ns)
{
	const struct ft_member *member = ft_store_member(remote->store, entry->owner);

	for (size_t i = 0; member && i < member->r1khs.count; i++) {
		const struct ft_peer *line = &member->r1khs.list[i];
		struct fields clear = {0}, secret = {0};
		uint8_t seq[RRB_SEQ_LEN];
		struct key_fields key;

		/* Access points of this host find the PMK-R0 in the store. */
		if (!line->id_len || mac_is_zero(line->addr) || ft_store_member(remote->store, line->addr))
			continue;
		ft_remote_next_number(remote, now_ns, seq);
		ft_remote_add_field(&clear, RRB_SEQ, seq, RRB_SEQ_LEN);
		ft_remote_add_field(&clear, RRB_R0KH, member->own.r0kh, member->own.r0kh_len);
		ft_remote_add_field(&clear, RRB_R1KH, line->id, FT_R1KH_LEN);
		ft_remote_add_field(&secret, RRB_SPA, entry->spa, MAC_LEN);
		ft_remote_add_field(&secret, RRB_R0_NAME, entry->r0.name, PMKID_LEN);
		if (add_key(remote, entry, line->id, now_ns, &secret, &key))
			ft_remote_send(remote, RRB_PUSH, line, line->addr, member->bssid, &clear, &secret);
		crypto_wipe(&key, sizeof(key));
	}
}

/* ---- the R1KH ---- */

static void send_pull(struct ft_remote *remote, struct pull *pull, uint64_t now_ns)
{
	const struct ft_pull *request = &pull->request;
	const struct ft_member *member = ft_store_member(remote->store, request->bssid);
	const struct span id = {request->r0kh, request->r0kh_len};
	const struct ft_peer *line = member ? ft_peers_find(&member->r0khs, id.bytes, id.len) : NULL;
	struct fields clear = {0}, secret = {0};
	uint8_t seq[RRB_SEQ_LEN];
	struct peer *peer;
	const uint8_t *dst;

	pull->tries++;
	pull->due_ns = now_ns + PULL_RETRY_NS;
	if (!line) /* the network has gone, or its lists have changed */
		return;
	peer = ft_remote_peer(remote, request->bssid, true, id, now_ns);
	dst = peer->has_addr ? peer->addr : line->addr;
	if (!peer->synchronised)
		ft_remote_request_number(remote, member, peer, line, dst, NULL, now_ns);
	ft_remote_next_number(remote, now_ns, seq);
	ft_remote_add_field(&clear, RRB_NONCE, pull->nonce, RRB_NONCE_LEN);
	ft_remote_add_field(&clear, RRB_SEQ, seq, RRB_SEQ_LEN);
	ft_remote_add_key_holders(&clear, peer, member);
	ft_remote_add_field(&secret, RRB_R0_NAME, request->r0_name, PMKID_LEN);
	ft_remote_add_field(&secret, RRB_SPA, request->spa, MAC_LEN);
	ft_remote_send(remote, RRB_PULL, line, dst, member->bssid, &clear, &secret);
}

bool ft_remote_pull(struct ft_remote *remote, const struct ft_pull *request, uint64_t now_ns)
{
	const struct ft_member *member = ft_store_member(remote->store, request->bssid);
	const struct ft_peer *line = member ? ft_peers_find(&member->r0khs, request->r0kh, request->r0kh_len) : NULL;
	struct pull *pull = NULL;

	if (!line || mac_is_zero(line->addr) || ft_store_member(remote->store, line->addr) ||
	    span_equals((struct span){request->r0kh, request->r0kh_len}, member->own.r0kh, member->own.r0kh_len))
		return false;
	for (size_t i = 0; i < FT_REMOTE_PULLS_MAX; i++) {
		struct pull *other = &remote->pulls[i];

		if (!other->tries && !pull)
			pull = other;
		if (other->tries && mac_equal(other->request.spa, request->spa) &&
		    mac_equal(other->request.bssid, request->bssid)) {
			/* The station repeats itself: the last request is answered. */
			other->request = *request;
			return true;
		}
	}
	if (!pull || random_bytes(&remote->random, pull->nonce, RRB_NONCE_LEN))
		return false;
	pull->request = *request;
	pull->done = false;
	send_pull(remote, pull, now_ns);
	return true;
}

/* Stores a PMK-R1 of another host. Returns false if the message has none. */
static bool store_key(struct ft_remote *remote, const struct received *received, const uint8_t *r0_name, enum akm akm)
{
	const struct rrb_fields *in = &received->secret;
	const uint64_t lifetime_s = in->expires.bytes && le16(in->expires.bytes) ? le16(in->expires.bytes) : UINT16_MAX;
	struct ft_entry entry = {.remote = true, .akm = akm, .vlan = in->vlan.bytes ? le16(in->vlan.bytes) : 0};

	if (!in->spa.bytes || !in->pairwise.bytes || !in->r1_name.bytes || !in->r1.bytes || in->r1.len % 16)
		return false;
	mac_copy(entry.spa, in->spa.bytes);
	mac_copy(entry.owner, received->member->bssid);
	entry.pairwise = rrb_cipher_of(le16(in->pairwise.bytes));
	entry.r0.pmk_len = entry.r1.pmk_len = (uint8_t)in->r1.len;
	memcpy(entry.r0.name, r0_name, PMKID_LEN);
	memcpy(entry.r1.name, in->r1_name.bytes, PMKID_LEN);
	memcpy(entry.r1.pmk, in->r1.bytes, in->r1.len);
	entry.until_ns = received->now_ns + lifetime_s * SECOND;
	entry.used_ns = received->now_ns ? received->now_ns - 1 : 0;
	ft_store_add(remote->store, &entry);
	crypto_wipe(&entry, sizeof(entry));
	return true;
}

static void finish_pull(struct ft_remote *remote, const struct received *received)
{
	const struct span nonce = received->clear.nonce, spa = received->secret.spa;

	for (size_t i = 0; i < FT_REMOTE_PULLS_MAX; i++) {
		struct pull *pull = &remote->pulls[i];

		if (!pull->tries || pull->done || !span_equals(nonce, pull->nonce, RRB_NONCE_LEN) ||
		    !span_equals(spa, pull->request.spa, MAC_LEN) ||
		    !mac_equal(received->member->bssid, pull->request.bssid))
			continue;
		store_key(remote, received, pull->request.r0_name, pull->request.akm);
		pull->done = true;
		return;
	}
}

/* Its address is known now: what went to all goes to it alone. */
static void repeat_pulls(struct ft_remote *remote, const struct peer *peer, uint64_t now_ns)
{
	for (size_t i = 0; i < FT_REMOTE_PULLS_MAX; i++) {
		struct pull *pull = &remote->pulls[i];

		if (pull->tries == 1 && !pull->done && mac_equal(pull->request.bssid, peer->bssid) &&
		    span_equals((struct span){peer->id, peer->id_len}, pull->request.r0kh, pull->request.r0kh_len))
			send_pull(remote, pull, now_ns);
	}
}

/* ---- reception ---- */

static enum drop receive_for(struct ft_remote *remote, struct received *received);

static void answer_number(struct ft_remote *remote, const struct received *received)
{
	struct fields clear = {0}, secret = {0};
	uint8_t seq[RRB_SEQ_LEN];

	ft_remote_next_number(remote, received->now_ns, seq);
	ft_remote_add_field(&clear, RRB_NONCE, received->clear.nonce.bytes, RRB_NONCE_LEN);
	ft_remote_add_field(&clear, RRB_SEQ, seq, RRB_SEQ_LEN);
	ft_remote_add_key_holders(&clear, received->peer, received->member);
	ft_remote_send(remote, RRB_SEQ_RESPONSE, received->line, received->message.src, received->member->bssid, &clear,
		       &secret);
}

static enum drop take_number(struct ft_remote *remote, const struct received *received)
{
	struct peer *peer = received->peer;
	const bool was_unknown = !peer->has_addr && mac_is_group(received->line->addr);
	bool asked = false;

	for (size_t i = 0; i < WAITING_MAX; i++)
		asked |= remote->waiting[i].peer == peer && received->now_ns < remote->waiting[i].until_ns &&
			 span_equals(received->clear.nonce, remote->waiting[i].nonce, RRB_NONCE_LEN);
	if (!asked || !received->clear.seq.bytes)
		return DROP_FT_MIC;
	if (ft_remote_judge_number(peer, received->clear.seq.bytes, received->now_ns) == VERDICT_NEW)
		ft_remote_accept_number(peer, received->clear.seq.bytes);
	else
		ft_remote_synchronise(peer, received->clear.seq.bytes, received->now_ns);
	peer->has_addr = true;
	mac_copy(peer->addr, received->message.src);
	for (size_t i = 0; i < WAITING_MAX; i++) {
		struct waiting *waiting = &remote->waiting[i];
		struct frame *message = waiting->message;

		if (waiting->peer != peer)
			continue;
		waiting->message = NULL;
		ft_remote_stop_waiting(waiting);
		if (message) {
			struct received again = {.frame = {message->data, message->len},
						 .member = received->member,
						 .waited = true,
						 .now_ns = received->now_ns};

			receive_for(remote, &again);
		}
		frame_free(message);
	}
	if (peer->is_r0kh && was_unknown)
		repeat_pulls(remote, peer, received->now_ns);
	return NOT_DROPPED;
}

/* Is the message new? One that cannot be judged waits, and is not dropped so far. */
static bool is_new(struct ft_remote *remote, const struct received *received, enum drop *drop)
{
	struct peer *peer = received->peer;
	const uint8_t *src = received->message.src;
	enum verdict verdict = VERDICT_REPLAY;

	if (received->clear.seq.bytes)
		verdict = ft_remote_judge_number(peer, received->clear.seq.bytes, received->now_ns);
	if (verdict != VERDICT_REPLAY && !received->line->id_len && (!peer->has_addr || !mac_equal(peer->addr, src)))
		verdict = VERDICT_UNKNOWN; /* a line for all: the peer may have moved to another address */
	*drop = verdict == VERDICT_REPLAY || received->waited ? DROP_FT_MIC : NOT_DROPPED;
	if (verdict == VERDICT_NEW)
		ft_remote_accept_number(peer, received->clear.seq.bytes);
	else if (verdict == VERDICT_UNKNOWN && !received->waited)
		ft_remote_request_number(remote, received->member, peer, received->line, src, &received->frame,
					 received->now_ns);
	return verdict == VERDICT_NEW;
}

static enum drop handle(struct ft_remote *remote, struct received *received)
{
	enum drop drop;

	switch (received->message.kind) {
	case RRB_SEQ_REQUEST:
		if (!received->clear.nonce.bytes)
			return DROP_FT_MIC;
		answer_number(remote, received);
		return NOT_DROPPED;
	case RRB_SEQ_RESPONSE:
		return take_number(remote, received);
	case RRB_PULL:
	case RRB_RESPONSE:
	case RRB_PUSH:
		break;
	}
	if (!is_new(remote, received, &drop))
		return drop;
	if (received->message.kind == RRB_PULL)
		answer_pull(remote, received);
	else if (received->message.kind == RRB_RESPONSE)
		finish_pull(remote, received);
	else if (received->secret.r0_name.bytes)
		store_key(remote, received, received->secret.r0_name.bytes, AKM_NONE);
	return NOT_DROPPED;
}

/* Decrypts a message for a member, and finds its sender. */
static enum drop receive_for(struct ft_remote *remote, struct received *received)
{
	const struct ft_member *member = received->member;
	struct rrb_message *message = &received->message;
	const struct rrb_fields *clear = &received->clear;
	uint8_t key[SIV_KEY_LEN], plain[SECRETS_MAX], kind;
	bool to_r0kh, to_r1kh;
	enum drop drop = DROP_FT_MIC;
	struct span id;

	if (!rrb_parse(message, received->frame))
		return DROP_FT_MIC;
	kind = (uint8_t)message->kind;
	rrb_read(&received->clear, message->clear);
	to_r0kh = span_equals(clear->r0kh, member->own.r0kh, member->own.r0kh_len);
	to_r1kh = span_equals(clear->r1kh, member->own.r1kh, FT_R1KH_LEN);
	if (!clear->r0kh.bytes || !clear->r1kh.bytes || to_r0kh == to_r1kh || (kind == RRB_PULL && !to_r0kh) ||
	    ((kind == RRB_RESPONSE || kind == RRB_PUSH) && !to_r1kh) ||
	    message->sealed.len > sizeof(plain) + SIV_OVERHEAD)
		return DROP_FT_MIC;
	id = to_r0kh ? clear->r1kh : clear->r0kh;
	received->line = ft_peers_find(to_r0kh ? &member->r1khs : &member->r0khs, id.bytes, id.len);
	if (received->line && !ft_remote_siv_key(remote, received->line, key)) {
		const struct piece strings[] = {
			{message->src, MAC_LEN}, {message->clear.bytes, message->clear.len}, {&kind, 1}};

		if (!siv_open(remote->crypto, key, strings, 3, message->sealed.bytes, message->sealed.len, plain)) {
			rrb_read(&received->secret, (struct span){plain, message->sealed.len - SIV_OVERHEAD});
			received->peer = ft_remote_peer(remote, member->bssid, to_r1kh, id, received->now_ns);
			drop = handle(remote, received);
		}
	}
	crypto_wipe(key, sizeof(key));
	crypto_wipe(plain, sizeof(plain));
	return drop;
}

enum drop ft_remote_receive(struct ft_remote *remote, struct span frame, uint64_t now_ns)
{
	enum drop drop = DROP_FT_MIC;

	for (size_t i = 0; i < remote->store->member_count; i++) {
		const struct ft_member *member = &remote->store->members[i];
		struct received received = {.frame = frame, .member = member, .now_ns = now_ns};

		if (frame.len < MAC_LEN || (!mac_is_group(frame.bytes) && !mac_equal(frame.bytes, member->bssid)))
			continue;
		if (!receive_for(remote, &received))
			drop = NOT_DROPPED;
	}
	return drop;
}

/* ---- the caller ---- */

void ft_remote_send_action(struct ft_remote *remote, const struct rrb_action *action)
{
	struct frame *frame = rrb_make_action(action);

	if (frame)
		frame_list_add(&remote->out, frame);
}

struct frame *ft_remote_next_frame(struct ft_remote *remote)
{
	struct frame_list *out = &remote->out;
	struct frame *frame = out->count ? out->at[0] : NULL;

	if (frame)
		memmove(out->at, out->at + 1, --out->count * sizeof(*out->at));
	return frame;
}

bool ft_remote_next_answer(struct ft_remote *remote, struct ft_pull *request)
{
	for (size_t i = 0; i < FT_REMOTE_PULLS_MAX; i++) {
		struct pull *pull = &remote->pulls[i];

		if (!pull->tries || !pull->done)
			continue;
		*request = pull->request;
		*pull = (struct pull){0};
		return true;
	}
	return false;
}

uint64_t ft_remote_deadline(const struct ft_remote *remote)
{
	uint64_t deadline = UINT64_MAX;

	for (size_t i = 0; i < FT_REMOTE_PULLS_MAX; i++) {
		const struct pull *pull = &remote->pulls[i];

		if (pull->tries && !pull->done && pull->due_ns < deadline)
			deadline = pull->due_ns;
	}
	for (size_t i = 0; i < WAITING_MAX; i++)
		if (remote->waiting[i].peer && remote->waiting[i].until_ns < deadline)
			deadline = remote->waiting[i].until_ns;
	return deadline;
}

void ft_remote_tick(struct ft_remote *remote, uint64_t now_ns)
{
	for (size_t i = 0; i < WAITING_MAX; i++)
		if (remote->waiting[i].peer && now_ns >= remote->waiting[i].until_ns)
			ft_remote_stop_waiting(&remote->waiting[i]);
	for (size_t i = 0; i < FT_REMOTE_PULLS_MAX; i++) {
		struct pull *pull = &remote->pulls[i];

		if (!pull->tries || pull->done || now_ns < pull->due_ns)
			continue;
		if (pull->tries < PULL_TRIES)
			send_pull(remote, pull, now_ns);
		else
			pull->done = true;
	}
}
