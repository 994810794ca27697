/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi air capture` and `vifi air inject`: a radio that writes frames to a file, and one that sends those of a file. */
#include "cli/air.h"

#include "air/capture_file.h"
#include "air/client.h"
#include "cli/file.h"
#include "wire/capture.h"
#include "wire/radiotap.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

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

/* ---- the loop ---- */

struct air_traffic {
	struct air_traffic_options opts;
	uv_loop_t loop;
	uv_signal_t sigint, sigterm;
	struct radio *radio;
	bool joined;
	int code; /* EXIT_DONE, or an exit code with `error` */
	struct error error;
};

static void on_stop_signal(uv_signal_t *signal, int signum)
{
	(void)signum;
	uv_stop(signal->loop);
}

/* Ends the loop; `error` is set. */
static void fail(struct air_traffic *traffic, int code)
{
	traffic->code = code;
	uv_stop(&traffic->loop);
}

static void handle_gone(struct air_traffic *traffic, const struct radio_event *event)
{
	error_set(&traffic->error, event->code, "%s", event->text);
	fail(traffic, traffic->joined ? EXIT_FAILED : EXIT_STATE);
}

/* Joins the medium and runs the loop until uv_stop(), with `ready` for the events of the radio. */
static void run(struct air_traffic *traffic, void (*ready)(void *user), void *user, bool monitor)
{
	const struct radio_owner owner = {ready, user};

	if (uv_loop_init(&traffic->loop) < 0) {
		traffic->code = EXIT_FAILED;
		error_set(&traffic->error, -ENOMEM, "cannot start the event loop");
		return;
	}
	uv_signal_init(&traffic->loop, &traffic->sigint);
	uv_signal_init(&traffic->loop, &traffic->sigterm);
	traffic->radio =
		air_radio_open(&traffic->loop, traffic->opts.socket, traffic->opts.name, owner, &traffic->error);
	if (traffic->radio) {
		uv_signal_start(&traffic->sigint, on_stop_signal, SIGINT);
		uv_signal_start(&traffic->sigterm, on_stop_signal, SIGTERM);
		if (monitor)
			traffic->radio->ops->monitor(traffic->radio, true); /* a failure ends with RADIO_GONE */
		uv_run(&traffic->loop, UV_RUN_DEFAULT);
		traffic->radio->ops->close(traffic->radio);
	} else {
		traffic->code = EXIT_STATE;
	}
	uv_close((uv_handle_t *)&traffic->sigint, NULL);
	uv_close((uv_handle_t *)&traffic->sigterm, NULL);
	uv_run(&traffic->loop, UV_RUN_DEFAULT);
	uv_loop_close(&traffic->loop);
}

static int finish(const struct air_traffic *traffic, const struct opt_command *command)
{
	return traffic->code == EXIT_DONE ? EXIT_DONE : command_fail(command, traffic->code, &traffic->error);
}

static int parse_options(const struct opt_command *command, int argc, char **argv, struct air_traffic_options *opts)
{
	opt_defaults(command->options, opts);
	return opt_parse(command, argc, argv, opts);
}

/* ---- capture ---- */

struct air_capture {
	struct air_traffic traffic;
	const char *path;
	struct capture_file *file; /* NULL before the radio has joined */
	uint32_t count;
};

static void check_write(struct air_capture *capture, int ret)
{
	if (!ret)
		return;
	error_set(&capture->traffic.error, ret, "%s: %s", capture->path, strerror(-ret));
	fail(&capture->traffic, EXIT_FAILED);
}

static bool is_complete(const struct air_capture *capture)
{
	return capture->traffic.code != EXIT_DONE ||
	       (capture->traffic.opts.count && capture->count == capture->traffic.opts.count);
}

static void capture_event(struct air_capture *capture, const struct radio_event *event)
{
	struct air_traffic *traffic = &capture->traffic;
	struct error lost;

	switch (event->kind) {
	case RADIO_JOINED:
		traffic->joined = true;
		capture->file = capture_file_open(capture->path, &traffic->error);
		if (!capture->file)
			fail(traffic, EXIT_FAILED);
		break;
	case RADIO_RECEIVED:
		if (capture->file && !is_complete(capture)) {
			check_write(capture, capture_file_write(capture->file, event->frame, event->tries));
			capture->count++;
		}
		frame_free(event->frame);
		break;
	case RADIO_GONE:
		handle_gone(traffic, event);
		if (traffic->joined) {
			lost = traffic->error;
			error_set(&traffic->error, event->code, "%s; %u frames are in %s", lost.text, capture->count,
				  capture->path);
		}
		break;
	case RADIO_TX_STATUS:
	case RADIO_DROPPED:
		break;
	}
}

static void on_capture_ready(void *user)
{
	struct air_capture *capture = user;
	struct radio *radio = capture->traffic.radio;
	struct radio_event events[RADIO_BATCH];
	int count = radio->ops->receive(radio, events);

	for (int i = 0; i < count; i++)
		capture_event(capture, &events[i]);
	/* The reader of a pipe wants each frame at once. */
	if (capture->file && capture->traffic.code == EXIT_DONE)
		check_write(capture, capture_file_flush(capture->file));
	if (is_complete(capture))
		uv_stop(&capture->traffic.loop);
}

int cmd_air_capture(int argc, char **argv)
{
	struct air_capture capture = {0};
	struct air_traffic *traffic = &capture.traffic;
	int first = parse_options(&air_capture_command, argc, argv, &traffic->opts), ret;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	capture.path = argv[first];
	run(traffic, on_capture_ready, &capture, true);
	ret = capture_file_close(capture.file);
	if (ret < 0 && traffic->code == EXIT_DONE) {
		error_set(&traffic->error, ret, "%s: %s", capture.path, strerror(-ret));
		traffic->code = EXIT_FAILED;
	}
	return finish(traffic, &air_capture_command);
}

/* ---- inject ---- */

struct air_injection {
	struct air_traffic traffic;
	struct capture capture;
	unsigned sent, acked, reported, unreadable;
	int more; /* of capture_next() */
};

/* Returns the 802.11 frame in a captured frame, without radiotap header and FCS; NULL: there is none, or it is damaged. */
static struct frame *captured_frame(const struct captured_frame *captured)
{
	struct radio_header header;

	if (!radio_header_parse(&header, captured->link_type, captured->bytes, captured->len) ||
	    header.len + (header.has_fcs ? 4u : 0) >= captured->len || captured->len < captured->orig_len ||
	    header.fcs_bad)
		return NULL;
	return frame_from(captured->bytes + header.len, captured->len - header.len - (header.has_fcs ? 4u : 0), 0, 0);
}

/* Sends what the radio has room for. */
static void inject_frames(struct air_injection *injection)
{
	struct radio *radio = injection->traffic.radio;
	struct captured_frame captured;

	while (injection->more > 0 && radio->ops->room(radio) > 0) {
		struct radio_tx tx = {.cookie = injection->sent + 1,
				      .freq_mhz = (uint16_t)injection->traffic.opts.freq};

		injection->more = capture_next(&injection->capture, &captured);
		if (injection->more <= 0)
			break;
		tx.frame = captured_frame(&captured);
		if (!tx.frame) {
			injection->unreadable++;
			continue;
		}
		injection->sent++;
		radio->ops->send(radio, &tx, 1);
	}
}

static void on_inject_ready(void *user)
{
	struct air_injection *injection = user;
	struct air_traffic *traffic = &injection->traffic;
	struct radio_event events[RADIO_BATCH];
	int count = traffic->radio->ops->receive(traffic->radio, events);

	for (int i = 0; i < count; i++)
		switch (events[i].kind) {
		case RADIO_JOINED:
			traffic->joined = true;
			traffic->radio->ops->tune(traffic->radio, (uint16_t)traffic->opts.freq);
			break;
		case RADIO_RECEIVED:
			frame_free(events[i].frame);
			break;
		case RADIO_TX_STATUS:
			injection->reported++;
			injection->acked += events[i].acked;
			break;
		case RADIO_DROPPED:
			break;
		case RADIO_GONE:
			handle_gone(traffic, &events[i]);
			return;
		}
	if (traffic->joined)
		inject_frames(injection);
	if (injection->more <= 0 && injection->reported == injection->sent)
		uv_stop(&traffic->loop);
}

static void inject_file(struct air_injection *injection, const char *path)
{
	struct air_traffic *traffic = &injection->traffic;

	injection->more = 1;
	run(traffic, on_inject_ready, injection, false);
	if (traffic->joined)
		printf("%u frames sent, %u of them acknowledged or group frames; %u records are damaged, or are not "
		       "802.11 frames\n",
		       injection->sent, injection->acked, injection->unreadable);
	if (traffic->code == EXIT_DONE && injection->more < 0) {
		error_set(&traffic->error, -EIO,
			  "%.200s: truncated or damaged at byte %zu; the frames before it are sent", path,
			  injection->capture.offset);
		traffic->code = EXIT_FAILED;
	}
}

int cmd_air_inject(int argc, char **argv)
{
	struct air_injection injection = {0};
	struct air_traffic *traffic = &injection.traffic;
	int first = parse_options(&air_inject_command, argc, argv, &traffic->opts);
	struct input_file file;
	bool was_read;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	was_read = input_file_read(&file, argv[first]);
	if (was_read && capture_open(&injection.capture, file.bytes, file.len)) {
		inject_file(&injection, argv[first]);
	} else {
		traffic->code = EXIT_FAILED;
		error_set(&traffic->error, -EIO, "%.200s: %s", argv[first],
			  was_read ? "not a pcap or pcapng file" : strerror(errno));
	}
	input_file_close(&file);
	return finish(traffic, &air_inject_command);
}
