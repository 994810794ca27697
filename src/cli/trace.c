/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi trace`: the events of the recorders. It reads the memory of their rings (daemon/trace_file.h) without any effect on
 * those that write: if it is slow or stopped, it misses events, and says how many.
 */
#include "cli/cmd.h"
#include "cli/trace_filter.h"
#include "cli/trace_output.h"
#include "cli/trace_sources.h"

#include "daemon/clock.h"
#include "daemon/runtime.h"
#include "daemon/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

enum { LOOK_MS = 50, PATIENCE_S = 2, FILTER_SIZE = 1024, DEFAULT_SNAP = TRACE_HEAD };

struct trace_options {
	char file[4096], page[4096], last[32], filter[FILTER_SIZE];
	bool drops, json;
	uint32_t snap, count;
};

static const struct opt options[] = {
	{.name = "write",
	 .letter = 'w',
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct trace_options, file),
	 .help = "write a pcapng file for Wireshark; - is standard output"},
	{.name = "html",
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct trace_options, page),
	 .help = "write a page with a row for each frame and a column for each hop, at the end; drops are red"},
	{.name = "last",
	 .letter = 'l',
	 .argument = "HOW-MUCH",
	 .type = OPT_TEXT,
	 .implied_value = "all",
	 OPT_FIELD(struct trace_options, last),
	 .help = "print what was recorded before, and end: --last everything, --last=30s or --last=5m the last seconds "
		 "or minutes, --last=4M the last mebibytes of each recorder"},
	{.name = "filter",
	 .letter = 'f',
	 .argument = "FILTER",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct trace_options, filter),
	 .help = "only frames that match, in the syntax of pcap-filter(7): 'host 192.168.1.31 and tcp'"},
	{.name = "drops",
	 .letter = 'd',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct trace_options, drops),
	 .help = "only dropped frames"},
	{.name = "snaplen",
	 .letter = 's',
	 .argument = "BYTES",
	 .type = OPT_NUMBER,
	 .min = 0,
	 .max = TRACE_FRAME,
	 .default_value = "128",
	 OPT_FIELD(struct trace_options, snap),
	 .help = "show and write this many bytes of each frame; 0: all. With more than 128 the recorders keep whole "
		 "frames"},
	{.name = "count",
	 .letter = 'c',
	 .argument = "EVENTS",
	 .type = OPT_NUMBER,
	 .min = 1,
	 .max = UINT32_MAX,
	 OPT_FIELD(struct trace_options, count),
	 .help = "end after this number of events"},
	{.name = "json",
	 .letter = 'j',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct trace_options, json),
	 .help = "print one JSON object for each event; /usr/share/vifi/trace.schema.json describes it"},
	{0},
};

const struct opt_command trace_command = {
	.name = "vifi trace",
	.operands = "[KIND [NAME]]",
	.max_operands = 2,
	.summary = "show where frames go: each hop, each verdict, each reason for a drop",
	.description = "KIND is bridge, ap, sta or air. NAME is the uplink of the bridge, the interface, or the socket "
		       "of the medium (default: /run/vifi/air). Without KIND and NAME, the command shows everything of "
		       "vifi that runs in this network namespace.\n\n"
		       "A line is one frame at one hop: the time, the ID that the frame keeps on its path, the "
		       "interface, `<` for received or `>` for sent, a summary of the frame, and where it goes or why "
		       "it was dropped. Tracing does not interrupt traffic. Ctrl-C ends it.",
	.options = options,
};

static const struct opt_command *const page_commands[] = {&trace_command, NULL};

static const struct opt_section sections[] = {
	{"THE RECORDER",
	 "`vifi trace` switches recorders on while it runs. The keys `recorder` and `recorder-size` of `vifi bridge "
	 "up` and `vifi air up`, and the options of these names, which `vifi ap` and `vifi sta` have, too, always keep "
	 "the last frames, so that `vifi trace --last` shows what happened before a fault, also after the "
	 "process "
	 "has died. The last hop of a frame for a guest is the guest's port, or the bridge where the bridge forwards "
	 "the frame itself: ARP, multicast, and all frames while the shortcut is closed. The recordings are in "
	 "/run/vifi: a process that ends normally removes its own, and the last sixteen recordings of killed processes "
	 "are kept.\n\n"
	 "The file has one interface for each hop. Each packet has a comment with its verdict, `epb_verdict`, and the "
	 "id "
	 "of its journey as `epb_packetid`; `frame.packet_id` filters for it in Wireshark. Events that the recorder or "
	 "this command lost are counted in `epb_dropcount`."},
	{"THE MEDIUM OF VIFI AIR",
	 "Each radio of `vifi air` is a hop. A frame has one line for each transmission, and one at each radio that "
	 "receives it or should have received it. For a lost frame, the reason names the property of the rule that "
	 "lost it (`loss=`, `deaf=`, `rate=`, `duplicate=`), or the state of the receiver. Frames are 802.11 after a "
	 "radiotap "
	 "header."},
	{"A CARD",
	 "Over a card, `vifi ap` and `vifi sta` see management frames, EAPOL frames, their TX status, and refusals; "
	 "these are recorded, at the hops `card` (802.11) and `eapol` (Ethernet). They do not see data frames, which "
	 "pass between the kernel and the card, sent and received beacons, retries, and the frames that a card "
	 "generates itself: authentication and association requests of a station, and, with a full-MAC card, all "
	 "management frames. A monitor interface, or `tcpdump` on the interface, shows them. "
	 "The bridge behind an "
	 "access point has a recorder of its own."},
	{"EXIT STATUS", "*0*\n\tSuccess.\n\n"
			"*1*\n\tThe file cannot be written.\n\n"
			"*2*\n\tThe command line is invalid.\n\n"
			"*3*\n\tRoot is needed.\n\n"
			"*4*\n\tNo bridge, access point, station or medium is running, or nothing was recorded."},
	{"EXAMPLES", "```\nvifi trace\nvifi trace --drops bridge wlan0\nvifi trace -s 0 -w wlan0.pcapng bridge wlan0\n"
		     "vifi trace --drops air\nvifi trace --last=30s -f 'arp or port 67'\nvifi trace --last=5m --drops "
		     "--html drops.html\n```"},
	{"SEE ALSO",
	 "*vifi*(8), *vifi-air*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-doctor*(8), "
	 "*vifi-metrics*(8), *vifi-setup*(8), *vifi-sta*(8), *vifi-top*(8), *vifi-why*(8), *pcap-filter*(7)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-trace",
	.section = 8,
	.summary = "where frames go, and why they do not arrive",
	.description =
		"`vifi trace` shows each frame at each hop of a bridge, an access point, a station or the medium.",
	.commands = page_commands,
	.sections = sections,
};

/* What is to be shown. */
struct trace {
	const struct trace_options *opts;
	struct trace_request request;
	uint64_t until; /* events after that are not shown, ns since 1970; 0: all are */
	uint64_t since; /* ns since 1970: no older events */
	uint64_t bytes; /* of each ring; 0: all */
	struct trace_filter *filter;
	struct trace_sources sources;
	struct trace_output output;
	char medium[TRACE_NAME_SIZE]; /* the name of the recorder of `vifi air` */
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped++;
}

/* Reads "all", a time (30s, 5m, 2h) or a size (512K, 4M). */
static bool parse_last(struct trace *trace, const char *text, struct error *error)
{
	static const struct {
		char letter;
		uint64_t seconds, bytes;
	} units[] = {{'s', 1, 0},       {'m', 60, 0},      {'h', 3600, 0},
		     {'K', 0, 1 << 10}, {'M', 0, 1 << 20}, {'G', 0, 1 << 30}};
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	struct timespec now;

	if (!strcmp(text, "all"))
		return true;
	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (end == text || end[0] != units[i].letter || end[1] || number > 1000000)
			continue;
		trace->bytes = number * units[i].bytes;
		if (units[i].seconds && (uint64_t)now.tv_sec > number * units[i].seconds)
			trace->since =
				((uint64_t)now.tv_sec - number * units[i].seconds) * 1000000000 + (uint64_t)now.tv_nsec;
		return true;
	}
	error_set(error, -EINVAL, "--last: `%s` is neither all nor a time (30s, 5m) nor a size (4M)", text);
	return false;
}

static bool parse_operands(struct trace *trace, int count, char **operands, struct error *error)
{
	static const char *const kinds[] = {"bridge", "ap", "sta", "air"};

	if (count == 0)
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(operands[0], kinds[i])) {
			trace->request.kind = kinds[i];
			trace->request.name = count > 1 ? operands[1] : NULL;
		}
	if (trace->request.kind && !strcmp(trace->request.kind, "air")) {
		trace_name_of_path(trace->medium, count > 1 ? operands[1] : RUNTIME_FOLDER "/air");
		trace->request.name = trace->medium;
	}
	if (!trace->request.kind)
		error_set(error, -EINVAL, "`%s` must be bridge, ap, sta or air", operands[0]);
	else if (!trace->request.name)
		error_set(error, -EINVAL, "missing operand; name the %s, or omit `%s` to see everything that runs",
			  strcmp(trace->request.kind, "bridge") ? "interface" : "uplink", trace->request.kind);
	return trace->request.name;
}

/* From here on the process parses what strangers sent. */
static void confine(void)
{
	const struct sandbox sandbox = {.calls = SANDBOX_CORE};
	struct error error;

	tzset(); /* reads a file */
	if (sandbox_enter(&sandbox, &error) < 0)
		fprintf(stderr, "vifi trace: not fully confined: %s\n", error.text);
}

/* The first Ctrl-C begins finish(), where `until` is set, and only a second one ends that. */
static bool is_interrupted(const struct trace *trace)
{
	return trace->until ? stopped > 1 : stopped > 0;
}

/* Shows the events that are there. Returns 0, 1 when the wanted number is reached, or a negative errno with an error. */
static int show_events(struct trace *trace, struct error *error)
{
	struct trace_item *item;
	int ret;

	while (!is_interrupted(trace) && (item = trace_sources_next(&trace->sources))) {
		if (trace->until && item->event.time > trace->until)
			return 1;
		if (item->event.time < trace->since || (trace->opts->drops && !item->event.reason) ||
		    !trace_filter_matches(trace->filter, &item->event, item->bytes))
			continue;
		ret = trace_output_add(&trace->output, &trace->sources, item, error);
		if (ret < 0)
			return ret;
		if (trace->opts->count && trace->output.events >= trace->opts->count)
			return 1;
	}
	return trace_output_flush(&trace->output, error);
}

static void wait_for_events(void)
{
	struct timespec pause = {.tv_nsec = LOOK_MS * 1000000};

	nanosleep(&pause, NULL);
}

/*
 * Ctrl-C ends the recording; what was recorded until then is still shown. A recorder needs a moment for the frames that are
 * still on their way from the kernel; a second Ctrl-C, or a recorder that makes no progress, ends that.
 */
static int finish(struct trace *trace, struct error *error)
{
	uint64_t end = monotonic_ns();
	struct timespec real;
	int ret;

	clock_gettime(CLOCK_REALTIME, &real);
	trace->until = (uint64_t)real.tv_sec * SECOND + (uint64_t)real.tv_nsec;
	for (;;) {
		bool complete = trace_sources_are_complete(&trace->sources, end);

		ret = show_events(trace, error);
		if (ret != 0 || complete || is_interrupted(trace) || monotonic_ns() - end > PATIENCE_S * SECOND)
			break;
		wait_for_events();
	}
	return ret < 0 ? ret : trace_output_flush(&trace->output, error);
}

static int run(struct trace *trace, struct error *error)
{
	uint64_t renewed = monotonic_ns();
	int ret;

	while ((ret = show_events(trace, error)) == 0 && trace->request.mode && !stopped) {
		wait_for_events();
		if (monotonic_ns() - renewed < TRACE_RENEW_S * SECOND &&
		    trace_sources_are_asked(&trace->sources, trace->request.mode))
			continue;
		renewed = monotonic_ns();
		trace_sources_renew(&trace->sources, trace->request.mode);
	}
	if (ret == 0 && trace->request.mode)
		ret = finish(trace, error);
	if (ret < 0)
		return ret;
	if (trace->request.mode)
		trace_sources_renew(&trace->sources, TRACE_OFF);
	fprintf(stderr, "vifi trace: %llu events, %llu were lost\n", (unsigned long long)trace->output.events,
		(unsigned long long)trace->output.lost);
	return 0;
}

static int start(struct trace *trace, struct error *error)
{
	struct sigaction stop = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
	const struct trace_options *opts = trace->opts;
	int ret = 0;

	if (opts->filter[0] && trace_filter_new(&trace->filter, opts->filter, error) < 0)
		return EXIT_USAGE;
	if (geteuid() != 0)
		return error_set(error, EXIT_PRIVILEGE, "recorded frames are for root only; run it as root");
	ret = trace_sources_open(&trace->sources, &trace->request, error);
	if (ret < 0)
		return ret == -EPERM || ret == -EACCES ? EXIT_PRIVILEGE : EXIT_STATE;
	if (trace->bytes)
		trace_sources_skip(&trace->sources, trace->bytes);
	if (trace_output_open(&trace->output,
			      opts->file[0]   ? TRACE_PCAPNG
			      : opts->page[0] ? TRACE_HTML
			      : opts->json    ? TRACE_JSON
					      : TRACE_TEXT,
			      opts->file[0]   ? opts->file
			      : opts->page[0] ? opts->page
					      : NULL,
			      "vifi trace", error) < 0)
		return EXIT_FAILED;
	trace->output.snap_len = opts->snap;
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	confine();
	return EXIT_DONE;
}

int cmd_trace(int argc, char **argv)
{
	struct trace_options opts = {.json = false};
	struct trace *trace;
	struct error error = {{0}}, closing;
	int first, code;

	if (command_prints_man(&page, argc, argv))
		return EXIT_DONE;
	opt_defaults(options, &opts);
	first = opt_parse(&trace_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if ((opts.file[0] && opts.page[0]) || (opts.json && (opts.file[0] || opts.page[0])))
		return command_fail(&trace_command, EXIT_USAGE,
				    &(struct error){.text = "--write, --html and --json exclude each other"});
	trace = calloc(1, sizeof(*trace));
	if (!trace)
		return command_fail(&trace_command, EXIT_STATE, &(struct error){.text = "out of memory"});
	trace->opts = &opts;
	trace->output.fd = trace->output.page.fd = -1;
	trace->request.past = opts.last[0];
	if (!opts.last[0])
		trace->request.mode = opts.snap == 0 || opts.snap > TRACE_HEAD ? TRACE_WHOLE : TRACE_HEADERS;
	code = parse_operands(trace, argc - first, argv + first, &error) &&
			       (!opts.last[0] || parse_last(trace, opts.last, &error))
		       ? start(trace, &error)
		       : EXIT_USAGE;
	if (code == EXIT_DONE && run(trace, &error) < 0)
		code = EXIT_FAILED;
	if (trace_output_close(&trace->output, &closing) < 0 && code == EXIT_DONE) {
		error = closing;
		code = EXIT_FAILED;
	}
	trace_sources_close(&trace->sources);
	trace_filter_free(trace->filter);
	free(trace);
	return code == EXIT_DONE ? code : command_fail(&trace_command, code, &error);
}
