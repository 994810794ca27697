/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vifi takes from OpenSSL's libcrypto, fetched once.
 *
 * A `struct crypto` is a library context of its own: neither openssl.cnf nor what another part of the process loads
 * changes what it does. It holds the fetched algorithms and the contexts that are used again and again, so it belongs
 * to one thread. Keys made from it must be freed before it.
 *
 * RC4 (WEP, TKIP, and the key data of WPA version 1) is in libcrypto's "legacy" provider, a file that an installation
 * may lack (legacy.so; Debian ships it with libssl3). Without it everything else works, crypto_has_rc4() says no, and
 * whoever asks for RC4 gets -ENOTSUP. No primitive that libcrypto has is written here a second time; Michael, which
 * it does not have, is (crypto/michael.h).
 *
 * Errors of this folder: -ENOTSUP libcrypto does not have it, -EINVAL a length that the algorithm does not take,
 * -EBADMSG what should be authentic is not, -ENOMEM libcrypto failed for any other reason.
 */
#ifndef VIFI_CRYPTO_CRYPTO_H
#define VIFI_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crypto;

/* A piece of a message that lies in several places. */
struct piece {
	const void *bytes;
	size_t len;
};

/* Returns a context with all but RC4 for sure, or NULL: libcrypto's default provider does not work. */
struct crypto *crypto_new(void);

/* NULL is taken. */
void crypto_free(struct crypto *crypto);

/*
 * Many frames at once go through Intel's multi-buffer library where the machine can (crypto/multibuffer.h). crypto_disable_multibuffer()
 * leaves it all to libcrypto, for whoever compares the two; before the first key is made.
 */
bool crypto_has_multibuffer(const struct crypto *crypto);
void crypto_disable_multibuffer(struct crypto *crypto);

bool crypto_has_rc4(const struct crypto *crypto);

/* Are the bytes equal? Takes the same time whatever they are. */
bool crypto_equal(const void *a, const void *b, size_t len);

/* Overwrites a secret; the compiler cannot leave it out. */
void crypto_wipe(void *secret, size_t len);

#endif
