/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "softmac/amsdu.h"

#include "wire/be.h"
#include "wire/ieee80211.h"

#include <string.h>

enum { HEADER = 14, LLC_MIN = 3 };

enum drop amsdu_check(const uint8_t *bytes, size_t len)
{
	static const uint8_t llc[6] = {0xaa, 0xaa, 3, 0, 0, 0};
	size_t at = 0;

	if (len < HEADER)
		return DROP_AMSDU;
	if (memcmp(bytes, llc, sizeof llc) == 0)
		return DROP_AMSDU_LLC;
	while (at < len) {
		size_t body;

		if (len - at < HEADER)
			return DROP_AMSDU;
		body = be16(bytes + at + 12);
		if (body < LLC_MIN || body > MSDU_MAX || body > len - at - HEADER)
			return DROP_AMSDU;
		at += HEADER + body;
		/* Padding parts it from the next one; whoever pads the last one too does no harm. */
		if (at < len)
			at += -at & 3;
	}
	return NOT_DROPPED;
}

bool amsdu_next(struct amsdu_part *part, const uint8_t *bytes, size_t len, size_t *at)
{
	const uint8_t *header = bytes + *at;

	if (*at >= len)
		return false;
	*part = (struct amsdu_part){header, header + 6, header + HEADER, be16(header + 12)};
	*at += HEADER + part->len;
	*at += -*at & 3;
	return true;
}
