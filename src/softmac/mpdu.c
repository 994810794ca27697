/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/mpdu.h"
#include "softmac/replay.h"
#include "wire/be.h"

#include "wire/mgmt.h"

#include <string.h>

enum drop mpdu_parse(struct mpdu *m, const struct frame *f)
{
	if (f->len < 2)
		return DROP_TRUNCATED;
	m->fc = le16(f->data);
	if ((m->fc & FC_VERSION) || (!dot11_is_data(m->fc) && !dot11_is_management(m->fc)))
		return DROP_FRAME_TYPE;
	m->hdr = (uint8_t)dot11_hdr_len(m->fc);
	if (f->len < m->hdr)
		return DROP_TRUNCATED;
	/* HT Control stands behind QoS Control. */
	m->tid = dot11_is_qos(m->fc) ? f->data[dot11_has_addr4(m->fc) ? 30 : 24] & DOT11_TID : 0;
	return NOT_DROPPED;
}

enum drop mpdu_parse_sealed(struct mpdu *m, const struct frame *f, size_t head, size_t tail)
{
	enum drop d = mpdu_parse(m, f);

	if (d)
		return d;
	if (!(m->fc & FC_PROTECTED))
		return DROP_UNPROTECTED;
	return f->len < m->hdr + head + tail ? DROP_TRUNCATED : NOT_DROPPED;
}

enum drop mpdu_check_key(const struct mpdu *m, const struct frame *f, uint8_t key_id)
{
	uint8_t byte = f->data[m->hdr + 3];

	if (!(byte & EXT_IV))
		return DROP_CIPHER_HEADER;
	return byte >> 6 == key_id ? NOT_DROPPED : DROP_NO_KEY;
}

uint8_t *mpdu_widen(const struct mpdu *m, struct frame *f, size_t head, size_t tail)
{
	uint8_t *bytes = frame_widen(f, head, tail);

	if (!bytes)
		return NULL;
	memmove(bytes, bytes + head, m->hdr);
	put_le16(bytes, m->fc | FC_PROTECTED);
	return bytes;
}

void mpdu_narrow(const struct mpdu *m, struct frame *f, size_t head, size_t tail)
{
	uint8_t *bytes = frame_own(f);

	put_le16(bytes, m->fc & ~FC_PROTECTED);
	memmove(bytes + head, bytes, m->hdr);
	frame_pull(f, head);
	frame_trim(f, tail);
}

size_t mpdu_aad(const struct mpdu *m, const uint8_t *hdr, uint8_t aad[MPDU_AAD_MAX])
{
	uint16_t masked = FC_RETRY | FC_PM | FC_MORE_DATA;
	size_t n = 22;

	/* What may change between the first try and a retry is left out. */
	if (dot11_is_data(m->fc))
		masked |= 0x0070;
	if (dot11_is_qos(m->fc))
		masked |= FC_ORDER;
	put_le16(aad, (m->fc & ~masked) | FC_PROTECTED);
	memcpy(aad + 2, hdr + DOT11_ADDR1, 18);
	put_le16(aad + 20, le16(hdr + DOT11_SEQ) & DOT11_FRAG);
	if (dot11_has_addr4(m->fc)) {
		memcpy(aad + n, hdr + DOT11_ADDR4, 6);
		n += 6;
	}
	if (dot11_is_qos(m->fc)) {
		/* The TID alone: the A-MSDU bit would count only between peers that both signal SPP A-MSDU. */
		put_le16(aad + n, m->tid);
		n += 2;
	}
	return n;
}

void mpdu_put_pn(uint8_t *at, uint64_t pn, uint8_t key_id)
{
	put_le16(at, (uint16_t)pn);
	at[2] = 0;
	at[3] = (uint8_t)(key_id << 6 | EXT_IV);
	put_le32(at + 4, (uint32_t)(pn >> 16));
}

uint64_t mpdu_pn(const uint8_t *at)
{
	return (uint64_t)le32(at + 4) << 16 | le16(at);
}

void mpdu_pn_be(uint8_t *at, uint64_t pn)
{
	put_be16(at, (uint16_t)(pn >> 32));
	put_be32(at + 2, (uint32_t)pn);
}

unsigned mpdu_slot(const struct mpdu *m)
{
	return dot11_is_management(m->fc) ? REPLAY_MANAGEMENT : m->tid;
}

bool mpdu_is_robust(const struct mpdu *m, const struct frame *f)
{
	struct mgmt is = {.subtype = (enum mgmt_subtype)(m->fc & FC_SUBTYPE)};

	if (!dot11_is_management(m->fc))
		return false;
	if (f->len > m->hdr)
		is.category = f->data[m->hdr];
	return mgmt_is_robust(&is);
}
