/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/bridge.h"

#include "netdev/packet.h"
#include "netdev/sysctl.h"

#include <errno.h>
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

int bridge_write_journal(struct bridge *b)
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
		return netdev_set_flags(b->nd, br->ifindex, IFF_UP, IFF_UP);
	}
	r = netdev_bridge_create(b->nd, b->conf->bridge);
	if (r < 0)
		return r;
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
	uint8_t mac[6];

	free_names(b->nd, name, peer);
	bridge_veth_mac(mac, b->uplink.ifindex);
	int r = netdev_veth_create(b->nd, name, mac, peer);
	if (r == 0)
		r = netdev_link_by_name(b->nd, name, &b->veth);
	if (r == 0)
		r = netdev_link_by_name(b->nd, peer, &b->port);
	/* From here on the journal is found, whatever ends this process. */
	if (r == 0)
		r = bridge_write_journal(b);
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

/* Looks for what an earlier up left. 1: a kernel part to adopt is in `old`; 0: none; negative: an errno, told in `why`. */
static int look_for_old(struct bridge *b, struct kernel_part *old, struct why *why)
{
	struct netdev_link veth;
	struct journal journal;

	bridge_remove_unborn(b->nd, b->uplink.ifindex);
	if (bridge_find_veth(b->nd, b->conf->uplink, &veth, &journal) == 0) {
		if (strcmp(journal.bridge, b->conf->bridge))
			return why_set(
				why, -EBUSY,
				"%s still serves %s, as an earlier vifi left it; `vifi bridge down %s` ends that",
				b->conf->uplink, journal.bridge, b->conf->uplink);
		b->veth = veth;
		b->journal = journal;
		bridge_blink_end(b->nd, &b->journal);
		if (netdev_link_by_index(b->nd, veth.peer, &b->port) < 0)
			memset(&b->port, 0, sizeof(b->port));
	}
	int r = kernel_part_find(old, b->uplink.ifindex);
	/* Who may not ask for programs cannot have put any there: it is for the engine to say whether it can do without. */
	if (r == -ENOENT || r == -EPERM || r == -ENOSYS)
		return 0;
	if (r < 0) {
		/* What stands is not ours to put back. */
		memset(&b->veth, 0, sizeof(b->veth));
		memset(&b->journal, 0, sizeof(b->journal));
		return why_set(why, r, "the programs on %s cannot be looked at: %s", b->conf->uplink, strerror(-r));
	}
	return 1;
}

static int open_sockets(struct bridge *b, struct why *why)
{
	b->packet = packet_open();
	if (b->packet < 0)
		return why_set(why, b->packet, "a packet socket cannot be opened: %s", strerror(-b->packet));
	return 0;
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

/* What is going to be changed stands in the journal before it is: whatever ends this process, it can be put back. */
static void plan(struct bridge *b)
{
	struct journal *j = &b->journal;

	snprintf(j->uplink, sizeof(j->uplink), "%s", b->conf->uplink);
	snprintf(j->bridge, sizeof(j->bridge), "%s", b->conf->bridge);
	if (!b->bridge.ifindex)
		j->made_bridge = true;
	else if (!(b->bridge.flags & IFF_UP))
		j->made_up = true;
	if (!(b->uplink.flags & IFF_ALLMULTI))
		j->made_allmulti = true;
	if (b->conf->engine != BRIDGE_ENGINE_USER && !attach_has_qdisc(b->uplink.ifindex))
		j->made_qdisc = way(b->conf) == ATTACH_CLSACT || !attach_has_tcx(b->uplink.ifindex);
}

static int make_links(struct bridge *b, struct why *why)
{
	plan(b);
	int r = b->veth.ifindex && b->port.ifindex ? bridge_write_journal(b) : make_veth(b);
	if (r < 0)
		return why_set(why, r, "the uplink veth cannot be created: %s", strerror(-r));
	r = make_bridge(b);
	if (r < 0)
		return why_set(why, r, "the bridge %s cannot be set up: %s", b->conf->bridge, strerror(-r));
	if (!(b->uplink.flags & IFF_ALLMULTI))
		r = netdev_set_flags(b->nd, b->uplink.ifindex, IFF_ALLMULTI, IFF_ALLMULTI);
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
	if (old)
		bridge_short_leave(b->nd, old);
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
	if (r < 0 && b->conf->engine == BRIDGE_ENGINE_AUTO && !old) {
		bridge_say("%s", why->text);
		bridge_say("so frames are translated in this process, which costs more");
		return start_user(b, NULL, why);
	}
	if (r < 0)
		return r;
	if (old && !part.adopted_maps)
		bridge_short_leave(b->nd, old);
	b->part = part;
	b->store = store_maps_open(&b->part);
	if (!b->store)
		return why_set(why, -ENOMEM, "there is no memory");
	return 0;
}

/* Goes on from what W was when the bindings were last served: if it is another now, the first look will see that. */
static int begin(struct bridge *b, const struct kernel_part *old, struct why *why)
{
	uint8_t w[6];

	memcpy(w, old ? old->config.w : b->uplink.mac, 6);
	if (!old)
		bridge_state_load(b, w);
	unsigned actions =
		carrier_start(&b->carrier, (enum carrier_policy)b->conf->carrier, b->uplink.carrier, w, bridge_now());
	bool up = actions & CARRIER_VETH_UP;
	if (!bridge_reconcile(b, &b->actions) || netdev_set_flags(b->nd, b->veth.ifindex, up ? IFF_UP : 0, IFF_UP) < 0)
		return why_set(why, -ENODEV, "%s or %s went away meanwhile", b->conf->uplink, b->conf->bridge);
	return 0;
}

static int bring_up(struct bridge *b, struct why *why)
{
	struct kernel_part old;

	int found = look_for_old(b, &old, why);
	if (found < 0)
		return found;
	b->adopted = found == 1;
	int r = open_sockets(b, why);
	if (r == 0)
		r = make_links(b, why);
	if (r == 0)
		r = load_programs(b, b->adopted ? &old : NULL, why);
	if (r == 0)
		r = begin(b, b->adopted ? &old : NULL, why);
	if (found == 1)
		kernel_part_close(&old);
	return r;
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
	enum bridge_result result = bridge_check(b, why);
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
