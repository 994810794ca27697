/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * EAPOL-Key frames (IEEE 802.1X-2010, 11.3; IEEE 802.11-2020, 12.7.2):
 *
 *	version │ 3 │ length (2) │ descriptor │ information (2) │ key length (2) │ replay counter (8) │ nonce (32) │
 *	IV (16) │ RSC (8) │ reserved (8) │ MIC │ key data length (2) │ key data
 *
 * The AKM determines the length of the MIC: 16 bytes, or 24 or 32 with longer hashes. The frame does not tell it.
 */
#ifndef VIFI_WIRE_EAPOL_H
#define VIFI_WIRE_EAPOL_H

#include "base/drop.h"
#include "wire/ie.h"

#define EAPOL_TYPE_KEY       3
#define EAPOL_HEADER_LEN     4
#define EAPOL_OFF_MIC        81
#define EAPOL_MIC_LEN        16 /* of most AKMs */
#define EAPOL_MIC_MAX        32
#define EAPOL_KEY_MIN_LEN    99 /* the whole frame without key data, with a MIC of that length */
#define EAPOL_NONCE_LEN      32
#define EAPOL_DESCRIPTOR_RSN 2
#define EAPOL_DESCRIPTOR_WPA 254

/* Key information (12.7.2, b0 to b12). */
#define KEY_INFO_VERSION   0x0007 /* key descriptor version */
#define KEY_INFO_PAIRWISE  0x0008
#define KEY_INFO_INDEX     0x0030 /* WPA: id of the group key */
#define KEY_INFO_INSTALL   0x0040
#define KEY_INFO_ACK       0x0080 /* from the authenticator */
#define KEY_INFO_MIC       0x0100
#define KEY_INFO_SECURE    0x0200
#define KEY_INFO_ERROR     0x0400
#define KEY_INFO_REQUEST   0x0800
#define KEY_INFO_ENCRYPTED 0x1000

#define EAPOL_VERSION_RC4 1 /* the descriptor version with HMAC-MD5 and RC4; all others wrap key data with AES */

/* The length of a frame without key data. */
static inline size_t eapol_key_min_len(uint8_t mic_len)
{
	return EAPOL_OFF_MIC + mic_len + 2u;
}

struct eapol_key {
	uint8_t version, descriptor;
	uint16_t info, key_len;
	uint64_t replay_counter;
	const uint8_t *nonce, *iv, *rsc, *mic;
	struct span data;
	uint8_t mic_len;
	size_t len; /* of the frame according to its header, which the MIC covers */
};

/*
 * Reads a frame from its EAPOL header on. Bytes after the length in the header are ignored. Returns
 * DROP_EAPOL_MALFORMED for other EAPOL frames, unknown descriptor types and invalid lengths.
 */
enum drop eapol_key_parse(struct eapol_key *eapol, const uint8_t *bytes, size_t len, uint8_t mic_len);

/*
 * Writes a frame with a zero MIC of eapol->mic_len bytes; a NULL nonce, IV or RSC is written as zeroes. `out` has room for
 * eapol_key_min_len() + data.len bytes. Returns that length.
 */
size_t eapol_key_write(const struct eapol_key *eapol, uint8_t *out);

#endif
