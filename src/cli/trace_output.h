/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `vifi trace` prints: lines for people, JSON lines, a pcapng file, or a page. */
#ifndef VIFI_CLI_TRACE_OUTPUT_H
#define VIFI_CLI_TRACE_OUTPUT_H

#include "base/error.h"
#include "cli/trace_page.h"
#include "cli/trace_sources.h"
#include "trace/pcapng.h"

#include <stdbool.h>

enum trace_format { TRACE_TEXT, TRACE_JSON, TRACE_PCAPNG, TRACE_HTML };

enum { TRACE_INTERFACES_MAX = 4096 };

struct trace_output {
	enum trace_format format;
	int fd;                /* of the pcapng file */
	const char *path;      /* and its path, borrowed */
	uint32_t snap_len;     /* bytes of each frame that are written; 0: all that was recorded */
	uint64_t events, lost; /* so far */
	uint64_t start, stop;  /* time of the first and the last event */
	struct pcapng blocks;  /* not written yet */
	struct trace_page page;
	size_t n_interfaces;
	struct trace_output_interface {
		unsigned source;
		struct trace_name key;
		uint64_t events, lost;
	} * interfaces;
};

/*
 * Begins. `path`: of the pcapng file, "-" is standard output; of the page; NULL for the other formats. Returns 0, or a negative errno with
 * an error.
 */
int trace_output_open(struct trace_output *output, enum trace_format format, const char *path, const char *program,
		      struct error *error);

/* Returns 0, or a negative errno with an error: then nothing more can be written. */
int trace_output_add(struct trace_output *output, const struct trace_sources *sources, const struct trace_item *item,
		     struct error *error);

/* Writes what is in memory, in whole blocks: if the disk is full, the file ends after the last one that fits. */
int trace_output_flush(struct trace_output *output, struct error *error);

/* Ends the file. Returns 0, or a negative errno with an error. */
int trace_output_close(struct trace_output *output, struct error *error);

#endif
