/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/crypto.h"

#include "crypto/crypto_state.h"
#include "crypto/multibuffer.h"

#include <openssl/crypto.h>
#include <stdlib.h>

struct digest_row {
	const char *mac, *parameter, *value;
};

static const struct digest_row digest_rows[DIGEST_COUNT] = {
	[DIGEST_HMAC_MD5] = {"HMAC", OSSL_MAC_PARAM_DIGEST, "MD5"},
	[DIGEST_HMAC_SHA1] = {"HMAC", OSSL_MAC_PARAM_DIGEST, "SHA1"},
	[DIGEST_HMAC_SHA256] = {"HMAC", OSSL_MAC_PARAM_DIGEST, "SHA2-256"},
	[DIGEST_HMAC_SHA384] = {"HMAC", OSSL_MAC_PARAM_DIGEST, "SHA2-384"},
	[DIGEST_HMAC_SHA512] = {"HMAC", OSSL_MAC_PARAM_DIGEST, "SHA2-512"},
	[DIGEST_CMAC_128] = {"CMAC", OSSL_MAC_PARAM_CIPHER, "AES-128-CBC"},
	[DIGEST_CMAC_256] = {"CMAC", OSSL_MAC_PARAM_CIPHER, "AES-256-CBC"},
};

static EVP_MAC_CTX *new_digest_context(OSSL_LIB_CTX *lib, const struct digest_row *row)
{
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(row->parameter, (char *)row->value, 0), OSSL_PARAM_END};
	EVP_MAC *mac = EVP_MAC_fetch(lib, row->mac, NULL);
	EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac); /* the context holds a reference */
	if (context && !EVP_MAC_CTX_set_params(context, params)) {
		EVP_MAC_CTX_free(context);
		return NULL;
	}
	return context;
}

EVP_MAC_CTX *crypto_digest(struct crypto *crypto, enum digest algorithm)
{
	EVP_MAC_CTX **context = &crypto->digests[algorithm];

	if (!*context)
		*context = new_digest_context(crypto->lib, &digest_rows[algorithm]);
	return *context;
}

EVP_CIPHER *crypto_aes(struct crypto *crypto, enum aes_mode mode, size_t key_len)
{
	static const char *const names[][AES_SIZE_COUNT] = {
		[AES_CCM] = {"AES-128-CCM", "AES-192-CCM", "AES-256-CCM"},
		[AES_GCM] = {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"},
		[AES_WRAP] = {"AES-128-WRAP", "AES-192-WRAP", "AES-256-WRAP"},
	};
	EVP_CIPHER **all[] = {[AES_CCM] = crypto->ccm, [AES_GCM] = crypto->gcm, [AES_WRAP] = crypto->wrap}, **cipher;
	enum aes_size size = aes_size_of(key_len);

	if (size == AES_SIZE_NONE)
		return NULL;
	cipher = &all[mode][size];
	if (!*cipher)
		*cipher = EVP_CIPHER_fetch(crypto->lib, names[mode][size], NULL);
	return *cipher;
}

static EVP_CIPHER_CTX *new_rc4_context(OSSL_LIB_CTX *lib)
{
	EVP_CIPHER *rc4 = EVP_CIPHER_fetch(lib, "RC4", NULL);
	EVP_CIPHER_CTX *context = rc4 ? EVP_CIPHER_CTX_new() : NULL;

	if (context && !EVP_CipherInit_ex2(context, rc4, NULL, NULL, 1, NULL)) {
		EVP_CIPHER_CTX_free(context);
		context = NULL;
	}
	EVP_CIPHER_free(rc4); /* the context holds a reference */
	return context;
}

/*
 * Texts of errors and the names of algorithms from before OpenSSL 3: nothing here uses them, and to register them takes
 * longer than to fetch all that is used. In a program that has initialised the library in another way it has no effect.
 */
static void initialise_library(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
				    OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CONFIG,
			    NULL);
}

static bool fetch_algorithms(struct crypto *crypto)
{
	EVP_KDF *pbkdf2;

	initialise_library();
	crypto->lib = OSSL_LIB_CTX_new();
	if (!crypto->lib)
		return false;
	/* An explicitly loaded provider suppresses the automatic loading of the default one. */
	crypto->default_provider = OSSL_PROVIDER_load(crypto->lib, "default");
	if (!crypto->default_provider)
		return false;
	crypto->ctr = EVP_CIPHER_fetch(crypto->lib, "AES-256-CTR", NULL);
	crypto->cipher = EVP_CIPHER_CTX_new();
	if (!crypto->ctr || !crypto->cipher)
		return false;
	if (!crypto_digest(crypto, DIGEST_HMAC_SHA1))
		return false;
	pbkdf2 = EVP_KDF_fetch(crypto->lib, "PBKDF2", NULL);
	crypto->pbkdf2 = pbkdf2 ? EVP_KDF_CTX_new(pbkdf2) : NULL;
	EVP_KDF_free(pbkdf2);
	return crypto->pbkdf2;
}

struct crypto *crypto_new(void)
{
	struct crypto *crypto = calloc(1, sizeof(*crypto));

	if (crypto && !fetch_algorithms(crypto)) {
		crypto_free(crypto);
		return NULL;
	}
	return crypto;
}

struct multibuffer *crypto_multibuffer(struct crypto *crypto)
{
	if (!crypto->multibuffer_tried)
		crypto->multibuffer = multibuffer_new();
	crypto->multibuffer_tried = true;
	return crypto->multibuffer;
}

void crypto_disable_multibuffer(struct crypto *crypto)
{
	multibuffer_free(crypto->multibuffer);
	crypto->multibuffer = NULL;
	crypto->multibuffer_tried = true;
}

bool crypto_has_multibuffer(struct crypto *crypto)
{
	return crypto_multibuffer(crypto);
}

void crypto_free(struct crypto *crypto)
{
	if (!crypto)
		return;
	EVP_KDF_CTX_free(crypto->pbkdf2);
	ec_curves_free(crypto->curves);
	for (int i = 0; i < DIGEST_COUNT; i++)
		EVP_MAC_CTX_free(crypto->digests[i]);
	EVP_CIPHER_CTX_free(crypto->cipher);
	EVP_CIPHER_CTX_free(crypto->rc4);
	EVP_CIPHER_free(crypto->ctr);
	for (int i = 0; i < AES_SIZE_COUNT; i++) {
		EVP_CIPHER_free(crypto->ccm[i]);
		EVP_CIPHER_free(crypto->gcm[i]);
		EVP_CIPHER_free(crypto->wrap[i]);
	}
	if (crypto->legacy_provider)
		OSSL_PROVIDER_unload(crypto->legacy_provider);
	if (crypto->default_provider)
		OSSL_PROVIDER_unload(crypto->default_provider);
	OSSL_LIB_CTX_free(crypto->lib);
	multibuffer_free(crypto->multibuffer);
	free(crypto);
}

bool crypto_has_rc4(struct crypto *crypto)
{
	if (!crypto->rc4_tried) {
		crypto->legacy_provider = OSSL_PROVIDER_load(crypto->lib, "legacy");
		crypto->rc4 = crypto->legacy_provider ? new_rc4_context(crypto->lib) : NULL;
		crypto->rc4_tried = true;
	}
	return crypto->rc4;
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void crypto_wipe(void *secret, size_t len)
{
	OPENSSL_cleanse(secret, len);
}
