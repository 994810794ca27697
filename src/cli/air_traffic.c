/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A radio by hand: what is on the air into a file, and frames of a file onto the air. */
#include "cli/air.h"

#include "air/capture_file.h"
#include "base/mac.h"
#include "cli/file.h"
#include "air/client.h"
#include "radio/radio.h"
#include "wire/capture.h"
#include "wire/radiotap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct traffic {
	char socket[108], name[AIR_NAME + 1];
	uint32_t count, freq;
};

#define FIELD(field) OPT_FIELD(struct traffic, field)
#define SOCKET                                                                                        \
	{                                                                                             \
		.name = "socket", .letter = 's', .argument = "PATH", .type = OPT_TEXT, FIELD(socket), \
		.fallback = AIR_SOCKET, .help = "where the air is",                                   \
	}

static const struct opt capture_options[] = {
	SOCKET,
	{.name = "name",
	 .argument = "NAME",
	 .type = OPT_TEXT,
	 FIELD(name),
	 .fallback = "capture",
	 .help = "what rules call this radio"},
	{.name = "count",
	 .letter = 'n',
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 FIELD(count),
	 .max = UINT32_MAX,
	 .help = "end after so many frames; 0 is when it is stopped"},
	{0},
};

static const struct opt inject_options[] = {
	SOCKET,
	{.name = "name",
	 .argument = "NAME",
	 .type = OPT_TEXT,
	 FIELD(name),
	 .fallback = "inject",
	 .help = "what rules call this radio"},
	{.name = "freq",
	 .letter = 'f',
	 .argument = "MHZ",
	 .type = OPT_NUMBER,
	 FIELD(freq),
	 .min = 1,
	 .max = UINT16_MAX,
	 .fallback = "2412",
	 .help = "the channel"},
	{0},
};

const struct opt_command air_capture_line = {
	.name = "vifi air capture",
	.operands = "FILE",
	.least = 1,
	.most = 1,
	.sentence = "write what is on the air into a file, until stopped",
	.about =
		"FILE is pcapng with radiotap headers; - is standard output: `vifi air capture - | wireshark -k -i -`.",
	.options = capture_options,
};

const struct opt_command air_inject_line = {
	.name = "vifi air inject",
	.operands = "FILE",
	.least = 1,
	.most = 1,
	.sentence = "send the frames of a capture, one after the other",
	.about = "FILE is pcap or pcapng, of plain 802.11 frames or with radiotap headers. The times in it are not "
		 "kept. "
		 "Says how many were sent, and how many of them nobody acknowledged.",
	.options = inject_options,
};

static int stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static struct radio *join(const struct traffic *o, struct why *why)
{
	struct radio *r = radio_air(o->socket, o->name, why);

	if (r && r->ops->monitor(r, true)) {
		why_set(why, -EIO, "%s: this radio may not listen to everything", o->socket);
		r->ops->close(r);
		return NULL;
	}
	return r;
}

/* Returns 1 when there were enough, 0 to go on, -errno. */
static int write_events(struct radio *r, struct air_file *file, uint32_t *count, uint32_t most)
{
	struct radio_event events[RADIO_BATCH];
	int n = r->ops->receive(r, events), result = 0;

	for (int i = 0; i < n; i++) {
		if (events[i].kind == RADIO_GONE)
			result = -EPIPE;
		if (events[i].kind == RADIO_RECEIVED && !result) {
			result = air_file_write(file, events[i].frame, events[i].tries);
			if (!result && ++*count == most)
				result = 1;
		}
		frame_free(events[i].kind == RADIO_RECEIVED ? events[i].frame : NULL);
	}
	/* Whoever reads the other end of a pipe wants to see it now. */
	return result ? result : air_file_flush(file);
}

static int capture(const struct traffic *o, struct radio *r, const char *path)
{
	struct why why = {{0}};
	struct air_file *file = air_file_open(path, &why);
	struct pollfd ready[] = {{.fd = r->fd, .events = POLLIN}, {.fd = stop_signals(), .events = POLLIN}};
	uint32_t count = 0;
	int result = 0, closed;

	if (!file)
		return air_fail(&air_capture_line, EXIT_FAILED, &why);
	while (!result && (poll(ready, 2, -1) > 0 || errno == EINTR) && !ready[1].revents)
		result = write_events(r, file, &count, o->count);
	closed = air_file_close(file);
	close(ready[1].fd);
	if (result == -EPIPE)
		why_set(&why, result, "the air has gone; %u frames are in %s", count, path);
	else if (result < 0 || closed < 0)
		why_set(&why, result, "%s: %s", path, strerror(result < 0 ? -result : -closed));
	return why.text[0] ? air_fail(&air_capture_line, EXIT_FAILED, &why) : EXIT_DONE;
}

static int read_options(const struct opt_command *line, int argc, char **argv, struct traffic *o)
{
	*o = (struct traffic){0};
	opt_defaults(line->options, o);
	return opt_parse(line, argc, argv, o);
}

int cmd_air_capture(int argc, char **argv)
{
	struct why why = {{0}};
	struct traffic o;
	int first = read_options(&air_capture_line, argc, argv, &o), code;
	struct radio *r;

	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	r = join(&o, &why);
	if (!r)
		return air_fail(&air_capture_line, EXIT_STATE, &why);
	code = capture(&o, r, argv[first]);
	r->ops->close(r);
	return code;
}

/* ---- the other way ---- */

struct injection {
	struct radio *radio;
	unsigned sent, acked, told, unreadable;
	bool gone;
};

static void hear(struct injection *i)
{
	struct radio_event events[RADIO_BATCH];
	struct pollfd ready = {.fd = i->radio->fd, .events = POLLIN};
	int n;

	poll(&ready, 1, -1);
	n = i->radio->ops->receive(i->radio, events);
	for (int k = 0; k < n; k++)
		switch (events[k].kind) {
		case RADIO_RECEIVED:
			frame_free(events[k].frame);
			break;
		case RADIO_STATUS:
			i->told++;
			i->acked += events[k].acked;
			break;
		case RADIO_GONE:
			i->gone = true;
			break;
		}
}

/* A frame of the file, without what stands before and behind it. */
static struct frame *frame_of(const struct captured *c)
{
	struct radio_header h;

	if (!radio_header(&h, c->link, c->bytes, c->len) || h.len + (h.fcs ? 4u : 0) >= c->len || c->len < c->was)
		return NULL;
	return frame_from(c->bytes + h.len, c->len - h.len - (h.fcs ? 4u : 0), 0, 0);
}

static int inject(struct injection *i, const struct traffic *o, struct capture *c)
{
	struct captured one;
	int more = 0;

	while (!i->gone && (more = capture_next(c, &one)) > 0) {
		struct radio_tx tx = {.frame = frame_of(&one), .cookie = i->sent + 1, .freq_mhz = (uint16_t)o->freq};

		if (!tx.frame) {
			i->unreadable++;
			continue;
		}
		while (!i->gone && !i->radio->ops->room(i->radio))
			hear(i);
		i->radio->ops->send(i->radio, &tx, 1);
		i->sent++;
	}
	while (!i->gone && i->told < i->sent)
		hear(i);
	return more;
}

int cmd_air_inject(int argc, char **argv)
{
	struct why why = {{0}};
	struct traffic o;
	int first = read_options(&air_inject_line, argc, argv, &o), more;
	struct injection i = {0};
	struct capture c;
	struct file file;
	bool is_read;

	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	is_read = file_read(&file, argv[first]);
	if (!is_read || !capture_open(&c, file.bytes, file.len)) {
		why_set(&why, -EIO, "%.200s: %s", argv[first],
			is_read ? "this is no pcap or pcapng file" : strerror(errno));
		file_close(&file);
		return air_fail(&air_inject_line, EXIT_FAILED, &why);
	}
	i.radio = radio_air(o.socket, o.name, &why);
	if (!i.radio) {
		file_close(&file);
		return air_fail(&air_inject_line, EXIT_STATE, &why);
	}
	i.radio->ops->tune(i.radio, (uint16_t)o.freq);
	more = inject(&i, &o, &c);
	printf("%u frames sent, %u of them acknowledged or for a group; %u are no 802.11 frames\n", i.sent, i.acked,
	       i.unreadable);
	i.radio->ops->close(i.radio);
	file_close(&file);
	if (i.gone)
		why_set(&why, -EPIPE, "the air has gone");
	else if (more < 0)
		why_set(&why, -EIO, "%.200s: cut short or damaged at byte %zu; what was before it is sent", argv[first],
			c.at);
	return why.text[0] ? air_fail(&air_inject_line, EXIT_FAILED, &why) : EXIT_DONE;
}
