/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/events.h"

#include "base/mac.h"
#include "bridge/clones.h"
#include "bridge/log.h"
#include "bridge/policy/port_budget.h"
#include "bridge/report.h"

#include <stdlib.h>
#include <string.h>

enum {
	LOGGED_MAX = 256,      /* remembered lines; a new one replaces the oldest */
	LINE_BURST = 20,       /* lines of one port at once, */
	LINE_SECONDS = 30,     /* and in the long run one in so many seconds */
	REPEAT_SECONDS = 3600, /* before the same event is logged again */
};

struct logged_event {
	struct mn_key key;
	uint32_t port;
	uint16_t type, reason;
	uint8_t mac[6], owner[6];
	uint32_t owner_port;
	uint64_t time; /* ns, when it was logged; 0: free */
	uint64_t last; /* ns, when it happened last */
	uint64_t count;
};

struct bridge_events {
	struct bridge *bridge;
	struct port_budget budget;
	uint64_t loop_time; /* ns, of the last line about a loop; 0: none */
	struct logged_event logged[LOGGED_MAX];
};

struct bridge_events *bridge_events_new(struct bridge *bridge)
{
	struct bridge_events *events = calloc(1, sizeof(*events));

	if (events) {
		events->bridge = bridge;
		events->budget.interval = LINE_SECONDS * MN_NS_PER_SEC;
		events->budget.burst = LINE_BURST;
	}
	return events;
}

void bridge_events_free(struct bridge_events *events)
{
	free(events);
}

static bool is_same(const struct logged_event *logged, const struct mn_event *event)
{
	return logged->time && logged->type == event->type && logged->reason == event->reason &&
	       logged->port == event->port && mac_equal(logged->mac, event->mac) &&
	       !memcmp(&logged->key, &event->key, sizeof(event->key));
}

/* Whether the event may be logged now, and remembers it. */
static bool may_log(struct bridge_events *events, const struct mn_event *event)
{
	struct logged_event *entry = &events->logged[0];
	uint64_t now = bridge_now();

	for (size_t i = 0; i < LOGGED_MAX; i++) {
		struct logged_event *logged = &events->logged[i];

		if (is_same(logged, event)) {
			entry = logged;
			logged->last = now;
			logged->count++;
			if (now - logged->time < REPEAT_SECONDS * MN_NS_PER_SEC)
				return false;
			break;
		}
		if (logged->time < entry->time)
			entry = logged;
	}
	if (!port_budget_take(&events->budget, event->port, now))
		return false;
	*entry = (struct logged_event){
		.key = event->key,
		.port = event->port,
		.type = event->type,
		.reason = event->reason,
		.owner_port = event->owner_port,
		.time = now,
		.last = now,
		.count = 1,
	};
	mac_copy(entry->mac, event->mac);
	mac_copy(entry->owner, event->owner);
	return true;
}

static void port_name(const struct bridge *bridge, uint32_t port, char name[IFNAMSIZ])
{
	struct netdev_link link;

	if (port && netdev_link_by_index(bridge->nd, (int)port, &link) == 0)
		memcpy(name, link.name, IFNAMSIZ);
	else
		memcpy(name, bridge->bridge.name, IFNAMSIZ);
}

static bool is_wanted(const struct mn_event *event)
{
	bool ip = event->key.family == MN_IP4 || event->key.family == MN_IP6;

	switch ((enum mn_event_type)event->type) {
	case MN_EV_REFUSED:
	case MN_EV_STATION:
		return true;
	case MN_EV_TAKEN:
	case MN_EV_CONFLICT:
		return ip;
	case MN_EV_LEARNED:
	case MN_EV_MOVED:
	case MN_EV_CONTEST:
	case MN_EV_FORGOTTEN:
	case MN_EV_EVICTED:
	case MN_EV_LOOP: /* log_loop() */
		break;
	}
	return false;
}

/* A MAC address that is refused: of the uplink, of another port. */
static void log_refused_mac(const struct bridge *bridge, const struct mn_event *event, const char *port)
{
	char mac[MAC_TEXT_SIZE], owner_port[IFNAMSIZ];

	mac_format(mac, event->mac);
	if (event->reason == DROP_UPLINK_MAC) {
		bridge_log("a guest on %s sends with the MAC address of %s, %s: its frames are dropped (%s). Give its "
			   "interface a MAC address of its own, which vifi replaces on the air; or %s leads to the "
			   "network of %s",
			   port, bridge->uplink.name, mac, drop_name(DROP_UPLINK_MAC), port, bridge->uplink.name);
		return;
	}
	port_name(bridge, event->owner_port, owner_port);
	bridge_log(
		"MAC address %s is in use on %s and on %s, whose frames are dropped (%s): give one of the two guests "
		"another MAC address. A move is accepted when the owner falls silent",
		mac, owner_port, port, drop_name((enum drop)event->reason));
}

/* Usually loop_probe.c finds the port and says more. */
static void log_loop(struct bridge_events *events)
{
	const struct bridge *bridge = events->bridge;
	uint64_t now = bridge_now();

	if (events->loop_time && now - events->loop_time < REPEAT_SECONDS * MN_NS_PER_SEC)
		return;
	events->loop_time = now;
	bridge_log(
		"equal group frames arrive at %s again and again: they are dropped from the fifth in a second on (%s). "
		"Look for a loop in the network, or for a port of %s that leads to it",
		bridge->uplink.name, drop_name(DROP_LOOP), bridge->bridge.name);
}

/* Notes what later lines and `show` need. */
static void note_event(struct bridge_events *events, const struct mn_event *event)
{
	clones_note(events->bridge, event);
	if (event->type == MN_EV_REFUSED && event->reason == DROP_UPLINK_MAC && event->port != UINT32_MAX)
		events->bridge->uplink_mac_forged = true;
	if (event->type == MN_EV_LOOP)
		log_loop(events);
}

static bool is_refused_mac(const struct mn_event *event)
{
	return event->type == MN_EV_REFUSED && event->key.family == MN_MAC &&
	       (event->reason == DROP_UPLINK_MAC || event->reason == DROP_CLAIM_TAKEN);
}

void bridge_event_log(struct bridge_events *events, const struct mn_event *event)
{
	char address[BRIDGE_ADDRESS_TEXT], port[IFNAMSIZ], mac[MAC_TEXT_SIZE], owner[MAC_TEXT_SIZE];
	enum drop reason = (enum drop)event->reason;

	note_event(events, event);
	/* In the user-space engine the port is unknown from now on (bridge/station_fdb.c). */
	if (event->reason == DROP_UPLINK_MAC && event->port == UINT32_MAX && events->bridge->uplink_mac_forged)
		return;
	if (!is_wanted(event) || !may_log(events, event))
		return;
	bridge_report_address(address, &event->key);
	port_name(events->bridge, event->port, port);
	if (is_refused_mac(event)) {
		log_refused_mac(events->bridge, event, port);
		return;
	}
	mac_format(mac, event->mac);
	mac_format(owner, event->owner);
	if (event->type == MN_EV_TAKEN)
		bridge_log("guest %s on %s has taken over %s from its silent owner", mac, port, address);
	else if (event->type == MN_EV_CONFLICT)
		bridge_log("guest %s has %s, which station %s of the network claims, too; change one of them", owner,
			   address, mac);
	else if (event->type == MN_EV_STATION)
		bridge_log("station %s of the network has taken %s from guest %s, which claimed it lately; change one "
			   "of them",
			   mac, address, owner);
	else
		bridge_log("guest %s on %s was refused %s (%s): %s %s", mac, port, address, drop_name(reason),
			   drop_sentence(reason), drop_hint(reason));
}

static const char *event_name(const struct logged_event *logged)
{
	switch ((enum mn_event_type)logged->type) {
	case MN_EV_REFUSED:
		return "refused";
	case MN_EV_CONFLICT:
		return "conflict";
	case MN_EV_STATION:
		return "station";
	case MN_EV_TAKEN:
		return "taken";
	case MN_EV_LEARNED:
	case MN_EV_MOVED:
	case MN_EV_CONTEST:
	case MN_EV_FORGOTTEN:
	case MN_EV_EVICTED:
	case MN_EV_LOOP:
		break;
	}
	return "other";
}

json_t *bridge_events_json(const struct bridge_events *events)
{
	char address[BRIDGE_ADDRESS_TEXT], port[IFNAMSIZ], owner_port[IFNAMSIZ], mac[MAC_TEXT_SIZE],
		owner[MAC_TEXT_SIZE];
	uint64_t now = bridge_now();
	json_t *list = json_array();

	for (size_t i = 0; i < LOGGED_MAX; i++) {
		const struct logged_event *logged = &events->logged[i];

		if (!logged->time)
			continue;
		port_name(events->bridge, logged->port, port);
		port_name(events->bridge, logged->owner_port, owner_port);
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:I, s:I}", "event",
						event_name(logged), "reason", drop_name((enum drop)logged->reason),
						"address", bridge_report_address(address, &logged->key), "is_mac",
						logged->key.family == MN_MAC, "mac", mac_format(mac, logged->mac),
						"port", port, "owner", mac_format(owner, logged->owner), "owner_port",
						owner_port, "count", (json_int_t)logged->count, "seen_s",
						(json_int_t)((now - logged->last) / MN_NS_PER_SEC)));
	}
	return list;
}
