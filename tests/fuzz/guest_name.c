/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name of a guest: option, then contents. */
#include "fuzz.h"

#include "bridge/policy/guest_name.h"

#include <ctype.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[GUEST_NAME_SIZE];
	bool found = size && guest_name_decode(name, data[0], data + 1, size - 1);

	if (!size)
		return 0;
	must(strlen(name) < GUEST_NAME_SIZE && found == (name[0] != 0));
	for (const char *ch = name; *ch; ch++)
		must(isalnum((unsigned char)*ch) || strchr("-_.?", *ch));
	return 0;
}
