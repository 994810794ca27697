/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps from numbers to points. They handle a password, so that no branch and no table index depends on a value: sums stay
 * unreduced until the next multiplication, powers are those of libcrypto for constant time, and selections are masks.
 */
#include "crypto/ec.h"
#include "crypto/ec_state.h"

#include <errno.h>
#include <string.h>

/* 0xff if the condition bit is 1, 0 if it is 0. */
static uint8_t mask_of(unsigned bit)
{
	return (uint8_t)(0 - (bit & 1));
}

/* 0xff if the bytes are equal. */
static uint8_t equal_mask(const uint8_t *one, const uint8_t *other, size_t len)
{
	unsigned difference = 0;

	for (size_t i = 0; i < len; i++)
		difference |= one[i] ^ other[i];
	return mask_of((difference - 1) >> 8);
}

/* 0xff if one < other, as big-endian numbers. */
static uint8_t less_mask(const uint8_t *one, const uint8_t *other, size_t len)
{
	unsigned borrow = 0;

	for (size_t i = len; i--;)
		borrow = ((unsigned)one[i] - other[i] - borrow) >> 8 & 1;
	return mask_of(borrow);
}

static void select_bytes(uint8_t mask, const uint8_t *one, const uint8_t *other, size_t len, uint8_t *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)((one[i] & mask) | (other[i] & ~mask));
}

static bool power(const struct ec_curve *curve, BIGNUM *out, const BIGNUM *base, const BIGNUM *exponent)
{
	return BN_mod_exp_mont_consttime(out, base, exponent, curve->p, curve->context, curve->mont);
}

static bool multiply(const struct ec_curve *curve, BIGNUM *out, const BIGNUM *one, const BIGNUM *other)
{
	return BN_mod_mul(out, one, other, curve->p, curve->context);
}

/* x^3 + ax + b = (x^2 + a)x + b, not reduced. */
static bool curve_equation(const struct ec_curve *curve, BIGNUM *out, const BIGNUM *x)
{
	return multiply(curve, out, x, x) && BN_add(out, out, curve->a) && multiply(curve, out, out, x) &&
	       BN_add(out, out, curve->b);
}

/* ---- hunting and pecking ---- */

/* Is value * blind^2 * twist a square? `twist` is 1 or z, which is no square (Table 12-1). */
static int test_blinded(const struct ec_curve *curve, BIGNUM *value, BIGNUM *blind, uint8_t twisted, uint8_t *square)
{
	uint8_t bytes[EC_LEN_MAX], z[EC_LEN_MAX], one[EC_LEN_MAX] = {0};
	BIGNUM *twist = NULL;
	int err = -ENOMEM;

	one[curve->len - 1] = 1;
	if (ec_write(curve, curve->z, z))
		return -ENOMEM;
	select_bytes(twisted, z, one, curve->len, bytes);
	twist = ec_number(bytes, curve->len);
	if (twist && multiply(curve, value, value, blind) && multiply(curve, value, value, blind) &&
	    multiply(curve, value, value, twist) && power(curve, value, value, curve->half))
		err = ec_write(curve, value, bytes);
	BN_clear_free(twist);
	if (err)
		return err;
	*square = equal_mask(bytes, one, curve->len);
	return 0;
}

int ec_test_x(const struct ec_curve *curve, struct random *random, const uint8_t *x, uint8_t *is_x)
{
	uint8_t blinding[EC_LEN_MAX], coin, square = 0, twisted = 0;
	BIGNUM *number = ec_number(x, curve->len), *value = BN_new(), *blind = NULL;
	int err = ec_scalar_random(curve, random, blinding);

	if (!err)
		err = random_bytes(random, &coin, 1);
	if (!err) {
		blind = ec_number(blinding, curve->len);
		twisted = mask_of(coin);
		err = number && value && blind && curve_equation(curve, value, number)
			      ? test_blinded(curve, value, blind, twisted, &square)
			      : -ENOMEM;
	}
	/* Twisted, the symbol is the opposite. */
	if (!err)
		*is_x = (uint8_t)(square ^ twisted) & less_mask(x, curve->prime, curve->len);
	BN_clear_free(number);
	BN_clear_free(value);
	BN_clear_free(blind);
	crypto_wipe(blinding, sizeof(blinding));
	return err;
}

/* Writes the square root of `square`, reduced, whose lowest bit is `odd`. */
static int write_root(const struct ec_curve *curve, const BIGNUM *square, unsigned odd, uint8_t *out)
{
	uint8_t root[EC_LEN_MAX], negative[EC_LEN_MAX];
	BIGNUM *number = BN_new(), *other = BN_new();
	int err = -ENOMEM;

	/* p is 3 modulo 4 for all three curves. */
	if (number && other && power(curve, number, square, curve->sqrt) && BN_sub(other, curve->p, number) &&
	    !ec_write(curve, number, root) && !ec_write(curve, other, negative)) {
		select_bytes(mask_of(root[curve->len - 1] ^ odd), negative, root, curve->len, out);
		err = 0;
	}
	BN_clear_free(number);
	BN_clear_free(other);
	crypto_wipe(root, sizeof(root));
	crypto_wipe(negative, sizeof(negative));
	return err;
}

int ec_point_from_x(const struct ec_curve *curve, const uint8_t *x, unsigned odd, uint8_t *out)
{
	BIGNUM *number = ec_number(x, curve->len), *value = BN_new();
	int err = -ENOMEM;

	if (number && value && curve_equation(curve, value, number) && BN_nnmod(value, value, curve->p, curve->context))
		err = write_root(curve, value, odd, out + curve->len);
	memmove(out, x, curve->len);
	BN_clear_free(number);
	BN_clear_free(value);
	return err || ec_point_is_valid(curve, out) ? err : -EBADMSG;
}

/* ---- SSWU ---- */

enum { U, ZU2, M, T, X1, X2, GX1, GX2, SCRATCH, NUMBERS };

/* x1 = (-b / a)(1 + 1 / m), or b / (za) if m = z^2 u^4 + z u^2 is 0. */
static bool find_first_x(const struct ec_curve *curve, BIGNUM **n)
{
	uint8_t zero[EC_LEN_MAX] = {0}, m[EC_LEN_MAX], usual[EC_LEN_MAX], special[EC_LEN_MAX];

	if (!multiply(curve, n[ZU2], n[U], n[U]) || !multiply(curve, n[ZU2], n[ZU2], curve->z) ||
	    !multiply(curve, n[M], n[ZU2], n[ZU2]) || !BN_add(n[M], n[M], n[ZU2]) ||
	    !BN_nnmod(n[M], n[M], curve->p, curve->context) || ec_write(curve, n[M], m) ||
	    !power(curve, n[T], n[M], curve->inverse) || !BN_add_word(n[T], 1) ||
	    !power(curve, n[SCRATCH], curve->a, curve->inverse) ||
	    !multiply(curve, n[SCRATCH], n[SCRATCH], curve->b)) /* b / a */
		return false;
	if (!multiply(curve, n[X1], n[SCRATCH], n[T]) || !BN_sub(n[X1], curve->p, n[X1]) ||
	    !BN_nnmod(n[X1], n[X1], curve->p, curve->context) || ec_write(curve, n[X1], usual) ||
	    !power(curve, n[T], curve->z, curve->inverse) || !multiply(curve, n[T], n[T], n[SCRATCH]) ||
	    ec_write(curve, n[T], special))
		return false;
	select_bytes(equal_mask(m, zero, curve->len), special, usual, curve->len, usual);
	return BN_bin2bn(usual, (int)curve->len, n[X1]);
}

/* Selects x1 if its equation has a root, else x2, and writes the point with the parity of u. */
static int select_x(const struct ec_curve *curve, BIGNUM **n, uint8_t *out)
{
	uint8_t x1[EC_LEN_MAX], x2[EC_LEN_MAX], u[EC_LEN_MAX], symbol[EC_LEN_MAX], one[EC_LEN_MAX] = {0};

	one[curve->len - 1] = 1;
	if (!curve_equation(curve, n[GX1], n[X1]) || !power(curve, n[SCRATCH], n[GX1], curve->half) ||
	    ec_write(curve, n[SCRATCH], symbol) || !multiply(curve, n[X2], n[ZU2], n[X1]) ||
	    ec_write(curve, n[X1], x1) || ec_write(curve, n[X2], x2) || ec_write(curve, n[U], u))
		return -ENOMEM;
	select_bytes(equal_mask(symbol, one, curve->len), x1, x2, curve->len, x1);
	return ec_point_from_x(curve, x1, u[curve->len - 1] & 1, out);
}

int ec_sswu(const struct ec_curve *curve, const uint8_t *number, size_t len, uint8_t *out)
{
	BIGNUM *n[NUMBERS];
	bool ok = true;
	int err = -ENOMEM;

	for (int i = 0; i < NUMBERS; i++) {
		n[i] = i == U ? ec_number(number, len) : BN_new();
		ok = ok && n[i];
	}
	if (ok && BN_nnmod(n[U], n[U], curve->p, curve->context) && find_first_x(curve, n))
		err = select_x(curve, n, out);
	for (int i = 0; i < NUMBERS; i++)
		BN_clear_free(n[i]);
	return err;
}
