/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/radiotap.h"

#include "wire/be.h"
#include "wire/capture.h"
#include "wire/le.h"

#include <string.h>

enum { TSFT = 1 << 0, FLAGS = 1 << 1, FLAG_FCS = 0x10, FLAG_BAD_FCS = 0x40, MORE = 1u << 31 };

/* Of the fields only the flags matter here; before them there can be the time, aligned to eight bytes. */
static bool radiotap(struct radio_header *r, const uint8_t *bytes, size_t len)
{
	uint32_t present;
	size_t at = 8;

	if (len < 8 || bytes[0] != 0)
		return false;
	r->len = le16(bytes + 2);
	if (r->len < 8 || r->len > len)
		return false;
	present = le32(bytes + 4);
	for (uint32_t word = present; word & MORE; at += 4) {
		if (at + 4 > r->len)
			return false;
		word = le32(bytes + at);
	}
	if (present & TSFT)
		at = (at + 7) / 8 * 8 + 8;
	if ((present & FLAGS) && at < r->len) {
		r->fcs = bytes[at] & FLAG_FCS;
		r->fcs_flag = FLAG_FCS;
		r->broken = bytes[at] & FLAG_BAD_FCS;
		r->flags_at = at;
	}
	return true;
}

/* Prism's header says its length in the order of the machine that captured; its successor, AVS, big-endian. */
static bool prism(struct radio_header *r, const uint8_t *bytes, size_t len)
{
	uint32_t big, little;

	if (len < 8)
		return false;
	big = be32(bytes + 4);
	little = le32(bytes + 4);
	r->len = be32(bytes) >> 12 == 0x80211 || big < little ? big : little;
	return r->len >= 8 && r->len <= len;
}

/* Fields of type, length and body; the one of 802.11 has the flags behind the time. */
static bool ppi(struct radio_header *r, const uint8_t *bytes, size_t len)
{
	enum { HEAD = 8, COMMON = 2, FLAGS_AT = 8, COMMON_LEN = 20, HAS_FCS = 0x01, BAD_FCS = 0x04 };
	size_t at = HEAD, body;

	if (len < HEAD || bytes[0] != 0 || le32(bytes + 4) != LINK_DOT11)
		return false;
	r->len = le16(bytes + 2);
	if (r->len < HEAD || r->len > len)
		return false;
	for (; at + 4 <= r->len; at += 4 + body) {
		body = le16(bytes + at + 2);
		if (body > r->len - at - 4)
			return false;
		if (le16(bytes + at) == COMMON && body >= COMMON_LEN && !r->flags_at) {
			r->flags_at = at + 4 + FLAGS_AT;
			r->fcs_flag = HAS_FCS;
			r->fcs = bytes[r->flags_at] & HAS_FCS;
			r->broken = bytes[r->flags_at] & BAD_FCS;
		}
	}
	return true;
}

bool radio_header(struct radio_header *r, uint32_t link, const uint8_t *bytes, size_t len)
{
	*r = (struct radio_header){0};
	switch (link) {
	case LINK_DOT11:
		return true;
	case LINK_RADIOTAP:
		return radiotap(r, bytes, len);
	case LINK_PRISM:
	case LINK_AVS:
		return prism(r, bytes, len);
	case LINK_PPI:
		return ppi(r, bytes, len);
	}
	return false;
}

/* IEEE80211_CHAN_*: which band, and what is modulated there. */
enum { CHANNEL_CCK = 0x20, CHANNEL_OFDM = 0x40, CHANNEL_2GHZ = 0x80, CHANNEL_5GHZ = 0x100 };

size_t radiotap_write(uint8_t out[RADIOTAP_ROOM], const struct radiotap *r)
{
	enum { RATE = 1 << 2, CHANNEL = 1 << 3, SIGNAL = 1 << 5, TX_FLAGS = 1 << 15, DATA_RETRIES = 1 << 17 };
	uint32_t rate = r->rate_kbps / 500;
	bool has_rate = rate && rate <= UINT8_MAX, cck = rate == 2 || rate == 4 || rate == 11 || rate == 22;
	size_t len = r->tries ? 27 : 23;

	memset(out, 0, len);
	put_le16(out + 2, (uint16_t)len);
	put_le32(out + 4,
		 TSFT | FLAGS | (has_rate ? RATE : 0) | CHANNEL | SIGNAL | (r->tries ? TX_FLAGS | DATA_RETRIES : 0));
	put_le32(out + 8, (uint32_t)r->time_us);
	put_le32(out + 12, (uint32_t)(r->time_us >> 32));
	/* Flags: none.  Without a rate its byte is the padding before the channel. */
	out[17] = has_rate ? (uint8_t)rate : 0;
	put_le16(out + 18, r->freq_mhz);
	put_le16(out + 20,
		 (uint16_t)((r->freq_mhz < 4000 ? CHANNEL_2GHZ : CHANNEL_5GHZ) | (cck ? CHANNEL_CCK : CHANNEL_OFDM)));
	out[22] = (uint8_t)r->signal_dbm;
	if (r->tries) /* after a byte of padding and the TX flags, none of which is set */
		out[26] = r->tries - 1 < UINT8_MAX ? (uint8_t)(r->tries - 1) : UINT8_MAX;
	return len;
}
