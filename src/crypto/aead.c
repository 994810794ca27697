/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/aead.h"
#include "crypto/fetched.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

struct aead {
	EVP_CIPHER_CTX *seal, *open;
	enum aead_kind kind;
	int tag_len;
};

static bool lengths_fit(enum aead_kind kind, size_t key_len, size_t tag_len)
{
	return (key_len == 16 || key_len == 32) && (tag_len == 16 || (kind == AEAD_CCM && tag_len == 8));
}

/* The lengths must be set before the key: libcrypto's CCM makes its first block of them. */
static EVP_CIPHER_CTX *context(const struct aead *a, const EVP_CIPHER *cipher, const uint8_t *key, int encrypt)
{
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	int nonce_len = a->kind == AEAD_CCM ? 13 : 12;

	if (x && EVP_CipherInit_ex2(x, cipher, NULL, NULL, encrypt, NULL) &&
	    EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_IVLEN, nonce_len, NULL) > 0 &&
	    (a->kind == AEAD_GCM || EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, a->tag_len, NULL) > 0) &&
	    EVP_CipherInit_ex2(x, NULL, key, NULL, encrypt, NULL))
		return x;
	EVP_CIPHER_CTX_free(x);
	return NULL;
}

struct aead *aead_new(struct crypto *c, enum aead_kind kind, const uint8_t *key, size_t key_len, size_t tag_len)
{
	struct aead *a = lengths_fit(kind, key_len, tag_len) ? calloc(1, sizeof *a) : NULL;
	const EVP_CIPHER *cipher;

	if (!a)
		return NULL;
	cipher = (kind == AEAD_CCM ? c->ccm : c->gcm)[aes_of(key_len)];
	a->kind = kind;
	a->tag_len = (int)tag_len;
	a->seal = context(a, cipher, key, 1);
	a->open = context(a, cipher, key, 0);
	if (!a->seal || !a->open) {
		aead_free(a);
		return NULL;
	}
	return a;
}

void aead_free(struct aead *a)
{
	if (!a)
		return;
	EVP_CIPHER_CTX_free(a->seal); /* wipes the key */
	EVP_CIPHER_CTX_free(a->open);
	free(a);
}

/* CCM wants to know the length of the text before it sees the additional data. */
static bool begin(const struct aead *a, EVP_CIPHER_CTX *x, const uint8_t *nonce, const struct piece *aad, size_t count,
		  size_t len)
{
	bool ok = len <= INT_MAX && (a->kind == AEAD_GCM || count <= 1) &&
		  EVP_CipherInit_ex2(x, NULL, NULL, nonce, -1, NULL);
	int n;

	if (ok && a->kind == AEAD_CCM)
		ok = EVP_CipherUpdate(x, NULL, &n, NULL, (int)len);
	for (size_t i = 0; ok && i < count; i++)
		ok = !aad[i].len ||
		     (aad[i].len <= INT_MAX && EVP_CipherUpdate(x, NULL, &n, aad[i].bytes, (int)aad[i].len));
	return ok;
}

/* GCM takes no part in an update of nothing; CCM makes its tag there. */
static bool text(const struct aead *a, EVP_CIPHER_CTX *x, uint8_t *bytes, size_t len)
{
	int n;

	return (a->kind == AEAD_GCM && !len) || EVP_CipherUpdate(x, bytes, &n, bytes, (int)len);
}

int aead_seal(struct aead *a, const uint8_t *nonce, const struct piece *aad, size_t count, uint8_t *bytes, size_t len,
	      uint8_t *tag)
{
	uint8_t none[16];
	int n;

	if (begin(a, a->seal, nonce, aad, count, len) && text(a, a->seal, bytes, len) &&
	    EVP_CipherFinal_ex(a->seal, none, &n) &&
	    EVP_CIPHER_CTX_ctrl(a->seal, EVP_CTRL_AEAD_GET_TAG, a->tag_len, tag) > 0)
		return 0;
	return -ENOMEM;
}

int aead_open(struct aead *a, const uint8_t *nonce, const struct piece *aad, size_t count, uint8_t *bytes, size_t len,
	      const uint8_t *tag)
{
	uint8_t none[16];
	int n;

	/* libcrypto compares tags in constant time; CCM's update says whether the tag fits, GCM's final does. */
	if (EVP_CIPHER_CTX_ctrl(a->open, EVP_CTRL_AEAD_SET_TAG, a->tag_len, (void *)tag) > 0 &&
	    begin(a, a->open, nonce, aad, count, len) && text(a, a->open, bytes, len) &&
	    (a->kind == AEAD_CCM || EVP_CipherFinal_ex(a->open, none, &n)))
		return 0;
	return -EBADMSG;
}
