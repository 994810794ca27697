/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/aead.h"

#include "crypto/aead_state.h"
#include "crypto/crypto_state.h"
#include "crypto/multibuffer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool lengths_fit(enum aead_kind kind, size_t key_len, size_t tag_len)
{
	return (key_len == 16 || key_len == 32) && (tag_len == 16 || (kind == AEAD_CCM && tag_len == 8));
}

/* The lengths must be set before the key: libcrypto's CCM derives its first block from them. */
static EVP_CIPHER_CTX *new_context(const struct aead *aead, int encrypt)
{
	EVP_CIPHER *cipher = crypto_aes(aead->crypto, aead->kind == AEAD_CCM ? AES_CCM : AES_GCM, aead->key_len);
	EVP_CIPHER_CTX *context = cipher ? EVP_CIPHER_CTX_new() : NULL;
	int nonce_len = aead->kind == AEAD_CCM ? 13 : 12;

	if (context && EVP_CipherInit_ex2(context, cipher, NULL, NULL, encrypt, NULL) &&
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, nonce_len, NULL) > 0 &&
	    (aead->kind == AEAD_GCM || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, aead->tag_len, NULL) > 0) &&
	    EVP_CipherInit_ex2(context, NULL, aead->key, NULL, encrypt, NULL))
		return context;
	EVP_CIPHER_CTX_free(context);
	return NULL;
}

static bool ensure_context(struct aead *aead, bool seal)
{
	EVP_CIPHER_CTX **context = seal ? &aead->seal : &aead->open;

	if (!*context)
		*context = new_context(aead, seal);
	return *context;
}

struct aead *aead_new(struct crypto *crypto, enum aead_kind kind, const uint8_t *key, size_t key_len, size_t tag_len)
{
	struct aead *aead = lengths_fit(kind, key_len, tag_len) ? calloc(1, sizeof(*aead)) : NULL;

	if (!aead)
		return NULL;
	aead->crypto = crypto;
	aead->kind = kind;
	aead->tag_len = (uint8_t)tag_len;
	aead->key_len = (uint8_t)key_len;
	memcpy(aead->key, key, key_len);
	if (crypto_multibuffer(crypto))
		aead->multibuffer_key = multibuffer_key_new(crypto->multibuffer, kind, key, key_len);
	if (aead->multibuffer_key || (ensure_context(aead, true) && ensure_context(aead, false)))
		return aead;
	aead_free(aead);
	return NULL;
}

void aead_free(struct aead *aead)
{
	if (!aead)
		return;
	EVP_CIPHER_CTX_free(aead->seal); /* wipes the key */
	EVP_CIPHER_CTX_free(aead->open);
	multibuffer_key_free(aead->multibuffer_key);
	crypto_wipe(aead, sizeof(*aead));
	free(aead);
}

/* CCM needs the length of the text before the additional data. */
static bool begin_message(const struct aead *aead, EVP_CIPHER_CTX *context, const uint8_t *nonce,
			  const struct piece *aad, size_t count, size_t len)
{
	bool ok = len <= INT_MAX && (aead->kind == AEAD_GCM || count <= 1) &&
		  EVP_CipherInit_ex2(context, NULL, NULL, nonce, -1, NULL);
	int written;

	if (ok && aead->kind == AEAD_CCM)
		ok = EVP_CipherUpdate(context, NULL, &written, NULL, (int)len);
	for (size_t i = 0; ok && i < count; i++)
		ok = !aad[i].len || (aad[i].len <= INT_MAX &&
				     EVP_CipherUpdate(context, NULL, &written, aad[i].bytes, (int)aad[i].len));
	return ok;
}

/* An update with an empty text is an error in GCM; in CCM it makes the tag. */
static bool crypt_text(const struct aead *aead, EVP_CIPHER_CTX *context, uint8_t *bytes, size_t len)
{
	int written;

	return (aead->kind == AEAD_GCM && !len) || EVP_CipherUpdate(context, bytes, &written, bytes, (int)len);
}

int aead_seal(struct aead *aead, const uint8_t *nonce, const struct piece *aad, size_t count, uint8_t *bytes,
	      size_t len, uint8_t *tag)
{
	uint8_t unused[16];
	int written;

	if (ensure_context(aead, true) && begin_message(aead, aead->seal, nonce, aad, count, len) &&
	    crypt_text(aead, aead->seal, bytes, len) && EVP_CipherFinal_ex(aead->seal, unused, &written) &&
	    EVP_CIPHER_CTX_ctrl(aead->seal, EVP_CTRL_AEAD_GET_TAG, aead->tag_len, tag) > 0)
		return 0;
	return -ENOMEM;
}

int aead_open(struct aead *aead, const uint8_t *nonce, const struct piece *aad, size_t count, uint8_t *bytes,
	      size_t len, const uint8_t *tag)
{
	uint8_t unused[16];
	int written;

	if (!ensure_context(aead, false))
		return -ENOMEM;
	/* libcrypto compares tags in constant time, for CCM in the update, for GCM at the end. */
	if (EVP_CIPHER_CTX_ctrl(aead->open, EVP_CTRL_AEAD_SET_TAG, aead->tag_len, (void *)tag) > 0 &&
	    begin_message(aead, aead->open, nonce, aad, count, len) && crypt_text(aead, aead->open, bytes, len) &&
	    (aead->kind == AEAD_CCM || EVP_CipherFinal_ex(aead->open, unused, &written)))
		return 0;
	return -EBADMSG;
}

/* ---- batches ---- */

static void run_single(struct aead_job *job, bool seal)
{
	if (seal)
		job->error = aead_seal(job->aead, job->nonce, &job->aad, 1, job->bytes, job->len, job->tag);
	else
		job->error = aead_open(job->aead, job->nonce, &job->aad, 1, job->bytes, job->len, job->tag);
}

static void verify_tag(struct aead_job *job)
{
	if (!job->error && !crypto_equal(job->tag, job->computed_tag, job->aead->tag_len))
		job->error = -EBADMSG;
}

/*
 * The multi-buffer library processes all frames of a batch in the time of the longest one, which is three times the
 * time of libcrypto for that frame. Each call of libcrypto has a fixed cost of 22 blocks. (Both measured.)
 */
static bool multibuffer_pays(struct aead_job **jobs, size_t count)
{
	size_t libcrypto_cost = 0, longest = 0;

	for (size_t i = 0; i < count; i++) {
		size_t blocks = jobs[i]->len / 16;

		libcrypto_cost += 22 + blocks;
		longest = blocks > longest ? blocks : longest;
	}
	return libcrypto_cost > 3 * longest;
}

static void run_ccm_batch(struct aead_job **jobs, size_t count, bool seal)
{
	bool multibuffer = count && multibuffer_pays(jobs, count);

	if (multibuffer)
		multibuffer_ccm(jobs[0]->aead->crypto->multibuffer, jobs, count, seal);
	for (size_t i = 0; i < count; i++)
		if (!multibuffer)
			run_single(jobs[i], seal);
		else if (!seal)
			verify_tag(jobs[i]);
}

static void run_batch(struct aead_job *jobs, size_t count, bool seal)
{
	struct aead_job *ccm[MULTIBUFFER_BATCH];
	size_t ccm_count = 0;

	for (size_t i = 0; i < count; i++) {
		struct aead_job *job = &jobs[i];

		job->error = -ENOMEM;
		if (!job->aead->multibuffer_key || job->len > MULTIBUFFER_LEN_MAX ||
		    job->aad.len > MULTIBUFFER_AAD_MAX) {
			run_single(job, seal);
		} else if (job->aead->kind == AEAD_GCM) {
			multibuffer_gcm(job->aead->crypto->multibuffer, job, seal);
			if (!seal)
				verify_tag(job);
		} else {
			ccm[ccm_count++] = job;
		}
		if (ccm_count == MULTIBUFFER_BATCH) {
			run_ccm_batch(ccm, ccm_count, seal);
			ccm_count = 0;
		}
	}
	run_ccm_batch(ccm, ccm_count, seal);
}

void aead_seal_batch(struct aead_job *jobs, size_t count)
{
	run_batch(jobs, count, true);
}

void aead_open_batch(struct aead_job *jobs, size_t count)
{
	run_batch(jobs, count, false);
}
