/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/keywrap.h"
#include "crypto/crypto_state.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static int run_aes_wrap(struct crypto *crypto, struct piece kek, struct piece in, uint8_t *out, size_t out_len,
			int encrypt)
{
	EVP_CIPHER *cipher;
	int written, ok;

	if (aes_size_of(kek.len) == AES_SIZE_NONE || in.len % 8 || in.len > INT_MAX / 2)
		return -EINVAL;
	cipher = crypto_aes(crypto, AES_WRAP, kek.len);
	if (!cipher)
		return -ENOMEM;
	EVP_CIPHER_CTX_set_flags(crypto->cipher, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ok = EVP_CipherInit_ex2(crypto->cipher, cipher, kek.bytes, NULL, encrypt, NULL) &&
	     EVP_CipherUpdate(crypto->cipher, out, &written, in.bytes, (int)in.len) && (size_t)written == out_len;
	EVP_CIPHER_CTX_reset(crypto->cipher);
	return ok ? 0 : encrypt ? -ENOMEM : -EBADMSG;
}

int keywrap(struct crypto *crypto, const uint8_t *kek, size_t kek_len, const uint8_t *bytes, size_t len, uint8_t *out)
{
	if (len < 16)
		return -EINVAL;
	return run_aes_wrap(crypto, (struct piece){kek, kek_len}, (struct piece){bytes, len}, out,
			    len + KEYWRAP_OVERHEAD, 1);
}

int keyunwrap(struct crypto *crypto, const uint8_t *kek, size_t kek_len, const uint8_t *bytes, size_t len, uint8_t *out)
{
	int err;

	if (len < 16 + KEYWRAP_OVERHEAD)
		return -EINVAL;
	err = run_aes_wrap(crypto, (struct piece){kek, kek_len}, (struct piece){bytes, len}, out,
			   len - KEYWRAP_OVERHEAD, 0);
	if (err == -EBADMSG)
		crypto_wipe(out, len - KEYWRAP_OVERHEAD);
	return err;
}
