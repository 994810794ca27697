/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/random.h"

#include "crypto/algorithms.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

void random_init(struct random *r, struct crypto *c, const uint8_t seed[RANDOM_SEED])
{
	r->crypto = c;
	memcpy(r->key, seed, RANDOM_SEED);
}

int random_bytes(struct random *r, void *out, size_t len)
{
	static const uint8_t counter[16];
	EVP_CIPHER_CTX *x = r->crypto->cipher;
	uint8_t next[RANDOM_SEED] = {0};
	int n, m;
	bool made;

	memset(out, 0, len);
	made = len <= INT_MAX && EVP_EncryptInit_ex2(x, r->crypto->ctr, r->key, counter, NULL) &&
	       EVP_EncryptUpdate(x, next, &n, next, sizeof next) && EVP_EncryptUpdate(x, out, &m, out, (int)len);
	EVP_CIPHER_CTX_reset(x);
	if (made)
		memcpy(r->key, next, sizeof next);
	else
		memset(out, 0, len);
	crypto_wipe(next, sizeof next);
	return made ? 0 : -ENOMEM;
}

uint32_t random_below(struct random *r, uint32_t limit)
{
	uint64_t n = 0;

	random_bytes(r, &n, sizeof n);
	return (uint32_t)(n % limit);
}
