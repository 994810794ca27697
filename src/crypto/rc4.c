/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/rc4.h"

#include "crypto/crypto.h"
#include "crypto/crypto_state.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

int rc4(struct crypto *crypto, const uint8_t *key, size_t key_len, size_t skip, uint8_t *bytes, size_t len)
{
	uint8_t skipped[256] = {0};
	int written, ok;

	if (!crypto_has_rc4(crypto))
		return -ENOTSUP;
	if (!key_len || key_len > RC4_KEY_MAX || skip > sizeof(skipped) || len > INT_MAX)
		return -EINVAL;
	/* The context stays, with the last key: making one takes longer than a short frame. */
	ok = EVP_CIPHER_CTX_set_key_length(crypto->rc4, (int)key_len) &&
	     EVP_CipherInit_ex2(crypto->rc4, NULL, key, NULL, 1, NULL) &&
	     (!skip || EVP_CipherUpdate(crypto->rc4, skipped, &written, skipped, (int)skip)) &&
	     (!len || EVP_CipherUpdate(crypto->rc4, bytes, &written, bytes, (int)len));
	crypto_wipe(skipped, sizeof(skipped));
	return ok ? 0 : -ENOMEM;
}
