/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/handshake.h"

#include "base/mac.h"
#include "crypto/keywrap.h"
#include "crypto/rc4.h"
#include "rsn/ft.h"

#include <errno.h>
#include <string.h>

enum { RC4_SKIP = 256 };

void rsn_out_wipe(struct rsn_out *out)
{
	crypto_wipe(out, sizeof *out);
}

bool rsn_all_zero(const uint8_t *bytes, size_t len)
{
	uint8_t any = 0;

	while (len--)
		any |= *bytes++;
	return !any;
}

/*
 * What an AKM decides is decided here, in rsn_hash(), rsn_version() and digest_of(), by switches that the compiler holds
 * complete: a new row of enum akm is refused until it has its answers (Table 12-8).
 */
enum digest rsn_hash(enum akm akm)
{
	switch (akm) {
	case AKM_PSK:
	case AKM_8021X:
	case AKMS:
		break;
	case AKM_PSK_SHA256:
	case AKM_8021X_SHA256:
	case AKM_FT_PSK:
	case AKM_SAE:
	case AKM_OWE:
		return DIGEST_HMAC_SHA256;
	}
	return DIGEST_HMAC_SHA1;
}

uint16_t rsn_version(const struct rsn_suite *s)
{
	switch (s->akm) {
	case AKM_PSK:
	case AKM_8021X:
	case AKMS:
		break;
	case AKM_PSK_SHA256:
	case AKM_8021X_SHA256:
	case AKM_FT_PSK:
		return 3;
	case AKM_SAE:
	case AKM_OWE:
		return 0;
	}
	return s->pairwise == CIPHER_TKIP ? 1 : 2;
}

/* The smaller one first, whichever it is. */
static void put_sorted(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t len)
{
	bool swap = memcmp(a, b, len) > 0;

	memcpy(out, swap ? b : a, len);
	memcpy(out + len, swap ? a : b, len);
}

/* What a PTK is cut from: KCK, KEK, TK. */
#define PTK_MAX (RSN_KCK + RSN_KEK + KEY_MAX)

static size_t ptk_len(const struct rsn_suite *s)
{
	return RSN_KCK + RSN_KEK + cipher_key_len(s->pairwise);
}

/* The first `len` bytes of the PTK; with a KDF, whose length goes into it, that is all of them. */
static int expand(struct crypto *c, const struct rsn_suite *s, const uint8_t *pmk, const struct rsn_pair *ends,
		  const uint8_t *anonce, const uint8_t *snonce, uint8_t out[PTK_MAX], size_t len)
{
	static const char label[] = "Pairwise key expansion";
	uint8_t context[2 * MAC_LEN + 2 * RSN_NONCE];
	struct piece key = {pmk, PMK_LEN}, in = {context, sizeof context};

	if (s->akm == AKM_FT_PSK)
		return ft_expand(c, pmk, ends, anonce, snonce, out, ptk_len(s));
	put_sorted(context, ends->aa, ends->spa, MAC_LEN);
	put_sorted(context + 2 * MAC_LEN, anonce, snonce, RSN_NONCE);
	if (rsn_hash(s->akm) == DIGEST_HMAC_SHA1)
		return kdf_prf(c, key, label, in, out, len);
	return kdf(c, rsn_hash(s->akm), key, label, in, out, ptk_len(s));
}

int rsn_ptk(struct crypto *c, const struct rsn_suite *s, const uint8_t *pmk, const struct rsn_pair *ends,
	    const uint8_t *anonce, const uint8_t *snonce, struct ptk *ptk)
{
	uint8_t all[PTK_MAX];
	size_t len = ptk_len(s);
	int e = expand(c, s, pmk, ends, anonce, snonce, all, len);

	if (!e) {
		memset(ptk, 0, sizeof *ptk);
		memcpy(ptk->kck, all, RSN_KCK);
		memcpy(ptk->kek, all + RSN_KCK, RSN_KEK);
		memcpy(ptk->tk, all + RSN_KCK + RSN_KEK, len - RSN_KCK - RSN_KEK);
	}
	crypto_wipe(all, sizeof all);
	return e;
}

int rsn_tpk(struct crypto *c, const struct rsn_suite *s, const uint8_t bssid[6], const struct rsn_pair *ends,
	    const uint8_t *anonce, const uint8_t *snonce, struct ptk *tpk)
{
	uint8_t nonces[2 * RSN_NONCE], input[32], context[3 * MAC_LEN], all[RSN_KCK + KEY_MAX];
	size_t tk = cipher_key_len(s->pairwise);
	int e;

	put_sorted(nonces, anonce, snonce, RSN_NONCE);
	put_sorted(context, ends->aa, ends->spa, MAC_LEN);
	memcpy(context + 2 * MAC_LEN, bssid, MAC_LEN);
	e = digest_sha256(c, nonces, sizeof nonces, input);
	if (!e)
		e = kdf(c, DIGEST_HMAC_SHA256, (struct piece){input, sizeof input}, "TDLS PMK",
			(struct piece){context, sizeof context}, all, RSN_KCK + tk);
	if (!e) {
		memset(tpk, 0, sizeof *tpk);
		memcpy(tpk->kck, all, RSN_KCK);
		memcpy(tpk->tk, all + RSN_KCK, tk);
	}
	crypto_wipe(input, sizeof input);
	crypto_wipe(all, sizeof all);
	return e;
}

int rsn_kck(struct crypto *c, const struct rsn_suite *s, const uint8_t *pmk, const struct rsn_pair *ends,
	    const uint8_t *anonce, const uint8_t *snonce, uint8_t kck[RSN_KCK])
{
	uint8_t all[PTK_MAX];
	int e = expand(c, s, pmk, ends, anonce, snonce, all, RSN_KCK);

	if (!e)
		memcpy(kck, all, RSN_KCK);
	crypto_wipe(all, sizeof all);
	return e;
}

enum drop rsn_check_suite(const struct rsn_suite *s, const struct eapol_key *k)
{
	bool ours = k->descriptor == (s->wpa ? EAPOL_WPA : EAPOL_RSN) && (k->info & KEY_VERSION) == rsn_version(s);

	return ours ? NOT_DROPPED : DROP_EAPOL_SUITE;
}

static enum digest digest_of(const struct rsn_suite *s)
{
	switch (rsn_version(s)) {
	case 0: /* as the AKM says */
		return s->akm == AKM_OWE ? DIGEST_HMAC_SHA256 : DIGEST_CMAC_128;
	case 1:
		return DIGEST_HMAC_MD5;
	case 2:
		return DIGEST_HMAC_SHA1;
	default:
		return DIGEST_CMAC_128;
	}
}

/* The MIC covers the frame with zeroes in its own place. */
static int mic_of(struct crypto *c, const struct rsn_suite *s, const uint8_t *kck, const uint8_t *frame, size_t len,
		  uint8_t mic[EAPOL_MIC_LEN])
{
	static const uint8_t zero[EAPOL_MIC_LEN];
	const size_t behind = EAPOL_MIC_AT + EAPOL_MIC_LEN;
	struct piece p[] = {{frame, EAPOL_MIC_AT}, {zero, sizeof zero}, {frame + behind, len - behind}};

	return digest(c, digest_of(s), kck, RSN_KCK, p, 3, mic, EAPOL_MIC_LEN);
}

bool rsn_mic_right(struct crypto *c, const struct rsn_suite *s, const uint8_t *kck, const struct eapol_key *k,
		   const uint8_t *frame)
{
	uint8_t mic[EAPOL_MIC_LEN];

	return !mic_of(c, s, kck, frame, k->len, mic) && crypto_equal(mic, k->mic, sizeof mic);
}

int rsn_mic_put(struct crypto *c, const struct rsn_suite *s, const uint8_t *kck, uint8_t *frame, size_t len)
{
	uint8_t mic[EAPOL_MIC_LEN];
	int e = mic_of(c, s, kck, frame, len, mic);

	if (!e)
		memcpy(frame + EAPOL_MIC_AT, mic, sizeof mic);
	return e;
}

static int run_rc4(struct crypto *c, const uint8_t *kek, const uint8_t *iv, uint8_t *data, size_t len)
{
	uint8_t key[16 + RSN_KEK];
	int e;

	memcpy(key, iv, 16);
	memcpy(key + 16, kek, RSN_KEK);
	e = rc4(c, key, sizeof key, RC4_SKIP, data, len);
	crypto_wipe(key, sizeof key);
	return e ? e : (int)len;
}

int rsn_encrypt(struct crypto *c, const struct rsn_suite *s, const uint8_t *kek, const uint8_t iv[16], uint8_t *data,
		size_t len)
{
	uint8_t plain[RSN_FRAME_MAX];
	int e;

	if (rsn_version(s) == 1)
		return run_rc4(c, kek, iv, data, len);
	if (len > sizeof plain - KEY_DATA_EXTRA)
		return -EINVAL;
	/* 12.7.2: 0xdd and zeroes, up to a multiple of 8 and to 16. */
	memcpy(plain, data, len);
	if (len % 8 || len < 16) {
		plain[len++] = 0xdd;
		while (len % 8 || len < 16)
			plain[len++] = 0;
	}
	e = keywrap(c, kek, RSN_KEK, plain, len, data);
	crypto_wipe(plain, sizeof plain);
	return e ? e : (int)(len + KEYWRAP_EXTRA);
}

int rsn_decrypt(struct crypto *c, const struct rsn_suite *s, const uint8_t *kek, const struct eapol_key *k,
		uint8_t *out)
{
	if (rsn_version(s) == 1) {
		memcpy(out, k->data.bytes, k->data.len);
		return run_rc4(c, kek, k->iv, out, k->data.len);
	}
	if (keyunwrap(c, kek, RSN_KEK, k->data.bytes, k->data.len, out))
		return -EBADMSG;
	return (int)(k->data.len - KEYWRAP_EXTRA);
}

struct rsn_key rsn_pairwise(const struct rsn_suite *s, const struct ptk *ptk)
{
	struct rsn_key k = {.cipher = s->pairwise, .len = (uint8_t)cipher_key_len(s->pairwise)};

	memcpy(k.bytes, ptk->tk, k.len);
	return k;
}
