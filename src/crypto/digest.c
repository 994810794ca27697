/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/algorithms.h"

#include <errno.h>
#include <string.h>

size_t digest_len(enum digest which)
{
	switch (which) {
	case DIGEST_HMAC_SHA1:
		return 20;
	case DIGEST_HMAC_SHA256:
		return 32;
	case DIGEST_HMAC_SHA384:
		return 48;
	case DIGEST_HMAC_MD5:
	case DIGEST_CMAC_128:
	case DIGEST_CMAC_256:
	case DIGESTS:
		break;
	}
	return 16;
}

static bool key_fits(enum digest which, size_t len)
{
	return which == DIGEST_CMAC_128 ? len == 16 : which == DIGEST_CMAC_256 ? len == 32 : true;
}

int digest(struct crypto *c, enum digest which, const void *key, size_t key_len, const struct piece *pieces,
	   size_t count, uint8_t *out, size_t len)
{
	EVP_MAC_CTX *context = c->digests[which];
	uint8_t all[DIGEST_MAX];
	size_t got;
	int ok;

	if (len > digest_len(which) || !key_fits(which, key_len))
		return -EINVAL;
	ok = EVP_MAC_init(context, key, key_len, NULL);
	for (size_t i = 0; ok && i < count; i++)
		ok = EVP_MAC_update(context, pieces[i].bytes, pieces[i].len);
	ok = ok && EVP_MAC_final(context, all, &got, sizeof all) && got == digest_len(which);
	if (ok)
		memcpy(out, all, len);
	crypto_wipe(all, sizeof all);
	return ok ? 0 : -ENOMEM;
}

int digest_sha256(struct crypto *c, const void *bytes, size_t len, uint8_t out[32])
{
	return EVP_Q_digest(c->lib, "SHA2-256", NULL, bytes, len, out, NULL) ? 0 : -ENOMEM;
}
