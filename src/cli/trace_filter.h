/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters of `vifi trace`, in the syntax of pcap-filter(7). libpcap compiles them, and they run in the reader, over the recorded
 * bytes: the data path and the daemons never see one. The library is loaded when it is needed.
 */
#ifndef VIFI_CLI_TRACE_FILTER_H
#define VIFI_CLI_TRACE_FILTER_H

#include "base/error.h"
#include "trace/event.h"

#include <stdbool.h>

struct trace_filter;

/* Returns 0 with *filter, which the caller frees, or a negative errno with libpcap's sentence. */
int trace_filter_new(struct trace_filter **filter, const char *text, struct error *error);
void trace_filter_free(struct trace_filter *filter); /* NULL is fine */

/* NULL matches all. */
bool trace_filter_matches(struct trace_filter *filter, const struct trace_event *event, const uint8_t *bytes);

#endif
