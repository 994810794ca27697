/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi trace --html`: the page of trace/ladder.h, in a file. */
#ifndef VIFI_CLI_TRACE_PAGE_H
#define VIFI_CLI_TRACE_PAGE_H

#include "base/error.h"
#include "cli/trace_sources.h"
#include "trace/ladder.h"

/* The local time of an event, ns since 1970, by strftime(), with microseconds. Returns `text`. */
const char *trace_format_time(char text[32], uint64_t time, const char *format);

struct trace_page {
	struct ladder *ladder;
	const char *path; /* borrowed */
	int fd;
};

/* Creates the file. Returns 0, or a negative errno with an error. */
int trace_page_open(struct trace_page *page, const char *path, struct error *error);

/* Returns 0, or -ENOMEM with an error. */
int trace_page_add(struct trace_page *page, const struct trace_sources *sources, const struct trace_item *item,
		   struct error *error);

/* Writes the page, and closes the file. Returns 0, or a negative errno with an error. */
int trace_page_close(struct trace_page *page, uint64_t lost, struct error *error);

#endif
