/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line about a frame, for people: who to whom, and what. */
#ifndef VIFI_TRACE_SUMMARY_H
#define VIFI_TRACE_SUMMARY_H

#include <stddef.h>
#include "trace/event.h"

#define TRACE_SUMMARY_SIZE 192

/* `bytes`: event->captured bytes of the frame. Returns `text`. It never holds control characters. */
const char *trace_summary(char text[TRACE_SUMMARY_SIZE], const struct trace_event *event, const uint8_t *bytes);

#endif
