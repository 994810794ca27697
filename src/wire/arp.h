/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ARP for IPv4 over Ethernet (RFC 826, probes and announcements of RFC 5227). */
#ifndef VIFI_WIRE_ARP_H
#define VIFI_WIRE_ARP_H

#include <stdint.h>

/* hardware types: of Ethernet II, and of IEEE 802 (RFC 1042), which Linux accepts for the same */
#define ARP_ETHERNET 1
#define ARP_IEEE802  6

#define ARP_REQUEST 1
#define ARP_REPLY   2

struct arp_ether_ip4 {
	uint8_t htype[2], ptype[2], hlen, plen, op[2];
	uint8_t sha[6], spa[4], tha[6], tpa[4];
};

#define ARP_OFF_SHA 8
#define ARP_OFF_SPA 14
#define ARP_OFF_THA 18

#endif
