/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/own_server.h"

#include "bridge/policy/dhcp_server.h"

#include <stdio.h>
#include <stdlib.h>

bool own_server_find(struct netdev *nd, int bridge, char text[OWN_SERVER_TEXT])
{
	struct netdev_listener *listeners = NULL;
	const struct netdev_listener *server = NULL;
	struct netdev_addr *addrs = NULL;
	char name[PROCESS_NAME_SIZE];
	size_t n_listeners, n_addrs;
	pid_t pid;

	if (netdev_udp_listeners(dhcp_server_ports, 2, &listeners, &n_listeners) == 0 &&
	    netdev_addrs(nd, &addrs, &n_addrs) == 0)
		server = dhcp_server_find(listeners, n_listeners, bridge, addrs, n_addrs);
	if (server && netdev_socket_owner(server->inode, &pid, name))
		snprintf(text, OWN_SERVER_TEXT, "%s (process %d) listens on UDP port %u", name, (int)pid, server->port);
	else if (server)
		snprintf(text, OWN_SERVER_TEXT, "a process listens on UDP port %u", server->port);
	free(listeners);
	free(addrs);
	return server;
}
