/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/bip.h"
#include "softmac/mpdu.h"

#include "crypto/digest.h"

#include <errno.h>
#include <string.h>

enum {
	MME_FIXED_LEN = 10 /* bytes before the MIC */,
	AAD_LEN = 20,
	MIC_MAX = 16,
	TIMESTAMP_LEN = 8,
	MGMT_BEACON_SUBTYPE = 0x80
};

int bip_set_key(struct bip_key *bip_key, struct crypto *crypto, enum bip_kind kind, const uint8_t *igtk, size_t len,
		uint8_t id, uint64_t ipn)
{
	if ((len != 16 && len != 32) || id < 4 || id > 7)
		return -EINVAL;
	*bip_key = (struct bip_key){.crypto = crypto, .len = (uint8_t)len, .id = id, .rx_ipn = ipn};
	bip_key->mic_len = kind == BIP_CMAC && len == 16 ? 8 : 16;
	memcpy(bip_key->igtk, igtk, len);
	if (kind == BIP_GMAC) {
		bip_key->gmac = aead_new(crypto, AEAD_GCM, igtk, len, 16);
		return bip_key->gmac ? 0 : -ENOMEM;
	}
	return 0;
}

void bip_delete_key(struct bip_key *bip_key)
{
	aead_free(bip_key->gmac);
	crypto_wipe(bip_key, sizeof(*bip_key));
}

/* Computes the MIC over the masked header and the body with a zero MIC field (12.5.4.6). */
static int compute_mic(struct bip_key *bip_key, const struct mpdu *mpdu, const uint8_t *frame, size_t len, uint64_t ipn,
		       uint8_t *mic)
{
	static const uint8_t zero[MIC_MAX];
	/* The timestamp of a beacon is only known when it is sent: the MIC takes it as zero (12.5.4.6). */
	size_t masked = (mpdu->fc & FC_SUBTYPE) == MGMT_BEACON_SUBTYPE ? TIMESTAMP_LEN : 0;
	size_t body = mpdu->hdr_len + masked;
	uint8_t aad[AAD_LEN], nonce[12];
	struct piece pieces[] = {{aad, AAD_LEN},
				 {zero, masked},
				 {frame + body, len - body - bip_key->mic_len},
				 {zero, bip_key->mic_len}};

	put_le16(aad, mpdu->fc & ~(FC_RETRY | FC_PM | FC_MORE_DATA));
	memcpy(aad + 2, frame + DOT11_OFF_ADDR1, 18);
	if (!bip_key->gmac)
		return digest(bip_key->crypto, bip_key->len == 16 ? DIGEST_CMAC_128 : DIGEST_CMAC_256, bip_key->igtk,
			      bip_key->len, pieces, 4, mic, bip_key->mic_len);
	memcpy(nonce, frame + DOT11_OFF_ADDR2, 6);
	mpdu_put_pn_be(nonce + 6, ipn);
	return aead_seal(bip_key->gmac, nonce, pieces, 4, NULL, 0, mic);
}

enum drop bip_seal(struct bip_key *bip_key, struct frame *frame)
{
	struct mpdu mpdu;
	uint8_t *mme;
	uint64_t ipn;
	enum drop drop = mpdu_parse(&mpdu, frame);

	if (!drop && !dot11_is_management(mpdu.fc))
		drop = DROP_FRAME_TYPE;
	if (!drop)
		drop = pn_next(&bip_key->tx_ipn, &ipn);
	if (drop)
		return drop;
	if ((mpdu.fc & FC_SUBTYPE) == MGMT_BEACON_SUBTYPE && frame->len < (size_t)mpdu.hdr_len + TIMESTAMP_LEN)
		return DROP_TRUNCATED;
	mme = frame_put(frame, MME_FIXED_LEN + bip_key->mic_len);
	if (!mme)
		return DROP_NO_MEMORY;
	mme[0] = EID_MME;
	mme[1] = MME_FIXED_LEN - 2 + bip_key->mic_len;
	put_le16(mme + 2, bip_key->id);
	put_le16(mme + 4, (uint16_t)ipn);
	put_le32(mme + 6, (uint32_t)(ipn >> 16));
	return compute_mic(bip_key, &mpdu, frame->data, frame->len, ipn, mme + MME_FIXED_LEN) ? DROP_CIPHER_FAILED
											      : NOT_DROPPED;
}

enum drop bip_open(struct bip_key *bip_key, struct frame *frame)
{
	uint8_t mic[MIC_MAX];
	struct mpdu mpdu;
	const uint8_t *mme;
	uint64_t ipn;
	enum drop drop = mpdu_parse(&mpdu, frame);

	if (!drop && !dot11_is_management(mpdu.fc))
		drop = DROP_FRAME_TYPE;
	if (drop)
		return drop;
	if (frame->len < (size_t)mpdu.hdr_len + TIMESTAMP_LEN * ((mpdu.fc & FC_SUBTYPE) == MGMT_BEACON_SUBTYPE) +
				 MME_FIXED_LEN + bip_key->mic_len)
		return DROP_MME;
	mme = frame->data + frame->len - MME_FIXED_LEN - bip_key->mic_len;
	if (mme[0] != EID_MME || mme[1] != MME_FIXED_LEN - 2 + bip_key->mic_len)
		return DROP_MME;
	if (le16(mme + 2) != bip_key->id)
		return DROP_NO_KEY;
	ipn = (uint64_t)le32(mme + 6) << 16 | le16(mme + 4);
	if (ipn <= bip_key->rx_ipn)
		return DROP_REPLAY;
	if (compute_mic(bip_key, &mpdu, frame->data, frame->len, ipn, mic))
		return DROP_CIPHER_FAILED;
	if (!crypto_equal(mic, mme + MME_FIXED_LEN, bip_key->mic_len))
		return DROP_MPDU_MIC;
	bip_key->rx_ipn = ipn;
	frame_trim(frame, MME_FIXED_LEN + bip_key->mic_len);
	return NOT_DROPPED;
}
