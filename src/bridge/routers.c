/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/routers.h"

#include "base/mac.h"
#include "bridge/log.h"
#include "bridge/watch.h"
#include "netdev/packet.h"
#include "wire/ether.h"
#include "wire/ip.h"
#include "wire/ndp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHOWN_NS (7200 * MN_NS_PER_SEC)
#define LOOK_UP_NS \
	(MN_NS_PER_SEC / 10) /* between two new routers among the guests: a flood must not read the FDB for each */

enum { FRAME_MAX = 1514, FRAMES_AT_ONCE = 32 };

/* The ethertype, not all: the frames of guests to each other and to the network never come to this socket. */
static int listen_to_ip6(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETHER_HLEN + 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_N_ICMP6, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETHER_HLEN + 40),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_RA, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, FRAME_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
	const struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IP6)};
	const int on = 1;

	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ||
	    bind(fd, (const struct sockaddr *)&all, sizeof(all)) < 0)
		return -errno;
	return 0;
}

int routers_open(struct bridge *bridge)
{
	int ret = packet_open(0);

	if (ret < 0)
		return ret;
	bridge->router_fd = ret;
	return listen_to_ip6(ret);
}

void routers_close(struct bridge *bridge)
{
	if (bridge->router_fd >= 0)
		close(bridge->router_fd);
	bridge->router_fd = -1;
}

/* The row of the sender, or of the one that was silent for the longest time. */
static struct bridge_router *row_of(struct bridge_router rows[BRIDGE_ROUTERS], const uint8_t source[6])
{
	struct bridge_router *row = &rows[0];

	for (size_t i = 0; i < BRIDGE_ROUTERS; i++) {
		if (rows[i].time && mac_equal(rows[i].said.source, source))
			return &rows[i];
		if (rows[i].time < row->time)
			row = &rows[i];
	}
	return row;
}

static void note(struct bridge *bridge, bool guest, const struct advertisement *said)
{
	struct bridge_router *row = row_of(bridge->routers[guest], said->source);
	bool known = row->time && mac_equal(row->said.source, said->source);
	uint64_t now = bridge_now();
	uint32_t port = guest ? row->port : 0;

	if (guest && (!known || now - row->time > LOOK_UP_NS)) {
		if (!known && now - bridge->router_looked_up < LOOK_UP_NS)
			return;
		bridge->router_looked_up = now;
		port = bridge_port_of(bridge, said->source);
	}
	if (guest && (!port || port == UINT32_MAX))
		return; /* of the network, which is also heard at the uplink; or of this host */
	*row = (struct bridge_router){.said = *said, .port = port, .time = now, .count = known ? row->count + 1 : 1};
}

void routers_receive(struct bridge *bridge)
{
	struct advertisement said;
	uint8_t frame[FRAME_MAX];
	struct sockaddr_ll from;

	for (int i = 0; i < FRAMES_AT_ONCE; i++) {
		socklen_t from_size = sizeof(from);
		ssize_t size =
			recvfrom(bridge->router_fd, frame, sizeof(frame), 0, (struct sockaddr *)&from, &from_size);

		if (size < 0)
			return;
		if ((from.sll_ifindex == bridge->uplink.ifindex || from.sll_ifindex == bridge->bridge.ifindex) &&
		    advertisement_read(&said, frame, (size_t)size))
			note(bridge, from.sll_ifindex == bridge->bridge.ifindex, &said);
	}
}

static json_t *prefixes_json(const struct advertisement *said)
{
	json_t *list = json_array();

	for (size_t i = 0; i < said->n_prefixes; i++) {
		char addr[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 4];

		inet_ntop(AF_INET6, said->prefixes[i].addr, addr, sizeof(addr));
		snprintf(text, sizeof(text), "%s/%d", addr, said->prefixes[i].length);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *row_json(const struct bridge_router *row, bool guest, const char *port)
{
	static const char *const preferences[] = {"low", "medium", "high"};
	char router[INET6_ADDRSTRLEN], mac[MAC_TEXT_SIZE];

	inet_ntop(AF_INET6, row->said.router, router, sizeof(router));
	return json_pack("{s:s, s:s, s:b, s:s?, s:i, s:s, s:o, s:I, s:I}", "address", router, "mac",
			 mac_format(mac, row->said.mac), "guest", guest, "port", port, "lifetime_s",
			 row->said.lifetime_s, "preference", preferences[row->said.preference + 1], "prefixes",
			 prefixes_json(&row->said), "seen_s", (json_int_t)((bridge_now() - row->time) / MN_NS_PER_SEC),
			 "count", (json_int_t)row->count);
}

json_t *routers_json(const struct bridge *bridge)
{
	uint64_t now = bridge_now();
	struct netdev_link *links = NULL;
	json_t *list = json_array();
	size_t count = 0;

	for (int guest = 0; guest < 2; guest++)
		for (size_t i = 0; i < BRIDGE_ROUTERS; i++) {
			const struct bridge_router *row = &bridge->routers[guest][i];

			if (!row->time || now - row->time > SHOWN_NS)
				continue;
			if (guest && !links)
				netdev_links(bridge->nd, &links, &count);
			json_array_append_new(list, row_json(row, guest,
							     guest ? netdev_link_name_in(links, count, (int)row->port)
								   : bridge->uplink.name));
		}
	free(links);
	return list;
}
