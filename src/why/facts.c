/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/why.h"

#include "base/mac.h"
#include "bridge/check.h"
#include "bridge/guest_match.h"
#include "bridge/machines.h"
#include "bridge/problems.h"
#include "bridge/remote.h"
#include "daemon/control.h"
#include "daemon/json_text.h"
#include "netdev/fdb.h"
#include "why/find_guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_report(struct why_facts *facts, const struct bridge_place *place, struct error *error)
{
	struct bridge_remote remote;
	enum bridge_result result = bridge_remote_open_place(&remote, place, error);

	facts->stopped = result == BRIDGE_OK && control_peer_is_stopped(remote.pid) ? (int)remote.pid : 0;
	if (result == BRIDGE_OK)
		facts->report = bridge_remote_show(&remote, true, error);
	bridge_remote_close(&remote);
	if (!facts->report && (result == BRIDGE_STATE || facts->stopped))
		return 0; /* a process was killed, and left no kernel part; or is the engine itself */
	if (!facts->report)
		return result == BRIDGE_PRIVILEGE ? -EPERM : -EIO;
	bridge_machines_apply(facts->report);
	bridge_problems_add(facts->report);
	return 0;
}

static bool is_named(const struct bridge_place *place, const char *uplink)
{
	return !uplink || !strcmp(bridge_place_name(place), uplink) || !strcmp(place->journal.uplink, uplink);
}

/* The row of a guest whose port has gone. */
static const json_t *find_departed(const json_t *report, const char *asked)
{
	char wanted[BRIDGE_GUEST_TEXT];
	json_t *row;
	size_t i;

	bridge_guest_normalize(wanted, asked);
	json_array_foreach(json_object_get(report, "departed"), i, row)
	{
		if (*wanted && (!strcmp(json_text(row, "address"), wanted) || !strcmp(json_text(row, "mac"), wanted)))
			return row;
	}
	return NULL;
}

/* The port of a MAC address, by what the bridge has learned; 0: unknown. */
static int port_of(const struct netdev_link *bridge, const uint8_t mac[6])
{
	struct fdb_socket fdb;
	int port = 0;

	if (!bridge || fdb_open(&fdb) < 0)
		return 0;
	port = fdb_port(&fdb, bridge->ifindex, mac, 0);
	fdb_close(&fdb);
	return port > 0 ? port : 0;
}

/* ---- the bridge ---- */

/* Takes the report of a bridge, in place of an earlier one. */
static int take_place(struct why_facts *facts, const struct bridge_place *place, struct error *error)
{
	int ret;

	json_decref(facts->report);
	facts->report = NULL;
	ret = read_report(facts, place, error);
	facts->guest = find_guest(facts->report, facts->asked);
	facts->departed = facts->guest ? NULL : find_departed(facts->report, facts->asked);
	snprintf(facts->uplink, sizeof(facts->uplink), "%s", bridge_place_name(place));
	snprintf(facts->bridge, sizeof(facts->bridge), "%s", place->journal.bridge);
	return ret;
}

/* Of several bridges without the guest, the one that has its port, or has learned its MAC address; NULL: none. */
static const struct bridge_place *place_of_port(const struct why_facts *facts, const struct bridge_place *places,
						size_t count, const char *uplink)
{
	const struct bridge_place *found = NULL;
	const struct netdev_link *port, *bridge;
	struct netdev_link *links = NULL;
	struct netdev *nd;
	size_t link_count = 0;
	uint8_t mac[6];

	if (netdev_open(&nd) < 0)
		return NULL;
	netdev_links(nd, &links, &link_count);
	port = netdev_link_named(links, link_count, facts->asked);
	for (size_t i = 0; i < count && !found; i++) {
		bridge = is_named(&places[i], uplink) ? netdev_link_named(links, link_count, places[i].journal.bridge)
						      : NULL;
		if (bridge &&
		    (port ? port->master == bridge->ifindex : mac_parse(mac, facts->asked) && port_of(bridge, mac)))
			found = &places[i];
	}
	free(links);
	netdev_close(nd);
	return found;
}

static void name_others(struct why_facts *facts, const struct bridge_place *places, size_t count)
{
	size_t length = 0;

	for (size_t i = 0; i < count && length < sizeof(facts->others); i++)
		length += (size_t)snprintf(facts->others + length, sizeof(facts->others) - length, "%s%s",
					   i ? ", " : "", bridge_place_name(&places[i]));
}

/*
 * Reads the reports of all bridges, or of the named one, until one has the guest. Without one, that of the bridge with its port
 * stays, or the last one. A bridge that cannot be read does not hide a guest of another one.
 */
static int find_bridge(struct why_facts *facts, const char *uplink, struct error *error)
{
	struct bridge_place *places = NULL;
	const struct bridge_place *place;
	size_t count = 0, read = 0;
	int ret = bridge_remote_places(&places, &count);

	if (ret < 0)
		return error_set(error, ret, "cannot list the interfaces: %s", strerror(-ret));
	for (size_t i = 0; i < count && !facts->guest && !facts->departed; i++) {
		struct error other;
		int now;

		if (!is_named(&places[i], uplink))
			continue;
		read++;
		now = take_place(facts, &places[i], ret < 0 ? &other : error);
		ret = ret < 0 ? ret : now;
	}
	if (!read)
		name_others(facts, places, count);
	place = !facts->guest && !facts->departed && read > 1 ? place_of_port(facts, places, count, uplink) : NULL;
	if (place)
		ret = take_place(facts, place, error);
	free(places);
	return facts->guest ? 0 : ret;
}

/* ---- the port ---- */

/* The port of a MAC address that this bridge or, if it does not know it, another one has learned; NULL: none. */
static const struct netdev_link *find_port(const struct netdev_link *links, size_t count,
					   const struct netdev_link *bridge, const uint8_t mac[6])
{
	int port = port_of(bridge, mac);

	for (size_t i = 0; i < count && !port; i++)
		if (!strcmp(links[i].kind, "bridge"))
			port = port_of(&links[i], mac);
	return port ? netdev_link_in(links, count, port) : NULL;
}

static void read_port(struct why_facts *facts, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *bridge = netdev_link_named(links, count, facts->bridge), *port = NULL;
	const char *name = facts->guest      ? json_text(facts->guest, "port")
			   : facts->departed ? json_text(facts->departed, "port")
					     : facts->asked;
	uint8_t mac[6];

	port = *name ? netdev_link_named(links, count, name) : NULL;
	if (!port && facts->mac[0] && mac_parse(mac, facts->mac))
		port = find_port(links, count, bridge, mac);
	if (!port || port == bridge || !strcmp(port->name, facts->uplink))
		return;
	snprintf(facts->port.name, sizeof(facts->port.name), "%s", port->name);
	facts->port.exists = true;
	port_watch_open(&facts->watch, port->ifindex);
	facts->port.up = port->flags & IFF_UP;
	facts->port.carrier = port->carrier;
	facts->port.in_bridge = bridge && port->master == bridge->ifindex;
	facts->port.forwarding = port->port.forwarding;
	facts->port.locked = port->port.locked;
	facts->port.isolated = port->port.isolated;
	facts->port.mtu = port->mtu;
}

static void read_links(struct why_facts *facts)
{
	struct netdev_link *links = NULL;
	const struct netdev_link *uplink, *bridge;
	struct netdev *nd;
	size_t count = 0;

	if (netdev_open(&nd) < 0)
		return;
	netdev_links(nd, &links, &count);
	uplink = netdev_link_named(links, count, facts->uplink);
	bridge = netdev_link_named(links, count, facts->bridge);
	facts->bridge_down = bridge && !(bridge->flags & IFF_UP);
	facts->uplink_mtu = uplink ? uplink->mtu : 0;
	read_port(facts, links, count);
	if (facts->report)
		why_gather_host(facts, nd, links, count);
	free(links);
	netdev_close(nd);
}

/* After all else, because an answer changes the forwarding database of the bridge. */
static void ask_wire(struct why_facts *facts)
{
	struct netdev_link *links = NULL;
	struct netdev *nd;
	size_t count = 0;

	if (netdev_open(&nd) < 0)
		return;
	netdev_links(nd, &links, &count);
	if (facts->guest)
		why_find_server(facts, netdev_link_named(links, count, facts->uplink));
	if (facts->guest)
		why_gather_wire(facts, nd, links, count);
	else
		why_find_claimant(facts, netdev_link_named(links, count, facts->uplink));
	free(links);
	netdev_close(nd);
}

/* Is `asked` an address of a binding that no guest has? */
static bool is_no_guest(const json_t *report, const char *asked)
{
	char wanted[BRIDGE_GUEST_TEXT];
	json_t *binding;
	size_t i;

	bridge_guest_normalize(wanted, asked);
	json_array_foreach(json_object_get(report, "bindings"), i, binding)
	{
		if (*wanted && !strcmp(json_text(binding, "address"), wanted) &&
		    strcmp(json_text(binding, "kind"), "guest") != 0)
			return true;
	}
	return false;
}

static void set_mac(struct why_facts *facts)
{
	uint8_t mac[6];

	if (facts->guest)
		snprintf(facts->mac, sizeof(facts->mac), "%s", json_text(facts->guest, "mac"));
	else if (facts->departed)
		snprintf(facts->mac, sizeof(facts->mac), "%s", json_text(facts->departed, "mac"));
	else if (mac_parse(mac, facts->asked))
		mac_format(facts->mac, mac);
}

int why_gather(struct why_facts *facts, const char *asked, const char *uplink, struct error *error)
{
	struct check_target target = {0};
	int ret;

	*facts = (struct why_facts){.asked = asked, .budget = {WAIT_BUDGET_MS}, .watch = {.fd = -1}};
	ret = find_bridge(facts, uplink, error);
	if (ret < 0)
		return ret;
	set_mac(facts);
	facts->no_guest = !facts->guest && is_no_guest(facts->report, asked);
	read_links(facts);
	if (!facts->report)
		return 0;
	target.uplink = facts->uplink;
	target.bridge = facts->bridge[0] ? facts->bridge : NULL;
	check_find_target(&target);
	check_machine(&facts->check, target.uplink, target.bridge, target.has_veth);
	ask_wire(facts);
	port_watch_close(&facts->watch);
	return 0;
}

void why_free(struct why_facts *facts)
{
	port_watch_close(&facts->watch);
	json_decref(facts->report);
	json_decref(facts->host.firewall);
	json_decref(facts->host.ip_firewall);
	facts->report = facts->guest = facts->host.firewall = facts->host.ip_firewall = NULL;
}
