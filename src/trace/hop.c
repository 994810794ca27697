/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/hop.h"

#include "base/drop.h"
#include "wire/le.h"

#include <stdio.h>

struct hop_row {
	const char *name, *sentence;
};

/* clang-format off */
static const struct hop_row rows[TRACE_HOPS] = {
	[TRACE_HOP_NONE] = {"none", "no hop"},
#define X(id, name, sentence) [TRACE_HOP_##id] = {name, sentence},
	TRACE_HOP_LIST(X)
#undef X
};

static const struct {
	uint8_t bit;
	const char *words;
} destinations[] = {
	{TRACE_TO_UPLINK, "the uplink"}, {TRACE_TO_GUESTS, "the guests"}, {TRACE_TO_HOST, "this host"},
	{TRACE_TO_RULES, "the rules"},   {TRACE_TO_BRIDGE, "the bridge"}, {TRACE_TO_AIR, "the air"},
	{TRACE_TO_STATION, "a station"},
};
/* clang-format on */

const char *trace_hop_name(unsigned hop)
{
	return hop < TRACE_HOPS ? rows[hop].name : "unknown";
}

const char *trace_hop_sentence(unsigned hop)
{
	return hop < TRACE_HOPS ? rows[hop].sentence : "unknown";
}

size_t trace_radiotap_len(const struct trace_event *event, const uint8_t *bytes)
{
	size_t len = event->captured >= 4 ? le16(bytes + 2) : event->captured;

	if (event->link != TRACE_RADIOTAP)
		return 0;
	return len < event->captured ? len : event->captured;
}

const char *trace_verdict(char text[TRACE_VERDICT_SIZE], const struct trace_event *event)
{
	size_t len = 0;

	if (event->reason) {
		snprintf(text, TRACE_VERDICT_SIZE, "dropped: %s", drop_name((enum drop)event->reason));
		return text;
	}
	for (size_t i = 0; i < sizeof(destinations) / sizeof(destinations[0]); i++)
		if (event->to & destinations[i].bit)
			len += (size_t)snprintf(text + len, TRACE_VERDICT_SIZE - len, "%s %s", len ? " and" : "to",
						destinations[i].words);
	if (!len)
		snprintf(text, TRACE_VERDICT_SIZE, event->to & TRACE_ARRIVED ? "delivered" : "delivered before");
	return text;
}
