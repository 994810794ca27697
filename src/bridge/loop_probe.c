/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/loop_probe.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "bridge/station_fdb.h"
#include "netdev/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define ETHERTYPE_LOOPBACK 0x9000 /* Configuration Testing Protocol (Ethernet 2.0, 8) */
#define ETHERTYPE_ALL      0x0003

enum { MISSES_MAX = 3 };

struct probe_frame {
	uint8_t dst[6], src[6];
	uint16_t type;
	uint8_t skip_count[2], function[2]; /* 0; 1, a reply: no receiver answers it */
	uint8_t secret[LOOP_SECRET_SIZE];
	uint8_t pad[60 - 18 - LOOP_SECRET_SIZE];
};

/*
 * The socket sees the frames of all interfaces before the bridge gets them, which costs time. Otherwise it waits for the
 * ethertype of the probes, which only those cost that arrive at this host.
 */
static int listen_to(int fd, uint16_t protocol)
{
	const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol)};

	return bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

int loop_probe_open(struct bridge *bridge)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_LOOPBACK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, sizeof(struct probe_frame)),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
	struct loop_probe *probe = &bridge->loop;
	const int on = 1;
	int ret = packet_open(0);

	if (ret < 0)
		return ret;
	probe->fd = ret;
	/* A probe comes back as a received frame. Without the option the kernel clones each frame that is sent. */
	if (setsockopt(probe->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
	    setsockopt(probe->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ||
	    getrandom(probe->secret, sizeof(probe->secret), 0) != sizeof(probe->secret))
		return -errno;
	return listen_to(probe->fd, ETHERTYPE_LOOPBACK);
}

void loop_probe_close(struct bridge *bridge)
{
	if (bridge->loop.fd >= 0)
		close(bridge->loop.fd);
	bridge->loop.fd = -1;
}

bool loop_probe_send(struct bridge *bridge)
{
	struct loop_probe *probe = &bridge->loop;
	struct probe_frame frame = {.type = htons(ETHERTYPE_LOOPBACK), .function = {1, 0}};
	uint64_t now = bridge_now();

	if (probe->fd < 0 || (probe->sent && now - probe->sent < MN_NS_PER_SEC))
		return false;
	memset(frame.dst, 0xff, sizeof(frame.dst));
	mac_copy(frame.src, bridge->uplink.mac);
	memcpy(frame.secret, probe->secret, sizeof(frame.secret));
	probe->sent = now;
	probe->missed++;
	if (listen_to(probe->fd, ETHERTYPE_ALL) < 0)
		return false;
	packet_send(bridge->wire_fd, bridge->uplink.ifindex, (const uint8_t *)&frame, sizeof(frame));
	return true;
}

void loop_probe_end(struct bridge *bridge)
{
	listen_to(bridge->loop.fd, ETHERTYPE_LOOPBACK);
}

static void set_port(struct bridge *bridge, uint32_t port)
{
	bridge->config.loop_port = port;
	bridge->store->ops->config_put(bridge->store, &bridge->config);
}

/* Is it a port of the bridge, other than ours? */
static bool is_port(const struct bridge *bridge, int ifindex, struct netdev_link *link)
{
	return ifindex > 0 && ifindex != bridge->port.ifindex && ifindex != bridge->uplink.ifindex &&
	       netdev_link_by_index(bridge->nd, ifindex, link) == 0 && link->master == bridge->bridge.ifindex;
}

/*
 * Bindings that the rules learned before the port was known may be wrong: guests whose frames came back look like stations, and
 * stations at that port like guests. All stations are learned again from their next frames.
 */
static bool is_doubtful(const struct bridge *bridge, const struct mn_binding *binding)
{
	if (binding->kind == MN_GUEST)
		return !(binding->flags & MN_F_PIN) && binding->port == bridge->config.loop_port;
	return binding->kind == MN_STATION;
}

static void delete_doubtful(struct bridge *bridge)
{
	struct store *store = bridge->store;
	struct store_item *items;
	size_t count;

	if (store->ops->list(store, &items, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (is_doubtful(bridge, &items[i].binding)) {
			station_fdb_release(bridge, items[i].binding.mac);
			store->ops->del(store, &items[i].key);
		}
	free(items);
}

static void found(struct bridge *bridge, int ifindex)
{
	struct netdev_link link;

	if (!is_port(bridge, ifindex, &link))
		return;
	bridge->loop.missed = 0;
	if (bridge->config.loop_port == (uint32_t)ifindex)
		return;
	set_port(bridge, (uint32_t)ifindex);
	delete_doubtful(bridge);
	bridge_log("%s, a port of %s, leads to the network of %s, which is a loop: guests receive that network's "
		   "frames through %s only, and frames from the port are dropped (%s). Remove the port with `ip link "
		   "set %s nomaster`",
		   link.name, bridge->bridge.name, bridge->uplink.name, link.name, drop_name(DROP_LOOP), link.name);
}

void loop_probe_receive(struct bridge *bridge)
{
	enum { FRAMES_MAX = 64 }; /* before the loop serves others */
	struct loop_probe *probe = &bridge->loop;
	struct probe_frame frame;
	struct sockaddr_ll from;

	for (int i = 0; i < FRAMES_MAX; i++) {
		socklen_t size = sizeof(from);
		ssize_t len = recvfrom(probe->fd, &frame, sizeof(frame), 0, (struct sockaddr *)&from, &size);

		if (len < 0)
			return;
		if (len == sizeof(frame) && from.sll_pkttype != PACKET_OUTGOING &&
		    !memcmp(frame.secret, probe->secret, sizeof(frame.secret)))
			found(bridge, from.sll_ifindex);
	}
}

bool loop_probe_check(struct bridge *bridge)
{
	struct loop_probe *probe = &bridge->loop;
	struct netdev_link link;

	if (probe->fd < 0 || !bridge->config.loop_port)
		return false;
	if (probe->missed < MISSES_MAX && is_port(bridge, (int)bridge->config.loop_port, &link) && link.carrier)
		return true;
	bridge_log("no port of %s leads to the network of %s any more", bridge->bridge.name, bridge->uplink.name);
	set_port(bridge, 0);
	return false;
}
