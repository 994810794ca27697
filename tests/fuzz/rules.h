/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common code of the three targets for the rules. An input is a sequence of frames, so that state matters: for each a
 * byte of conditions, two bytes of length (big-endian), and the frame. Every verdict is checked against the invariants
 * of tests/unit/harness.c; a broken one aborts.
 *
 * Conditions: bits 0 and 1 the bridge port; bit 2 the hook of the guests instead; bit 3 partial checksum; bit 4 a tag
 * outside the frame; bit 5 to be segmented; bit 6 marked by the engine; bit 7 a minute later.
 */
#ifndef VIFI_FUZZ_RULES_H
#define VIFI_FUZZ_RULES_H

#include <string.h>

#include "fuzz.h"

#include "../unit/harness.h"

enum { FUZZ_OTHER = 4, FUZZ_PARTIAL = 8, FUZZ_TAG = 16, FUZZ_SEGMENT = 32, FUZZ_MARKED = 64, FUZZ_LATER = 128 };

static inline void fuzz_rules(const uint8_t *data, size_t size, enum mn_hook hook)
{
	static struct harness harness;

	harness_init(&harness);
	mn_engine_config(harness.engine)->port_cap = 4;
	harness_learn4(&harness, PORT_A, mac_a, ip_a);
	harness_learn6(&harness, PORT_B, mac_b, ip6_b);
	while (size >= 3) {
		uint8_t how = data[0];
		size_t len = (size_t)(data[1] << 8 | data[2]);
		enum mn_hook now = how & FUZZ_OTHER ? MN_FROM_GUEST : hook;

		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		if (len > FRAME_MAX)
			len = FRAME_MAX;
		memcpy(harness.frame.bytes, data, len);
		harness.frame.len = (uint32_t)len;
		harness.partial = how & FUZZ_PARTIAL;
		harness.tci = how & FUZZ_TAG ? 0x10007 : 0;
		harness.segment = how & FUZZ_SEGMENT ? 1514 : 0;
		harness.now += how & FUZZ_LATER ? 61 * SECOND : SECOND / 1000;
		harness_run(&harness, now, PORT_A + (how & 3u), now != MN_FROM_GUEST && how & FUZZ_MARKED);
		data += len;
		size -= len;
	}
	harness_free(&harness);
}

#endif
