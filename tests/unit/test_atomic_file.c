/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "daemon/atomic_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char folder[] = "/tmp/vifi-atomic-XXXXXX", path[64];
static char calls[64]; /* f: fsync of a file, d: fsync of a folder, r: rename */
static int fsync_error;

static void note_call(char call)
{
	size_t len = strlen(calls);

	if (len + 1 < sizeof(calls))
		calls[len] = call;
}

/* Replaces the function of the C library. */
int fsync(int fd)
{
	struct stat status;

	if (fsync_error) {
		errno = fsync_error;
		return -1;
	}
	note_call(fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) ? 'd' : 'f');
	return (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
	note_call('r');
	return (int)syscall(SYS_renameat2, -100 /* AT_FDCWD */, from, -100, to, 0);
}

static void assert_contents(const char *want)
{
	char got[64] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	got[fread(got, 1, sizeof(got) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(got, want);
}

static bool temporary_exists(void)
{
	char temporary[80];

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	return access(temporary, F_OK) == 0;
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void contents_are_replaced(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(atomic_file_write(path, "one, a longer text", 18), 0);
	assert_contents("one, a longer text");
	assert_int_equal(atomic_file_write(path, "two", 3), 0);
	assert_contents("two");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_false(temporary_exists());
}

/* Without the first the new name may have no contents after a power failure, without the second the old contents. */
static void file_and_folder_are_synchronised(void **state)
{
	(void)state;
	memset(calls, 0, sizeof(calls));
	assert_int_equal(atomic_file_write(path, "two", 3), 0);
	assert_string_equal(calls, "frd");
}

static void failure_keeps_old_file(void **state)
{
	(void)state;
	assert_int_equal(atomic_file_write(path, "old", 3), 0);
	fsync_error = EIO;
	assert_int_equal(atomic_file_write(path, "new", 3), -EIO);
	fsync_error = 0;
	assert_contents("old");
	assert_false(temporary_exists());
	assert_int_equal(atomic_file_write("/nonexistent/folder/file", "new", 3), -ENOENT);
	assert_int_equal(atomic_file_write(folder, "new", 3), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_are_replaced),
		cmocka_unit_test(file_and_folder_are_synchronised),
		cmocka_unit_test(failure_keeps_old_file),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
