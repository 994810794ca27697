/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/wep.h"
#include "softmac/mpdu.h"

#include "crypto/icv.h"
#include "crypto/rc4.h"

#include <errno.h>
#include <string.h>

enum { HEAD = 4, TAIL = ICV_LEN };

int wep_set_key(struct wep_key *k, struct crypto *c, const uint8_t *key, size_t len, uint8_t id)
{
	if ((len != WEP_40_LEN && len != WEP_104_LEN) || id > 3)
		return -EINVAL;
	if (!crypto_has_rc4(c))
		return -ENOTSUP;
	*k = (struct wep_key){.crypto = c, .len = (uint8_t)len, .id = id};
	memcpy(k->seed + 3, key, len);
	return 0;
}

void wep_delete_key(struct wep_key *k)
{
	crypto_wipe(k, sizeof *k);
}

static int run(struct wep_key *k, const uint8_t *iv, uint8_t *bytes, size_t len)
{
	memcpy(k->seed, iv, 3);
	return rc4(k->crypto, k->seed, 3u + k->len, 0, bytes, len);
}

enum drop wep_seal(struct wep_key *k, struct frame *f)
{
	struct mpdu m;
	uint8_t *at;
	size_t len;
	enum drop d = mpdu_parse(&m, f);

	if (d)
		return d;
	len = f->len - m.hdr;
	at = mpdu_widen(&m, f, HEAD, TAIL);
	if (!at)
		return DROP_NO_MEMORY;
	at += m.hdr;
	k->iv++;
	put_le32(at, k->iv); /* its fourth byte gives way to the id */
	at[3] = (uint8_t)(k->id << 6);
	icv(k->crypto, at + HEAD, len, at + HEAD + len);
	return run(k, at, at + HEAD, len + TAIL) ? DROP_CIPHER_FAILED : NOT_DROPPED;
}

enum drop wep_open(struct wep_key *k, struct frame *f)
{
	uint8_t check[ICV_LEN], *at;
	struct mpdu m;
	size_t len;
	enum drop d = mpdu_parse_sealed(&m, f, HEAD, TAIL);

	if (d)
		return d;
	if (f->data[m.hdr + 3] & EXT_IV)
		return DROP_CIPHER_HEADER;
	if (f->data[m.hdr + 3] >> 6 != k->id)
		return DROP_NO_KEY;
	at = frame_own(f);
	if (!at)
		return DROP_NO_MEMORY;
	at += m.hdr;
	len = f->len - m.hdr - HEAD - TAIL;
	if (run(k, at, at + HEAD, len + TAIL))
		return DROP_CIPHER_FAILED;
	icv(k->crypto, at + HEAD, len, check);
	if (!crypto_equal(check, at + HEAD + len, TAIL))
		return DROP_MPDU_ICV;
	mpdu_narrow(&m, f, HEAD, TAIL);
	return NOT_DROPPED;
}
