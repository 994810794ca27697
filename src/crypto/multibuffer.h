/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CCM and GCM with Intel's multi-buffer library (Debian: libipsec-mb-dev), for the files of this folder.
 *
 * In the CBC-MAC of CCM each block depends on the one before, so that the AES unit is mostly idle for a single frame.
 * The library interleaves the blocks of eight or sixteen frames. GCM has no such chain, but a call costs less than one
 * of libcrypto, which matters for short frames.
 *
 * The library needs x86-64 with AES instructions. On other machines, and where it is not installed, multibuffer_new()
 * returns NULL and libcrypto does all frames; no other function of this file is then called. It is loaded when it is
 * needed: a process whose driver encrypts never needs it. One that confines itself loads it before.
 */
#ifndef VIFI_CRYPTO_MULTIBUFFER_H
#define VIFI_CRYPTO_MULTIBUFFER_H

#include "crypto/aead_job.h"

#include <stdbool.h>

#define MULTIBUFFER_BATCH   128   /* frames */
#define MULTIBUFFER_LEN_MAX 16000 /* bytes of text: the library's 16-bit length includes its own blocks */
#define MULTIBUFFER_AAD_MAX 46    /* the library's limit for CCM */

struct multibuffer;
struct multibuffer_key; /* a key schedule, for both directions */

/* Returns NULL on an unsuitable machine or without memory. */
struct multibuffer *multibuffer_new(void);
void multibuffer_free(struct multibuffer *multibuffer);

/* Returns a key of 16 or 32 bytes, or NULL without memory. multibuffer_key_free() wipes it; NULL is valid. */
struct multibuffer_key *multibuffer_key_new(struct multibuffer *multibuffer, enum aead_kind kind, const uint8_t *bytes,
					    size_t key_len);
void multibuffer_key_free(struct multibuffer_key *key);

/*
 * Process up to MULTIBUFFER_BATCH CCM jobs, or one GCM job, in place. Sealing writes job->tag; opening writes
 * job->computed_tag, for the caller to compare. job->error becomes 0 for each completed job.
 */
void multibuffer_ccm(struct multibuffer *multibuffer, struct aead_job **jobs, size_t count, bool seal);
void multibuffer_gcm(struct multibuffer *multibuffer, struct aead_job *job, bool seal);

/* The CRC-32 of IEEE 802.3 by carry-less multiplication, eight times as fast as that of zlib. */
uint32_t multibuffer_crc32(struct multibuffer *multibuffer, const uint8_t *bytes, size_t len);

#endif
