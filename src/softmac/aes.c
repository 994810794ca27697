/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/aes.h"
#include "softmac/mpdu.h"

#include <errno.h>
#include <string.h>

enum { HEAD = EXT_IV_LEN };

int aes_set_key(struct aes_key *k, struct crypto *c, enum aead_kind kind, const uint8_t *tk, size_t len, uint8_t id,
		uint64_t rsc)
{
	if ((len != 16 && len != 32) || id > 3)
		return -EINVAL;
	*k = (struct aes_key){.kind = kind, .id = id, .mic_len = kind == AEAD_CCM && len == 16 ? 8 : 16};
	replay_init(&k->replay, rsc + 1);
	k->aead = aead_new(c, kind, tk, len, k->mic_len);
	return k->aead ? 0 : -ENOMEM;
}

void aes_delete_key(struct aes_key *k)
{
	aead_free(k->aead);
	crypto_wipe(k, sizeof *k);
}

/* 12.5.3.3.4 and 12.5.5.3.4: transmitter and packet number; CCMP puts priority and the management bit before. */
static void nonce_of(const struct aes_key *k, const struct mpdu *m, const uint8_t *hdr, uint64_t pn,
		     uint8_t nonce[AES_NONCE_MAX])
{
	if (k->kind == AEAD_CCM)
		*nonce++ = dot11_is_management(m->fc) ? 0x10 : m->tid;
	memcpy(nonce, hdr + DOT11_ADDR2, 6);
	mpdu_pn_be(nonce + 6, pn);
}

/* What both directions tell the cipher: all but the body's place and length. */
static void describe(const struct aes_key *k, struct aes_work *w, const uint8_t *hdr, struct aead_job *j)
{
	nonce_of(k, &w->mpdu, hdr, w->pn, w->nonce);
	j->aead = k->aead;
	j->nonce = w->nonce;
	j->aad = (struct piece){w->aad, mpdu_aad(&w->mpdu, hdr, w->aad)};
}

enum drop aes_seal_begin(struct aes_key *k, struct frame *f, struct aes_work *w, struct aead_job *j)
{
	enum drop d = mpdu_parse(&w->mpdu, f);
	uint8_t *hdr;

	if (!d)
		d = pn_take(&k->pn, &w->pn);
	if (d)
		return d;
	j->len = f->len - w->mpdu.hdr;
	hdr = mpdu_widen(&w->mpdu, f, HEAD, k->mic_len);
	if (!hdr)
		return DROP_NO_MEMORY;
	mpdu_put_pn(hdr + w->mpdu.hdr, w->pn, k->id);
	describe(k, w, hdr, j);
	j->bytes = hdr + w->mpdu.hdr + HEAD;
	j->tag = j->bytes + j->len;
	return NOT_DROPPED;
}

enum drop aes_seal_end(const struct aead_job *j)
{
	return j->error ? DROP_CIPHER_FAILED : NOT_DROPPED;
}

enum drop aes_open_begin(const struct aes_key *k, struct frame *f, struct aes_work *w, struct aead_job *j)
{
	enum drop d = mpdu_parse_sealed(&w->mpdu, f, HEAD, k->mic_len);
	uint8_t *hdr;

	if (!d)
		d = mpdu_check_key(&w->mpdu, f, k->id);
	if (d)
		return d;
	w->pn = mpdu_pn(f->data + w->mpdu.hdr);
	d = replay_check(&k->replay, mpdu_slot(&w->mpdu), w->pn);
	if (d)
		return d;
	hdr = frame_own(f);
	if (!hdr)
		return DROP_NO_MEMORY;
	describe(k, w, hdr, j);
	j->bytes = hdr + w->mpdu.hdr + HEAD;
	j->len = f->len - w->mpdu.hdr - HEAD - k->mic_len;
	j->tag = j->bytes + j->len;
	return NOT_DROPPED;
}

enum drop aes_open_end(struct aes_key *k, struct frame *f, const struct aes_work *w, const struct aead_job *j)
{
	/* Again: frames of the same batch that stand before this one have moved the counter. */
	enum drop d = replay_check(&k->replay, mpdu_slot(&w->mpdu), w->pn);

	if (!d && j->error)
		d = j->error == -EBADMSG ? DROP_MPDU_MIC : DROP_CIPHER_FAILED;
	if (d)
		return d;
	replay_advance(&k->replay, mpdu_slot(&w->mpdu), w->pn);
	mpdu_narrow(&w->mpdu, f, HEAD, k->mic_len);
	return NOT_DROPPED;
}
