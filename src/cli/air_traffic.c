/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi air capture` and `vifi air inject`: a radio that writes frames to a file, and one that sends those of a file. */
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

struct air_traffic_options {
	char socket[108], name[AIR_NAME_MAX + 1];
	uint32_t count, freq;
};

#define OPTION_FIELD(field) OPT_FIELD(struct air_traffic_options, field)
#define SOCKET_OPTION                                                                                        \
	{                                                                                                    \
		.name = "socket", .letter = 's', .argument = "PATH", .type = OPT_TEXT, OPTION_FIELD(socket), \
		.default_value = AIR_SOCKET, .help = "the socket of the medium",                             \
	}

static const struct opt capture_options[] = {
	SOCKET_OPTION,
	{.name = "name",
	 .argument = "NAME",
	 .type = OPT_TEXT,
	 OPTION_FIELD(name),
	 .default_value = "capture",
	 .help = "the name of this radio in rules"},
	{.name = "count",
	 .letter = 'n',
	 .argument = "NUMBER",
	 .type = OPT_NUMBER,
	 OPTION_FIELD(count),
	 .max = UINT32_MAX,
	 .help = "stop after NUMBER frames; 0 is no limit"},
	{0},
};

static const struct opt inject_options[] = {
	SOCKET_OPTION,
	{.name = "name",
	 .argument = "NAME",
	 .type = OPT_TEXT,
	 OPTION_FIELD(name),
	 .default_value = "inject",
	 .help = "the name of this radio in rules"},
	{.name = "freq",
	 .letter = 'f',
	 .argument = "MHZ",
	 .type = OPT_NUMBER,
	 OPTION_FIELD(freq),
	 .min = 1,
	 .max = UINT16_MAX,
	 .default_value = "2412",
	 .help = "the channel"},
	{0},
};

const struct opt_command air_capture_command = {
	.name = "vifi air capture",
	.operands = "FILE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "write every transmission to a file, until stopped",
	.description = "FILE is written in pcapng with radiotap headers; - is standard output: `vifi air capture - | "
		       "wireshark -k -i -`.",
	.options = capture_options,
};

const struct opt_command air_inject_command = {
	.name = "vifi air inject",
	.operands = "FILE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "send the frames of a capture, one after the other",
	.description = "FILE is a pcap or pcapng file of 802.11 frames, with or without radiotap headers. Its "
		       "timestamps are ignored. The numbers of sent and of acknowledged frames are printed.",
	.options = inject_options,
};

static int open_stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static struct radio *open_monitor(const struct air_traffic_options *opts, struct error *error)
{
	struct radio *radio = radio_open_air(opts->socket, opts->name, error);

	if (radio && radio->ops->monitor(radio, true)) {
		error_set(error, -EIO, "%s: the medium refuses monitor mode", opts->socket);
		radio->ops->close(radio);
		return NULL;
	}
	return radio;
}

/* Returns 1 if `max` frames are written, 0 to continue, or a negative errno. */
static int write_events(struct radio *radio, struct capture_file *file, uint32_t *count, uint32_t max)
{
	struct radio_event events[RADIO_BATCH];
	int received = radio->ops->receive(radio, events), result = 0;

	for (int i = 0; i < received; i++) {
		if (events[i].kind == RADIO_GONE)
			result = -EPIPE;
		if (events[i].kind == RADIO_RECEIVED && !result) {
			result = capture_file_write(file, events[i].frame, events[i].tries);
			if (!result && ++*count == max)
				result = 1;
		}
		frame_free(events[i].kind == RADIO_RECEIVED ? events[i].frame : NULL);
	}
	/* A reader of a pipe must see the frames now. */
	return result ? result : capture_file_flush(file);
}

static int capture_frames(const struct air_traffic_options *opts, struct radio *radio, const char *path)
{
	struct error error = {{0}};
	struct capture_file *file = capture_file_open(path, &error);
	struct pollfd ready[] = {{.fd = radio->fd, .events = POLLIN}, {.fd = open_stop_signals(), .events = POLLIN}};
	uint32_t count = 0;
	int result = 0, close_ret;

	if (!file)
		return command_fail(&air_capture_command, EXIT_FAILED, &error);
	while (!result && (poll(ready, 2, -1) > 0 || errno == EINTR) && !ready[1].revents)
		result = write_events(radio, file, &count, opts->count);
	close_ret = capture_file_close(file);
	close(ready[1].fd);
	if (result >= 0 && close_ret == 0)
		return EXIT_DONE;
	if (result == -EPIPE)
		error_set(&error, result, "connection to the medium lost; %u frames are in %s", count, path);
	else
		error_set(&error, result, "%s: %s", path, strerror(result < 0 ? -result : -close_ret));
	return command_fail(&air_capture_command, EXIT_FAILED, &error);
}

static int parse_options(const struct opt_command *command, int argc, char **argv, struct air_traffic_options *opts)
{
	*opts = (struct air_traffic_options){0};
	opt_defaults(command->options, opts);
	return opt_parse(command, argc, argv, opts);
}

int cmd_air_capture(int argc, char **argv)
{
	struct error error = {{0}};
	struct air_traffic_options opts;
	int first = parse_options(&air_capture_command, argc, argv, &opts), code;
	struct radio *radio;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	radio = open_monitor(&opts, &error);
	if (!radio)
		return command_fail(&air_capture_command, EXIT_STATE, &error);
	code = capture_frames(&opts, radio, argv[first]);
	radio->ops->close(radio);
	return code;
}

/* ---- injection ---- */

struct air_injection {
	struct radio *radio;
	unsigned sent, acked, reported, unreadable;
	bool disconnected;
};

static void read_statuses(struct air_injection *injection)
{
	struct radio_event events[RADIO_BATCH];
	struct pollfd ready = {.fd = injection->radio->fd, .events = POLLIN};
	int received;

	poll(&ready, 1, -1);
	received = injection->radio->ops->receive(injection->radio, events);
	for (int k = 0; k < received; k++)
		switch (events[k].kind) {
		case RADIO_RECEIVED:
			frame_free(events[k].frame);
			break;
		case RADIO_TX_STATUS:
			injection->reported++;
			injection->acked += events[k].acked;
			break;
		case RADIO_GONE:
			injection->disconnected = true;
			break;
		}
}

/* Returns a frame of the file without radio header and FCS, or NULL. */
static struct frame *captured_frame(const struct captured_frame *captured)
{
	struct radio_header header;

	if (!radio_header_parse(&header, captured->link_type, captured->bytes, captured->len) ||
	    header.len + (header.has_fcs ? 4u : 0) >= captured->len || captured->len < captured->orig_len)
		return NULL;
	return frame_from(captured->bytes + header.len, captured->len - header.len - (header.has_fcs ? 4u : 0), 0, 0);
}

static int inject_frames(struct air_injection *injection, const struct air_traffic_options *opts,
			 struct capture *capture)
{
	struct captured_frame captured;
	int more = 0;

	while (!injection->disconnected && (more = capture_next(capture, &captured)) > 0) {
		struct radio_tx tx = {.frame = captured_frame(&captured),
				      .cookie = injection->sent + 1,
				      .freq_mhz = (uint16_t)opts->freq};

		if (!tx.frame) {
			injection->unreadable++;
			continue;
		}
		while (!injection->disconnected && !injection->radio->ops->room(injection->radio))
			read_statuses(injection);
		injection->radio->ops->send(injection->radio, &tx, 1);
		injection->sent++;
	}
	while (!injection->disconnected && injection->reported < injection->sent)
		read_statuses(injection);
	return more;
}

/* Sends the frames and reports the result. Returns an exit code. */
static int inject_capture(const struct air_traffic_options *opts, struct capture *capture, const char *path)
{
	struct error error = {{0}};
	struct air_injection injection = {.radio = radio_open_air(opts->socket, opts->name, &error)};
	int more;

	if (!injection.radio)
		return command_fail(&air_inject_command, EXIT_STATE, &error);
	injection.radio->ops->tune(injection.radio, (uint16_t)opts->freq);
	more = inject_frames(&injection, opts, capture);
	printf("%u frames sent, %u of them acknowledged or group frames; %u records are no 802.11 frames\n",
	       injection.sent, injection.acked, injection.unreadable);
	injection.radio->ops->close(injection.radio);
	if (!injection.disconnected && more == 0)
		return EXIT_DONE;
	if (injection.disconnected)
		error_set(&error, -EPIPE, "connection to the medium lost");
	else
		error_set(&error, -EIO, "%.200s: truncated or damaged at byte %zu; the frames before it are sent", path,
			  capture->offset);
	return command_fail(&air_inject_command, EXIT_FAILED, &error);
}

int cmd_air_inject(int argc, char **argv)
{
	struct air_traffic_options opts;
	int first = parse_options(&air_inject_command, argc, argv, &opts), code;
	struct error error = {{0}};
	struct capture capture;
	struct input_file file;
	bool was_read;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	was_read = input_file_read(&file, argv[first]);
	if (was_read && capture_open(&capture, file.bytes, file.len)) {
		code = inject_capture(&opts, &capture, argv[first]);
	} else {
		error_set(&error, -EIO, "%.200s: %s", argv[first],
			  was_read ? "no pcap or pcapng file" : strerror(errno));
		code = command_fail(&air_inject_command, EXIT_FAILED, &error);
	}
	input_file_close(&file);
	return code;
}
