/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/bridge.h"

#include "daemon/privilege.h"
#include "base/suggest.h"
#include "daemon/control.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum bridge_result no_such_interface(struct bridge *b, const char *name, struct why *why)
{
	struct nearest best = NEAREST_NONE;
	struct netdev_link *links = NULL;
	size_t count = 0;

	netdev_links(b->nd, &links, &count);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&best, name, links[i].name);
	if (best.word)
		why_set(why, 0, "there is no interface `%s` here; did you mean `%s`?", name, best.word);
	else
		why_set(why, 0, "there is no interface `%s` here; `ip link` lists them", name);
	free(links);
	return BRIDGE_FAILED;
}

static enum bridge_result check_uplink(struct bridge *b, struct why *why)
{
	const struct netdev_link *u = &b->uplink;
	struct netdev_link master;

	if (netdev_link_by_name(b->nd, b->conf->uplink, &b->uplink) < 0)
		return no_such_interface(b, b->conf->uplink, why);
	if (!strcmp(u->kind, "bridge"))
		return why_set(why, BRIDGE_FAILED,
			       "%s is itself a bridge: first comes the interface that leads to the network, then the "
			       "bridge of "
			       "the guests (vifi bridge up wlan0 br0)",
			       u->name);
	if (u->flags & IFF_LOOPBACK || u->arptype != ARPHRD_ETHER)
		return why_set(why, BRIDGE_FAILED,
			       "%s is not an Ethernet or Wi-Fi interface, and has no MAC address to share", u->name);
	if (u->master && netdev_link_by_index(b->nd, u->master, &master) == 0)
		return why_set(why, BRIDGE_FAILED,
			       "%s is a port of %s already, which sends the guests' own addresses; take it out with "
			       "`ip link set "
			       "%s nomaster` and move the host's addresses from %s to %s",
			       u->name, master.name, u->name, master.name, u->name);
	return BRIDGE_OK;
}

static enum bridge_result check_bridge(struct bridge *b, struct why *why)
{
	const char *name = b->conf->bridge;

	if (!strcmp(name, b->conf->uplink))
		return why_set(why, BRIDGE_USAGE, "the uplink and the bridge are two interfaces, not `%s` twice", name);
	if (strlen(name) >= IFNAMSIZ || strpbrk(name, "/ \t:%") || !strcmp(name, ".") || !strcmp(name, ".."))
		return why_set(why, BRIDGE_USAGE, "`%s` cannot be the name of an interface", name);
	int r = netdev_link_by_name(b->nd, name, &b->bridge);
	if (r == 0 && strcmp(b->bridge.kind, "bridge"))
		return why_set(why, BRIDGE_FAILED, "%s exists and is not a bridge%s%s%s; name another one", name,
			       b->bridge.kind[0] ? " but a " : "", b->bridge.kind, b->bridge.kind[0] ? "" : "");
	return BRIDGE_OK;
}

/* Two uplinks on one bridge would send the same frames by two ways, and learn each other's network as guests. */
static enum bridge_result check_other_uplinks(struct bridge *b, struct why *why)
{
	struct netdev_link *links;
	size_t count;
	struct journal j;
	enum bridge_result result = BRIDGE_OK;

	if (netdev_links(b->nd, &links, &count) < 0)
		return BRIDGE_OK;
	for (size_t i = 0; i < count && result == BRIDGE_OK; i++)
		if (!strcmp(links[i].kind, "veth") && journal_parse(&j, links[i].alias) &&
		    strcmp(j.uplink, b->conf->uplink) && !strcmp(j.bridge, b->conf->bridge))
			result = why_set(
				why, BRIDGE_FAILED,
				"%s is served by %s already (%s); take another bridge, or end that with `vifi bridge "
				"down %s`",
				j.bridge, j.uplink, links[i].name, j.uplink);
	free(links);
	return result;
}

static enum bridge_result check_privileges(struct bridge *b, struct why *why)
{
	char names[128];

	if (privilege_missing(b->conf->engine != BRIDGE_ENGINE_USER, names, sizeof(names)))
		return why_set(why, BRIDGE_PRIVILEGE, "this needs %s, which this process does not have; run it as root",
			       names);
	return BRIDGE_OK;
}

static enum bridge_result take_lock(struct bridge *b, struct why *why)
{
	pid_t holder;

	/* One that was killed a moment ago holds it until the kernel has taken it apart. */
	for (int i = 0; i < 5; i++) {
		b->control = control_lock(b->conf->uplink, &holder);
		if (b->control >= 0)
			return BRIDGE_OK;
		if (b->control != -EADDRINUSE)
			break;
		usleep(50000);
	}
	if (b->control != -EADDRINUSE)
		return why_set(why, BRIDGE_FAILED, "the control socket cannot be opened: %s", strerror(-b->control));
	if (!holder)
		return why_set(
			why, BRIDGE_STATE,
			"the control socket of %s (@vifi/bridge/%s) is held by a process that is not root's; `ss -xlp` "
			"names it",
			b->conf->uplink, b->conf->uplink);
	return why_set(why, BRIDGE_STATE, "%s is served already, by process %d; `vifi bridge down %s` ends that",
		       b->conf->uplink, (int)holder, b->conf->uplink);
}

enum bridge_result bridge_check(struct bridge *b, struct why *why)
{
	enum bridge_result (*const checks[])(struct bridge *, struct why *) = {
		check_uplink, check_bridge, check_privileges, take_lock, check_other_uplinks,
	};
	enum bridge_result r = BRIDGE_OK;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && r == BRIDGE_OK; i++)
		r = checks[i](b, why);
	return r;
}
