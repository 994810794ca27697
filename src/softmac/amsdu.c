/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/amsdu.h"

#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ieee80211.h"

#include <string.h>

enum { HEADER_LEN = 14, LLC_MIN = 3 };

enum drop amsdu_check(const uint8_t *bytes, size_t len)
{
	static const uint8_t llc[SNAP_OFF_TYPE] = {SNAP_RFC1042};
	size_t offset = 0;

	if (len < HEADER_LEN)
		return DROP_AMSDU;
	if (memcmp(bytes, llc, sizeof(llc)) == 0)
		return DROP_AMSDU_LLC;
	while (offset < len) {
		size_t body;

		if (len - offset < HEADER_LEN)
			return DROP_AMSDU;
		body = be16(bytes + offset + 12);
		if (body < LLC_MIN || body > MSDU_MAX || body > len - offset - HEADER_LEN)
			return DROP_AMSDU;
		offset += HEADER_LEN + body;
		/* Subframes are padded; padding after the last one is harmless. */
		if (offset < len)
			offset += -offset & 3;
	}
	return NOT_DROPPED;
}

bool amsdu_next(struct amsdu_subframe *subframe, const uint8_t *bytes, size_t len, size_t *offset)
{
	const uint8_t *header = bytes + *offset;

	if (*offset >= len)
		return false;
	*subframe = (struct amsdu_subframe){header, header + 6, header + HEADER_LEN, be16(header + 12)};
	*offset += HEADER_LEN + subframe->len;
	*offset += -*offset & 3;
	return true;
}
