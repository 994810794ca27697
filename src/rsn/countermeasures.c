/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/countermeasures.h"

bool countermeasures_failure(struct countermeasures *countermeasures, uint64_t now_ns)
{
	bool second;

	if (countermeasures_active(countermeasures, now_ns))
		return false;
	second = countermeasures->failed && now_ns - countermeasures->failed_ns < COUNTERMEASURES_NS;
	countermeasures->failed = !second;
	countermeasures->failed_ns = now_ns;
	if (second)
		countermeasures->until_ns = now_ns + COUNTERMEASURES_NS;
	return second;
}

bool countermeasures_active(const struct countermeasures *countermeasures, uint64_t now_ns)
{
	return now_ns < countermeasures->until_ns;
}

bool countermeasures_apply_to(const struct rsn_suite *suite)
{
	return suite->pairwise == CIPHER_TKIP || suite->group == CIPHER_TKIP;
}
