/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which events of the rules become lines of the log. A guest can cause any number of events, and must not flood the log:
 *
 *   - The same event is one line; its repetitions are counted, and the count is a line ten minutes later at the earliest.
 *     After an hour it is logged again. Refusals of one guest on one port for one reason are the same event, whatever the
 *     address, if it is of one family.
 *   - Each port has a budget of lines for news and one for warnings. Events beyond it are counted, and one line in
 *     ten minutes tells how many were left out.
 *
 * Pure: times are arguments, ns.
 */
#ifndef VIFI_BRIDGE_POLICY_EVENT_LOG_H
#define VIFI_BRIDGE_POLICY_EVENT_LOG_H

#include "bridge/policy/port_budget.h"

enum {
	EVENT_LOG_MAX = 256,           /* remembered events; a new one replaces the oldest */
	EVENT_LOG_BURST = 20,          /* lines of one port at once, */
	EVENT_LOG_SECONDS = 30,        /* and on average one in this many seconds */
	EVENT_LOG_COUNT_SECONDS = 600, /* between two counts of one event or port */
	EVENT_LOG_REPEAT_SECONDS = 3600,
};

enum event_log_kind {
	EVENT_LOG_NOTHING, /* of no interest to a person */
	EVENT_LOG_NEWS,
	EVENT_LOG_WARNING,
};

struct event_log {
	struct port_budget news, warnings;
	struct logged_event {
		struct mn_event event;
		uint64_t first, counted; /* times of the line and of the last count; 0: free */
		uint64_t more;           /* repetitions since */
		uint64_t last, count;    /* when it happened last, and how often since `first` */
	} logged[EVENT_LOG_MAX];
	struct event_log_port {
		uint32_t port;
		uint64_t count, told; /* lines left out since `told` */
	} left_out[MN_PORTS_MAX];
};

/* Initializes a zeroed log. */
void event_log_init(struct event_log *log);

enum event_log_kind event_log_kind(const struct mn_event *event);

/* Whether the event becomes a line now; otherwise it is counted or of no interest. */
bool event_log_take(struct event_log *log, const struct mn_event *event, uint64_t now);

/* The next event whose repetitions are due: its number, and a copy in *event. 0: none. */
uint64_t event_log_next_count(struct event_log *log, uint64_t now, struct mn_event *event);

/* The next port whose left-out lines are due: their number, and the port. 0: none. */
uint64_t event_log_next_left_out(struct event_log *log, uint64_t now, uint32_t *port);

#endif
