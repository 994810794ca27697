/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/ec.h"

#include "crypto/ec_state.h"

#include <errno.h>
#include <string.h>

/* ---- scalars ---- */

BIGNUM *ec_number(const uint8_t *bytes, size_t len)
{
	BIGNUM *number = BN_new();

	if (!number)
		return NULL;
	BN_set_flags(number, BN_FLG_CONSTTIME);
	if (BN_bin2bn(bytes, (int)len, number))
		return number;
	BN_free(number);
	return NULL;
}

int ec_write(const struct ec_curve *curve, const BIGNUM *number, uint8_t *out)
{
	return BN_bn2binpad(number, out, (int)curve->len) == (int)curve->len ? 0 : -ENOMEM;
}

bool ec_scalar_is_valid(const struct ec_curve *curve, const uint8_t *scalar)
{
	BIGNUM *number = ec_number(scalar, curve->len);
	bool valid = number && !BN_is_zero(number) && !BN_is_one(number) &&
		     BN_ucmp(number, EC_GROUP_get0_order(curve->ec)) < 0;

	BN_clear_free(number);
	return valid;
}

/* 64 more bits than the order: the bias of the reduction is negligible. */
int ec_scalar_random(const struct ec_curve *curve, struct random *random, uint8_t *out)
{
	uint8_t bytes[EC_LEN_MAX + 8];
	int err = random_bytes(random, bytes, curve->len + 8);

	if (!err)
		err = ec_scalar_reduce(curve, bytes, curve->len + 8, out);
	crypto_wipe(bytes, sizeof(bytes));
	return err || ec_scalar_is_valid(curve, out) ? err : -ENOMEM; /* 1 has a chance of 2^-255 */
}

int ec_scalar_add(const struct ec_curve *curve, const uint8_t *one, const uint8_t *other, uint8_t *out)
{
	BIGNUM *first = ec_number(one, curve->len), *second = ec_number(other, curve->len);
	int err = -ENOMEM;

	if (first && second && BN_mod_add(first, first, second, EC_GROUP_get0_order(curve->ec), curve->context))
		err = ec_write(curve, first, out);
	BN_clear_free(first);
	BN_clear_free(second);
	return err;
}

int ec_scalar_reduce(const struct ec_curve *curve, const uint8_t *number, size_t len, uint8_t *out)
{
	BIGNUM *scalar = ec_number(number, len);
	int err = -ENOMEM;

	if (scalar && BN_mod(scalar, scalar, curve->order_less_one, curve->context) && BN_add_word(scalar, 1))
		err = ec_write(curve, scalar, out);
	BN_clear_free(scalar);
	return err;
}

/* ---- points ---- */

/* Reads a point, and verifies that it is on the curve. NULL: it is not, or there is no memory. */
static EC_POINT *read_point(const struct ec_curve *curve, const uint8_t *bytes)
{
	EC_POINT *point = EC_POINT_new(curve->ec);
	BIGNUM *x = ec_number(bytes, curve->len), *y = ec_number(bytes + curve->len, curve->len);
	bool valid = point && x && y && BN_ucmp(x, curve->p) < 0 && BN_ucmp(y, curve->p) < 0 &&
		     EC_POINT_set_affine_coordinates(curve->ec, point, x, y, curve->context);

	BN_clear_free(x);
	BN_clear_free(y);
	if (valid)
		return point;
	EC_POINT_clear_free(point);
	return NULL;
}

static int write_point(const struct ec_curve *curve, const EC_POINT *point, uint8_t *out)
{
	BIGNUM *x = BN_new(), *y = BN_new();
	int err = -ENOMEM;

	if (EC_POINT_is_at_infinity(curve->ec, point))
		err = -EBADMSG;
	else if (x && y && EC_POINT_get_affine_coordinates(curve->ec, point, x, y, curve->context))
		err = ec_write(curve, x, out) || ec_write(curve, y, out + curve->len) ? -ENOMEM : 0;
	BN_clear_free(x);
	BN_clear_free(y);
	return err;
}

bool ec_point_is_valid(const struct ec_curve *curve, const uint8_t *point)
{
	EC_POINT *read = read_point(curve, point);
	bool valid = read;

	EC_POINT_clear_free(read);
	return valid;
}

int ec_multiply(const struct ec_curve *curve, const uint8_t *scalar, const uint8_t *point, uint8_t *out)
{
	EC_POINT *base = point ? read_point(curve, point) : NULL, *product = EC_POINT_new(curve->ec);
	BIGNUM *factor = ec_number(scalar, curve->len);
	int err = point && !base ? -EBADMSG : -ENOMEM;

	if (product && factor && (base || !point) &&
	    EC_POINT_mul(curve->ec, product, point ? NULL : factor, base, point ? factor : NULL, curve->context))
		err = write_point(curve, product, out);
	EC_POINT_clear_free(base);
	EC_POINT_clear_free(product);
	BN_clear_free(factor);
	return err;
}

int ec_add(const struct ec_curve *curve, const uint8_t *one, const uint8_t *other, uint8_t *out)
{
	EC_POINT *first = read_point(curve, one), *second = read_point(curve, other);
	int err = -EBADMSG;

	if (first && second)
		err = EC_POINT_add(curve->ec, first, first, second, curve->context) ? write_point(curve, first, out)
										    : -ENOMEM;
	EC_POINT_clear_free(first);
	EC_POINT_clear_free(second);
	return err;
}

int ec_negate(const struct ec_curve *curve, const uint8_t *point, uint8_t *out)
{
	EC_POINT *read = read_point(curve, point);
	int err = -EBADMSG;

	if (read)
		err = EC_POINT_invert(curve->ec, read, curve->context) ? write_point(curve, read, out) : -ENOMEM;
	EC_POINT_clear_free(read);
	return err;
}

int ec_multiply_sum(const struct ec_curve *curve, const uint8_t *factor, const uint8_t *scalar, const uint8_t *point,
		    const uint8_t *other, uint8_t *out)
{
	EC_POINT *base = read_point(curve, point), *added = read_point(curve, other);
	EC_POINT *sum = EC_POINT_new(curve->ec);
	BIGNUM *first = ec_number(scalar, curve->len), *second = ec_number(factor, curve->len);
	int err = base && added ? -ENOMEM : -EBADMSG;

	if (base && added && sum && first && second &&
	    EC_POINT_mul(curve->ec, sum, NULL, base, first, curve->context) &&
	    EC_POINT_add(curve->ec, sum, sum, added, curve->context) &&
	    EC_POINT_mul(curve->ec, sum, NULL, sum, second, curve->context))
		err = write_point(curve, sum, out);
	EC_POINT_clear_free(base);
	EC_POINT_clear_free(added);
	EC_POINT_clear_free(sum);
	BN_clear_free(first);
	BN_clear_free(second);
	return err;
}
