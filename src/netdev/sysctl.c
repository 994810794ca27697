/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int sysctl_set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0 && errno == ENOENT)
		return access("/proc/sys/net", F_OK) == 0 ? 0 : -ENOSYS;
	if (fd < 0)
		return -errno;
	ret = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

int netdev_quiet_ipv6(const char *name, bool off)
{
	static const struct {
		const char *key, *value;
		bool when_off;
	} settings[] = {
		{"disable_ipv6", "1", true},
		{"addr_gen_mode", "1", false}, /* no automatic link-local address */
		{"accept_ra", "0", false},
	};
	char path[128];
	int ret;

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (settings[i].when_off != off)
			continue;
		snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name, settings[i].key);
		ret = sysctl_set(path, settings[i].value);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int netdev_sysctl_get(const char *path, int *value)
{
	char full[192], text[32];
	ssize_t len;
	int fd, ret;

	snprintf(full, sizeof(full), "/proc/sys/net/%s", path);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text) - 1);
	ret = len < 0 ? -errno : 0;
	close(fd);
	if (ret < 0)
		return ret;
	text[len] = '\0';
	*value = atoi(text);
	return 0;
}
