/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all ciphers share: reading the MAC header, making a gap behind it and closing it again, and the additional
 * data that CCMP and GCMP protect (IEEE 802.11-2016 12.5.3.3.3).
 *
 *	sealed:  MAC header │ cipher header │ body, encrypted │ MIC, ICV
 */
#ifndef VIFI_SOFTMAC_MPDU_H
#define VIFI_SOFTMAC_MPDU_H

#include "base/drop.h"
#include "base/frame.h"
#include "wire/ieee80211.h"

#define MPDU_AAD_MAX 30
#define EXT_IV       0x20 /* in the key id byte: the cipher header has 8 bytes */
#define EXT_IV_LEN   8

struct mpdu {
	uint16_t fc;
	uint8_t hdr_len; /* bytes of the MAC header */
	uint8_t tid;     /* 0 without QoS Control */
};

/* Reads the header. Returns DROP_TRUNCATED, or DROP_FRAME_TYPE for what is neither management nor data. */
enum drop mpdu_parse(struct mpdu *mpdu, const struct frame *frame);

/* The same, for a frame that must be protected and have `head` and `tail` bytes of cipher around its body. */
enum drop mpdu_parse_protected(struct mpdu *mpdu, const struct frame *frame, size_t head, size_t tail);

/* Is the cipher header behind the MAC header the long one, for this key id? DROP_CIPHER_HEADER, DROP_NO_KEY. */
enum drop mpdu_check_key(const struct mpdu *mpdu, const struct frame *frame, uint8_t key_id);

/*
 * Makes a gap of `head` bytes behind the MAC header and adds `tail` bytes at the end, both to be written, and sets the
 * Protected bit. Returns the frame's bytes, or NULL: no memory, which cannot be after frame_reserve(f, head, tail).
 */
uint8_t *mpdu_extend(const struct mpdu *mpdu, struct frame *frame, size_t head, size_t tail);

/* The way back. The frame is the caller's own: frame_make_writable() has been called. */
void mpdu_strip(const struct mpdu *mpdu, struct frame *frame, size_t head, size_t tail);

/* Writes the additional authenticated data for this header. Returns its length. */
size_t mpdu_aad(const struct mpdu *mpdu, const uint8_t *hdr, uint8_t aad[MPDU_AAD_MAX]);

/* The header that CCMP and GCMP put before the body: a 48-bit packet number and the key id (12.5.3.2, 12.5.5.2). */
void mpdu_put_pn(uint8_t *at, uint64_t pn, uint8_t key_id);
uint64_t mpdu_get_pn(const uint8_t *at);

/* Six bytes, the most significant first: as nonces have a packet number. */
void mpdu_put_pn_be(uint8_t *at, uint64_t pn);

/* Is it a management frame in the clear that PMF would protect (mgmt_is_robust())? */
bool mpdu_is_robust(const struct mpdu *mpdu, const struct frame *frame);

/* Which replay counter of a key the frame belongs to: see softmac/replay.h. */
unsigned mpdu_replay_slot(const struct mpdu *mpdu);

#endif
