/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/wep.h"

#include "crypto/icv.h"
#include "crypto/rc4.h"
#include "softmac/mpdu.h"

#include <errno.h>
#include <string.h>

enum { HEADER_LEN = 4, TRAILER_LEN = ICV_LEN };

int wep_set_key(struct wep_key *wep_key, struct crypto *crypto, const uint8_t *key, size_t len, uint8_t id)
{
	if ((len != WEP_40_LEN && len != WEP_104_LEN) || id > 3)
		return -EINVAL;
	if (!crypto_has_rc4(crypto))
		return -ENOTSUP;
	*wep_key = (struct wep_key){.crypto = crypto, .len = (uint8_t)len, .id = id};
	memcpy(wep_key->seed + 3, key, len);
	return 0;
}

static int run_rc4(struct wep_key *wep_key, const uint8_t *iv, uint8_t *bytes, size_t len)
{
	memcpy(wep_key->seed, iv, 3);
	return rc4(wep_key->crypto, wep_key->seed, 3u + wep_key->len, 0, bytes, len);
}

enum drop wep_seal(struct wep_key *wep_key, struct frame *frame)
{
	struct mpdu mpdu;
	uint8_t *at;
	size_t len;
	enum drop drop = mpdu_parse(&mpdu, frame);

	if (drop)
		return drop;
	len = frame->len - mpdu.hdr_len;
	at = mpdu_extend(&mpdu, frame, HEADER_LEN, TRAILER_LEN);
	if (!at)
		return DROP_NO_MEMORY;
	at += mpdu.hdr_len;
	wep_key->last_iv++;
	put_le32(at, wep_key->last_iv); /* the key id overwrites the fourth byte */
	at[3] = (uint8_t)(wep_key->id << 6);
	icv(wep_key->crypto, at + HEADER_LEN, len, at + HEADER_LEN + len);
	return run_rc4(wep_key, at, at + HEADER_LEN, len + TRAILER_LEN) ? DROP_CIPHER_FAILED : NOT_DROPPED;
}

enum drop wep_open(struct wep_key *wep_key, struct frame *frame)
{
	uint8_t check[ICV_LEN], *at;
	struct mpdu mpdu;
	size_t len;
	enum drop drop = mpdu_parse_protected(&mpdu, frame, HEADER_LEN, TRAILER_LEN);

	if (drop)
		return drop;
	if (frame->data[mpdu.hdr_len + 3] & EXT_IV)
		return DROP_CIPHER_HEADER;
	if (frame->data[mpdu.hdr_len + 3] >> 6 != wep_key->id)
		return DROP_NO_KEY;
	at = frame_make_writable(frame);
	if (!at)
		return DROP_NO_MEMORY;
	at += mpdu.hdr_len;
	len = frame->len - mpdu.hdr_len - HEADER_LEN - TRAILER_LEN;
	if (run_rc4(wep_key, at, at + HEADER_LEN, len + TRAILER_LEN))
		return DROP_CIPHER_FAILED;
	icv(wep_key->crypto, at + HEADER_LEN, len, check);
	if (!crypto_equal(check, at + HEADER_LEN + len, TRAILER_LEN))
		return DROP_MPDU_ICV;
	mpdu_strip(&mpdu, frame, HEADER_LEN, TRAILER_LEN);
	return NOT_DROPPED;
}
