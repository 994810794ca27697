/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The DHCP exchange of guest c with the router, for the tests of rules 13 to 15. Include it after fixture.h. */
#ifndef VIFI_TESTS_DHCP_EXCHANGE_H
#define VIFI_TESTS_DHCP_EXCHANGE_H

/* A DISCOVER of guest c, which has no address yet. */
static struct dhcp_spec discover_of(uint32_t xid)
{
	return (struct dhcp_spec){.op = 1, .type = 1, .xid = xid, .chaddr = mac_c};
}

static struct dhcp_spec reply_of(uint8_t type, uint32_t xid)
{
	return (struct dhcp_spec){.op = 2,
				  .type = type,
				  .xid = xid,
				  .chaddr = mac_c,
				  .yiaddr = ip_neighbour,
				  .lease = 600,
				  .flags = 0x8000};
}

static enum drop send_request(struct harness *harness, const struct dhcp_spec *spec)
{
	put_dhcp(&harness->frame, mac_broadcast, mac_c, ip_zero, ip_broadcast, spec);
	return from_guest(harness, PORT_C);
}

static enum drop send_reply(struct harness *harness, const uint8_t *dst, const struct dhcp_spec *spec)
{
	put_dhcp(&harness->frame, dst, mac_router, ip_router, ip_broadcast, spec);
	return from_wire(harness);
}

#endif
