/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/kdf.h"

#include "crypto/crypto_state.h"

#include <errno.h>
#include <string.h>

int kdf_pmk(struct crypto *crypto, const char *passphrase, size_t passphrase_len, const uint8_t *ssid, size_t ssid_len,
	    uint8_t pmk[PMK_LEN])
{
	unsigned rounds = 4096;
	int unchecked = 1; /* SP 800-132 requires longer salts than an SSID */
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (void *)passphrase, passphrase_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)ssid, ssid_len),
		OSSL_PARAM_construct_uint(OSSL_KDF_PARAM_ITER, &rounds),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA1", 0),
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &unchecked),
		OSSL_PARAM_END,
	};
	int ok;

	if (passphrase_len < PASSPHRASE_MIN || passphrase_len > PASSPHRASE_MAX || !ssid_len || ssid_len > SSID_MAX)
		return -EINVAL;
	ok = EVP_KDF_derive(crypto->pbkdf2, pmk, PMK_LEN, params) > 0;
	EVP_KDF_CTX_reset(crypto->pbkdf2); /* wipes the passphrase */
	return ok ? 0 : -ENOMEM;
}

/* Fills `out` with digests of the pieces. One of them holds `counter`, which counts the digests. */
static int fill_output(struct crypto *crypto, enum digest hash, struct piece key, const struct piece *pieces,
		       size_t count, uint8_t *counter, uint8_t *out, size_t len)
{
	size_t digest_size = digest_len(hash), part;
	int err;

	for (; len; len -= part, out += part, ++*counter) {
		part = len < digest_size ? len : digest_size;
		err = digest(crypto, hash, key.bytes, key.len, pieces, count, out, part);
		if (err)
			return err;
	}
	return 0;
}

int kdf_prf(struct crypto *crypto, struct piece key, const char *label, struct piece context, uint8_t *out, size_t len)
{
	uint8_t counter = 0;
	/* The label includes its terminating zero. */
	struct piece pieces[] = {{label, strlen(label) + 1}, context, {&counter, 1}};

	if (len > KDF_MAX)
		return -EINVAL;
	return fill_output(crypto, DIGEST_HMAC_SHA1, key, pieces, 3, &counter, out, len);
}

int kdf_bits(struct crypto *crypto, enum digest hash, struct piece key, const char *label, struct piece context,
	     uint8_t *out, size_t bit_count)
{
	/* Both numbers are little-endian. */
	uint8_t counter[2] = {1, 0}, bits[2] = {(uint8_t)bit_count, (uint8_t)(bit_count >> 8)};
	size_t len = (bit_count + 7) / 8;
	struct piece pieces[] = {{counter, 2}, {label, strlen(label)}, context, {bits, 2}};

	if (len > KDF_MAX || (hash != DIGEST_HMAC_SHA256 && hash != DIGEST_HMAC_SHA384 && hash != DIGEST_HMAC_SHA512))
		return -EINVAL;
	return fill_output(crypto, hash, key, pieces, 4, counter, out, len);
}

int kdf(struct crypto *crypto, enum digest hash, struct piece key, const char *label, struct piece context,
	uint8_t *out, size_t len)
{
	return kdf_bits(crypto, hash, key, label, context, out, len * 8);
}

int kdf_expand(struct crypto *crypto, enum digest hash, struct piece key, const char *info, uint8_t *out, size_t len)
{
	size_t part, filled = 0, previous = 0;
	uint8_t counter = 1;

	if (len > KDF_MAX)
		return -EINVAL;
	for (; filled < len; filled += part, counter++) {
		struct piece pieces[] = {{out + filled - previous, previous}, {info, strlen(info)}, {&counter, 1}};
		int err;

		part = len - filled < digest_len(hash) ? len - filled : digest_len(hash);
		err = digest(crypto, hash, key.bytes, key.len, pieces, 3, out + filled, part);
		if (err)
			return err;
		previous = part;
	}
	return 0;
}
