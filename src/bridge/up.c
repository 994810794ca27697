/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/up.h"

#include "base/mac.h"
#include "bridge/await.h"
#include "bridge/config.h"
#include "bridge/down.h"
#include "bridge/host_facts.h"
#include "bridge/log.h"
#include "bridge/loop_probe.h"
#include "bridge/routers.h"
#include "bridge/names.h"
#include "bridge/port_bounce.h"
#include "bridge/prepare.h"
#include "bridge/policy/port_kind.h"
#include "bridge/resume.h"
#include "bridge/shortcut_ports.h"
#include "bridge/snapshot.h"
#include "bridge/state.h"
#include "bridge/station_fdb.h"
#include "bridge/veth.h"
#include "bridge/watch.h"
#include "netdev/packet.h"
#include "netdev/sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	/*
	 * A bridge whose MAC address was set does not adopt that of a port. Without automatic IPv6 addresses it
	 * sends nothing by itself.
	 */
	if (ret == 0)
		ret = netdev_set_mac(bridge->nd, br->ifindex, br->mac);
	if (ret == 0)
		ret = netdev_quiet_ipv6(br->name, false);
	return ret == 0 ? netdev_set_flags(bridge->nd, br->ifindex, IFF_UP, IFF_UP) : ret;
}

static int join_bridge(struct bridge *bridge)
{
	struct netdev_link *links;
	size_t count;
	int mtu, ret = netdev_links(bridge->nd, &links, &count);

	if (ret < 0)
		return ret;
	mtu = bridge_port_mtu(links, count, &bridge->uplink, &bridge->bridge, bridge->port.ifindex);
	if (!bridge->uplink.ifindex && mtu < bridge->bridge.mtu)
		mtu = bridge->bridge.mtu;
	free(links);
	ret = netdev_set_mtu(bridge->nd, bridge->port.ifindex, mtu);
	if (ret == 0)
		ret = netdev_set_mtu(bridge->nd, bridge->veth.ifindex, mtu);
	if (ret == 0 && bridge->port.master != bridge->bridge.ifindex)
		ret = netdev_set_master(bridge->nd, bridge->port.ifindex, bridge->bridge.ifindex);
	return ret == 0 ? netdev_set_flags(bridge->nd, bridge->port.ifindex, IFF_UP, IFF_UP) : ret;
}

/*
 * Looks for the remains of an earlier `up`. Returns 1 with a kernel part to adopt, 0 without one, or a negative errno.
 */
static int find_leftovers(struct bridge *bridge, struct kernel_part *old, struct error *error)
{
	struct netdev_link veth;
	struct journal journal;
	int ret;

	if (bridge->uplink.ifindex)
		bridge_veth_delete_orphans(bridge->nd, bridge->uplink.ifindex);
	if (bridge_veth_find(bridge->nd, bridge->conf->uplink, &veth, &journal) == 0) {
		bridge->veth = veth;
		bridge->journal = journal;
		port_bounce_end(bridge->nd, &bridge->journal);
		if (netdev_link_by_index(bridge->nd, veth.peer, &bridge->port) < 0)
			memset(&bridge->port, 0, sizeof(bridge->port));
	}
	ret = kernel_part_find(old, bridge->uplink.ifindex, bridge->port.ifindex);
	/*
	 * Without the permission or the support for eBPF there is no kernel part; the engine reports that if it needs
	 * one.
	 */
	if (ret == -ENOENT || ret == -EPERM || ret == -ENOSYS)
		return 0;
	if (ret < 0) {
		/* The caller must not undo what is in use. */
		memset(&bridge->veth, 0, sizeof(bridge->veth));
		memset(&bridge->journal, 0, sizeof(bridge->journal));
		return error_set(error, ret, "cannot read the eBPF programs on %s: %s", bridge->conf->uplink,
				 strerror(-ret));
	}
	return 1;
}

static int open_sockets(struct bridge *bridge, struct error *error)
{
	int ret;

	bridge->packet_fd = packet_open(0);
	if (bridge->packet_fd < 0)
		return error_set(error, bridge->packet_fd, "cannot open a packet socket: %s",
				 strerror(-bridge->packet_fd));
	bridge->wire_fd = packet_open(MN_MARK);
	if (bridge->wire_fd < 0)
		return error_set(error, bridge->wire_fd, "cannot open a packet socket with a mark: %s",
				 strerror(-bridge->wire_fd));
	ret = loop_probe_open(bridge);
	if (ret < 0)
		return error_set(error, ret, "cannot open a packet socket for probes: %s", strerror(-ret));
	ret = routers_open(bridge);
	if (ret < 0)
		return error_set(error, ret, "cannot open a packet socket for router advertisements: %s",
				 strerror(-ret));
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

/* The journal records a change before it is made, so that it can be undone however this process ends. */
static void plan_changes(struct bridge *bridge)
{
	struct journal *journal = &bridge->journal;

	snprintf(journal->uplink, sizeof(journal->uplink), "%s", bridge->conf->uplink);
	snprintf(journal->bridge, sizeof(journal->bridge), "%s", bridge->conf->bridge);
	if (!bridge->bridge.ifindex)
		journal->made_bridge = true;
	else if (!(bridge->bridge.flags & IFF_UP))
		journal->made_up = true;
	if (!bridge->uplink.ifindex)
		return;
	if (!(bridge->uplink.flags & IFF_ALLMULTI))
		journal->made_allmulti = true;
	if (bridge->conf->engine != BRIDGE_ENGINE_USER && !attach_has_qdisc(bridge->uplink.ifindex))
		journal->made_qdisc =
			attach_method(bridge->conf) == ATTACH_CLSACT || !attach_has_tcx(bridge->uplink.ifindex);
}

/* A port that leads out of this machine may lead to the uplink's network, which makes a loop (rule 37). */
static void warn_of_ports(const struct bridge *bridge)
{
	struct netdev_link *links;
	size_t count;

	if (netdev_links(bridge->nd, &links, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (links[i].master == bridge->bridge.ifindex && port_leads_out(&links[i]))
			bridge_log("%s is a port of %s and leads out of this machine: if it leads to the network of "
				   "%s, the two form a loop; remove the port with `ip link set %s nomaster`",
				   links[i].name, bridge->bridge.name, bridge->uplink.name, links[i].name);
	free(links);
}

/* Why links cannot be created or configured, with a remedy where there is one. */
static const char *link_reason(const struct bridge *bridge, int ret)
{
	if (ret == -EROFS)
		return "/proc/sys is read-only, as in a container; run `mount -o remount,rw /proc/sys`, or give the "
		       "container a "
		       "writable one (docker run --privileged, lxc.mount.auto = proc:rw)";
	if (ret == -ENOSYS)
		return "/proc is not mounted, as in a plain chroot; run `mount -t proc proc /proc`";
	return netdev_reason(bridge->nd, ret);
}

static int create_links(struct bridge *bridge, struct error *error)
{
	int ret;

	plan_changes(bridge);
	bridge->veth_kept = bridge->veth.ifindex && bridge->port.ifindex;
	ret = bridge->veth_kept ? bridge_veth_write_journal(bridge) : bridge_veth_create(bridge);
	if (ret < 0)
		return error_set(error, ret, "cannot create the uplink veth: %s", link_reason(bridge, ret));
	/* A mark of the user-space engine, which sets it again. */
	if (bridge->veth.flags & IFF_NOARP)
		netdev_set_flags(bridge->nd, bridge->veth.ifindex, 0, IFF_NOARP);
	ret = create_bridge(bridge);
	if (ret < 0)
		return error_set(error, ret, "cannot create the bridge %s or set it up: %s", bridge->conf->bridge,
				 link_reason(bridge, ret));
	if (bridge->uplink.ifindex && !(bridge->uplink.flags & IFF_ALLMULTI))
		ret = netdev_set_flags(bridge->nd, bridge->uplink.ifindex, IFF_ALLMULTI, IFF_ALLMULTI);
	if (ret == 0)
		ret = join_bridge(bridge);
	if (ret < 0)
		return error_set(error, ret, "cannot make %s a port of %s: %s", bridge->port.name, bridge->bridge.name,
				 link_reason(bridge, ret));
	warn_of_ports(bridge);
	return 0;
}

/* Starts the user-space engine, after it has removed the programs that a killed vifi left. */
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
	char limits[USER_ENGINE_LIMITS];
	int ret = 0;

	bridge->adopted = false;
	if (old) {
		shortcut_ports_detach(bridge->nd, old);
		ret = kernel_part_down(old, bridge->uplink.ifindex, false);
	}
	if (ret < 0)
		return error_set(error, ret, "cannot remove the eBPF programs on %s: %s", bridge->uplink.name,
				 strerror(-ret));
	bridge->config.flags |= MN_CONFIG_GUESSED_PORT;
	ret = user_engine_start(&bridge->user_engine, &links, &bridge->config, limits, error);
	if (ret < 0)
		return ret;
	if (limits[0])
		bridge_log("%s", limits);
	bridge->store = user_engine_store(bridge->user_engine);
	return 0;
}

static int load_programs(struct bridge *bridge, struct kernel_part *old, struct error *error)
{
	struct kernel_part part;
	int ret;

	bridge_fill_config(bridge);
	if (bridge->conf->engine == BRIDGE_ENGINE_USER)
		return start_user_engine(bridge, old, error);
	ret = kernel_part_load(&part, old, attach_method(bridge->conf), &bridge->config, error);
	if (ret < 0 && bridge->conf->engine == BRIDGE_ENGINE_AUTO && !old) {
		bridge_log("%s", error->text);
		bridge_log("falling back to the slower user-space engine (--engine=user)");
		return start_user_engine(bridge, NULL, error);
	}
	if (ret < 0)
		return ret;
	bridge->part = part;
	bridge->store = store_maps_open(&bridge->part);
	if (!bridge->store)
		return error_set(error, -errno, "cannot open the tables: %s", bridge_tables_reason(errno));
	return 0;
}

/*
 * Fills the tables before the programs use them, so that a restart with new tables loses no frame. `uplink_mac` becomes
 * the uplink's MAC address of the time when the bindings were last in use.
 */
static void fill_tables(struct bridge *bridge, const struct kernel_part *old, uint8_t uplink_mac[6])
{
	struct bridge_snapshot snapshot;
	bool taken = bridge_snapshot_take(&snapshot, bridge->nd);

	mac_copy(uplink_mac, bridge->uplink.mac);
	if (!old || !bridge->part.adopted_maps)
		bridge_state_load(bridge, &snapshot, uplink_mac);
	if (old)
		mac_copy(uplink_mac, old->config.uplink_mac);
	if (old && old->config.uplink != bridge->config.uplink)
		bridge_forget_stations(bridge);
	if (taken)
		host_facts_apply(bridge, &snapshot);
	bridge_snapshot_free(&snapshot);
}

static int attach_programs(struct bridge *bridge, struct kernel_part *old, struct error *error)
{
	int ret;

	if (bridge->user_engine)
		return 0;
	ret = kernel_part_attach(&bridge->part, old, error);
	if (ret == 0 && old && !bridge->part.adopted_maps)
		shortcut_ports_succeed(bridge->nd, &bridge->part, old);
	return ret;
}

/* The carrier state starts with the earlier MAC address of the uplink, so that the first comparison sees a change. */
static int reconcile_first(struct bridge *bridge, const uint8_t uplink_mac[6], struct error *error)
{
	unsigned actions = carrier_start(&bridge->carrier, (enum carrier_policy)bridge->conf->carrier,
					 bridge->uplink.carrier, uplink_mac, bridge_now());
	bool up = actions & CARRIER_VETH_UP;

	station_fdb_adopt(bridge);
	/* Guests have the network from here on; the comparison attaches programs to their ports, which takes longer. */
	if (netdev_set_flags(bridge->nd, bridge->veth.ifindex, up ? IFF_UP : 0, IFF_UP) < 0 ||
	    !bridge_reconcile(bridge, &bridge->carrier_actions))
		return error_set(error, -ENODEV, "%s or %s disappeared during the set-up", bridge->conf->uplink,
				 bridge->conf->bridge);
	return 0;
}

/* Everything that needs the uplink. */
static int connect_uplink(struct bridge *bridge, struct kernel_part *old, struct error *error)
{
	uint8_t uplink_mac[6];
	int ret = create_links(bridge, error);

	if (ret == 0)
		ret = load_programs(bridge, old, error);
	if (ret < 0)
		return ret;
	fill_tables(bridge, bridge->adopted ? old : NULL, uplink_mac);
	ret = attach_programs(bridge, bridge->adopted ? old : NULL, error);
	return ret == 0 ? reconcile_first(bridge, uplink_mac, error) : ret;
}

/*
 * Waits for the uplink. The bridge exists meanwhile, so that guests can start. Returns 0, also when the wait was ended,
 * or a negative errno with an error.
 */
static int wait_for_uplink(struct bridge *bridge, struct error *error)
{
	int ret = create_links(bridge, error);

	if (ret < 0)
		return ret;
	netdev_set_flags(bridge->nd, bridge->veth.ifindex, 0, IFF_UP);
	bridge->stopped = !bridge_await(bridge);
	if (bridge->stopped)
		return 0;
	return netdev_link_by_index(bridge->nd, bridge->bridge.ifindex, &bridge->bridge) < 0
		       ? error_set(error, -ENODEV, "%s was deleted", bridge->conf->bridge)
		       : 0;
}

static int bring_up(struct bridge *bridge, struct error *error)
{
	struct kernel_part old;
	int ret, found = find_leftovers(bridge, &old, error);

	if (found < 0)
		return found;
	bridge->adopted = found == 1;
	ret = open_sockets(bridge, error);
	if (ret == 0 && !bridge->uplink.ifindex)
		ret = wait_for_uplink(bridge, error);
	if (ret == 0 && !bridge->stopped)
		ret = connect_uplink(bridge, found == 1 ? &old : NULL, error);
	if (found == 1)
		kernel_part_close(&old);
	return ret;
}

enum bridge_result bridge_up(struct bridge *bridge, struct bridge_conf *conf, const struct bridge_command_line *line,
			     struct error *error)
{
	enum bridge_result result;
	int ret;

	memset(bridge, 0, sizeof(*bridge));
	bridge->conf = bridge->conf_storage = conf;
	bridge->command_line = line;
	bridge->packet_fd = bridge->wire_fd = bridge->control_fd = bridge->loop.fd = bridge->router_fd = -1;
	kernel_part_init(&bridge->part);
	bridge->names = bridge_names_new();
	bridge->traffic = traffic_new();
	if (!bridge->names || !bridge->traffic)
		return error_set(error, BRIDGE_FAILED, "out of memory");
	firewall_files_open(&bridge->firewall_files);
	ret = netdev_open(&bridge->nd);
	if (ret < 0)
		return error_set(error, BRIDGE_FAILED, "cannot open rtnetlink: %s", strerror(-ret));
	result = bridge_prepare(bridge, error);
	if (result != BRIDGE_OK)
		return result;
	ret = bring_up(bridge, error);
	if (ret == 0)
		return BRIDGE_OK;
	/* An adopted kernel part continues as before; anything else is undone. */
	if (!bridge->adopted)
		bridge_restore(bridge);
	return ret == -EPERM ? BRIDGE_PRIVILEGE : ret == -EBUSY ? BRIDGE_STATE : BRIDGE_FAILED;
}
