/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contents of struct crypto, for the files of this folder. */
#ifndef VIFI_CRYPTO_CRYPTO_STATE_H
#define VIFI_CRYPTO_CRYPTO_STATE_H

#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>

/* AES by the length of its key. */
enum aes_size { AES_128, AES_192, AES_256, AES_SIZE_COUNT, AES_SIZE_NONE = AES_SIZE_COUNT };

struct crypto {
	OSSL_LIB_CTX *lib;
	struct multibuffer *multibuffer; /* NULL: not available */
	OSSL_PROVIDER *default_provider, *legacy_provider;
	EVP_CIPHER *ccm[AES_SIZE_COUNT], *gcm[AES_SIZE_COUNT], *wrap[AES_SIZE_COUNT];
	EVP_CIPHER *ctr;        /* AES-256, for random bytes */
	EVP_CIPHER_CTX *rc4;    /* NULL without the legacy provider */
	EVP_CIPHER_CTX *cipher; /* for ciphers whose key changes with each use */
	EVP_MAC_CTX *digests[DIGEST_COUNT];
	EVP_KDF_CTX *pbkdf2;
	struct ec_curve *curves; /* crypto/ec.h; made when they are first needed */
};

void ec_curves_free(struct ec_curve *curves); /* crypto/ec_curve.c */

/* Returns AES_SIZE_NONE for an invalid length. */
static inline enum aes_size aes_size_of(size_t key_len)
{
	return key_len == 16 ? AES_128 : key_len == 24 ? AES_192 : key_len == 32 ? AES_256 : AES_SIZE_NONE;
}

#endif
