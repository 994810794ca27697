/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent: runs shell scripts for the host, one after the other, in the emulated machine. guest/init becomes it.
 *
 *	usage: agent PORT
 *
 * A script arrives over the virtio port as "ID SECONDS BASE64(script)"; the answer is "ID EXITCODE BASE64(output)". A
 * script that takes longer than SECONDS is killed. It may leave processes in the background; the agent is process 1 and
 * reaps them. After the greeting and after each answer the agent pauses the machine. When the host closes the port, the
 * machine powers off.
 *
 * A shell would need five processes for each script, which under emulation take longer than most scripts.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SCRIPT "/run/command"
#define OUTPUT "/run/output"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static pid_t running;
static int io_ports;

/* init exits: the kernel panics, and QEMU ends */
static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* QEMU pauses the machine on the event "panicked" (bit 0) of the pvpanic device, and resumes it for the next script. Data
 * written to the virtio port before arrives nevertheless. */
static void pause_machine(void)
{
	if (pwrite(io_ports, "\1", 1, 0x505) != 1)
		fail("/dev/port");
}

static void write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			fail("write");
		data += n;
		len -= (size_t)n;
	}
}

static size_t decode(const char *text, uint8_t *data)
{
	uint32_t bits = 0;
	size_t len = 0;
	int count = 0;

	for (; *text && *text != '=' && *text != '\n'; text++) {
		bits = bits << 6 | (uint32_t)(strchr(alphabet, *text) - alphabet);
		count += 6;
		if (count >= 8) {
			count -= 8;
			data[len++] = (uint8_t)(bits >> count);
		}
	}
	return len;
}

static size_t encode(const uint8_t *data, size_t len, char *text)
{
	size_t at = 0;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t bits = (uint32_t)data[i] << 16;

		if (i + 1 < len)
			bits |= (uint32_t)data[i + 1] << 8;
		if (i + 2 < len)
			bits |= data[i + 2];
		text[at++] = alphabet[bits >> 18];
		text[at++] = alphabet[bits >> 12 & 63];
		text[at++] = i + 1 < len ? alphabet[bits >> 6 & 63] : '=';
		text[at++] = i + 2 < len ? alphabet[bits & 63] : '=';
	}
	return at;
}

static void on_alarm(int signal)
{
	(void)signal;
	kill(running, SIGKILL);
}

static _Noreturn void become_shell(void)
{
	int input = open("/dev/null", O_RDONLY), output = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	dup2(input, 0);
	dup2(output, 1);
	dup2(output, 2);
	close(input);
	close(output);
	execl("/bin/dash", "dash", SCRIPT, NULL);
	_exit(127);
}

/* Lets the processes in the background deal with what the last script did: commands do not follow each other faster than a
 * user could type them. Idle time costs the host nothing. */
static void settle(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

/* Returns the exit code of the script as a shell would show it. */
static int run_script(unsigned int seconds)
{
	int status = 0;
	pid_t ended;

	running = fork();
	if (running < 0)
		fail("fork");
	if (!running)
		become_shell();
	alarm(seconds);
	do
		ended = wait(&status); /* also for processes that earlier scripts have left */
	while (ended != running);
	alarm(0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void store_script(const char *text)
{
	uint8_t *script = malloc(strlen(text));
	int fd = open(SCRIPT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (!script || fd < 0)
		fail(SCRIPT);
	write_all(fd, (const char *)script, decode(text, script));
	close(fd);
	free(script);
}

static void answer(int port, unsigned int id, int code)
{
	int fd = open(OUTPUT, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		fail(OUTPUT);

	size_t size = (size_t)st.st_size;
	uint8_t *data = malloc(size + 1);
	char *text = malloc(64 + size / 3 * 4 + 8);

	if (!data || !text || read(fd, data, size) != (ssize_t)size)
		fail(OUTPUT);
	close(fd);

	size_t len = (size_t)sprintf(text, "%u %d ", id, code);

	len += encode(data, size, text + len);
	text[len++] = '\n';
	write_all(port, text, len);
	free(data);
	free(text);
}

int main(int argc, char **argv)
{
	int port = argc == 2 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	FILE *commands = port < 0 ? NULL : fdopen(dup(port), "r");
	char *line = NULL;
	size_t room = 0;

	io_ports = open("/dev/port", O_WRONLY | O_CLOEXEC);
	if (!commands || io_ports < 0)
		fail("port");
	fcntl(fileno(commands), F_SETFD, FD_CLOEXEC);
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm, .sa_flags = SA_RESTART}, NULL);
	write_all(port, "ready, pauses\n", 14);
	pause_machine();
	while (getline(&line, &room, commands) > 0) {
		unsigned int id, seconds;
		int at;

		if (sscanf(line, "%u %u %n", &id, &seconds, &at) != 2)
			fail("no command");
		settle();
		store_script(line + at);
		answer(port, id, run_script(seconds));
		pause_machine();
	}
	sync();
	reboot(RB_POWER_OFF);
	fail("reboot");
}
