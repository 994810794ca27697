/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/trace_file.h"

#include "daemon/clock.h"
#include "daemon/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX ".trace"
enum { FILE_NAME_SIZE = TRACE_PATH_SIZE - sizeof(RUNTIME_FOLDER), PAGE = 4096 };

static int file_name(char text[FILE_NAME_SIZE], const char *kind, const char *name)
{
	int len = snprintf(text, FILE_NAME_SIZE, "%llu-%s-%s" SUFFIX, (unsigned long long)runtime_namespace(), kind,
			   name);

	return strchr(name, '/') || len >= FILE_NAME_SIZE ? -EINVAL : 0;
}

/* A number that two paths hardly have in common (FNV-1a). */
static uint32_t hash_text(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash;
}

void trace_name_of_path(char name[TRACE_NAME_SIZE], const char *path)
{
	enum { HASH_LEN = 9 };
	size_t len, room = TRACE_NAME_SIZE - 1 - HASH_LEN;
	const char *full = path;

	if (!strncmp(path, RUNTIME_FOLDER "/", sizeof(RUNTIME_FOLDER)))
		path += sizeof(RUNTIME_FOLDER);
	path += *path == '/';
	len = strlen(path);
	if (len < TRACE_NAME_SIZE && !strchr(path, ':'))
		snprintf(name, TRACE_NAME_SIZE, "%s", path);
	else /* the end of the path, which others may have, too */
		snprintf(name, TRACE_NAME_SIZE, "%s:%08x", len <= room ? path : path + len - room, hash_text(full));
	for (char *slash = name; (slash = strchr(slash, '/'));)
		*slash = ':';
}

/* ---- the writer ---- */

/*
 * Opens the file in `folder`; one of another size or owner is replaced, so that its readers keep what they have mapped. That of
 * another owner cannot even be opened: root leaves it to the service that continues with it.
 */
static int open_file(int folder, const char *name, size_t len)
{
	struct stat st;
	int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EACCES && errno != ELOOP)
		return -errno;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size == len &&
	    st.st_uid == geteuid())
		return fd;
	if (fd >= 0)
		close(fd);
	unlinkat(folder, name, 0);
	fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && ftruncate(fd, (off_t)len) < 0) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd < 0 ? -errno : fd;
}

/* ---- what others have left behind ---- */

struct left_file {
	char name[FILE_NAME_SIZE];
	time_t time;
};

/* The newest first. */
static int compare_left(const void *left, const void *right)
{
	const struct left_file *one = left, *other = right;

	return one->time < other->time ? 1 : one->time > other->time ? -1 : strcmp(one->name, other->name);
}

static bool is_trace(const char *name)
{
	size_t len = strlen(name);

	return len >= sizeof(SUFFIX) && len < FILE_NAME_SIZE && !strcmp(name + len - (sizeof(SUFFIX) - 1), SUFFIX);
}

static size_t list_left(int folder, struct left_file *list, size_t room)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *entry;
	struct stat st;
	size_t count = 0;

	while (dir && count < room && (entry = readdir(dir))) {
		if (!is_trace(entry->d_name) || fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		memcpy(list[count].name, entry->d_name, strlen(entry->d_name) + 1);
		list[count++].time = st.st_mtime;
	}
	if (dir)
		closedir(dir);
	else if (copy >= 0)
		close(copy);
	return count;
}

/* Removes the oldest files of processes that were killed, so that TRACE_LEFT_MAX stay. */
static void sweep(int folder)
{
	enum { ROOM = 4096 };
	struct left_file *list = malloc(ROOM * sizeof(*list));
	size_t count = list ? list_left(folder, list, ROOM) : 0, left = 0;

	if (count > TRACE_LEFT_MAX)
		qsort(list, count, sizeof(*list), compare_left);
	for (size_t i = 0; count > TRACE_LEFT_MAX && i < count; i++) {
		/* O_NONBLOCK: it may have become a FIFO since. */
		int fd = openat(folder, list[i].name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

		/* A writer that lives has its lock. */
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && ++left > TRACE_LEFT_MAX)
			unlinkat(folder, list[i].name, 0);
		if (fd >= 0)
			close(fd);
	}
	free(list);
}

/*
 * Locks the file as long as this process lives, for trace_source_is_written(). A reader that looks locks it for a moment, too, so
 * this tries again; but not for ever, because another program may keep its lock.
 */
static void hold(int fd)
{
	const struct timespec pause = {.tv_nsec = 2000000};

	for (int tries = 50; flock(fd, LOCK_SH | LOCK_NB) < 0 && --tries;)
		nanosleep(&pause, NULL);
}

int trace_file_create(struct trace_file *file, const char *kind, const char *name, size_t size, struct error *error)
{
	char text[FILE_NAME_SIZE];
	int folder, ret;

	*file = (struct trace_file){.fd = -1, .len = trace_ring_memory(size)};
	folder = runtime_open(RUNTIME_FOLDER, false, error);
	if (folder == -ENOENT)
		folder = runtime_open(RUNTIME_FOLDER, true, error);
	if (folder < 0)
		return folder;
	ret = file_name(text, kind, name);
	file->fd = ret < 0 ? ret : open_file(folder, text, file->len);
	if (file->fd >= 0) {
		snprintf(file->path, sizeof(file->path), RUNTIME_FOLDER "/%s", text);
		hold(file->fd);
		sweep(folder);
	}
	close(folder);
	if (file->fd >= 0)
		return 0;
	ret = file->fd;
	file->fd = -1;
	return error_set(error, ret, "cannot create the recorder's file " RUNTIME_FOLDER "/%s: %s", text,
			 strerror(-ret));
}

int trace_file_start(struct trace_file *file, struct error *error)
{
	int ret;

	if (file->memory)
		return 0;
	if (file->fd < 0)
		return error_set(error, -EBADF, "the recorder has no file in " RUNTIME_FOLDER);
	ret = posix_fallocate(file->fd, 0, (off_t)file->len);
	if (ret)
		return error_set(error, -ret, "no room for the recorder's %zu KiB in " RUNTIME_FOLDER ": %s",
				 file->len / 1024, strerror(ret));
	file->memory = mmap(NULL, file->len, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
	if (file->memory == MAP_FAILED) {
		file->memory = NULL;
		return error_set(error, -errno, "cannot map the recorder's file: %s", strerror(errno));
	}
	trace_ring_init(&file->ring, file->memory, file->len);
	file->ring.header->pid = (uint32_t)getpid();
	trace_ring_set_complete(&file->ring, TRACE_ALWAYS);
	return 0;
}

int trace_file_watch(struct trace_file *file)
{
	int ret = posix_fallocate(file->fd, 0, PAGE);

	if (ret)
		return -ret;
	file->watch = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file->fd, 0);
	if (file->watch != MAP_FAILED)
		return 0;
	file->watch = NULL;
	return -errno;
}

enum trace_mode trace_file_wanted(const struct trace_file *file, uint64_t now)
{
	struct trace_ring ring = {.header = file->watch};

	return file->watch ? trace_ring_wanted(&ring, now) : TRACE_OFF;
}

void trace_file_close(struct trace_file *file)
{
	if (file->watch)
		munmap(file->watch, PAGE);
	if (file->memory)
		munmap(file->memory, file->len);
	if (file->fd >= 0)
		close(file->fd);
	*file = (struct trace_file){.fd = -1};
}

void trace_file_discard(const char *kind, const char *name)
{
	char text[FILE_NAME_SIZE], path[TRACE_PATH_SIZE];

	if (file_name(text, kind, name) < 0)
		return;
	snprintf(path, sizeof(path), RUNTIME_FOLDER "/%s", text);
	unlink(path);
}

void trace_file_remove(struct trace_file *file)
{
	/* By its path: a confined process may remove files of the folder, but not open it. A successor may write there already. */
	if (file->fd >= 0 && file->path[0] && flock(file->fd, LOCK_EX | LOCK_NB) == 0)
		unlink(file->path);
	trace_file_close(file);
}

/* ---- readers ---- */

/* Copies `len` bytes of the file to the same place of the copy. Returns 0, or a negative errno. */
static int copy_part(const struct trace_source *source, uint64_t offset, uint64_t len)
{
	while (len) {
		ssize_t got = pread(source->fd, (uint8_t *)source->memory + offset, len, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		offset += (uint64_t)got;
		len -= (uint64_t)got;
	}
	return 0;
}

/* Copies the records from one position to another; the ring may go round in between. */
static int copy_records(const struct trace_source *source, uint64_t from, uint64_t to)
{
	uint64_t first = trace_ring_memory(0), size = (source->len - first) & ~UINT64_C(7), offset = from % size,
		 len = to - from, piece = len < size - offset ? len : size - offset;
	int ret = copy_part(source, first + offset, piece);

	return ret < 0 || len == piece ? ret : copy_part(source, first, len - piece);
}

int trace_source_refresh(struct trace_source *source)
{
	struct trace_header *header = source->memory;
	uint64_t size, from, head;
	int ret;

	if (source->len < trace_ring_memory(8))
		return 0; /* no ring */
	size = (source->len - trace_ring_memory(0)) & ~UINT64_C(7);
	ret = copy_part(source, 0, sizeof(*header));
	head = header->head;
	from = source->copied > header->tail && source->copied <= head ? source->copied : header->tail;
	if (ret == 0 && head > from && head - from <= size)
		ret = copy_records(source, from, head);
	/* The writer moves the tail before it overwrites. */
	if (ret == 0)
		ret = copy_part(source, offsetof(struct trace_header, tail), sizeof(header->tail));
	if (ret < 0) {
		header->tail = header->head = source->copied; /* nothing new */
		return ret;
	}
	ret = head != source->copied;
	source->copied = head;
	return ret;
}

int trace_source_load(struct trace_source *source)
{
	int ret;

	if (!source->len)
		return -EIO;
	source->memory =
		mmap(NULL, source->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (source->memory == MAP_FAILED) {
		source->memory = NULL;
		return -errno;
	}
	source->copied = 0;
	ret = trace_source_refresh(source);
	return ret < 0 ? ret : 0;
}

static int map_source(struct trace_source *source, const char *file, struct error *error)
{
	struct stat st;
	int folder = runtime_open(RUNTIME_FOLDER, false, error), ret = 0;

	if (folder < 0)
		return folder;
	source->fd = openat(folder, file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (source->fd < 0)
		ret = -errno;
	close(folder);
	if (ret == 0 && (fstat(source->fd, &st) < 0 || !S_ISREG(st.st_mode) || !service_user_is_trusted(st.st_uid)))
		ret = -EPERM;
	if (ret == 0) {
		source->len = (size_t)st.st_size;
		ret = trace_source_load(source);
	}
	if (ret == 0)
		return 0;
	trace_source_close(source);
	return ret == -ENOENT ? ret
			      : error_set(error, ret, "cannot open the recorder's file " RUNTIME_FOLDER "/%s: %s", file,
					  strerror(-ret));
}

int trace_source_open(struct trace_source *source, const char *kind, const char *name, struct error *error)
{
	char file[FILE_NAME_SIZE];
	int ret = file_name(file, kind, name);

	*source = (struct trace_source){.fd = -1};
	snprintf(source->kind, sizeof(source->kind), "%s", kind);
	snprintf(source->name, sizeof(source->name), "%s", name);
	return ret < 0 ? ret : map_source(source, file, error);
}

void trace_source_close(struct trace_source *source)
{
	if (source->memory)
		munmap(source->memory, source->len);
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
	source->memory = NULL;
}

/* Reads COOKIE-KIND-NAME.trace. */
static bool parse_name(struct trace_source *source, const char *file, unsigned long long cookie)
{
	unsigned long long number;
	size_t len = strlen(file);
	int used = 0;

	*source = (struct trace_source){.fd = -1};
	if (len < sizeof(SUFFIX) || strcmp(file + len - (sizeof(SUFFIX) - 1), SUFFIX) ||
	    sscanf(file, "%llu-%7[a-z]-%n", &number, source->kind, &used) != 2 || !used || number != cookie)
		return false;
	len -= (size_t)used + sizeof(SUFFIX) - 1;
	if (len >= sizeof(source->name))
		return false;
	memcpy(source->name, file + used, len);
	return true;
}

static int compare_sources(const void *left, const void *right)
{
	const struct trace_source *one = left, *other = right;
	int order = strcmp(one->kind, other->kind);

	return order ? order : strcmp(one->name, other->name);
}

size_t trace_sources(struct trace_source *list, size_t room)
{
	unsigned long long cookie = runtime_namespace();
	DIR *folder = opendir(RUNTIME_FOLDER);
	struct dirent *entry;
	size_t count = 0;

	if (!folder)
		return 0;
	while (count < room && (entry = readdir(folder)))
		count += parse_name(&list[count], entry->d_name, cookie);
	closedir(folder);
	qsort(list, count, sizeof(*list), compare_sources);
	return count;
}

int trace_source_ask(const struct trace_source *source, enum trace_mode mode, unsigned seconds)
{
	uint64_t until = monotonic_ns() + seconds * UINT64_C(1000000000);
	uint32_t word = mode;

	/* Written beside the mapping, which is for reading only. */
	if (pwrite(source->fd, &word, sizeof(word), offsetof(struct trace_header, mode)) < 0 ||
	    pwrite(source->fd, &until, sizeof(until), offsetof(struct trace_header, until)) < 0)
		return -errno;
	return 0;
}

bool trace_source_is_written(const struct trace_source *source)
{
	if (flock(source->fd, LOCK_EX | LOCK_NB) < 0)
		return true;
	flock(source->fd, LOCK_UN);
	return false;
}

bool trace_source_is_asked(const struct trace_source *source, enum trace_mode mode)
{
	struct trace_header words;
	const struct trace_ring ring = {.header = &words};

	return pread(source->fd, &words, offsetof(struct trace_header, names), 0) ==
		       (ssize_t)offsetof(struct trace_header, names) &&
	       trace_ring_wanted(&ring, monotonic_ns()) >= mode;
}
