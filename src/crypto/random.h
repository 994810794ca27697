/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random bytes for nonces, group keys and back-off, from a seed: the state machines call no system. A program seeds
 * it with 32 bytes of getrandom(2); a simulation with a number, and then the same things happen each time.
 *
 * It is AES-256 in counter mode with fast key erasure: each call makes the key of the next one first and wipes its own,
 * so that who reads the state learns nothing of what was given out before.
 */
#ifndef VIFI_CRYPTO_RANDOM_H
#define VIFI_CRYPTO_RANDOM_H

#include "crypto/crypto.h"

#define RANDOM_SEED_LEN 32

struct random {
	struct crypto *crypto;
	uint8_t key[RANDOM_SEED_LEN];
};

/* `crypto` must outlive it. */
void random_init(struct random *rng, struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN]);

/* Writes `len` bytes, as many as one likes. Returns 0; or -ENOMEM: libcrypto failed, and the bytes are zero. */
int random_bytes(struct random *rng, void *out, size_t len);

/* A number below `limit`, which is not 0; each as likely as the others but for one in 2^32. */
uint32_t random_below(struct random *rng, uint32_t limit);

#endif
