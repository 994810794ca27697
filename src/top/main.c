/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vifi-top INTERVAL-MS ORDER BATCH-COUNT: what `vifi top` becomes. It is a separate program, so that no other command
 * of vifi loads ncurses. BATCH-COUNT: -1: on a terminal; 0: as text, without end; else this many times.
 */
#include "bridge/reports.h"
#include "daemon/clock.h"
#include "daemon/locale.h"
#include "daemon/wifi_reports.h"
#include "top/terminal.h"
#include "top/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct top {
	struct top_snapshot before, now;
	enum top_order order;
	long interval_ms, count;
	bool paused;
};

static void take_snapshot(struct top *top)
{
	struct top_snapshot next = {
		.bridges = bridge_reports_read(), .wifi = wifi_reports_read(), .at_ns = monotonic_ns()};

	top_snapshot_free(&top->before);
	top->before = top->now;
	top->now = next;
}

/* Returns false without memory. */
static bool render(const struct top *top, struct screen *screen)
{
	struct top_model model;
	bool ok = top_model_make(&model, &top->before, &top->now, top->order) == 0;

	if (ok)
		top_view(screen, &model, &top->now, top->order);
	top_model_free(&model);
	return ok && !screen->failed;
}

/* ---- as text ---- */

static void pause_for(long interval_ms)
{
	struct timespec interval = {.tv_sec = interval_ms / 1000, .tv_nsec = interval_ms % 1000 * 1000000};

	nanosleep(&interval, NULL);
}

static int run_batch(struct top *top)
{
	for (long i = 0; !top->count || i < top->count; i++) {
		struct screen screen = {.utf8 = locale_is_utf8()};

		if (i)
			pause_for(top->interval_ms);
		take_snapshot(top);
		if (!render(top, &screen)) {
			fprintf(stderr, "vifi top: no memory\n");
			screen_free(&screen);
			return 1;
		}
		printf("%s%s", i ? "\n" : "", screen.text);
		screen_free(&screen);
		if (fflush(stdout) != 0)
			return 1; /* the reader has gone */
	}
	return 0;
}

/* ---- on a terminal ---- */

static void draw(const struct top *top)
{
	struct screen screen = {.width = top_terminal_width(), .colour = true, .utf8 = locale_is_utf8()};

	if (render(top, &screen))
		top_terminal_show(&screen, top->paused ? "PAUSED   q quit   p go on   s order   arrows scroll"
						       : "q quit   p pause   s order   arrows scroll");
	screen_free(&screen);
}

/* Returns false at the end. */
static bool handle_key(struct top *top, enum top_key key)
{
	switch (key) {
	case TOP_KEY_QUIT:
		return false;
	case TOP_KEY_ORDER:
		top->order = (top->order + 1) % TOP_ORDERS;
		break;
	case TOP_KEY_PAUSE:
		top->paused = !top->paused;
		break;
	case TOP_KEY_NONE:
	case TOP_KEY_REDRAW:
		break;
	}
	draw(top);
	return true;
}

static int run_terminal(struct top *top)
{
	struct error error;
	bool goes_on = true;

	if (top_terminal_open(&error) < 0) {
		fprintf(stderr, "vifi top: %s\n", error.text);
		return 1;
	}
	while (goes_on) {
		uint64_t next_ns = monotonic_ns() + (uint64_t)top->interval_ms * 1000000, now_ns;

		if (!top->paused)
			take_snapshot(top);
		draw(top);
		while (goes_on && (now_ns = monotonic_ns()) < next_ns)
			goes_on = handle_key(top, top_terminal_wait((int)((next_ns - now_ns) / 1000000) + 1));
	}
	top_terminal_close();
	return 0;
}

int main(int argc, char **argv)
{
	struct top top = {.count = -1};
	int result;

	if (argc != 4) {
		fprintf(stderr, "vifi-top: start it by `vifi top`\n");
		return 2;
	}
	top.interval_ms = strtol(argv[1], NULL, 10);
	for (enum top_order order = 0; order < TOP_ORDERS; order++)
		if (!strcmp(argv[2], top_order_name(order)))
			top.order = order;
	top.count = strtol(argv[3], NULL, 10);
	result = top.count < 0 ? run_terminal(&top) : run_batch(&top);
	top_snapshot_free(&top.before);
	top_snapshot_free(&top.now);
	return result;
}
