/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/become.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Replaces the last part of a path, the name of the program that runs. */
static bool set_last_part(char path[PATH_MAX], const char *program)
{
	char *slash = strrchr(path, '/');

	if (!slash || (size_t)(slash + 1 - path) + strlen(program) >= PATH_MAX)
		return false;
	strcpy(slash + 1, program);
	return true;
}

/* Where the program that runs is; without /proc, as in a plain chroot, by the name under which it was started. */
static void find_self(char path[PATH_MAX])
{
	const char *started_as = (const char *)getauxval(AT_EXECFN);
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (len > 0)
		path[len] = '\0';
	else
		snprintf(path, PATH_MAX, "%s", started_as ? started_as : "");
}

void become(const char *program, char *const *argv, struct error *error)
{
	char path[PATH_MAX];

	find_self(path);
	if (set_last_part(path, program))
		execv(path, argv);
	snprintf(path, sizeof(path), "%s/%s", VIFI_LIBEXEC, program);
	execv(path, argv);
	error_set(error, -errno, "cannot start %.200s: %s; it is part of vifi: reinstall vifi", path, strerror(errno));
}
