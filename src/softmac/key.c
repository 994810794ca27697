/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/key.h"
#include "softmac/mpdu.h"

#include "crypto/icv.h"

#include <errno.h>
#include <string.h>

enum family { WEP, TKIP, AES, BIP };

struct row {
	enum family family;
	uint8_t head, tail; /* of an MPDU, without Michael */
	int kind;           /* enum aead_kind, enum bip_kind */
};

static const struct row rows[CIPHERS] = {
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

void key_room(enum cipher c, size_t *head, size_t *tail)
{
	*head = rows[c].head;
	*tail = rows[c].tail + (rows[c].family == TKIP ? MICHAEL_LEN : 0);
}

static int set(struct key *k, struct crypto *c, const uint8_t *material, size_t len, struct key_use use)
{
	const struct row *r = &rows[k->cipher];

	switch (r->family) {
	case WEP:
		return wep_set_key(&k->wep, c, material, len, use.id);
	case TKIP:
		return tkip_set_key(&k->tkip, c, material, len, use.id, use.authenticator, use.rsc);
	case AES:
		return aes_set_key(&k->aes, c, (enum aead_kind)r->kind, material, len, use.id, use.rsc);
	case BIP:
		return bip_set_key(&k->bip, c, (enum bip_kind)r->kind, material, len, use.id, use.rsc);
	}
	return -EINVAL;
}

int key_set(struct key *k, struct crypto *c, enum cipher cipher, const uint8_t *material, size_t len,
	    struct key_use use)
{
	static const uint8_t zero[KEY_MAX];
	int e;

	if (k->set && k->cipher == cipher && len == cipher_key_len(cipher) && crypto_equal(k->material, material, len))
		return -EALREADY;
	key_wipe(k);
	if (len != cipher_key_len(cipher) || crypto_equal(material, zero, len))
		return -EINVAL;
	k->cipher = cipher;
	e = set(k, c, material, len, use);
	if (e) {
		crypto_wipe(k, sizeof *k);
		return e;
	}
	memcpy(k->material, material, len);
	k->set = true;
	return 0;
}

void key_wipe(struct key *k)
{
	/* The ciphers' own wiping frees what they hold; what stays is bytes. */
	if (k->set && rows[k->cipher].family == AES)
		aes_delete_key(&k->aes);
	if (k->set && rows[k->cipher].family == BIP)
		bip_delete_key(&k->bip);
	crypto_wipe(k, sizeof *k);
}

enum drop key_seal_msdu(struct key *k, struct frame *f)
{
	if (!k->set)
		return DROP_NO_KEY;
	return rows[k->cipher].family == TKIP ? tkip_seal_msdu(&k->tkip, f) : NOT_DROPPED;
}

/* How many frames the cipher gets at once: as many as it has any use for. */
enum { BATCH = 128 };

/* The frames of a batch that AES protects. */
struct bundle {
	size_t at[BATCH], n; /* where they stand among the others */
	struct aes_work work[BATCH];
	struct aead_job job[BATCH];
};

/* Ciphers that take one frame after the other. */
static enum drop seal_one(struct key *k, struct frame *f)
{
	switch (rows[k->cipher].family) {
	case WEP:
		return wep_seal(&k->wep, f);
	case TKIP:
		return tkip_seal(&k->tkip, f);
	case BIP:
		return bip_seal(&k->bip, f);
	case AES:
		break;
	}
	return DROP_INTERNAL;
}

static enum drop open_one(struct key *k, struct frame *f, uint64_t *pn)
{
	enum drop d = DROP_INTERNAL;

	switch (rows[k->cipher].family) {
	case WEP:
		return wep_open(&k->wep, f);
	case TKIP:
		return tkip_open(&k->tkip, f, pn);
	case BIP:
		d = bip_open(&k->bip, f);
		*pn = k->bip.seen;
		break;
	case AES:
		break;
	}
	return d;
}

static bool is_aes(const struct key *k)
{
	return k->set && rows[k->cipher].family == AES;
}

static void seal_some(struct key **keys, struct frame **frames, enum drop *drops, size_t n)
{
	struct bundle b;

	b.n = 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_aes(keys[i])) {
			drops[i] = keys[i]->set ? seal_one(keys[i], frames[i]) : DROP_NO_KEY;
			continue;
		}
		drops[i] = aes_seal_begin(&keys[i]->aes, frames[i], &b.work[b.n], &b.job[b.n]);
		if (!drops[i])
			b.at[b.n++] = i;
	}
	aead_seal_batch(b.job, b.n);
	for (size_t i = 0; i < b.n; i++)
		drops[b.at[i]] = aes_seal_end(&b.job[i]);
}

static void open_some(struct key **keys, struct frame **frames, uint64_t *pns, enum drop *drops, size_t n)
{
	struct bundle b;

	b.n = 0;
	for (size_t i = 0; i < n; i++) {
		pns[i] = 0;
		if (!is_aes(keys[i])) {
			drops[i] = keys[i]->set ? open_one(keys[i], frames[i], &pns[i]) : DROP_NO_KEY;
			continue;
		}
		drops[i] = aes_open_begin(&keys[i]->aes, frames[i], &b.work[b.n], &b.job[b.n]);
		if (!drops[i])
			b.at[b.n++] = i;
	}
	aead_open_batch(b.job, b.n);
	for (size_t i = 0; i < b.n; i++) {
		size_t at = b.at[i];

		drops[at] = aes_open_end(&keys[at]->aes, frames[at], &b.work[i], &b.job[i]);
		pns[at] = b.work[i].pn;
	}
	for (size_t i = 0; i < n; i++)
		if (drops[i])
			pns[i] = 0;
}

void key_seal_batch(struct key **keys, struct frame **frames, enum drop *drops, size_t n)
{
	for (size_t i = 0; i < n; i += BATCH)
		seal_some(keys + i, frames + i, drops + i, n - i < BATCH ? n - i : BATCH);
}

void key_open_batch(struct key **keys, struct frame **frames, uint64_t *pns, enum drop *drops, size_t n)
{
	for (size_t i = 0; i < n; i += BATCH)
		open_some(keys + i, frames + i, pns + i, drops + i, n - i < BATCH ? n - i : BATCH);
}

enum drop key_seal(struct key *k, struct frame *f)
{
	enum drop d;

	seal_some(&k, &f, &d, 1);
	return d;
}

enum drop key_open(struct key *k, struct frame *f, uint64_t *pn)
{
	enum drop d;

	open_some(&k, &f, pn, &d, 1);
	return d;
}

enum drop key_open_msdu(struct key *k, struct frame *f, uint64_t pn)
{
	if (!k->set)
		return DROP_NO_KEY;
	return rows[k->cipher].family == TKIP ? tkip_open_msdu(&k->tkip, f, pn) : NOT_DROPPED;
}

void key_forget(struct key *k)
{
	if (!k->set)
		return;
	switch (rows[k->cipher].family) {
	case WEP:
		break;
	case TKIP:
		replay_init(&k->tkip.replay, 0);
		break;
	case AES:
		replay_init(&k->aes.replay, 0);
		break;
	case BIP:
		k->bip.seen = 0;
		break;
	}
}

void key_rename(struct key *k, uint8_t id)
{
	if (!k->set)
		return;
	switch (rows[k->cipher].family) {
	case WEP:
		k->wep.id = id & 3;
		break;
	case TKIP:
		k->tkip.id = id & 3;
		break;
	case AES:
		k->aes.id = id & 3;
		break;
	case BIP: /* which names it in an element */
		break;
	}
}

uint64_t key_left(const struct key *k)
{
	if (!k->set)
		return 0;
	switch (rows[k->cipher].family) {
	case WEP:
		break;
	case TKIP:
		return pn_left(&k->tkip.tsc);
	case AES:
		return pn_left(&k->aes.pn);
	case BIP:
		return pn_left(&k->bip.ipn);
	}
	return UINT64_MAX;
}
