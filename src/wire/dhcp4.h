/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DHCP for IPv4 (RFC 2131, options of RFC 2132). */
#ifndef VIFI_WIRE_DHCP4_H
#define VIFI_WIRE_DHCP4_H

#include <stdint.h>

#define DHCP4_SERVER_PORT 67
#define DHCP4_CLIENT_PORT 68

/* The part of the message that vifi reads. sname and file follow, at offset 236 the cookie, then the options. */
struct dhcp4_hdr {
	uint8_t op, htype, hlen, hops, xid[4], secs[2], flags[2];
	uint8_t ciaddr[4], yiaddr[4], siaddr[4], giaddr[4], chaddr[16];
};

#define DHCP4_OFF_FLAGS  10
#define DHCP4_OFF_CHADDR 28
#define DHCP4_OFF_COOKIE 236
#define DHCP4_OFF_OPTS   240
#define DHCP4_COOKIE     0x63825363u
#define DHCP4_BROADCAST  0x8000

#define DHCP4_REQUEST_OP 1
#define DHCP4_REPLY_OP   2

#define DHCP4_OPT_PAD       0
#define DHCP4_OPT_NAME      12
#define DHCP4_OPT_REQUESTED 50
#define DHCP4_OPT_LEASE     51
#define DHCP4_OPT_OVERLOAD  52
#define DHCP4_OPT_TYPE      53
#define DHCP4_OPT_CLIENT_ID 61
#define DHCP4_OPT_FQDN      81 /* RFC 4702 */
#define DHCP4_OPT_END       255

#define DHCP4_DECLINE 4
#define DHCP4_OFFER   2
#define DHCP4_ACK     5
#define DHCP4_NAK     6
#define DHCP4_RELEASE 7

#endif
