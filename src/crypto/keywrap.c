/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/keywrap.h"
#include "crypto/algorithms.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static int run(struct crypto *c, struct piece kek, struct piece in, uint8_t *out, size_t out_len, int encrypt)
{
	enum aes size = aes_of(kek.len);
	int n, ok;

	if (size == AES_SIZES || in.len % 8 || in.len > INT_MAX / 2)
		return -EINVAL;
	EVP_CIPHER_CTX_set_flags(c->cipher, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ok = EVP_CipherInit_ex2(c->cipher, c->wrap[size], kek.bytes, NULL, encrypt, NULL) &&
	     EVP_CipherUpdate(c->cipher, out, &n, in.bytes, (int)in.len) && (size_t)n == out_len;
	EVP_CIPHER_CTX_reset(c->cipher);
	return ok ? 0 : encrypt ? -ENOMEM : -EBADMSG;
}

int keywrap(struct crypto *c, const uint8_t *kek, size_t kek_len, const uint8_t *bytes, size_t len, uint8_t *out)
{
	if (len < 16)
		return -EINVAL;
	return run(c, (struct piece){kek, kek_len}, (struct piece){bytes, len}, out, len + KEYWRAP_EXTRA, 1);
}

int keyunwrap(struct crypto *c, const uint8_t *kek, size_t kek_len, const uint8_t *bytes, size_t len, uint8_t *out)
{
	int e;

	if (len < 16 + KEYWRAP_EXTRA)
		return -EINVAL;
	e = run(c, (struct piece){kek, kek_len}, (struct piece){bytes, len}, out, len - KEYWRAP_EXTRA, 0);
	if (e == -EBADMSG)
		crypto_wipe(out, len - KEYWRAP_EXTRA);
	return e;
}
