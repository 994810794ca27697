/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/tkip.h"
#include "softmac/mpdu.h"

#include "crypto/icv.h"
#include "crypto/rc4.h"

#include <errno.h>
#include <string.h>

enum { HEAD = EXT_IV_LEN, TAIL = ICV_LEN };

int tkip_set_key(struct tkip_key *k, struct crypto *c, const uint8_t *key, size_t len, uint8_t id, bool authenticator,
		 uint64_t rsc)
{
	if (len != TKIP_KEY_LEN || id > 3)
		return -EINVAL;
	if (!crypto_has_rc4(c))
		return -ENOTSUP;
	*k = (struct tkip_key){.crypto = c, .id = id};
	memcpy(k->tk, key, sizeof k->tk);
	memcpy(authenticator ? k->michael_tx : k->michael_rx, key + 16, MICHAEL_LEN);
	memcpy(authenticator ? k->michael_rx : k->michael_tx, key + 24, MICHAEL_LEN);
	/* The standard counts from 1 (12.5.2.6); some senders begin with 0, and a first 0 repeats nothing. */
	replay_init(&k->replay, rsc ? rsc + 1 : 0);
	return 0;
}

void tkip_delete_key(struct tkip_key *k)
{
	crypto_wipe(k, sizeof *k);
}

/* Michael covers the ends of the MSDU, its priority and its body (12.5.2.3.2). */
static void michael_of(const uint8_t *key, const struct mpdu *m, const uint8_t *hdr, size_t body,
		       uint8_t mic[MICHAEL_LEN])
{
	uint8_t priority[4] = {m->tid};
	struct piece pieces[] = {{dot11_da(hdr), 6}, {dot11_sa(hdr), 6}, {priority, 4}, {hdr + m->hdr, body}};

	michael(key, pieces, 4, mic);
}

enum drop tkip_seal_msdu(struct tkip_key *k, struct frame *f)
{
	struct mpdu m;
	uint8_t *end;
	enum drop d = mpdu_parse(&m, f);

	if (!d && !dot11_is_data(m.fc))
		d = DROP_FRAME_TYPE;
	if (d)
		return d;
	end = frame_put(f, MICHAEL_LEN);
	if (!end)
		return DROP_NO_MEMORY;
	michael_of(k->michael_tx, &m, f->data, f->len - m.hdr - MICHAEL_LEN, end);
	return NOT_DROPPED;
}

static void mix(const uint8_t *tk, struct tkip_mixed *mixed, const uint8_t *ta, uint64_t tsc, uint8_t *key)
{
	uint32_t high = (uint32_t)(tsc >> 16);

	if (!mixed->valid || mixed->high != high || memcmp(mixed->ta, ta, 6) != 0) {
		tkip_phase1(tk, ta, high, mixed->ttak);
		memcpy(mixed->ta, ta, 6);
		mixed->high = high;
		mixed->valid = true;
	}
	tkip_phase2(tk, mixed->ttak, (uint16_t)tsc, key);
}

enum drop tkip_seal(struct tkip_key *k, struct frame *f)
{
	uint8_t key[TKIP_RC4_LEN], *hdr, *at;
	struct mpdu m;
	uint64_t tsc;
	size_t len;
	int e;
	enum drop d = mpdu_parse(&m, f);

	if (!d && !dot11_is_data(m.fc))
		d = DROP_FRAME_TYPE;
	if (!d)
		d = pn_take(&k->tsc, &tsc);
	if (d)
		return d;
	len = f->len - m.hdr;
	hdr = mpdu_widen(&m, f, HEAD, TAIL);
	if (!hdr)
		return DROP_NO_MEMORY;
	at = hdr + m.hdr;
	mix(k->tk, &k->tx, hdr + DOT11_ADDR2, tsc, key);
	memcpy(at, key, 3);
	at[3] = (uint8_t)(k->id << 6 | EXT_IV);
	put_le32(at + 4, (uint32_t)(tsc >> 16));
	icv(k->crypto, at + HEAD, len, at + HEAD + len);
	e = rc4(k->crypto, key, sizeof key, 0, at + HEAD, len + TAIL);
	crypto_wipe(key, sizeof key);
	return e ? DROP_CIPHER_FAILED : NOT_DROPPED;
}

enum drop tkip_open(struct tkip_key *k, struct frame *f, uint64_t *tsc)
{
	uint8_t key[TKIP_RC4_LEN], check[ICV_LEN], *hdr, *at;
	const uint8_t *iv;
	struct mpdu m;
	size_t len;
	int e;
	enum drop d = mpdu_parse_sealed(&m, f, HEAD, TAIL);

	if (!d && !dot11_is_data(m.fc))
		d = DROP_FRAME_TYPE;
	if (!d)
		d = mpdu_check_key(&m, f, k->id);
	if (d)
		return d;
	iv = f->data + m.hdr;
	*tsc = (uint64_t)le32(iv + 4) << 16 | (uint64_t)iv[0] << 8 | iv[2];
	d = replay_check(&k->replay, mpdu_slot(&m), *tsc);
	if (d)
		return d;
	hdr = frame_own(f);
	if (!hdr)
		return DROP_NO_MEMORY;
	at = hdr + m.hdr + HEAD;
	len = f->len - m.hdr - HEAD - TAIL;
	mix(k->tk, &k->rx, hdr + DOT11_ADDR2, *tsc, key);
	e = rc4(k->crypto, key, sizeof key, 0, at, len + TAIL);
	crypto_wipe(key, sizeof key);
	if (e)
		return DROP_CIPHER_FAILED;
	icv(k->crypto, at, len, check);
	if (!crypto_equal(check, at + len, TAIL))
		return DROP_MPDU_ICV;
	mpdu_narrow(&m, f, HEAD, TAIL);
	return NOT_DROPPED;
}

enum drop tkip_open_msdu(struct tkip_key *k, struct frame *f, uint64_t tsc)
{
	uint8_t mic[MICHAEL_LEN];
	struct mpdu m;
	enum drop d = mpdu_parse(&m, f);

	if (!d && !dot11_is_data(m.fc))
		d = DROP_FRAME_TYPE;
	if (!d && f->len < (size_t)m.hdr + MICHAEL_LEN)
		d = DROP_TRUNCATED;
	if (!d)
		d = replay_check(&k->replay, mpdu_slot(&m), tsc);
	if (d)
		return d;
	michael_of(k->michael_rx, &m, f->data, f->len - m.hdr - MICHAEL_LEN, mic);
	if (!crypto_equal(mic, f->data + f->len - MICHAEL_LEN, MICHAEL_LEN))
		return DROP_MICHAEL;
	frame_trim(f, MICHAEL_LEN);
	replay_advance(&k->replay, mpdu_slot(&m), tsc);
	return NOT_DROPPED;
}
