/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ladder of a recording: one row for each journey of a frame, one column for each hop, as a page of HTML that needs neither
 * scripts nor other files. Frames of one exchange (DHCP, ARP, ND, a handshake) stand under its name, drops are red, with their
 * sentence. On a narrow screen the columns of a row become lines.
 */
#ifndef VIFI_TRACE_LADDER_H
#define VIFI_TRACE_LADDER_H

#include "trace/event.h"

#include <stdbool.h>
#include <stddef.h>

#define LADDER_EVENTS_MAX  20000 /* further ones are only counted: no browser shows more with ease */
#define LADDER_COLUMNS_MAX 64

struct ladder;

struct ladder *ladder_new(void); /* NULL: no memory */
void ladder_free(struct ladder *ladder);

/*
 * Adds an event, in the order of time. `column` names its hop ("uplink out wlan0"), `summary` is that of trace_summary(), `bytes`
 * are those of the event. Returns 0 or -ENOMEM.
 */
int ladder_add(struct ladder *ladder, const struct trace_event *event, const uint8_t *bytes, const char *column,
	       const char *summary);

/* What a frame is a part of: "DHCP", "ARP", "4-way handshake" …; "" for other traffic. */
const char *ladder_exchange(const struct trace_event *event, const uint8_t *bytes, const char *summary);

/* A time, ns since 1970, as text: the caller knows the time zone. */
typedef const char *ladder_clock(char text[32], uint64_t time);

/*
 * Returns the page, which the caller frees, and its length; NULL: no memory. `title` and `lost`, the events that found no room,
 * are in its head.
 */
char *ladder_page(const struct ladder *ladder, const char *title, uint64_t lost, ladder_clock *clock, size_t *len);

#endif
