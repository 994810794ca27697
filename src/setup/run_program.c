/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { WORDS_MAX = 16 };

/* The last line that the program wrote to standard error, which has the reason. */
static void read_reason(int fd, char *reason, size_t size)
{
	char output[2048];
	size_t len = 0;
	ssize_t got = 1;
	const char *line;

	while (got > 0 && len + 1 < sizeof(output)) {
		got = read(fd, output + len, sizeof(output) - 1 - len);
		len += got > 0 ? (size_t)got : 0;
	}
	while (got > 0) { /* so that the program does not wait for a reader */
		char rest[512];

		got = read(fd, rest, sizeof(rest));
	}
	while (len && (output[len - 1] == '\n' || output[len - 1] == ' '))
		len--;
	output[len] = '\0';
	line = strrchr(output, '\n');
	snprintf(reason, size, "%s", line ? line + 1 : output);
}

static int spawn(char *const words[], int error_fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int ret;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, error_fd, STDERR_FILENO);
	ret = posix_spawnp(pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	return ret;
}

bool setup_run_program(const char *line, char *reason, size_t size)
{
	char copy[256], *rest = copy, *words[WORDS_MAX + 1] = {0};
	int count = 0, status, ret, pipe_fds[2];
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word; count < WORDS_MAX && (word = strsep(&rest, " "));)
		words[count++] = word;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0) {
		snprintf(reason, size, "%s", strerror(errno));
		return false;
	}
	ret = spawn(words, pipe_fds[1], &pid);
	close(pipe_fds[1]);
	if (ret != 0) {
		close(pipe_fds[0]);
		if (ret == ENOENT)
			snprintf(reason, size, "%s is not installed", words[0]);
		else
			snprintf(reason, size, "%s", strerror(ret));
		return false;
	}
	read_reason(pipe_fds[0], reason, size);
	close(pipe_fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (!reason[0])
		snprintf(reason, size, "exit code %d",
			 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return false;
}
