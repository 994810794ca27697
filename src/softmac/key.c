/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/key.h"

#include "crypto/icv.h"
#include "softmac/mpdu.h"

#include <errno.h>
#include <string.h>

enum cipher_family { WEP, TKIP, AES, BIP };

struct cipher_properties {
	enum cipher_family family;
	uint8_t head, tail; /* of an MPDU, without Michael */
	int kind;           /* enum aead_kind, enum bip_kind */
};

static const struct cipher_properties properties[CIPHER_COUNT] = {
	[CIPHER_WEP_40] = {WEP, 4, ICV_LEN, 0},
	[CIPHER_WEP_104] = {WEP, 4, ICV_LEN, 0},
	[CIPHER_TKIP] = {TKIP, EXT_IV_LEN, ICV_LEN, 0},
	[CIPHER_CCMP_128] = {AES, EXT_IV_LEN, 8, AEAD_CCM},
	[CIPHER_CCMP_256] = {AES, EXT_IV_LEN, 16, AEAD_CCM},
	[CIPHER_GCMP_128] = {AES, EXT_IV_LEN, 16, AEAD_GCM},
	[CIPHER_GCMP_256] = {AES, EXT_IV_LEN, 16, AEAD_GCM},
	[CIPHER_BIP_CMAC_128] = {BIP, 0, 18, BIP_CMAC},
	[CIPHER_BIP_CMAC_256] = {BIP, 0, 26, BIP_CMAC},
	[CIPHER_BIP_GMAC_128] = {BIP, 0, 26, BIP_GMAC},
	[CIPHER_BIP_GMAC_256] = {BIP, 0, 26, BIP_GMAC},
};

void key_overhead(enum cipher cipher, size_t *head, size_t *tail)
{
	*head = properties[cipher].head;
	*tail = properties[cipher].tail + (properties[cipher].family == TKIP ? MICHAEL_LEN : 0);
}

static int set_cipher_key(struct key *key, struct crypto *crypto, const uint8_t *material, size_t len,
			  struct key_params params)
{
	const struct cipher_properties *entry = &properties[key->cipher];

	switch (entry->family) {
	case WEP:
		return wep_set_key(&key->wep, crypto, material, len, params.id);
	case TKIP:
		return tkip_set_key(&key->tkip, crypto, material, len, params.id, params.authenticator, params.rsc);
	case AES:
		return aes_set_key(&key->aes, crypto, (enum aead_kind)entry->kind, material, len, params.id,
				   params.rsc);
	case BIP:
		return bip_set_key(&key->bip, crypto, (enum bip_kind)entry->kind, material, len, params.id, params.rsc);
	}
	return -EINVAL;
}

int key_set(struct key *key, struct crypto *crypto, enum cipher cipher, const uint8_t *material, size_t len,
	    struct key_params params)
{
	static const uint8_t zero[KEY_MAX];
	int err;

	if (key->set && key->cipher == cipher && len == cipher_key_len(cipher) &&
	    crypto_equal(key->material, material, len))
		return -EALREADY;
	key_wipe(key);
	if (len != cipher_key_len(cipher) || crypto_equal(material, zero, len))
		return -EINVAL;
	key->cipher = cipher;
	err = set_cipher_key(key, crypto, material, len, params);
	if (err) {
		crypto_wipe(key, sizeof(*key));
		return err;
	}
	memcpy(key->material, material, len);
	key->set = true;
	return 0;
}

void key_wipe(struct key *key)
{
	/* AES and BIP keys own memory. */
	if (key->set && properties[key->cipher].family == AES)
		aes_delete_key(&key->aes);
	if (key->set && properties[key->cipher].family == BIP)
		bip_delete_key(&key->bip);
	crypto_wipe(key, sizeof(*key));
}

enum drop key_seal_msdu(struct key *key, struct frame *frame)
{
	if (!key->set)
		return DROP_NO_KEY;
	return properties[key->cipher].family == TKIP ? tkip_seal_msdu(&key->tkip, frame) : NOT_DROPPED;
}

/* Frames in a batch: more would not be faster. */
enum { BATCH = 128 };

/* The frames of a batch that AES protects. */
struct aes_batch {
	size_t index[BATCH], count; /* index: in the whole batch */
	struct aes_context contexts[BATCH];
	struct aead_job jobs[BATCH];
};

/* Seals a frame with a cipher that has no batches. */
static enum drop seal_one(struct key *key, struct frame *frame)
{
	switch (properties[key->cipher].family) {
	case WEP:
		return wep_seal(&key->wep, frame);
	case TKIP:
		return tkip_seal(&key->tkip, frame);
	case BIP:
		return bip_seal(&key->bip, frame);
	case AES:
		break;
	}
	return DROP_INTERNAL;
}

static enum drop open_one(struct key *key, struct frame *frame, uint64_t *pn)
{
	enum drop drop = DROP_INTERNAL;

	switch (properties[key->cipher].family) {
	case WEP:
		return wep_open(&key->wep, frame);
	case TKIP:
		return tkip_open(&key->tkip, frame, pn);
	case BIP:
		drop = bip_open(&key->bip, frame);
		*pn = key->bip.rx_ipn;
		break;
	case AES:
		break;
	}
	return drop;
}

static bool is_aes(const struct key *key)
{
	return key->set && properties[key->cipher].family == AES;
}

static void seal_batch(struct key **keys, struct frame **frames, enum drop *drops, size_t count)
{
	struct aes_batch batch;

	batch.count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!is_aes(keys[i])) {
			drops[i] = keys[i]->set ? seal_one(keys[i], frames[i]) : DROP_NO_KEY;
			continue;
		}
		drops[i] = aes_seal_begin(&keys[i]->aes, frames[i], &batch.contexts[batch.count],
					  &batch.jobs[batch.count]);
		if (!drops[i])
			batch.index[batch.count++] = i;
	}
	aead_seal_batch(batch.jobs, batch.count);
	for (size_t i = 0; i < batch.count; i++)
		drops[batch.index[i]] = aes_seal_end(&batch.jobs[i]);
}

static void open_batch(struct key **keys, struct frame **frames, uint64_t *pns, enum drop *drops, size_t count)
{
	struct aes_batch batch;

	batch.count = 0;
	for (size_t i = 0; i < count; i++) {
		pns[i] = 0;
		if (!is_aes(keys[i])) {
			drops[i] = keys[i]->set ? open_one(keys[i], frames[i], &pns[i]) : DROP_NO_KEY;
			continue;
		}
		drops[i] = aes_open_begin(&keys[i]->aes, frames[i], &batch.contexts[batch.count],
					  &batch.jobs[batch.count]);
		if (!drops[i])
			batch.index[batch.count++] = i;
	}
	aead_open_batch(batch.jobs, batch.count);
	for (size_t i = 0; i < batch.count; i++) {
		size_t index = batch.index[i];

		drops[index] = aes_open_end(&keys[index]->aes, frames[index], &batch.contexts[i], &batch.jobs[i]);
		pns[index] = batch.contexts[i].pn;
	}
	for (size_t i = 0; i < count; i++)
		if (drops[i])
			pns[i] = 0;
}

void key_seal_batch(struct key **keys, struct frame **frames, enum drop *drops, size_t count)
{
	for (size_t i = 0; i < count; i += BATCH)
		seal_batch(keys + i, frames + i, drops + i, count - i < BATCH ? count - i : BATCH);
}

void key_open_batch(struct key **keys, struct frame **frames, uint64_t *pns, enum drop *drops, size_t count)
{
	for (size_t i = 0; i < count; i += BATCH)
		open_batch(keys + i, frames + i, pns + i, drops + i, count - i < BATCH ? count - i : BATCH);
}

enum drop key_seal(struct key *key, struct frame *frame)
{
	enum drop drop;

	seal_batch(&key, &frame, &drop, 1);
	return drop;
}

enum drop key_open(struct key *key, struct frame *frame, uint64_t *pn)
{
	enum drop drop;

	open_batch(&key, &frame, pn, &drop, 1);
	return drop;
}

enum drop key_open_msdu(struct key *key, struct frame *frame, uint64_t pn)
{
	if (!key->set)
		return DROP_NO_KEY;
	return properties[key->cipher].family == TKIP ? tkip_open_msdu(&key->tkip, frame, pn) : NOT_DROPPED;
}

void key_accept_fragments(struct key *key, uint64_t pn, unsigned count)
{
	if (key->set && properties[key->cipher].family == TKIP)
		tkip_accept_fragments(&key->tkip, pn, count);
}

void key_reset_replay(struct key *key)
{
	if (!key->set)
		return;
	switch (properties[key->cipher].family) {
	case WEP:
		break;
	case TKIP:
		replay_init(&key->tkip.replay, 0);
		key->tkip.accepted = (struct pn_window){0};
		break;
	case AES:
		replay_init(&key->aes.replay, 0);
		break;
	case BIP:
		key->bip.rx_ipn = 0;
		break;
	}
}

void key_set_id(struct key *key, uint8_t id)
{
	if (!key->set)
		return;
	switch (properties[key->cipher].family) {
	case WEP:
		key->wep.id = id & 3;
		break;
	case TKIP:
		key->tkip.id = id & 3;
		break;
	case AES:
		key->aes.id = id & 3;
		break;
	case BIP: /* the id is in the MME */
		break;
	}
}

uint64_t key_pn_remaining(const struct key *key)
{
	if (!key->set)
		return 0;
	switch (properties[key->cipher].family) {
	case WEP:
		break;
	case TKIP:
		return pn_remaining(&key->tkip.tsc);
	case AES:
		return pn_remaining(&key->aes.pn);
	case BIP:
		return pn_remaining(&key->bip.tx_ipn);
	}
	return UINT64_MAX;
}
