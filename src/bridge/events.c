/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/events.h"

#include "base/mac.h"
#include "bridge/clones.h"
#include "bridge/log.h"
#include "bridge/policy/event_log.h"
#include "bridge/report_binding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOP_REPEAT (3600 * MN_NS_PER_SEC) /* before a loop is logged again */

struct bridge_events {
	struct bridge *bridge;
	uint64_t loop_time; /* ns, of the last line about a loop; 0: none */
	struct event_log log;
};

struct bridge_events *bridge_events_new(struct bridge *bridge)
{
	struct bridge_events *events = calloc(1, sizeof(*events));

	if (events) {
		events->bridge = bridge;
		event_log_init(&events->log);
	}
	return events;
}

void bridge_events_free(struct bridge_events *events)
{
	free(events);
}

/* ---- the words ---- */

/* What the lines about one event name. */
struct event_words {
	char address[BRIDGE_ADDRESS_TEXT], port[IFNAMSIZ], mac[MAC_TEXT_SIZE];
	char owner[MAC_TEXT_SIZE], owner_port[IFNAMSIZ];
};

/* The links of this host, read once for the names of many ports. */
struct link_list {
	struct netdev_link *items;
	size_t count;
};

/* `links`: NULL asks the kernel for this port. Port 0 is the bridge itself. */
static void port_name(const struct bridge *bridge, const struct link_list *links, uint32_t port, char name[IFNAMSIZ])
{
	const char *found = NULL;
	struct netdev_link link;

	if (port && links)
		found = netdev_link_name_in(links->items, links->count, (int)port);
	else if (port && netdev_link_by_index(bridge->nd, (int)port, &link) == 0)
		found = link.name;
	snprintf(name, IFNAMSIZ, "%s", found ? found : port ? "an unknown port" : bridge->bridge.name);
}

static void fill_words(const struct bridge *bridge, const struct link_list *links, const struct mn_event *event,
		       struct event_words *words)
{
	bridge_report_address(words->address, &event->key);
	port_name(bridge, links, event->port, words->port);
	port_name(bridge, links, event->owner_port, words->owner_port);
	mac_format(words->mac, event->mac);
	mac_format(words->owner, event->owner);
}

/* "for 12 h", or nothing if the lease has gone meanwhile. */
static const char *lease_text(const struct bridge *bridge, const struct mn_key *key, char text[32])
{
	struct mn_binding binding;
	uint64_t now = bridge_now(), left = 0;

	text[0] = '\0';
	if (bridge->store->ops->get(bridge->store, key, &binding) == 0 && binding.expires > now)
		left = (binding.expires - now + MN_NS_PER_SEC / 2) / MN_NS_PER_SEC;
	if (left >= 7200)
		snprintf(text, 32, " for %llu h", (unsigned long long)(left + 1800) / 3600);
	else if (left >= 120)
		snprintf(text, 32, " for %llu min", (unsigned long long)(left + 30) / 60);
	else if (left)
		snprintf(text, 32, " for %llu s", (unsigned long long)left);
	return text;
}

static void log_learned(const struct bridge *bridge, const struct mn_event *event, const struct event_words *words)
{
	char lease[32];

	if (event->key.family == MN_MAC)
		bridge_log("guest %s has appeared on %s", words->mac, words->port);
	else if (event->flags & MN_F_DHCP)
		bridge_log("guest %s on %s has leased %s%s", words->mac, words->port, words->address,
			   lease_text(bridge, &event->key, lease));
	else
		bridge_log("guest %s on %s uses %s", words->mac, words->port, words->address);
}

/*
 * What to do about a refusal. With rewrite-chaddr, a server that identifies clients by chaddr alone leases one address to all: the
 * second guest asks for the lease of the first.
 */
static const char *refusal_hint(const struct bridge *bridge, const struct mn_event *event)
{
	if (event->reason == DROP_CLAIM_TAKEN && event->key.family == MN_IP4 && (event->flags & MN_F_DHCP) &&
	    (bridge->config.flags & MN_CONFIG_CHADDR))
		return "The DHCP server gives all guests one address: it identifies them by chaddr, which "
		       "`rewrite-chaddr` "
		       "makes that of the uplink, and not by the client identifier (busybox udhcpd). Give the guests "
		       "static "
		       "addresses outside of its range, or use another server.";
	return drop_hint((enum drop)event->reason);
}

static bool is_refused_mac(const struct mn_event *event)
{
	return event->type == MN_EV_REFUSED && event->key.family == MN_MAC &&
	       (event->reason == DROP_UPLINK_MAC || event->reason == DROP_CLAIM_TAKEN);
}

/* A MAC address that is refused: of the uplink, of another port. */
static void log_refused_mac(const struct bridge *bridge, const struct mn_event *event, const struct event_words *words)
{
	if (event->reason == DROP_UPLINK_MAC)
		bridge_warn("a guest on %s sends with the MAC address of %s, %s: its frames are dropped (%s). Give its "
			    "interface its own MAC address, which vifi translates. If %s leads to the network of %s, "
			    "take it out of the bridge",
			    words->port, bridge->uplink.name, words->mac, drop_name(DROP_UPLINK_MAC), words->port,
			    bridge->uplink.name);
	else
		bridge_warn("MAC address %s is in use on %s and on %s, whose frames are dropped (%s): give one of the "
			    "two guests another MAC address. If one guest has moved, vifi accepts the new port once "
			    "the old one is silent",
			    words->mac, words->owner_port, words->port, drop_name((enum drop)event->reason));
}

static void log_event(const struct bridge *bridge, const struct mn_event *event, const struct event_words *words)
{
	enum drop reason = (enum drop)event->reason;

	switch ((enum mn_event_type)event->type) {
	case MN_EV_LEARNED:
		log_learned(bridge, event, words);
		break;
	case MN_EV_MOVED:
		if (event->owner_port == UINT32_MAX) /* known from before a restart */
			bridge_log("guest %s has appeared on %s", words->mac, words->port);
		else
			bridge_log("guest %s has moved from %s to %s", words->mac, words->owner_port, words->port);
		break;
	case MN_EV_TAKEN:
		bridge_log("guest %s on %s has taken over %s from %s%s", words->mac, words->port, words->address,
			   words->owner, event->owner_port == event->port ? " on the same port" : ", which was silent");
		break;
	case MN_EV_FORGOTTEN:
		bridge_log("guest %s on %s has released %s", words->mac, words->port, words->address);
		break;
	case MN_EV_EVICTED:
		bridge_warn("%s has more than port-cap = %u addresses; vifi forgot the oldest one, %s. Raise port-cap "
			    "if that many machines are behind it",
			    words->port, bridge->config.port_cap, words->address);
		break;
	case MN_EV_CONFLICT:
		bridge_warn("guest %s has %s, which station %s of the network claims, too; change one of them",
			    words->owner, words->address, words->mac);
		break;
	case MN_EV_STATION:
		bridge_warn("station %s of the network has taken %s from guest %s; change one of them", words->mac,
			    words->address, words->owner);
		break;
	case MN_EV_REFUSED:
		if (is_refused_mac(event)) {
			log_refused_mac(bridge, event, words);
			break;
		}
		bridge_warn("guest %s on %s was refused %s (%s): %s %s", words->mac, words->port, words->address,
			    drop_name(reason), drop_sentence(reason), refusal_hint(bridge, event));
		break;
	case MN_EV_CONTEST:
	case MN_EV_NAME:
	case MN_EV_UNKNOWN:
	case MN_EV_ARRIVED:
	case MN_EV_LOOP: /* log_loop() */
		break;
	}
}

/* Usually loop_probe.c finds the port and says more. */
static void log_loop(struct bridge_events *events)
{
	const struct bridge *bridge = events->bridge;
	uint64_t now = bridge_now();

	if (events->loop_time && now - events->loop_time < LOOP_REPEAT)
		return;
	events->loop_time = now;
	bridge_log("the same group frames keep arriving on %s; vifi drops more than 128 per second (%s). Look for a "
		   "loop in the network, or for a port of %s that leads to it",
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

void bridge_event_log(struct bridge_events *events, const struct mn_event *event)
{
	struct event_words words;

	note_event(events, event);
	/* In the user-space engine the port is unknown from now on (bridge/station_fdb.c). */
	if (event->reason == DROP_UPLINK_MAC && event->port == UINT32_MAX && events->bridge->uplink_mac_forged)
		return;
	if (!event_log_take(&events->log, event, bridge_now()))
		return;
	fill_words(events->bridge, NULL, event, &words);
	log_event(events->bridge, event, &words);
}

/* ---- the counts ---- */

static void log_count(const struct mn_event *event, const struct event_words *words, unsigned long long count)
{
	if (event->type == MN_EV_REFUSED)
		bridge_warn("guest %s on %s was refused addresses (%s) %llu more times", words->mac, words->port,
			    drop_name((enum drop)event->reason), count);
	else if (event->type == MN_EV_EVICTED)
		bridge_warn("%s has lost %llu more addresses because of `port-cap`", words->port, count);
	else
		bridge_warn("station %s and guest %s have claimed %s %llu more times", words->mac, words->owner,
			    words->address, count);
}

void bridge_event_log_counts(struct bridge_events *events)
{
	uint64_t now = bridge_now(), count;
	struct event_words words;
	struct mn_event event;
	char name[IFNAMSIZ];
	uint32_t port;

	while ((count = event_log_next_count(&events->log, now, &event))) {
		fill_words(events->bridge, NULL, &event, &words);
		log_count(&event, &words, (unsigned long long)count);
	}
	while ((count = event_log_next_left_out(&events->log, now, &port))) {
		port_name(events->bridge, NULL, port, name);
		bridge_warn(
			"%llu more messages about guests on %s were suppressed; `vifi bridge show` has the counters",
			(unsigned long long)count, name);
	}
}

/* ---- for `vifi bridge check` ---- */

/* NULL: news, which is no fault. */
static const char *event_name(const struct mn_event *event)
{
	switch ((enum mn_event_type)event->type) {
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
	case MN_EV_NAME:
	case MN_EV_UNKNOWN:
	case MN_EV_ARRIVED:
	case MN_EV_LOOP:
		break;
	}
	return NULL;
}

json_t *bridge_events_json(const struct bridge_events *events)
{
	uint64_t now = bridge_now();
	json_t *list = json_array();
	struct link_list links;

	netdev_links(events->bridge->nd, &links.items, &links.count);
	for (size_t i = 0; i < EVENT_LOG_MAX; i++) {
		const struct logged_event *logged = &events->log.logged[i];
		const struct mn_event *event = &logged->event;
		const char *name = logged->first ? event_name(event) : NULL;
		struct event_words words;

		if (!name)
			continue;
		fill_words(events->bridge, &links, event, &words);
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s?, s:s, s:b, s:s, s:s, s:s, s:s, s:I, s:I}", "event", name,
					"reason", drop_name((enum drop)event->reason), "hint",
					event->type == MN_EV_REFUSED ? refusal_hint(events->bridge, event) : NULL,
					"address", words.address, "is_mac", event->key.family == MN_MAC, "mac",
					words.mac, "port", words.port, "owner", words.owner, "owner_port",
					words.owner_port, "count", (json_int_t)logged->count, "seen_s",
					(json_int_t)((now - logged->last) / MN_NS_PER_SEC)));
	}
	free(links.items);
	return list;
}
