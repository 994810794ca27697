/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/port_kind.h"

#include <string.h>

bool port_leads_out(const struct netdev_link *port)
{
	static const char *const kinds[] = {"",       "bond",   "team",      "vlan",   "macvlan", "vxlan",
					    "gretap", "geneve", "ip6gretap", "batadv", "hsr"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(port->kind, kinds[i]))
			return !(port->flags & IFF_LOOPBACK);
	return false;
}
