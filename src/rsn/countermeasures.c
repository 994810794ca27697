/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/countermeasures.h"

bool countermeasures_failure(struct countermeasures *c, uint64_t now_ns)
{
	bool second;

	if (countermeasures_active(c, now_ns))
		return false;
	second = c->failed && now_ns - c->at_ns < COUNTERMEASURES_NS;
	c->failed = !second;
	c->at_ns = now_ns;
	if (second)
		c->until_ns = now_ns + COUNTERMEASURES_NS;
	return second;
}

bool countermeasures_active(const struct countermeasures *c, uint64_t now_ns)
{
	return now_ns < c->until_ns;
}

bool countermeasures_concern(const struct rsn_suite *s)
{
	return s->pairwise == CIPHER_TKIP || s->group == CIPHER_TKIP;
}
