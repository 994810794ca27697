/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and jobs of crypto/aead.h, for the files of this folder. */
#ifndef VIFI_CRYPTO_AEAD_STATE_H
#define VIFI_CRYPTO_AEAD_STATE_H

#include "crypto/aead_job.h"

#include <openssl/evp.h>

/* With a multi-buffer key the libcrypto contexts, which take much more memory, are made on their first use. */
struct aead {
	struct crypto *crypto;
	struct multibuffer_key *multibuffer_key; /* NULL: libcrypto does all frames */
	EVP_CIPHER_CTX *seal, *open;
	enum aead_kind kind;
	uint8_t tag_len, key_len, key[32];
};

#endif
