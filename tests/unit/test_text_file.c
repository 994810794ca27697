/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "setup/text_file.h"

#include <errno.h>
#include <unistd.h>

static void file_is_read_whole(void **state)
{
	char path[] = "/tmp/vifi-text-XXXXXX", *text;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "allow br0\n", 10), 10);
	close(fd);
	text = setup_read_file("", path);
	assert_string_equal(text, "allow br0\n");
	free(text);
	unlink(path);
	errno = 0;
	assert_null(setup_read_file("", path));
	assert_int_equal(errno, ENOENT);
}

/* The kernel refuses to read the speed of lo. Half a file would be written back as if it were all. */
static void failed_read_has_no_text(void **state)
{
	const char *path = "/sys/class/net/lo/speed";

	(void)state;
	if (access(path, R_OK) < 0)
		skip();
	errno = 0;
	assert_null(setup_read_file("", path));
	assert_int_equal(errno, EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_is_read_whole),
		cmocka_unit_test(failed_read_has_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
