/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t len = write(fd, data, size);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return len < 0 ? -errno : -EIO;
		data += len;
		size -= (size_t)len;
	}
	return 0;
}

/* Writes the file and waits until its contents are on the disk. */
static int write_synced(const char *path, const void *data, size_t size, unsigned mode)
{
	int fd, ret;

	/* A leftover may have another owner or mode, or be a symbolic link. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	ret = file_write_all(fd, data, size);
	if (ret == 0 && mode != 0600 && fchmod(fd, mode) < 0)
		ret = -errno;
	if (ret == 0 && fsync(fd) < 0)
		ret = -errno;
	if (close(fd) < 0 && ret == 0)
		ret = -errno;
	return ret;
}

/* Waits until the new name is on the disk. */
static int sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, ret;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

int atomic_file_write_mode(const char *path, const void *data, size_t size, unsigned mode)
{
	char temporary[PATH_MAX];
	int ret;

	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	ret = write_synced(temporary, data, size, mode);
	if (ret == 0 && rename(temporary, path) < 0)
		ret = -errno;
	if (ret < 0) {
		unlink(temporary);
		return ret;
	}
	return sync_folder(path);
}

int atomic_file_write(const char *path, const void *data, size_t size)
{
	return atomic_file_write_mode(path, data, size, 0600);
}
