/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame for aead_seal_batch() and aead_open_batch() (crypto/aead.h). */
#ifndef VIFI_CRYPTO_AEAD_JOB_H
#define VIFI_CRYPTO_AEAD_JOB_H

#include "crypto/piece.h"

#include <stdint.h>

enum aead_kind {
	AEAD_CCM, /* nonce of 13 bytes, so the length field has 2 */
	AEAD_GCM, /* nonce of 12 bytes */
};

struct aead_job {
	struct aead *aead;
	const uint8_t *nonce;
	struct piece aad;
	uint8_t *bytes; /* text, processed in place */
	size_t len;
	uint8_t *tag;             /* written by sealing, verified by opening */
	int error;                /* result, as of aead_seal() or aead_open() */
	uint8_t computed_tag[16]; /* private: the tag that opening computes */
};

#endif
