/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/mpdu.h"

#include "softmac/replay.h"
#include "wire/be.h"
#include "wire/mgmt.h"

#include <string.h>

enum drop mpdu_parse(struct mpdu *mpdu, const struct frame *frame)
{
	if (frame->len < 2)
		return DROP_TRUNCATED;
	mpdu->fc = le16(frame->data);
	if ((mpdu->fc & FC_VERSION) || (!dot11_is_data(mpdu->fc) && !dot11_is_management(mpdu->fc)))
		return DROP_FRAME_TYPE;
	mpdu->hdr_len = (uint8_t)dot11_hdr_len(mpdu->fc);
	if (frame->len < mpdu->hdr_len)
		return DROP_TRUNCATED;
	/* QoS Control precedes HT Control. */
	mpdu->tid = dot11_is_qos(mpdu->fc) ? frame->data[dot11_has_addr4(mpdu->fc) ? 30 : 24] & DOT11_TID_MASK : 0;
	return NOT_DROPPED;
}

enum drop mpdu_parse_protected(struct mpdu *mpdu, const struct frame *frame, size_t head, size_t tail)
{
	enum drop drop = mpdu_parse(mpdu, frame);

	if (drop)
		return drop;
	if (!(mpdu->fc & FC_PROTECTED))
		return DROP_UNPROTECTED;
	return frame->len < mpdu->hdr_len + head + tail ? DROP_TRUNCATED : NOT_DROPPED;
}

enum drop mpdu_check_key(const struct mpdu *mpdu, const struct frame *frame, uint8_t key_id)
{
	uint8_t byte = frame->data[mpdu->hdr_len + 3];

	if (!(byte & EXT_IV))
		return DROP_CIPHER_HEADER;
	return byte >> 6 == key_id ? NOT_DROPPED : DROP_NO_KEY;
}

uint8_t *mpdu_extend(const struct mpdu *mpdu, struct frame *frame, size_t head, size_t tail)
{
	uint8_t *bytes = frame_extend(frame, head, tail);

	if (!bytes)
		return NULL;
	memmove(bytes, bytes + head, mpdu->hdr_len);
	put_le16(bytes, mpdu->fc | FC_PROTECTED);
	return bytes;
}

void mpdu_strip(const struct mpdu *mpdu, struct frame *frame, size_t head, size_t tail)
{
	uint8_t *bytes = frame_make_writable(frame);

	put_le16(bytes, mpdu->fc & ~FC_PROTECTED);
	memmove(bytes + head, bytes, mpdu->hdr_len);
	frame_pull(frame, head);
	frame_trim(frame, tail);
}

size_t mpdu_aad(const struct mpdu *mpdu, const uint8_t *hdr, uint8_t aad[MPDU_AAD_MAX])
{
	uint16_t masked = FC_RETRY | FC_PM | FC_MORE_DATA;
	size_t len = 22;

	/* Mask the fields that a retry can change. */
	if (dot11_is_data(mpdu->fc))
		masked |= 0x0070;
	if (dot11_is_qos(mpdu->fc))
		masked |= FC_ORDER;
	put_le16(aad, (mpdu->fc & ~masked) | FC_PROTECTED);
	memcpy(aad + 2, hdr + DOT11_OFF_ADDR1, 18);
	put_le16(aad + 20, le16(hdr + DOT11_OFF_SEQ) & DOT11_FRAG_MASK);
	if (dot11_has_addr4(mpdu->fc)) {
		memcpy(aad + len, hdr + DOT11_OFF_ADDR4, 6);
		len += 6;
	}
	if (dot11_is_qos(mpdu->fc)) {
		/* Only the TID: the A-MSDU bit is included only between peers that both signal SPP A-MSDU. */
		put_le16(aad + len, mpdu->tid);
		len += 2;
	}
	return len;
}

void mpdu_put_pn(uint8_t *at, uint64_t pn, uint8_t key_id)
{
	put_le16(at, (uint16_t)pn);
	at[2] = 0;
	at[3] = (uint8_t)(key_id << 6 | EXT_IV);
	put_le32(at + 4, (uint32_t)(pn >> 16));
}

uint64_t mpdu_get_pn(const uint8_t *at)
{
	return (uint64_t)le32(at + 4) << 16 | le16(at);
}

void mpdu_put_pn_be(uint8_t *at, uint64_t pn)
{
	put_be16(at, (uint16_t)(pn >> 32));
	put_be32(at + 2, (uint32_t)pn);
}

unsigned mpdu_replay_slot(const struct mpdu *mpdu)
{
	return dot11_is_management(mpdu->fc) ? REPLAY_MANAGEMENT : mpdu->tid;
}

bool mpdu_is_robust(const struct mpdu *mpdu, const struct frame *frame)
{
	struct mgmt mgmt = {.subtype = (enum mgmt_subtype)(mpdu->fc & FC_SUBTYPE)};

	if (!dot11_is_management(mpdu->fc))
		return false;
	if (frame->len > mpdu->hdr_len)
		mgmt.category = frame->data[mpdu->hdr_len];
	return mgmt_is_robust(&mgmt);
}
