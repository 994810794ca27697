/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/digest.h"

#include "crypto/crypto.h"
#include "crypto/crypto_state.h"

#include <errno.h>
#include <string.h>

size_t digest_len(enum digest algorithm)
{
	switch (algorithm) {
	case DIGEST_HMAC_SHA1:
		return 20;
	case DIGEST_HMAC_SHA256:
		return 32;
	case DIGEST_HMAC_SHA384:
		return 48;
	case DIGEST_HMAC_SHA512:
		return 64;
	case DIGEST_HMAC_MD5:
	case DIGEST_CMAC_128:
	case DIGEST_CMAC_256:
	case DIGEST_COUNT:
		break;
	}
	return 16;
}

static bool key_fits(enum digest algorithm, size_t len)
{
	return algorithm == DIGEST_CMAC_128 ? len == 16 : algorithm == DIGEST_CMAC_256 ? len == 32 : true;
}

int digest(struct crypto *crypto, enum digest algorithm, const void *key, size_t key_len, const struct piece *pieces,
	   size_t count, uint8_t *out, size_t len)
{
	EVP_MAC_CTX *context = crypto_digest(crypto, algorithm);
	uint8_t all[DIGEST_MAX];
	size_t written;
	int ok;

	if (len > digest_len(algorithm) || !key_fits(algorithm, key_len))
		return -EINVAL;
	ok = context && EVP_MAC_init(context, key, key_len, NULL);
	for (size_t i = 0; ok && i < count; i++)
		ok = EVP_MAC_update(context, pieces[i].bytes, pieces[i].len);
	ok = ok && EVP_MAC_final(context, all, &written, sizeof(all)) && written == digest_len(algorithm);
	if (ok)
		memcpy(out, all, len);
	crypto_wipe(all, sizeof(all));
	return ok ? 0 : -ENOMEM;
}

int digest_hash(struct crypto *crypto, enum digest hmac, const void *bytes, size_t len, uint8_t *out)
{
	const char *name = hmac == DIGEST_HMAC_SHA256   ? "SHA2-256"
			   : hmac == DIGEST_HMAC_SHA384 ? "SHA2-384"
			   : hmac == DIGEST_HMAC_SHA512 ? "SHA2-512"
							: NULL;

	if (!name)
		return -EINVAL;
	return EVP_Q_digest(crypto->lib, name, NULL, bytes, len, out, NULL) ? 0 : -ENOMEM;
}

int digest_sha256(struct crypto *crypto, const void *bytes, size_t len, uint8_t out[32])
{
	return EVP_Q_digest(crypto->lib, "SHA2-256", NULL, bytes, len, out, NULL) ? 0 : -ENOMEM;
}
