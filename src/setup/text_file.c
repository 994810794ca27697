/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup/text_file.h"

#include "daemon/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool setup_path(char full[PATH_MAX], const char *root, const char *path)
{
	return snprintf(full, PATH_MAX, "%s%s", root, path) < PATH_MAX;
}

/* Returns NULL with errno on failure. */
static char *read_text(int fd, size_t size)
{
	char *text = malloc(size + 1);
	size_t len = 0;
	ssize_t got = 1;

	while (text && len < size && got > 0) {
		got = read(fd, text + len, size - len);
		len += got > 0 ? (size_t)got : 0;
	}
	if (got < 0) {
		free(text);
		text = NULL;
	}
	if (text)
		text[len] = '\0';
	return text;
}

char *setup_read_file(const char *root, const char *path)
{
	enum { SIZE_MAX_READ = 1 << 20 };
	char full[PATH_MAX], *text = NULL;
	struct stat st;
	int fd, err;

	if (!setup_path(full, root, path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	errno = EINVAL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < SIZE_MAX_READ)
		text = read_text(fd, (size_t)st.st_size);
	err = errno;
	close(fd);
	errno = err;
	return text;
}

int setup_write_file(const char *root, const char *path, const char *text, unsigned mode)
{
	char full[PATH_MAX];
	struct stat st;
	bool exists;
	int ret;

	if (!setup_path(full, root, path))
		return -ENAMETOOLONG;
	exists = lstat(full, &st) == 0;
	ret = atomic_file_write_mode(full, text, strlen(text), exists ? st.st_mode & 07777 : mode);
	if (ret == 0 && exists && (st.st_uid != geteuid() || st.st_gid != getegid()) &&
	    lchown(full, st.st_uid, st.st_gid) < 0)
		ret = -errno;
	return ret;
}
