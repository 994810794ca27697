/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for events: names of hops, and the verdict of a hop. */
#ifndef VIFI_TRACE_HOP_H
#define VIFI_TRACE_HOP_H

#include <stddef.h>
#include "trace/event.h"

/* Return a text, never NULL; of an invalid number "unknown". */
const char *trace_hop_name(unsigned hop);
const char *trace_hop_sentence(unsigned hop);

/* Bytes before the 802.11 frame; all that are captured where that header is not whole. */
size_t trace_radiotap_len(const struct trace_event *event, const uint8_t *bytes);

#define TRACE_VERDICT_SIZE 96

/* Writes where the frame goes: "to the uplink", "to the guests and this host", "dropped: mtu", "delivered". Returns `text`. */
const char *trace_verdict(char text[TRACE_VERDICT_SIZE], const struct trace_event *event);

#endif
