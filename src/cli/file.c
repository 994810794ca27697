/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool slurp(struct file *f, int fd)
{
	size_t room = 0;
	ssize_t n = 1;

	while (n > 0) {
		if (f->len == room) {
			uint8_t *more = realloc(f->bytes, room = room ? 2 * room : 1 << 20);

			if (!more)
				return false;
			f->bytes = more;
		}
		n = read(fd, f->bytes + f->len, room - f->len);
		f->len += n > 0 ? (size_t)n : 0;
	}
	return n == 0;
}

static bool file_open(struct file *f, const char *path, bool map)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), e;
	struct stat s;
	bool ok;

	*f = (struct file){0};
	if (fd < 0)
		return false;
	if (map && fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_size > 0) {
		f->len = (size_t)s.st_size;
		f->bytes = mmap(NULL, f->len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
		ok = f->mapped = f->bytes != MAP_FAILED;
		f->bytes = ok ? f->bytes : NULL;
	} else {
		ok = slurp(f, fd);
	}
	e = errno;
	close(fd);
	errno = e;
	return ok;
}

bool file_read(struct file *f, const char *path)
{
	return file_open(f, path, false);
}

bool file_map(struct file *f, const char *path)
{
	return file_open(f, path, true);
}

void file_close(struct file *f)
{
	if (f->mapped)
		munmap(f->bytes, f->len);
	else
		free(f->bytes);
}
