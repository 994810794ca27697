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
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * MN_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

void bridge_log(const char *format, ...)
{
	char line[600];
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	fprintf(stderr, "vifi: %s\n", line);
}

static void find_free_names(struct netdev *nd, char *name, char *peer)
{
	struct netdev_link link;

	for (int number = 0; number < 10000; number++) {
		snprintf(name, IFNAMSIZ, "vifi%d", number);
		snprintf(peer, IFNAMSIZ, "vifi%dp", number);
		if (netdev_link_by_name(nd, name, &link) < 0 && netdev_link_by_name(nd, peer, &link) < 0)
			return;
	}
}

int bridge_write_journal(struct bridge *bridge)
{
	char text[JOURNAL_MAX];

	journal_format(&bridge->journal, text);
	return netdev_set_alias(bridge->nd, bridge->veth.ifindex, text);
}

static int create_bridge(struct bridge *bridge)
{
	struct netdev_link *br = &bridge->bridge;
	int ret;

	if (br->ifindex) {
		if (br->flags & IFF_UP)
			return 0;
		return netdev_set_flags(bridge->nd, br->ifindex, IFF_UP, IFF_UP);
	}
	ret = netdev_bridge_create(bridge->nd, bridge->conf->bridge);
	if (ret < 0)
		return ret;
	ret = netdev_link_by_name(bridge->nd, bridge->conf->bridge, br);
	/* With an address of its own it does not take that of its newest port; and it sends nothing unless it is told to. */
	if (ret == 0)
		ret = netdev_set_mac(bridge->nd, br->ifindex, br->mac);
	if (ret == 0)
		ret = netdev_quiet_ipv6(br->name, false);
	return ret == 0 ? netdev_set_flags(bridge->nd, br->ifindex, IFF_UP, IFF_UP) : ret;
}

static int create_veth(struct bridge *bridge)
{
	char name[IFNAMSIZ], peer[IFNAMSIZ];
	uint8_t mac[6];

	find_free_names(bridge->nd, name, peer);
	bridge_veth_mac(mac, bridge->uplink.ifindex);
	int ret = netdev_veth_create(bridge->nd, name, mac, peer);
	if (ret == 0)
		ret = netdev_link_by_name(bridge->nd, name, &bridge->veth);
	if (ret == 0)
		ret = netdev_link_by_name(bridge->nd, peer, &bridge->port);
	/* From here on the journal is found, whatever ends this process. */
	if (ret == 0)
		ret = bridge_write_journal(bridge);
	/* A bridge takes the lowest of its ports' addresses for its own: with a high one it keeps what it has. */
	bridge->port.mac[0] = 0xfe;
	if (ret == 0)
		ret = netdev_set_mac(bridge->nd, bridge->port.ifindex, bridge->port.mac);
	if (ret == 0)
		ret = netdev_quiet_ipv6(name, true);
	if (ret == 0)
		ret = netdev_quiet_ipv6(peer, true);
	return ret;
}

static int join_bridge(struct bridge *bridge)
{
	struct netdev_link *links;
	size_t count;
	int ret = netdev_links(bridge->nd, &links, &count);

	if (ret < 0)
		return ret;
	int mtu = bridge_port_mtu(links, count, &bridge->uplink, &bridge->bridge, bridge->port.ifindex);
	free(links);
	ret = netdev_set_mtu(bridge->nd, bridge->port.ifindex, mtu);
	if (ret == 0)
		ret = netdev_set_mtu(bridge->nd, bridge->veth.ifindex, mtu);
	if (ret == 0 && bridge->port.master != bridge->bridge.ifindex)
		ret = netdev_set_master(bridge->nd, bridge->port.ifindex, bridge->bridge.ifindex);
	return ret == 0 ? netdev_set_flags(bridge->nd, bridge->port.ifindex, IFF_UP, IFF_UP) : ret;
}

static void fill_config(struct bridge *bridge)
{
	const struct bridge_conf *conf = bridge->conf;
	struct mn_config *config = &bridge->config;

	*config = (struct mn_config){
		.abi = MN_ABI,
		.uplink = (uint32_t)bridge->uplink.ifindex,
		.veth_port = (uint32_t)bridge->port.ifindex,
		.mtu = (uint32_t)bridge->uplink.mtu,
		.silence_ns = conf->silent_s * MN_NS_PER_SEC,
		.learn_interval_ns = conf->learn_rate ? MN_NS_PER_SEC / conf->learn_rate : 0,
		.port_cap = conf->port_cap,
		.flags = conf->rewrite_chaddr ? MN_CONFIG_CHADDR : 0,
		.takeover = (uint16_t)conf->takeover,
	};
	config->learn_credit_ns = config->learn_interval_ns * conf->learn_burst;
	memcpy(config->uplink_mac, bridge->uplink.mac, 6);
	memcpy(config->vlans, conf->vlans, sizeof(config->vlans));
}

/* Looks for what an earlier up left. 1: a kernel part to adopt is in `old`; 0: none; negative: an errno, told in `why`. */
static int find_leftovers(struct bridge *bridge, struct kernel_part *old, struct error *error)
{
	struct netdev_link veth;
	struct journal journal;

	bridge_remove_orphan_veths(bridge->nd, bridge->uplink.ifindex);
	if (bridge_find_veth(bridge->nd, bridge->conf->uplink, &veth, &journal) == 0) {
		if (strcmp(journal.bridge, bridge->conf->bridge))
			return error_set(
				error, -EBUSY,
				"%s still serves %s, as an earlier vifi left it; `vifi bridge down %s` ends that",
				bridge->conf->uplink, journal.bridge, bridge->conf->uplink);
		bridge->veth = veth;
		bridge->journal = journal;
		bridge_bounce_end(bridge->nd, &bridge->journal);
		if (netdev_link_by_index(bridge->nd, veth.peer, &bridge->port) < 0)
			memset(&bridge->port, 0, sizeof(bridge->port));
	}
	int ret = kernel_part_find(old, bridge->uplink.ifindex);
	/* Who may not ask for programs cannot have put any there: it is for the engine to say whether it can do without. */
	if (ret == -ENOENT || ret == -EPERM || ret == -ENOSYS)
		return 0;
	if (ret < 0) {
		/* What stands is not ours to put back. */
		memset(&bridge->veth, 0, sizeof(bridge->veth));
		memset(&bridge->journal, 0, sizeof(bridge->journal));
		return error_set(error, ret, "the programs on %s cannot be looked at: %s", bridge->conf->uplink,
				 strerror(-ret));
	}
	return 1;
}

static int open_sockets(struct bridge *bridge, struct error *error)
{
	bridge->packet_fd = packet_open();
	if (bridge->packet_fd < 0)
		return error_set(error, bridge->packet_fd, "a packet socket cannot be opened: %s",
				 strerror(-bridge->packet_fd));
	return 0;
}

static enum attach_method attach_method(const struct bridge_conf *conf)
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
static void plan_changes(struct bridge *bridge)
{
	struct journal *journal = &bridge->journal;

	snprintf(journal->uplink, sizeof(journal->uplink), "%s", bridge->conf->uplink);
	snprintf(journal->bridge, sizeof(journal->bridge), "%s", bridge->conf->bridge);
	if (!bridge->bridge.ifindex)
		journal->made_bridge = true;
	else if (!(bridge->bridge.flags & IFF_UP))
		journal->made_up = true;
	if (!(bridge->uplink.flags & IFF_ALLMULTI))
		journal->made_allmulti = true;
	if (bridge->conf->engine != BRIDGE_ENGINE_USER && !attach_has_qdisc(bridge->uplink.ifindex))
		journal->made_qdisc =
			attach_method(bridge->conf) == ATTACH_CLSACT || !attach_has_tcx(bridge->uplink.ifindex);
}

static int create_links(struct bridge *bridge, struct error *error)
{
	plan_changes(bridge);
	int ret = bridge->veth.ifindex && bridge->port.ifindex ? bridge_write_journal(bridge) : create_veth(bridge);
	if (ret < 0)
		return error_set(error, ret, "the uplink veth cannot be created: %s", strerror(-ret));
	ret = create_bridge(bridge);
	if (ret < 0)
		return error_set(error, ret, "the bridge %s cannot be set up: %s", bridge->conf->bridge,
				 strerror(-ret));
	if (!(bridge->uplink.flags & IFF_ALLMULTI))
		ret = netdev_set_flags(bridge->nd, bridge->uplink.ifindex, IFF_ALLMULTI, IFF_ALLMULTI);
	if (ret == 0)
		ret = join_bridge(bridge);
	if (ret < 0)
		return error_set(error, ret, "%s cannot be joined to %s: %s", bridge->port.name, bridge->bridge.name,
				 strerror(-ret));
	return 0;
}

/* The engine in this process takes the place of programs that a killed vifi left. */
static int start_user_engine(struct bridge *bridge, struct kernel_part *old, struct error *error)
{
	const struct user_engine_links links = {
		.uplink = bridge->uplink.ifindex,
		.bridge = bridge->bridge.ifindex,
		.veth = bridge->veth.ifindex,
		.uplink_name = bridge->uplink.name,
		.veth_name = bridge->veth.name,
		.port_name = bridge->port.name,
	};
	struct error limits;
	if (old)
		bridge_shortcut_detach(bridge->nd, old);
	int ret = old ? kernel_part_down(old, bridge->uplink.ifindex, false) : 0;

	bridge->adopted = false;
	if (ret < 0)
		return error_set(error, ret, "the programs on %s cannot be removed: %s", bridge->uplink.name,
				 strerror(-ret));
	ret = user_engine_start(&bridge->user_engine, &links, &bridge->config, &limits, error);
	if (ret < 0)
		return ret;
	if (limits.text[0])
		bridge_log("%s", limits.text);
	bridge->store = user_engine_store(bridge->user_engine);
	return 0;
}

static int load_programs(struct bridge *bridge, struct kernel_part *old, struct error *error)
{
	struct kernel_part part;

	fill_config(bridge);
	if (bridge->conf->engine == BRIDGE_ENGINE_USER)
		return start_user_engine(bridge, old, error);
	int ret = kernel_part_up(&part, old, attach_method(bridge->conf), &bridge->config, error);
	if (ret < 0 && bridge->conf->engine == BRIDGE_ENGINE_AUTO && !old) {
		bridge_log("%s", error->text);
		bridge_log("so frames are translated in this process, which costs more");
		return start_user_engine(bridge, NULL, error);
	}
	if (ret < 0)
		return ret;
	if (old && !part.adopted_maps)
		bridge_shortcut_detach(bridge->nd, old);
	bridge->part = part;
	bridge->store = store_maps_open(&bridge->part);
	if (!bridge->store)
		return error_set(error, -ENOMEM, "there is no memory");
	return 0;
}

/* Goes on from what W was when the bindings were last served: if it is another now, the first look will see that. */
static int reconcile_first(struct bridge *bridge, const struct kernel_part *old, struct error *error)
{
	uint8_t uplink_mac[6];

	memcpy(uplink_mac, old ? old->config.uplink_mac : bridge->uplink.mac, 6);
	if (!old)
		bridge_state_load(bridge, uplink_mac);
	unsigned actions = carrier_start(&bridge->carrier, (enum carrier_policy)bridge->conf->carrier,
					 bridge->uplink.carrier, uplink_mac, bridge_now());
	bool up = actions & CARRIER_VETH_UP;
	if (!bridge_reconcile(bridge, &bridge->carrier_actions) ||
	    netdev_set_flags(bridge->nd, bridge->veth.ifindex, up ? IFF_UP : 0, IFF_UP) < 0)
		return error_set(error, -ENODEV, "%s or %s went away meanwhile", bridge->conf->uplink,
				 bridge->conf->bridge);
	return 0;
}

static int bring_up(struct bridge *bridge, struct error *error)
{
	struct kernel_part old;

	int found = find_leftovers(bridge, &old, error);
	if (found < 0)
		return found;
	bridge->adopted = found == 1;
	int ret = open_sockets(bridge, error);
	if (ret == 0)
		ret = create_links(bridge, error);
	if (ret == 0)
		ret = load_programs(bridge, bridge->adopted ? &old : NULL, error);
	if (ret == 0)
		ret = reconcile_first(bridge, bridge->adopted ? &old : NULL, error);
	if (found == 1)
		kernel_part_close(&old);
	return ret;
}

enum bridge_result bridge_up(struct bridge *bridge, const struct bridge_conf *conf, struct error *error)
{
	memset(bridge, 0, sizeof(*bridge));
	bridge->conf = conf;
	bridge->packet_fd = bridge->control_fd = -1;
	kernel_part_init(&bridge->part);
	int ret = netdev_open(&bridge->nd);
	if (ret < 0)
		return error_set(error, BRIDGE_FAILED, "rtnetlink cannot be opened: %s", strerror(-ret));
	enum bridge_result result = bridge_check(bridge, error);
	if (result != BRIDGE_OK)
		return result;
	ret = bring_up(bridge, error);
	if (ret == 0)
		return BRIDGE_OK;
	/* A part that was adopted works on as before; what is new goes. */
	if (!bridge->adopted)
		bridge_restore(bridge);
	return ret == -EPERM ? BRIDGE_PRIVILEGE : ret == -EBUSY ? BRIDGE_STATE : BRIDGE_FAILED;
}
