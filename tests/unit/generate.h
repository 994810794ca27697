/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random frames from a seed: mostly valid ones of every protocol that the rules handle, some broken on purpose. */
#ifndef VIFI_TESTS_GENERATE_H
#define VIFI_TESTS_GENERATE_H

#include "frames.h"
#include "macnat/context.h"

struct rng {
	uint64_t state;
};

uint32_t rng_below(struct rng *rng, uint32_t sides); /* 0 … sides - 1 */
bool rng_chance(struct rng *rng, uint32_t percent);

/* Generates the next frame for a hook, at most `longest` bytes long. *port: the bridge port of arrival. */
void generate_frame(struct rng *rng, enum mn_hook hook, struct raw_frame *frame, uint32_t *port, uint32_t longest);

/*
 * Changes one bit in the first 62 bytes of an IP frame without a tag, or makes it a DHCP message; half of the time the IPv4
 * checksum becomes valid again.
 */
void generate_variant(struct rng *rng, struct raw_frame *frame);

#endif
