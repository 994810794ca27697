/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/tkip.h"

#include "crypto/icv.h"
#include "crypto/rc4.h"
#include "softmac/mpdu.h"

#include <errno.h>
#include <string.h>

enum { HEADER_LEN = EXT_IV_LEN, TRAILER_LEN = ICV_LEN };

int tkip_set_key(struct tkip_key *tkip_key, struct crypto *crypto, const uint8_t *key, size_t len, uint8_t id,
		 bool authenticator, uint64_t rsc)
{
	if (len != TKIP_KEY_LEN || id > 3)
		return -EINVAL;
	if (!crypto_has_rc4(crypto))
		return -ENOTSUP;
	*tkip_key = (struct tkip_key){.crypto = crypto, .id = id};
	memcpy(tkip_key->tk, key, sizeof(tkip_key->tk));
	memcpy(authenticator ? tkip_key->michael_tx : tkip_key->michael_rx, key + 16, MICHAEL_LEN);
	memcpy(authenticator ? tkip_key->michael_rx : tkip_key->michael_tx, key + 24, MICHAEL_LEN);
	/* The standard counts from 1 (12.5.2.6), but some senders start with 0: accept a first 0. */
	replay_init(&tkip_key->replay, rsc ? rsc + 1 : 0);
	return 0;
}

/* Michael covers destination, source, priority and body of the MSDU (12.5.2.3.2). */
static void compute_michael(const uint8_t *key, const struct mpdu *mpdu, const uint8_t *hdr, size_t body,
			    uint8_t mic[MICHAEL_LEN])
{
	uint8_t priority[4] = {mpdu->tid};
	struct piece pieces[] = {{dot11_da(hdr), 6}, {dot11_sa(hdr), 6}, {priority, 4}, {hdr + mpdu->hdr_len, body}};

	michael(key, pieces, 4, mic);
}

enum drop tkip_seal_msdu(struct tkip_key *tkip_key, struct frame *frame)
{
	struct mpdu mpdu;
	uint8_t *end;
	enum drop drop = mpdu_parse(&mpdu, frame);

	if (!drop && !dot11_is_data(mpdu.fc))
		drop = DROP_FRAME_TYPE;
	if (drop)
		return drop;
	end = frame_put(frame, MICHAEL_LEN);
	if (!end)
		return DROP_NO_MEMORY;
	compute_michael(tkip_key->michael_tx, &mpdu, frame->data, frame->len - mpdu.hdr_len - MICHAEL_LEN, end);
	return NOT_DROPPED;
}

static void mix_key(const uint8_t *tk, struct tkip_phase1_cache *cache, const uint8_t *ta, uint64_t tsc, uint8_t *key)
{
	uint32_t tsc_high = (uint32_t)(tsc >> 16);

	if (!cache->valid || cache->tsc_high != tsc_high || memcmp(cache->ta, ta, 6) != 0) {
		tkip_phase1(tk, ta, tsc_high, cache->ttak);
		memcpy(cache->ta, ta, 6);
		cache->tsc_high = tsc_high;
		cache->valid = true;
	}
	tkip_phase2(tk, cache->ttak, (uint16_t)tsc, key);
}

enum drop tkip_seal(struct tkip_key *tkip_key, struct frame *frame)
{
	uint8_t key[TKIP_RC4_LEN], *hdr, *at;
	struct mpdu mpdu;
	uint64_t tsc;
	size_t len;
	int err;
	enum drop drop = mpdu_parse(&mpdu, frame);

	if (!drop && !dot11_is_data(mpdu.fc))
		drop = DROP_FRAME_TYPE;
	if (!drop)
		drop = pn_next(&tkip_key->tsc, &tsc);
	if (drop)
		return drop;
	len = frame->len - mpdu.hdr_len;
	hdr = mpdu_extend(&mpdu, frame, HEADER_LEN, TRAILER_LEN);
	if (!hdr)
		return DROP_NO_MEMORY;
	at = hdr + mpdu.hdr_len;
	mix_key(tkip_key->tk, &tkip_key->tx_phase1, hdr + DOT11_OFF_ADDR2, tsc, key);
	memcpy(at, key, 3);
	at[3] = (uint8_t)(tkip_key->id << 6 | EXT_IV);
	put_le32(at + 4, (uint32_t)(tsc >> 16));
	icv(tkip_key->crypto, at + HEADER_LEN, len, at + HEADER_LEN + len);
	err = rc4(tkip_key->crypto, key, sizeof(key), 0, at + HEADER_LEN, len + TRAILER_LEN);
	crypto_wipe(key, sizeof(key));
	return err ? DROP_CIPHER_FAILED : NOT_DROPPED;
}

enum drop tkip_open(struct tkip_key *tkip_key, struct frame *frame, uint64_t *tsc)
{
	uint8_t key[TKIP_RC4_LEN], check[ICV_LEN], *hdr, *at;
	const uint8_t *iv;
	struct mpdu mpdu;
	size_t len;
	int err;
	enum drop drop = mpdu_parse_protected(&mpdu, frame, HEADER_LEN, TRAILER_LEN);

	if (!drop && !dot11_is_data(mpdu.fc))
		drop = DROP_FRAME_TYPE;
	if (!drop)
		drop = mpdu_check_key(&mpdu, frame, tkip_key->id);
	if (drop)
		return drop;
	iv = frame->data + mpdu.hdr_len;
	*tsc = (uint64_t)le32(iv + 4) << 16 | (uint64_t)iv[0] << 8 | iv[2];
	drop = replay_check(&tkip_key->replay, mpdu_replay_slot(&mpdu), *tsc);
	if (!drop && pn_window_contains(&tkip_key->accepted, *tsc + 1))
		drop = DROP_REPLAY;
	if (drop)
		return drop;
	hdr = frame_make_writable(frame);
	if (!hdr)
		return DROP_NO_MEMORY;
	at = hdr + mpdu.hdr_len + HEADER_LEN;
	len = frame->len - mpdu.hdr_len - HEADER_LEN - TRAILER_LEN;
	mix_key(tkip_key->tk, &tkip_key->rx_phase1, hdr + DOT11_OFF_ADDR2, *tsc, key);
	err = rc4(tkip_key->crypto, key, sizeof(key), 0, at, len + TRAILER_LEN);
	crypto_wipe(key, sizeof(key));
	if (err)
		return DROP_CIPHER_FAILED;
	icv(tkip_key->crypto, at, len, check);
	if (!crypto_equal(check, at + len, TRAILER_LEN))
		return DROP_MPDU_ICV;
	mpdu_strip(&mpdu, frame, HEADER_LEN, TRAILER_LEN);
	return NOT_DROPPED;
}

enum drop tkip_open_msdu(struct tkip_key *tkip_key, struct frame *frame, uint64_t tsc)
{
	uint8_t mic[MICHAEL_LEN];
	struct mpdu mpdu;
	enum drop drop = mpdu_parse(&mpdu, frame);

	if (!drop && !dot11_is_data(mpdu.fc))
		drop = DROP_FRAME_TYPE;
	if (!drop && frame->len < (size_t)mpdu.hdr_len + MICHAEL_LEN)
		drop = DROP_TRUNCATED;
	if (!drop)
		drop = replay_check(&tkip_key->replay, mpdu_replay_slot(&mpdu), tsc);
	if (!drop && pn_window_contains(&tkip_key->accepted, tsc + 1))
		drop = DROP_REPLAY;
	if (drop)
		return drop;
	compute_michael(tkip_key->michael_rx, &mpdu, frame->data, frame->len - mpdu.hdr_len - MICHAEL_LEN, mic);
	if (!crypto_equal(mic, frame->data + frame->len - MICHAEL_LEN, MICHAEL_LEN))
		return DROP_MICHAEL;
	frame_trim(frame, MICHAEL_LEN);
	replay_advance(&tkip_key->replay, mpdu_replay_slot(&mpdu), tsc);
	pn_window_add(&tkip_key->accepted, tsc + 1); /* a TSC may be 0, and the window is empty below 1 */
	return NOT_DROPPED;
}

void tkip_accept_fragments(struct tkip_key *tkip_key, uint64_t tsc, unsigned count)
{
	for (unsigned i = 1; i <= count && i <= tsc; i++)
		pn_window_add(&tkip_key->accepted, tsc + 1 - i);
}
