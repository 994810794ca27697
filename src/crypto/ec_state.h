/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contents of struct ec_curve, for the files of this folder. */
#ifndef VIFI_CRYPTO_EC_STATE_H
#define VIFI_CRYPTO_EC_STATE_H

#include "crypto/ec.h"

#include <openssl/bn.h>
#include <openssl/ec.h>

#define EC_CURVES 3

struct ec_curve {
	unsigned group, bits;
	size_t len;
	enum digest digest;
	EC_GROUP *ec;
	BN_CTX *context;
	BN_MONT_CTX *mont; /* of p */
	BIGNUM *p, *a, *b, *z;
	BIGNUM *order_less_one;
	BIGNUM *half, *sqrt, *inverse; /* the exponents (p - 1) / 2, (p + 1) / 4 and p - 2 */
	uint8_t prime[EC_LEN_MAX];
};

/* A number of libcrypto with the flag for constant time; NULL: no memory. */
BIGNUM *ec_number(const uint8_t *bytes, size_t len);

/* Writes a number of the curve's length. Returns 0 or -ENOMEM. */
int ec_write(const struct ec_curve *curve, const BIGNUM *number, uint8_t *out);

#endif
