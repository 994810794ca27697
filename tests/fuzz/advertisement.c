/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A router advertisement. */
#include "fuzz.h"

#include "bridge/policy/advertisement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct advertisement said;

	if (!advertisement_read(&said, data, size))
		return 0;
	must(said.n_prefixes <= ADVERTISED_PREFIXES && said.preference >= -1 && said.preference <= 1);
	for (size_t i = 0; i < said.n_prefixes; i++)
		must(said.prefixes[i].length <= 128);
	return 0;
}
