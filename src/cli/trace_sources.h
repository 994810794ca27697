/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorders that `vifi trace` reads, merged in the order of time. */
#ifndef VIFI_CLI_TRACE_SOURCES_H
#define VIFI_CLI_TRACE_SOURCES_H

#include "base/error.h"
#include "daemon/trace_file.h"

#define TRACE_SOURCES_MAX 64

/* One event with the bytes of its frame, and where it is from. */
struct trace_item {
	unsigned source;
	bool full;     /* holds an event */
	bool returned; /* and the caller has seen it */
	struct trace_event event;
	uint64_t missing; /* events that were lost before it at this source */
	uint8_t bytes[TRACE_FRAME];
};

struct trace_sources {
	size_t count;
	struct trace_recorder {
		struct trace_source source;
		struct trace_reader reader;
		struct trace_item *next; /* the event to be returned next */
		uint64_t lost;           /* events that are reported as missing already */
	} at[TRACE_SOURCES_MAX];
};

/* What is to be read. */
struct trace_request {
	const char *kind, *name; /* NULL: all recorders of this network namespace */
	enum trace_mode mode;    /* TRACE_OFF: only what is there already */
	bool past;               /* begin with the oldest event */
};

/* Opens the recorders, and asks those that are off to record. Returns 0, or a negative errno with an error. */
int trace_sources_open(struct trace_sources *sources, const struct trace_request *request, struct error *error);
void trace_sources_close(struct trace_sources *sources);

/* Asks them to go on. Call it every TRACE_RENEW_S seconds, and when another reader has withdrawn the request. */
void trace_sources_renew(struct trace_sources *sources, enum trace_mode mode);
bool trace_sources_are_asked(const struct trace_sources *sources, enum trace_mode mode);
enum { TRACE_RENEW_S = 5 };

/* Are all frames until then (ns, CLOCK_MONOTONIC) in the rings? That of a process that has ended gets no more. */
bool trace_sources_are_complete(const struct trace_sources *sources, uint64_t time);

/* Leaves only the last `bytes` of each ring to be read. */
void trace_sources_skip(struct trace_sources *sources, uint64_t bytes);

/* Returns the next event, valid until the next call, or NULL if there is none yet. */
struct trace_item *trace_sources_next(struct trace_sources *sources);

/* Writes the name of an event's hop. */
void trace_sources_name(const struct trace_sources *sources, const struct trace_item *item, char name[TRACE_NAME_SIZE]);

#define TRACE_LABEL_SIZE (TRACE_NAME_SIZE + 64)

/* The same, with the recorder before it where there are several: "ap wlan0: …". */
void trace_sources_label(const struct trace_sources *sources, const struct trace_item *item,
			 char label[TRACE_LABEL_SIZE]);

#endif
