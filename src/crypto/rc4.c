/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/rc4.h"
#include "crypto/fetched.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

int rc4(struct crypto *c, const uint8_t *key, size_t key_len, size_t skip, uint8_t *bytes, size_t len)
{
	uint8_t skipped[256] = {0};
	int n, ok;

	if (!c->rc4)
		return -ENOTSUP;
	if (!key_len || key_len > RC4_KEY_MAX || skip > sizeof skipped || len > INT_MAX)
		return -EINVAL;
	ok = EVP_CipherInit_ex2(c->cipher, c->rc4, NULL, NULL, 1, NULL) &&
	     EVP_CIPHER_CTX_set_key_length(c->cipher, (int)key_len) &&
	     EVP_CipherInit_ex2(c->cipher, NULL, key, NULL, 1, NULL) &&
	     (!skip || EVP_CipherUpdate(c->cipher, skipped, &n, skipped, (int)skip)) &&
	     (!len || EVP_CipherUpdate(c->cipher, bytes, &n, bytes, (int)len));
	EVP_CIPHER_CTX_reset(c->cipher);
	crypto_wipe(skipped, sizeof skipped);
	return ok ? 0 : -ENOMEM;
}
