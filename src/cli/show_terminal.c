/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/show_terminal.h"

#include "daemon/clock.h"
#include "daemon/locale.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

static const char enter[] = "\033[?1049h\033[?25l\033[H\033[2J", leave[] = "\033[?25h\033[?1049l";

/* The terminal is a resource of the process, and a signal may end that anywhere. */
static struct {
	bool open, raw;
	int signals; /* a signalfd; 0: none */
	struct termios before;
} terminal;

/* ---- what it understands ---- */

static void get_size(unsigned *columns, unsigned *lines)
{
	struct winsize size;

	*columns = *lines = 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
		*columns = size.ws_col;
		*lines = size.ws_row;
	}
}

void show_terminal_detect(struct screen *screen, enum show_color color)
{
	const char *columns = getenv("COLUMNS"), *none = getenv("NO_COLOR"), *kind = getenv("TERM");
	unsigned lines;
	char *end;

	get_size(&screen->width, &lines);
	if (!terminal.open && columns && *columns >= '1' && *columns <= '9') {
		unsigned long width = strtoul(columns, &end, 10);

		if (!*end && width < 100000)
			screen->width = (unsigned)width;
	}
	screen->utf8 = locale_is_utf8();
	screen->colour = color == SHOW_COLOR_ALWAYS;
	if (color == SHOW_COLOR_AUTO)
		screen->colour = isatty(STDOUT_FILENO) && !(none && *none) && kind && strcmp(kind, "dumb");
}

bool show_terminal_exists(void)
{
	const char *kind = getenv("TERM");

	return isatty(STDOUT_FILENO) && kind && *kind && strcmp(kind, "dumb");
}

/* ---- the full screen ---- */

static void write_all(const char *text, size_t len)
{
	while (len) {
		ssize_t written = write(STDOUT_FILENO, text, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		text += written;
		len -= (size_t)written;
	}
}

static void take(void)
{
	struct termios raw;

	write_all(enter, sizeof(enter) - 1);
	terminal.raw = tcgetattr(STDIN_FILENO, &terminal.before) == 0;
	if (!terminal.raw)
		return;
	raw = terminal.before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static void restore_terminal(void)
{
	if (terminal.raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
	write_all(leave, sizeof(leave) - 1);
}

/* Signals arrive in the loop only, so that the terminal is given back by ordinary code. */
static int watch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	terminal.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return terminal.signals < 0 ? -errno : 0;
}

int show_terminal_open(void)
{
	int ret = terminal.signals ? 0 : watch_signals();

	if (ret < 0)
		return ret;
	take();
	terminal.open = true;
	return 0;
}

void show_terminal_close(void)
{
	if (terminal.open)
		restore_terminal();
	terminal.open = false;
}

/* ---- drawing ---- */

static size_t count_lines(const struct screen *screen)
{
	size_t lines = 0;

	for (size_t i = 0; i < screen->len; i++)
		lines += screen->text[i] == '\n';
	return lines;
}

/* Writes in one piece, and erases what is right of each line: the screen does not flicker. */
void show_terminal_draw(const struct screen *screen, unsigned *top)
{
	unsigned columns, height, skip, shown = 0;
	size_t lines = count_lines(screen);
	const char *line = screen->text;
	char *out = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&out, &size);

	if (!memory)
		return;
	get_size(&columns, &height);
	if (!height)
		height = 24;
	if (lines <= height)
		*top = 0;
	else if (*top + height - 1 > lines)
		*top = (unsigned)(lines + 1 - height);
	fputs("\033[H", memory);
	for (skip = *top; line && skip; skip--)
		line = strchr(line, '\n') + 1;
	while (line && *line && shown < height - (lines > height)) {
		size_t len = strcspn(line, "\n");

		fprintf(memory, "%s%.*s\033[K", shown++ ? "\r\n" : "", (int)len, line);
		line += len + (line[len] == '\n');
	}
	fputs("\033[J", memory);
	if (lines > height)
		fprintf(memory, "\r\n\033[7m%.*s\033[0m\033[K", (int)(columns > 1 ? columns - 1 : 1),
			*top + height - 1 < lines ? " more below: space, down; q quits " : " end: b, up; q quits ");
	if (!fclose(memory))
		write_all(out, size);
	free(out);
}

/* ---- waiting ---- */

static enum show_event handle_signal(int number)
{
	if (number == SIGWINCH)
		return SHOW_REDRAW;
	if (number != SIGTSTP)
		return SHOW_QUIT;
	if (terminal.open)
		restore_terminal();
	raise(SIGSTOP);
	if (terminal.open)
		take();
	return SHOW_REDRAW;
}

static void scroll(unsigned *top, int lines)
{
	*top = lines < 0 && *top < (unsigned)-lines ? 0 : *top + (unsigned)lines;
}

/* Keys as in less(1). An arrow is ESC [ A, in application mode ESC O A. */
static enum show_event handle_keys(const char *keys, size_t count, unsigned *top)
{
	unsigned columns, height;
	int page;

	get_size(&columns, &height);
	page = height > 2 ? (int)height - 2 : 1;
	for (size_t i = 0; i < count; i++) {
		if (keys[i] == '\033' && i + 2 < count && (keys[i + 1] == '[' || keys[i + 1] == 'O')) {
			i += 2;
			scroll(top, keys[i] == 'A'   ? -1
				    : keys[i] == 'B' ? 1
				    : keys[i] == '5' ? -page
				    : keys[i] == '6' ? page
						     : 0);
			continue;
		}
		switch (keys[i]) {
		case 'q':
		case 'Q':
		case 4: /* Ctrl-D */
			return SHOW_QUIT;
		case ' ':
		case 'f':
			scroll(top, page);
			break;
		case 'b':
			scroll(top, -page);
			break;
		case 'j':
		case '\n':
			scroll(top, 1);
			break;
		case 'k':
			scroll(top, -1);
			break;
		}
	}
	return SHOW_REDRAW;
}

enum show_event show_terminal_wait(unsigned ms, unsigned *top)
{
	uint64_t end = monotonic_ns() / 1000000 + ms, now;
	struct signalfd_siginfo info;
	char keys[64];
	ssize_t len;

	if (!terminal.signals && watch_signals() < 0)
		return SHOW_QUIT;
	while ((now = monotonic_ns() / 1000000) < end) {
		struct pollfd ready[] = {{.fd = terminal.signals, .events = POLLIN},
					 {.fd = terminal.raw ? STDIN_FILENO : -1, .events = POLLIN}};

		if (poll(ready, 2, (int)(end - now)) <= 0)
			continue;
		if (ready[0].revents && read(terminal.signals, &info, sizeof(info)) == sizeof(info))
			return handle_signal((int)info.ssi_signo);
		if (!ready[1].revents)
			continue;
		len = read(STDIN_FILENO, keys, sizeof(keys));
		if (len <= 0) /* the terminal is gone */
			return SHOW_QUIT;
		return handle_keys(keys, (size_t)len, top);
	}
	return SHOW_TIMEOUT;
}
