/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/rc4.h"
#include "crypto/algorithms.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

int rc4(struct crypto *c, const uint8_t *key, size_t key_len, size_t skip, uint8_t *bytes, size_t len)
{
	uint8_t skipped[256] = {0};
	int n, ok;

	if (!c->stream)
		return -ENOTSUP;
	if (!key_len || key_len > RC4_KEY_MAX || skip > sizeof skipped || len > INT_MAX)
		return -EINVAL;
	/* The context is kept from frame to frame, with the last one's key: making one takes longer than a short frame. */
	ok = EVP_CIPHER_CTX_set_key_length(c->stream, (int)key_len) &&
	     EVP_CipherInit_ex2(c->stream, NULL, key, NULL, 1, NULL) &&
	     (!skip || EVP_CipherUpdate(c->stream, skipped, &n, skipped, (int)skip)) &&
	     (!len || EVP_CipherUpdate(c->stream, bytes, &n, bytes, (int)len));
	crypto_wipe(skipped, sizeof skipped);
	return ok ? 0 : -ENOMEM;
}
