/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/radiotap.h"

#include "wire/be.h"
#include "wire/capture.h"
#include "wire/le.h"

enum { TSFT = 1 << 0, FLAGS = 1 << 1, FLAG_FCS = 0x10, FLAG_BAD_FCS = 0x40, MORE = 1u << 31, AVS = 0x80211000 };

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
		r->broken = bytes[at] & FLAG_BAD_FCS;
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
	r->len = be32(bytes) == AVS || big < little ? big : little;
	return r->len >= 8 && r->len <= len;
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
		return prism(r, bytes, len);
	}
	return false;
}
