/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests over netlink, on a dummy interface in a network namespace of the test. Without the privilege to make one,
 * only the tests that need none run.
 */
#include "unit.h"

#include "netdev/fdb.h"
#include "netdev/firewall_probe.h"
#include "netdev/genl_family.h"
#include "netdev/neigh.h"
#include "netdev/netlink.h"
#include "netdev/rtnl.h"
#include "netdev/rtnl_read.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint8_t router[4] = {10, 9, 0, 1}, router_mac[6] = {2, 0, 0, 0, 9, 1};

/* Puts the process into a network namespace with a bridge "br9". */
static int set_up_namespace(void **state)
{
	struct netdev *nd;
	struct netdev_link link;

	*state = NULL;
	if (unshare(CLONE_NEWNET) < 0)
		return 0;
	if (netdev_open(&nd) < 0 || netdev_bridge_create(nd, "br9") < 0 || netdev_link_by_name(nd, "br9", &link) < 0 ||
	    netdev_set_flags(nd, link.ifindex, IFF_UP, IFF_UP) < 0)
		return -1;
	*state = nd;
	return 0;
}

static int tear_down_namespace(void **state)
{
	netdev_close(*state);
	return 0;
}

static int bridge_ifindex(struct netdev *nd)
{
	struct netdev_link link;

	assert_int_equal(netdev_link_by_name(nd, "br9", &link), 0);
	return link.ifindex;
}

static void add_neighbour(struct netdev *nd, const uint8_t ip[4], const uint8_t mac[6], uint16_t neigh_state)
{
	struct ndmsg header = {.ndm_family = AF_INET, .ndm_ifindex = bridge_ifindex(nd), .ndm_state = neigh_state};
	struct nl_msg *msg = netlink_message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof(header));

	assert_non_null(msg);
	assert_int_equal(nla_put(msg, NDA_DST, 4, ip), 0);
	assert_int_equal(nla_put(msg, NDA_LLADDR, 6, mac), 0);
	assert_int_equal(netlink_request(&nd->netlink, msg, NULL, NULL), 0);
}

static void refused_request_returns_errno_and_explanation(void **state)
{
	struct netdev *nd = *state;
	int ret;

	if (!nd)
		skip();
	ret = netdev_set_mtu(nd, bridge_ifindex(nd), 1 << 30);
	assert_int_equal(ret, -EINVAL);
	assert_string_equal(netdev_reason(nd, ret), "mtu greater than device maximum");
	ret = netdev_bridge_create(nd, "br9");
	assert_int_equal(ret, -EEXIST);
	assert_string_equal(netdev_reason(nd, ret), strerror(EEXIST));
	assert_int_equal(netdev_link_delete(nd, 9999), -ENODEV);
}

static void message_without_memory_returns_enomem(void **state)
{
	struct netdev *nd = *state;

	if (!nd)
		skip();
	assert_int_equal(netlink_request(&nd->netlink, NULL, NULL, NULL), -ENOMEM);
}

static void unknown_protocol_returns_errno(void **state)
{
	struct netlink netlink;

	(void)state;
	assert_int_equal(netlink_open(&netlink, 31), -EPROTONOSUPPORT);
	netlink_close(&netlink);
}

static int refuse_message(struct nlmsghdr *nlh, void *arg)
{
	unsigned *count = arg;

	if (nlh)
		++*count;
	return nlh ? -EBADMSG : 0;
}

/* The parser refuses the first link; the rest of the dump must not be taken for the answer to the next request. */
static void parser_error_ends_request_and_next_one_works(void **state)
{
	struct netdev *nd = *state;
	struct ifinfomsg ifi = {.ifi_family = AF_UNSPEC};
	unsigned count = 0;

	if (!nd)
		skip();
	assert_int_equal(netlink_dump(&nd->netlink, RTM_GETLINK, &ifi, sizeof(ifi), refuse_message, &count), -EBADMSG);
	assert_int_equal(count, 1);
	assert_true(bridge_ifindex(nd) > 0);
}

static const uint8_t new_mac[6] = {2, 0, 0, 0, 9, 9};

static void neighbour_moves_unless_it_is_permanent(void **state)
{
	struct netdev *nd = *state;
	const uint8_t failed[4] = {10, 9, 0, 2}, unknown[4] = {10, 9, 0, 3}, permanent[4] = {10, 9, 0, 4};
	uint8_t found[16];
	int ifindex;

	if (!nd)
		skip();
	ifindex = bridge_ifindex(nd);
	add_neighbour(nd, permanent, router_mac, NUD_PERMANENT);
	add_neighbour(nd, failed, router_mac, NUD_FAILED);
	assert_int_equal(netdev_neighbour_moved(nd, ifindex, AF_INET, permanent, new_mac), 0);
	assert_int_equal(netdev_neighbour_moved(nd, ifindex, AF_INET, failed, new_mac), -ENOENT);
	assert_int_equal(netdev_neighbour_moved(nd, ifindex, AF_INET, unknown, new_mac), -ENOENT);
	assert_int_equal(netdev_neighbour_by_mac(nd, ifindex, AF_INET, new_mac, found), -ENOENT);
	add_neighbour(nd, router, router_mac, NUD_STALE);
	assert_int_equal(netdev_neighbour_moved(nd, ifindex, AF_INET, router, new_mac), 0);
	assert_int_equal(netdev_neighbour_by_mac(nd, ifindex, AF_INET, new_mac, found), 0);
	assert_memory_equal(found, router, 4);
}

static void neighbour_is_found_in_large_table(void **state)
{
	struct netdev *nd = *state;
	uint8_t ip[4] = {10, 8, 0, 0}, mac[6] = {2, 0, 0, 8, 0, 0}, found[16];

	if (!nd)
		skip();
	for (int i = 0; i < 500; i++) {
		ip[2] = mac[4] = (uint8_t)(i >> 8);
		ip[3] = mac[5] = (uint8_t)i;
		add_neighbour(nd, ip, mac, NUD_STALE);
	}
	assert_int_equal(netdev_neighbour_by_mac(nd, bridge_ifindex(nd), AF_INET, mac, found), 0);
	assert_memory_equal(found, ip, 4);
}

static void fdb_lookup_finds_own_and_unknown_addresses(void **state)
{
	struct netdev *nd = *state;
	struct netdev_link link;
	struct fdb_socket fdb;

	if (!nd)
		skip();
	assert_int_equal(netdev_link_by_name(nd, "br9", &link), 0);
	assert_int_equal(fdb_open(&fdb), 0);
	assert_int_equal(fdb_port(&fdb, link.ifindex, router_mac, 0), -ENOENT);
	assert_int_equal(fdb_port(&fdb, link.ifindex, link.mac, 0), 0);
	fdb_close(&fdb);
	assert_true(netdev_fdb_port(nd, link.ifindex, link.mac) < 0);
}

/* A veth as a port of br9, with a guest's learned entry at its port, which the watch must not report. */
static int add_port(struct netdev *nd)
{
	const uint8_t mac[6] = {2, 0, 0, 0, 7, 1};
	struct netdev_link port;

	assert_int_equal(netdev_veth_create(nd, "v9", mac, "v9p"), 0);
	assert_int_equal(netdev_link_by_name(nd, "v9p", &port), 0);
	assert_int_equal(netdev_set_master(nd, port.ifindex, bridge_ifindex(nd)), 0);
	assert_int_equal(netdev_set_flags(nd, port.peer, IFF_UP, IFF_UP), 0);
	assert_int_equal(netdev_set_flags(nd, port.ifindex, IFF_UP, IFF_UP), 0); /* it must forward to learn */
	return port.ifindex;
}

static int try_add_learned(struct netdev *nd, int port, const uint8_t mac[6])
{
	struct ndmsg header = {
		.ndm_family = AF_BRIDGE, .ndm_ifindex = port, .ndm_state = NUD_REACHABLE, .ndm_flags = NTF_MASTER};
	struct nl_msg *msg = netlink_message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof(header));

	assert_non_null(msg);
	assert_int_equal(nla_put(msg, NDA_LLADDR, 6, mac), 0);
	return netlink_request(&nd->netlink, msg, NULL, NULL);
}

static void add_learned(struct netdev *nd, int port, const uint8_t mac[6])
{
	int ret;

	/* Refused until the port forwards, soon after both ends of the veth are up. */
	while ((ret = try_add_learned(nd, port, mac)) == -EPERM)
		usleep(1000);
	assert_int_equal(ret, 0);
}

static void fixed_fdb_entries_are_listed_watched_and_deleted(void **state)
{
	const uint8_t learned[6] = {2, 0, 0, 0, 7, 2};
	struct netdev *nd = *state;
	struct fdb_entry entry;
	uint8_t(*macs)[6];
	size_t count;
	int bridge, port, watch;

	if (!nd)
		skip();
	bridge = bridge_ifindex(nd);
	port = add_port(nd);
	watch = fdb_watch_open();
	assert_true(watch >= 0);
	add_learned(nd, port, learned);
	assert_false(netlink_watch_drain(watch));
	assert_int_equal(netdev_fdb_entry(nd, bridge, learned, &entry), 0);
	assert_true(entry.port == port && !entry.fixed);
	assert_int_equal(netdev_fdb_entry(nd, bridge, router_mac, &entry), -ENOENT);
	assert_int_equal(netdev_fdb_set_sticky(nd, port, router_mac), 0);
	assert_true(netlink_watch_drain(watch));
	assert_int_equal(netdev_fdb_entry(nd, bridge, router_mac, &entry), 0);
	assert_true(entry.port == port && entry.fixed);
	assert_int_equal(netdev_fdb_list_fixed(nd, bridge, port, &macs, &count), 0);
	assert_int_equal(count, 1);
	assert_memory_equal(macs[0], router_mac, 6);
	free(macs);
	assert_int_equal(netdev_fdb_delete(nd, port, router_mac), 0);
	assert_true(netlink_watch_drain(watch));
	assert_int_equal(netdev_fdb_entry(nd, bridge, router_mac, &entry), -ENOENT);
	assert_int_equal(netdev_fdb_list_fixed(nd, bridge, port, &macs, &count), 0);
	assert_int_equal(count, 0);
	close(watch);
}

static void neighbour_is_found_by_mac_address(void **state)
{
	const uint8_t mac[6] = {2, 0, 0, 0, 9, 7}, ip[4] = {10, 9, 0, 7}, unknown[6] = {2, 0, 0, 0, 9, 8};
	struct netdev *nd = *state;
	uint8_t found[16];

	if (!nd)
		skip();
	add_neighbour(nd, ip, mac, NUD_STALE);
	assert_int_equal(netdev_neighbour_by_mac(nd, bridge_ifindex(nd), AF_INET, mac, found), 0);
	assert_memory_equal(found, ip, 4);
	assert_int_equal(netdev_neighbour_by_mac(nd, bridge_ifindex(nd), AF_INET, unknown, found), -ENOENT);
	assert_int_equal(netdev_neighbour_by_mac(nd, bridge_ifindex(nd), AF_INET6, mac, found), -ENOENT);
}

static void add_route(struct netdev *nd, const uint8_t network[4], uint8_t bits, const uint8_t gateway[4])
{
	struct rtmsg header = {.rtm_family = AF_INET,
			       .rtm_dst_len = bits,
			       .rtm_table = RT_TABLE_MAIN,
			       .rtm_type = RTN_UNICAST,
			       .rtm_scope = RT_SCOPE_UNIVERSE};
	struct nl_msg *msg = netlink_message(RTM_NEWROUTE, NLM_F_CREATE, &header, sizeof(header));

	assert_non_null(msg);
	assert_int_equal(nla_put(msg, RTA_DST, 4, network), 0);
	assert_int_equal(nla_put_u32(msg, RTA_OIF, (uint32_t)bridge_ifindex(nd)), 0);
	assert_int_equal(nla_put(msg, RTA_GATEWAY, 4, gateway), 0);
	assert_int_equal(netlink_request(&nd->netlink, msg, NULL, NULL), 0);
}

static void add_address(struct netdev *nd, const uint8_t ip[4])
{
	struct ifaddrmsg header = {
		.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = (uint32_t)bridge_ifindex(nd)};
	struct nl_msg *msg = netlink_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof(header));

	assert_non_null(msg);
	assert_int_equal(nla_put(msg, IFA_LOCAL, 4, ip), 0);
	assert_int_equal(netlink_request(&nd->netlink, msg, NULL, NULL), 0);
}

static void routes_are_listed_with_network_and_next_hop(void **state)
{
	const uint8_t own[4] = {10, 9, 0, 254}, connected[4] = {10, 9, 0, 0}, routed[4] = {10, 20, 0, 0};
	struct netdev *nd = *state;
	struct netdev_route *routes;
	bool has_connected = false, has_routed = false;
	size_t count;

	if (!nd)
		skip();
	add_address(nd, own); /* with its connected route */
	add_route(nd, routed, 16, router);
	assert_int_equal(netdev_routes(nd, &routes, &count), 0);
	for (size_t i = 0; i < count; i++) {
		const struct netdev_route *route = &routes[i];

		if (route->family != AF_INET || route->ifindex != bridge_ifindex(nd))
			continue;
		has_connected |= route->prefix_length == 24 && !route->gateway_family &&
				 !memcmp(route->destination, connected, 4);
		has_routed |= route->prefix_length == 16 && route->gateway_family == AF_INET &&
			      !memcmp(route->destination, routed, 4) && !memcmp(route->gateway, router, 4);
	}
	free(routes);
	assert_true(has_connected && has_routed);
}

static void watch_reports_changes_of_links(void **state)
{
	struct netdev *nd = *state;
	int fd, ifindex;

	if (!nd)
		skip();
	ifindex = bridge_ifindex(nd);
	fd = netdev_watch_open();
	assert_true(fd >= 0);
	assert_false(netdev_watch_drain(fd));
	assert_int_equal(netdev_set_flags(nd, ifindex, 0, IFF_UP), 0);
	assert_true(netdev_watch_drain(fd));
	assert_int_equal(netdev_set_flags(nd, ifindex, IFF_UP, IFF_UP), 0);
	close(fd);
}

/* A report source that is never empty: the drain must return, and leave the descriptor readable. */
static void drain_of_many_reports_is_bounded(void **state)
{
	int pair[2], size = 1 << 20;
	unsigned sent = 0;
	uint8_t report;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	while (send(pair[0], "r", 1, MSG_DONTWAIT) == 1)
		sent++;
	if (sent <= 256) {
		close(pair[0]);
		close(pair[1]);
		skip();
	}
	firewall_watch_drain(pair[1]);
	assert_int_equal(recv(pair[1], &report, 1, MSG_DONTWAIT), 1);
	close(pair[0]);
	for (unsigned i = 0; i < sent; i++)
		firewall_watch_drain(pair[1]); /* also at the end of the stream, where recv() returns 0 each time */
	close(pair[1]);
}

static void family_of_generic_netlink_is_found_with_its_groups(void **state)
{
	struct netlink netlink;
	struct genl_family family;

	(void)state;
	assert_int_equal(netlink_open(&netlink, NETLINK_GENERIC), 0);
	assert_int_equal(genl_family_find(&netlink, "nlctrl", &family), 0);
	assert_int_equal(family.id, GENL_ID_CTRL);
	assert_int_equal(genl_family_group(&family, "notify"), GENL_ID_CTRL);
	assert_int_equal(genl_family_group(&family, "notif"), 0);
	assert_int_equal(genl_family_find(&netlink, "no such family", &family), -EOPNOTSUPP);
	assert_int_equal(family.id, 0);
	netlink_close(&netlink);
}

static void drain_returns_whether_something_was_reported(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	assert_false(netdev_watch_drain(pair[1]));
	assert_int_equal(send(pair[0], "r", 1, 0), 1);
	assert_true(netdev_watch_drain(pair[1]));
	assert_false(netdev_watch_drain(pair[1]));
	close(pair[0]);
	close(pair[1]);
}

/* Sends a report about a link with one attribute. */
static void send_link_report(int fd, int attribute)
{
	struct ifinfomsg link = {.ifi_index = 2};
	struct nl_msg *message = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	struct nlmsghdr *header;

	assert_non_null(message);
	assert_int_equal(nlmsg_append(message, &link, sizeof(link), NLMSG_ALIGNTO), 0);
	assert_int_equal(nla_put(message, attribute, 4, "wlan"), 0);
	header = nlmsg_hdr(message);
	assert_int_equal(send(fd, header, header->nlmsg_len, 0), header->nlmsg_len);
	nlmsg_free(message);
}

/* A station has several of them at each connection. */
static void event_of_the_wireless_extensions_is_no_change(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	send_link_report(pair[0], IFLA_WIRELESS);
	send_link_report(pair[0], IFLA_WIRELESS);
	assert_false(netdev_watch_drain(pair[1]));
	send_link_report(pair[0], IFLA_WIRELESS);
	send_link_report(pair[0], IFLA_IFNAME);
	assert_true(netdev_watch_drain(pair[1]));
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_request_returns_errno_and_explanation),
		cmocka_unit_test(message_without_memory_returns_enomem),
		cmocka_unit_test(unknown_protocol_returns_errno),
		cmocka_unit_test(parser_error_ends_request_and_next_one_works),
		cmocka_unit_test(neighbour_moves_unless_it_is_permanent),
		cmocka_unit_test(neighbour_is_found_in_large_table),
		cmocka_unit_test(fdb_lookup_finds_own_and_unknown_addresses),
		cmocka_unit_test(fixed_fdb_entries_are_listed_watched_and_deleted),
		cmocka_unit_test(neighbour_is_found_by_mac_address),
		cmocka_unit_test(routes_are_listed_with_network_and_next_hop),
		cmocka_unit_test(watch_reports_changes_of_links),
		cmocka_unit_test(family_of_generic_netlink_is_found_with_its_groups),
		cmocka_unit_test(drain_of_many_reports_is_bounded),
		cmocka_unit_test(drain_returns_whether_something_was_reported),
		cmocka_unit_test(event_of_the_wireless_extensions_is_no_change),
	};

	return cmocka_run_group_tests(tests, set_up_namespace, tear_down_namespace);
}
