/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames at random from a seed: mostly sound ones of every protocol the rules know, some broken on purpose. */
#ifndef VIFI_TESTS_GENERATE_H
#define VIFI_TESTS_GENERATE_H

#include "frames.h"
#include "macnat/context.h"

struct rng {
	uint64_t state;
};

uint32_t rng_below(struct rng *rng, uint32_t sides); /* 0 … sides - 1 */
bool rng_chance(struct rng *rng, uint32_t percent);

/* The next frame for a hook; *port: by which bridge port it comes. At most `longest` bytes long. */
void generate_frame(struct rng *rng, enum mn_hook hook, struct raw_frame *frame, uint32_t *port, uint32_t longest);

#endif
