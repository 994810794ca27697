/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/bridge.h"

#include "app/privilege.h"
#include "base/nearest.h"
#include "ctl/control.h"
#include "netdev/packet.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t bridge_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * MN_NS_PER_SEC + (uint64_t)t.tv_nsec;
}

void bridge_say(const char *format, ...)
{
	char line[600];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	fprintf(stderr, "vifi: %s\n", line);
}

/* ---- what an earlier up left ---- */

int bridge_find_veth(struct netdev *nd, const char *uplink, struct netdev_link *veth, struct journal *journal)
{
	struct netdev_link *links;
	size_t count;
	int r = netdev_links(nd, &links, &count);

	if (r < 0)
		return r;
	r = -ENOENT;
	for (size_t i = 0; i < count && r < 0; i++)
		if (!strcmp(links[i].kind, "veth") && journal_parse(journal, links[i].alias) &&
		    !strcmp(journal->uplink, uplink)) {
			*veth = links[i];
			r = 0;
		}
	free(links);
	return r;
}

static bool has_ports(struct netdev *nd, int bridge, char *name, size_t size)
{
	struct netdev_link *links;
	size_t count;
	bool found = false;

	if (netdev_links(nd, &links, &count) < 0)
		return true;
	for (size_t i = 0; i < count && !found; i++)
		if (links[i].master == bridge) {
			snprintf(name, size, "%s", links[i].name);
			found = true;
		}
	free(links);
	return found;
}

/* Puts back what a journal tells, the uplink veth first: it takes its bridge port, program and qdisc with it. */
static int undo(struct netdev *nd, const struct journal *j, int veth)
{
	struct netdev_link link;
	char port[IFNAMSIZ] = "";
	int done = 0;

	if (veth > 0 && netdev_link_delete(nd, veth) == 0)
		done++;
	if (netdev_link_by_name(nd, j->uplink, &link) == 0) {
		if (j->made_allmulti && netdev_set_flags(nd, link.ifindex, 0, IFF_ALLMULTI) == 0)
			done++;
		if (j->made_qdisc)
			attach_remove_qdisc(link.ifindex);
	}
	if (!j->bridge[0] || netdev_link_by_name(nd, j->bridge, &link) < 0)
		return done;
	if (j->made_bridge && has_ports(nd, link.ifindex, port, sizeof(port)))
		bridge_say("%s stays, because it has ports (%s); without them `ip link del %s` removes it", j->bridge,
			   port, j->bridge);
	else if (j->made_bridge && netdev_link_delete(nd, link.ifindex) == 0)
		done++;
	else if (j->made_up && netdev_set_flags(nd, link.ifindex, 0, IFF_UP) == 0)
		done++;
	return done;
}

/* Where the uplink has got another name since, its journal is found by the program on the uplink veth's port. */
static bool find_by_part(struct netdev *nd, const struct kernel_part *part, struct netdev_link *veth, struct journal *j)
{
	struct netdev_link port;

	return netdev_link_by_index(nd, (int)part->config.port, &port) == 0 &&
	       netdev_link_by_index(nd, port.peer, veth) == 0 && journal_parse(j, veth->alias);
}

int bridge_take_down(struct netdev *nd, const char *uplink)
{
	struct netdev_link link, veth = {0};
	struct journal journal = {0};
	struct kernel_part part;
	int done = 0;

	int r = bridge_find_veth(nd, uplink, &veth, &journal);
	if (r < 0 && r != -ENOENT)
		return r;
	bool have_journal = r == 0;
	if (netdev_link_by_name(nd, uplink, &link) == 0) {
		/* Several, where an attempt to replace one was killed half-way; the bound is for programs that will not go. */
		for (int i = 0; i < 4; i++) {
			r = kernel_part_find(&part, link.ifindex);
			if (r == -ENOENT)
				break;
			if (r < 0)
				return r;
			done++;
			if (!have_journal && find_by_part(nd, &part, &veth, &journal)) {
				have_journal = true;
				memcpy(journal.uplink, link.name, sizeof(journal.uplink));
			}
			r = kernel_part_down(&part, link.ifindex, false);
			kernel_part_close(&part);
			if (r < 0)
				return r;
		}
	}
	if (have_journal)
		done += undo(nd, &journal, veth.ifindex);
	return done;
}

/* ---- checks: nothing is changed ---- */

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

	b->control = control_lock(b->conf->uplink, &holder);
	if (b->control >= 0)
		return BRIDGE_OK;
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

static enum bridge_result check(struct bridge *b, struct why *why)
{
	enum bridge_result (*const checks[])(struct bridge *, struct why *) = {
		check_uplink, check_bridge, check_privileges, take_lock, check_other_uplinks,
	};
	enum bridge_result r = BRIDGE_OK;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && r == BRIDGE_OK; i++)
		r = checks[i](b, why);
	return r;
}

/* ---- up ---- */

static void free_names(struct netdev *nd, char *name, char *peer)
{
	struct netdev_link link;

	for (int n = 0; n < 10000; n++) {
		snprintf(name, IFNAMSIZ, "vifi%d", n);
		snprintf(peer, IFNAMSIZ, "vifi%dp", n);
		if (netdev_link_by_name(nd, name, &link) < 0 && netdev_link_by_name(nd, peer, &link) < 0)
			return;
	}
}

static int write_journal(struct bridge *b)
{
	char text[JOURNAL_MAX];

	journal_format(&b->journal, text);
	return netdev_set_alias(b->nd, b->veth.ifindex, text);
}

static int make_bridge(struct bridge *b)
{
	struct netdev_link *br = &b->bridge;
	int r;

	if (br->ifindex) {
		if (br->flags & IFF_UP)
			return 0;
		b->journal.made_up = true;
		return netdev_set_flags(b->nd, br->ifindex, IFF_UP, IFF_UP);
	}
	r = netdev_bridge_create(b->nd, b->conf->bridge);
	if (r < 0)
		return r;
	b->journal.made_bridge = true;
	r = netdev_link_by_name(b->nd, b->conf->bridge, br);
	/* With an address of its own it does not take that of its newest port; and it sends nothing unless it is told to. */
	if (r == 0)
		r = netdev_set_mac(b->nd, br->ifindex, br->mac);
	if (r == 0)
		r = netdev_quiet_ipv6(br->name, false);
	return r == 0 ? netdev_set_flags(b->nd, br->ifindex, IFF_UP, IFF_UP) : r;
}

static int make_veth(struct bridge *b)
{
	char name[IFNAMSIZ], peer[IFNAMSIZ];

	free_names(b->nd, name, peer);
	int r = netdev_veth_create(b->nd, name, peer);
	if (r == 0)
		r = netdev_link_by_name(b->nd, name, &b->veth);
	if (r == 0)
		r = netdev_link_by_name(b->nd, peer, &b->port);
	/* From here on the journal is found, whatever ends this process. */
	if (r == 0)
		r = write_journal(b);
	/* A bridge takes the lowest of its ports' addresses for its own: with a high one it keeps what it has. */
	b->port.mac[0] = 0xfe;
	if (r == 0)
		r = netdev_set_mac(b->nd, b->port.ifindex, b->port.mac);
	if (r == 0)
		r = netdev_quiet_ipv6(name, true);
	if (r == 0)
		r = netdev_quiet_ipv6(peer, true);
	return r;
}

static int join_bridge(struct bridge *b)
{
	struct netdev_link *links;
	size_t count;
	int r = netdev_links(b->nd, &links, &count);

	if (r < 0)
		return r;
	int mtu = bridge_port_mtu(links, count, &b->uplink, &b->bridge, b->port.ifindex);
	free(links);
	r = netdev_set_mtu(b->nd, b->port.ifindex, mtu);
	if (r == 0)
		r = netdev_set_mtu(b->nd, b->veth.ifindex, mtu);
	if (r == 0 && b->port.master != b->bridge.ifindex)
		r = netdev_set_master(b->nd, b->port.ifindex, b->bridge.ifindex);
	return r == 0 ? netdev_set_flags(b->nd, b->port.ifindex, IFF_UP, IFF_UP) : r;
}

static void fill_config(struct bridge *b)
{
	const struct bridge_conf *conf = b->conf;
	struct mn_config *c = &b->config;

	*c = (struct mn_config){
		.abi = MN_ABI,
		.uplink = (uint32_t)b->uplink.ifindex,
		.port = (uint32_t)b->port.ifindex,
		.mtu = (uint32_t)b->uplink.mtu,
		.silent = conf->silent * MN_NS_PER_SEC,
		.interval = conf->learn_rate ? MN_NS_PER_SEC / conf->learn_rate : 0,
		.port_cap = conf->port_cap,
		.flags = conf->rewrite_chaddr ? MN_C_CHADDR : 0,
		.takeover = (uint16_t)conf->takeover,
	};
	c->credit = c->interval * conf->learn_burst;
	memcpy(c->w, b->uplink.mac, 6);
	memcpy(c->vlans, conf->vlans, sizeof(c->vlans));
}

static enum attach_way way(const struct bridge_conf *conf)
{
	switch ((enum bridge_engine)conf->engine) {
	case BRIDGE_ENGINE_TCX:
		return ATTACH_TCX;
	case BRIDGE_ENGINE_CLSACT:
		return ATTACH_CLSACT;
	case BRIDGE_ENGINE_AUTO:
	case BRIDGE_ENGINE_USER:
		break;
	}
	return ATTACH_AUTO;
}

/* Looks for what an earlier up left. 1: a kernel part to adopt is in `old`; 0: none; negative: an errno, told in `why`. */
static int look_for_old(struct bridge *b, struct kernel_part *old, struct why *why)
{
	struct netdev_link veth;
	struct journal journal;

	if (bridge_find_veth(b->nd, b->conf->uplink, &veth, &journal) == 0) {
		if (strcmp(journal.bridge, b->conf->bridge))
			return why_set(
				why, -EBUSY,
				"%s still serves %s, as an earlier vifi left it; `vifi bridge down %s` ends that",
				b->conf->uplink, journal.bridge, b->conf->uplink);
		b->veth = veth;
		b->journal = journal;
		if (netdev_link_by_index(b->nd, veth.peer, &b->port) < 0)
			memset(&b->port, 0, sizeof(b->port));
	}
	int r = kernel_part_find(old, b->uplink.ifindex);
	if (r == -ENOENT)
		return 0;
	/* Who may not ask for programs cannot have put any there. */
	if (b->conf->engine == BRIDGE_ENGINE_USER && (r == -EPERM || r == -ENOSYS))
		return 0;
	if (r < 0)
		return why_set(why, r, "the programs on %s cannot be looked at: %s", b->conf->uplink, strerror(-r));
	return 1;
}

static int open_sockets(struct bridge *b, struct why *why)
{
	b->packet = packet_open();
	if (b->packet < 0)
		return why_set(why, b->packet, "a packet socket cannot be opened: %s", strerror(-b->packet));
	return 0;
}

static int make_links(struct bridge *b, struct why *why)
{
	int r = make_bridge(b);

	if (r < 0)
		return why_set(why, r, "the bridge %s cannot be set up: %s", b->conf->bridge, strerror(-r));
	if (!b->veth.ifindex || !b->port.ifindex)
		r = make_veth(b);
	if (r < 0)
		return why_set(why, r, "the uplink veth cannot be created: %s", strerror(-r));
	if (!(b->uplink.flags & IFF_ALLMULTI)) {
		b->journal.made_allmulti = true;
		r = netdev_set_flags(b->nd, b->uplink.ifindex, IFF_ALLMULTI, IFF_ALLMULTI);
	}
	if (r == 0)
		r = write_journal(b);
	if (r == 0)
		r = join_bridge(b);
	if (r < 0)
		return why_set(why, r, "%s cannot be joined to %s: %s", b->port.name, b->bridge.name, strerror(-r));
	return 0;
}

/* The engine in this process takes the place of programs that a killed vifi left. */
static int start_user(struct bridge *b, struct kernel_part *old, struct why *why)
{
	const struct engine_user_links links = {
		.uplink = b->uplink.ifindex,
		.bridge = b->bridge.ifindex,
		.veth = b->veth.ifindex,
		.uplink_name = b->uplink.name,
		.veth_name = b->veth.name,
		.port_name = b->port.name,
	};
	struct why lacks;
	int r = old ? kernel_part_down(old, b->uplink.ifindex, false) : 0;

	b->adopted = false;
	if (r < 0)
		return why_set(why, r, "the programs on %s cannot be removed: %s", b->uplink.name, strerror(-r));
	r = engine_user_start(&b->user, &links, &b->config, &lacks, why);
	if (r < 0)
		return r;
	if (lacks.text[0])
		bridge_say("%s", lacks.text);
	b->store = engine_user_store(b->user);
	return 0;
}

static int load_programs(struct bridge *b, struct kernel_part *old, struct why *why)
{
	struct kernel_part part;

	fill_config(b);
	if (b->conf->engine == BRIDGE_ENGINE_USER)
		return start_user(b, old, why);
	int r = kernel_part_up(&part, old, way(b->conf), &b->config, why);
	if (r < 0)
		return r;
	b->part = part;
	b->store = store_maps_open(&b->part);
	if (!b->store)
		return why_set(why, -ENOMEM, "there is no memory");
	if (part.made_qdisc && !b->journal.made_qdisc) {
		b->journal.made_qdisc = true;
		write_journal(b);
	}
	return 0;
}

static int bring_up(struct bridge *b, struct why *why)
{
	struct kernel_part old;
	unsigned ignored;

	int found = look_for_old(b, &old, why);
	if (found < 0)
		return found;
	b->adopted = found == 1;
	snprintf(b->journal.uplink, sizeof(b->journal.uplink), "%s", b->conf->uplink);
	snprintf(b->journal.bridge, sizeof(b->journal.bridge), "%s", b->conf->bridge);
	int r = open_sockets(b, why);
	if (r == 0)
		r = make_links(b, why);
	if (r == 0)
		r = load_programs(b, b->adopted ? &old : NULL, why);
	if (found == 1)
		kernel_part_close(&old);
	if (r < 0)
		return r;
	unsigned actions = carrier_start(&b->carrier, (enum carrier_policy)b->conf->carrier, b->uplink.carrier,
					 b->uplink.mac, bridge_now());
	if (!b->adopted)
		bridge_state_load(b);
	bool up = actions & CARRIER_VETH_UP;
	if (!bridge_reconcile(b, &ignored) || netdev_set_flags(b->nd, b->veth.ifindex, up ? IFF_UP : 0, IFF_UP) < 0)
		return why_set(why, -ENODEV, "%s or %s went away meanwhile", b->conf->uplink, b->conf->bridge);
	return 0;
}

enum bridge_result bridge_up(struct bridge *b, const struct bridge_conf *conf, struct why *why)
{
	memset(b, 0, sizeof(*b));
	b->conf = conf;
	b->packet = b->control = -1;
	kernel_part_init(&b->part);
	int r = netdev_open(&b->nd);
	if (r < 0)
		return why_set(why, BRIDGE_FAILED, "rtnetlink cannot be opened: %s", strerror(-r));
	enum bridge_result result = check(b, why);
	if (result != BRIDGE_OK)
		return result;
	r = bring_up(b, why);
	if (r == 0)
		return BRIDGE_OK;
	/* A part that was adopted works on as before; what is new goes. */
	if (!b->adopted)
		bridge_restore(b);
	return r == -EPERM ? BRIDGE_PRIVILEGE : r == -EBUSY ? BRIDGE_STATE : BRIDGE_FAILED;
}

/* The store goes with its engine. */
static void stop_user(struct bridge *b)
{
	if (!b->user)
		return;
	store_close(b->store);
	b->store = NULL;
	engine_user_stop(b->user);
	b->user = NULL;
}

void bridge_restore(struct bridge *b)
{
	stop_user(b);
	kernel_part_down(&b->part, b->uplink.ifindex, false);
	undo(b->nd, &b->journal, b->veth.ifindex);
}

void bridge_close(struct bridge *b)
{
	stop_user(b);
	store_close(b->store);
	kernel_part_close(&b->part);
	netdev_close(b->nd);
	if (b->packet >= 0)
		close(b->packet);
	if (b->control >= 0)
		close(b->control);
}
