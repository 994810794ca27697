/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include "base/mac.h"

#include <string.h>

int user_ports_open(struct user_ports *p, int bridge)
{
	memset(p, 0, sizeof(*p));
	p->bridge = bridge;
	return fdb_open(&p->fdb);
}

void user_ports_close(struct user_ports *p)
{
	fdb_close(&p->fdb);
}

static struct port_of_mac *slot_of(struct user_ports *p, const uint8_t *mac, uint16_t vlan)
{
	uint32_t h = vlan;

	for (int i = 0; i < MAC_LEN; i++)
		h = (h ^ mac[i]) * 0x01000193u; /* FNV-1a */
	return &p->mac[(h ^ h >> 16) % PORT_CACHE];
}

/* Without VLAN filtering the bridge learns in no VLAN; with it, untagged frames in the port's own, which mostly is 1.
 */
static uint32_t ask(struct user_ports *p, const uint8_t *mac, uint16_t vlan)
{
	int port = fdb_port(&p->fdb, p->bridge, mac, vlan);

	if (port < 0)
		port = fdb_port(&p->fdb, p->bridge, mac, vlan ? 0 : 1);
	return port < 0 ? 0 : (uint32_t)port;
}

uint32_t user_ports_find(struct user_ports *p, const uint8_t *mac, uint16_t vlan, uint64_t now)
{
	struct port_of_mac *s = slot_of(p, mac, vlan);

	if (s->until > now && mac_equal(s->mac, mac) && s->vlan == vlan)
		return s->port;
	mac_copy(s->mac, mac);
	s->vlan = vlan;
	s->port = ask(p, mac, vlan);
	s->until = now + PORT_AGE;
	return s->port;
}
