/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/sandbox_paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of newer kernels than the headers that Debian 12 builds with (linux/landlock.h). */
#define FS_TRUNCATE           (UINT64_C(1) << 14) /* ABI 3 */
#define FS_IOCTL_DEV          (UINT64_C(1) << 15) /* ABI 5 */
#define NET_BIND_TCP          (UINT64_C(1) << 0)  /* ABI 4 */
#define NET_CONNECT_TCP       (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_SOCKET (UINT64_C(1) << 0) /* ABI 6 */
#define SCOPE_SIGNAL          (UINT64_C(1) << 1)

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

/* Bytes of struct ruleset_attr that each ABI knows. */
static size_t attr_size(int abi)
{
	if (abi < 4)
		return sizeof(uint64_t);
	return (abi < 6 ? 2 : 3) * sizeof(uint64_t);
}

static struct ruleset_attr all_rights(int abi)
{
	struct ruleset_attr attr = {.fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};

	if (abi >= 2)
		attr.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		attr.fs |= FS_TRUNCATE;
	if (abi >= 5)
		attr.fs |= FS_IOCTL_DEV;
	if (abi >= 4)
		attr.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 6)
		attr.scoped = SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL;
	return attr;
}

static uint64_t rights_of(enum sandbox_access access)
{
	switch (access) {
	case SANDBOX_READ:
		return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	case SANDBOX_WRITE:
		return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
		       LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNCATE;
	case SANDBOX_UNLINK:
		return LANDLOCK_ACCESS_FS_REMOVE_FILE;
	case SANDBOX_ALL:
		return UINT64_MAX & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE;
	}
	return 0;
}

static int add_path(int ruleset, const struct sandbox_path *path, uint64_t handled)
{
	const uint64_t file_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE;
	struct landlock_path_beneath_attr beneath = {.allowed_access = rights_of(path->access) & handled};
	struct stat st;
	int ret;

	beneath.parent_fd = open(path->path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (fstat(beneath.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		beneath.allowed_access &= file_rights;
	ret = !beneath.allowed_access ||
			      syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0
		      ? 0
		      : -errno;
	close(beneath.parent_fd);
	return ret;
}

int sandbox_open_paths(const struct sandbox *sandbox)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION), ruleset, ret = 0;
	struct ruleset_attr attr;

	if (abi < 0)
		return -errno;
	attr = all_rights(abi);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, attr_size(abi), 0);
	if (ruleset < 0)
		return -errno;
	for (int i = 0; i < SANDBOX_PATHS_MAX && sandbox->paths[i].path && ret == 0; i++)
		ret = add_path(ruleset, &sandbox->paths[i], attr.fs);
	if (ret == 0)
		return ruleset;
	close(ruleset);
	return ret;
}

int sandbox_restrict_paths(int ruleset)
{
	int ret = syscall(SYS_landlock_restrict_self, ruleset, 0) ? -errno : 0;

	close(ruleset);
	return ret;
}
