/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/random.h"

#include "crypto/crypto_state.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

void random_init(struct random *rng, struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN])
{
	rng->crypto = crypto;
	memcpy(rng->key, seed, RANDOM_SEED_LEN);
}

int random_bytes(struct random *rng, void *out, size_t len)
{
	static const uint8_t counter[16];
	EVP_CIPHER_CTX *context = rng->crypto->cipher;
	uint8_t next_key[RANDOM_SEED_LEN] = {0};
	int next_len, out_len;
	bool ok;

	memset(out, 0, len);
	ok = len <= INT_MAX && EVP_EncryptInit_ex2(context, rng->crypto->ctr, rng->key, counter, NULL) &&
	     EVP_EncryptUpdate(context, next_key, &next_len, next_key, sizeof(next_key)) &&
	     EVP_EncryptUpdate(context, out, &out_len, out, (int)len);
	EVP_CIPHER_CTX_reset(context);
	if (ok)
		memcpy(rng->key, next_key, sizeof(next_key));
	else
		memset(out, 0, len);
	crypto_wipe(next_key, sizeof(next_key));
	return ok ? 0 : -ENOMEM;
}

int random_split(struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN], uint8_t seeds[2][RANDOM_SEED_LEN])
{
	struct random root;
	int err;

	random_init(&root, crypto, seed);
	err = random_bytes(&root, seeds, 2 * sizeof(*seeds));
	crypto_wipe(&root, sizeof(root));
	return err;
}

uint32_t random_below(struct random *rng, uint32_t limit)
{
	uint64_t value = 0;

	random_bytes(rng, &value, sizeof(value));
	return (uint32_t)(value % limit);
}

uint64_t random_jitter(struct random *rng, uint64_t ns)
{
	return ns / 4 * 3 + (ns / 2 / 1024) * random_below(rng, 1024);
}
