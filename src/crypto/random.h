/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random bytes for nonces, group keys and backoff, from a seed, so that the state machines need no system call. A
 * program seeds the generator with 32 bytes of getrandom(2); a simulation with a number, which makes it repeatable.
 *
 * The generator is AES-256 in counter mode with fast key erasure: each call replaces the key, so that the state reveals
 * nothing about earlier output.
 */
#ifndef VIFI_CRYPTO_RANDOM_H
#define VIFI_CRYPTO_RANDOM_H

#include "crypto/crypto.h"

#define RANDOM_SEED_LEN 32

struct random {
	struct crypto *crypto;
	uint8_t key[RANDOM_SEED_LEN];
};

/* `crypto` must outlive the generator. */
void random_init(struct random *rng, struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN]);

/* Derives the seeds of two independent generators from one seed. Returns as random_bytes(). */
int random_split(struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN], uint8_t seeds[2][RANDOM_SEED_LEN]);

/* Writes `len` bytes. Returns 0, or -ENOMEM if libcrypto fails; the bytes are then zero. */
int random_bytes(struct random *rng, void *out, size_t len);

/* Returns a number below `limit`, which must not be 0; the distribution is uniform but for 1 in 2^32. */
uint32_t random_below(struct random *rng, uint32_t limit);

/* Returns a random time between 3/4 and 5/4 of `ns`, so that stations do not act in step. */
uint64_t random_jitter(struct random *rng, uint64_t ns);

#endif
