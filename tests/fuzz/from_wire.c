/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_rules(data, size, MN_FROM_WIRE);
	return 0;
}
