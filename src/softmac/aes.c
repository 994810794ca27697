/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/aes.h"
#include "softmac/mpdu.h"

#include <errno.h>
#include <string.h>

enum { HEADER_LEN = EXT_IV_LEN };

int aes_set_key(struct aes_key *aes_key, struct crypto *crypto, enum aead_kind kind, const uint8_t *tk, size_t len,
		uint8_t id, uint64_t rsc)
{
	if ((len != 16 && len != 32) || id > 3)
		return -EINVAL;
	*aes_key = (struct aes_key){.kind = kind, .id = id, .mic_len = kind == AEAD_CCM && len == 16 ? 8 : 16};
	replay_init(&aes_key->replay, rsc + 1);
	aes_key->aead = aead_new(crypto, kind, tk, len, aes_key->mic_len);
	return aes_key->aead ? 0 : -ENOMEM;
}

void aes_delete_key(struct aes_key *aes_key)
{
	aead_free(aes_key->aead);
	crypto_wipe(aes_key, sizeof(*aes_key));
}

/* 12.5.3.3.4 and 12.5.5.3.4: transmitter and packet number; in CCMP after priority and management bit. */
static void write_nonce(const struct aes_key *aes_key, const struct mpdu *mpdu, const uint8_t *hdr, uint64_t pn,
			uint8_t nonce[AES_NONCE_MAX])
{
	if (aes_key->kind == AEAD_CCM)
		*nonce++ = dot11_is_management(mpdu->fc) ? 0x10 : mpdu->tid;
	memcpy(nonce, hdr + DOT11_OFF_ADDR2, 6);
	mpdu_put_pn_be(nonce + 6, pn);
}

/* Fills the members of the job that both directions share: all but the body and the tag. */
static void prepare_job(const struct aes_key *aes_key, struct aes_context *context, const uint8_t *hdr,
			struct aead_job *job)
{
	write_nonce(aes_key, &context->mpdu, hdr, context->pn, context->nonce);
	job->aead = aes_key->aead;
	job->nonce = context->nonce;
	job->aad = (struct piece){context->aad, mpdu_aad(&context->mpdu, hdr, context->aad)};
}

enum drop aes_seal_begin(struct aes_key *aes_key, struct frame *frame, struct aes_context *context,
			 struct aead_job *job)
{
	enum drop drop = mpdu_parse(&context->mpdu, frame);
	uint8_t *hdr;

	if (!drop)
		drop = pn_next(&aes_key->pn, &context->pn);
	if (drop)
		return drop;
	job->len = frame->len - context->mpdu.hdr_len;
	hdr = mpdu_extend(&context->mpdu, frame, HEADER_LEN, aes_key->mic_len);
	if (!hdr)
		return DROP_NO_MEMORY;
	mpdu_put_pn(hdr + context->mpdu.hdr_len, context->pn, aes_key->id);
	prepare_job(aes_key, context, hdr, job);
	job->bytes = hdr + context->mpdu.hdr_len + HEADER_LEN;
	job->tag = job->bytes + job->len;
	return NOT_DROPPED;
}

enum drop aes_seal_end(const struct aead_job *job)
{
	return job->error ? DROP_CIPHER_FAILED : NOT_DROPPED;
}

enum drop aes_open_begin(const struct aes_key *aes_key, struct frame *frame, struct aes_context *context,
			 struct aead_job *job)
{
	enum drop drop = mpdu_parse_protected(&context->mpdu, frame, HEADER_LEN, aes_key->mic_len);
	uint8_t *hdr;

	if (!drop)
		drop = mpdu_check_key(&context->mpdu, frame, aes_key->id);
	if (drop)
		return drop;
	context->pn = mpdu_get_pn(frame->data + context->mpdu.hdr_len);
	drop = replay_check(&aes_key->replay, mpdu_replay_slot(&context->mpdu), context->pn);
	if (drop)
		return drop;
	hdr = frame_make_writable(frame);
	if (!hdr)
		return DROP_NO_MEMORY;
	prepare_job(aes_key, context, hdr, job);
	job->bytes = hdr + context->mpdu.hdr_len + HEADER_LEN;
	job->len = frame->len - context->mpdu.hdr_len - HEADER_LEN - aes_key->mic_len;
	job->tag = job->bytes + job->len;
	return NOT_DROPPED;
}

enum drop aes_open_end(struct aes_key *aes_key, struct frame *frame, const struct aes_context *context,
		       const struct aead_job *job)
{
	/* Again: earlier frames of the same batch have advanced the counter. */
	enum drop drop = replay_check(&aes_key->replay, mpdu_replay_slot(&context->mpdu), context->pn);

	if (!drop && job->error)
		drop = job->error == -EBADMSG ? DROP_MPDU_MIC : DROP_CIPHER_FAILED;
	if (drop)
		return drop;
	replay_advance(&aes_key->replay, mpdu_replay_slot(&context->mpdu), context->pn);
	mpdu_strip(&context->mpdu, frame, HEADER_LEN, aes_key->mic_len);
	return NOT_DROPPED;
}
