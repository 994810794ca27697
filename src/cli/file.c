/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/file.h"

#include "base/array.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(struct input_file *file, int fd)
{
	enum { READ_SIZE = 1 << 20 };
	size_t room = 0;
	ssize_t len = 1;

	while (len > 0) {
		if (file->len == room && array_reserve(&file->bytes, &room, room + READ_SIZE, 1)) {
			errno = ENOMEM;
			return false;
		}
		len = read(fd, file->bytes + file->len, room - file->len);
		file->len += len > 0 ? (size_t)len : 0;
	}
	return len == 0;
}

static bool file_open(struct input_file *file, const char *path, bool map)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	struct stat st;
	bool ok;

	*file = (struct input_file){0};
	if (fd < 0)
		return false;
	if (map && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		file->len = (size_t)st.st_size;
		file->bytes = mmap(NULL, file->len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
		ok = file->mapped = file->bytes != MAP_FAILED;
		file->bytes = ok ? file->bytes : NULL;
	} else {
		ok = read_all(file, fd);
	}
	err = errno;
	close(fd);
	errno = err;
	return ok;
}

bool input_file_read(struct input_file *file, const char *path)
{
	return file_open(file, path, false);
}

bool input_file_map(struct input_file *file, const char *path)
{
	return file_open(file, path, true);
}

void input_file_close(struct input_file *file)
{
	if (file->mapped)
		munmap(file->bytes, file->len);
	else
		free(file->bytes);
}
