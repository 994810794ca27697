/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include "base/mac.h"

#include <string.h>

int user_ports_open(struct user_ports *ports, int bridge)
{
	memset(ports, 0, sizeof(*ports));
	ports->bridge = bridge;
	return fdb_open(&ports->fdb);
}

void user_ports_close(struct user_ports *ports)
{
	fdb_close(&ports->fdb);
}

static struct user_port_entry *cache_slot(struct user_ports *ports, const uint8_t *mac, uint16_t vlan)
{
	uint32_t hash = vlan;

	for (int i = 0; i < MAC_LEN; i++)
		hash = (hash ^ mac[i]) * 0x01000193u; /* FNV-1a */
	return &ports->cache[(hash ^ hash >> 16) % PORT_CACHE_SIZE];
}

/*
 * Without VLAN filtering the bridge learns in no VLAN. With it, it learns untagged frames in the port's VLAN, mostly 1.
 */
static uint32_t query_port(struct user_ports *ports, const uint8_t *mac, uint16_t vlan)
{
	int port = fdb_port(&ports->fdb, ports->bridge, mac, vlan);

	if (port < 0)
		port = fdb_port(&ports->fdb, ports->bridge, mac, vlan ? 0 : 1);
	return port < 0 ? 0 : (uint32_t)port;
}

uint32_t user_ports_find(struct user_ports *ports, const uint8_t *mac, uint16_t vlan, uint64_t now)
{
	struct user_port_entry *entry = cache_slot(ports, mac, vlan);

	if (entry->valid_until > now && mac_equal(entry->mac, mac) && entry->vlan == vlan)
		return entry->port;
	mac_copy(entry->mac, mac);
	entry->vlan = vlan;
	entry->port = query_port(ports, mac, vlan);
	entry->valid_until = now + (entry->port ? PORT_CACHE_NS : PORT_UNKNOWN_NS);
	return entry->port;
}
