/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/algorithms.h"

#include <openssl/crypto.h>
#include <stdlib.h>

struct digest_row {
	const char *mac, *parameter, *value;
};

static const struct digest_row digest_rows[DIGESTS] = {
	[DIGEST_HMAC_MD5] = {"HMAC", OSSL_MAC_PARAM_DIGEST, "MD5"},
	[DIGEST_HMAC_SHA1] = {"HMAC", OSSL_MAC_PARAM_DIGEST, "SHA1"},
	[DIGEST_HMAC_SHA256] = {"HMAC", OSSL_MAC_PARAM_DIGEST, "SHA2-256"},
	[DIGEST_HMAC_SHA384] = {"HMAC", OSSL_MAC_PARAM_DIGEST, "SHA2-384"},
	[DIGEST_CMAC_128] = {"CMAC", OSSL_MAC_PARAM_CIPHER, "AES-128-CBC"},
	[DIGEST_CMAC_256] = {"CMAC", OSSL_MAC_PARAM_CIPHER, "AES-256-CBC"},
};

static EVP_MAC_CTX *digest_context(OSSL_LIB_CTX *lib, const struct digest_row *row)
{
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(row->parameter, (char *)row->value, 0), OSSL_PARAM_END};
	EVP_MAC *mac = EVP_MAC_fetch(lib, row->mac, NULL);
	EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac); /* the context holds it */
	if (context && !EVP_MAC_CTX_set_params(context, params)) {
		EVP_MAC_CTX_free(context);
		return NULL;
	}
	return context;
}

static bool fetch_ciphers(struct crypto *c)
{
	static const char *const ccm[] = {"AES-128-CCM", "AES-192-CCM", "AES-256-CCM"};
	static const char *const gcm[] = {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"};
	static const char *const wrap[] = {"AES-128-WRAP", "AES-192-WRAP", "AES-256-WRAP"};

	for (int i = 0; i < AES_SIZES; i++) {
		c->ccm[i] = EVP_CIPHER_fetch(c->lib, ccm[i], NULL);
		c->gcm[i] = EVP_CIPHER_fetch(c->lib, gcm[i], NULL);
		c->wrap[i] = EVP_CIPHER_fetch(c->lib, wrap[i], NULL);
		if (!c->ccm[i] || !c->gcm[i] || !c->wrap[i])
			return false;
	}
	c->ctr = EVP_CIPHER_fetch(c->lib, "AES-256-CTR", NULL);
	c->cipher = EVP_CIPHER_CTX_new();
	return c->ctr && c->cipher;
}

static EVP_CIPHER_CTX *rc4_context(OSSL_LIB_CTX *lib)
{
	EVP_CIPHER *rc4 = EVP_CIPHER_fetch(lib, "RC4", NULL);
	EVP_CIPHER_CTX *context = rc4 ? EVP_CIPHER_CTX_new() : NULL;

	if (context && !EVP_CipherInit_ex2(context, rc4, NULL, NULL, 1, NULL)) {
		EVP_CIPHER_CTX_free(context);
		context = NULL;
	}
	EVP_CIPHER_free(rc4); /* the context holds it */
	return context;
}

static bool fetch(struct crypto *c)
{
	EVP_KDF *pbkdf2;

	c->lib = OSSL_LIB_CTX_new();
	if (!c->lib)
		return false;
	/* Once a provider is loaded by name, the default one does not come by itself any more. */
	c->standard = OSSL_PROVIDER_load(c->lib, "default");
	if (!c->standard || !fetch_ciphers(c))
		return false;
	c->legacy = OSSL_PROVIDER_load(c->lib, "legacy");
	c->stream = c->legacy ? rc4_context(c->lib) : NULL;
	for (int i = 0; i < DIGESTS; i++) {
		c->digests[i] = digest_context(c->lib, &digest_rows[i]);
		if (!c->digests[i])
			return false;
	}
	pbkdf2 = EVP_KDF_fetch(c->lib, "PBKDF2", NULL);
	c->pbkdf2 = pbkdf2 ? EVP_KDF_CTX_new(pbkdf2) : NULL;
	EVP_KDF_free(pbkdf2);
	return c->pbkdf2;
}

struct crypto *crypto_new(void)
{
	struct crypto *c = calloc(1, sizeof *c);

	if (c && !fetch(c)) {
		crypto_free(c);
		return NULL;
	}
	if (c)
		c->lanes = lanes_new();
	return c;
}

void crypto_alone(struct crypto *c)
{
	lanes_free(c->lanes);
	c->lanes = NULL;
}

bool crypto_has_lanes(const struct crypto *c)
{
	return c->lanes;
}

void crypto_free(struct crypto *c)
{
	if (!c)
		return;
	EVP_KDF_CTX_free(c->pbkdf2);
	for (int i = 0; i < DIGESTS; i++)
		EVP_MAC_CTX_free(c->digests[i]);
	EVP_CIPHER_CTX_free(c->cipher);
	EVP_CIPHER_CTX_free(c->stream);
	EVP_CIPHER_free(c->ctr);
	for (int i = 0; i < AES_SIZES; i++) {
		EVP_CIPHER_free(c->ccm[i]);
		EVP_CIPHER_free(c->gcm[i]);
		EVP_CIPHER_free(c->wrap[i]);
	}
	if (c->legacy)
		OSSL_PROVIDER_unload(c->legacy);
	if (c->standard)
		OSSL_PROVIDER_unload(c->standard);
	OSSL_LIB_CTX_free(c->lib);
	lanes_free(c->lanes);
	free(c);
}

bool crypto_has_rc4(const struct crypto *c)
{
	return c->stream;
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void crypto_wipe(void *p, size_t len)
{
	OPENSSL_cleanse(p, len);
}
