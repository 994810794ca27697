/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/event_log.h"

#include "base/mac.h"
#include "macnat/store.h"
#include "wire/ip.h"

#include <string.h>

void event_log_init(struct event_log *log)
{
	log->news.interval = log->warnings.interval = EVENT_LOG_SECONDS * MN_NS_PER_SEC;
	log->news.burst = log->warnings.burst = EVENT_LOG_BURST;
}

/* Every IPv6 host has one (fe80::/10), and it tells nothing new. */
static bool is_link_local(const struct mn_key *key)
{
	return key->family == MN_IP6 && ip6_is_link_local(key->addr);
}

enum event_log_kind event_log_kind(const struct mn_event *event)
{
	const struct mn_key *key = &event->key;

	switch ((enum mn_event_type)event->type) {
	case MN_EV_LEARNED:
	case MN_EV_FORGOTTEN:
		if (event->port == 0) /* the bridge itself: this host, no guest */
			return EVENT_LOG_NOTHING;
		return (store_is_ip(key) && !is_link_local(key)) || key->family == MN_MAC ? EVENT_LOG_NEWS
											  : EVENT_LOG_NOTHING;
	case MN_EV_MOVED: /* the addresses move with the MAC address */
		return key->family == MN_MAC ? EVENT_LOG_NEWS : EVENT_LOG_NOTHING;
	case MN_EV_TAKEN:
		return store_is_ip(key) ? EVENT_LOG_NEWS : EVENT_LOG_NOTHING;
	case MN_EV_CONFLICT:
		return store_is_ip(key) ? EVENT_LOG_WARNING : EVENT_LOG_NOTHING;
	case MN_EV_REFUSED:
	case MN_EV_STATION:
	case MN_EV_EVICTED:
		return EVENT_LOG_WARNING;
	case MN_EV_CONTEST:
	case MN_EV_NAME:
	case MN_EV_UNKNOWN:
	case MN_EV_ARRIVED:
	case MN_EV_LOOP:
		break;
	}
	return EVENT_LOG_NOTHING;
}

static bool is_same(const struct logged_event *logged, const struct mn_event *event)
{
	const struct mn_event *old = &logged->event;

	if (!logged->first || old->type != event->type || old->reason != event->reason || old->port != event->port)
		return false;
	if (event->type == MN_EV_EVICTED) /* one of the port */
		return true;
	return mac_equal(old->mac, event->mac) && old->key.family == event->key.family &&
	       (event->type == MN_EV_REFUSED || !memcmp(&old->key, &event->key, sizeof(event->key)));
}

static void count_left_out(struct event_log *log, uint32_t port, uint64_t now)
{
	struct event_log_port *entry = NULL, *free_entry = NULL;

	for (size_t i = 0; i < MN_PORTS_MAX && !entry; i++) {
		if (log->left_out[i].told && log->left_out[i].port == port)
			entry = &log->left_out[i];
		else if (!log->left_out[i].count && !free_entry)
			free_entry = &log->left_out[i];
	}
	if (!entry && free_entry)
		*(entry = free_entry) = (struct event_log_port){.port = port, .told = now};
	if (entry)
		entry->count++;
}

bool event_log_take(struct event_log *log, const struct mn_event *event, uint64_t now)
{
	struct logged_event *entry = &log->logged[0];
	enum event_log_kind kind = event_log_kind(event);

	if (kind == EVENT_LOG_NOTHING)
		return false;
	for (size_t i = 0; i < EVENT_LOG_MAX; i++) {
		struct logged_event *logged = &log->logged[i];

		if (is_same(logged, event)) {
			entry = logged;
			logged->last = now;
			logged->count++;
			if (now - logged->first < EVENT_LOG_REPEAT_SECONDS * MN_NS_PER_SEC) {
				logged->more++;
				return false;
			}
			break;
		}
		if (logged->first < entry->first)
			entry = logged;
	}
	if (!port_budget_take(kind == EVENT_LOG_NEWS ? &log->news : &log->warnings, event->port, now)) {
		count_left_out(log, event->port, now);
		return false;
	}
	*entry = (struct logged_event){.event = *event, .first = now, .counted = now, .last = now, .count = 1};
	return true;
}

static bool is_due(uint64_t since, uint64_t now)
{
	return now - since >= EVENT_LOG_COUNT_SECONDS * MN_NS_PER_SEC;
}

uint64_t event_log_next_count(struct event_log *log, uint64_t now, struct mn_event *event)
{
	for (size_t i = 0; i < EVENT_LOG_MAX; i++) {
		struct logged_event *logged = &log->logged[i];
		uint64_t more = logged->more;

		/* A repetition of news is no news. */
		if (!more || !is_due(logged->counted, now) || event_log_kind(&logged->event) != EVENT_LOG_WARNING ||
		    !port_budget_take(&log->warnings, logged->event.port, now))
			continue;
		*event = logged->event;
		logged->more = 0;
		logged->counted = now;
		return more;
	}
	return 0;
}

uint64_t event_log_next_left_out(struct event_log *log, uint64_t now, uint32_t *port)
{
	for (size_t i = 0; i < MN_PORTS_MAX; i++) {
		struct event_log_port *entry = &log->left_out[i];
		uint64_t count = entry->count;

		if (!count || !is_due(entry->told, now))
			continue;
		*port = entry->port;
		*entry = (struct event_log_port){0};
		return count;
	}
	return 0;
}
