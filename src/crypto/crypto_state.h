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
	OSSL_PROVIDER *default_provider;
	EVP_CIPHER *ctr;        /* AES-256, for random bytes */
	EVP_CIPHER_CTX *cipher; /* for ciphers whose key changes with each use */
	EVP_KDF_CTX *pbkdf2;

	/* Made on first use. A process whose driver encrypts needs few of them. */
	EVP_MAC_CTX *digests[DIGEST_COUNT];
	EVP_CIPHER *ccm[AES_SIZE_COUNT], *gcm[AES_SIZE_COUNT], *wrap[AES_SIZE_COUNT];
	OSSL_PROVIDER *legacy_provider;
	EVP_CIPHER_CTX *rc4;             /* NULL without the legacy provider */
	struct multibuffer *multibuffer; /* NULL: not available */
	bool rc4_tried, multibuffer_tried;
	struct ec_curve *curves; /* crypto/ec.h */
};

void ec_curves_free(struct ec_curve *curves); /* crypto/ec_curve.c */

/* Returns the context of an algorithm, which belongs to `crypto`, or NULL without memory. */
EVP_MAC_CTX *crypto_digest(struct crypto *crypto, enum digest algorithm);

enum aes_mode { AES_CCM, AES_GCM, AES_WRAP };

/* Returns the cipher, which belongs to `crypto`, or NULL without memory or for an invalid length of the key. */
EVP_CIPHER *crypto_aes(struct crypto *crypto, enum aes_mode mode, size_t key_len);

/* Returns the multi-buffer library, or NULL where it is not available. */
struct multibuffer *crypto_multibuffer(struct crypto *crypto);

/* Returns AES_SIZE_NONE for an invalid length. */
static inline enum aes_size aes_size_of(size_t key_len)
{
	return key_len == 16 ? AES_128 : key_len == 24 ? AES_192 : key_len == 32 ? AES_256 : AES_SIZE_NONE;
}

#endif
