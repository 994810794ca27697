/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/why.h"

#include "base/mac.h"
#include "bridge/check.h"
#include "bridge/guest_match.h"
#include "bridge/machines.h"
#include "bridge/problems.h"
#include "bridge/remote.h"
#include "daemon/json_text.h"
#include "netdev/fdb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_report(struct why_facts *facts, const struct bridge_place *place, struct error *error)
{
	struct bridge_remote remote;
	enum bridge_result result = bridge_remote_open_place(&remote, place, error);

	if (result == BRIDGE_OK)
		facts->report = bridge_remote_show(&remote, true, error);
	bridge_remote_close(&remote);
	if (!facts->report && result == BRIDGE_STATE)
		return 0; /* a process was killed, and left no kernel part */
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

/* The first guest of the report that fits. */
static json_t *find_guest(json_t *report, const char *asked)
{
	char wanted[BRIDGE_GUEST_TEXT];
	json_t *guest;
	size_t i;

	bridge_guest_normalize(wanted, asked);
	json_array_foreach(json_object_get(report, "guests"), i, guest)
	{
		if (*wanted && bridge_guest_matches(guest, wanted))
			return guest;
	}
	return NULL;
}

/* Reads the reports of all bridges, or of the named one, until one has the guest. The last report stays without one. */
static int find_bridge(struct why_facts *facts, const char *uplink, struct error *error)
{
	struct bridge_place *places = NULL;
	size_t count = 0;
	int ret = bridge_remote_places(&places, &count);

	if (ret < 0)
		return error_set(error, ret, "cannot list the interfaces: %s", strerror(-ret));
	for (size_t i = 0; i < count && ret == 0 && !facts->guest; i++) {
		if (!is_named(&places[i], uplink))
			continue;
		json_decref(facts->report);
		facts->report = NULL;
		ret = read_report(facts, &places[i], error);
		facts->guest = find_guest(facts->report, facts->asked);
		snprintf(facts->uplink, sizeof(facts->uplink), "%s", bridge_place_name(&places[i]));
		snprintf(facts->bridge, sizeof(facts->bridge), "%s", places[i].journal.bridge);
	}
	free(places);
	return ret;
}

/* ---- the port ---- */

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

static void read_port(struct why_facts *facts, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *bridge = netdev_link_named(links, count, facts->bridge), *port = NULL;
	const char *name = facts->guest ? json_text(facts->guest, "port") : facts->asked;
	uint8_t mac[6];

	port = *name ? netdev_link_named(links, count, name) : NULL;
	if (!port && facts->mac[0] && mac_parse(mac, facts->mac)) {
		const char *found = netdev_link_name_in(links, count, port_of(bridge, mac));

		port = found ? netdev_link_named(links, count, found) : NULL;
	}
	if (!port || port == bridge || !strcmp(port->name, facts->uplink))
		return;
	snprintf(facts->port.name, sizeof(facts->port.name), "%s", port->name);
	facts->port.exists = true;
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
	const struct netdev_link *uplink;
	struct netdev *nd;
	size_t count = 0;

	if (netdev_open(&nd) < 0)
		return;
	netdev_links(nd, &links, &count);
	uplink = netdev_link_named(links, count, facts->uplink);
	facts->uplink_mtu = uplink ? uplink->mtu : 0;
	read_port(facts, links, count);
	free(links);
	netdev_close(nd);
}

static void set_mac(struct why_facts *facts)
{
	uint8_t mac[6];

	if (facts->guest)
		snprintf(facts->mac, sizeof(facts->mac), "%s", json_text(facts->guest, "mac"));
	else if (mac_parse(mac, facts->asked))
		mac_format(facts->mac, mac);
}

int why_gather(struct why_facts *facts, const char *asked, const char *uplink, struct error *error)
{
	struct check_target target = {0};
	int ret;

	*facts = (struct why_facts){.asked = asked};
	ret = find_bridge(facts, uplink, error);
	if (ret < 0)
		return ret;
	set_mac(facts);
	read_links(facts);
	if (!facts->report)
		return 0;
	target.uplink = facts->uplink;
	target.bridge = facts->bridge[0] ? facts->bridge : NULL;
	check_find_target(&target);
	check_machine(&facts->check, target.uplink, target.bridge, target.has_veth);
	return 0;
}

void why_free(struct why_facts *facts)
{
	json_decref(facts->report);
	facts->report = facts->guest = NULL;
}
