/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/radiotap.h"

#include "wire/be.h"
#include "wire/capture.h"
#include "wire/le.h"

#include <string.h>

enum { TSFT = 1 << 0, FLAGS = 1 << 1, FLAG_FCS = 0x10, FLAG_BAD_FCS = 0x40, PRESENT_EXT = 1u << 31 };

/* Reads only the flags field. Only the time, aligned to eight bytes, can precede it. */
static bool parse_radiotap(struct radio_header *header, const uint8_t *bytes, size_t len)
{
	uint32_t present;
	size_t offset = 8;

	if (len < 8 || bytes[0] != 0)
		return false;
	header->len = le16(bytes + 2);
	if (header->len < 8 || header->len > len)
		return false;
	present = le32(bytes + 4);
	for (uint32_t word = present; word & PRESENT_EXT; offset += 4) {
		if (offset + 4 > header->len)
			return false;
		word = le32(bytes + offset);
	}
	if (present & TSFT)
		offset = (offset + 7) / 8 * 8 + 8;
	if ((present & FLAGS) && offset < header->len) {
		header->has_fcs = bytes[offset] & FLAG_FCS;
		header->fcs_flag = FLAG_FCS;
		header->fcs_bad = bytes[offset] & FLAG_BAD_FCS;
		header->flags_offset = offset;
	}
	return true;
}

/* The length in a Prism header has the byte order of the capturing machine; that in an AVS header is big-endian. */
static bool parse_prism(struct radio_header *header, const uint8_t *bytes, size_t len)
{
	uint32_t big, little;

	if (len < 8)
		return false;
	big = be32(bytes + 4);
	little = le32(bytes + 4);
	header->len = be32(bytes) >> 12 == 0x80211 || big < little ? big : little;
	return header->len >= 8 && header->len <= len;
}

/* Fields of type, length and body; in the 802.11 field the flags follow the time. */
static bool parse_ppi(struct radio_header *header, const uint8_t *bytes, size_t len)
{
	enum { HEAD = 8, COMMON = 2, FLAGS_AT = 8, COMMON_LEN = 20, HAS_FCS = 0x01, BAD_FCS = 0x04 };
	size_t offset = HEAD, body;

	if (len < HEAD || bytes[0] != 0 || le32(bytes + 4) != LINKTYPE_IEEE802_11)
		return false;
	header->len = le16(bytes + 2);
	if (header->len < HEAD || header->len > len)
		return false;
	for (; offset + 4 <= header->len; offset += 4 + body) {
		body = le16(bytes + offset + 2);
		if (body > header->len - offset - 4)
			return false;
		if (le16(bytes + offset) == COMMON && body >= COMMON_LEN && !header->flags_offset) {
			header->flags_offset = offset + 4 + FLAGS_AT;
			header->fcs_flag = HAS_FCS;
			header->has_fcs = bytes[header->flags_offset] & HAS_FCS;
			header->fcs_bad = bytes[header->flags_offset] & BAD_FCS;
		}
	}
	return true;
}

bool radio_header_parse(struct radio_header *header, uint32_t link_type, const uint8_t *bytes, size_t len)
{
	*header = (struct radio_header){0};
	switch (link_type) {
	case LINKTYPE_IEEE802_11:
		return true;
	case LINKTYPE_RADIOTAP:
		return parse_radiotap(header, bytes, len);
	case LINKTYPE_PRISM:
	case LINKTYPE_AVS:
		return parse_prism(header, bytes, len);
	case LINKTYPE_PPI:
		return parse_ppi(header, bytes, len);
	}
	return false;
}

/* Band and modulation, as IEEE80211_CHAN_* of radiotap.org. */
enum { CHANNEL_CCK = 0x20, CHANNEL_OFDM = 0x40, CHANNEL_2GHZ = 0x80, CHANNEL_5GHZ = 0x100 };

size_t radiotap_write(uint8_t out[RADIOTAP_LEN_MAX], const struct radiotap *radiotap)
{
	enum { RATE = 1 << 2, CHANNEL = 1 << 3, SIGNAL = 1 << 5, TX_FLAGS = 1 << 15, DATA_RETRIES = 1 << 17 };
	uint32_t rate = radiotap->rate_kbps / 500;
	bool has_rate = rate && rate <= UINT8_MAX, cck = rate == 2 || rate == 4 || rate == 11 || rate == 22;
	bool has_signal = radiotap->signal_dbm;
	size_t tries_at = has_signal ? 26 : 24, len = radiotap->tries ? tries_at + 1 : has_signal ? 23 : 22;

	memset(out, 0, len);
	put_le16(out + 2, (uint16_t)len);
	put_le32(out + 4, TSFT | FLAGS | (has_rate ? RATE : 0) | CHANNEL | (has_signal ? SIGNAL : 0) |
				  (radiotap->tries ? TX_FLAGS | DATA_RETRIES : 0));
	put_le32(out + 8, (uint32_t)radiotap->time_us);
	put_le32(out + 12, (uint32_t)(radiotap->time_us >> 32));
	/* No flags. Without a rate its byte is the padding before the channel. */
	out[17] = has_rate ? (uint8_t)rate : 0;
	put_le16(out + 18, radiotap->freq_mhz);
	put_le16(out + 20, (uint16_t)((radiotap->freq_mhz < 4000 ? CHANNEL_2GHZ : CHANNEL_5GHZ) |
				      (cck ? CHANNEL_CCK : CHANNEL_OFDM)));
	if (has_signal)
		out[22] = (uint8_t)radiotap->signal_dbm;
	if (radiotap->tries) /* after the empty TX flags, which have an even offset */
		out[tries_at] = radiotap->tries - 1 < UINT8_MAX ? (uint8_t)(radiotap->tries - 1) : UINT8_MAX;
	return len;
}

/* ---- monitor interfaces ---- */

enum { BIT_TSFT, BIT_FLAGS, BIT_RATE, BIT_CHANNEL, BIT_SIGNAL = 5, BIT_TX_FLAGS = 15, BIT_DATA_RETRIES = 17 };
enum { TX_FAIL = 0x01, TX_NOSEQNO = 0x10 };

/* The fields up to the last one that matters, by their bit: alignment and size. */
static const struct {
	uint8_t align, size;
} fields[] = {{8, 8}, {1, 1}, {1, 1}, {2, 4}, {2, 2}, {1, 1}, {1, 1}, {2, 2}, {2, 2},
	      {2, 2}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {2, 2}, {2, 2}, {1, 1}, {1, 1}};

static void read_field(struct radiotap_frame *frame, unsigned bit, const uint8_t *field)
{
	switch (bit) {
	case BIT_FLAGS:
		frame->has_fcs = field[0] & FLAG_FCS;
		frame->fcs_bad = field[0] & FLAG_BAD_FCS;
		break;
	case BIT_RATE:
		frame->rate_kbps = field[0] * 500u;
		break;
	case BIT_CHANNEL:
		frame->freq_mhz = le16(field);
		break;
	case BIT_SIGNAL:
		frame->signal_dbm = (int8_t)field[0];
		break;
	case BIT_TX_FLAGS:
		frame->sent = true;
		frame->acked = !(le16(field) & TX_FAIL);
		break;
	case BIT_DATA_RETRIES:
		frame->retries = field[0];
		break;
	}
}

bool radiotap_read(struct radiotap_frame *frame, const uint8_t *bytes, size_t len)
{
	size_t offset = 8;
	uint32_t present;

	*frame = (struct radiotap_frame){0};
	if (len < 8 || bytes[0] != 0)
		return false;
	frame->len = le16(bytes + 2);
	if (frame->len < 8 || frame->len > len)
		return false;
	present = le32(bytes + 4);
	for (uint32_t word = present; word & PRESENT_EXT; offset += 4) {
		if (offset + 4 > frame->len)
			return false;
		word = le32(bytes + offset);
	}
	for (unsigned bit = 0; bit < sizeof(fields) / sizeof(fields[0]); bit++) {
		if (!(present & 1u << bit))
			continue;
		offset = (offset + fields[bit].align - 1) / fields[bit].align * fields[bit].align;
		if (offset + fields[bit].size > frame->len)
			return false;
		read_field(frame, bit, bytes + offset);
		offset += fields[bit].size;
	}
	return true;
}

size_t radiotap_write_injection(uint8_t out[RADIOTAP_LEN_MAX], uint32_t rate_kbps, uint8_t retries)
{
	enum { LEN = 13 }; /* the rate, a byte of padding, the TX flags, the retries */

	memset(out, 0, LEN);
	put_le16(out + 2, LEN);
	put_le32(out + 4, 1u << BIT_RATE | 1u << BIT_TX_FLAGS | 1u << BIT_DATA_RETRIES);
	out[8] = (uint8_t)(rate_kbps / 500);
	put_le16(out + 10, TX_NOSEQNO);
	out[12] = retries;
	return LEN;
}
