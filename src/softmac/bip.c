/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/bip.h"
#include "softmac/mpdu.h"

#include "crypto/digest.h"

#include <errno.h>
#include <string.h>

enum { FIXED = 10 /* of the element, before the MIC */, AAD = 20, MIC_MAX = 16 };

int bip_set_key(struct bip_key *k, struct crypto *c, enum bip_kind kind, const uint8_t *igtk, size_t len, uint8_t id,
		uint64_t ipn)
{
	if ((len != 16 && len != 32) || (id != 4 && id != 5))
		return -EINVAL;
	*k = (struct bip_key){.crypto = c, .len = (uint8_t)len, .id = id, .seen = ipn};
	k->mic_len = kind == BIP_CMAC && len == 16 ? 8 : 16;
	memcpy(k->igtk, igtk, len);
	if (kind == BIP_GMAC) {
		k->gmac = aead_new(c, AEAD_GCM, igtk, len, 16);
		return k->gmac ? 0 : -ENOMEM;
	}
	return 0;
}

void bip_delete_key(struct bip_key *k)
{
	aead_free(k->gmac);
	crypto_wipe(k, sizeof *k);
}

/* The MIC over masked header and body, in which the MIC's own place is zero (12.5.4.6). */
static int mic_of(struct bip_key *k, const struct mpdu *m, const uint8_t *frame, size_t len, uint64_t ipn, uint8_t *mic)
{
	static const uint8_t zero[MIC_MAX];
	uint8_t aad[AAD], nonce[12];
	struct piece p[] = {{aad, AAD}, {frame + m->hdr, len - m->hdr - k->mic_len}, {zero, k->mic_len}};

	put_le16(aad, m->fc & ~(FC_RETRY | FC_PM | FC_MORE_DATA));
	memcpy(aad + 2, frame + DOT11_ADDR1, 18);
	if (!k->gmac)
		return digest(k->crypto, k->len == 16 ? DIGEST_CMAC_128 : DIGEST_CMAC_256, k->igtk, k->len, p, 3, mic,
			      k->mic_len);
	memcpy(nonce, frame + DOT11_ADDR2, 6);
	mpdu_pn_be(nonce + 6, ipn);
	return aead_seal(k->gmac, nonce, p, 3, NULL, 0, mic);
}

enum drop bip_seal(struct bip_key *k, struct frame *f)
{
	struct mpdu m;
	uint8_t *e;
	uint64_t ipn;
	enum drop d = mpdu_parse(&m, f);

	if (!d && !dot11_is_management(m.fc))
		d = DROP_FRAME_TYPE;
	if (!d)
		d = pn_take(&k->ipn, &ipn);
	if (d)
		return d;
	e = frame_put(f, FIXED + k->mic_len);
	if (!e)
		return DROP_NO_MEMORY;
	e[0] = EID_MME;
	e[1] = FIXED - 2 + k->mic_len;
	put_le16(e + 2, k->id);
	put_le16(e + 4, (uint16_t)ipn);
	put_le32(e + 6, (uint32_t)(ipn >> 16));
	return mic_of(k, &m, f->data, f->len, ipn, e + FIXED) ? DROP_CIPHER_FAILED : NOT_DROPPED;
}

enum drop bip_open(struct bip_key *k, struct frame *f)
{
	uint8_t mic[MIC_MAX];
	struct mpdu m;
	const uint8_t *e;
	uint64_t ipn;
	enum drop d = mpdu_parse(&m, f);

	if (!d && !dot11_is_management(m.fc))
		d = DROP_FRAME_TYPE;
	if (d)
		return d;
	if (f->len < (size_t)m.hdr + FIXED + k->mic_len)
		return DROP_MME;
	e = f->data + f->len - FIXED - k->mic_len;
	if (e[0] != EID_MME || e[1] != FIXED - 2 + k->mic_len)
		return DROP_MME;
	if (le16(e + 2) != k->id)
		return DROP_NO_KEY;
	ipn = (uint64_t)le32(e + 6) << 16 | le16(e + 4);
	if (ipn <= k->seen)
		return DROP_REPLAY;
	if (mic_of(k, &m, f->data, f->len, ipn, mic))
		return DROP_CIPHER_FAILED;
	if (!crypto_equal(mic, e + FIXED, k->mic_len))
		return DROP_MPDU_MIC;
	k->seen = ipn;
	frame_trim(f, FIXED + k->mic_len);
	return NOT_DROPPED;
}
