/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/privilege.h"

#include <cap-ng.h>
#include <stdio.h>
#include <string.h>

bool privilege_has(unsigned capability)
{
	return capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, capability);
}

static int append_missing(unsigned int capability, const char *name, char *names, size_t size)
{
	size_t len = strlen(names);

	if (privilege_has(capability))
		return 0;
	snprintf(names + len, size - len, "%s%s", len ? ", " : "", name);
	return 1;
}

int privilege_missing(bool ebpf, char *names, size_t size)
{
	int count = 0;

	names[0] = '\0';
	count += append_missing(CAP_NET_ADMIN, "CAP_NET_ADMIN", names, size);
	count += append_missing(CAP_NET_RAW, "CAP_NET_RAW", names, size);
	/*
	 * Opening a program by its id, as the search for running programs does, needs CAP_SYS_ADMIN, which includes
	 * CAP_BPF.
	 */
	if (ebpf)
		count += append_missing(CAP_SYS_ADMIN, "CAP_SYS_ADMIN", names, size);
	return count;
}
