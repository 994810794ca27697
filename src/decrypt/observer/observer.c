/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decrypt/observer/observer_state.h"

#include <stdlib.h>

struct observer *observer_new(struct crypto *crypto, const struct observer_network *networks, size_t count)
{
	struct observer *observer = calloc(1, sizeof(*observer));

	if (!observer)
		return NULL;
	observer->crypto = crypto;
	observer->networks = networks;
	observer->network_count = count;
	observer->wep = calloc(count + 1, sizeof(*observer->wep));
	for (size_t i = 0; observer->wep && i < count; i++) {
		const struct observer_network *network = &networks[i];

		/* If libcrypto has no RC4, the key stays unset. */
		if (network->is_wep &&
		    !key_set(&observer->wep[i].key, crypto, network->wep, network->wep_key,
			     cipher_key_len(network->wep), (struct key_params){.authenticator = false}))
			observer->wep[i].id = ++observer->key_count;
	}
	if (!observer->wep) {
		free(observer);
		return NULL;
	}
	return observer;
}

static void wipe_pair_keys(struct pair_keys *keys)
{
	key_wipe(&keys->down.key);
	key_wipe(&keys->up.key);
}

void observer_free(struct observer *observer)
{
	struct observer_link *link, *next_link;
	struct observer_bss *bss, *next_bss;

	if (!observer)
		return;
	HASH_ITER(hh, observer->links, link, next_link) {
		HASH_DEL(observer->links, link);
		wipe_pair_keys(&link->now);
		wipe_pair_keys(&link->before);
		crypto_wipe(link, sizeof(*link));
		free(link);
	}
	HASH_ITER(hh, observer->bsses, bss, next_bss) {
		HASH_DEL(observer->bsses, bss);
		for (int id = 0; id < 4; id++) {
			key_wipe(&bss->now[id].key);
			key_wipe(&bss->before[id].key);
		}
		crypto_wipe(bss, sizeof(*bss));
		free(bss);
	}
	for (size_t i = 0; i < observer->network_count; i++)
		key_wipe(&observer->wep[i].key);
	free(observer->wep);
	crypto_wipe(observer, sizeof(*observer));
	free(observer);
}

unsigned observer_matched(const struct observer *observer)
{
	return observer->matched;
}

unsigned observer_unmatched(const struct observer *observer)
{
	return observer->unmatched;
}

/* ---- decryption ---- */

enum { BATCH = OBSERVER_BATCH, ROOM = 8 }; /* ROOM: headroom and tailroom of a restored frame, in bytes */

/* The current and the previous key for a frame; NULL: unknown. */
struct key_candidates {
	struct observer_key *now, *before;
};

static bool has_key_id(const struct mpdu *mpdu, const struct observed_frame *observed)
{
	return observed->len >= mpdu->hdr_len + 4u;
}

static unsigned key_id(const struct mpdu *mpdu, const struct observed_frame *observed)
{
	return has_key_id(mpdu, observed) ? observed->bytes[mpdu->hdr_len + 3] >> 6 : 0;
}

static struct key_candidates group_candidates(const struct observer *observer, const struct mpdu *mpdu,
					      const struct observed_frame *observed)
{
	struct observer_bss *bss = observer_find_bss(observer, observed->bytes + DOT11_OFF_ADDR2);
	unsigned id = key_id(mpdu, observed);

	return bss ? (struct key_candidates){&bss->now[id], &bss->before[id]} : (struct key_candidates){0};
}

static struct key_candidates candidates_for(const struct observer *observer, const struct mpdu *mpdu,
					    const struct observed_frame *observed)
{
	const uint8_t *to = observed->bytes + DOT11_OFF_ADDR1, *from = observed->bytes + DOT11_OFF_ADDR2;
	struct observer_link *up, *down;

	if (mac_is_group(to))
		return group_candidates(observer, mpdu, observed);
	/* To DS and From DS tell the direction, but not of 4-address frames, direct links and management frames. */
	up = dot11_is_data(mpdu->fc) && (mpdu->fc & (FC_TO_DS | FC_FROM_DS)) == FC_FROM_DS
		     ? NULL
		     : observer_find_link(observer, to, from);
	if (up)
		return (struct key_candidates){&up->now.up, &up->before.up};
	down = observer_find_link(observer, from, to);
	return down ? (struct key_candidates){&down->now.down, &down->before.down} : (struct key_candidates){0};
}

static enum drop finish_msdu(struct key *key, const struct mpdu *mpdu, struct observed_frame *observed, uint64_t pn)
{
	bool is_fragment = (mpdu->fc & FC_MORE_FRAGS) || (le16(observed->bytes + DOT11_OFF_SEQ) & DOT11_FRAG_MASK);

	return is_fragment ? NOT_DROPPED : key_open_msdu(key, observed->frame, pn);
}

static enum drop try_key(struct observer_key *learned, const struct mpdu *mpdu, struct observed_frame *observed)
{
	struct key *key = learned ? &learned->key : NULL;
	uint64_t pn;
	enum drop drop;

	if (!key || !key->set)
		return DROP_NO_KEY;
	if (frame_assign(observed->frame, observed->bytes, observed->len, ROOM, ROOM))
		return DROP_NO_MEMORY;
	key_reset_replay(key);
	key_set_id(key, (uint8_t)key_id(mpdu, observed));
	observed->key_id = learned->id;
	drop = key_open(key, observed->frame, &pn);
	return drop ? drop : finish_msdu(key, mpdu, observed, pn);
}

/* WEP has no handshake, and its frames do not identify the network: try each key. */
static enum drop open_wep(const struct observer *observer, const struct mpdu *mpdu, struct observed_frame *observed)
{
	enum drop drop = DROP_NO_KEY;

	for (size_t i = 0; drop && i < observer->network_count; i++)
		if (observer->wep[i].key.set)
			drop = try_key(&observer->wep[i], mpdu, observed);
	return drop;
}

/* Decrypts one frame with the keys that are known now. */
static enum drop open_single(const struct observer *observer, const struct mpdu *mpdu, struct observed_frame *observed)
{
	struct key_candidates candidates = candidates_for(observer, mpdu, observed);
	bool wep = has_key_id(mpdu, observed) && !(observed->bytes[mpdu->hdr_len + 3] & EXT_IV);
	enum drop drop = try_key(candidates.now, mpdu, observed);

	if (drop && wep && !open_wep(observer, mpdu, observed))
		return NOT_DROPPED;
	return drop && candidates.before && candidates.before->key.set && !try_key(candidates.before, mpdu, observed)
		       ? NOT_DROPPED
		       : drop;
}

/* The frames of a batch that have a key, and their results. */
struct batch_attempt {
	size_t count;
	struct key *keys[BATCH];
	struct frame *frames[BATCH];
	uint64_t pns[BATCH];
	enum drop drops[BATCH];
	uint64_t key_ids[BATCH];
	const struct observed_frame *observed[BATCH];
};

/* A capture may contain a frame twice or late: ignore the replay check. */
static enum drop retry_open(struct batch_attempt *attempt, size_t number)
{
	if (frame_assign(attempt->frames[number], attempt->observed[number]->bytes, attempt->observed[number]->len,
			 ROOM, ROOM))
		return DROP_NO_MEMORY;
	key_reset_replay(attempt->keys[number]);
	return key_open(attempt->keys[number], attempt->frames[number], &attempt->pns[number]);
}

static void open_batch(const struct observer *observer, const struct mpdu *mpdu, const struct observed_frame *observed,
		       size_t count, struct batch_attempt *attempt)
{
	attempt->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct key_candidates candidates = {0};

		if (!observed[i].drop && (mpdu[i].fc & FC_PROTECTED))
			candidates = candidates_for(observer, &mpdu[i], &observed[i]);
		if (!candidates.now || !candidates.now->key.set)
			continue;
		key_reset_replay(&candidates.now->key);
		key_set_id(&candidates.now->key, (uint8_t)key_id(&mpdu[i], &observed[i]));
		attempt->key_ids[attempt->count] = candidates.now->id;
		attempt->keys[attempt->count] = &candidates.now->key;
		attempt->observed[attempt->count] = &observed[i];
		attempt->frames[attempt->count++] = observed[i].frame;
	}
	key_open_batch(attempt->keys, attempt->frames, attempt->pns, attempt->drops, attempt->count);
	for (size_t i = 0; i < attempt->count; i++)
		if (attempt->drops[i] == DROP_REPLAY)
			attempt->drops[i] = retry_open(attempt, i);
}

static void process_batch(struct observer *observer, struct observed_frame *observed, size_t count)
{
	struct mpdu mpdus[BATCH];
	struct batch_attempt attempt;
	size_t attempt_index = 0;

	for (size_t i = 0; i < count; i++) {
		observed[i].opened = false;
		observed[i].drop = mpdu_parse(&mpdus[i], observed[i].frame);
	}
	open_batch(observer, mpdus, observed, count, &attempt);
	for (size_t i = 0; i < count; i++) {
		if (!observed[i].drop && (mpdus[i].fc & FC_PROTECTED)) {
			bool in_batch =
				attempt_index < attempt.count && attempt.frames[attempt_index] == observed[i].frame;

			observed[i].drop = DROP_NO_KEY;
			observed[i].key_id = in_batch ? attempt.key_ids[attempt_index] : 0;
			if (in_batch)
				observed[i].drop = attempt.drops[attempt_index]
							   ? attempt.drops[attempt_index]
							   : finish_msdu(attempt.keys[attempt_index], &mpdus[i],
									 &observed[i], attempt.pns[attempt_index]);
			attempt_index += in_batch;
			if (observed[i].drop)
				observed[i].drop = open_single(observer, &mpdus[i], &observed[i]);
			observed[i].opened = !observed[i].drop;
		}
		if (!observed[i].drop && observer_may_learn(observed[i].bytes, observed[i].len))
			observer_learn(observer, &mpdus[i], observed[i].frame);
	}
}

void observer_process(struct observer *observer, struct observed_frame *observed, size_t count)
{
	for (size_t i = 0; i < count; i += BATCH)
		process_batch(observer, observed + i, count - i < BATCH ? count - i : BATCH);
}

enum drop observer_process_frame(struct observer *observer, struct frame **frame, bool *opened)
{
	struct observed_frame observed = {.bytes = (*frame)->data, .len = (*frame)->len, .frame = frame_clone(*frame)};

	*opened = false;
	if (!observed.frame)
		return DROP_NO_MEMORY;
	observer_process(observer, &observed, 1);
	*opened = observed.opened;
	if (observed.opened) {
		frame_free(*frame);
		*frame = observed.frame;
	} else {
		frame_free(observed.frame);
	}
	return observed.drop;
}
