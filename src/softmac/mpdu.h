/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The common part of all ciphers: the MAC header, the gap for the cipher header, and the additional authenticated data
 * of CCMP and GCMP (IEEE 802.11-2020, 12.5.3.3.3).
 *
 *	sealed:  MAC header │ cipher header │ body, encrypted │ MIC, ICV
 */
#ifndef VIFI_SOFTMAC_MPDU_H
#define VIFI_SOFTMAC_MPDU_H

#include "base/drop.h"
#include "base/frame.h"
#include "wire/ieee80211.h"

#define MPDU_AAD_MAX 30
#define EXT_IV       0x20 /* flag in the key id byte: the cipher header has 8 bytes */
#define EXT_IV_LEN   8

struct mpdu {
	uint16_t fc;
	uint8_t hdr_len; /* bytes of the MAC header */
	uint8_t tid;     /* 0 without QoS Control */
};

/* Reads the MAC header. Returns DROP_TRUNCATED, or DROP_FRAME_TYPE for other than management and data frames. */
enum drop mpdu_parse(struct mpdu *mpdu, const struct frame *frame);

/* Reads the MAC header of a frame that must be protected, with cipher fields of `head` and `tail` bytes. */
enum drop mpdu_parse_protected(struct mpdu *mpdu, const struct frame *frame, size_t head, size_t tail);

/* Checks for a cipher header of 8 bytes (DROP_CIPHER_HEADER) with this key id (DROP_NO_KEY). */
enum drop mpdu_check_key(const struct mpdu *mpdu, const struct frame *frame, uint8_t key_id);

/*
 * Inserts `head` undefined bytes after the MAC header, appends `tail` undefined bytes, and sets the Protected bit. Returns
 * the bytes of the frame, or NULL without memory, which cannot happen after frame_reserve(frame, head, tail).
 */
uint8_t *mpdu_extend(const struct mpdu *mpdu, struct frame *frame, size_t head, size_t tail);

/* Removes the bytes that mpdu_extend() adds. The caller has called frame_make_writable(). */
void mpdu_strip(const struct mpdu *mpdu, struct frame *frame, size_t head, size_t tail);

/* Writes the additional authenticated data for this header. Returns its length. */
size_t mpdu_aad(const struct mpdu *mpdu, const uint8_t *hdr, uint8_t aad[MPDU_AAD_MAX]);

/* The cipher header of CCMP and GCMP: a 48-bit packet number and the key id (12.5.3.2, 12.5.5.2). */
void mpdu_put_pn(uint8_t *at, uint64_t pn, uint8_t key_id);
uint64_t mpdu_get_pn(const uint8_t *at);

/* Writes a packet number as six big-endian bytes, as in a nonce. */
void mpdu_put_pn_be(uint8_t *at, uint64_t pn);

/* Is it a robust management frame (mgmt_is_robust())? The frame is in the clear. */
bool mpdu_is_robust(const struct mpdu *mpdu, const struct frame *frame);

/* Returns the replay counter of the frame (softmac/replay.h). */
unsigned mpdu_replay_slot(const struct mpdu *mpdu);

#endif
