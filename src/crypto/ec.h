/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elliptic curves for SAE (IEEE 802.11-2020, 12.4) and OWE (RFC 8110), by libcrypto: the groups 19, 20 and 21 of the IANA
 * registry "Group Description" (RFC 5903), which are P-256, P-384 and P-521.
 *
 * Numbers are big-endian strings of ec_len() bytes, points are their two coordinates, one after the other. Operations on
 * scalars run in constant time: the numbers carry libcrypto's flag for it, and selections are masks over bytes.
 */
#ifndef VIFI_CRYPTO_EC_H
#define VIFI_CRYPTO_EC_H

#include "crypto/crypto.h"
#include "crypto/digest.h"
#include "crypto/random.h"

#include <stddef.h>

#define EC_LEN_MAX   66
#define EC_POINT_MAX (2 * EC_LEN_MAX)

struct ec_curve;

/* Returns the curve of a group, which belongs to `crypto`; NULL: the group is not supported, or there is no memory. */
const struct ec_curve *ec_curve(struct crypto *crypto, unsigned group);

/* Is there such a curve? */
bool ec_is_supported(unsigned group);

unsigned ec_group(const struct ec_curve *curve);
size_t ec_len(const struct ec_curve *curve);    /* bytes of a coordinate or a scalar: 32, 48 or 66 */
unsigned ec_bits(const struct ec_curve *curve); /* of the prime */

void ec_prime(const struct ec_curve *curve, uint8_t *out);

/* The hash that belongs to the length of the prime (12.4.2): HMAC with SHA-256, SHA-384 or SHA-512. */
enum digest ec_digest(const struct ec_curve *curve);

/* ---- scalars; the functions return 0 or -ENOMEM ---- */

bool ec_scalar_is_valid(const struct ec_curve *curve, const uint8_t *scalar); /* 1 < scalar < order */
int ec_scalar_random(const struct ec_curve *curve, struct random *random, uint8_t *out);
int ec_scalar_add(const struct ec_curve *curve, const uint8_t *one, const uint8_t *other, uint8_t *out);

/* (number mod (order - 1)) + 1 */
int ec_scalar_reduce(const struct ec_curve *curve, const uint8_t *number, size_t len, uint8_t *out);

/* ---- points; the functions return 0, -EBADMSG for an invalid point or the point at infinity, or -ENOMEM ---- */

bool ec_point_is_valid(const struct ec_curve *curve, const uint8_t *point); /* both coordinates below p, on the curve */

/* scalar * point; `point` NULL: the generator. */
int ec_multiply(const struct ec_curve *curve, const uint8_t *scalar, const uint8_t *point, uint8_t *out);
int ec_add(const struct ec_curve *curve, const uint8_t *one, const uint8_t *other, uint8_t *out);
int ec_negate(const struct ec_curve *curve, const uint8_t *point, uint8_t *out);

/* factor * (scalar * point + other): the secret of 12.4.5.4. */
int ec_multiply_sum(const struct ec_curve *curve, const uint8_t *factor, const uint8_t *scalar, const uint8_t *point,
		    const uint8_t *other, uint8_t *out);

/* ---- maps to the curve ---- */

/*
 * Is there a point with this x coordinate? Writes 0xff or 0 to *is_x, in constant time and blinded: the Legendre symbol is
 * that of x^3 + ax + b, multiplied by a random square or non-square (12.4.4.2.2). An x of p or more is none. Returns 0 or
 * -ENOMEM.
 */
int ec_test_x(const struct ec_curve *curve, struct random *random, const uint8_t *x, uint8_t *is_x);

/* The point with this x, whose y has the lowest bit `odd`. Runs in constant time. */
int ec_point_from_x(const struct ec_curve *curve, const uint8_t *x, unsigned odd, uint8_t *out);

/* The simplified Shallue-van de Woestijne-Ulas map (12.4.4.2.3) of `number` mod p. */
int ec_sswu(const struct ec_curve *curve, const uint8_t *number, size_t len, uint8_t *out);

#endif
