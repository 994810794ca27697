/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "cli/file.h"

#include <errno.h>
#include <unistd.h>

static bool (*const ways[])(struct file *f, const char *path) = {file_read, file_map};

/* A file of `len` bytes; its name. */
static const char *made(size_t len)
{
	static char path[64];
	FILE *out;
	int fd;

	snprintf(path, sizeof path, "/tmp/vifi-test-file-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	out = fdopen(fd, "w");
	assert_non_null(out);
	for (size_t i = 0; i < len; i++)
		fputc((uint8_t)(i % 251), out);
	assert_int_equal(fclose(out), 0);
	return path;
}

static void assert_made(const struct file *f, size_t len)
{
	assert_int_equal(f->len, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(f->bytes[i], i % 251);
}

/* Around the sizes at which it finds more room; none at all is a file, too. */
static void a_file_is_read_whole(void **state)
{
	static const size_t sizes[] = {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20};
	struct file f;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const char *path = made(sizes[i]);

		for (size_t k = 0; k < COUNT(ways); k++) {
			assert_true(ways[k](&f, path));
			assert_int_equal(f.mapped, ways[k] == file_map && sizes[i]);
			assert_made(&f, sizes[i]);
			file_close(&f);
		}
		unlink(path);
	}
}

static void a_pipe_is_read_whole(void **state)
{
	struct file f;
	char path[32];
	int fd[2];

	(void)state;
	for (size_t k = 0; k < COUNT(ways); k++) {
		assert_int_equal(pipe(fd), 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd[0]);
		assert_int_equal(write(fd[1], "\0\1\2", 3), 3);
		close(fd[1]);
		assert_true(ways[k](&f, path));
		assert_made(&f, 3);
		file_close(&f);
		close(fd[0]);
	}
}

static void what_cannot_be_read_is_told(void **state)
{
	struct file f;

	(void)state;
	for (size_t k = 0; k < COUNT(ways); k++) {
		assert_false(ways[k](&f, "/nowhere/at/all"));
		assert_int_equal(errno, ENOENT);
		file_close(&f);
		assert_false(ways[k](&f, "/tmp"));
		assert_int_equal(errno, EISDIR);
		file_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole),
		cmocka_unit_test(a_pipe_is_read_whole),
		cmocka_unit_test(what_cannot_be_read_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
