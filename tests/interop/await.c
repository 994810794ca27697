/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * await: waits in the emulated machine until a number of lines of a log contain a text, or its program has ended.
 *
 *	usage: await LOG TIMES SECONDS PID TEXT
 *
 * Exit codes: 0 the log has the lines, 1 not within so many seconds, 2 the program has ended without.
 *
 * In a shell each look at the log takes four processes, which under emulation take longer than what is awaited.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOOKS_PER_SECOND = 10 };

struct log {
	const char *path, *wanted;
	char *text;
	size_t len, room, line; /* line: where the first line begins that had no end yet */
	unsigned int count;     /* of the lines before it that contain the wanted text */
};

static void read_more(struct log *log)
{
	int fd = open(log->path, O_RDONLY);
	struct stat st;
	ssize_t n = 0;

	if (fd < 0)
		return; /* not yet */
	if (!fstat(fd, &st) && (size_t)st.st_size < log->len)
		log->len = log->line = log->count = 0; /* it was truncated */
	do {
		log->len += (size_t)n;
		if (log->room - log->len < 4096) {
			log->room = 2 * log->room + 65536;
			log->text = realloc(log->text, log->room);
			if (!log->text)
				abort();
		}
		n = pread(fd, log->text + log->len, log->room - log->len, (off_t)log->len);
	} while (n > 0);
	close(fd);
}

/* As `grep -cF`: the last line counts also without its end. */
static unsigned int count_lines(struct log *log)
{
	size_t wanted_len = strlen(log->wanted);
	char *end;

	read_more(log);
	if (!log->len)
		return 0;
	while ((end = memchr(log->text + log->line, '\n', log->len - log->line))) {
		size_t len = (size_t)(end - (log->text + log->line));

		log->count += memmem(log->text + log->line, len, log->wanted, wanted_len) != NULL;
		log->line += len + 1;
	}
	return log->count +
	       (log->line < log->len && memmem(log->text + log->line, log->len - log->line, log->wanted, wanted_len));
}

static void pause_between_looks(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000000 / LOOKS_PER_SECOND}, NULL);
}

int main(int argc, char **argv)
{
	if (argc != 6)
		return 64;

	struct log log = {.path = argv[1], .wanted = argv[5]};
	unsigned int times = (unsigned int)atoi(argv[2]), looks = (unsigned int)atoi(argv[3]) * LOOKS_PER_SECOND;
	pid_t pid = atoi(argv[4]);

	for (; looks; looks--) {
		if (count_lines(&log) >= times)
			return 0;
		if (kill(pid, 0) && errno == ESRCH) {
			pause_between_looks();
			return count_lines(&log) >= times ? 0 : 2;
		}
		pause_between_looks();
	}
	return count_lines(&log) >= times ? 0 : 1;
}
