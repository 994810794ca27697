/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vifi bridge show`. One look reads the reports of the uplinks (bridge/remote.h) and adds what this process finds out: names of
 * machines, problems. Then show_view.c makes a screen of them, or they are printed as JSON. --watch repeats that.
 */
#include "cli/bridge.h"

#include "bridge/find.h"
#include "bridge/machines.h"
#include "bridge/problems.h"
#include "bridge/remote.h"
#include "cli/show_terminal.h"
#include "cli/show_view.h"
#include "conf/bridge_conf.h"
#include "daemon/clock.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct show_options {
	bool json, verbose, all;
	uint32_t watch; /* seconds; 0: once */
	int color;      /* enum show_color */
};

static const char *const colors[] = {"auto", "always", "never", NULL};

static const struct opt options[] = {
	{.name = "json",
	 .letter = 'j',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct show_options, json),
	 .help = "print JSON, with --watch one document per line; /usr/share/vifi/show.schema.json describes it"},
	{.name = "verbose",
	 .letter = 'v',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct show_options, verbose),
	 .help = "a row for each address of each guest, with its age and flags; also what was delivered, and all drops "
		 "with "
		 "their sentences"},
	{.name = "all",
	 .letter = 'a',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct show_options, all),
	 .help = "the same, also with short-lived and internal bindings: MAC addresses, DHCP transactions, probes, "
		 "broadcast "
		 "addresses"},
	{.name = "watch",
	 .letter = 'w',
	 .argument = "SECONDS",
	 .type = OPT_NUMBER,
	 .min = 1,
	 .max = 86400,
	 .implied_value = "2",
	 OPT_FIELD(struct show_options, watch),
	 .help = "refresh every SECONDS, by default every 2, and show the rates since the last refresh; `q` or Ctrl-C "
		 "quits"},
	{.name = "color",
	 .argument = "WHEN",
	 .type = OPT_CHOICE,
	 .choices = colors,
	 .default_value = "auto",
	 OPT_FIELD(struct show_options, color),
	 .help = "colours; auto: on a terminal, unless the variable NO_COLOR is set"},
	{0},
};

const struct opt_command bridge_show_command = {
	.name = "vifi bridge show",
	.operands = "[UPLINK] [GUEST]",
	.max_operands = 2,
	.summary = "show guests, their addresses, counters, and dropped frames with reasons",
	.description = "Without UPLINK it shows all uplinks. GUEST is a name, a MAC address, an IP address or a port: "
		       "only that guest "
		       "is shown, with all its addresses. It reads the kernel's tables, and so also works after the "
		       "process that set "
		       "them up has been killed.",
	.options = options,
};

/* What is shown, and the last look. */
struct show {
	struct show_options opts;
	const char *uplink, *guest; /* NULL: all */
	json_t *views;              /* a list of reports */
	json_t *earlier;            /* the views of the look before; NULL: there was none */
	uint64_t time;              /* ns, of the last look */
};

/* ---- one look ---- */

/* `place`: where the uplink is served; NULL: to be found by the name in `show`. */
static int read_view(const struct show *show, const struct bridge_place *place, json_t **view, struct error *error)
{
	bool bindings = show->opts.json || show->opts.all;
	struct bridge_remote remote;
	int code = (int)(place ? bridge_remote_open_place(&remote, place, error)
			       : bridge_remote_open(&remote, show->uplink, error));

	*view = NULL;
	if (code == BRIDGE_OK) {
		*view = bridge_remote_show(&remote, bindings, error);
		if (!*view)
			code = remote.result == BRIDGE_OK ? EXIT_FAILED : (int)remote.result;
	}
	bridge_remote_close(&remote);
	if (*view)
		bridge_machines_apply(*view);
	return code;
}

/* Adds the view of one uplink. Returns the exit code, with an error. */
static int add_view(struct show *show, const struct bridge_place *place, struct error *error)
{
	json_t *view;
	int code = read_view(show, place, &view, error);

	if (!view)
		return code;
	bridge_problems_add(view);
	if (!show->guest || show_filter(view, show->guest))
		json_array_append_new(show->views, view);
	else
		json_decref(view);
	return code;
}

static int add_all_views(struct show *show, struct error *error)
{
	struct bridge_place *places;
	size_t count;
	int code = EXIT_DONE;

	if (bridge_remote_places(&places, &count) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		int ret = add_view(show, &places[i], error);

		if (ret != EXIT_DONE)
			code = ret;
	}
	free(places);
	return code;
}

/* The report of the same uplink at the look before, or NULL. */
static const json_t *find_earlier(const struct show *show, const json_t *view)
{
	json_t *other;
	size_t i;

	json_array_foreach(show->earlier, i, other)
	{
		if (json_equal(json_object_get(other, "uplink"), json_object_get(view, "uplink")))
			return other;
	}
	return NULL;
}

/* Reads all views again. Returns an exit code, with an error if it is not 0; some views may be there all the same. */
static int read_views(struct show *show, struct error *error)
{
	uint64_t before = show->time;
	json_t *view;
	size_t i;
	int code;

	json_decref(show->earlier);
	show->earlier = show->views;
	show->views = json_array();
	show->time = monotonic_ns();
	code = show->uplink ? add_view(show, NULL, error) : add_all_views(show, error);
	if (code == EXIT_DONE && show->guest && !json_array_size(show->views))
		return error_set(error, EXIT_FAILED,
				 "no guest%s%.16s has the name, MAC address, IP address or port `%.64s`; `vifi bridge "
				 "show` lists "
				 "them",
				 show->uplink ? " of " : "", show->uplink ? show->uplink : "", show->guest);
	json_array_foreach(show->views, i, view)
	{
		if (show->opts.watch)
			show_rates(view, find_earlier(show, view), (double)(show->time - before) / 1e9);
	}
	return code;
}

/* ---- output ---- */

/* One uplink is an object, all of them are a list. */
static void print_json(const struct show *show)
{
	size_t flags = JSON_PRESERVE_ORDER | (show->opts.watch ? JSON_COMPACT : JSON_INDENT(2));
	const json_t *json = show->uplink ? json_array_get(show->views, 0) : show->views;

	if (!json)
		return;
	json_dumpf(json, stdout, flags | JSON_REAL_PRECISION(6));
	printf("\n");
	fflush(stdout);
}

static void make_screen(const struct show *show, struct screen *screen)
{
	const struct show_view_options view_options = {
		.verbose = show->opts.verbose,
		.all = show->opts.all,
		.watch = show->opts.watch,
		.filtered = show->guest,
	};
	json_t *view;
	size_t i;

	show_terminal_detect(screen, (enum show_color)show->opts.color);
	json_array_foreach(show->views, i, view)
	{
		if (i)
			screen_newline(screen);
		show_view(screen, view, &view_options);
	}
	if (!json_array_size(show->views) && !show->uplink && !show->guest)
		screen_wrap(screen, 0, "", SCREEN_PLAIN, "No uplink is served; start with `vifi bridge up wlan0 br0`.");
}

static int print_text(const struct show *show)
{
	struct screen screen = {0};
	int code = EXIT_DONE;
	struct error error;

	make_screen(show, &screen);
	if (screen.failed)
		code = command_fail(&bridge_show_command, EXIT_FAILED,
				    (error_set(&error, 0, "there is no memory for the output"), &error));
	else if (screen.text)
		fwrite(screen.text, 1, screen.len, stdout);
	fflush(stdout);
	screen_free(&screen);
	return code;
}

/* ---- watching ---- */

/* Milliseconds until the next look is due; 0: it is. */
static unsigned until_next_look(const struct show *show)
{
	uint64_t due = show->time / 1000000 + 1000ull * show->opts.watch, now = monotonic_ns() / 1000000;

	return now < due ? (unsigned)(due - now) : 0;
}

/* The state of the watch, drawn again until the next look is due or it ends. Returns whether it goes on. */
static bool show_screen(const struct show *show, const struct error *error, unsigned *top)
{
	unsigned ms;

	while ((ms = until_next_look(show))) {
		struct screen screen = {0};
		enum show_event event;

		make_screen(show, &screen);
		if (error->text[0])
			screen_wrap(&screen, 2, "! ", SCREEN_BAD, error->text);
		show_terminal_draw(&screen, top);
		screen_free(&screen);
		event = show_terminal_wait(ms, top);
		if (event == SHOW_QUIT)
			return false;
	}
	return true;
}

/* Without a terminal: each look is a block, followed by an empty line; in JSON a line. */
static bool print_look(const struct show *show, const struct error *error, unsigned *top)
{
	unsigned ms;

	if (error->text[0])
		command_fail(&bridge_show_command, 0, error);
	if (show->opts.json) {
		print_json(show);
	} else {
		print_text(show);
		printf("\n");
		fflush(stdout);
	}
	while ((ms = until_next_look(show)))
		if (show_terminal_wait(ms, top) == SHOW_QUIT)
			return false;
	return true;
}

/* A look that fails later is shown, and the watch goes on: a service may be restarting. */
static int watch(struct show *show, struct error *error)
{
	bool full = !show->opts.json && show_terminal_exists();
	unsigned top = 0;

	if (full && show_terminal_open() < 0)
		full = false;
	while (full ? show_screen(show, error, &top) : print_look(show, error, &top)) {
		error->text[0] = '\0';
		read_views(show, error);
	}
	show_terminal_close();
	return EXIT_DONE;
}

/* ---- the command ---- */

static bool is_address(const char *word)
{
	uint8_t bytes[16];

	return inet_pton(AF_INET, word, bytes) == 1 || inet_pton(AF_INET6, word, bytes) == 1 ||
	       bridge_parse_mac(bytes, word);
}

/* Whether a word names a port of a bridge that vifi serves, or, where it serves any uplink, no interface and no uplink. */
static bool is_guest_of(struct netdev *nd, const char *word, const struct netdev_link *link)
{
	struct bridge_place *places = NULL;
	struct netdev_link bridge;
	size_t count = 0;
	bool guest = false, known = false;

	bridge_places(nd, &places, &count);
	if (!link)
		guest = count;
	else if (netdev_link_by_index(nd, link->master, &bridge) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		known |= !strcmp(bridge_place_name(&places[i]), word) || !strcmp(places[i].journal.uplink, word);
		guest |= link && !strcmp(bridge.name, places[i].journal.bridge);
	}
	free(places);
	return guest && !known;
}

/* Whether a single operand is a guest and no uplink. */
static bool is_guest(const char *word)
{
	struct netdev_link link;
	struct netdev *nd;
	bool exists, guest = is_address(word);

	if (guest || netdev_open(&nd) < 0)
		return guest;
	exists = netdev_link_by_name(nd, word, &link) == 0;
	guest = (!exists || link.master) && is_guest_of(nd, word, exists ? &link : NULL);
	netdev_close(nd);
	return guest;
}

static int run(struct show *show)
{
	struct error error = {{0}};
	int code = read_views(show, &error);

	if (code != EXIT_DONE)
		command_fail(&bridge_show_command, code, &error);
	if (code != EXIT_DONE && !json_array_size(show->views))
		return code;
	error.text[0] = '\0';
	if (show->opts.watch)
		return watch(show, &error);
	if (show->opts.json)
		print_json(show);
	else
		print_text(show);
	return code;
}

int cmd_bridge_show(int argc, char **argv)
{
	struct show show = {0};
	int first = (opt_defaults(options, &show.opts), opt_parse(&bridge_show_command, argc, argv, &show.opts)), code;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if (first + 1 < argc)
		show.guest = argv[first + 1];
	if (first < argc && !show.guest && is_guest(argv[first]))
		show.guest = argv[first];
	else if (first < argc)
		show.uplink = argv[first];
	code = run(&show);
	json_decref(show.views);
	json_decref(show.earlier);
	return code;
}
