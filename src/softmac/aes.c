/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/aes.h"
#include "softmac/mpdu.h"

#include <errno.h>
#include <string.h>

enum { HEAD = EXT_IV_LEN, NONCE_MAX = 13 };

int aes_set_key(struct aes_key *k, struct crypto *c, enum aead_kind kind, const uint8_t *tk, size_t len, uint8_t id,
		uint64_t rsc)
{
	if ((len != 16 && len != 32) || id > 3)
		return -EINVAL;
	*k = (struct aes_key){.kind = kind, .id = id, .mic_len = kind == AEAD_CCM && len == 16 ? 8 : 16};
	replay_init(&k->replay, rsc);
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
		     uint8_t nonce[NONCE_MAX])
{
	if (k->kind == AEAD_CCM)
		*nonce++ = dot11_is_management(m->fc) ? 0x10 : m->tid;
	memcpy(nonce, hdr + DOT11_ADDR2, 6);
	mpdu_pn_be(nonce + 6, pn);
}

enum drop aes_seal(struct aes_key *k, struct frame *f)
{
	uint8_t aad[MPDU_AAD_MAX], nonce[NONCE_MAX], *hdr, *body;
	struct piece extra;
	struct mpdu m;
	size_t len;
	uint64_t pn;
	enum drop d = mpdu_parse(&m, f);

	if (!d)
		d = pn_take(&k->pn, &pn);
	if (d)
		return d;
	len = f->len - m.hdr;
	hdr = mpdu_widen(&m, f, HEAD, k->mic_len);
	if (!hdr)
		return DROP_NO_MEMORY;
	body = hdr + m.hdr + HEAD;
	nonce_of(k, &m, hdr, pn, nonce);
	mpdu_put_pn(hdr + m.hdr, pn, k->id);
	extra = (struct piece){aad, mpdu_aad(&m, hdr, aad)};
	if (aead_seal(k->aead, nonce, &extra, 1, body, len, body + len))
		return DROP_CIPHER_FAILED;
	return NOT_DROPPED;
}

enum drop aes_open(struct aes_key *k, struct frame *f, uint64_t *pn)
{
	uint8_t aad[MPDU_AAD_MAX], nonce[NONCE_MAX], *hdr, *body;
	struct piece extra;
	struct mpdu m;
	size_t len;
	enum drop d = mpdu_parse_sealed(&m, f, HEAD, k->mic_len);

	if (!d)
		d = mpdu_check_key(&m, f, k->id);
	if (d)
		return d;
	*pn = mpdu_pn(f->data + m.hdr);
	d = replay_check(&k->replay, mpdu_slot(&m), *pn);
	if (d)
		return d;
	hdr = frame_own(f);
	if (!hdr)
		return DROP_NO_MEMORY;
	body = hdr + m.hdr + HEAD;
	len = f->len - m.hdr - HEAD - k->mic_len;
	nonce_of(k, &m, hdr, *pn, nonce);
	extra = (struct piece){aad, mpdu_aad(&m, hdr, aad)};
	if (aead_open(k->aead, nonce, &extra, 1, body, len, body + len))
		return DROP_MPDU_MIC;
	replay_advance(&k->replay, mpdu_slot(&m), *pn);
	mpdu_narrow(&m, f, HEAD, k->mic_len);
	return NOT_DROPPED;
}
