/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The algorithms that vifi uses from OpenSSL's libcrypto, each fetched once.
 *
 * A `struct crypto` is a library context of its own, independent of openssl.cnf and of other users of libcrypto in the
 * process. Its contexts are reused from call to call, so it belongs to one thread. Keys made from it must be freed
 * before it.
 *
 * RC4 (WEP, TKIP, and the key data of descriptor version 1) is in libcrypto's "legacy" provider, a file that an
 * installation can lack (legacy.so; Debian ships it with libssl3). Without it crypto_has_rc4() returns false and users
 * of RC4 fail with -ENOTSUP; everything else works. Michael, which libcrypto does not have, is in crypto/michael.h.
 *
 * Errors of this folder: -ENOTSUP, missing in libcrypto; -EINVAL, an invalid length; -EBADMSG, a failed authentication;
 * -ENOMEM, any other failure of libcrypto.
 */
#ifndef VIFI_CRYPTO_CRYPTO_H
#define VIFI_CRYPTO_CRYPTO_H

#include "crypto/piece.h"

#include <stdbool.h>
#include <stdint.h>

struct crypto;

/* Returns a context, perhaps without RC4, or NULL if libcrypto's default provider does not work. */
struct crypto *crypto_new(void);

/* NULL is valid. */
void crypto_free(struct crypto *crypto);

/*
 * Batches of frames use Intel's multi-buffer library where it is available (crypto/multibuffer.h).
 * crypto_disable_multibuffer() selects libcrypto instead, for comparisons; call it before the first key is made.
 */
bool crypto_has_multibuffer(struct crypto *crypto); /* loads it: before the process confines itself */
void crypto_disable_multibuffer(struct crypto *crypto);

/* The first call loads legacy.so: a process that needs RC4 calls it before it confines itself. */
bool crypto_has_rc4(struct crypto *crypto);

/* Are the bytes equal? Runs in constant time. */
bool crypto_equal(const void *a, const void *b, size_t len);

/* Overwrites a secret; the compiler cannot remove the call. */
void crypto_wipe(void *secret, size_t len);

#endif
