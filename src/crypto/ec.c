/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/ec.h"

#include "crypto/crypto_state.h"
#include "crypto/ec_state.h"

#include <errno.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>
#include <string.h>

struct ec_row {
	unsigned group;
	int nid, z; /* `z` of the SSWU map (Table 12-1) */
	enum digest digest;
};

static const struct ec_row rows[EC_CURVES] = {
	{19, NID_X9_62_prime256v1, -10, DIGEST_HMAC_SHA256},
	{20, NID_secp384r1, -12, DIGEST_HMAC_SHA384},
	{21, NID_secp521r1, -4, DIGEST_HMAC_SHA512},
};

/* ---- curves ---- */

/* The constants that follow from p and the order. */
static bool derive_constants(struct ec_curve *curve, int z)
{
	BIGNUM *p = curve->p;

	return BN_copy(curve->order_less_one, EC_GROUP_get0_order(curve->ec)) &&
	       BN_sub_word(curve->order_less_one, 1) && BN_rshift1(curve->half, p) && BN_copy(curve->sqrt, p) &&
	       BN_add_word(curve->sqrt, 1) && BN_rshift(curve->sqrt, curve->sqrt, 2) && BN_copy(curve->inverse, p) &&
	       BN_sub_word(curve->inverse, 2) && BN_copy(curve->z, p) && BN_sub_word(curve->z, (BN_ULONG)-z) &&
	       BN_MONT_CTX_set(curve->mont, p, curve->context) &&
	       BN_bn2binpad(p, curve->prime, (int)curve->len) == (int)curve->len;
}

static bool init_curve(struct ec_curve *curve, OSSL_LIB_CTX *lib, const struct ec_row *row)
{
	BIGNUM **const numbers[] = {&curve->p,    &curve->a,    &curve->b,      &curve->z, &curve->order_less_one,
				    &curve->half, &curve->sqrt, &curve->inverse};

	*curve = (struct ec_curve){.group = row->group, .digest = row->digest};
	curve->ec = EC_GROUP_new_by_curve_name_ex(lib, NULL, row->nid);
	curve->context = BN_CTX_new_ex(lib);
	curve->mont = BN_MONT_CTX_new();
	if (!curve->ec || !curve->context || !curve->mont)
		return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		*numbers[i] = BN_new();
		if (!*numbers[i])
			return false;
	}
	if (!EC_GROUP_get_curve(curve->ec, curve->p, curve->a, curve->b, curve->context))
		return false;
	curve->bits = (unsigned)BN_num_bits(curve->p);
	curve->len = (curve->bits + 7) / 8;
	return derive_constants(curve, row->z);
}

void ec_curve_free(struct ec_curve *curve)
{
	BIGNUM *numbers[] = {curve->p,    curve->a,    curve->b,      curve->z, curve->order_less_one,
			     curve->half, curve->sqrt, curve->inverse};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		BN_free(numbers[i]);
	BN_MONT_CTX_free(curve->mont);
	BN_CTX_free(curve->context);
	EC_GROUP_free(curve->ec);
	*curve = (struct ec_curve){0};
}

bool ec_is_supported(unsigned group)
{
	return group >= rows[0].group && group <= rows[EC_CURVES - 1].group;
}

const struct ec_curve *ec_curve(struct crypto *crypto, unsigned group)
{
	struct ec_curve *curve;

	if (!ec_is_supported(group))
		return NULL;
	if (!crypto->curves) {
		crypto->curves = calloc(EC_CURVES, sizeof(*crypto->curves));
		if (!crypto->curves)
			return NULL;
	}
	curve = &crypto->curves[group - rows[0].group];
	if (!curve->group && !init_curve(curve, crypto->lib, &rows[group - rows[0].group])) {
		ec_curve_free(curve);
		return NULL;
	}
	return curve;
}

unsigned ec_group(const struct ec_curve *curve)
{
	return curve->group;
}

size_t ec_len(const struct ec_curve *curve)
{
	return curve->len;
}

unsigned ec_bits(const struct ec_curve *curve)
{
	return curve->bits;
}

void ec_prime(const struct ec_curve *curve, uint8_t *out)
{
	memcpy(out, curve->prime, curve->len);
}

enum digest ec_digest(const struct ec_curve *curve)
{
	return curve->digest;
}

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
