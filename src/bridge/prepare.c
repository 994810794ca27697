/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/prepare.h"

#include "base/mac.h"
#include "base/suggest.h"
#include "bridge/own_server.h"
#include "bridge/down.h"
#include "bridge/find.h"
#include "bridge/log.h"
#include "bridge/policy/identity.h"
#include "bridge/state.h"
#include "bridge/veth.h"
#include "daemon/control.h"
#include "daemon/privilege.h"
#include "daemon/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum bridge_result no_such_interface(struct bridge *bridge, const char *name, struct error *error)
{
	struct suggestion best = SUGGESTION_NONE;
	struct netdev_link *links = NULL;
	size_t count = 0;

	netdev_links(bridge->nd, &links, &count);
	for (size_t i = 0; i < count; i++)
		suggestion_consider(&best, name, links[i].name);
	if (best.word)
		error_set(error, 0, "there is no interface `%s`; did you mean `%s`?", name, best.word);
	else
		error_set(error, 0, "there is no interface `%s`; `ip link` lists the interfaces", name);
	free(links);
	return BRIDGE_FAILED;
}

/* The interface with the name of the uplink, if any, has another card than the configuration wants. */
static enum bridge_result no_such_card(struct bridge *bridge, const struct netdev_link *named, struct error *error)
{
	char wanted[MAC_TEXT_SIZE], present[MAC_TEXT_SIZE];

	mac_format(wanted, bridge->conf->uplink_mac);
	if (named)
		return error_set(error, BRIDGE_FAILED,
				 "%s is another card (%s) than that of `uplink-mac` (%s); if it has replaced that one, "
				 "run `vifi "
				 "setup --yes %s`, or write `uplink-mac = %s`",
				 named->name, mac_format(present, identity_card(named)), wanted, named->name, present);
	return error_set(
		error, BRIDGE_FAILED,
		"no interface has the permanent MAC address %s (`uplink-mac`); `ip -d link` lists the interfaces",
		wanted);
}

/*
 * Finds the uplink, which may have another name than the configured one. Its ifindex is 0 if it is missing, which is an error
 * without --wait, and where another card has the name.
 */
static enum bridge_result look_up(struct bridge *bridge, struct error *error)
{
	const struct bridge_conf *conf = bridge->conf;
	const struct last_card *last = &bridge->last_card;
	const struct identity identity = {
		.name = conf->uplink,
		.mac = mac_is_zero(conf->uplink_mac) ? NULL : conf->uplink_mac,
		.last_card = last->known ? last->mac : NULL,
		.last_kind = last->kind,
	};
	const struct netdev_link *named, *found;
	enum bridge_result result = BRIDGE_OK;
	struct netdev_link *links = NULL;
	size_t count = 0;

	memset(&bridge->uplink, 0, sizeof(bridge->uplink));
	netdev_links(bridge->nd, &links, &count);
	named = netdev_link_named(links, count, conf->uplink);
	found = identity_find_uplink(links, count, &identity);
	if (!found && !identity.mac)
		found = named; /* the caller tells why it cannot be the uplink */
	if (found)
		bridge->uplink = *found;
	else if (identity.mac && (named || !conf->wait))
		result = no_such_card(bridge, named, error);
	else if (!conf->wait)
		result = no_such_interface(bridge, conf->uplink, error);
	free(links);
	return result;
}

enum bridge_result bridge_check_uplink(struct bridge *bridge, struct error *error)
{
	const struct netdev_link *uplink = &bridge->uplink;
	enum bridge_result result = look_up(bridge, error);
	struct netdev_link master;

	if (result != BRIDGE_OK || !uplink->ifindex)
		return result;
	if (!strcmp(uplink->kind, "bridge"))
		return error_set(error, BRIDGE_FAILED,
				 "the uplink %s is a bridge; name the interface that leads to the network first, then "
				 "the bridge of the guests (vifi bridge up wlan0 br0)",
				 uplink->name);
	if (!identity_is_ethernet(uplink))
		return error_set(error, BRIDGE_FAILED,
				 "%s is not an Ethernet or Wi-Fi interface and so cannot be the uplink; `ip link` "
				 "lists the interfaces",
				 uplink->name);
	if (uplink->master && netdev_link_by_index(bridge->nd, uplink->master, &master) == 0)
		return error_set(error, BRIDGE_FAILED,
				 "%s is a port of %s, so frames leave with the guests' MAC addresses; run `ip "
				 "link set %s nomaster` and move the host's addresses from %s to %s",
				 uplink->name, master.name, uplink->name, master.name, uplink->name);
	return BRIDGE_OK;
}

/* With --wait an interface that does not fit is like a missing one. */
static enum bridge_result find_uplink(struct bridge *bridge, struct error *error)
{
	enum bridge_result result = bridge_check_uplink(bridge, error);

	if (result == BRIDGE_OK || !bridge->conf->wait)
		return result;
	memset(&bridge->uplink, 0, sizeof(bridge->uplink));
	return BRIDGE_OK;
}

static enum bridge_result check_bridge(struct bridge *bridge, struct error *error)
{
	const char *name = bridge->conf->bridge;
	int ret;

	if (!strcmp(name, bridge->conf->uplink))
		return error_set(error, BRIDGE_USAGE,
				 "`%s` is named twice; the uplink and the bridge are different interfaces", name);
	if (strlen(name) >= IFNAMSIZ || strpbrk(name, "/ \t:%") || !strcmp(name, ".") || !strcmp(name, ".."))
		return error_set(error, BRIDGE_USAGE,
				 "`%s` is not a valid interface name; a name has 1 to 15 characters, without "
				 "blanks and /:%%",
				 name);
	ret = netdev_link_by_name(bridge->nd, name, &bridge->bridge);
	if (ret == 0 && strcmp(bridge->bridge.kind, "bridge"))
		return error_set(error, BRIDGE_FAILED, "%s is not a bridge%s%s; name a bridge, or a new one to create",
				 name, bridge->bridge.kind[0] ? " but a " : "", bridge->bridge.kind);
	return BRIDGE_OK;
}

/*
 * A process with --keep leaves its changes, and a later one may have another configuration. The lock tells whether the
 * changes are in use. `uplink`: a name of the uplink that belongs to no other interface.
 */
static bool remove_changes_of_dead(struct bridge *bridge, const struct journal *journal, const char *uplink)
{
	pid_t pid;

	if (control_owner(RUNTIME_FOLDER, journal->uplink, &pid) != -ECONNREFUSED)
		return false;
	bridge_log("reverting what an earlier vifi left behind for %s on %s", journal->uplink, journal->bridge);
	return bridge_take_down(bridge->nd, uplink) >= 0;
}

/* The process of an uplink that was renamed holds the lock of its former name. */
static enum bridge_result check_renamed(struct bridge *bridge, struct error *error)
{
	const char *uplink = bridge->conf->uplink;
	struct bridge_place place;

	if (bridge_find(bridge->nd, uplink, &place) != 0 || !strcmp(place.journal.uplink, uplink) ||
	    remove_changes_of_dead(bridge, &place.journal, uplink))
		return BRIDGE_OK;
	return error_set(error, BRIDGE_STATE,
			 "`vifi bridge up` is already running for %s, which was named %s when it started; `vifi bridge "
			 "down %s` stops it",
			 uplink, place.journal.uplink, uplink);
}

/* Two uplinks on one bridge would send each frame twice, and would learn each other's network as guests. */
static enum bridge_result check_other_uplinks(struct bridge *bridge, struct error *error)
{
	struct netdev_link *links;
	size_t count;
	struct journal journal;
	enum bridge_result result = BRIDGE_OK;

	if (netdev_links(bridge->nd, &links, &count) < 0)
		return BRIDGE_OK;
	for (size_t i = 0; i < count && result == BRIDGE_OK; i++)
		if (!strcmp(links[i].kind, "veth") && journal_parse(&journal, links[i].alias) &&
		    strcmp(journal.uplink, bridge->conf->uplink) && !strcmp(journal.bridge, bridge->conf->bridge) &&
		    !remove_changes_of_dead(bridge, &journal, journal.uplink))
			result = error_set(error, BRIDGE_FAILED,
					   "the bridge %s is in use by the uplink %s (%s); name another bridge, or run "
					   "`vifi bridge down %s` first",
					   journal.bridge, journal.uplink, links[i].name, journal.uplink);
	free(links);
	return result;
}

/* Its answers would not leave (rule 31), but it would give its leases to guests that wait for the network's server. */
static enum bridge_result check_own_server(struct bridge *bridge, struct error *error)
{
	const char *name = bridge->bridge.name;
	char server[OWN_SERVER_TEXT];

	if (!bridge->bridge.ifindex || bridge->conf->allow_dhcp_server ||
	    !own_server_find(bridge->nd, bridge->bridge.ifindex, server))
		return BRIDGE_OK;
	return error_set(
		error, BRIDGE_FAILED,
		"this host runs a DHCP server for %s: %s. Guests must use either that server or the one of the "
		"network, not both: name another bridge (vifi bridge up %s br0), or stop the server (libvirt: virsh "
		"net-destroy default; LXD: lxc network set %s ipv4.dhcp=false), or use --allow-dhcp-server",
		name, server, bridge->conf->uplink, name);
}

static enum bridge_result check_privileges(struct bridge *bridge, struct error *error)
{
	char names[128];

	if (privilege_missing(bridge->conf->engine != BRIDGE_ENGINE_USER, names, sizeof(names)))
		return error_set(error, BRIDGE_PRIVILEGE, "missing %s; run it as root", names);
	return BRIDGE_OK;
}

/* Whether the process that holds the lock of a name serves an interface that was renamed since; `place` tells which. */
static bool lock_of_renamed(struct bridge *bridge, const char *name, struct bridge_place *place)
{
	struct bridge_place *places;
	size_t count;
	bool found = false;

	if (bridge_places(bridge->nd, &places, &count) < 0)
		return false;
	for (size_t i = 0; i < count && !found; i++)
		if (!strcmp(places[i].journal.uplink, name) && strcmp(bridge_place_name(&places[i]), name)) {
			*place = places[i];
			found = true;
		}
	free(places);
	return found;
}

static enum bridge_result take_lock(struct bridge *bridge, struct error *error)
{
	const char *uplink = bridge->conf->uplink;
	char process[32] = "another process";
	struct bridge_place place;
	pid_t pid;

	/* A process that was killed a moment ago holds the lock until the kernel has released its socket. */
	for (int i = 0; i < 5; i++) {
		bridge->control_fd = control_lock(RUNTIME_FOLDER, uplink, error);
		if (bridge->control_fd >= 0)
			return BRIDGE_OK;
		if (bridge->control_fd != -EADDRINUSE)
			return BRIDGE_FAILED;
		usleep(50000);
	}
	if (control_owner(RUNTIME_FOLDER, uplink, &pid) == 0 && pid)
		snprintf(process, sizeof(process), "process %d", (int)pid);
	if (lock_of_renamed(bridge, uplink, &place))
		return error_set(error, BRIDGE_STATE,
				 "%s serves %s, which was named %s when it started, and uses the old name until it "
				 "ends; restart it with `vifi bridge down %s` and `vifi bridge up %s %s`",
				 process, place.uplink.name, uplink, place.uplink.name, place.uplink.name,
				 place.journal.bridge);
	return error_set(error, BRIDGE_STATE,
			 "`vifi bridge up` is already running for %s (%s); `vifi bridge down %s` stops it", uplink,
			 process, uplink);
}

/* The changes of an earlier process of this uplink for another bridge. The caller holds the lock. */
static enum bridge_result revert_other_bridge(struct bridge *bridge, struct error *error)
{
	struct netdev_link veth;
	struct journal journal;

	if (bridge_veth_find(bridge->nd, bridge->conf->uplink, &veth, &journal) < 0 ||
	    !strcmp(journal.bridge, bridge->conf->bridge))
		return BRIDGE_OK;
	bridge_log("reverting what an earlier vifi left behind for %s on %s", journal.uplink, journal.bridge);
	if (bridge_take_down(bridge->nd, bridge->conf->uplink) >= 0)
		return BRIDGE_OK;
	return error_set(error, BRIDGE_STATE,
			 "an earlier vifi left %s connected to %s; `vifi bridge down %s` reverts that",
			 bridge->conf->uplink, journal.bridge, bridge->conf->uplink);
}

/* A bridge that vifi has created may be gone now, or the name may be a bridge's again. */
static enum bridge_result look_again(struct bridge *bridge, struct error *error)
{
	enum bridge_result result;

	memset(&bridge->bridge, 0, sizeof(bridge->bridge));
	result = check_bridge(bridge, error);
	return result == BRIDGE_OK ? find_uplink(bridge, error) : result;
}

enum bridge_result bridge_prepare(struct bridge *bridge, struct error *error)
{
	enum bridge_result (*const checks[])(struct bridge *, struct error *) = {
		find_uplink,         check_bridge,     check_privileges,    take_lock,  check_renamed,
		check_other_uplinks, check_own_server, revert_other_bridge, look_again,
	};
	enum bridge_result result = BRIDGE_OK;

	if (bridge->conf->wait)
		bridge_state_last_card(bridge->conf->state_dir, bridge->conf->uplink, &bridge->last_card);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && result == BRIDGE_OK; i++)
		result = checks[i](bridge, error);
	return result;
}
