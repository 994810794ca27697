/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/record_ports.h"

#include <unistd.h>

static void close_link(const struct record_port *port)
{
	if (port->link >= 0)
		close(port->link);
}

static bool is_bridge_port(const struct bridge *bridge, int ifindex)
{
	for (size_t i = 0; i < bridge->n_shortcut_ports; i++)
		if (bridge->shortcut_ports[i] == ifindex)
			return true;
	return false;
}

static bool has(const struct record_ports *ports, int ifindex)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->at[i].ifindex == ifindex)
			return true;
	return false;
}

void record_ports_update(struct record_ports *ports, const struct bridge *bridge, unsigned max)
{
	size_t kept = 0;

	for (size_t i = 0; i < ports->count; i++)
		if (is_bridge_port(bridge, ports->at[i].ifindex))
			ports->at[kept++] = ports->at[i];
		else
			close_link(&ports->at[i]);
	ports->count = kept;
	for (size_t i = 0; i < bridge->n_shortcut_ports && max; i++) {
		int ifindex = bridge->shortcut_ports[i];

		if (has(ports, ifindex) || ports->count == MN_PORTS_MAX)
			continue;
		ports->at[ports->count++] = (struct record_port){
			.ifindex = ifindex, .link = kernel_part_record_port(&bridge->part, ifindex)};
		max--;
	}
}

void record_ports_detach(struct record_ports *ports)
{
	for (size_t i = 0; i < ports->count; i++)
		close_link(&ports->at[i]);
	ports->count = 0;
}
