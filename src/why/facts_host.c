/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/why.h"

#include "bpf/loader.h"
#include "bridge/bridge_filter.h"
#include "bridge/own_server.h"
#include "daemon/json_text.h"
#include "netdev/nft_ruleset.h"
#include "netdev/rtnl.h"
#include "netdev/sysctl.h"
#include "why/wire_frame.h"
#include "wire/ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DHCP_PORT = 67, ANSWER_MS = 100, CHAIN_MAX = 8 };

/* ---- programs ---- */

static void check_hook(struct why_programs *programs, const struct kernel_part *part, enum part_hook hook,
		       const struct netdev_link *link)
{
	struct attachment list[CHAIN_MAX];
	const struct attachment *own = &part->hooks[hook];
	int count;

	if (!link)
		return;
	if (!own->present && !programs->missing[0]) {
		snprintf(programs->missing, sizeof(programs->missing), "%s", kernel_part_program(hook));
		snprintf(programs->missing_at, sizeof(programs->missing_at), "%s", link->name);
	}
	count = own->present ? attach_list(link->ifindex, own->egress, list, CHAIN_MAX) : 0;
	if (count > 0 && list[0].prog_id && list[0].prog_id != own->prog_id && !programs->ahead) {
		programs->ahead = list[0].prog_id;
		snprintf(programs->ahead_at, sizeof(programs->ahead_at), "%s", link->name);
	}
}

/* Is there what only the user-space engine has: the veth by which it hands frames to this host? */
static bool is_user_engine(const char *veth, const struct netdev_link *links, size_t count)
{
	char name[IFNAMSIZ + 1];

	snprintf(name, sizeof(name), "%sh", veth);
	return netdev_link_named(links, count, name);
}

static void read_programs(struct why_facts *facts, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *uplink = netdev_link_named(links, count, facts->uplink),
				 *port = netdev_link_named(links, count, facts->host.uplink_port);
	const struct netdev_link *veth = port ? netdev_link_in(links, count, port->peer) : NULL;
	struct kernel_part part;
	int ret;

	if (!uplink || !port || !veth || is_user_engine(veth->name, links, count))
		return;
	ret = kernel_part_find(&part, uplink->ifindex, port->ifindex);
	if (ret == 0 || ret == -ENOENT) {
		check_hook(&facts->host.programs, &part, PART_FROM_WIRE, uplink);
		check_hook(&facts->host.programs, &part, PART_FROM_HOST, uplink);
		check_hook(&facts->host.programs, &part, PART_FROM_GUEST, port);
	}
	kernel_part_close(&part);
}

/* The end of a veth whose other end has the journal of this bridge as alias. */
static void find_uplink_port(struct why_facts *facts, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *bridge = netdev_link_named(links, count, facts->bridge);
	struct why_host *host = &facts->host;

	for (size_t i = 0; bridge && i < count; i++) {
		const struct netdev_link *veth = links[i].peer ? netdev_link_in(links, count, links[i].peer) : NULL;
		bool is_port = links[i].master == bridge->ifindex;

		if (!veth || strncmp(veth->alias, "vifi-bridge ", 12) != 0 ||
		    !strncmp(links[i].alias, "vifi-bridge ", 12) ||
		    (!is_port && (links[i].master || host->veth_port[0])))
			continue;
		snprintf(host->veth_port, sizeof(host->veth_port), "%s", links[i].name);
		snprintf(host->uplink_port, sizeof(host->uplink_port), "%s", is_port ? links[i].name : "");
		host->veth_up = links[i].flags & IFF_UP;
		/* Without a connection of the uplink it has no carrier, and then does not forward. */
		host->veth_forwarding = links[i].port.forwarding || !links[i].carrier;
		host->veth_isolated = links[i].port.isolated;
		if (is_port)
			return;
	}
}

/* ---- routing ---- */

static bool covers(const struct netdev_addr *addr, const char *text)
{
	uint8_t value[16];

	return inet_pton(addr->family, text, value) == 1 && addr->prefix_length &&
	       ip_prefix_equal(addr->addr, value, addr->prefix_length);
}

static bool is_covered(const struct netdev_addr *addrs, size_t count, int ifindex, const char *text,
		       const struct netdev_addr **by)
{
	for (size_t i = 0; i < count; i++)
		if (addrs[i].ifindex == ifindex && covers(&addrs[i], text)) {
			*by = &addrs[i];
			return true;
		}
	return false;
}

/* An address of the guest in a network that this host has on the bridge, and not on the uplink. */
static void read_routed(struct why_facts *facts, struct netdev *nd, int bridge, int uplink)
{
	struct netdev_addr *addrs = NULL;
	size_t count = 0, i;
	json_t *address;

	netdev_addrs(nd, &addrs, &count);
	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		const char *text = json_text(address, "address");
		const struct netdev_addr *by, *other;
		char network[INET6_ADDRSTRLEN];
		int value = 0;

		if (facts->host.routed_network[0] || !strncmp(text, "fe80:", 5) ||
		    !is_covered(addrs, count, bridge, text, &by) || is_covered(addrs, count, uplink, text, &other))
			continue;
		inet_ntop(by->family, by->addr, network, sizeof(network));
		snprintf(facts->host.routed_network, sizeof(facts->host.routed_network), "%s/%u", network,
			 by->prefix_length);
		facts->host.routed_ip6 = by->family == AF_INET6;
		netdev_sysctl_get(facts->host.routed_ip6 ? "ipv6/conf/all/forwarding" : "ipv4/ip_forward", &value);
		facts->host.forwards = value;
	}
	free(addrs);
}

/* ---- counters of the kernel ---- */

static long long read_advertisements(const char *interface)
{
	char path[64], name[64];
	long long value, found = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/net/dev_snmp6/%s", interface);
	file = fopen(path, "re");
	while (file && fscanf(file, "%63s %lld", name, &value) == 2)
		if (!strcmp(name, "Icmp6InRouterAdvertisements"))
			found = value;
	if (file)
		fclose(file);
	return found;
}

/* ---- DHCP ---- */

/*
 * A server that listens ignores one byte; a host without one answers "port unreachable". That tells a server that has ended
 * from one that is silent to this guest.
 */
static bool is_port_closed(const char *server, struct wait_budget *budget)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(DHCP_PORT)};
	struct pollfd poll_fd = {.events = POLLIN};
	int wait_ms = wait_budget_take(budget, ANSWER_MS);
	long long start = wire_frame_now_ms();
	bool closed = false;

	poll_fd.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (poll_fd.fd < 0)
		return false;
	if (inet_pton(AF_INET, server, &to.sin_addr) == 1 &&
	    connect(poll_fd.fd, (struct sockaddr *)&to, sizeof(to)) == 0 && send(poll_fd.fd, "", 1, 0) == 1 &&
	    poll(&poll_fd, 1, wait_ms) > 0)
		closed = recv(poll_fd.fd, &(char){0}, 1, MSG_DONTWAIT) < 0 && errno == ECONNREFUSED;
	wait_budget_give_back(budget, wait_ms, wire_frame_now_ms() - start);
	close(poll_fd.fd);
	return closed;
}

/* ---- firewalls ---- */

bool why_add_rules(json_t *list, char *text)
{
	json_t *json = text ? json_loads(text, 0, NULL) : NULL;
	bool added = json_array_extend(list, json_object_get(json, "nftables")) == 0;

	json_decref(json);
	free(text);
	return added;
}

/* nftables does not show the tables of iptables-legacy. */
static void read_legacy(struct why_facts *facts)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		uint8_t ip4[4];

		if (!facts->host.has_legacy_drop && inet_pton(AF_INET, json_text(address, "address"), ip4) == 1)
			facts->host.has_legacy_drop = iptables_legacy_find_drop(&facts->host.legacy_drop, ip4);
	}
}

static void read_firewall(struct why_facts *facts, const struct netdev_link *bridge)
{
	json_t *items = json_array();

	facts->host.nf_call = bridge_filter_is_on(bridge);
	if (facts->host.nf_call)
		read_legacy(facts);
	if (why_add_rules(items, nft_link_ruleset_json()) &&
	    (!facts->host.nf_call || why_add_rules(items, nft_ruleset_json())))
		facts->host.firewall = items;
	else
		json_decref(items);
}

void why_gather_host(struct why_facts *facts, struct netdev *nd, const struct netdev_link *links, size_t count)
{
	const struct netdev_link *bridge = netdev_link_named(links, count, facts->bridge),
				 *uplink = netdev_link_named(links, count, facts->uplink);
	const char *server = why_dhcp_server(facts);

	facts->host.ra_in = read_advertisements(facts->uplink);
	find_uplink_port(facts, links, count);
	read_programs(facts, links, count);
	why_gather_links(facts, nd, links, count);
	if (bridge) {
		read_routed(facts, nd, bridge->ifindex, uplink ? uplink->ifindex : 0);
		own_server_find(nd, bridge->ifindex, facts->own_server);
		read_firewall(facts, bridge);
	}
	facts->dhcp_port_closed = server && is_port_closed(server, &facts->budget);
}
