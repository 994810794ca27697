/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "cli/file.h"

#include <errno.h>
#include <unistd.h>

static bool (*const readers[])(struct input_file *file, const char *path) = {input_file_read, input_file_map};

/* Returns the name of a file of `len` bytes. */
static const char *make_file(size_t len)
{
	static char path[64];
	FILE *out;
	int fd;

	snprintf(path, sizeof(path), "/tmp/vifi-test-file-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	out = fdopen(fd, "w");
	assert_non_null(out);
	for (size_t i = 0; i < len; i++)
		fputc((uint8_t)(i % 251), out);
	assert_int_equal(fclose(out), 0);
	return path;
}

static void assert_file_content(const struct input_file *file, size_t len)
{
	assert_int_equal(file->len, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(file->bytes[i], i % 251);
}

/* Sizes around those at which the buffer grows, and an empty file. */
static void file_is_read_completely(void **state)
{
	static const size_t sizes[] = {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20};
	struct input_file file;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const char *path = make_file(sizes[i]);

		for (size_t k = 0; k < COUNT(readers); k++) {
			assert_true(readers[k](&file, path));
			assert_int_equal(file.mapped, readers[k] == input_file_map && sizes[i]);
			assert_file_content(&file, sizes[i]);
			input_file_close(&file);
		}
		unlink(path);
	}
}

static void pipe_is_read_completely(void **state)
{
	struct input_file file;
	char path[32];
	int fd[2];

	(void)state;
	for (size_t k = 0; k < COUNT(readers); k++) {
		assert_int_equal(pipe(fd), 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd[0]);
		assert_int_equal(write(fd[1], "\0\1\2", 3), 3);
		close(fd[1]);
		assert_true(readers[k](&file, path));
		assert_file_content(&file, 3);
		input_file_close(&file);
		close(fd[0]);
	}
}

static void unreadable_file_is_reported(void **state)
{
	struct input_file file;

	(void)state;
	for (size_t k = 0; k < COUNT(readers); k++) {
		assert_false(readers[k](&file, "/nowhere/at/all"));
		assert_int_equal(errno, ENOENT);
		input_file_close(&file);
		assert_false(readers[k](&file, "/tmp"));
		assert_int_equal(errno, EISDIR);
		input_file_close(&file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_is_read_completely),
		cmocka_unit_test(pipe_is_read_completely),
		cmocka_unit_test(unreadable_file_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
