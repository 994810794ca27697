/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libcrypto's AES-SIV skips empty strings and an empty plaintext (CVE-2023-2975), and messages without a plaintext exist. So
 * this has S2V of its own, over libcrypto's CMAC and AES-CTR.
 */
#include "crypto/siv.h"
#include "crypto/crypto_state.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define BLOCK_LEN 16

static int cmac(struct crypto *crypto, const uint8_t *key, const struct piece *pieces, size_t count,
		uint8_t out[BLOCK_LEN])
{
	return digest(crypto, DIGEST_CMAC_128, key, SIV_KEY_LEN / 2, pieces, count, out, BLOCK_LEN);
}

/* Doubles in GF(2^128) (RFC 5297, 2.3), without a branch on the secret. */
static void double_block(uint8_t block[BLOCK_LEN])
{
	const uint8_t carry = block[0] >> 7;

	for (size_t i = 0; i < BLOCK_LEN - 1; i++)
		block[i] = (uint8_t)(block[i] << 1 | block[i + 1] >> 7);
	block[BLOCK_LEN - 1] = (uint8_t)(block[BLOCK_LEN - 1] << 1 ^ (carry * 0x87));
}

static void add_block(uint8_t block[BLOCK_LEN], const uint8_t *other)
{
	for (size_t i = 0; i < BLOCK_LEN; i++)
		block[i] ^= other[i];
}

/* The last string, which is the plaintext: xor its end, or pad it (RFC 5297, 2.4). */
static int finish(struct crypto *crypto, const uint8_t *key, uint8_t state[BLOCK_LEN], const uint8_t *bytes, size_t len,
		  uint8_t iv[BLOCK_LEN])
{
	const size_t head = len < BLOCK_LEN ? 0 : len - BLOCK_LEN;
	uint8_t padded[BLOCK_LEN] = {0};
	const struct piece pieces[] = {{bytes, head}, {state, BLOCK_LEN}};

	if (len >= BLOCK_LEN) {
		add_block(state, bytes + head);
		return cmac(crypto, key, pieces, 2, iv);
	}
	if (len)
		memcpy(padded, bytes, len);
	padded[len] = 0x80;
	double_block(state);
	add_block(state, padded);
	return cmac(crypto, key, pieces + 1, 1, iv);
}

static int s2v(struct crypto *crypto, const uint8_t *key, const struct piece *strings, size_t count,
	       const uint8_t *bytes, size_t len, uint8_t iv[BLOCK_LEN])
{
	static const uint8_t zero[BLOCK_LEN];
	uint8_t state[BLOCK_LEN], sum[BLOCK_LEN];
	int err = cmac(crypto, key, &(struct piece){zero, BLOCK_LEN}, 1, state);

	for (size_t i = 0; i < count && !err; i++) {
		err = cmac(crypto, key, &strings[i], 1, sum);
		double_block(state);
		add_block(state, sum);
	}
	if (!err)
		err = finish(crypto, key, state, bytes, len, iv);
	crypto_wipe(state, sizeof(state));
	return err;
}

/* The same operation encrypts and decrypts. */
static int run_ctr(struct crypto *crypto, const uint8_t *key, const uint8_t iv[BLOCK_LEN], const uint8_t *bytes,
		   size_t len, uint8_t *out)
{
	EVP_CIPHER *cipher;
	uint8_t counter[BLOCK_LEN];
	int written, ok;

	if (!len)
		return 0;
	cipher = EVP_CIPHER_fetch(crypto->lib, "AES-128-CTR", NULL);
	memcpy(counter, iv, BLOCK_LEN);
	counter[8] &= 0x7f; /* so that 32 and 64 bit counters are alike (RFC 5297, 2.5) */
	counter[12] &= 0x7f;
	ok = cipher && len <= INT_MAX && EVP_CipherInit_ex2(crypto->cipher, cipher, key, counter, 1, NULL) &&
	     EVP_CipherUpdate(crypto->cipher, out, &written, bytes, (int)len) && (size_t)written == len;
	EVP_CIPHER_CTX_reset(crypto->cipher);
	EVP_CIPHER_free(cipher);
	return ok ? 0 : -ENOMEM;
}

int siv_seal(struct crypto *crypto, const uint8_t key[SIV_KEY_LEN], const struct piece *strings, size_t count,
	     const uint8_t *bytes, size_t len, uint8_t *out)
{
	int err = s2v(crypto, key, strings, count, bytes, len, out);

	return err ? err : run_ctr(crypto, key + SIV_KEY_LEN / 2, out, bytes, len, out + SIV_OVERHEAD);
}

int siv_open(struct crypto *crypto, const uint8_t key[SIV_KEY_LEN], const struct piece *strings, size_t count,
	     const uint8_t *sealed, size_t len, uint8_t *out)
{
	uint8_t iv[BLOCK_LEN];
	int err;

	if (len < SIV_OVERHEAD)
		return -EBADMSG;
	len -= SIV_OVERHEAD;
	err = run_ctr(crypto, key + SIV_KEY_LEN / 2, sealed, sealed + SIV_OVERHEAD, len, out);
	if (!err)
		err = s2v(crypto, key, strings, count, out, len, iv);
	if (!err && !crypto_equal(iv, sealed, SIV_OVERHEAD))
		err = -EBADMSG;
	if (err && len)
		crypto_wipe(out, len);
	return err;
}
