/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/aead.h"
#include "crypto/algorithms.h"
#include "crypto/multibuffer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool lengths_fit(enum aead_kind kind, size_t key_len, size_t tag_len)
{
	return (key_len == 16 || key_len == 32) && (tag_len == 16 || (kind == AEAD_CCM && tag_len == 8));
}

/* The lengths must be set before the key: libcrypto's CCM makes its first block of them. */
static EVP_CIPHER_CTX *context(const struct aead *a, int encrypt)
{
	EVP_CIPHER *cipher = (a->kind == AEAD_CCM ? a->crypto->ccm : a->crypto->gcm)[aes_of(a->key_len)];
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	int nonce_len = a->kind == AEAD_CCM ? 13 : 12;

	if (x && EVP_CipherInit_ex2(x, cipher, NULL, NULL, encrypt, NULL) &&
	    EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_IVLEN, nonce_len, NULL) > 0 &&
	    (a->kind == AEAD_GCM || EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, a->tag_len, NULL) > 0) &&
	    EVP_CipherInit_ex2(x, NULL, a->key, NULL, encrypt, NULL))
		return x;
	EVP_CIPHER_CTX_free(x);
	return NULL;
}

static bool ready(struct aead *a, bool seal)
{
	EVP_CIPHER_CTX **x = seal ? &a->seal : &a->open;

	if (!*x)
		*x = context(a, seal);
	return *x;
}

struct aead *aead_new(struct crypto *c, enum aead_kind kind, const uint8_t *key, size_t key_len, size_t tag_len)
{
	struct aead *a = lengths_fit(kind, key_len, tag_len) ? calloc(1, sizeof *a) : NULL;

	if (!a)
		return NULL;
	a->crypto = c;
	a->kind = kind;
	a->tag_len = (uint8_t)tag_len;
	a->key_len = (uint8_t)key_len;
	memcpy(a->key, key, key_len);
	if (c->lanes)
		a->lanes = lanes_key_new(c->lanes, kind, key, key_len);
	if (a->lanes || (ready(a, true) && ready(a, false)))
		return a;
	aead_free(a);
	return NULL;
}

void aead_free(struct aead *a)
{
	if (!a)
		return;
	EVP_CIPHER_CTX_free(a->seal); /* wipes the key */
	EVP_CIPHER_CTX_free(a->open);
	lanes_key_free(a->lanes);
	crypto_wipe(a, sizeof *a);
	free(a);
}

/* CCM wants to know the length of the text before it sees the additional data. */
static bool begin(const struct aead *a, EVP_CIPHER_CTX *x, const uint8_t *nonce, const struct piece *aad, size_t count,
		  size_t len)
{
	bool ok = len <= INT_MAX && (a->kind == AEAD_GCM || count <= 1) &&
		  EVP_CipherInit_ex2(x, NULL, NULL, nonce, -1, NULL);
	int n;

	if (ok && a->kind == AEAD_CCM)
		ok = EVP_CipherUpdate(x, NULL, &n, NULL, (int)len);
	for (size_t i = 0; ok && i < count; i++)
		ok = !aad[i].len ||
		     (aad[i].len <= INT_MAX && EVP_CipherUpdate(x, NULL, &n, aad[i].bytes, (int)aad[i].len));
	return ok;
}

/* GCM takes no part in an update of nothing; CCM makes its tag there. */
static bool text(const struct aead *a, EVP_CIPHER_CTX *x, uint8_t *bytes, size_t len)
{
	int n;

	return (a->kind == AEAD_GCM && !len) || EVP_CipherUpdate(x, bytes, &n, bytes, (int)len);
}

int aead_seal(struct aead *a, const uint8_t *nonce, const struct piece *aad, size_t count, uint8_t *bytes, size_t len,
	      uint8_t *tag)
{
	uint8_t none[16];
	int n;

	if (ready(a, true) && begin(a, a->seal, nonce, aad, count, len) && text(a, a->seal, bytes, len) &&
	    EVP_CipherFinal_ex(a->seal, none, &n) &&
	    EVP_CIPHER_CTX_ctrl(a->seal, EVP_CTRL_AEAD_GET_TAG, a->tag_len, tag) > 0)
		return 0;
	return -ENOMEM;
}

int aead_open(struct aead *a, const uint8_t *nonce, const struct piece *aad, size_t count, uint8_t *bytes, size_t len,
	      const uint8_t *tag)
{
	uint8_t none[16];
	int n;

	if (!ready(a, false))
		return -ENOMEM;
	/* libcrypto compares tags in constant time; CCM's update says whether the tag fits, GCM's final does. */
	if (EVP_CIPHER_CTX_ctrl(a->open, EVP_CTRL_AEAD_SET_TAG, a->tag_len, (void *)tag) > 0 &&
	    begin(a, a->open, nonce, aad, count, len) && text(a, a->open, bytes, len) &&
	    (a->kind == AEAD_CCM || EVP_CipherFinal_ex(a->open, none, &n)))
		return 0;
	return -EBADMSG;
}

/* ---- batches ---- */

static void alone(struct aead_job *j, bool seal)
{
	if (seal)
		j->error = aead_seal(j->aead, j->nonce, &j->aad, 1, j->bytes, j->len, j->tag);
	else
		j->error = aead_open(j->aead, j->nonce, &j->aad, 1, j->bytes, j->len, j->tag);
}

static void compare(struct aead_job *j)
{
	if (!j->error && !crypto_equal(j->tag, j->mac, j->aead->tag_len))
		j->error = -EBADMSG;
}

/*
 * The lanes work as long as the longest frame takes, empty ones too, and that is three times as long as libcrypto needs
 * for the frame alone, apart from what each call of libcrypto costs: as much as 22 blocks (all measured).
 */
static bool worth_lanes(struct aead_job **jobs, size_t n)
{
	size_t sum = 0, longest = 0;

	for (size_t i = 0; i < n; i++) {
		size_t blocks = jobs[i]->len / 16;

		sum += 22 + blocks;
		longest = blocks > longest ? blocks : longest;
	}
	return sum > 3 * longest;
}

static void run_ccm(struct aead_job **jobs, size_t n, bool seal)
{
	bool lanes = n && worth_lanes(jobs, n);

	if (lanes)
		lanes_ccm(jobs[0]->aead->crypto->lanes, jobs, n, seal);
	for (size_t i = 0; i < n; i++)
		if (!lanes)
			alone(jobs[i], seal);
		else if (!seal)
			compare(jobs[i]);
}

static void batch(struct aead_job *jobs, size_t n, bool seal)
{
	struct aead_job *ccm[LANES_BATCH];
	size_t waiting = 0;

	for (size_t i = 0; i < n; i++) {
		struct aead_job *j = &jobs[i];

		j->error = -ENOMEM;
		if (!j->aead->lanes || j->len > LANES_LEN_MAX || j->aad.len > LANES_AAD_MAX) {
			alone(j, seal);
		} else if (j->aead->kind == AEAD_GCM) {
			lanes_gcm(j->aead->crypto->lanes, j, seal);
			if (!seal)
				compare(j);
		} else {
			ccm[waiting++] = j;
		}
		if (waiting == LANES_BATCH) {
			run_ccm(ccm, waiting, seal);
			waiting = 0;
		}
	}
	run_ccm(ccm, waiting, seal);
}

void aead_seal_batch(struct aead_job *jobs, size_t n)
{
	batch(jobs, n, true);
}

void aead_open_batch(struct aead_job *jobs, size_t n)
{
	batch(jobs, n, false);
}
