/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CCM and GCM by Intel's multi-buffer library (Debian: libipsec-mb-dev), for the files of this folder only.
 *
 * The CBC-MAC of CCM needs the outcome of each block for the next one, so that on one frame the processor's AES unit
 * waits most of the time. The library fills it with the blocks of eight frames (or sixteen) at once. GCM has no such
 * chain, yet its functions are called with much less ado than libcrypto's, which matters where frames are short.
 *
 * There is no such thing on machines other than x86-64, and on those without AES instructions: then multibuffer_new()
 * returns NULL, nothing else here is called, and libcrypto does it all.
 */
#ifndef VIFI_CRYPTO_MULTIBUFFER_H
#define VIFI_CRYPTO_MULTIBUFFER_H

#include "crypto/aead.h"

#define MULTIBUFFER_BATCH   128   /* frames at once */
#define MULTIBUFFER_LEN_MAX 16000 /* bytes of text: the library counts in 16 bits, blocks of its own included */
#define MULTIBUFFER_AAD_MAX 46    /* the library's limit for CCM */

struct multibuffer;
struct multibuffer_key; /* a key schedule, for frames in both directions */

/* Returns NULL when this machine has no such thing, or no memory. */
struct multibuffer *multibuffer_new(void);
void multibuffer_free(struct multibuffer *multibuffer);

/* A key of 16 or 32 bytes. NULL: no memory. Freeing wipes it; NULL is taken. */
struct multibuffer_key *multibuffer_key_new(struct multibuffer *multibuffer, enum aead_kind kind, const uint8_t *bytes,
					    size_t key_len);
void multibuffer_key_free(struct multibuffer_key *key);

/*
 * Up to MULTIBUFFER_BATCH frames, each in place, with keys of CCM; or one with a key of GCM. Sealing writes job.tag, opening
 * job.mac, to be compared with it. job.error becomes 0 of those that were done.
 */
void multibuffer_ccm(struct multibuffer *multibuffer, struct aead_job **jobs, size_t count, bool seal);
void multibuffer_gcm(struct multibuffer *multibuffer, struct aead_job *job, bool seal);

/* The CRC-32 of IEEE 802.3, by carry-less multiplication: eight times as fast as zlib's. */
uint32_t multibuffer_crc32(struct multibuffer *multibuffer, const uint8_t *bytes, size_t len);

#endif
