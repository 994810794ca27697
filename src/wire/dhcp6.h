/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DHCP for IPv6 (RFC 8415, 7.2 and 7.3). */
#ifndef VIFI_WIRE_DHCP6_H
#define VIFI_WIRE_DHCP6_H

#define DHCP6_CLIENT_PORT 546
#define DHCP6_SERVER_PORT 547

#define DHCP6_RELAY_REPL 13 /* message type: from a server to a relay agent */

#endif
