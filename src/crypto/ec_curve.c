/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The curves of crypto/ec.h: their constants, and their life. */
#include "crypto/ec.h"

#include "crypto/crypto_state.h"
#include "crypto/ec_state.h"

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

static void wipe_curve(struct ec_curve *curve)
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

void ec_curves_free(struct ec_curve *curves)
{
	for (int i = 0; curves && i < EC_CURVES; i++)
		wipe_curve(&curves[i]);
	free(curves);
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
		wipe_curve(curve);
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
