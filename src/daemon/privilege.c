/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static bool has_capability(unsigned int capability)
{
	return capng_have_capability(CAPNG_EFFECTIVE, capability);
}

static int append_missing(unsigned int capability, const char *name, char *names, size_t size)
{
	size_t len = strlen(names);

	if (has_capability(capability))
		return 0;
	snprintf(names + len, size - len, "%s%s", len ? ", " : "", name);
	return 1;
}

int privilege_missing(bool ebpf, char *names, size_t size)
{
	int count = 0;

	names[0] = '\0';
	capng_get_caps_process();
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

int privilege_drop(void)
{
	unsigned int map_capability = CAP_NET_RAW;

	capng_get_caps_process();
	/* With kernel.unprivileged_bpf_disabled every access to a map needs one of the first two. */
	if (has_capability(CAP_BPF))
		map_capability = CAP_BPF;
	else if (has_capability(CAP_SYS_ADMIN))
		map_capability = CAP_SYS_ADMIN;
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN, CAP_NET_RAW, map_capability, -1))
		return -EINVAL;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}

int privilege_drop_all(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}
