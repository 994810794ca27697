/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static bool have(unsigned int capability)
{
	return capng_have_capability(CAPNG_EFFECTIVE, capability);
}

static int lack(unsigned int capability, const char *name, char *names, size_t size)
{
	size_t n = strlen(names);

	if (have(capability))
		return 0;
	snprintf(names + n, size - n, "%s%s", n ? ", " : "", name);
	return 1;
}

int privilege_missing(bool ebpf, char *names, size_t size)
{
	int n = 0;

	names[0] = '\0';
	capng_get_caps_process();
	n += lack(CAP_NET_ADMIN, "CAP_NET_ADMIN", names, size);
	n += lack(CAP_NET_RAW, "CAP_NET_RAW", names, size);
	/* Only CAP_SYS_ADMIN may open a program by its id, which is how a running part is found; it includes CAP_BPF. */
	if (ebpf)
		n += lack(CAP_SYS_ADMIN, "CAP_SYS_ADMIN", names, size);
	return n;
}

int privilege_drop(void)
{
	capng_get_caps_process();
	bool bpf = have(CAP_BPF);
	/* Kernels that close bpf() to the unprivileged ask for one of the two at each look into a map. */
	unsigned int maps = bpf ? CAP_BPF : have(CAP_SYS_ADMIN) ? CAP_SYS_ADMIN : CAP_NET_RAW;
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN, CAP_NET_RAW, maps, -1))
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
