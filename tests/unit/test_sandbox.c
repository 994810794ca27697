/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a confined process may still do with the files that it has open. */
#include "unit.h"

#include "daemon/sandbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FINE, NOT_CONFINED, NO_LOCK };

/* `vifi trace` asks by a lock whether the process that writes a recording still lives. */
static int confined(int fd)
{
	const struct sandbox sandbox = {.calls = SANDBOX_CORE};
	struct error error;

	(void)sandbox_enter(&sandbox, &error); /* some layer may not apply here */
	if (open("/dev/null", O_RDONLY) >= 0)
		return NOT_CONFINED;
	return flock(fd, LOCK_EX | LOCK_NB) == 0 ? FINE : NO_LOCK;
}

static void open_files_can_be_locked(void **state)
{
	FILE *file = tmpfile();
	int status;
	pid_t pid;

	(void)state;
	assert_non_null(file);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(confined(fileno(file)));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), FINE);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_files_can_be_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
